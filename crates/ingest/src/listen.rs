//! Listening: a platform that tells what happens, or that something happened, over a connection which we
//! open and which stays open.
//!
//! Pure: a channel says where the connection goes, and what the words mean that come by it. Who holds it
//! and answers is no business of this crate.

use crate::hooks::Account;
use crate::poll::{Found, Place, Trouble};

/// What the words mean that came by a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// There is nothing to keep and nothing to answer.
    Nothing,
    /// Something new. It is recorded, and only then confirmed: what is not confirmed comes again.
    Told {
        /// What is new.
        found: Found,
        /// The answer by which the platform knows that we have it.
        confirm: String,
    },
    /// There is nothing to keep, and the platform wants an answer all the same.
    Confirm(String),
    /// The platform wants another connection instead of this one.
    Again,
    /// The platform has nothing for us.
    Trouble(Trouble),
}

/// Where a bell hangs.
#[derive(Clone, PartialEq, Eq)]
pub struct BellAt {
    /// The whole address (`wss://`).
    pub url: String,
    /// The headers. They may hold secrets.
    pub headers: Vec<(&'static str, String)>,
}

/// A connection that stays open and says that something happened, and no more that counts: what it was is
/// asked for as ever, so nothing is lost where a platform does not repeat what it said meanwhile. Without
/// one, what happens is found at the next question.
pub trait Bell: Send + Sync {
    /// Where the connection goes, once the platform was asked for that; nothing where it has none.
    fn address(&self, account: &Account, place: &Place) -> Option<BellAt>;

    /// Whether words that came by the connection say that there is something to ask for.
    fn rings(&self, words: &str) -> bool;
}

/// A channel that is listened to.
pub trait Listen: Send + Sync {
    /// Where the connection goes (`wss://`), once the platform was asked for that. It may hold a secret.
    fn address(&self, place: &Place) -> Option<String>;

    /// What words mean that came by the connection.
    fn hear(&self, account: &Account, words: &str) -> Heard;
}
