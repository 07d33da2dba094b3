//! A mail, or a reply to a chat, on its way out: how far it has come, and what a try makes of it. Pure:
//! sending, and when to try again, is decided elsewhere. A mail's words are in `letter`, answers by machine
//! in `automatic`, what holds for chats in `chat`, what it takes of files in `files`, texts that a platform has approved in `template`, and in
//! `window` when WhatsApp takes which texts.

mod automatic;
mod chat;
mod files;
mod letter;
mod template;
mod window;

pub use automatic::{Acknowledging, MAX_A_DAY, MAX_AN_HOUR, Silence, may_acknowledge};
pub use chat::{
    CHAT_UNDO_SECONDS, ChatEnd, ChatTry, ChatWay, FOR_A_NAME, GIVEN_MOST, MAY_HAVE_ARRIVED,
    MOST_MESSAGES, TOLD_MOST, chat_way,
};
pub use files::{FileLooks, FileMisfit, Files};
pub use letter::{attribution, reply_subject};
pub use template::{
    FilledTemplate, Misfit, Template, TemplateAccount, TemplateButton, TemplatePart, TemplatePlace,
    TemplateValue,
};
pub use window::{Window, window};

use serde::{Deserialize, Serialize};

use crate::id::{InboxId, ItemId, TicketId};
use crate::time::Instant;
use crate::timeline::{SendState, Sending};

/// A mail that goes out, or a reply to a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The item that it carries.
    pub item: ItemId,
    /// The inbox by which it goes.
    pub inbox: InboxId,
    /// The ticket it belongs to.
    pub ticket: TicketId,
    /// Its Message-ID without brackets. It never changes, however often it is tried. A reply to a chat
    /// has none.
    pub message_id: String,
    /// How far it has come.
    pub state: SendState,
    /// Not before: the end of the time in which it can be taken back, the time it was scheduled for,
    /// or the next try.
    pub due_at: Instant,
    /// Whether it is not sent when the customer writes first.
    pub stop_on_answer: bool,
    /// Whether no person wrote it.
    pub automatic: bool,
    /// How often it was put off.
    pub deferrals: u32,
    /// When it was first tried.
    pub first_tried_at: Option<Instant>,
    /// When a try began whose end is not known yet. It is being handed over, or whoever did so died.
    pub sending_since: Option<Instant>,
    /// The addresses for which a server took it.
    pub reached: Vec<String>,
    /// The addresses for which a server refused it.
    pub refused: Vec<Declined>,
    /// Why it is not sent, for people to read.
    pub words: Option<String>,
    /// What was done of a reply to a chat that consists of several messages; the sender's own words.
    pub progress: Option<String>,
}

/// An address that a server did not take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declined {
    /// The address.
    pub address: String,
    /// The server's words, with its code.
    pub words: String,
}

/// What became of one try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Attempt {
    /// The server took it for these, and for nobody it did not.
    Taken(Vec<String>),
    /// The server took it for some.
    Partly {
        /// For these.
        accepted: Vec<String>,
        /// These may be tried again.
        later: Vec<Declined>,
        /// For these trying again is useless.
        refused: Vec<Declined>,
    },
    /// It is not worth another try; the words say why.
    Hopeless(String),
    /// It was not sent, or nobody knows; it is worth another try.
    Later(String),
    /// It was a reply to a chat.
    Chat(Box<ChatTry>),
}

impl Outgoing {
    /// Whether it still is to be sent.
    pub fn waits(&self) -> bool {
        matches!(self.state, SendState::Queued | SendState::Deferred)
    }

    /// The same after a try. `next_try` is when it would be tried again; `None` when it was tried for
    /// long enough.
    #[must_use]
    pub fn after(mut self, attempt: Attempt, next_try: Option<Instant>) -> Self {
        self.sending_since = None;
        match attempt {
            Attempt::Taken(all) => {
                self.reach(all);
                self.finish();
            }
            Attempt::Partly { accepted, later, refused } => {
                self.reach(accepted);
                self.refused.extend(refused);
                match later.is_empty() {
                    true => self.finish(),
                    false => self.put_off(&listed(&later), next_try),
                }
            }
            Attempt::Hopeless(words) => self.fail(words),
            Attempt::Later(words) => self.put_off(&words, next_try),
            Attempt::Chat(tried) => self.chatted(*tried, next_try),
        }
        self
    }

    /// The same, taken back. Whom it reached before is said.
    #[must_use]
    pub fn cancelled(self, words: &str) -> Self {
        let words = match (self.reached.is_empty(), &self.progress) {
            (true, None) => words.to_owned(),
            (true, Some(_)) => format!("{words}; a part of it had gone"),
            (false, _) => format!("{words}; it had reached {}", self.reached.join(", ")),
        };
        let words = Some(words);
        Self { state: SendState::Cancelled, words, sending_since: None, ..self }
    }

    /// The same, to be tried anew from `due_at` on, for those that it has not reached, or with the
    /// messages that have not gone. What came back from a chat goes as a whole.
    #[must_use]
    pub fn again(self, due_at: Instant) -> Self {
        let came_back = self.state == SendState::Bounced;
        Self {
            progress: self.progress.filter(|_| !came_back),
            state: SendState::Queued,
            due_at,
            // Somebody asked for it: only he is to stop it now.
            stop_on_answer: false,
            deferrals: 0,
            first_tried_at: None,
            sending_since: None,
            refused: Vec::new(),
            words: None,
            ..self
        }
    }

    /// The same, come back from these addresses; from all when none is told.
    #[must_use]
    pub fn bounced(mut self, recipients: &[String], words: &str) -> Self {
        let came_back = |address: &String| {
            recipients.is_empty() || recipients.iter().any(|one| one.eq_ignore_ascii_case(address))
        };
        self.reached.retain(|address| !came_back(address));
        Self { state: SendState::Bounced, words: Some(words.to_owned()), ..self }
    }

    /// What readers of the item are shown, given what they were shown before.
    pub fn shown(&self, before: Option<&Sending>, now: Instant) -> Sending {
        let before = before.cloned().unwrap_or_default();
        let waits = self.state == SendState::Deferred;
        let sent_at = (self.state == SendState::Sent).then(|| now.as_micros());
        Sending {
            send_at: match self.state {
                SendState::Queued => Some(self.due_at.as_micros()),
                _ => before.send_at,
            },
            sent_at: sent_at.or(before.sent_at),
            next_try_at: waits.then(|| self.due_at.as_micros()),
            words: self.words.clone(),
        }
    }

    fn reach(&mut self, addresses: Vec<String>) {
        for address in addresses {
            if !self.reached.contains(&address) {
                self.reached.push(address);
            }
        }
    }

    /// Nobody is left to be tried.
    fn finish(&mut self) {
        match self.refused.is_empty() {
            true => (self.state, self.words) = (SendState::Sent, None),
            false => self.fail(String::new()),
        }
    }

    fn fail(&mut self, words: String) {
        self.state = SendState::Failed;
        self.words = Some(self.with_refused(&words));
    }

    fn put_off(&mut self, words: &str, next_try: Option<Instant>) {
        self.deferrals = self.deferrals.saturating_add(1);
        match next_try {
            Some(at) => {
                (self.state, self.due_at) = (SendState::Deferred, at);
                self.words = Some(self.with_refused(words));
            }
            None => self.fail(format!("given up after days of trying; last: {words}")),
        }
    }

    /// Words together with those of the addresses that were refused for good.
    fn with_refused(&self, words: &str) -> String {
        let refused = listed(&self.refused);
        let parts = [refused.as_str(), words].into_iter().filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join("; ")
    }
}

fn listed(declined: &[Declined]) -> String {
    let one = |one: &Declined| format!("{}: {}", one.address, one.words);
    declined.iter().map(one).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATER: Option<Instant> = Some(Instant::from_micros(600));

    pub(super) fn mail() -> Outgoing {
        Outgoing {
            item: ItemId::from(1),
            inbox: InboxId::from(2),
            ticket: TicketId::from(3),
            message_id: "a@b".into(),
            state: SendState::Queued,
            due_at: Instant::from_micros(0),
            stop_on_answer: true,
            automatic: false,
            deferrals: 0,
            first_tried_at: None,
            sending_since: Some(Instant::from_micros(5)),
            reached: Vec::new(),
            refused: Vec::new(),
            words: None,
            progress: None,
        }
    }

    fn declined(address: &str, words: &str) -> Vec<Declined> {
        vec![Declined { address: address.into(), words: words.into() }]
    }

    #[test]
    fn what_is_taken_for_all_is_sent() {
        let sent = mail().after(Attempt::Taken(vec!["a@x".into()]), None);
        assert_eq!((sent.state, sent.sending_since), (SendState::Sent, None));
        assert_eq!(sent.reached, ["a@x"]);
        let shown = sent.shown(None, Instant::from_micros(9));
        assert_eq!((shown.sent_at, shown.next_try_at), (Some(9), None));
    }

    #[test]
    fn those_that_asked_to_wait_are_tried_again_and_the_refused_are_named_in_the_end() {
        let partly = Attempt::Partly {
            accepted: vec!["a@x".into()],
            later: declined("b@x", "450 busy"),
            refused: declined("c@x", "550 nobody"),
        };
        let waits = mail().after(partly, LATER);
        assert_eq!((waits.state, waits.due_at), (SendState::Deferred, Instant::from_micros(600)));
        assert_eq!(waits.words.as_deref(), Some("c@x: 550 nobody; b@x: 450 busy"));
        assert_eq!(waits.shown(None, Instant::from_micros(9)).next_try_at, Some(600));
        let done = waits.after(Attempt::Taken(vec!["b@x".into()]), LATER);
        assert_eq!((done.state, done.deferrals), (SendState::Failed, 1));
        assert_eq!(done.words.as_deref(), Some("c@x: 550 nobody"));
        assert_eq!(done.reached, ["a@x", "b@x"]);
        let stopped = done.clone().cancelled("taken back").words;
        assert_eq!(stopped.as_deref(), Some("taken back; it had reached a@x, b@x"));
        let again = done.again(Instant::from_micros(7));
        assert!(again.waits() && again.refused.is_empty() && again.words.is_none());
        assert_eq!(again.reached.len(), 2, "whom it reached is not written to twice");
    }

    #[test]
    fn it_is_given_up_in_the_end() {
        let over = mail().after(Attempt::Later("451 no".into()), None);
        assert_eq!(over.state, SendState::Failed);
        assert_eq!(over.words.as_deref(), Some("given up after days of trying; last: 451 no"));
        let refused = mail().after(Attempt::Hopeless("550 no".into()), LATER);
        assert_eq!((refused.state, refused.words.as_deref()), (SendState::Failed, Some("550 no")));
    }

    #[test]
    fn what_bounced_is_no_longer_reached() {
        let sent = mail().after(Attempt::Taken(vec!["a@x".into(), "b@x".into()]), None);
        let one = sent.clone().bounced(&["A@X".into()], "no such user");
        assert_eq!(
            (one.state, one.reached.as_slice()),
            (SendState::Bounced, &["b@x".to_owned()][..])
        );
        assert!(sent.bounced(&[], "returned").reached.is_empty());
    }
}
