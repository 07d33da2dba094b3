//! How far one has come with an account on Bluesky: what is remembered for ever, and what while the
//! program runs, which has the tokens in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The most posts of which something is remembered.
const MOST_KNOWN: usize = 300;
/// The most entries of a list that are remembered as seen.
const MOST_SEEN: usize = 500;
/// For how long after it was seen a post is looked at again, in seconds.
const WATCHED: i64 = 3 * 24 * 60 * 60;
/// How far behind the newest entry a list is read: it is sorted by when posts say they were written, so
/// that one may come to stand behind others that were there before. In seconds.
const OVERLAP: i64 = 6 * 60 * 60;

/// What is remembered for ever.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Cursor {
    /// The account that is asked for.
    pub(super) did: String,
    /// How far the notifications have come.
    pub(super) notifications: Read,
    /// How far each search term has come.
    pub(super) terms: BTreeMap<String, Read>,
    /// Posts that were seen lately, the latest last.
    pub(super) known: Vec<Known>,
}

/// How far a list was read that shows the newest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Read {
    /// When it was first read, in seconds since 1970: what is older is not taken.
    pub(super) begun: Option<i64>,
    /// The time of the newest entry, in seconds since 1970.
    pub(super) newest: i64,
    /// Entries that were taken, the latest last.
    pub(super) seen: Vec<String>,
}

/// A post that was seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Known {
    /// Its address.
    pub(super) uri: String,
    /// The post with which its conversation begins.
    pub(super) root: String,
    /// Until when it is looked at again, in seconds since 1970.
    pub(super) until: i64,
}

/// What is remembered while the program runs.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Session {
    /// The token with which all is asked; good for about two hours.
    pub(super) access: String,
    /// The token for which a new one is given.
    pub(super) refresh: String,
    /// How often the token was renewed since something was answered with it.
    pub(super) renewed: u8,
    /// What is asked next.
    pub(super) step: Step,
    /// When the posts were last looked at again, in seconds since 1970.
    pub(super) looked_at: i64,
}

/// A question in its place.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case")]
pub(super) enum Step {
    /// Signing in with the app password.
    #[default]
    SignIn,
    /// A new token for the one that has expired; then the question that failed.
    Refresh { then: Box<Self> },
    /// A page of a list. First one goes back, page by page, to what was seen; then forward again, so that
    /// the oldest is taken first.
    List { term: Option<usize>, back: Vec<String>, is_forward: bool },
    /// What stands before some posts in their threads; then the question that brought them again.
    Threads { uris: Vec<String>, then: Box<Self> },
    /// Whether posts are still there.
    Look { left: Vec<String> },
    /// Whether posts that were not among them are gone for everybody.
    Gone { uris: Vec<String>, left: Vec<String> },
}

impl Step {
    /// The beginning of a round.
    pub(super) fn first() -> Self {
        Self::List { term: None, back: Vec::new(), is_forward: false }
    }
}

impl Cursor {
    /// What is remembered.
    pub(super) fn of(value: &Value) -> Self {
        crate::asking::remembered(value)
    }

    pub(super) fn known(&self, uri: &str) -> Option<&Known> {
        self.known.iter().find(|known| known.uri == uri)
    }

    /// Remembers with which post the conversation of another begins.
    pub(super) fn remember(&mut self, uri: &str, root: &str, until: i64) {
        self.known.retain(|known| known.uri != uri);
        self.known.push(Known { uri: uri.to_owned(), root: root.to_owned(), until });
        let excess = self.known.len().saturating_sub(MOST_KNOWN);
        self.known.drain(..excess);
    }

    /// The posts that are looked at again.
    pub(super) fn watched(&self, now: i64) -> Vec<String> {
        let watched = self.known.iter().filter(|known| known.until > now);
        watched.map(|known| known.uri.clone()).collect()
    }
}

impl Read {
    /// The time behind which nothing new can stand.
    pub(super) fn floor(&self) -> i64 {
        self.newest.saturating_sub(OVERLAP).max(self.begun.unwrap_or(i64::MAX))
    }

    /// Whether an entry is new.
    pub(super) fn is_new(&self, name: &str, at: i64) -> bool {
        at >= self.floor() && !self.seen.iter().any(|seen| seen == name)
    }

    /// Takes that an entry was taken.
    pub(super) fn take(&mut self, name: &str, at: i64) {
        self.newest = self.newest.max(at);
        self.seen.push(name.to_owned());
        let excess = self.seen.len().saturating_sub(MOST_SEEN);
        self.seen.drain(..excess);
    }
}

/// Until when a post is looked at again that is seen now.
pub(super) fn watched_until(now: i64) -> i64 {
    now.saturating_add(WATCHED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_is_neither_seen_nor_older_than_the_beginning() {
        let mut read = Read::default();
        assert!(!read.is_new("a", 5), "nothing is, before it is begun");
        read.begun = Some(1_000_000);
        assert!(!read.is_new("a", 999_999) && read.is_new("a", 1_000_000));
        read.take("a", 1_100_000);
        assert!(!read.is_new("a", 1_100_000));
        assert!(
            read.is_new("b", 1_100_000 - OVERLAP) && !read.is_new("b", 1_100_000 - OVERLAP - 1)
        );
        for number in 0..10_000 {
            read.take(&number.to_string(), number);
        }
        assert_eq!((read.newest, read.seen.len()), (1_100_000, MOST_SEEN));
    }
}
