//! What became of a mail that was to be sent, as data.

use super::reply::Reply;
use super::trouble::{Stage, Trouble, Why};

/// A recipient that the server did not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedRecipient {
    /// The address.
    pub address: String,
    /// The server's code: 4xx is worth another try, 5xx is not.
    pub code: u16,
    /// The server's words.
    pub words: String,
}

/// What became of a mail. Words are the server's, at most 500 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server took it for everybody: 250 after the mail.
    Sent {
        /// What the server said, often its own id of the mail.
        answer: String,
    },
    /// The server took it for some, and it goes to these.
    Partly {
        /// The addresses that it goes to.
        accepted: Vec<String>,
        /// The others.
        refused: Vec<RefusedRecipient>,
        /// What the server said.
        answer: String,
    },
    /// The server will not take it (5xx): trying again is useless.
    Refused {
        /// The server's code.
        code: u16,
        /// The server's words.
        words: String,
        /// Always true; said so that whoever stores this as data need not know the codes.
        permanent: bool,
    },
    /// The server asks to come back later (4xx).
    Deferred {
        /// The server's code.
        code: u16,
        /// The server's words.
        words: String,
    },
    /// Nothing was handed over: no connection, no TLS, no login, or it was lost in between.
    NotSent(
        /// Why, for an admin.
        String,
    ),
    /// The end of the mail was written and no answer came: it may have been sent. Trying again may
    /// send it twice.
    Unknown(
        /// Why, for an admin.
        String,
    ),
}

impl Outcome {
    /// From a server's no to a mail.
    pub(super) fn from_no(reply: &Reply) -> Self {
        let (code, words) = (reply.code, reply.words());
        match reply.is_permanent() {
            true => Self::Refused { code, words, permanent: true },
            false => Self::Deferred { code, words },
        }
    }

    /// From a step that failed.
    pub(super) fn from_trouble(trouble: &Trouble) -> Self {
        match (&trouble.stage, &trouble.why) {
            // Codes below 400 at these steps are nonsense; nothing is known to be handed over.
            (Stage::Mail | Stage::Rcpt | Stage::Data | Stage::FinalAnswer, Why::Answer(reply))
                if reply.code >= 400 =>
            {
                Self::from_no(reply)
            }
            (Stage::FinalAnswer, _) => Self::Unknown(trouble.to_string()),
            _ => Self::NotSent(trouble.to_string()),
        }
    }
}
