//! What became of a reply, as data.

use super::request::Answer;

/// What became of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The platform took it.
    Sent {
        /// The platform's ids of the messages, as the decoders name objects. Empty where the platform
        /// does not tell them.
        objects: Vec<String>,
    },
    /// It was not sent and is worth another try.
    Later {
        /// How many seconds the platform asks us to wait.
        after: Option<u64>,
        /// Why, for people.
        why: String,
    },
    /// Trying again is useless until somebody does something.
    Refused(Refusal),
    /// It may have been sent. Trying again may send it twice.
    Unknown {
        /// Why, for people.
        why: String,
    },
}

/// Why a platform takes something for no try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What it is, for programs; the same for all platforms.
    pub code: &'static str,
    /// Why, in the platform's words where it has any.
    pub why: String,
    /// What to do.
    pub hint: String,
    /// What it concerns.
    pub scope: Scope,
}

/// What a refusal concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// This message: another one may go.
    Message,
    /// This customer or conversation.
    Recipient,
    /// The whole inbox: nothing goes until its set-up is changed.
    Account,
}

/// What the answer to one step means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// A message was taken, under these ids.
    Taken(Vec<String>),
    /// A thing that is needed by a later step, such as the id of a file.
    Noted(String),
    /// Where a file may be put, and the id that it will have.
    PutAt {
        /// The address.
        url: String,
        /// The id.
        id: String,
    },
    /// The step is done, and nothing of it is needed.
    Done,
    /// No later step is to be made.
    Over(Outcome),
}

impl Outcome {
    pub(super) fn later(after: Option<u64>, why: impl Into<String>) -> Self {
        Self::Later { after, why: why.into() }
    }

    pub(super) fn unknown(why: impl Into<String>) -> Self {
        Self::Unknown { why: why.into() }
    }
}

/// What is known of a refusal beside the platform's words: code, what to do, what it concerns.
pub(super) type Known = (&'static str, &'static str, Scope);

/// Known refusals that several platforms have.
pub(super) const TOKEN: Known = (
    "token_refused",
    "The platform does not take the inbox's credentials any more: an admin enters new ones.",
    Scope::Account,
);
pub(super) const NO_RIGHTS: Known = (
    "not_allowed",
    "The credentials do not allow this: an admin gives them the rights that the docs name.",
    Scope::Account,
);
pub(super) const BLOCKED: Known = (
    "blocked",
    "The customer does not want messages here. Reach them another way, such as by mail.",
    Scope::Recipient,
);
pub(super) const GONE: Known = (
    "recipient_gone",
    "There is nobody any more at this address of the platform. Reach them another way.",
    Scope::Recipient,
);
pub(super) const NOT_THERE: Known = (
    "not_on_platform",
    "The number or id is not one of the platform. Check it, or reach them another way.",
    Scope::Recipient,
);
pub(super) const WINDOW: Known = (
    "window_closed",
    "More than 24 hours have passed since the customer wrote: send an approved template, or wait \
     until they write.",
    Scope::Recipient,
);
pub(super) const TEMPLATE: Known = (
    "template_refused",
    "Check the template's name, language, values and approval at the platform.",
    Scope::Message,
);
pub(super) const LENGTH: Known = (
    "too_long",
    "Make it shorter, send it as a file, or send fewer files at once.",
    Scope::Message,
);
pub(super) const FILE: Known = (
    "file_refused",
    "Send the file in another format or smaller, or send a link to it.",
    Scope::Message,
);
pub(super) const OTHER: Known = (
    "refused",
    "Read the platform's words; when they are about this message, change it and send it again.",
    Scope::Message,
);

pub(super) const REVIEW_GONE: Known = (
    "conversation_closed",
    "The review is not there any more, or cannot be answered. Reach them another way.",
    Scope::Recipient,
);

impl Refusal {
    pub(super) fn of(known: Known, why: impl Into<String>) -> Self {
        let (code, hint, scope) = known;
        Self { code, why: why.into(), hint: hint.to_owned(), scope }
    }

    /// A conversation that no decoder of the platform names so.
    pub(super) fn no_conversation(key: &str, expected: &str) -> Self {
        let why =
            format!("the conversation `{key}` is none of this channel: {expected} is expected");
        let hint = "Answer in a ticket that came by this inbox.";
        Self::of(("no_conversation", hint, Scope::Recipient), why)
    }

    pub(super) fn no_templates() -> Self {
        let hint = "Send a text: this platform has no templates.";
        Self::of(("no_templates", hint, Scope::Message), "a template was to be sent")
    }
}

impl Reading {
    pub(super) fn refused(known: Known, why: impl Into<String>) -> Self {
        Self::Over(Outcome::Refused(Refusal::of(known, why)))
    }

    pub(super) fn later(after: Option<u64>, why: impl Into<String>) -> Self {
        Self::Over(Outcome::later(after, why))
    }

    pub(super) fn unknown(why: impl Into<String>) -> Self {
        Self::Over(Outcome::unknown(why))
    }

    /// An answer in no known form. What was taken and answered so may have been sent.
    pub(super) fn unreadable(answer: &Answer) -> Self {
        let whole = if answer.is_whole { "" } else { ", which was cut off or too long," };
        let why = format!("the platform's answer{whole} is in no known form ({})", answer.status);
        match answer.is_success() {
            true => Self::unknown(why),
            false => Self::refused(OTHER, why),
        }
    }

    /// What the status alone says, the same for all platforms; `None` where the body decides.
    pub(super) fn of_status(answer: &Answer, now: i64, words: &str) -> Option<Self> {
        let status = answer.status;
        let why = || match words.is_empty() {
            true => format!("the platform answered {status}"),
            false => format!("the platform answered {status}: {words}"),
        };
        match status {
            300..=399 => {
                let hint = "The address of the platform has changed; check the set-up of the inbox, \
                            and whether there is a newer version of the program.";
                let why = "the platform answered with a redirect, which is not followed";
                Some(Self::refused(("redirected", hint, Scope::Account), why))
            }
            408 | 425 | 429 => Some(Self::later(answer.retry_after(now), why())),
            // Somebody between us waited for the platform in vain: it may have done its work.
            504 => Some(Self::unknown(why())),
            500..=599 => Some(Self::later(answer.retry_after(now), why())),
            _ => None,
        }
    }
}
