//! The ways out: the connections of each inbox, and how much of it is in hand. Kept for as long as
//! the inbox is set up as it was.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use throughline_app::mail_settings::MailInbox;
use throughline_core::id::InboxId;
use throughline_core::time::Instant;
use throughline_outbound::email::smtp::{Login, Pool, Server, Timeouts};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use crate::access::MailAccess;

/// Mails of one inbox in hand at one time, so that one that is slow leaves room for the others.
const IN_HAND: usize = 12;
/// After how long a mail is looked at again that found no room.
const NEXT_LOOK: i64 = 1_000_000;
/// How far apart those are that found none, so that they do not all come back at once.
const APART: i64 = 20_000;

/// The ways of all inboxes.
pub struct Ways {
    access: MailAccess,
    /// How long each step of the dialogue may take.
    pub timeouts: Timeouts,
    open: Mutex<HashMap<InboxId, Arc<Way>>>,
}

/// How one inbox sends.
pub struct Way {
    /// Its connections.
    pub pool: Pool,
    server: Server,
    login: Mutex<Login>,
    version: i64,
    in_hand: Arc<Semaphore>,
    connections: Semaphore,
    /// The turn that was last given away.
    last_turn: Mutex<Instant>,
}

/// No code that may panic runs while one is locked; a poisoned lock is as good as any.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ways {
    /// None is open yet.
    pub fn new(access: MailAccess) -> Self {
        Self { access, timeouts: Timeouts::default(), open: Mutex::default() }
    }

    /// The way of an inbox, made anew when its settings or secrets changed. The error is for an admin.
    pub async fn of(&self, inbox: &MailInbox) -> Result<Arc<Way>, String> {
        let (mut server, login) = self.access.outgoing(inbox).await?;
        server.timeouts = self.timeouts;
        let mut open = lock(&self.open);
        let same = |way: &&Arc<Way>| way.version == inbox.version && way.server == server;
        if let Some(way) = open.get(&inbox.inbox.id).filter(same) {
            way.renew(login);
            return Ok(Arc::clone(way));
        }
        let way = Arc::new(Way::new(server, login, inbox.version));
        open.insert(inbox.inbox.id, Arc::clone(&way));
        Ok(way)
    }
}

impl Way {
    fn new(server: Server, login: Login, version: i64) -> Self {
        Self {
            pool: Pool::new(server.clone(), login.clone()),
            connections: Semaphore::new(server.max_connections.max(1)),
            server,
            login: Mutex::new(login),
            version,
            in_hand: Arc::new(Semaphore::new(IN_HAND)),
            last_turn: Mutex::new(Instant::from_micros(0)),
        }
    }

    /// An access token lives for an hour; the settings stay as they are.
    fn renew(&self, login: Login) {
        let mut known = lock(&self.login);
        if *known != login {
            self.pool.set_login(login.clone());
            *known = login;
        }
    }

    /// A place among the mails in hand, if there is one.
    pub fn enter(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.in_hand).try_acquire_owned().ok()
    }

    /// Waits until a connection is free, so that what waits for one has not been read into memory.
    pub async fn connection(&self) -> Option<SemaphorePermit<'_>> {
        self.connections.acquire().await.ok()
    }

    /// When to look again after no room was found.
    pub fn next_look(&self, now: Instant) -> Instant {
        self.next_turn(now.plus_micros(NEXT_LOOK), APART)
    }

    /// A turn at `earliest` or behind the one given away last: those that are turned away together do
    /// not come back together.
    pub fn next_turn(&self, earliest: Instant, apart: i64) -> Instant {
        let mut last = lock(&self.last_turn);
        *last = earliest.max(last.plus_micros(apart));
        *last
    }
}

#[cfg(test)]
mod tests {
    use throughline_outbound::email::smtp::Security;

    use super::*;

    fn way() -> Way {
        Way::new(Server::new("localhost", 25, Security::Plain), Login::None, 1)
    }

    #[test]
    fn those_that_wait_come_back_one_after_the_other() {
        let (way, at) = (way(), Instant::from_micros);
        let turns: Vec<i64> = (0..3).map(|_| way.next_turn(at(100), 10).as_micros()).collect();
        assert_eq!(turns, [100, 110, 120]);
        assert_eq!(way.next_turn(at(500), 10), at(500));
    }

    #[test]
    fn one_inbox_never_has_all_in_hand() {
        let way = way();
        let places: Vec<_> = std::iter::from_fn(|| way.enter()).take(1_000).collect();
        assert_eq!(places.len(), IN_HAND);
        drop(places);
        assert!(way.enter().is_some());
    }
}
