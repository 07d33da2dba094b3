//! Asking a server of Bluesky: signing in, new notifications, new posts with the search terms, and now
//! and then whether posts that were seen lately are still there.
//!
//! Threads and posts that are looked at again are in `thread`.

use serde_json::{Value, json};
use throughline_core::time::Instant;

use super::ask::Asking;
use super::place::{Cursor, Read, Session, Step, watched_until};
use crate::asking::{
    broken, good, host, json as json_of, kept, later, remembered, secret, several,
};
use crate::hooks::Account;
use crate::lenient::text;
use crate::poll::{Answer, Found, News, Place, Poll, Question, Trouble};

/// How long to wait when nothing is new, in seconds.
const EVERY: u32 = 60;
/// The most pages that one goes back.
const FARTHEST: usize = 100;
/// The server of most accounts.
const SERVICE: &str = "bsky.social";

/// How Bluesky is asked.
pub(super) struct BlueskyPoll;

impl Poll for BlueskyPoll {
    fn is_wanted(&self, account: &Account) -> bool {
        account.text("handle").is_some() && !account.secrets("app_password").is_empty()
    }

    fn every_seconds(&self, _: &Account) -> u32 {
        EVERY
    }

    fn ask(&self, account: &Account, place: &Place, _: Instant) -> Result<Question, Trouble> {
        let service = service(account).ok_or_else(|| {
            broken("`service` is no name of a server: an admin enters one, or none".into())
        })?;
        let handle = account.text("handle").map(|handle| handle.trim().trim_start_matches('@'));
        let handle = handle.ok_or_else(|| {
            broken(
                "the inbox has no `handle`: an admin enters it, such as kiosk.bsky.social".into(),
            )
        })?;
        let password = secret(account, "app_password")?;
        let terms = &several(account, "search_terms");
        let session: Session = remembered(&place.session);
        let (access, refresh) = (&session.access, &session.refresh);
        let asking = Asking { service: &service, handle, password, access, refresh, terms };
        Ok(asking.question(&session.step))
    }

    fn read(&self, account: &Account, place: &Place, answer: &Answer<'_>) -> Result<News, Trouble> {
        let cursor = Cursor::of(&place.cursor);
        let session: Session = remembered(&place.session);
        let terms = several(account, "search_terms");
        let now = answer.at.as_millis().div_euclid(1000);
        let mut round = Round { cursor, session, terms, now, found: Vec::new() };
        let more = round.take(answer)?;
        let place = Place { cursor: kept(&round.cursor), session: kept(&round.session) };
        Ok(News { found: round.found, place, more })
    }

    fn tells(&self, account: &Account, place: &Place) -> String {
        let service = service(account).unwrap_or_default();
        format!("the app password is that of {} on {service}", Cursor::of(&place.cursor).did)
    }
}

/// The server that is asked.
pub(super) fn service(account: &Account) -> Option<String> {
    host(account.text("service").unwrap_or(SERVICE))
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
        let step = self.session.step.clone();
        if !matches!(step, Step::SignIn | Step::Refresh { .. }) {
            if has_expired(answer) {
                return self.renew(step);
            }
            self.session.renewed = 0;
        }
        match step {
            Step::SignIn => self.signed_in(answer, Step::first()),
            Step::Refresh { then } => match matches!(answer.status, 400 | 401) {
                // That token has expired as well.
                true => self.go(Step::SignIn),
                false => self.signed_in(answer, *then),
            },
            Step::List { term, back, is_forward } => self.list(answer, term, back, is_forward),
            Step::Threads { uris, then } => self.thread(answer, uris, *then),
            Step::Look { left } => self.look(answer, left),
            Step::Gone { uris, left } => self.gone(answer, &uris, left),
        }
    }

    pub(super) fn go(&mut self, step: Step) -> Result<bool, Trouble> {
        self.session.step = step;
        Ok(true)
    }

    /// A token that was given just now is taken; where it is not, the next one is asked for later.
    fn renew(&mut self, step: Step) -> Result<bool, Trouble> {
        self.session.renewed = self.session.renewed.saturating_add(1);
        match self.session.renewed {
            1 => self.go(Step::Refresh { then: Box::new(step) }),
            2 => self.go(Step::SignIn),
            _ => {
                (self.session.step, self.session.renewed) = (Step::SignIn, 0);
                Ok(false)
            }
        }
    }

    /// Another account has notifications of its own.
    fn signed_in(&mut self, answer: &Answer<'_>, then: Step) -> Result<bool, Trouble> {
        let said = said(answer, "signing in")?;
        let word = |name| text(&said, &[name]).map(str::to_owned);
        let all = word("did").zip(word("accessJwt")).zip(word("refreshJwt"));
        let ((did, access), refresh) = all.ok_or_else(|| unreadable("signing in"))?;
        if self.cursor.did != did {
            self.cursor = Cursor { did, ..Cursor::default() };
        }
        (self.session.access, self.session.refresh) = (access, refresh);
        self.go(then)
    }

    fn read_of(&mut self, term: Option<usize>) -> Option<&mut Read> {
        match term {
            None => Some(&mut self.cursor.notifications),
            Some(number) => {
                let term = self.terms.get(number)?;
                Some(self.cursor.terms.entry((*term).to_owned()).or_default())
            }
        }
    }

    fn list(
        &mut self,
        answer: &Answer<'_>,
        term: Option<usize>,
        mut back: Vec<String>,
        is_forward: bool,
    ) -> Result<bool, Trouble> {
        let (page, next) = page(answer, term.is_some())?;
        let now = self.now;
        let Some(read) = self.read_of(term) else { return self.after_terms() };
        if read.begun.is_none() {
            *read = Read { begun: Some(now), newest: now, ..Read::default() };
            return self.next_list(term);
        }
        let oldest = page.iter().map(time_of).min();
        let is_reached = oldest.is_none_or(|oldest| oldest < read.floor());
        let new: Vec<&Value> =
            page.iter().filter(|one| read.is_new(name_of(one), time_of(one))).collect();
        let next = next.filter(|next| !is_forward && !is_reached && !back.contains(next));
        if let Some(next) = next.filter(|_| back.len() < FARTHEST) {
            back.push(next);
            return self.go(Step::List { term, back, is_forward: false });
        }
        let waiting = self.without_thread(&new);
        if !waiting.is_empty() {
            let then = Box::new(Step::List { term, back, is_forward });
            return self.go(Step::Threads { uris: waiting, then });
        }
        self.take_page(term, &new);
        match back.pop() {
            Some(_) => self.go(Step::List { term, back, is_forward: true }),
            None => self.next_list(term),
        }
    }

    /// The newest comes first.
    fn take_page(&mut self, term: Option<usize>, new: &[&Value]) {
        let words = term.and_then(|number| self.terms.get(number).copied());
        for one in new.iter().rev() {
            let (uri, at) = (name_of(one).to_owned(), time_of(one));
            if let Some(read) = self.read_of(term) {
                read.take(&uri, at);
            }
            let is_ours = text(one, &["author", "did"]) == Some(self.cursor.did.as_str());
            if is_ours && self.root_of(one) == uri {
                // What we say by ourselves is nobody's conversation.
                continue;
            }
            let kind = if term.is_some() { "search" } else { "notification" };
            self.find(format!("{kind}:{uri}"), (*one).clone(), words);
        }
    }

    /// Hands on something with what is known of its thread.
    fn find(&mut self, name: String, mut one: Value, term: Option<&str>) {
        let uri = name_of(&one).to_owned();
        let root = self.root_of(&one);
        let is_ours = text(&one, &["author", "did"]) == Some(self.cursor.did.as_str());
        let until = if is_ours { 0 } else { watched_until(self.now) };
        self.cursor.remember(&uri, &root, until);
        if let Some(map) = one.as_object_mut() {
            let via = json!({ "me": self.cursor.did, "root": root, "term": term });
            map.insert("via".to_owned(), via);
            if term.is_some() {
                map.insert("reason".to_owned(), json!("search"));
            }
        }
        self.found.push(Found { name: Some(name), bytes: one.to_string().into_bytes() });
    }

    fn next_list(&mut self, term: Option<usize>) -> Result<bool, Trouble> {
        let next = term.map_or(0, |number| number + 1);
        match next < self.terms.len() {
            true => self.go(Step::List { term: Some(next), back: Vec::new(), is_forward: false }),
            false => self.after_terms(),
        }
    }

    fn after_terms(&mut self) -> Result<bool, Trouble> {
        let terms: Vec<String> = self.terms.iter().map(|term| (*term).to_owned()).collect();
        self.cursor.terms.retain(|term, _| terms.contains(term));
        self.begin_look()
    }
}

/// Whether the token has to be renewed.
fn has_expired(answer: &Answer<'_>) -> bool {
    let said: Value = serde_json::from_slice(answer.body).unwrap_or_default();
    matches!(answer.status, 400 | 401)
        && matches!(text(&said, &["error"]), Some("ExpiredToken" | "InvalidToken"))
}

/// The entries of a page, and what names the next one.
fn page(answer: &Answer<'_>, is_search: bool) -> Result<(Vec<Value>, Option<String>), Trouble> {
    let (what, name) = match is_search {
        false => ("asking for notifications", "notifications"),
        true => ("searching", "posts"),
    };
    let mut said = said(answer, what)?;
    let next = text(&said, &["cursor"]).map(str::to_owned);
    match said.get_mut(name).map(Value::take) {
        Some(Value::Array(page)) => Ok((page, next)),
        _ => Err(unreadable(what)),
    }
}

/// The address of the post of an entry.
pub(super) fn name_of(one: &Value) -> &str {
    text(one, &["uri"]).unwrap_or_default()
}

/// The time of an entry, in seconds since 1970. What says none is new.
fn time_of(one: &Value) -> i64 {
    let at = text(one, &["indexedAt"]).and_then(|at| at.parse::<Instant>().ok());
    at.map_or(i64::MAX / 2, |at| at.as_millis().div_euclid(1000))
}

/// The JSON of an answer, unless it brings nothing.
pub(super) fn said(answer: &Answer<'_>, what: &str) -> Result<Value, Trouble> {
    let said: Value = serde_json::from_slice(answer.body).unwrap_or_default();
    let word = |name| text(&said, &[name]).unwrap_or_default();
    if word("error") == "AuthFactorTokenRequired" {
        return Err(broken(format!(
            "{what}: the account wants a second factor; an admin enters an app password"
        )));
    }
    good(answer, what, format!("{} {}", word("error"), word("message")).trim())?;
    json_of(answer, what)
}

/// What will pass by itself.
pub(super) fn passing(answer: &Answer<'_>, what: &str) -> Option<Trouble> {
    good(answer, what, "").err().filter(|why| matches!(why, Trouble::Later { .. }))
}

pub(super) fn unreadable(what: &str) -> Trouble {
    later(format!("{what}: the server answered with something else"), None)
}
