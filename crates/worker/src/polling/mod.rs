//! The poller of channels: platforms that are asked for what is new, because no hook tells.
//!
//! Every inbox has a task of its own, so that a sick one delays no other, and is claimed by lease, so that
//! of several workers one asks for it. What to ask and what an answer means is known to `ingest`, how far
//! one has come to `app`. Mailboxes have a poller of their own.

mod bell;
mod follow;
mod listen;
mod pace;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use throughline_app::App;
use throughline_app::channels::{Connected, ToAsk, to_ask};
use throughline_core::id::InboxId;
use throughline_ingest::hooks::Account;
use throughline_ingest::poll::Poll;
use throughline_ingest::registry;
use throughline_outbound::ask::Asker;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::waker::Waker;
use follow::Follower;
pub(crate) use follow::{ask, read, without_secrets};

/// How the poller works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How often changed set-ups, and inboxes that another worker gave up, are looked for.
    pub look: Duration,
    /// For how long an inbox is claimed; it is renewed while its platform is asked.
    pub lease: Duration,
    /// The least time between two questions, whatever a channel says.
    pub least_pause: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            look: Duration::from_secs(5),
            lease: Duration::from_secs(60),
            least_pause: Duration::from_millis(500),
        }
    }
}

/// Asks the platforms of all active inboxes that want it.
pub struct ChannelPoller {
    app: App,
    asker: Asker,
    waker: Waker,
    settings: Settings,
}

/// One inbox whose platform is asked.
struct Following {
    /// The version of the set-up with which it is asked.
    version: i64,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// An inbox that wants to be asked for, with who knows how.
struct Wanted {
    inbox: InboxId,
    version: i64,
    account: Account,
    poll: &'static dyn Poll,
}

type All = HashMap<InboxId, Following>;

impl ChannelPoller {
    /// A poller that wakes a runner when it has recorded something.
    pub fn new(app: App, asker: Asker, waker: Waker, settings: Settings) -> Self {
        Self { app, asker, waker, settings }
    }

    /// Runs until `stop`. What was found and not recorded is found again.
    pub async fn run(self, stop: CancellationToken) {
        let kinds = registry::ALL.iter().filter(|kind| kind.poll.is_some());
        let kinds: Vec<&'static str> = kinds.map(|kind| kind.name).collect();
        let mut all = All::new();
        loop {
            match stop.run_until_cancelled(to_ask(&self.app, kinds.clone())).await {
                None => break,
                Some(Ok(inboxes)) => self.adjust(&mut all, inboxes, &stop).await,
                Some(Err(error)) => {
                    let cause = error.cause.as_deref().map(ToString::to_string);
                    tracing::warn!(%error, cause, "the set-up of channels cannot be read now");
                }
            }
            if stop.run_until_cancelled(tokio::time::sleep(self.settings.look)).await.is_none() {
                break;
            }
        }
        join_all(all.into_values().map(Following::end)).await;
    }

    /// Ends what is not wanted any more, or differently, and begins what is.
    async fn adjust(&self, all: &mut All, inboxes: Vec<ToAsk>, stop: &CancellationToken) {
        let wanted: HashMap<InboxId, Wanted> =
            inboxes.into_iter().filter_map(wanted).map(|one| (one.inbox, one)).collect();
        let stays = |id: &InboxId, following: &mut Following| {
            wanted.get(id).is_some_and(|one| one.version == following.version && following.lives())
        };
        let ended = all.extract_if(|id, following| !stays(id, following));
        join_all(ended.map(|(_, following)| following.end())).await;
        for (id, one) in wanted {
            all.entry(id).or_insert_with(|| self.begin(one, stop.child_token()));
        }
    }

    fn begin(&self, wanted: Wanted, stop: CancellationToken) -> Following {
        let Wanted { inbox, version, account, poll } = wanted;
        tracing::info!(inbox.id = %inbox, "a platform is asked for what is new");
        let follower = Follower {
            app: self.app.clone(),
            asker: self.asker.clone(),
            waker: self.waker.clone(),
            settings: self.settings,
            inbox,
            version,
            account: Arc::new(account),
            poll,
        };
        Following { version, task: tokio::spawn(follower.run(stop.clone())), stop }
    }
}

impl Following {
    /// How long it may take to end; giving the claim back needs the database.
    const PATIENCE: Duration = Duration::from_secs(5);

    /// Whether its task goes on; one that ended by itself died of a panic.
    fn lives(&self) -> bool {
        if self.task.is_finished() {
            tracing::error!("asking a platform ended by itself; it begins anew");
        }
        !self.task.is_finished()
    }

    /// Stops it. What does not end in time is cut off: its claim runs out.
    async fn end(mut self) {
        self.stop.cancel();
        if tokio::time::timeout(Self::PATIENCE, &mut self.task).await.is_err() {
            tracing::warn!("asking a platform did not end in time");
            self.task.abort();
        }
    }
}

/// Nobody may be left asking when whoever wanted it is gone.
impl Drop for Following {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn wanted(one: ToAsk) -> Option<Wanted> {
    let poll = registry::named(&one.connected.kind)?.poll?;
    let account = account_of(&one.connected);
    let inbox = one.connected.inbox.id;
    poll.is_wanted(&account).then_some(Wanted { inbox, version: one.version, account, poll })
}

/// A set-up as channels read it.
pub(crate) fn account_of(connected: &Connected) -> Account {
    let exposed = |all: &Vec<throughline_app::Secret>| {
        all.iter().map(|secret| secret.expose().clone()).collect()
    };
    Account {
        settings: connected.settings.clone(),
        secrets: connected.secrets.iter().map(|(n, all)| (n.clone(), exposed(all))).collect(),
    }
}
