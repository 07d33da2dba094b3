//! A few connections to one server, used again when they ended well. A connection belongs to the
//! send that took it: when that is dropped or fails, the connection is closed with it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::connect;
use super::connection::Connection;
use super::outcome::Outcome;
use super::server::{Login, Server};
use super::transaction::{self, Ending};
use super::trouble::{Stage, Trouble, Why};
use crate::email::envelope::Envelope;

/// Servers limit the mails of one connection, many to a hundred.
const MAILS_PER_CONNECTION: u32 = 100;

/// Sends over at most `Server::max_connections` connections. Cheap to clone; clones share them.
#[derive(Clone)]
pub struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    server: Server,
    permits: Arc<Semaphore>,
    kept: Mutex<Kept>,
}

struct Kept {
    login: Login,
    /// Counts logins, so that connections of an earlier one are not kept.
    login_number: u64,
    idle: Vec<(Instant, Connection)>,
    sweeping: bool,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pool({}:{})", self.shared.server.host, self.shared.server.port)
    }
}

impl Pool {
    /// A pool without any connection yet.
    pub fn new(server: Server, login: Login) -> Self {
        let permits = Arc::new(Semaphore::new(server.max_connections.clamp(1, 1000)));
        let kept = Kept { login, login_number: 0, idle: Vec::new(), sweeping: false };
        Self { shared: Arc::new(Shared { server, permits, kept: Mutex::new(kept) }) }
    }

    /// From now on logs in like this, such as with a fresh token. Unused connections are closed,
    /// those in use are not used again.
    pub fn set_login(&self, login: Login) {
        let mut kept = self.shared.kept();
        kept.login = login;
        kept.login_number += 1;
        kept.idle.clear();
    }

    /// How many connections are open and unused.
    pub fn idle_connections(&self) -> usize {
        self.shared.kept().idle.len()
    }

    /// Sends one mail: `bytes` as [`crate::email::compose`] makes them. May be dropped at any time;
    /// the mail may then have been sent or not. Waits while all connections are in use.
    pub async fn send(&self, envelope: &Envelope, bytes: &[u8]) -> Outcome {
        self.send_telling(envelope, bytes, &|| ()).await
    }

    /// The same, and tells when nothing is left to write but the end of the mail.
    pub async fn send_telling(
        &self,
        envelope: &Envelope,
        bytes: &[u8],
        ending: Ending<'_>,
    ) -> Outcome {
        let Ok(permit) = Arc::clone(&self.shared.permits).acquire_owned().await else {
            return Outcome::NotSent("the pool is closed".to_string());
        };
        match Box::pin(self.try_send(permit, envelope, bytes, ending)).await {
            Ok(outcome) => outcome,
            Err(trouble) => {
                tracing::debug!(smtp.host = %self.shared.server.host, %trouble, "a mail was not sent");
                Outcome::from_trouble(&trouble)
            }
        }
    }

    async fn try_send(
        &self,
        permit: OwnedSemaphorePermit,
        envelope: &Envelope,
        bytes: &[u8],
        ending: Ending<'_>,
    ) -> Result<Outcome, Trouble> {
        // Every kept connection may have been closed by the server in the meantime.
        while let Some((number, mut connection)) = self.shared.take() {
            match transaction::send(&mut connection, envelope, bytes, ending).await {
                Err(trouble) if is_stale(&trouble) => continue,
                Err(trouble) => return Err(trouble),
                Ok(outcome) => {
                    self.finish(number, connection, permit, &outcome);
                    return Ok(outcome);
                }
            }
        }
        let (number, login) = self.shared.login();
        let mut connection = connect::open(&self.shared.server, &login, &mut |_, _| ()).await?;
        let outcome = transaction::send(&mut connection, envelope, bytes, ending).await?;
        self.finish(number, connection, permit, &outcome);
        Ok(outcome)
    }

    fn finish(
        &self,
        number: u64,
        connection: Connection,
        permit: OwnedSemaphorePermit,
        outcome: &Outcome,
    ) {
        let ended_well = matches!(outcome, Outcome::Sent { .. } | Outcome::Partly { .. });
        let fresh = connection.mails < MAILS_PER_CONNECTION && connection.is_quiet();
        if ended_well && fresh {
            self.shared.keep(number, connection);
        } else {
            // In the background: the outcome is known and should not wait. The permit goes along,
            // so that the server never sees more connections than it should.
            tokio::spawn(async move {
                connection.quit().await;
                drop(permit);
            });
        }
    }
}

/// A kept connection that the server closed while nobody used it shows at the first command. Nothing
/// was handed over, so another connection may be tried at once.
fn is_stale(trouble: &Trouble) -> bool {
    let closing = |reply: &super::reply::Reply| reply.code == 421;
    match &trouble.why {
        _ if trouble.stage != Stage::Mail => false,
        Why::Lost(_) => true,
        Why::Answer(reply) => closing(reply),
        Why::Slow(_) | Why::Other(_) => false,
    }
}

impl Shared {
    /// No code that may panic runs while it is locked; a poisoned lock is as good as any.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn login(&self) -> (u64, Login) {
        let kept = self.kept();
        (kept.login_number, kept.login.clone())
    }

    /// The connection that was used last, so that those beyond need become old and are closed.
    fn take(&self) -> Option<(u64, Connection)> {
        let mut kept = self.kept();
        drop_old(&mut kept, self.server.idle);
        let number = kept.login_number;
        kept.idle.pop().map(|(_, connection)| (number, connection))
    }

    fn keep(self: &Arc<Self>, number: u64, connection: Connection) {
        let mut kept = self.kept();
        if number != kept.login_number {
            return;
        }
        kept.idle.push((Instant::now(), connection));
        if !kept.sweeping {
            kept.sweeping = true;
            tokio::spawn(sweep(Arc::downgrade(self), self.server.idle));
        }
    }
}

fn drop_old(kept: &mut Kept, idle: Duration) {
    kept.idle.retain(|(since, _)| since.elapsed() < idle);
}

/// Closes old connections until there are none, or no pool. Dropping closes them without QUIT.
async fn sweep(shared: Weak<Shared>, idle: Duration) {
    loop {
        tokio::time::sleep((idle / 2).max(Duration::from_millis(10))).await;
        let Some(shared) = shared.upgrade() else { return };
        let mut kept = shared.kept();
        drop_old(&mut kept, idle);
        if kept.idle.is_empty() {
            kept.sweeping = false;
            return;
        }
    }
}
