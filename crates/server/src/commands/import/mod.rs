//! `throughline import mail`: mails from files, through the same path as any other mail.
//!
//! First everything is recorded, then it is processed. A mail is named by its content, so a run
//! that was interrupted, even by force, is completed by running the same command again.

mod bringing;
pub mod calls;
pub mod contacts;
mod intake;
mod progress;
mod reading;
mod report;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use throughline_app::{App, deliveries, inboxes};
use throughline_core::channel::Channel;
use throughline_core::inbox::Inbox;
use throughline_ingest::files;
use throughline_worker::{Runner, Settings as RunnerSettings};
use tokio_util::sync::CancellationToken;

use crate::commands::worker;
use crate::config::Settings;
use crate::error::Failure;
use crate::node::Node;
use crate::{out, signals};
use intake::Intake;
use progress::Progress;
use report::Report;

/// Bring in mails from files.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
A path may be a mail, a folder (walked through), a Maildir, an mbox or a ZIP of such; whether a file is a mail is
decided by what it holds, not by its name. Other files are skipped, and the report says why.

  throughline import mail ~/Maildir archive.mbox
  throughline import mail --inbox support@example.com --list old-desk/ > imported.txt

Interrupt it when you like: the same command goes on where it was, and adds nothing twice. Every
mail ends as stored, duplicate (a copy of one that is there), or quarantined (unreadable, kept with
its reason; see the ledger of deliveries).")]
pub struct Args {
    /// Files and folders.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The address of the inbox that gets them; made when it is missing.
    #[arg(long, value_name = "ADDRESS", default_value = "import@localhost")]
    inbox: String,
    /// Print a line for every file and mail with what became of it.
    #[arg(long)]
    list: bool,
    /// Print the report as one JSON object.
    #[arg(long)]
    json: bool,
}

/// Jobs are held for a short time only, so that a run after a killed one need not wait for long.
const LEASE: Duration = Duration::from_secs(6);
/// Jobs claimed together after a run that was killed. SQLite takes 32,766 values per statement.
const LEFTOVER_BATCH: usize = 20_000;
/// How often to look again for mails that another worker holds.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Imports, and prints the report.
pub async fn run(settings: &Settings, args: Args) -> Result<(), Failure> {
    let stop = signals::stop_on_request()?;
    let paths = args.paths.clone();
    let listed = tokio::task::spawn_blocking(move || files::list(&paths)).await;
    let listing = listed.map_err(|e| Failure::new(e.to_string()))??;
    let node = Node::start(settings).await?;
    let report = import(settings, &node, &args, listing, &stop).await;
    node.close().await;
    let report = report?;
    out::line(if args.json { report.json() } else { report.text(args.list) })?;
    match report.unreadable() {
        0 => Ok(()),
        n => Err(Failure::new(format!("{n} file(s) could not be read"))
            .advise("see the report; run the command again when they can be")),
    }
}

async fn import(
    settings: &Settings,
    node: &Node,
    args: &Args,
    listing: files::Listing,
    stop: &CancellationToken,
) -> Result<Report, Failure> {
    let app = &node.app;
    let inbox = inboxes::ensure(app, Channel::Email, &args.inbox, "Imported mail").await?;
    // Left over from a run that was killed: some of it may still be under that run's lease.
    let leftover = (waiting(app, &inbox).await? > 0).then(Instant::now);
    let progress = Progress::recording(listing.bytes);
    let mut intake = Intake::new(app.clone(), inbox.id);
    let mut found = reading::start(listing.files);
    while let Some(looked) = found.recv().await {
        refuse_to_go_on(stop, &node.lost)?;
        progress.add(looked.read);
        intake.take(looked).await?;
    }
    intake.flush().await?;
    progress.finish();
    let usual = worker::runner_settings(settings);
    let mut how = RunnerSettings { lease: LEASE.min(usual.lease), ..usual };
    if let Some(since) = leftover {
        await_leases(app, &inbox, since).await?;
        // A lease that ended puts its jobs behind the others; claimed together they are in order.
        how.batch = LEFTOVER_BATCH;
    }
    let runner = worker::runner(settings, app, how);
    process(app, &runner, &inbox, node, stop).await?;
    Report::make(app, inbox.id, intake.finish()).await
}

/// Waits until leases that were held at `since` have ended. Going on at once would process later
/// mails before earlier ones, and an answer that comes before its question opens a second ticket.
async fn await_leases(app: &App, inbox: &Inbox, since: Instant) -> Result<(), Failure> {
    while since.elapsed() < LEASE && waiting(app, inbox).await? > 0 {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Ok(())
}

/// Processes all that is recorded in the inbox, then waits a little for what others hold.
async fn process(
    app: &App,
    runner: &Runner,
    inbox: &Inbox,
    node: &Node,
    stop: &CancellationToken,
) -> Result<(), Failure> {
    let waiting = waiting(app, inbox).await?;
    let progress = Progress::processing(waiting);
    // Jobs of a worker that died come up when their lease ends, which takes no longer than this.
    let patience = 2 * LEASE.as_millis() / LOOK_AGAIN.as_millis();
    for _ in 0..=patience {
        loop {
            refuse_to_go_on(stop, &node.lost)?;
            match runner.step(stop).await? {
                0 => break,
                n => progress.add(n as u64),
            }
        }
        if self::waiting(app, inbox).await? == 0 {
            break;
        }
        progress.say("waiting for mails that another worker holds");
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    progress.finish();
    Ok(())
}

async fn waiting(app: &App, inbox: &Inbox) -> Result<u64, Failure> {
    let counts = deliveries::counts(app, Some(inbox.id)).await?;
    Ok(counts.recorded.unsigned_abs())
}

fn refuse_to_go_on(stop: &CancellationToken, lost: &CancellationToken) -> Result<(), Failure> {
    if lost.is_cancelled() {
        return Err(Failure::new("this process lost its place among the nodes")
            .advise("run the command again; it goes on where it was"));
    }
    if stop.is_cancelled() {
        return Err(Failure::new("interrupted; nothing that was recorded is lost")
            .advise("run the command again; it goes on where it was"));
    }
    Ok(())
}
