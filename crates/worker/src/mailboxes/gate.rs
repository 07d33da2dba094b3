//! The door to a mail server: after a refused login the folders of an inbox try one at a time and
//! seldom, because servers lock accounts that try too often.

use std::time::Duration;

use throughline_ingest::email::imap::{Connection, ImapError, ImapServer, Login, pause_before};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

/// As if so many attempts had failed before: the first pause is half a minute at least.
const HEAD_START: u32 = 5;

/// One for each inbox.
#[derive(Debug, Default)]
pub(super) struct Gate(Mutex<Refusals>);

#[derive(Debug, Default)]
struct Refusals {
    in_a_row: u32,
    not_before: Option<Instant>,
}

impl Refusals {
    fn note(&mut self, result: &Result<Connection, ImapError>) {
        match result {
            Err(ImapError::LoginRefused { words }) if !is_passing(words) => {
                self.not_before = Some(Instant::now() + pause_after(self.in_a_row));
                self.in_a_row = self.in_a_row.saturating_add(1);
            }
            // Whether the login is good was not found out.
            Err(_) => {}
            Ok(_) => *self = Self::default(),
        }
    }
}

fn pause_after(refusals: u32) -> Duration {
    pause_before(HEAD_START.saturating_add(refusals), rand::random())
}

/// Whether a refusal says of itself that it is not about name and password (RFC 5530, section 3).
fn is_passing(words: &str) -> bool {
    ["[UNAVAILABLE]", "[INUSE]", "[LIMIT]"].iter().any(|code| words.contains(code))
}

impl Gate {
    /// Opens a connection. After a refusal it waits for its turn and for the pause to be over.
    pub(super) async fn open(
        &self,
        server: &ImapServer,
        login: &Login,
    ) -> Result<Connection, ImapError> {
        let mut refusals = self.0.lock().await;
        if refusals.in_a_row == 0 {
            drop(refusals);
            let result = Connection::open(server, login).await;
            self.0.lock().await.note(&result);
            return result;
        }
        if let Some(at) = refusals.not_before {
            sleep_until(at).await;
        }
        let result = Connection::open(server, login).await;
        refusals.note(&result);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(words: &str) -> Result<Connection, ImapError> {
        Err(ImapError::LoginRefused { words: words.to_owned() })
    }

    #[test]
    fn a_refused_login_waits_long_and_a_passing_failure_does_not() {
        let mut refusals = Refusals::default();
        refusals.note(&refused("[UNAVAILABLE] try later"));
        assert_eq!((refusals.in_a_row, refusals.not_before), (0, None));
        let before = Instant::now();
        refusals.note(&refused("[AUTHENTICATIONFAILED] wrong"));
        assert_eq!(refusals.in_a_row, 1);
        assert!(refusals.not_before.unwrap() >= before + Duration::from_secs(30));
        assert!(pause_after(u32::MAX) <= Duration::from_secs(300));
    }
}
