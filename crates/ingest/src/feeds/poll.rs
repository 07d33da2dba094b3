//! Asking for a feed: only for what is newer than what was read, where the server knows that. Entries that
//! stood there when it was asked for the first time are not taken, nor those without a search term.

use reqwest::Url;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use throughline_core::text::fold;
use throughline_core::time::Instant;

use super::charset;
use super::entry::{self, Item};
use super::xml::{self, Document, Entry};
use crate::asking::{broken, get, good, kept, remembered, several};
use crate::fields::name_of;
use crate::hooks::Account;
use crate::poll::{Answer, Found, News, Place, Poll, Question, Trouble};

/// How long to wait between two questions, in seconds.
const EVERY: u32 = 5 * 60;
/// The most entries that are remembered as seen.
const MOST_SEEN: usize = 2_000;
/// The most addresses to which one is sent on.
const MOST_HOPS: usize = 5;

/// How a feed is asked for.
pub(super) struct FeedPoll;

/// What is remembered for ever.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Cursor {
    /// The feed to which all below belongs.
    url: String,
    /// Whether it was read before.
    is_begun: bool,
    /// What the server calls the state that was read.
    etag: Option<String>,
    /// Since when the feed is as it was read.
    last_modified: Option<String>,
    /// The names of entries that were seen, the latest last.
    seen: Vec<String>,
}

/// What is remembered while the program runs.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Session {
    /// Where the server sends one on, and how often it did.
    at: Option<(String, usize)>,
}

impl Poll for FeedPoll {
    fn is_wanted(&self, account: &Account) -> bool {
        address(account).is_some()
    }

    fn every_seconds(&self, _: &Account) -> u32 {
        EVERY
    }

    fn ask(&self, account: &Account, place: &Place, _: Instant) -> Result<Question, Trouble> {
        let url = needed(account)?;
        let cursor = cursor(place, &url);
        let session: Session = remembered(&place.session);
        let kinds = "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5";
        let mut headers = vec![("accept", kinds.to_owned())];
        headers.extend(cursor.etag.map(|etag| ("if-none-match", etag)));
        headers.extend(cursor.last_modified.map(|since| ("if-modified-since", since)));
        Ok(get(session.at.map_or(url, |(url, _)| url), headers))
    }

    fn read(&self, account: &Account, place: &Place, answer: &Answer<'_>) -> Result<News, Trouble> {
        let url = needed(account)?;
        let session: Session = remembered(&place.session);
        if let 301 | 302 | 303 | 307 | 308 = answer.status {
            let session = sent_on(session, &url, answer)?;
            let place = Place { session: kept(&session), ..place.clone() };
            return Ok(News { found: Vec::new(), place, more: true });
        }
        let mut cursor = cursor(place, &url);
        let mut found = Vec::new();
        if answer.status != 304 {
            good(answer, "asking for the feed", "")?;
            found = cursor.take(answer, &several(account, "search_terms"))?;
        }
        let place = Place { cursor: kept(&cursor), session: Value::Null };
        Ok(News { found, place, more: false })
    }

    fn tells(&self, _: &Account, place: &Place) -> String {
        let cursor: Cursor = remembered(&place.cursor);
        format!("there is a feed; entries in it: {}", cursor.seen.len())
    }
}

/// The address of a feed that is one.
pub(super) fn address(account: &Account) -> Option<String> {
    let url = Url::parse(account.text("url")?.trim()).ok()?;
    let is_plain = url.username().is_empty() && url.password().is_none();
    let is_web = matches!(url.scheme(), "https" | "http") && url.has_host();
    (is_web && is_plain).then(|| url.to_string())
}

fn needed(account: &Account) -> Result<String, Trouble> {
    let why =
        || broken("the inbox has no `url`: an admin enters the address of the feed".to_owned());
    address(account).ok_or_else(why)
}

fn cursor(place: &Place, url: &str) -> Cursor {
    let cursor: Cursor = remembered(&place.cursor);
    match cursor.url == url {
        true => cursor,
        false => Cursor { url: url.to_owned(), ..Cursor::default() },
    }
}

/// Where the server sends one on to. What begins safe stays so.
fn sent_on(session: Session, url: &str, answer: &Answer<'_>) -> Result<Session, Trouble> {
    let (at, hops) = session.at.unwrap_or_else(|| (url.to_owned(), 0));
    let base = Url::parse(&at).ok();
    let next = base.as_ref().zip(answer.header("location"));
    let next = next.and_then(|(base, to)| base.join(to).ok());
    let is_safe = |next: &Url| {
        let was_safe = base.as_ref().is_some_and(|base| base.scheme() == "https");
        next.scheme() == "https" || (next.scheme() == "http" && !was_safe)
    };
    match next.filter(is_safe).filter(|_| hops < MOST_HOPS) {
        Some(next) => Ok(Session { at: Some((next.to_string(), hops + 1)) }),
        None => Err(broken(
            "the server sends one on to an address that is not followed; an admin enters the feed's \
             own address"
                .to_owned(),
        )),
    }
}

impl Cursor {
    fn take(&mut self, answer: &Answer<'_>, terms: &[&str]) -> Result<Vec<Found>, Trouble> {
        let text = charset::text(answer.body, answer.header("content-type"));
        let feed = xml::read(&text).ok_or_else(|| {
            broken("at this address there is no feed; an admin enters another one".to_owned())
        })?;
        let terms: Vec<String> = terms.iter().map(|term| fold(term)).collect();
        let mut found = Vec::new();
        // The newest comes first.
        for entry in feed.entries.iter().rev() {
            let item = entry::read(entry);
            let name = name_of(&Value::from(item.id.as_str()));
            if self.see(&name) && self.is_begun && has_term(&item, &terms) {
                let bytes = alone(&feed, entry).into_bytes();
                found.push(Found { name: Some(format!("entry:{name}")), bytes });
            }
        }
        self.is_begun = true;
        // What broke off is asked for again as a whole.
        let header = |name| answer.header(name).filter(|_| feed.is_whole).map(str::to_owned);
        self.etag = header("etag");
        self.last_modified = header("last-modified");
        Ok(found)
    }

    /// Takes that an entry was seen. Says whether it is new.
    fn see(&mut self, name: &str) -> bool {
        let before = self.seen.iter().position(|seen| seen == name);
        let seen = before.map_or_else(|| name.to_owned(), |place| self.seen.remove(place));
        // What stands in the feed is remembered longest.
        self.seen.push(seen);
        let excess = self.seen.len().saturating_sub(MOST_SEEN);
        self.seen.drain(..excess);
        before.is_none()
    }
}

/// Whether an entry has one of some words, however they are written. Without any words it has.
fn has_term(item: &Item, terms: &[String]) -> bool {
    let said = fold(&format!("{}\n{}\n{}", item.title, item.text, item.categories.join("\n")));
    terms.is_empty() || terms.iter().any(|term| said.contains(term.as_str()))
}

/// An entry alone in its feed, in the form of a feed.
fn alone(feed: &Document<'_>, entry: &Entry<'_>) -> String {
    let (tag, name) = &feed.root;
    let about = feed.about.iter().filter(|field| matches!(field.name.as_str(), "title" | "link"));
    let about: String = about.map(|field| field.raw).collect();
    let raw = entry.raw;
    let end = format!(
        "</{}>",
        tag.trim_start_matches('<').split([' ', '\t', '\r', '\n', '>', '/']).next().unwrap_or(name)
    );
    match xml::local(name) {
        "rss" => format!("{tag}<channel>{about}{raw}</channel>{end}"),
        "rdf" => format!("{tag}<channel>{about}</channel>{raw}{end}"),
        _ => format!("{tag}{about}{raw}{end}"),
    }
}
