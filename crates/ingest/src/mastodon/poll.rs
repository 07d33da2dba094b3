//! Asking a server of Mastodon: new notifications, then new posts with the search terms, then now and
//! then whether posts that were seen lately were changed or taken back.
//!
//! A list is walked forward from the newest post that was taken, until nothing more comes. A post that
//! answers another one is held back until it is known with which post its thread begins: meanwhile the
//! cursor stays where it was, and the same page is asked for again.
//!
//! Threads are in `thread`, search terms in `search`, posts that are looked at again in `look`.

use serde_json::Value;
use throughline_core::time::Instant;

use super::ask::{Asking, second};
use super::bell::MastodonBell;
use super::place::{Cursor, Limits, Me, Session, Step};
use super::search::Page;
use crate::asking::{
    broken, good, host, json as json_of, kept, later, remembered, secret, several,
};
use crate::hooks::Account;
use crate::lenient::{at, scalar, text};
use crate::listen::Bell;
use crate::poll::{Answer, Found, News, Place, Poll, Question, Trouble};

/// How long to wait when nothing is new, in seconds.
pub(super) const EVERY: u32 = 60;

/// How Mastodon is asked.
pub(super) struct MastodonPoll;

impl Poll for MastodonPoll {
    fn is_wanted(&self, account: &Account) -> bool {
        server(account).is_ok() && !account.secrets("access_token").is_empty()
    }

    fn every_seconds(&self, _: &Account) -> u32 {
        EVERY
    }

    fn ask(&self, account: &Account, place: &Place, _: Instant) -> Result<Question, Trouble> {
        let server = server(account)?;
        let token = secret(account, "access_token")?;
        let cursor = &Cursor::of(&place.cursor, &server);
        let terms = &several(account, "search_terms");
        let session: Session = remembered(&place.session);
        Ok(Asking { server: &server, token, cursor, terms }.question(&session.step))
    }

    fn read(&self, account: &Account, place: &Place, answer: &Answer<'_>) -> Result<News, Trouble> {
        let cursor = Cursor::of(&place.cursor, &server(account)?);
        let terms = several(account, "search_terms");
        let session: Session = remembered(&place.session);
        let mut round = Round { cursor, session, terms, now: second(answer.at), found: Vec::new() };
        let more = round.take(answer)?;
        let place = Place { cursor: kept(&round.cursor), session: kept(&round.session) };
        Ok(News { found: round.found, place, more })
    }

    fn bell(&self) -> Option<&'static dyn Bell> {
        Some(&MastodonBell)
    }

    fn tells(&self, account: &Account, place: &Place) -> String {
        let server = server(account).unwrap_or_default();
        let cursor = Cursor::of(&place.cursor, &server);
        let me = cursor.me.map(|me| me.acct).unwrap_or_default();
        let limits = cursor.limits.map(|limits| limits.max_characters);
        let most = limits.map(|most| format!(", where a post holds {most} characters"));
        format!("the token is that of @{me} on {server}{}", most.unwrap_or_default())
    }
}

fn server(account: &Account) -> Result<String, Trouble> {
    let server = host(account.text("server").unwrap_or_default());
    server.ok_or_else(|| {
        broken(
            "the inbox has no `server`: an admin enters its name, such as mastodon.social".into(),
        )
    })
}

/// One answer, and what it changes.
pub(super) struct Round<'a> {
    pub(super) cursor: Cursor,
    pub(super) session: Session,
    pub(super) terms: Vec<&'a str>,
    /// Now, in seconds since 1970.
    pub(super) now: i64,
    pub(super) found: Vec<Found>,
}

impl Round<'_> {
    /// Takes the answer to the step at hand. Says whether to go on at once.
    fn take(&mut self, answer: &Answer<'_>) -> Result<bool, Trouble> {
        match self.session.step.clone() {
            Step::Me => self.me(answer),
            Step::Instance => self.instance(answer),
            Step::Notifications => self.notifications(answer),
            Step::Threads { ids, then } => self.thread(answer, ids, *then),
            Step::Term { number, from, offset } => self.term(answer, Page { number, from, offset }),
            Step::Look { left } => self.look(answer, left),
            Step::LookAtOne { left } => self.look_at_one(answer, left),
            Step::Gone { ids, left } => self.gone(answer, ids, left),
        }
    }

    pub(super) fn go(&mut self, step: Step) -> Result<bool, Trouble> {
        self.session.step = step;
        Ok(true)
    }

    /// Another account has notifications of its own.
    fn me(&mut self, answer: &Answer<'_>) -> Result<bool, Trouble> {
        let said = said(answer, "asking whose the token is")?;
        let id = text(&said, &["id"]).ok_or_else(|| unreadable("asking whose the token is"))?;
        if self.cursor.me.as_ref().is_some_and(|me| me.id != id) {
            let server = std::mem::take(&mut self.cursor.server);
            self.cursor = Cursor { server, ..Cursor::default() };
        }
        let acct = text(&said, &["acct"]).unwrap_or_default().to_owned();
        self.cursor.me = Some(Me { id: id.to_owned(), acct });
        self.go(Step::Instance)
    }

    /// A server that does not tell its limits has those that most have.
    fn instance(&mut self, answer: &Answer<'_>) -> Result<bool, Trouble> {
        if let Some(why) = passing(answer, "asking for the server's limits") {
            return Err(why);
        }
        let said: Value = serde_json::from_slice(answer.body).unwrap_or_default();
        self.session.streaming = text(&said, &["configuration", "urls", "streaming"])
            .filter(|url| url.starts_with("wss://"))
            .map(|url| url.trim_end_matches('/').to_owned());
        let statuses = at(&said, &["configuration", "statuses"]);
        let number = |name| at(statuses, &[name]).as_u64().filter(|number| *number > 0);
        if let Some(max_characters) = number("max_characters") {
            let url_characters = number("characters_reserved_per_url").unwrap_or(23);
            self.cursor.limits = Some(Limits { max_characters, url_characters });
        }
        self.go(Step::Notifications)
    }

    fn notifications(&mut self, answer: &Answer<'_>) -> Result<bool, Trouble> {
        let said = said(answer, "asking for notifications")?;
        let all = said.as_array().ok_or_else(|| unreadable("asking for notifications"))?;
        let ids = all.iter().filter_map(|one| text(one, &["id"]));
        if !self.cursor.notifications.is_begun {
            self.cursor.notifications.advance(ids);
            return self.begin_terms();
        }
        if all.is_empty() {
            return self.begin_terms();
        }
        let posts = all.iter().filter_map(|one| one.get("status"));
        let waiting = self.without_thread(posts);
        if !waiting.is_empty() {
            return self.go(Step::Threads { ids: waiting, then: Box::new(Step::Notifications) });
        }
        let before = self.cursor.notifications.clone();
        self.cursor.notifications.advance(ids);
        // The newest comes first.
        for one in all.iter().rev() {
            let name = format!("notification:{}", text(one, &["id"]).unwrap_or_default());
            self.find(name, one.clone(), None);
        }
        match self.cursor.notifications == before {
            // A server that does not go forward is not asked for ever.
            true => self.begin_terms(),
            false => self.go(Step::Notifications),
        }
    }
}

/// The JSON of an answer, unless it brings nothing.
pub(super) fn said(answer: &Answer<'_>, what: &str) -> Result<Value, Trouble> {
    let said: Value = serde_json::from_slice(answer.body).unwrap_or_default();
    let words = said.get("error").and_then(scalar).unwrap_or_default();
    good(answer, what, &words)?;
    json_of(answer, what)
}

/// What will pass by itself.
pub(super) fn passing(answer: &Answer<'_>, what: &str) -> Option<Trouble> {
    good(answer, what, "").err().filter(|why| matches!(why, Trouble::Later { .. }))
}

pub(super) fn unreadable(what: &str) -> Trouble {
    later(format!("{what}: the server answered with something else"), None)
}
