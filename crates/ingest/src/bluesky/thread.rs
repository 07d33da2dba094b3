//! Which posts belong together, and whether those of the last days are still there.

use serde_json::{Value, json};

use super::ask::LOOKED_AT;
use super::place::Step;
use super::poll::{Round, name_of, passing};
use crate::lenient::{at, list, text};
use crate::poll::{Answer, Found, Trouble};

/// How often posts are looked at again, in seconds.
const LOOK_EVERY: i64 = 10 * 60;
/// How many posts of a thread are gone through.
const DEEPEST: usize = 500;

impl Round<'_> {
    /// The posts of whose conversation it is not known where it begins: a post names the first one of its
    /// thread, but who answers what we said by ourselves begins a conversation of his own.
    pub(super) fn without_thread(&self, posts: &[&Value]) -> Vec<String> {
        let mut waiting: Vec<String> = Vec::new();
        for post in posts {
            let uri = name_of(post);
            let is_known = self.cursor.known(uri).is_some() || waiting.iter().any(|one| one == uri);
            if !is_known && !uri.is_empty() && self.told_root(post).is_none() {
                waiting.push(uri.to_owned());
            }
        }
        waiting
    }

    /// The post with which a conversation begins, as far as the post itself says; nothing where that is
    /// ours and something stands between.
    fn told_root(&self, post: &Value) -> Option<String> {
        let answered = |name| text(post, &["record", "reply", name, "uri"]);
        let (Some(root), Some(parent)) = (answered("root"), answered("parent")) else {
            return Some(name_of(post).to_owned());
        };
        if !self.is_ours(root) {
            return Some(root.to_owned());
        }
        if parent == root {
            return Some(name_of(post).to_owned());
        }
        // What we answered is not remembered, what was said to us is.
        self.cursor.known(parent).filter(|_| !self.is_ours(parent)).map(|known| known.root.clone())
    }

    /// The post with which a conversation begins.
    pub(super) fn root_of(&self, post: &Value) -> String {
        let known = self.cursor.known(name_of(post)).map(|known| known.root.clone());
        let told = || self.told_root(post).unwrap_or_else(|| name_of(post).to_owned());
        known.filter(|root| !root.is_empty()).unwrap_or_else(told)
    }

    fn is_ours(&self, uri: &str) -> bool {
        let author = uri.strip_prefix("at://").and_then(|rest| rest.split('/').next());
        !self.cursor.did.is_empty() && author == Some(self.cursor.did.as_str())
    }

    /// The first post of a thread that is not ours.
    pub(super) fn thread(
        &mut self,
        answer: &Answer<'_>,
        mut uris: Vec<String>,
        then: Step,
    ) -> Result<bool, Trouble> {
        if let Some(why) = passing(answer, "asking for a thread") {
            return Err(why);
        }
        let said: Value = serde_json::from_slice(answer.body).unwrap_or_default();
        let mut chain = Vec::new();
        let mut post = at(&said, &["thread"]);
        while let Some(uri) = text(post, &["post", "uri"]).filter(|_| chain.len() < DEEPEST) {
            chain.push(uri);
            post = at(post, &["parent"]);
        }
        let root = chain.iter().rev().find(|uri| !self.is_ours(uri)).map(|uri| (*uri).to_owned());
        let uri = if uris.is_empty() { String::new() } else { uris.remove(0) };
        let root = root.unwrap_or_else(|| uri.clone());
        self.cursor.remember(&uri, &root, 0);
        match uris.is_empty() {
            true => self.go(then),
            false => self.go(Step::Threads { uris, then: Box::new(then) }),
        }
    }

    /// Looks at posts again when it is time for that, or waits for the next round.
    pub(super) fn begin_look(&mut self) -> Result<bool, Trouble> {
        let left = self.cursor.watched(self.now);
        let is_time = self.now.saturating_sub(self.session.looked_at) >= LOOK_EVERY;
        if !is_time || left.is_empty() {
            self.session.step = Step::first();
            return Ok(false);
        }
        self.session.looked_at = self.now;
        self.go(Step::Look { left })
    }

    /// A server that shows no posts by their addresses is not asked for them.
    pub(super) fn look(
        &mut self,
        answer: &Answer<'_>,
        mut left: Vec<String>,
    ) -> Result<bool, Trouble> {
        if let Some(why) = passing(answer, "looking at posts again") {
            return Err(why);
        }
        let rest = left.split_off(left.len().min(LOOKED_AT));
        if answer.status == 200 {
            left.retain(|uri| !shown(answer).contains(uri));
        } else {
            left.clear();
        }
        match left.is_empty() {
            false => self.go(Step::Gone { uris: left, left: rest }),
            true => self.look_on(rest),
        }
    }

    fn look_on(&mut self, left: Vec<String>) -> Result<bool, Trouble> {
        match left.is_empty() {
            false => self.go(Step::Look { left }),
            true => {
                self.session.step = Step::first();
                Ok(false)
            }
        }
    }

    /// A post that nobody is shown was taken back; one that others are shown is hidden from the account.
    pub(super) fn gone(
        &mut self,
        answer: &Answer<'_>,
        uris: &[String],
        left: Vec<String>,
    ) -> Result<bool, Trouble> {
        if let Some(why) = passing(answer, "looking for posts that are gone") {
            return Err(why);
        }
        let shown = shown(answer);
        for uri in uris.iter().filter(|_| answer.status == 200) {
            let what = if shown.contains(uri) { "hidden" } else { "delete" };
            self.lost(what, uri);
        }
        self.look_on(left)
    }

    fn lost(&mut self, what: &str, uri: &str) {
        let root = self.cursor.known(uri).map(|known| known.root.clone()).unwrap_or_default();
        let via = json!({ "me": self.cursor.did, "root": root });
        let one = json!({ "reason": what, "uri": uri, "via": via, "seen_at": self.now });
        let name = format!("{what}:{uri}");
        self.found.push(Found { name: Some(name), bytes: one.to_string().into_bytes() });
        self.cursor.remember(uri, &root, 0);
    }
}

/// The posts that an answer shows.
fn shown(answer: &Answer<'_>) -> Vec<String> {
    let said: Value = serde_json::from_slice(answer.body).unwrap_or_default();
    let posts = list(&said, &["posts"]).iter();
    posts.filter_map(|post| text(post, &["uri"])).map(str::to_owned).collect()
}
