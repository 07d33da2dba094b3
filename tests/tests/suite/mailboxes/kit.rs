//! What the tests of mailboxes share: a set-up, a running poller and worker, and ways to look.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use throughline_app::deliveries as ledger_of;
use throughline_app::mail_settings::{MailCredentials, MailSecret};
use throughline_app::mailboxes::{self, FolderStatus};
use throughline_app::{Secret, inboxes};
use throughline_core::actor::Actor;
use throughline_core::channel::Channel;
use throughline_core::delivery::Delivery;
use throughline_core::id::InboxId;
use throughline_core::mail_settings::{MailServer, MailSettings, Security, SignIn};
use throughline_core::page::PageRequest;
use throughline_store::StoreError;
use throughline_store::mail_settings::{self as store, StoredMailSettings};
use throughline_test_servers::dovecot::{Dovecot, Options};
use throughline_tests::World;
use throughline_tests::mails::mail;
use throughline_worker::access::{MailAccess, NoTokens};
use throughline_worker::mailboxes::Poller;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use throughline_core::mail_settings::{AfterRecording, IncomingMail};
pub use throughline_ingest::email::imap::Limits;
pub use throughline_worker::mailboxes::Settings;

pub const USER: &str = "anna@example.test";
/// How often the poller of a test looks for changed set-ups.
pub const LOOK: Duration = Duration::from_millis(250);
const PATIENCE: Duration = Duration::from_secs(40);

pub fn dovecot() -> Option<Dovecot> {
    dovecot_with(Options::default())
}

pub fn dovecot_with(options: Options) -> Option<Dovecot> {
    Dovecot::start(options)
}

/// The `n`th letter: by another customer each, so that each is a ticket of its own.
pub fn letter(n: usize) -> Vec<u8> {
    let from = format!("customer{n}@example.com");
    let text = mail(&from, &format!("{n}@example.com"), &format!("Number {n}"), "", "Hello");
    text.replace('\n', "\r\n").into_bytes()
}

/// Makes an inbox that fetches from a server on this machine.
pub async fn set_up(
    world: &World,
    address: &str,
    imap: SocketAddr,
    change: impl FnOnce(&mut IncomingMail),
) -> InboxId {
    let app = &world.app;
    let inbox = inboxes::ensure(app, Channel::Email, address, address).await.expect("an inbox").id;
    let server = MailServer {
        host: "127.0.0.1".to_owned(),
        port: imap.port(),
        security: Security::Plain,
        sign_in: SignIn::Password,
        user: USER.to_owned(),
    };
    let (folders, after) = (vec!["INBOX".to_owned()], AfterRecording::Leave);
    let mut incoming = IncomingMail { server, folders, after, move_to: None, poll_seconds: 60 };
    change(&mut incoming);
    let password = MailSecret::Password(Secret::new("open sesame".to_owned()));
    let credentials = MailCredentials { incoming: Some(password), outgoing: None };
    let stored = StoredMailSettings {
        inbox,
        settings: MailSettings { incoming: Some(incoming), ..MailSettings::default() },
        credentials: Some(credentials.seal(app, inbox).expect("sealed")),
        updated_at: app.now(),
        version: 1,
    };
    let insert = move |conn: &mut _| store::insert(conn, &stored);
    app.store().write::<_, StoreError, _>(insert).await.expect("a set-up");
    inbox
}

/// Changes the set-up of an inbox.
pub async fn change(world: &World, inbox: InboxId, change: impl FnOnce(&mut MailSettings)) {
    let read = move |conn: &mut _| store::get(conn, inbox);
    let mut stored =
        world.app.store().read::<_, StoreError, _>(read).await.expect("reads").expect("a set-up");
    let before = stored.version;
    change(&mut stored.settings);
    stored.version += 1;
    let write = move |conn: &mut _| store::update(conn, &stored, before);
    assert!(world.app.store().write::<_, StoreError, _>(write).await.expect("writes"));
}

pub fn access() -> MailAccess {
    let (tokens, hello) = (Arc::new(NoTokens), "localhost".to_owned());
    MailAccess { tokens, extra_roots: None, hello }
}

pub fn settings() -> Settings {
    Settings { look: LOOK, ..Settings::default() }
}

/// A poller with a worker beside it, as in the product. Stopped when it is dropped.
pub struct Run {
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Run {
    pub fn start(world: &Arc<World>) -> Self {
        Self::with(world, settings())
    }

    pub fn with(world: &Arc<World>, settings: Settings) -> Self {
        let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
        let waker = world.runner.waker();
        let poller = Poller::new(world.app.clone(), access(), waker, settings);
        tasks.spawn(poller.run(stop.clone()));
        let (world, stopped) = (Arc::clone(world), stop.clone());
        tasks.spawn(async move { world.runner.run(&stopped).await });
        Self { stop, tasks }
    }

    /// Cuts it off wherever it is, as far as a task can be: nothing is given back.
    pub async fn cut_off(mut self) {
        self.tasks.abort_all();
        while self.tasks.join_next().await.is_some() {}
    }

    /// Stops it and waits until it has ended.
    pub async fn end(mut self) {
        self.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            ended.expect("no panic");
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Waits until something holds.
#[track_caller]
pub fn soon(what: &str, holds: impl AsyncFnMut() -> bool) -> impl Future<Output = ()> {
    within(PATIENCE, what, holds)
}

/// Waits no longer than this until something holds.
#[track_caller]
pub fn within(
    limit: Duration,
    what: &str,
    mut holds: impl AsyncFnMut() -> bool,
) -> impl Future<Output = ()> {
    let (from, caller) = (Instant::now(), std::panic::Location::caller());
    async move {
        while !holds().await {
            assert!(from.elapsed() < limit, "not within {limit:?}: {what} ({caller})");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// How all folders of an inbox fare.
pub async fn folders(world: &World, inbox: InboxId) -> Vec<FolderStatus> {
    mailboxes::status(&world.app, &Actor::system(), inbox).await.expect("a status")
}

/// How the only folder fares, once it was looked at.
pub async fn status(world: &World, inbox: InboxId) -> Option<FolderStatus> {
    folders(world, inbox).await.pop().filter(|folder| folder.checked_at.is_some())
}

/// How many messages were seen in all folders.
pub async fn seen(world: &World, inbox: InboxId) -> i64 {
    folders(world, inbox).await.iter().map(|folder| folder.counts.recorded).sum()
}

/// The newest rows of the ledger.
pub async fn ledger(world: &World, inbox: InboxId) -> Vec<Delivery> {
    let query = ledger_of::DeliveryQuery { inbox: Some(inbox), ..Default::default() };
    let page = PageRequest { limit: 100, ..PageRequest::default() };
    let actor = Actor::system();
    ledger_of::list(&world.app, &actor, &query, &page).await.expect("a page").items
}

/// How many rows the ledger has.
pub async fn deliveries(world: &World, inbox: InboxId) -> i64 {
    let counts = ledger_of::counts(&world.app, Some(inbox)).await.expect("counts");
    counts.recorded + counts.stored + counts.duplicate + counts.quarantined
}

/// How many tickets there are.
pub async fn tickets(world: &World) -> usize {
    let (query, page) = (Default::default(), PageRequest { limit: 100, ..PageRequest::default() });
    let actor = Actor::system();
    let page = throughline_app::tickets::list(&world.app, &actor, &query, &page).await;
    page.expect("a page").items.len()
}

/// The UIDVALIDITY of INBOX.
pub async fn uid_validity(world: &World, inbox: InboxId) -> u32 {
    let reports = throughline_worker::mailboxes::reconcile(&access(), &world.app, inbox).await;
    let report = reports.expect("a set-up").remove(0);
    report.found.expect("a connection").uid_validity
}
