//! Asking Google Play for the reviews of the last week; older ones it does not tell. All of them are gone
//! through each time, and what is not in the state in which it was seen is taken.
//!
//! A token is asked for first, with a claim that the service account's key signs; it is good for an hour.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use throughline_core::time::Instant;

use crate::asking::{
    bearer, broken, get, good, json as json_of, kept, later, post, query, remembered, written,
};
use crate::hooks::Account;
use crate::jwt;
use crate::lenient::{list, text};
use crate::poll::{Answer, Found, News, Place, Poll, Question, Trouble};
use crate::reviews::state;

/// How long to wait between two questions, in seconds.
const EVERY: u32 = 15 * 60;
/// Where tokens are given.
const TOKENS: &str = "https://oauth2.googleapis.com/token";
/// Where reviews are.
const SERVER: &str = "https://androidpublisher.googleapis.com/androidpublisher/v3/applications";
/// What the token allows.
const SCOPE: &str = "https://www.googleapis.com/auth/androidpublisher";
/// The most reviews that are remembered as seen.
const MOST_SEEN: usize = 5_000;
/// For how long a review that is not listed any more is remembered, in seconds.
const REMEMBERED: i64 = 30 * 24 * 60 * 60;

/// How Google Play is asked.
pub(super) struct GooglePlayPoll;

/// What is remembered for ever.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Cursor {
    /// The app to which all below belongs.
    package: String,
    /// The state in which each review was last seen, and when, in seconds since 1970.
    seen: BTreeMap<String, (String, i64)>,
}

/// What is remembered while the program runs.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Session {
    /// The token with which is asked.
    token: Option<String>,
    /// Until when it is good, in seconds since 1970.
    until: i64,
    /// Whether it was asked for because another one was not taken.
    is_renewed: bool,
    /// What names the next page.
    page: Option<String>,
}

/// What is needed of the key of a service account.
#[derive(Deserialize)]
struct ServiceAccount {
    client_email: String,
    private_key: String,
}

impl Poll for GooglePlayPoll {
    fn is_wanted(&self, account: &Account) -> bool {
        account.text("package_name").is_some() && !account.secrets("service_account").is_empty()
    }

    fn every_seconds(&self, _: &Account) -> u32 {
        EVERY
    }

    fn ask(&self, account: &Account, place: &Place, now: Instant) -> Result<Question, Trouble> {
        let session: Session = remembered(&place.session);
        let Some(token) = &session.token else { return sign_in(account, now) };
        let package = written(package(account)?);
        let page = session.page.as_deref().map(|page| ("token", page));
        let parts: Vec<_> = [("maxResults", "100")].into_iter().chain(page).collect();
        Ok(get(format!("{SERVER}/{package}/reviews?{}", query(&parts)), vec![bearer(token)]))
    }

    fn read(&self, account: &Account, place: &Place, answer: &Answer<'_>) -> Result<News, Trouble> {
        let mut session: Session = remembered(&place.session);
        let now = answer.at.as_millis().div_euclid(1000);
        if session.token.is_none() {
            let session = signed_in(session, answer, now)?;
            let place = Place { session: kept(&session), ..place.clone() };
            return Ok(News { found: Vec::new(), place, more: true });
        }
        if answer.status == 401 {
            // Before its time a token may be taken back; one that was given just now is not, so that the
            // next one is asked for later.
            let more = !session.is_renewed;
            session = Session { token: None, is_renewed: more, ..session };
            let place = Place { session: kept(&session), ..place.clone() };
            return Ok(News { found: Vec::new(), place, more });
        }
        let said = said(answer)?;
        let mut cursor: Cursor = remembered(&place.cursor);
        let package = package(account)?;
        if cursor.package != package {
            cursor = Cursor { package: package.to_owned(), ..Cursor::default() };
        }
        let found = cursor.take(list(&said, &["reviews"]), now);
        let next = text(&said, &["tokenPagination", "nextPageToken"]).map(str::to_owned);
        session.is_renewed = false;
        session.page = next.filter(|next| session.page.as_ref() != Some(next));
        let more = session.page.is_some();
        if !more && session.until <= now {
            session.token = None;
        }
        let place = Place { cursor: kept(&cursor), session: kept(&session) };
        Ok(News { found, place, more })
    }

    fn tells(&self, account: &Account, _: &Place) -> String {
        let package = account.text("package_name").unwrap_or_default();
        format!("the service account may read the reviews of {package}")
    }
}

fn package(account: &Account) -> Result<&str, Trouble> {
    let why = || broken("the inbox has no `package_name`: an admin enters it".to_owned());
    account.text("package_name").map(str::trim).ok_or_else(why)
}

/// Asks for a token.
fn sign_in(account: &Account, now: Instant) -> Result<Question, Trouble> {
    let assertion = assertion(account, now)?;
    let parts =
        [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", &assertion)];
    let headers = vec![("content-type", "application/x-www-form-urlencoded".to_owned())];
    Ok(post(TOKENS.to_owned(), headers, query(&parts)))
}

/// What proves who we are, for which a token is given.
pub(super) fn assertion(account: &Account, now: Instant) -> Result<String, Trouble> {
    let wrong = |why: &str| {
        broken(format!(
            "`service_account`: {why}; an admin enters the text of the account's JSON key"
        ))
    };
    let key = account.secrets("service_account").first().map(String::as_str).unwrap_or_default();
    let key: ServiceAccount =
        serde_json::from_str(key).map_err(|_| wrong("it is no key of a service account"))?;
    let now = now.as_millis().div_euclid(1000);
    let header = json!({ "alg": "RS256", "typ": "JWT" });
    let claims = json!({
        "iss": key.client_email,
        "scope": SCOPE,
        "aud": TOKENS,
        "iat": now,
        "exp": now.saturating_add(3600),
    });
    jwt::rs256(&key.private_key, &header, &claims).map_err(|why| wrong(&why.to_string()))
}

fn signed_in(session: Session, answer: &Answer<'_>, now: i64) -> Result<Session, Trouble> {
    let what = "asking for a token";
    let said: Value = serde_json::from_slice(answer.body).unwrap_or_default();
    let words = text(&said, &["error_description"]).unwrap_or_default();
    good(answer, what, words)?;
    let token = text(&said, &["access_token"]).map(str::to_owned);
    let token = token.ok_or_else(|| later(format!("{what}: there is none in the answer"), None))?;
    let lasts = said.get("expires_in").and_then(Value::as_i64).unwrap_or(3600);
    // Some minutes less, so that it is good to the end of a round.
    let until = now.saturating_add(lasts.clamp(0, 24 * 3600) - 300);
    Ok(Session { token: Some(token), until, ..session })
}

fn said(answer: &Answer<'_>) -> Result<Value, Trouble> {
    let what = "asking for reviews";
    let said: Value = serde_json::from_slice(answer.body).unwrap_or_default();
    good(answer, what, text(&said, &["error", "message"]).unwrap_or_default())?;
    json_of(answer, what)
}

impl Cursor {
    /// The newest comes first.
    fn take(&mut self, reviews: &[Value], now: i64) -> Vec<Found> {
        let mut found = Vec::new();
        for review in reviews.iter().rev() {
            let id = text(review, &["reviewId"]).unwrap_or_default();
            let state = state_of(review);
            let known = self.seen.insert(id.to_owned(), (state.clone(), now));
            if known.is_none_or(|(known, _)| known != state) {
                let name = format!("review:{id}:{state}");
                found.push(Found { name: Some(name), bytes: review.to_string().into_bytes() });
            }
        }
        self.seen.retain(|_, (_, seen)| now.saturating_sub(*seen) < REMEMBERED);
        while self.seen.len() > MOST_SEEN {
            self.seen.pop_first();
        }
        found
    }
}

/// Names the state of a review: all but how many liked it.
fn state_of(review: &Value) -> String {
    let mut comments = review.get("comments").cloned().unwrap_or_default();
    for comment in comments.as_array_mut().into_iter().flatten() {
        if let Some(said) = comment.get_mut("userComment").and_then(Value::as_object_mut) {
            said.remove("thumbsUpCount");
            said.remove("thumbsDownCount");
        }
    }
    state(&comments)
}
