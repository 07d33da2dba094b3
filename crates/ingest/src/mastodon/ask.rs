//! The questions to a server of Mastodon.

use throughline_core::time::Instant;

use super::place::{Begun, Cursor, Step};
use crate::asking::{bearer, get, query, written};
use crate::poll::Question;

/// What kinds of notifications bring a post, or a change of one.
pub(super) const KINDS: [&str; 5] = ["mention", "status", "quote", "update", "quoted_update"];
/// How many notifications come at once; the most that there may be.
const NOTIFICATIONS: &str = "80";
/// How many posts come at once of a search.
pub(super) const FOUND: usize = 40;
/// How many posts are looked at again at once; the most that there may be.
pub(super) const LOOKED_AT: usize = 20;
/// How many posts are looked at again in a round where that goes only one by one: the latest. A server takes
/// 300 questions in five minutes.
pub(super) const LOOKED_AT_ALONE: usize = 60;

/// What the questions are made of.
pub(super) struct Asking<'a> {
    pub(super) server: &'a str,
    pub(super) token: &'a str,
    pub(super) cursor: &'a Cursor,
    pub(super) terms: &'a [&'a str],
}

impl Asking<'_> {
    /// The question of a step.
    pub(super) fn question(&self, step: &Step) -> Question {
        let path = match step {
            Step::Me => "v1/accounts/verify_credentials".to_owned(),
            Step::Instance => "v2/instance".to_owned(),
            Step::Notifications => notifications(&self.cursor.notifications),
            Step::Threads { ids, .. } => format!("v1/statuses/{}/context", first(ids)),
            Step::Term { number, from, offset } => {
                let term = self.terms.get(*number).copied().unwrap_or_default();
                search(term, from.as_deref(), *offset)
            }
            Step::Look { left } => {
                let ids = left.iter().take(LOOKED_AT).map(|id| ("id[]", id.as_str()));
                format!("v1/statuses?{}", query(&ids.collect::<Vec<_>>()))
            }
            Step::LookAtOne { left: ids } | Step::Gone { ids, .. } => {
                format!("v1/statuses/{}", first(ids))
            }
        };
        let headers = match self.is_asked_by_anybody(step) {
            true => Vec::new(),
            false => vec![bearer(self.token)],
        };
        get(format!("https://{}/api/{path}", self.server), headers)
    }

    /// Whether a post that everybody may see is gone, is asked without a token: its author may only have
    /// blocked the account.
    fn is_asked_by_anybody(&self, step: &Step) -> bool {
        let Step::Gone { ids, .. } = step else { return false };
        let known = ids.first().and_then(|id| self.cursor.known(id));
        known.is_some_and(|known| is_for_everybody(&known.visibility))
    }
}

/// Whether everybody may see a post.
pub(super) fn is_for_everybody(visibility: &str) -> bool {
    matches!(visibility, "public" | "unlisted")
}

fn first(ids: &[String]) -> String {
    written(ids.first().map(String::as_str).unwrap_or_default())
}

/// The first time only the newest one is asked for, so that it is known where to begin.
fn notifications(begun: &Begun) -> String {
    let limit = if begun.is_begun { NOTIFICATIONS } else { "1" };
    let kinds = KINDS.iter().map(|kind| ("types[]", *kind));
    let from = begun.newest.as_deref().map(|newest| ("min_id", newest));
    let parts: Vec<_> = kinds.chain([("limit", limit)]).chain(from).collect();
    format!("v1/notifications?{}", query(&parts))
}

/// A word is searched, what begins with `#` is a timeline.
fn search(term: &str, from: Option<&str>, offset: usize) -> String {
    let limit = FOUND.to_string();
    let from = from.map(|from| ("min_id", from));
    if let Some(tag) = term.strip_prefix('#') {
        let parts: Vec<_> = [("limit", limit.as_str())].into_iter().chain(from).collect();
        return format!("v1/timelines/tag/{}?{}", written(tag), query(&parts));
    }
    let offset = offset.to_string();
    let parts = [("q", term), ("type", "statuses"), ("limit", &limit), ("offset", &offset)];
    let parts: Vec<_> = parts.into_iter().chain(from).collect();
    format!("v2/search?{}", query(&parts))
}

/// How far a search may be walked, in posts.
pub(super) const FARTHEST: usize = 25 * FOUND;

/// The second of an instant.
pub(super) fn second(at: Instant) -> i64 {
    at.as_millis().div_euclid(1000)
}
