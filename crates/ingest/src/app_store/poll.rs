//! Asking the App Store for reviews, the newest first. One goes back, page by page, to reviews that lie
//! well behind the newest one that is known, then forward again, so that the oldest is taken first. A
//! review that was changed comes with the date of the change.
//!
//! Each question is signed anew: what is signed is good for some minutes.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use throughline_core::time::Instant;

use super::decode::state_of;
use crate::asking::{bearer, broken, get, good, json as json_of, kept, later, remembered};
use crate::hooks::Account;
use crate::jwt;
use crate::lenient::{list, text};
use crate::poll::{Answer, Found, News, Place, Poll, Question, Trouble};
use crate::reviews::state;

/// How long to wait between two questions, in seconds.
const EVERY: u32 = 15 * 60;
/// For how long a question is good, in seconds.
const GOOD_FOR: i64 = 10 * 60;
/// Where reviews are.
const SERVER: &str = "https://api.appstoreconnect.apple.com/";
/// What was written longer ago than this before the inbox was connected is not taken, in seconds.
const BEFORE: i64 = 30 * 24 * 60 * 60;
/// How far behind the newest review one goes back each time, in seconds.
const OVERLAP: i64 = 7 * 24 * 60 * 60;
/// The most reviews and answers that are remembered as seen.
const MOST_SEEN: usize = 3_000;
/// The most pages that one goes back.
const FARTHEST: usize = 500;

/// How the App Store is asked.
pub(super) struct AppStorePoll;

/// What is remembered for ever.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Cursor {
    /// The app to which all below belongs.
    app: String,
    /// What is older is not taken, in seconds since 1970.
    begun: Option<i64>,
    /// The time of the newest review, in seconds since 1970.
    newest: i64,
    /// States of reviews and answers that were seen, the latest last.
    seen: Vec<String>,
}

/// What is remembered while the program runs.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Session {
    /// The addresses of the pages behind the first one, up to the one at hand.
    back: Vec<String>,
    /// Whether one comes forward again.
    is_forward: bool,
}

impl Poll for AppStorePoll {
    fn is_wanted(&self, account: &Account) -> bool {
        account.text("app_id").is_some() && !account.secrets("private_key").is_empty()
    }

    fn every_seconds(&self, _: &Account) -> u32 {
        EVERY
    }

    fn ask(&self, account: &Account, place: &Place, now: Instant) -> Result<Question, Trouble> {
        let token = token(account, now)?;
        let session: Session = remembered(&place.session);
        let app = needed(account, "app_id")?;
        let first = || {
            let app = crate::asking::written(app);
            format!(
                "{SERVER}v1/apps/{app}/customerReviews?sort=-createdDate&limit=200&include=response"
            )
        };
        let url = session.back.last().cloned().unwrap_or_else(first);
        Ok(get(url, vec![bearer(&token)]))
    }

    fn read(&self, account: &Account, place: &Place, answer: &Answer<'_>) -> Result<News, Trouble> {
        let said = said(answer)?;
        let app = needed(account, "app_id")?;
        let now = answer.at.as_millis().div_euclid(1000);
        let mut cursor = cursor(place, app, now);
        let mut session: Session = remembered(&place.session);
        let reviews = list(&said, &["data"]);
        let next = text(&said, &["links", "next"]).filter(|next| next.starts_with(SERVER));
        let oldest = reviews.iter().map(time_of).min();
        let is_reached = oldest.is_none_or(|oldest| oldest < cursor.floor());
        let next = next.filter(|next| !session.back.iter().any(|known| known == next));
        let goes_back = !session.is_forward && !is_reached && session.back.len() < FARTHEST;
        let mut found = Vec::new();
        match next.filter(|_| goes_back) {
            Some(next) => session.back.push(next.to_owned()),
            None => {
                found = cursor.take(reviews, list(&said, &["included"]));
                session.is_forward = session.back.pop().is_some();
            }
        }
        let more = session.is_forward || !session.back.is_empty();
        let place = Place { cursor: kept(&cursor), session: kept(&session) };
        Ok(News { found, place, more })
    }

    fn tells(&self, account: &Account, _: &Place) -> String {
        let app = account.text("app_id").unwrap_or_default();
        format!("the key may read the reviews of the app {app}")
    }
}

fn needed<'a>(account: &'a Account, name: &str) -> Result<&'a str, Trouble> {
    let why = || broken(format!("the inbox has no `{name}`: an admin enters it"));
    account.text(name).map(str::trim).ok_or_else(why)
}

/// What says in whose name one asks.
pub(super) fn token(account: &Account, now: Instant) -> Result<String, Trouble> {
    let now = now.as_millis().div_euclid(1000);
    let header = json!({ "alg": "ES256", "kid": needed(account, "key_id")?, "typ": "JWT" });
    let claims = json!({
        "iss": needed(account, "issuer_id")?,
        "iat": now,
        "exp": now.saturating_add(GOOD_FOR),
        "aud": "appstoreconnect-v1",
    });
    let mut keys = account.secrets("private_key").iter();
    let key = keys.next().ok_or_else(|| broken("the inbox has no `private_key`".to_owned()))?;
    jwt::es256(key, &header, &claims).map_err(|why| {
        broken(format!("`private_key`: {why}; an admin enters the text of the file AuthKey_….p8"))
    })
}

fn said(answer: &Answer<'_>) -> Result<Value, Trouble> {
    let what = "asking for reviews";
    let said: Value = serde_json::from_slice(answer.body).unwrap_or_default();
    let words = list(&said, &["errors"]).first().and_then(|error| text(error, &["detail"]));
    good(answer, what, words.unwrap_or_default())?;
    let said = json_of(answer, what)?;
    match said.get("data").is_some_and(Value::is_array) {
        true => Ok(said),
        false => Err(later(format!("{what}: the server answered with something else"), None)),
    }
}

/// What is remembered of an app; the beginning where it is of another one.
fn cursor(place: &Place, app: &str, now: i64) -> Cursor {
    let cursor: Cursor = remembered(&place.cursor);
    match cursor.app == app && cursor.begun.is_some() {
        true => cursor,
        false => {
            let begun = now.saturating_sub(BEFORE);
            Cursor { app: app.to_owned(), begun: Some(begun), newest: begun, seen: Vec::new() }
        }
    }
}

/// When a review was written or changed, in seconds since 1970. What says none is new.
fn time_of(review: &Value) -> i64 {
    let at = text(review, &["attributes", "createdDate"]).and_then(|at| at.parse::<Instant>().ok());
    at.map_or(i64::MAX / 2, |at| at.as_millis().div_euclid(1000))
}

impl Cursor {
    /// The time behind which nothing new can stand.
    fn floor(&self) -> i64 {
        self.newest.saturating_sub(OVERLAP).max(self.begun.unwrap_or(i64::MAX))
    }

    /// The newest comes first. A review comes again when it was changed, or answered.
    fn take(&mut self, reviews: &[Value], included: &[Value]) -> Vec<Found> {
        let (mut found, floor) = (Vec::new(), self.floor());
        for review in reviews.iter().rev().filter(|review| time_of(review) >= floor) {
            let id = text(review, &["id"]).unwrap_or_default();
            let answer = text(review, &["relationships", "response", "data", "id"]);
            let answer =
                included.iter().find(|one| answer.is_some() && text(one, &["id"]) == answer);
            let is_new = self.see(format!("{id}:{}", state_of(review)));
            let modified = |answer: &Value| answer.get("attributes").map(state).unwrap_or_default();
            let is_answered =
                answer.is_some_and(|answer| self.see(format!("{id}:answer:{}", modified(answer))));
            if is_new || is_answered {
                let seen = answer.map(modified).unwrap_or_default();
                let name = format!("review:{id}:{}:{seen}", state_of(review));
                let included: Vec<&Value> = answer.into_iter().collect();
                let bytes = json!({ "data": [review], "included": included }).to_string();
                found.push(Found { name: Some(name), bytes: bytes.into_bytes() });
            }
            let at = time_of(review);
            self.newest = if at < i64::MAX / 2 { self.newest.max(at) } else { self.newest };
        }
        found
    }

    /// Takes that something was seen. Says whether it is new.
    fn see(&mut self, name: String) -> bool {
        if self.seen.contains(&name) {
            return false;
        }
        self.seen.push(name);
        let excess = self.seen.len().saturating_sub(MOST_SEEN);
        self.seen.drain(..excess);
        true
    }
}
