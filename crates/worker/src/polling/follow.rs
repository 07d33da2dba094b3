//! Asking the platform of one inbox for good: ask, record, wait, and go on after whatever goes wrong.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use throughline_app::channels::{self, Claim, Failure, StoredPlace};
use throughline_app::{App, AppError, channels::Found};
use throughline_core::id::InboxId;
use throughline_core::time::Instant;
use throughline_ingest::hooks::Account;
use throughline_ingest::listen::Listen;
use throughline_ingest::poll::{Answer, News, Place, Poll, Question, Trouble};
use throughline_outbound::ask::{Ask, Asker, Heard, Unheard};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::Settings;
use super::bell::Ringing;
use super::pace::wait_after;
use crate::waker::Waker;

/// The pause when the trouble is on our own side.
const OUR_PAUSE: Duration = Duration::from_secs(15);
/// How long giving an inbox back may take.
const GIVE_BACK: Duration = Duration::from_secs(3);
/// Shorter secrets would be found in words that have nothing to do with them.
const SHORTEST: usize = 6;

/// Asks the platform of one inbox.
pub(super) struct Follower {
    pub(super) app: App,
    pub(super) asker: Asker,
    pub(super) waker: Waker,
    pub(super) settings: Settings,
    pub(super) inbox: InboxId,
    pub(super) version: i64,
    pub(super) account: Arc<Account>,
    pub(super) poll: &'static dyn Poll,
}

/// Why a turn brought nothing.
pub(super) enum Stopped {
    /// The platform.
    Platform(Trouble),
    /// Our own database.
    Ours(AppError),
    /// Another worker asks for the inbox by now.
    Lost,
}

impl From<Trouble> for Stopped {
    fn from(trouble: Trouble) -> Self {
        Self::Platform(trouble)
    }
}

impl Follower {
    /// Asks until `stop`, whenever no other worker does.
    pub(super) async fn run(self, stop: CancellationToken) {
        loop {
            let claimed = stop.run_until_cancelled(self.claim()).await;
            let Some((claim, place)) = claimed else { return };
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.lose(claim) => {
                    tracing::warn!(inbox.id = %self.inbox, "another worker asks for this inbox by now");
                }
                never = Box::pin(self.follow(claim, place)) => match never {},
            }
            // If it fails, the claim runs out by itself.
            drop(timeout(GIVE_BACK, channels::release(&self.app, claim)).await);
        }
    }

    /// Waits until the inbox is ours.
    async fn claim(&self) -> (Claim, StoredPlace) {
        loop {
            match channels::claim(&self.app, self.inbox, self.settings.lease).await {
                Ok(Some(claimed)) => return claimed,
                Ok(None) => {}
                Err(error) => tracing::warn!(inbox.id = %self.inbox, words = words_of(&error),
                    "an inbox cannot be claimed now"),
            }
            sleep(self.settings.look).await;
        }
    }

    /// Renews the claim for as long as it is polled; ends when it is lost.
    async fn lose(&self, claim: Claim) {
        loop {
            sleep(self.settings.lease / 3).await;
            match channels::hold(&self.app, claim, self.settings.lease).await {
                Ok(true) => {}
                Ok(false) => return,
                // Recording asks for the claim as well, so nothing can go wrong meanwhile.
                Err(error) => tracing::warn!(%error, "the claim of an inbox is not renewed"),
            }
        }
    }

    async fn follow(&self, claim: Claim, stored: StoredPlace) -> Infallible {
        let mut place = Place { cursor: stored.cursor, session: Value::Null };
        let mut ringing = Ringing::default();
        let mut failures = 0;
        // Whoever changed the set-up wants to see at once whether it works.
        if stored.version == self.version {
            failures = u32::try_from(stored.failures).unwrap_or_default();
            self.until(stored.next_at).await;
        }
        loop {
            match self.turn(claim, &mut place).await {
                Ok(more) => {
                    failures = 0;
                    self.rest(more, &place, &mut ringing).await;
                }
                Err(stopped) => {
                    self.recover(claim, stopped, failures).await;
                    failures = failures.saturating_add(1);
                    // Whatever was granted for a time may be the reason.
                    place.session = Value::Null;
                }
            }
        }
    }

    /// One question, its answer, and what it says on record. Says whether to ask again at once.
    async fn turn(&self, claim: Claim, place: &mut Place) -> Result<bool, Stopped> {
        let question = self.poll.ask(&self.account, place, self.app.now())?;
        let heard = ask(&self.asker, question).await?;
        let (account, at) = (Arc::clone(&self.account), self.app.now());
        let News { found, place: next, more } =
            read(self.poll, account, place.clone(), heard, at).await?;
        let found = found.into_iter().map(|one| Found { name: one.name, bytes: one.bytes });
        self.keep(claim, found.collect(), &next.cursor).await?;
        *place = next;
        if let Some((listen, url)) = self.to_listen(place) {
            self.listen(claim, &place.cursor, listen, &url).await?;
            // An address is good for one connection.
            place.session = Value::Null;
        }
        Ok(more)
    }

    fn to_listen(&self, place: &Place) -> Option<(&'static dyn Listen, String)> {
        let listen = self.poll.listen()?;
        Some((listen, listen.address(place)?))
    }

    /// Records what was found with the cursor behind it; nothing found says that all is well.
    pub(super) async fn keep(
        &self,
        claim: Claim,
        found: Vec<Found>,
        cursor: &Value,
    ) -> Result<(), Stopped> {
        let (cursor, now) = (cursor.clone(), self.app.now());
        let recorded = channels::record(&self.app, claim, found, cursor, self.version, now).await;
        let recorded = recorded.map_err(Stopped::Ours)?.ok_or(Stopped::Lost)?;
        let fresh = recorded.iter().filter(|one| one.fresh).count();
        if fresh > 0 {
            tracing::debug!(inbox.id = %self.inbox, fresh, "what a platform told was recorded");
            self.waker.wake();
        }
        Ok(())
    }

    /// Waits before the next question when all went well: for a time, or until the platform says that
    /// something happened.
    async fn rest(&self, more: bool, place: &Place, ringing: &mut Ringing) {
        sleep(self.settings.least_pause).await;
        if !more {
            let pause = i64::from(self.poll.every_seconds(&self.account));
            tokio::select! {
                () = self.until(Some(self.app.now().plus_seconds(pause))) => {}
                () = self.rung(ringing, place) => {}
            }
        }
    }

    /// Notes what went wrong and waits before the next question.
    async fn recover(&self, claim: Claim, stopped: Stopped, failures: u32) {
        let trouble = match stopped {
            Stopped::Platform(trouble) => trouble,
            // Whoever waits for the loss of the claim notices it.
            Stopped::Lost => return std::future::pending().await,
            Stopped::Ours(error) => {
                tracing::warn!(inbox.id = %self.inbox, words = words_of(&error),
                    "what a platform told could not be recorded; it is asked again");
                return sleep(OUR_PAUSE.min(self.settings.lease / 3)).await;
            }
        };
        let wait = wait_after(&trouble, failures, rand::random());
        let (needs_change, why) = match trouble {
            Trouble::Later { why, .. } => (false, why),
            Trouble::Broken { why } => (true, why),
        };
        let words = without_secrets(&self.account, why);
        tracing::warn!(inbox.id = %self.inbox, words, wait_seconds = wait.as_secs(), needs_change,
            "a platform cannot be asked at the moment");
        let millis = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        let next_at = self.app.now().plus_millis(millis);
        let failure = Failure { words, needs_change, next_at };
        let noted = channels::note_failure(&self.app, claim, failure, self.version).await;
        if let Err(error) = noted {
            tracing::warn!(words = words_of(&error), "a failure could not be noted");
        }
        self.until(Some(next_at)).await;
    }

    /// Waits for a moment of the clock by which all is dated: it holds for other workers as well.
    async fn until(&self, at: Option<Instant>) {
        let Some(at) = at else { return };
        loop {
            let left = at.as_micros() - self.app.now().as_micros();
            let Ok(left @ 1..) = u64::try_from(left) else { return };
            sleep(Duration::from_micros(left).min(self.settings.look)).await;
        }
    }
}

/// Words without our secrets, should somebody repeat them.
pub(crate) fn without_secrets(account: &Account, mut words: String) -> String {
    let secrets = account.secrets.values().flatten();
    for secret in secrets.filter(|secret| secret.len() >= SHORTEST) {
        words = words.replace(secret.as_str(), "[secret]");
    }
    words.replace('\0', "\u{fffd}").chars().take(500).collect()
}

/// What an answer says. It is read aside, since it may be large, and since a fault in reading it may cost
/// this inbox a turn and no more.
pub(crate) async fn read(
    poll: &'static dyn Poll,
    account: Arc<Account>,
    place: Place,
    heard: Heard,
    at: Instant,
) -> Result<News, Trouble> {
    let read = move || {
        let Heard { status, headers, body } = &heard;
        let answer = Answer { status: *status, headers, body, at };
        poll.read(&account, &place, &answer)
    };
    let faulty = |_| Trouble::Later {
        why: "the answer could not be read, by a fault of this program".to_owned(),
        after_seconds: None,
    };
    tokio::task::spawn_blocking(read).await.map_err(faulty)?
}

/// Asks a question.
pub(crate) async fn ask(asker: &Asker, question: Question) -> Result<Heard, Trouble> {
    let Question { method, url, headers, body, wait_seconds } = question;
    let wait = Duration::from_secs(u64::from(wait_seconds));
    asker.ask(Ask { method, url, headers, body, wait }).await.map_err(trouble_of)
}

pub(super) fn trouble_of(unheard: Unheard) -> Trouble {
    match unheard {
        Unheard::BadAddress(why) => Trouble::Broken { why },
        Unheard::Failed(why) => Trouble::Later { why, after_seconds: None },
    }
}

/// An error of our own with its cause: who reads it runs the machine.
fn words_of(error: &AppError) -> String {
    let cause = error.cause.as_deref().map(|cause| format!(" ({cause})")).unwrap_or_default();
    format!("{error}{cause}")
}
