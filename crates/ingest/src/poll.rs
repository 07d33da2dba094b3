//! Asking: how a channel finds out what is new where no hook tells.
//!
//! Pure: a channel says what to ask next, and what an answer means. Who sends the questions, remembers
//! places and waits between them is no business of this crate.

use std::fmt;

use serde_json::Value;
use throughline_core::time::Instant;

use crate::hooks::Account;
use crate::listen::{Bell, Listen};

/// How far one has come with a platform.
#[derive(Clone, Default, PartialEq)]
pub struct Place {
    /// What is remembered for ever, with the deliveries that lie before it. No secret may stand in it. What
    /// the platform takes of a message of ours stands under `limits`, as `max_characters`, where it tells:
    /// replies keep to it.
    pub cursor: Value,
    /// What is remembered while the program runs, such as a token that was granted for an hour.
    pub session: Value,
}

/// What a session holds may be a secret.
impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("cursor", &self.cursor).finish_non_exhaustive()
    }
}

/// A request to the platform.
#[derive(Clone, PartialEq, Eq)]
pub struct Question {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The whole address. It may hold a secret.
    pub url: String,
    /// The headers. They may hold secrets.
    pub headers: Vec<(&'static str, String)>,
    /// The body, if it has one; its media type is among the headers.
    pub body: Option<Vec<u8>>,
    /// For how long the platform may keep us waiting until something happens, in seconds.
    pub wait_seconds: u32,
}

/// Only what is no secret is shown.
impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Question");
        shown.field("method", &self.method).field("wait_seconds", &self.wait_seconds);
        shown.finish_non_exhaustive()
    }
}

/// What the platform answered.
#[derive(Clone, Copy)]
pub struct Answer<'a> {
    /// The status, such as 200.
    pub status: u16,
    /// The headers, their names in lower case.
    pub headers: &'a [(String, String)],
    /// The body.
    pub body: &'a [u8],
    /// When it reached us.
    pub at: Instant,
}

impl<'a> Answer<'a> {
    /// The value of a header, whose name is given in lower case; the first of several.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Something new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What names it at the platform, as its hook would name it.
    pub name: Option<String>,
    /// The bytes that the decoder will get, of the same form as those of the hook.
    pub bytes: Vec<u8>,
}

/// What an answer says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct News {
    /// What is new, in the order in which it happened as far as that is known.
    pub found: Vec<Found>,
    /// Where to go on. It is stored in the transaction that records what was found.
    pub place: Place,
    /// Whether to ask again at once: there is more, or this was but a step on the way.
    pub more: bool,
}

/// Why nothing is known of what is new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// It may work later, by itself.
    Later {
        /// What happened, in plain words and without any secret.
        why: String,
        /// How long to wait at least, in seconds, where the platform says so.
        after_seconds: Option<u32>,
    },
    /// It will not work until an admin has changed something.
    Broken {
        /// What has to be changed, in plain words and without any secret.
        why: String,
    },
}

/// A channel that is asked.
pub trait Poll: Send + Sync {
    /// Whether an inbox that is set up so is to be asked, and not told by a hook.
    fn is_wanted(&self, account: &Account) -> bool;

    /// How long to wait between two questions when nothing is new, in seconds.
    fn every_seconds(&self, account: &Account) -> u32;

    /// What to ask next. The first time the cursor is null.
    fn ask(&self, account: &Account, place: &Place, now: Instant) -> Result<Question, Trouble>;

    /// What the answer to it means.
    fn read(&self, account: &Account, place: &Place, answer: &Answer<'_>) -> Result<News, Trouble>;

    /// How the platform is listened to, where it tells what is new over a connection that stays. Then what
    /// is asked for is where that connection goes.
    fn listen(&self) -> Option<&'static dyn Listen> {
        None
    }

    /// How one hears that there is something to ask for, where the platform says so at once.
    fn bell(&self) -> Option<&'static dyn Bell> {
        None
    }

    /// What is known of a platform that was asked just now, in one sentence for admins who try out a set-up.
    fn tells(&self, _: &Account, _: &Place) -> String {
        "the platform answers".to_owned()
    }
}
