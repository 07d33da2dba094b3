//! Looking again at posts of the last days: the server tells of a change only to those who shared the
//! post, and of a deletion to nobody who asks.

use serde_json::{Value, json};

use super::ask::{LOOKED_AT, LOOKED_AT_ALONE, is_for_everybody};
use super::place::{Known, Step};
use super::poll::{Round, passing};
use crate::lenient::text;
use crate::poll::{Answer, Found, Trouble};

impl Round<'_> {
    /// Waits for the next round.
    pub(super) fn over(&mut self) -> Result<bool, Trouble> {
        self.session.step = Step::Notifications;
        Ok(false)
    }

    /// Looks at posts again, in the way in which the server shows them.
    pub(super) fn begin_look(&mut self, mut left: Vec<String>) -> Result<bool, Trouble> {
        if self.session.shows_one {
            left.drain(..left.len().saturating_sub(LOOKED_AT_ALONE));
        }
        self.look_on(left)
    }

    fn look_on(&mut self, left: Vec<String>) -> Result<bool, Trouble> {
        match (left.is_empty(), self.session.shows_one) {
            (true, _) => self.over(),
            (false, true) => self.go(Step::LookAtOne { left }),
            (false, false) => self.go(Step::Look { left }),
        }
    }

    /// `GET /api/v1/statuses?id[]=` came with Mastodon 4.3.0 and takes 20 ids (docs.joinmastodon.org,
    /// methods/statuses, "View multiple statuses": "4.3.0 - added"; mastodon/mastodon#27871). Older servers,
    /// and others that speak the API, show posts by their ids one by one.
    pub(super) fn look(
        &mut self,
        answer: &Answer<'_>,
        mut left: Vec<String>,
    ) -> Result<bool, Trouble> {
        if let Some(why) = passing(answer, "looking at posts again") {
            return Err(why);
        }
        let said: Value = serde_json::from_slice(answer.body).unwrap_or_default();
        let Some(posts) = said.as_array().filter(|_| answer.status == 200) else {
            self.session.shows_one = true;
            return self.begin_look(left);
        };
        for post in posts {
            self.look_at(post);
        }
        let rest = left.split_off(left.len().min(LOOKED_AT));
        let is_there = |id: &String| posts.iter().any(|post| text(post, &["id"]) == Some(id));
        left.retain(|id| !is_there(id));
        self.after_look(left, rest)
    }

    fn after_look(&mut self, ids: Vec<String>, left: Vec<String>) -> Result<bool, Trouble> {
        match ids.is_empty() {
            false => self.go(Step::Gone { ids, left }),
            true => self.look_on(left),
        }
    }

    /// Takes a post that was asked for by its id.
    pub(super) fn look_at_one(
        &mut self,
        answer: &Answer<'_>,
        mut left: Vec<String>,
    ) -> Result<bool, Trouble> {
        if let Some(why) = passing(answer, "looking at a post again") {
            return Err(why);
        }
        let id: Vec<String> = left.drain(..left.len().min(1)).collect();
        if matches!(answer.status, 404 | 410) {
            return self.after_look(id, left);
        }
        let post: Value = serde_json::from_slice(answer.body).unwrap_or_default();
        self.look_at(&post);
        self.look_on(left)
    }

    fn look_at(&mut self, post: &Value) {
        let known = text(post, &["id"]).and_then(|id| self.cursor.known(id)).cloned();
        let (Some(known), Some(edited)) = (known, text(post, &["edited_at"])) else { return };
        if known.edited_at.as_deref() != Some(edited) {
            let name = format!("edit:{}:{edited}", known.uri);
            self.find(name, json!({ "type": "update", "status": post }), None);
        }
    }

    /// A post that everybody may see and that is not there was taken back; else it may only be hidden from
    /// the account.
    pub(super) fn gone(
        &mut self,
        answer: &Answer<'_>,
        mut ids: Vec<String>,
        left: Vec<String>,
    ) -> Result<bool, Trouble> {
        if let Some(why) = passing(answer, "looking for a post that is gone") {
            return Err(why);
        }
        let id = if ids.is_empty() { String::new() } else { ids.remove(0) };
        if let Some(known) = self.cursor.known(&id).cloned() {
            let is_gone = matches!(answer.status, 404 | 410);
            let what = match (is_for_everybody(&known.visibility), is_gone) {
                (true, true) => Some("delete"),
                (true, false) | (false, true) => Some("hidden"),
                (false, false) => None,
            };
            if let Some(what) = what {
                self.lost(what, known);
            }
        }
        self.after_look(ids, left)
    }

    fn lost(&mut self, what: &str, known: Known) {
        let via = json!({ "root": known.root, "parent": known.parent });
        let post = json!({ "id": known.id, "uri": known.uri, "visibility": known.visibility });
        let one = json!({ "type": what, "status": post, "via": via, "seen_at": self.now });
        let name = format!("{what}:{}", known.uri);
        self.found.push(Found { name: Some(name), bytes: one.to_string().into_bytes() });
        self.cursor.remember(Known { until: 0, ..known });
    }
}
