//! Listening: a platform that tells what happens over a connection which we open and which stays open.
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

/// A channel that is listened to.
pub trait Listen: Send + Sync {
    /// Where the connection goes (`wss://`), once the platform was asked for that. It may hold a secret.
    fn address(&self, place: &Place) -> Option<String>;

    /// What words mean that came by the connection.
    fn hear(&self, account: &Account, words: &str) -> Heard;
}
