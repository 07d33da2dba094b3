//! Going through the steps of a reply: what comes next, and what the answers together mean. Pure.

use serde::{Deserialize, Serialize};
use throughline_core::outgoing::MOST_MESSAGES;

use super::account::Account;
use super::outcome::{Outcome, Reading, Refusal, Scope};
use super::request::{Answer, Request};
use super::{Around, Endpoints, Outgoing, Platform, Step};

/// What was done of a reply that consists of several messages. It is kept between tries, so that nothing
/// is sent twice; it holds no secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// How many steps were done.
    pub done: usize,
    /// The platform's ids of the messages that were taken.
    pub objects: Vec<String>,
    /// What later steps need, such as the ids of files.
    pub noted: Vec<String>,
}

/// A reply on its way.
#[derive(Debug)]
pub struct Run<'a> {
    platform: &'a dyn Platform,
    account: &'a Account,
    endpoints: &'a Endpoints,
    outgoing: &'a Outgoing,
    steps: Vec<Step>,
    progress: Progress,
    /// Where the files of the steps at hand may be put. Who has the address can write there, so it is not
    /// kept.
    put_at: Option<PutAt>,
}

/// Where files may be put.
#[derive(Debug)]
struct PutAt {
    url: String,
    /// The id that the file will have.
    id: String,
    /// The step that asked for it, and how much was noted before: what was done since is done again when it
    /// comes to nothing.
    step: usize,
    noted: usize,
}

impl<'a> Run<'a> {
    /// Begins, or goes on where an earlier try ended.
    pub fn new(
        platform: &'a dyn Platform,
        account: &'a Account,
        endpoints: &'a Endpoints,
        outgoing: &'a Outgoing,
        progress: Progress,
    ) -> Result<Self, Refusal> {
        let nothing = outgoing.text.trim().is_empty() && outgoing.files.is_empty();
        if nothing && outgoing.template.is_none() {
            let known = ("empty", "Write a text or add a file.", Scope::Message);
            return Err(Refusal::of(known, "there is nothing to send"));
        }
        let steps = platform.steps(account, outgoing)?;
        let messages = steps.iter().filter(|step| !step.is_unseen()).count();
        if messages > MOST_MESSAGES {
            let why = format!("it would become {messages} messages; {MOST_MESSAGES} are the most");
            return Err(Refusal::of(super::outcome::LENGTH, why));
        }
        Ok(Self { platform, account, endpoints, outgoing, steps, progress, put_at: None })
    }

    /// What was done so far.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Whether the step that was done is worth nothing without the next one.
    pub fn is_between(&self) -> bool {
        self.put_at.is_some()
    }

    /// The next request; `None` when all was sent. `now` is in seconds since 1970.
    pub fn request(&self, now: i64) -> Option<Result<Request, Refusal>> {
        let step = self.steps.get(self.progress.done)?;
        let around = Around {
            account: self.account,
            endpoints: self.endpoints,
            outgoing: self.outgoing,
            progress: &self.progress,
            upload_url: self.put_at.as_ref().map(|put| put.url.as_str()),
            now,
        };
        Some(self.platform.request(step, &around))
    }

    /// Takes the answer to the last request. `Some` when it is over.
    pub fn answered(&mut self, answer: &Answer, now: i64) -> Option<Outcome> {
        let step = self.steps.get(self.progress.done)?.clone();
        let reading = match self.platform.read(&step, answer, now) {
            Reading::Taken(objects) => {
                // What was asked for before it served this one message.
                self.put_at = None;
                self.progress.objects.extend(objects);
                None
            }
            Reading::Noted(id) => {
                self.progress.noted.push(id);
                None
            }
            Reading::PutAt { url, id } => {
                let (step, noted) = (self.progress.done, self.progress.noted.len());
                self.put_at = Some(PutAt { url, id, step, noted });
                // The steps that put it there come next; only all together are worth keeping.
                return self.step_on();
            }
            Reading::Done => {
                self.progress.noted.extend(self.put_at.take().map(|put| put.id));
                None
            }
            Reading::Over(outcome) => Some(outcome),
        };
        match reading {
            Some(outcome) => Some(self.over(&step, Some(answer), outcome)),
            None => self.step_on(),
        }
    }

    /// Takes that no answer came. `sent` says whether the request may have reached the platform.
    pub fn unanswered(&mut self, sent: bool, why: &str) -> Option<Outcome> {
        let step = self.steps.get(self.progress.done)?.clone();
        let why = why.to_owned();
        let outcome =
            if sent { Outcome::Unknown { why } } else { Outcome::Later { after: None, why } };
        Some(self.over(&step, None, outcome))
    }

    /// Takes that the request at hand was not made.
    pub fn stopped(&mut self, refusal: Refusal) -> Outcome {
        match self.steps.get(self.progress.done).cloned() {
            Some(step) => self.over(&step, None, Outcome::Refused(refusal)),
            None => Outcome::Refused(refusal),
        }
    }

    fn step_on(&mut self) -> Option<Outcome> {
        self.progress.done += 1;
        let is_end = self.progress.done >= self.steps.len();
        is_end.then(|| Outcome::Sent { objects: self.progress.objects.clone() })
    }

    fn over(&mut self, step: &Step, answer: Option<&Answer>, outcome: Outcome) -> Outcome {
        let kept = self.platform.kept(step, answer);
        if let Some(kept) = kept.filter(|_| self.progress.objects.is_empty()) {
            self.progress.done = self.progress.done.min(kept);
            self.progress.noted.truncate(kept);
        }
        // Where a file may be put is asked for again.
        if let Some(put) = self.put_at.take() {
            self.progress.done = put.step;
            self.progress.noted.truncate(put.noted);
        }
        match outcome {
            Outcome::Unknown { why } if step.is_unseen() || self.platform.knows_repeats() => {
                Outcome::Later { after: None, why: self.account.hide(&why) }
            }
            Outcome::Unknown { why } => Outcome::Unknown { why: self.account.hide(&why) },
            Outcome::Later { after, why } => Outcome::Later { after, why: self.account.hide(&why) },
            Outcome::Refused(refusal) => {
                let why = self.account.hide(&refusal.why);
                Outcome::Refused(Refusal { why, ..refusal })
            }
            Outcome::Sent { objects } => Outcome::Sent { objects },
        }
    }
}
