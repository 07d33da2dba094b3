//! How far one has come with an account on Mastodon: what is remembered for ever, and what while the
//! program runs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The most posts of which something is remembered.
const MOST_KNOWN: usize = 300;
/// The most posts of one search term that are remembered as seen.
const MOST_SEEN: usize = 300;
/// For how long after it was written a post is looked at again, in seconds.
const WATCHED: i64 = 3 * 24 * 60 * 60;
/// How far behind the newest post a search begins: posts of other servers come late, and their ids say
/// when they were written. In milliseconds.
const OVERLAP: u64 = 6 * 60 * 60 * 1000;

/// What is remembered for ever.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Cursor {
    /// The server to which all ids below belong.
    pub(super) server: String,
    /// The account that is asked for.
    pub(super) me: Option<Me>,
    /// What the server takes of a post of ours.
    pub(super) limits: Option<Limits>,
    /// The newest notification that was taken.
    pub(super) notifications: Begun,
    /// How far each search term has come.
    pub(super) terms: BTreeMap<String, Term>,
    /// Posts that were seen lately, the latest last.
    pub(super) known: Vec<Known>,
}

/// The account that is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Me {
    /// Its id on its server.
    pub(super) id: String,
    /// Its name there.
    pub(super) acct: String,
}

/// What the server takes of a post of ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Limits {
    /// The most characters.
    pub(super) max_characters: u64,
    /// For how many of them a link counts.
    pub(super) url_characters: u64,
}

/// A list that is walked forward.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Begun {
    /// Whether its end was looked for: what stood there before that is not taken.
    pub(super) is_begun: bool,
    /// The newest that was seen; nothing while the list is empty.
    pub(super) newest: Option<String>,
}

/// How far a search term has come.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Term {
    #[serde(flatten)]
    pub(super) begun: Begun,
    /// Posts that were found, the latest last.
    pub(super) seen: Vec<String>,
}

/// A post that was seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Known {
    /// Its id on the server that is asked.
    pub(super) id: String,
    /// Its name everywhere.
    pub(super) uri: String,
    /// The post with which its conversation begins.
    pub(super) root: String,
    /// The post that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parent: Option<String>,
    /// Whether it is ours.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) is_ours: bool,
    /// Who may see it.
    pub(super) visibility: String,
    /// When it was last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) edited_at: Option<String>,
    /// Until when it is looked at again, in seconds since 1970.
    pub(super) until: i64,
}

/// What is remembered while the program runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Session {
    /// What is asked next.
    pub(super) step: Step,
    /// When the posts were last looked at again, in seconds since 1970.
    pub(super) looked_at: i64,
    /// Whether the server shows posts by their ids only one by one.
    pub(super) shows_one: bool,
    /// When posts were last searched, in seconds since 1970.
    pub(super) searched_at: i64,
    /// Where the server says at once that something happened.
    pub(super) streaming: Option<String>,
}

/// A question in its place.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case")]
pub(super) enum Step {
    /// Whose the token is.
    #[default]
    Me,
    /// What the server takes.
    Instance,
    /// New notifications.
    Notifications,
    /// What stands before some posts in their threads; then the question that brought them again.
    Threads { ids: Vec<String>, then: Box<Self> },
    /// New posts with the search term of this number.
    Term { number: usize, from: Option<String>, offset: usize },
    /// Whether posts are as they were.
    Look { left: Vec<String> },
    /// The same, one by one.
    LookAtOne { left: Vec<String> },
    /// Whether posts that were not among them are gone.
    Gone { ids: Vec<String>, left: Vec<String> },
}

impl Cursor {
    /// The cursor of a server; the beginning where it is another one's.
    pub(super) fn of(value: &Value, server: &str) -> Self {
        let cursor: Self = crate::asking::remembered(value);
        match cursor.server == server {
            true => cursor,
            false => Self { server: server.to_owned(), ..Self::default() },
        }
    }

    pub(super) fn known(&self, id: &str) -> Option<&Known> {
        self.known.iter().find(|known| known.id == id)
    }

    /// Remembers a post; what was remembered of it before is replaced.
    pub(super) fn remember(&mut self, post: Known) {
        self.known.retain(|known| known.id != post.id);
        self.known.push(post);
        let excess = self.known.len().saturating_sub(MOST_KNOWN);
        self.known.drain(..excess);
    }

    /// The posts that are looked at again.
    pub(super) fn watched(&self, now: i64) -> Vec<String> {
        let watched = self.known.iter().filter(|known| known.until > now);
        watched.map(|known| known.id.clone()).collect()
    }
}

impl Begun {
    /// Takes that a list was seen up to these.
    pub(super) fn advance<'a>(&mut self, ids: impl Iterator<Item = &'a str>) {
        self.is_begun = true;
        for id in ids {
            if self.newest.as_deref().is_none_or(|newest| is_newer(id, newest)) {
                self.newest = Some(id.to_owned());
            }
        }
    }
}

impl Term {
    /// Where a search begins.
    pub(super) fn from(&self) -> Option<String> {
        self.begun.newest.as_deref().map(earlier)
    }

    /// Takes that posts were found.
    pub(super) fn see<'a>(&mut self, ids: impl Iterator<Item = &'a str> + Clone) {
        self.begun.advance(ids.clone());
        let new: Vec<String> =
            ids.filter(|id| !self.seen.iter().any(|seen| seen == id)).map(str::to_owned).collect();
        self.seen.extend(new);
        let excess = self.seen.len().saturating_sub(MOST_SEEN);
        self.seen.drain(..excess);
    }
}

/// Until when a post that was written at a time is looked at again.
pub(super) fn watched_until(written: i64) -> i64 {
    written.saturating_add(WATCHED)
}

/// Whether an id is the newer one. Ids are numbers without leading zeros, or texts of one length.
pub(super) fn is_newer(one: &str, other: &str) -> bool {
    (one.len(), one) > (other.len(), other)
}

/// An id some hours before another. The upper bits of an id of a post say when it was written; ids of
/// other servers say it in another way and stay as they are.
fn earlier(id: &str) -> String {
    let number = id.parse::<u64>().ok().filter(|number| number >> 16 > OVERLAP);
    number.map_or_else(|| id.to_owned(), |number| (number - (OVERLAP << 16)).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_the_longest_and_then_the_last() {
        let mut begun = Begun::default();
        begun.advance(["9", "117440821885976823", "117440821885976822", "21"].into_iter());
        assert_eq!(begun.newest.as_deref(), Some("117440821885976823"));
        assert!(is_newer("01J9ZV", "01J9ZU") && !is_newer("9", "10"));
    }

    #[test]
    fn a_search_begins_some_hours_earlier() {
        assert_eq!(earlier("117440821885976823"), "117439406308376823");
        assert_eq!(earlier("21"), "21");
        assert_eq!(earlier("01J9ZVABC"), "01J9ZVABC");
    }

    #[test]
    fn what_is_remembered_stays_bounded() {
        let mut cursor = Cursor::of(&Value::Null, "a.example");
        for number in 0..1_000 {
            cursor.remember(Known { id: number.to_string(), until: number, ..Known::default() });
        }
        cursor.remember(Known { id: "800".into(), root: "new".into(), ..Known::default() });
        assert_eq!((cursor.known.len(), cursor.watched(990).len()), (MOST_KNOWN, 9));
        assert_eq!(cursor.known("800").map(|known| known.root.as_str()), Some("new"));
        let kept = crate::asking::kept(&cursor);
        assert_eq!(Cursor::of(&kept, "a.example"), cursor);
        assert_eq!(Cursor::of(&kept, "b.example").known.len(), 0);
    }
}
