//! The poller: mail of all inboxes, fetched over IMAP into the ledger.
//!
//! Every folder of every inbox has a task of its own, so that a sick one delays no other, and is
//! claimed by lease, so that of several workers one follows it. What mail means is not known here.

mod chores;
mod follow;
mod gate;
mod reconcile;
mod recorder;
mod trouble;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use throughline_app::App;
use throughline_app::mail_settings::{MailInbox, load_active};
use throughline_core::id::InboxId;
use throughline_core::mail_settings::{AfterRecording, IncomingMail};
use throughline_ingest::email::imap::Limits;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use reconcile::{FolderCheck, FolderFetch, Report, fetch_missing, reconcile};

use crate::access::MailAccess;
use crate::waker::Waker;
use follow::Follower;
use gate::Gate;

/// How the poller works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How often changed set-ups, and folders that another worker gave up, are looked for.
    pub look: Duration,
    /// For how long a folder is claimed; it is renewed while it is followed.
    pub lease: Duration,
    /// Bounds of time and size for every server.
    pub limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        let (look, lease) = (Duration::from_secs(5), Duration::from_secs(60));
        Self { look, lease, limits: Limits::default() }
    }
}

/// Follows the folders of all active inboxes.
pub struct Poller {
    app: App,
    access: MailAccess,
    waker: Waker,
    settings: Settings,
}

/// One inbox that is followed.
struct Following {
    /// The version of the set-up by which it is followed.
    version: i64,
    stop: CancellationToken,
    folders: JoinSet<()>,
}

type All = HashMap<InboxId, Following>;

impl Poller {
    /// A poller that wakes a runner when it has recorded something.
    pub fn new(app: App, access: MailAccess, waker: Waker, settings: Settings) -> Self {
        Self { app, access, waker, settings }
    }

    /// Runs until `stop`. What is recorded then is finished by the database or not begun; what was
    /// fetched and not recorded comes again.
    pub async fn run(self, stop: CancellationToken) {
        let mut all = All::new();
        loop {
            match stop.run_until_cancelled(load_active(&self.app)).await {
                None => break,
                Some(Ok(inboxes)) => self.adjust(&mut all, inboxes, &stop).await,
                Some(Err(error)) => {
                    let cause = error.cause.as_deref().map(ToString::to_string);
                    tracing::warn!(%error, cause, "the set-up of inboxes cannot be read now");
                }
            }
            if stop.run_until_cancelled(tokio::time::sleep(self.settings.look)).await.is_none() {
                break;
            }
        }
        join_all(all.into_values().map(Following::end)).await;
    }

    /// Ends what is not wanted any more, or differently, and begins what is.
    async fn adjust(&self, all: &mut All, inboxes: Vec<MailInbox>, stop: &CancellationToken) {
        let wanted: HashMap<InboxId, MailInbox> = inboxes
            .into_iter()
            .filter(|one| !one.settings.paused && one.settings.incoming.is_some())
            .map(|one| (one.inbox.id, one))
            .collect();
        let stays = |id: &InboxId, following: &mut Following| {
            wanted.get(id).is_some_and(|one| one.version == following.version && following.lives())
        };
        let ended = all.extract_if(|id, following| !stays(id, following));
        join_all(ended.map(|(_, following)| following.end())).await;
        for (id, inbox) in wanted {
            all.entry(id).or_insert_with(|| self.begin(inbox, stop.child_token()));
        }
    }

    fn begin(&self, inbox: MailInbox, stop: CancellationToken) -> Following {
        let (version, mut folders) = (inbox.version, JoinSet::new());
        tracing::info!(inbox.id = %inbox.inbox.id, "an inbox is followed");
        let (inbox, gate) = (Arc::new(inbox), Arc::new(Gate::default()));
        for folder in folders_of(&inbox) {
            let follower = Follower {
                app: self.app.clone(),
                access: self.access.clone(),
                waker: self.waker.clone(),
                settings: self.settings.clone(),
                after: after_in(inbox.settings.incoming.as_ref(), &folder),
                inbox: Arc::clone(&inbox),
                gate: Arc::clone(&gate),
                folder,
            };
            folders.spawn(follower.run(stop.clone()));
        }
        Following { version, stop, folders }
    }
}

impl Following {
    /// How long a folder may take to end; giving its claim back needs the database.
    const PATIENCE: Duration = Duration::from_secs(5);

    /// Whether every folder still has its task; one that ended by itself died of a panic.
    fn lives(&mut self) -> bool {
        match self.folders.try_join_next() {
            None => true,
            Some(ended) => {
                let why = ended.err().map(|error| error.to_string());
                tracing::error!(why, "following a folder ended by itself; it begins anew");
                false
            }
        }
    }

    /// Stops all its folders. Those that do not end in time are cut off: their claims run out.
    async fn end(mut self) {
        self.stop.cancel();
        let all = async { while self.folders.join_next().await.is_some() {} };
        if tokio::time::timeout(Self::PATIENCE, all).await.is_err() {
            tracing::warn!("a folder did not end in time");
        }
    }
}

/// The folders of an inbox, each once.
fn folders_of(inbox: &MailInbox) -> Vec<String> {
    let mut folders: Vec<String> = Vec::new();
    for folder in inbox.settings.incoming.iter().flat_map(|incoming| &incoming.folders) {
        if !folders.iter().any(|other| same_folder(other, folder)) {
            folders.push(folder.clone());
        }
    }
    folders
}

/// What is done in a folder after recording. A message that is where it is to be moved stays there.
fn after_in(incoming: Option<&IncomingMail>, folder: &str) -> AfterRecording {
    let Some(incoming) = incoming else { return AfterRecording::Leave };
    match (incoming.after, incoming.move_to.as_deref()) {
        (AfterRecording::Move, None) => AfterRecording::Leave,
        (AfterRecording::Move, Some(target)) if same_folder(target, folder) => {
            AfterRecording::Leave
        }
        (after, _) => after,
    }
}

/// Whether two names mean one folder: INBOX alone is the same in capitals or not (RFC 3501,
/// section 5.1).
fn same_folder(a: &str, b: &str) -> bool {
    a == b || a.eq_ignore_ascii_case("INBOX") && b.eq_ignore_ascii_case("INBOX")
}

#[cfg(test)]
mod tests {
    use throughline_core::mail_settings::{MailServer, Security, SignIn};

    use super::*;

    fn incoming(after: AfterRecording, move_to: Option<&str>) -> IncomingMail {
        let server = MailServer {
            host: "mail.example.com".to_owned(),
            port: 993,
            security: Security::Tls,
            sign_in: SignIn::Password,
            user: String::new(),
        };
        let (folders, move_to) = (Vec::new(), move_to.map(str::to_owned));
        IncomingMail { server, folders, after, move_to, poll_seconds: 60 }
    }

    #[test]
    fn nothing_is_moved_to_where_it_is() {
        let after =
            |target, folder| after_in(Some(&incoming(AfterRecording::Move, target)), folder);
        assert_eq!(after(Some("Done"), "INBOX"), AfterRecording::Move);
        assert_eq!(after(Some("Done"), "Done"), AfterRecording::Leave);
        assert_eq!(after(Some("inbox"), "INBOX"), AfterRecording::Leave);
        assert_eq!(after(None, "INBOX"), AfterRecording::Leave);
        let delete = incoming(AfterRecording::Delete, Some("Done"));
        assert_eq!(after_in(Some(&delete), "Done"), AfterRecording::Delete);
        assert_eq!(after_in(None, "INBOX"), AfterRecording::Leave);
    }

    #[test]
    fn inbox_alone_is_the_same_in_capitals_or_not() {
        assert!(same_folder("INBOX", "Inbox") && !same_folder("Done", "done"));
    }
}
