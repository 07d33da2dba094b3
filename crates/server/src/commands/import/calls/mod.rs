//! `throughline import calls`: the calls of phone logs, by the same way as over the API.
//!
//! How a file is read is put together in [`how`]; recordings are in [`recordings`], and a folder that is
//! watched in [`watch`].

mod how;
mod recordings;
mod watch;

use std::path::{Path, PathBuf};

use serde_json::Value;
use throughline_app::imports::{ImportKind, ImportState};
use throughline_app::{inboxes, phone};
use throughline_core::actor::Actor;
use throughline_core::channel::Channel;
use throughline_core::id::InboxId;
use throughline_ingest::phone_preview::preview;
use tokio_util::sync::CancellationToken;

use super::bringing::{Desk as Bringing, head_of, report};
use crate::config::Settings;
use crate::error::Failure;
use crate::node::Node;
use crate::{out, signals};
use how::How;

/// Bring in the calls of phone logs.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Look first, try it dry, then read it in:

  throughline import calls Master.csv --preview
  throughline import calls Master.csv --time-zone Europe/Istanbul --region TR --dry-run
  throughline import calls Master.csv --time-zone Europe/Istanbul --region TR

The format is found out unless --format names it: asterisk_csv, asterisk_cel, freepbx, freeswitch_csv,
freeswitch_json, twilio_calls, or mapped with a mapping. All settings can be given as a JSON file with
--source, or under a name with --mapping; docs/channels/phone.md has them all.

Interrupt it when you like: the same command goes on where it was. A file that overlaps with another
adds nothing twice; legs of a call that come later extend it. Rows that cannot be read are kept with
their reason; --rejected writes them to a file.")]
pub struct Args {
    /// The files.
    #[arg(required_unless_present = "watch", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The name of the inbox whose calls these are; made when it is missing.
    #[arg(long, value_name = "NAME", default_value = "phone")]
    inbox: String,
    #[command(flatten)]
    how: How,
    /// Show what the files will be read as, as JSON; store nothing.
    #[arg(long)]
    preview: bool,
    /// Count what would become of the rows; store no call.
    #[arg(long)]
    dry_run: bool,
    /// Write the rows that could not be read to this file, as CSV.
    #[arg(long, value_name = "FILE")]
    rejected: Option<PathBuf>,
    /// Attach recordings and messages that lie in this folder, by the names that the log gives them.
    #[arg(long, value_name = "FOLDER")]
    recordings: Option<PathBuf>,
    /// Watch a folder: each file in it is read in once nobody writes to it any more.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["files", "preview", "dry_run"])]
    watch: Option<PathBuf>,
    /// Print the report as JSON, one object for each file.
    #[arg(long)]
    json: bool,
}

/// Imports, and prints a report for each file.
pub async fn run(settings: &Settings, args: Args) -> Result<(), Failure> {
    let stop = signals::stop_on_request()?;
    if args.preview {
        return args.files.iter().try_for_each(|file| show(file, &args.how));
    }
    let node = Node::start(settings).await?;
    let desk = Desk::open(settings, &node, &args, stop).await;
    let result = match desk {
        Ok(desk) => desk.all(&args).await,
        Err(failure) => Err(failure),
    };
    node.close().await;
    result
}

fn show(file: &Path, how: &How) -> Result<(), Failure> {
    let (head, whole) = head_of(file)?;
    let looked = preview(&head, whole, None, 1);
    let settings = how.settings(None, &looked)?;
    out::line(report::calls_preview(&preview(&head, whole, Some(settings), 20)))
}

/// All that an import of calls needs.
struct Desk {
    bringing: Bringing,
    inbox: InboxId,
}

impl Desk {
    async fn open(
        settings: &Settings,
        node: &Node,
        args: &Args,
        stop: CancellationToken,
    ) -> Result<Self, Failure> {
        let inbox = inboxes::ensure(&node.app, Channel::Phone, &args.inbox, "Telephone").await?;
        let kind = ImportKind::Calls;
        let bringing = Bringing::open(settings, node, kind, Some(inbox.id), stop).await?;
        Ok(Self { bringing, inbox: inbox.id })
    }

    async fn all(&self, args: &Args) -> Result<(), Failure> {
        if let Some(folder) = &args.watch {
            return watch::run(self, folder, args).await;
        }
        let mut failed = 0;
        for file in &args.files {
            failed += usize::from(!self.one(file, args).await?);
        }
        match failed {
            0 => Ok(()),
            n => Err(Failure::new(format!("{n} file(s) could not be read in"))),
        }
    }

    /// Reads a file in; says whether that went well.
    async fn one(&self, file: &Path, args: &Args) -> Result<bool, Failure> {
        let source = self.source(file, args).await?;
        let import = self.bringing.bring(file, source, args.dry_run).await?;
        let app = &self.bringing.app;
        if let (Some(folder), ImportState::Done) = (&args.recordings, import.state) {
            let attached = recordings::attach(app, &import, folder).await?;
            eprintln!("{attached} recordings attached");
        }
        if let Some(path) = &args.rejected {
            report::rejected(app, &import, path).await?;
        }
        let failed = import.reason.is_some();
        out::line(if args.json { report::json(&import) } else { report::text(&import) })?;
        Ok(!failed)
    }

    /// How the file is read: by what is said, by a mapping, or as the file looks.
    async fn source(&self, file: &Path, args: &Args) -> Result<Value, Failure> {
        let (app, system) = (&self.bringing.app, Actor::system());
        let saved = match &args.how.mapping {
            Some(name) => Some(phone::mapping(app, &system, name).await?.source),
            None => phone::source_of(app, &system, self.inbox).await?,
        };
        let (head, whole) = head_of(file)?;
        let settings = args.how.settings(saved, &preview(&head, whole, None, 1))?;
        how::checked(settings)
    }
}
