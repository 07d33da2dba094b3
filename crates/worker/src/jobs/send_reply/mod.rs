//! Sends stored replies by the SMTP server of their inbox, or by the platform that it is connected to.
//!
//! What is to be sent, and what an outcome means for it, is `app::outgoing`'s; writing and handing
//! over is `outbound`'s. Here one is led to the other: at which pace, over which connections. What is
//! particular to chats is in `chat`.

mod chat;
mod journal;
mod letter;
mod outcome;
mod places;
mod turns;
mod ways;

use std::io;
use std::path::Path;

use async_trait::async_trait;
use futures_util::future::join_all;
use serde::Deserialize;
use throughline_app::outgoing::{self, Due, Line, Turn};
use throughline_app::{App, AppError};
use throughline_core::id::ItemId;
use throughline_core::outgoing::{Attempt, Outgoing};
use throughline_core::time::Instant;
use throughline_outbound::email::compose::{ComposeError, Composed, Limits, compose};
use throughline_outbound::email::envelope::{Envelope, EnvelopeError};
use throughline_outbound::email::pace::Rate;
use throughline_outbound::email::retry;
pub use throughline_outbound::email::smtp::Timeouts;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::access::MailAccess;
use crate::job::{Context, Job, Payload, Verdict};
pub use chat::ChatAccess;
pub(crate) use chat::account as chat_account;
use journal::{Journal, Remembered};
use places::Places;
use turns::{begin, too_fast, turn};
use ways::{Way, Ways};

/// Mails in hand at one time, over all inboxes. Most of them wait, and hold nothing but their id.
const SIDE_BY_SIDE: usize = 256;
/// Mails at one time that are read, written and sent, over all inboxes: bounds what is in memory.
const WRITTEN: usize = 64;
/// After how long a mail of a paused inbox is looked at again.
const PAUSE_SECONDS: i64 = 60;

/// The job `send_reply`.
pub struct SendReply {
    ways: Ways,
    chats: ChatAccess,
    /// What the database does not know yet, so that the next run notes it instead of sending again.
    journal: Journal,
    written: Semaphore,
}

impl SendReply {
    /// A sender that has no connection yet.
    pub fn new(access: MailAccess, chats: ChatAccess) -> Self {
        Self {
            ways: Ways::new(access),
            chats,
            journal: Journal::default(),
            written: Semaphore::new(WRITTEN),
        }
    }

    /// The same, which remembers in this file what servers took, also over the death of the process.
    ///
    /// # Errors
    /// When the file cannot be read or made.
    pub fn with_journal(mut self, file: &Path) -> io::Result<Self> {
        self.journal = Journal::open(file)?;
        Ok(self)
    }

    /// The same, with other time limits for the dialogue; tests set short ones.
    #[must_use]
    pub fn with_timeouts(mut self, timeouts: Timeouts) -> Self {
        self.ways.timeouts = timeouts;
        self
    }
}

#[derive(Deserialize)]
struct Arguments {
    item: ItemId,
}

/// Where a mail stands that is not to be sent now.
enum Stop {
    /// There is a verdict for its job.
    Verdict(Verdict),
    /// It cannot be tried now.
    Tried(Attempt),
    /// The use case failed.
    Failed(AppError),
}

impl From<AppError> for Stop {
    fn from(error: AppError) -> Self {
        Self::Failed(error)
    }
}

impl From<ComposeError> for Stop {
    fn from(error: ComposeError) -> Self {
        Self::Tried(Attempt::Hopeless(error.to_string()))
    }
}

impl From<EnvelopeError> for Stop {
    fn from(error: EnvelopeError) -> Self {
        Self::Tried(Attempt::Hopeless(error.to_string()))
    }
}

fn later<T>(until: Instant, why: &str) -> Result<T, Stop> {
    Err(Stop::Verdict(Verdict::Later(until, why.to_owned())))
}

#[async_trait]
impl Job for SendReply {
    fn kinds(&self) -> &'static [&'static str] {
        &[throughline_app::jobs::SEND_REPLY]
    }

    fn side_by_side(&self) -> Option<usize> {
        Some(SIDE_BY_SIDE)
    }

    async fn run(&self, context: &Context, jobs: &[Payload]) -> Vec<Verdict> {
        let one = |job: &Payload| {
            let read = job.read::<Arguments>();
            async move {
                match read {
                    Ok(Arguments { item }) => self.run_one(context, item).await,
                    Err(verdict) => verdict,
                }
            }
        };
        join_all(jobs.iter().map(one)).await
    }
}

impl SendReply {
    async fn run_one(&self, Context { app, stop }: &Context, item: ItemId) -> Verdict {
        let tried = match self.remembered(app, item).await {
            Ok(Some(remembered)) => Ok(remembered),
            Ok(None) => Box::pin(self.try_one(app, stop, item)).await,
            Err(error) => return failed(&error),
        };
        let tried = match tried {
            Ok(tried) => tried,
            Err(Stop::Tried(attempt)) => Remembered { since: None, attempt },
            Err(Stop::Verdict(verdict)) => return verdict,
            Err(Stop::Failed(error)) => return failed(&error),
        };
        match settle(app, item, tried.attempt.clone()).await {
            Ok(verdict) => {
                self.journal.settled(item, &tried);
                verdict
            }
            Err(error) => {
                tracing::warn!(item.id = %item, %error, "an outcome could not be written yet");
                self.journal.keep(item, tried);
                Verdict::Later(app.now().plus_seconds(2), "its outcome is to be written".into())
            }
        }
    }

    /// What is known of a try that the database still believes to be under way.
    async fn remembered(&self, app: &App, item: ItemId) -> Result<Option<Remembered>, AppError> {
        let Some(remembered) = self.journal.recall(item) else { return Ok(None) };
        let standing = match outgoing::standing(app, item).await {
            Ok(standing) => standing,
            Err(error) => {
                self.journal.keep(item, remembered);
                return Err(error);
            }
        };
        let same = |since| standing.is_some_and(|mail| mail.sending_since == Some(since));
        if remembered.since.is_none_or(same) {
            return Ok(Some(remembered));
        }
        // It is of an earlier try: somebody wanted the mail sent anew.
        self.journal.settled(item, &remembered);
        Ok(None)
    }

    /// Waits for its place, when it is to be sent now, and sends it.
    async fn try_one(
        &self,
        app: &App,
        stop: &CancellationToken,
        item: ItemId,
    ) -> Result<Remembered, Stop> {
        let mail = outgoing::standing(app, item).await?.filter(Outgoing::waits);
        let mail = mail.ok_or(Stop::Verdict(Verdict::Done))?;
        if mail.due_at > app.now() {
            return later(mail.due_at, "it is not due yet");
        }
        let places = self.ways.places(mail.inbox, app.now());
        let Some(place) = places.enter(app.now()) else {
            return later(places.next_look(app.now()), "its inbox has enough in hand");
        };
        let tried = self.send_in_turn(app, stop, &places, item).await;
        places.leave(place, app.now());
        tried
    }

    /// Sends it as soon as a connection is free for it.
    async fn send_in_turn(
        &self,
        app: &App,
        stop: &CancellationToken,
        places: &Places,
        item: ItemId,
    ) -> Result<Remembered, Stop> {
        let free = async { (places.connection().await, self.written.acquire().await) };
        let free = stop.run_until_cancelled(free).await.filter(|_| !stop.is_cancelled());
        let Some(_held) = free else { return Err(Stop::Verdict(Verdict::NotBegun)) };
        // Read only now: settings and the mail itself may have changed while it waited.
        let due = outgoing::load(app, item).await?.filter(|due| due.mail.waits());
        let due = due.ok_or(Stop::Verdict(Verdict::Done))?;
        if let Some(line) = chat::line(&due, app.now())? {
            return self.chat(app, places, &due, line).await;
        }
        let (way, rate) = self.way(app, &due).await?;
        if let Turn::Wait(micros) = turn(due.pace, rate, app.now()) {
            return too_fast(places, rate, micros, app.now());
        }
        let composed = write(app, &due).await?;
        let since = begin(app, item, places, rate).await?;
        let ending = || since.into_iter().for_each(|since| self.journal.ending(item, since));
        let outcome = way.pool.send_telling(&composed.envelope, &composed.bytes, &ending).await;
        let attempt = outcome::attempt(outcome, &composed.envelope);
        since.into_iter().for_each(|since| self.journal.taken(item, since, &attempt));
        Ok(Remembered { since, attempt })
    }

    /// Sends a reply to a chat.
    async fn chat(
        &self,
        app: &App,
        places: &Places,
        due: &Due,
        line: &Line,
    ) -> Result<Remembered, Stop> {
        let rate = chat::rate(line);
        if let Turn::Wait(micros) = turn(due.pace, rate, app.now()) {
            return too_fast(places, rate, micros, app.now());
        }
        let ready = chat::ready(app, &self.chats, due, line).await?;
        let since = begin(app, due.mail.item, places, rate).await?;
        let note = |attempt: &Attempt| {
            since.iter().for_each(|since| self.journal.taken(due.mail.item, *since, attempt));
        };
        let attempt = chat::send(&self.chats, ready, app.now(), |so_far| note(&so_far)).await;
        note(&attempt);
        Ok(Remembered { since, attempt })
    }

    /// The way by which an inbox sends, and how fast it may.
    async fn way(&self, app: &App, due: &Due) -> Result<(std::sync::Arc<Way>, Rate), Stop> {
        let hopeless = |words: &str| Stop::Tried(Attempt::Hopeless(words.to_owned()));
        let set_up = due.set_up.as_ref().filter(|own| own.settings.outgoing.is_some());
        let set_up = set_up
            .ok_or_else(|| hopeless("this inbox has no server to send by; set one up and retry"))?;
        if set_up.settings.paused {
            return later(app.now().plus_seconds(PAUSE_SECONDS), "its inbox is paused");
        }
        let server = set_up.settings.outgoing.as_ref();
        let rate = server.map_or(Rate { burst: 1, per_hour: 1 }, |server| Rate {
            burst: server.burst,
            per_hour: server.per_hour,
        });
        let way = self.ways.of(set_up).await;
        Ok((way.map_err(|words| Stop::Tried(Attempt::Later(words)))?, rate))
    }
}

/// Writes the mail, for those whom it has not reached yet.
async fn write(app: &App, due: &Due) -> Result<Composed, Stop> {
    let unread = |error: AppError| {
        tracing::warn!(item.id = %due.item.id, cause = error.cause, "a file cannot be read");
        Stop::Tried(Attempt::Later("a file of this message cannot be read at the moment".into()))
    };
    let files = outgoing::files(app, due).await.map_err(unread)?;
    let instance = app.installation().await?;
    let mail = letter::of(due, files, instance, app.now());
    let written = tokio::task::spawn_blocking(move || compose(&mail, &Limits::default()));
    let Ok(written) = written.await else {
        return Err(Stop::Tried(Attempt::Hopeless("the mail could not be written".into())));
    };
    let Composed { bytes, envelope } = written?;
    let envelope = left_of(&envelope, &due.mail)?;
    Ok(Composed { bytes, envelope })
}

/// The recipients whom the mail neither reached nor was refused for. All of them when nobody is left:
/// that happens only when somebody asked to send it again.
fn left_of(envelope: &Envelope, mail: &Outgoing) -> Result<Envelope, EnvelopeError> {
    let done = |address: &&str| {
        mail.reached.iter().any(|one| one == address)
            || mail.refused.iter().any(|one| one.address == *address)
    };
    let left: Vec<&str> = envelope.to().filter(|address| !done(address)).collect();
    if left.is_empty() { Ok(envelope.clone()) } else { envelope.only_to(left) }
}

/// Writes what came of a try, with the time of the next one.
async fn settle(app: &App, item: ItemId, attempt: Attempt) -> Result<Verdict, AppError> {
    let Some(due) = outgoing::standing(app, item).await? else { return Ok(Verdict::Done) };
    let now = app.now();
    let first = due.first_tried_at.unwrap_or(now);
    let usual = retry::next_try(due.deferrals.saturating_add(1), first, now, rand::random());
    let next = match &attempt {
        Attempt::Chat(tried) => chat::next_try(tried, due.deferrals, usual, now),
        _ => usual,
    };
    let after = outgoing::settle(app, item, attempt, next).await?;
    Ok(match after.filter(|mail| mail.waits()) {
        Some(mail) => Verdict::Later(mail.due_at, mail.words.unwrap_or_default()),
        None => Verdict::Done,
    })
}

fn failed(error: &AppError) -> Verdict {
    let cause = error.cause.as_deref().map(|cause| format!(" ({cause})")).unwrap_or_default();
    Verdict::Failed(format!("{error}{cause}"))
}
