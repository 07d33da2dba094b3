//! The ways out: the connections of each inbox, kept for as long as it is set up as it was. How much of
//! it is in hand is said in `places`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use throughline_app::mail_settings::MailInbox;
use throughline_core::id::InboxId;
use throughline_core::time::Instant;
use throughline_outbound::email::smtp::{Login, Pool, Server, Timeouts};

use super::places::Places;
use crate::access::MailAccess;

/// The ways of all inboxes.
pub struct Ways {
    access: MailAccess,
    /// How long each step of the dialogue may take.
    pub timeouts: Timeouts,
    open: Mutex<HashMap<InboxId, Arc<Way>>>,
    places: Mutex<HashMap<InboxId, Arc<Places>>>,
}

/// How one inbox sends.
pub struct Way {
    /// Its connections.
    pub pool: Pool,
    server: Server,
    login: Mutex<Login>,
    version: i64,
}

/// No code that may panic runs while one is locked; a poisoned lock is as good as any.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ways {
    /// None is open yet.
    pub fn new(access: MailAccess) -> Self {
        Self {
            access,
            timeouts: Timeouts::default(),
            open: Mutex::default(),
            places: Mutex::default(),
        }
    }

    /// The places of an inbox, the same however it is set up.
    pub fn places(&self, inbox: InboxId, now: Instant) -> Arc<Places> {
        let mut places = lock(&self.places);
        Arc::clone(places.entry(inbox).or_insert_with(|| Arc::new(Places::new(now))))
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
            server,
            login: Mutex::new(login),
            version,
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
}
