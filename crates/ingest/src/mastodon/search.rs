//! Posts that name us without an `@`: found by a search, or in the timeline of a hashtag.
//!
//! A search begins some hours before the newest post that was found, since posts of other servers come
//! late; what was found before is known. A timeline is walked forward by ids, a search by its offset.

use serde_json::{Value, json};

use super::ask::{FARTHEST, FOUND};
use super::place::{Begun, Step, Term};
use super::poll::{EVERY, Round, said, unreadable};
use crate::lenient::{at, text};
use crate::poll::{Answer, Trouble};

/// How often posts are looked at again, in seconds.
const LOOK_EVERY: i64 = 10 * 60;

/// A page of a search.
pub(super) struct Page {
    /// The number of the search term.
    pub(super) number: usize,
    /// The post behind which it begins.
    pub(super) from: Option<String>,
    /// How many posts lie before it.
    pub(super) offset: usize,
}

impl Page {
    fn step(self) -> Step {
        let Self { number, from, offset } = self;
        Step::Term { number, from, offset }
    }

    /// The page after this one, which holds these posts.
    fn after<'a>(&self, term: &str, ids: impl Iterator<Item = &'a str>) -> Option<Self> {
        let (number, offset) = (self.number, self.offset + FOUND);
        if !term.starts_with('#') {
            // A server that knows no offset says the same each time.
            return (offset < FARTHEST).then(|| Self { number, from: self.from.clone(), offset });
        }
        let mut page = Begun::default();
        page.advance(ids);
        (page.newest != self.from).then_some(Self { number, from: page.newest, offset })
    }
}

fn is_seen(place: &Term, post: &Value) -> bool {
    let id = text(post, &["id"]);
    id.is_none_or(|id| place.seen.iter().any(|seen| seen == id))
}

impl Round<'_> {
    /// Begins to search, once a minute: a bell may ring more often.
    pub(super) fn begin_terms(&mut self) -> Result<bool, Trouble> {
        if self.now.saturating_sub(self.session.searched_at) < i64::from(EVERY) {
            return self.over();
        }
        self.session.searched_at = self.now;
        self.next_term(0)
    }

    /// Begins the search of a number, or ends them.
    fn next_term(&mut self, number: usize) -> Result<bool, Trouble> {
        let Some(term) = self.terms.get(number) else { return self.after_terms() };
        let from = self.cursor.terms.get(*term).and_then(Term::from);
        self.go(Step::Term { number, from, offset: 0 })
    }

    /// Takes a page of a search.
    pub(super) fn term(&mut self, answer: &Answer<'_>, page: Page) -> Result<bool, Trouble> {
        let Some(term) = self.terms.get(page.number).copied() else { return self.after_terms() };
        let what = format!("searching for {term}");
        let said = said(answer, &what)?;
        let posts = said.as_array().or_else(|| at(&said, &["statuses"]).as_array());
        let posts = posts.ok_or_else(|| unreadable(&what))?;
        let mut place = self.cursor.terms.get(term).cloned().unwrap_or_default();
        let ids = || posts.iter().filter_map(|post| text(post, &["id"]));
        if place.begun.is_begun && !posts.is_empty() {
            let new = posts.iter().filter(|post| !is_seen(&place, post)).collect::<Vec<_>>();
            let waiting = self.without_thread(new.iter().copied());
            if !waiting.is_empty() {
                let then = Box::new(page.step());
                return self.go(Step::Threads { ids: waiting, then });
            }
            self.found_by(term, &new);
            place.see(ids());
            self.cursor.terms.insert(term.to_owned(), place);
            return match page.after(term, ids()) {
                Some(next) => self.go(next.step()),
                None => self.next_term(page.number + 1),
            };
        }
        place.see(ids());
        self.cursor.terms.insert(term.to_owned(), place);
        self.next_term(page.number + 1)
    }

    /// The newest comes first. What we say by ourselves is nobody's conversation.
    fn found_by(&mut self, term: &str, posts: &[&Value]) {
        for post in posts.iter().rev() {
            if self.begins_with_us(post) {
                continue;
            }
            let name = format!("search:{}", text(post, &["uri"]).unwrap_or_default());
            self.find(name, json!({ "type": "search", "status": post }), Some(term));
        }
    }

    fn after_terms(&mut self) -> Result<bool, Trouble> {
        let terms: Vec<String> = self.terms.iter().map(|term| (*term).to_owned()).collect();
        self.cursor.terms.retain(|term, _| terms.contains(term));
        let left = self.cursor.watched(self.now);
        let is_time = self.now.saturating_sub(self.session.looked_at) >= LOOK_EVERY;
        if is_time && !left.is_empty() {
            self.session.looked_at = self.now;
            return self.begin_look(left);
        }
        self.over()
    }
}
