//! Which posts belong together: with which post the thread of another one begins, as far as the server
//! knows.

use serde_json::{Value, json};
use throughline_core::time::Instant;

use super::ask::second;
use super::place::{Known, Step, watched_until};
use super::poll::{Round, passing};
use crate::lenient::{list, text};
use crate::poll::{Answer, Found, Trouble};

impl Round<'_> {
    /// The posts that answer one and of whose thread nothing is known yet. Of those that answer none, and
    /// of those that answer a known one, it is known now.
    pub(super) fn without_thread<'v>(
        &mut self,
        posts: impl Iterator<Item = &'v Value>,
    ) -> Vec<String> {
        let mut waiting = Vec::new();
        // Of two posts of one thread the older one comes last.
        for post in posts.collect::<Vec<_>>().into_iter().rev() {
            let Some(id) = text(post, &["id"]) else { continue };
            if self.cursor.known(id).is_some() {
                continue;
            }
            let Some(answered) = text(post, &["in_reply_to_id"]) else {
                self.remember(post, None, None);
                continue;
            };
            match self.answered(answered) {
                Some(parent) => self.remember(post, Some(parent.root), Some(parent.uri)),
                None if waiting.iter().any(|known| known == id) => {}
                None => waiting.push(id.to_owned()),
            }
        }
        waiting
    }

    /// A post that is answered, if the conversation of the answer is its own one.
    fn answered(&self, id: &str) -> Option<Known> {
        let known = self.cursor.known(id).filter(|known| !known.is_ours && !known.uri.is_empty());
        known.cloned()
    }

    fn remember(&mut self, post: &Value, root: Option<String>, parent: Option<String>) {
        let owned = |path: &[&str]| text(post, path).unwrap_or_default().to_owned();
        let (id, uri) = (owned(&["id"]), owned(&["uri"]));
        let is_ours = self.is_ours(post);
        let written = text(post, &["created_at"]).and_then(|at| at.parse::<Instant>().ok());
        let until = written.filter(|_| !is_ours).map_or(0, |at| watched_until(second(at)));
        let root = root.unwrap_or_else(|| uri.clone());
        let edited_at = text(post, &["edited_at"]).map(str::to_owned);
        let visibility = owned(&["visibility"]);
        let known = Known { id, uri, root, parent, is_ours, visibility, edited_at, until };
        self.cursor.remember(known);
    }

    fn is_ours(&self, post: &Value) -> bool {
        let author = text(post, &["account", "id"]);
        author.is_some() && author == self.cursor.me.as_ref().map(|me| me.id.as_str())
    }

    /// Whether a post is ours and its thread has nobody else's before it.
    pub(super) fn begins_with_us(&self, post: &Value) -> bool {
        let known = text(post, &["id"]).and_then(|id| self.cursor.known(id));
        let uri = text(post, &["uri"]).unwrap_or_default();
        self.is_ours(post) && known.is_none_or(|known| known.root.is_empty() || known.root == uri)
    }

    /// A thread begins with its first post that is not ours: whoever answers what we said by ourselves
    /// begins a conversation.
    pub(super) fn thread(
        &mut self,
        answer: &Answer<'_>,
        mut ids: Vec<String>,
        then: Step,
    ) -> Result<bool, Trouble> {
        if let Some(why) = passing(answer, "asking for a thread") {
            return Err(why);
        }
        let said: Value = serde_json::from_slice(answer.body).unwrap_or_default();
        let before = list(&said, &["ancestors"]);
        let root = before.iter().find(|post| !self.is_ours(post));
        let uri =
            |post: Option<&Value>| post.and_then(|post| text(post, &["uri"])).map(str::to_owned);
        let known = Known {
            id: if ids.is_empty() { String::new() } else { ids.remove(0) },
            root: uri(root).unwrap_or_default(),
            parent: uri(before.last()),
            ..Known::default()
        };
        self.cursor.remember(known);
        match ids.is_empty() {
            true => self.go(then),
            false => self.go(Step::Threads { ids, then: Box::new(then) }),
        }
    }

    /// Hands on something with what is known of its post.
    pub(super) fn find(&mut self, name: String, mut one: Value, term: Option<&str>) {
        if let Some(post) = one.get("status").filter(|post| post.is_object()).cloned() {
            let id = text(&post, &["id"]).unwrap_or_default();
            let known = self.cursor.known(id).cloned().unwrap_or_default();
            let root = Some(known.root.clone()).filter(|root| !root.is_empty());
            self.remember(&post, root, known.parent.clone());
            let known = self.cursor.known(id).cloned().unwrap_or_default();
            let me = self.cursor.me.as_ref().map(|me| me.id.as_str());
            if let Some(map) = one.as_object_mut() {
                let via =
                    json!({ "me": me, "root": known.root, "parent": known.parent, "term": term });
                map.insert("via".to_owned(), via);
            }
        }
        self.found.push(Found { name: Some(name), bytes: one.to_string().into_bytes() });
    }
}
