//! `throughline import calls`: the calls of phone logs, by the same way as over the API.
//!
//! A file is named by its content, so a run that was interrupted, even by force, goes on where it was when
//! the same command is run again. How a file is read is put together in [`how`]; recordings are in
//! [`recordings`], and a folder that is watched in [`watch`].

mod how;
mod recordings;
mod report;
mod watch;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use throughline_app::phone::{self, ImportState, NewFile, PhoneImport};
use throughline_app::{App, inboxes};
use throughline_core::actor::Actor;
use throughline_core::channel::Channel;
use throughline_core::id::InboxId;
use throughline_ingest::phone_preview::{PREVIEW_BYTES, preview};
use throughline_worker::jobs::ImportCalls;
use throughline_worker::{Runner, Settings as RunnerSettings};
use tokio_util::sync::CancellationToken;

use super::progress::Progress;
use crate::commands::worker;
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

/// Jobs are held for a short time only, so that a run after a killed one need not wait for long.
const LEASE: Duration = Duration::from_secs(6);
/// How often to look how far it is.
const LOOK: Duration = Duration::from_millis(200);
/// What is read of a file at once.
const PART: usize = 1024 * 1024;

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
    out::line(report::preview(&preview(&head, whole, Some(settings), 20)))
}

/// The first bytes of a file, and whether they are all of it.
fn head_of(file: &Path) -> Result<(Vec<u8>, bool), Failure> {
    let unreadable = |error: std::io::Error| unreadable(file, &error);
    let mut head = Vec::new();
    let opened = std::fs::File::open(file).map_err(unreadable)?;
    let size = opened.metadata().map_err(unreadable)?.len();
    opened.take(PREVIEW_BYTES).read_to_end(&mut head).map_err(unreadable)?;
    let whole = head.len() as u64 >= size;
    Ok((head, whole))
}

fn unreadable(file: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot read {}: {error}", file.display()))
}

/// All that an import needs.
struct Desk {
    app: App,
    inbox: InboxId,
    runner: Runner,
    stop: CancellationToken,
    lost: CancellationToken,
}

impl Desk {
    async fn open(
        settings: &Settings,
        node: &Node,
        args: &Args,
        stop: CancellationToken,
    ) -> Result<Self, Failure> {
        let app = node.app.clone();
        app.store().unmap_writer().await?;
        let inbox = inboxes::ensure(&app, Channel::Phone, &args.inbox, "Telephone").await?;
        let usual = worker::runner_settings(settings);
        let how = RunnerSettings { lease: LEASE.min(usual.lease), ..usual };
        let runner = Runner::new(app.clone(), how).with(ImportCalls::default());
        Ok(Self { app, inbox: inbox.id, runner, stop, lost: node.lost.clone() })
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
        let blob = hash_of(file)?;
        let import = self.import_of(file, &blob, source).await?;
        let import =
            if args.dry_run { self.check(import).await? } else { self.read(import).await? };
        if let (Some(folder), ImportState::Done) = (&args.recordings, import.state) {
            let attached = recordings::attach(&self.app, &import, folder).await?;
            eprintln!("{attached} recordings attached");
        }
        if let Some(path) = &args.rejected {
            report::rejected(&self.app, &import, path).await?;
        }
        let failed = import.reason.is_some();
        out::line(if args.json { report::json(&import) } else { report::text(&import) })?;
        Ok(!failed)
    }

    /// How the file is read: by what is said, by a mapping, or as the file looks.
    async fn source(&self, file: &Path, args: &Args) -> Result<Value, Failure> {
        let system = Actor::system();
        let saved = match &args.how.mapping {
            Some(name) => Some(phone::mapping(&self.app, &system, name).await?.source),
            None => phone::source_of(&self.app, &system, self.inbox).await?,
        };
        let (head, whole) = head_of(file)?;
        let settings = args.how.settings(saved, &preview(&head, whole, None, 1))?;
        how::checked(settings)
    }

    /// The import of these bytes that was begun before and is not over, or a new one.
    async fn import_of(
        &self,
        file: &Path,
        blob: &str,
        source: Value,
    ) -> Result<PhoneImport, Failure> {
        let system = Actor::system();
        let known = phone::known_file(&self.app, &system, self.inbox, blob.to_owned()).await?;
        let same = known.filter(|known| known.source.as_ref() == Some(&source));
        if let Some(begun) = same.filter(|known| !known.state.is_over()) {
            return Ok(begun);
        }
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_else(|| "phone log".to_owned());
        let mut upload = phone::upload(&self.app, &system, self.inbox).await?;
        let mut opened = std::fs::File::open(file).map_err(|error| unreadable(file, &error))?;
        let mut part = vec![0; PART];
        loop {
            let read = opened.read(&mut part).map_err(|error| unreadable(file, &error))?;
            if read == 0 {
                break;
            }
            upload.write(part.get(..read).unwrap_or_default()).await?;
        }
        let new = NewFile { inbox: self.inbox, name, source: Some(source) };
        Ok(phone::create(&self.app, &system, new, upload).await?)
    }

    async fn check(&self, import: PhoneImport) -> Result<PhoneImport, Failure> {
        let system = Actor::system();
        let import = match import.state {
            ImportState::Uploaded => phone::check(&self.app, &system, import.id).await?,
            _ => import,
        };
        self.work(import).await
    }

    async fn read(&self, import: PhoneImport) -> Result<PhoneImport, Failure> {
        let system = Actor::system();
        let import = match import.state {
            ImportState::Running | ImportState::Checking => import,
            _ => phone::start(&self.app, &system, import.id).await?,
        };
        self.work(import).await
    }

    /// Works on an import until it is over, showing how far it is.
    async fn work(&self, import: PhoneImport) -> Result<PhoneImport, Failure> {
        let (id, size) = (import.id, u64::try_from(import.size).unwrap_or_default());
        let progress = Progress::reading(size);
        loop {
            let step = self.runner.step(&self.stop);
            tokio::pin!(step);
            let ran = loop {
                tokio::select! {
                    ran = &mut step => break ran?,
                    () = tokio::time::sleep(LOOK) => self.show(id, &progress).await?,
                }
            };
            self.show(id, &progress).await?;
            let import = phone::get(&self.app, &Actor::system(), id).await?;
            if !import.state.is_working() {
                progress.finish();
                return Ok(import);
            }
            super::refuse_to_go_on(&self.stop, &self.lost)?;
            if ran == 0 {
                progress.say("waiting for the worker that holds it");
                tokio::time::sleep(LOOK).await;
            }
        }
    }

    async fn show(
        &self,
        id: throughline_core::id::PhoneImportId,
        progress: &Progress,
    ) -> Result<(), Failure> {
        let import = phone::get(&self.app, &Actor::system(), id).await?;
        let counts = match import.state {
            ImportState::Checking => import.checked.unwrap_or_default(),
            _ => import.counts,
        };
        progress.at(counts.bytes, report::short(&counts));
        Ok(())
    }
}

/// The name that a file will have among the blobs.
fn hash_of(file: &Path) -> Result<String, Failure> {
    let mut hash = blake3::Hasher::new();
    let opened = std::fs::File::open(file).map_err(|error| unreadable(file, &error))?;
    hash.update_reader(opened).map_err(|error| unreadable(file, &error))?;
    Ok(hash.finalize().to_hex().to_string())
}
