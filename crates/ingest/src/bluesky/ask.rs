//! The questions to a server of Bluesky.

use serde_json::json;

use super::place::Step;
use crate::asking::{bearer, get, post, query};
use crate::poll::Question;

/// What kinds of notifications bring a post.
const REASONS: [&str; 3] = ["mention", "reply", "quote"];
/// How many entries of a list come at once; the most that there may be.
const AT_ONCE: &str = "100";
/// How many posts are looked at again at once; the most that there may be.
pub(super) const LOOKED_AT: usize = 25;
/// Where everybody may ask, without any token.
const PUBLIC: &str = "public.api.bsky.app";

/// What the questions are made of.
pub(super) struct Asking<'a> {
    pub(super) service: &'a str,
    pub(super) handle: &'a str,
    pub(super) password: &'a str,
    pub(super) access: &'a str,
    pub(super) refresh: &'a str,
    pub(super) terms: &'a [&'a str],
}

impl Asking<'_> {
    /// The question of a step.
    pub(super) fn question(&self, step: &Step) -> Question {
        match step {
            Step::SignIn => {
                let body = json!({ "identifier": self.handle, "password": self.password });
                let headers = vec![("content-type", "application/json".to_owned())];
                post(self.at("com.atproto.server.createSession"), headers, body.to_string())
            }
            Step::Refresh { .. } => {
                let url = self.at("com.atproto.server.refreshSession");
                Question { body: None, ..post(url, vec![bearer(self.refresh)], String::new()) }
            }
            Step::List { term, back, .. } => self.list(*term, back.last().map(String::as_str)),
            Step::Threads { uris, .. } => {
                let uri = uris.first().map(String::as_str).unwrap_or_default();
                let parts = [("uri", uri), ("depth", "0"), ("parentHeight", "200")];
                self.get("app.bsky.feed.getPostThread", &parts)
            }
            Step::Look { left } => self.get("app.bsky.feed.getPosts", &posts(left)),
            Step::Gone { uris, .. } => {
                let query = query(&posts(uris));
                get(format!("https://{PUBLIC}/xrpc/app.bsky.feed.getPosts?{query}"), Vec::new())
            }
        }
    }

    fn list(&self, term: Option<usize>, cursor: Option<&str>) -> Question {
        let cursor = cursor.map(|cursor| ("cursor", cursor));
        let Some(number) = term else {
            let reasons = REASONS.iter().map(|reason| ("reasons", *reason));
            let parts: Vec<_> = reasons.chain([("limit", AT_ONCE)]).chain(cursor).collect();
            return self.get("app.bsky.notification.listNotifications", &parts);
        };
        let term = self.terms.get(number).copied().unwrap_or_default();
        let parts = [("q", term), ("sort", "latest"), ("limit", AT_ONCE)];
        let parts: Vec<_> = parts.into_iter().chain(cursor).collect();
        self.get("app.bsky.feed.searchPosts", &parts)
    }

    fn get(&self, name: &str, parts: &[(&str, &str)]) -> Question {
        get(format!("{}?{}", self.at(name), query(parts)), vec![bearer(self.access)])
    }

    fn at(&self, name: &str) -> String {
        format!("https://{}/xrpc/{name}", self.service)
    }
}

fn posts(uris: &[String]) -> Vec<(&str, &str)> {
    uris.iter().take(LOOKED_AT).map(|uri| ("uris", uri.as_str())).collect()
}
