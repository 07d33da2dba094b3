//! `throughline worker`, and the worker inside `serve`.

use std::time::Duration;

use throughline_app::App;
use throughline_app::imports::ImportKind;
use throughline_outbound::ask::Asker;
use throughline_worker::images::HttpImages;
use throughline_worker::jobs::{
    ChatAccess, EnterConversation, FetchFiles, FileAccess, ImportFiles, ProcessDelivery, SendReply,
};
use throughline_worker::mailboxes::{self, Poller};
use throughline_worker::polling::{self, ChannelPoller};
use throughline_worker::reconcilers::{
    BreakPromises, FinishErasures, ForgetImportFiles, GiveUpImports, PurgeBlobs,
    PurgeIdempotencyKeys, PurgePresence, PurgeSessions, PurgeUnused, WaitingEvents,
    WatchPhoneFolders,
};
use throughline_worker::{Runner, Schedule, Settings as RunnerSettings};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::Settings;
use crate::error::Failure;
use crate::mail_access::mail_access;
use crate::node::Node;
use crate::{signals, webhooks};

/// Run a worker alone.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Jobs are decoding what arrived, fetching files of chats, sending replies, and time-based chores; events go to webhooks as well. `serve` runs a worker in its own process; for
more throughput start servers without one and any number of workers on the same database:

  throughline serve --no-worker
  throughline worker

On SIGTERM or Ctrl-C a worker finishes what it has begun and gives the rest back. One that is killed
loses nothing: its jobs are taken over after worker.lease_seconds.")]
pub struct Args {}

/// Runs until asked to stop.
pub async fn run(settings: &Settings, _: &Args) -> Result<(), Failure> {
    let stop = signals::stop_on_request()?;
    let node = Node::start(settings).await?;
    tracing::info!("the worker is ready");
    let working = start(settings, &node.app, stop.clone())?;
    tokio::select! {
        () = stop.cancelled() => {}
        () = node.lost.cancelled() => stop.cancel(),
    }
    let in_time = Duration::from_secs(settings.server.shutdown_seconds);
    if tokio::time::timeout(in_time, working).await.is_err() {
        tracing::warn!("jobs did not end in time; others will take them over");
    }
    node.close().await;
    Ok(())
}

/// Starts the runner, the schedule, the pollers of mailboxes and channels, and the sending to webhooks.
pub fn start(
    settings: &Settings,
    app: &App,
    stop: CancellationToken,
) -> Result<JoinHandle<()>, Failure> {
    let access = mail_access(settings, app)?;
    let chats = chats(settings)?;
    let sending = with_journal(settings, SendReply::new(access.clone(), chats.clone()))?;
    let runner = runner(settings, app, runner_settings(settings)).with(sending);
    let runner = runner.with(EnterConversation(chats));
    let runner = runner
        .with(ImportFiles::of(ImportKind::Calls))
        .with(ImportFiles::of(ImportKind::Contacts))
        .with(ImportFiles::of(ImportKind::Mail));
    let runner = runner.with(FetchFiles::new(files(settings)?));
    let chores = Schedule::new(app.clone())
        .with(PurgeIdempotencyKeys)
        .with(PurgeSessions)
        .with(PurgePresence)
        .with(BreakPromises)
        .with(ForgetImportFiles)
        .with(GiveUpImports);
    let chores = chores.with(PurgeUnused).with(PurgeBlobs).with(FinishErasures).with(WaitingEvents);
    let chores = match settings.phone.watch_root.as_str() {
        "" => chores,
        root => chores.with(WatchPhoneFolders::below(root)),
    };
    let sending = webhooks::serving(settings, app)?;
    let poller = Poller::new(app.clone(), access, runner.waker(), mailboxes::Settings::default());
    let how = polling::Settings::default();
    let channels = ChannelPoller::new(app.clone(), asker(settings)?, runner.waker(), how);
    Ok(tokio::spawn(async move {
        let (chores, polling) = (chores.run(stop.clone()), poller.run(stop.clone()));
        let channels = channels.run(stop.clone());
        tokio::join!(runner.run(&stop), chores, polling, channels, sending.run(&stop));
    }))
}

/// How platforms are reached; by the same rules as webhooks, since an admin enters addresses for both.
pub fn chats(settings: &Settings) -> Result<ChatAccess, Failure> {
    let public_url = settings.public_url();
    let public_url = public_url.starts_with("https://").then_some(public_url);
    let unusable = |error| Failure::configuration(format!("webhooks.extra_roots: {error}"));
    ChatAccess::new(webhooks::options(settings)?, public_url).map_err(unusable)
}

/// How platforms are asked; by the same rules.
pub fn asker(settings: &Settings) -> Result<Asker, Failure> {
    let unusable = |error| Failure::configuration(format!("webhooks.extra_roots: {error}"));
    Asker::new(webhooks::options(settings)?).map_err(unusable)
}

/// How files of chats are fetched; by the same rules, since customers and programs name addresses.
fn files(settings: &Settings) -> Result<FileAccess, Failure> {
    let unusable = |error| Failure::configuration(format!("webhooks.extra_roots: {error}"));
    let access = FileAccess::new(webhooks::options(settings)?).map_err(unusable)?;
    Ok(access.up_to(settings.channels.max_file_mib.saturating_mul(1024 * 1024)))
}

/// How images that mails name are fetched; by the same rules, since strangers name addresses.
pub fn images(settings: &Settings) -> Result<HttpImages, Failure> {
    let unusable = |error| Failure::configuration(format!("webhooks.extra_roots: {error}"));
    HttpImages::new(webhooks::options(settings)?).map_err(unusable)
}

/// Where there is no folder for it, sending goes without its journal.
fn with_journal(settings: &Settings, sending: SendReply) -> Result<SendReply, Failure> {
    let Some(file) = settings.sending_journal()? else { return Ok(sending) };
    sending.with_journal(&file).map_err(|error| {
        Failure::new(format!("the journal of sent mails, {}: {error}", file.display()))
            .advise("it must be possible to write there")
    })
}

/// How a runner works when nothing special is wanted.
pub fn runner_settings(settings: &Settings) -> RunnerSettings {
    RunnerSettings {
        lease: Duration::from_secs(settings.worker.lease_seconds),
        poll: Duration::from_millis(settings.worker.poll_ms),
        ..RunnerSettings::default()
    }
}

/// A runner that knows the jobs of what arrives. Sending and fetching are added where a worker runs: an
/// import or the loading of sample data must reach nobody.
pub fn runner(settings: &Settings, app: &App, how: RunnerSettings) -> Runner {
    let process = ProcessDelivery {
        at_once: settings.worker.batch,
        most_bytes: settings.worker.batch_mib.saturating_mul(1024 * 1024),
        decode_limit: Duration::from_secs(settings.worker.decode_seconds),
        ..ProcessDelivery::default()
    };
    Runner::new(app.clone(), how).with(process)
}
