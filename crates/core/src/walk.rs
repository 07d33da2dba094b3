//! Walking a timeline in both directions: places, cursors and pages. What is on the timeline is read
//! elsewhere.

use crate::page::{BadCursor, Cursor};
use crate::time::Instant;
use crate::timeline::{OrderKey, TimelineItem};

/// Cursors that go on with what is older.
const OLDER: &str = "tln";
/// Cursors that go on with what is newer.
const NEWER: &str = "tlu";

/// A place in the order of a timeline of several records: by order key, and where two records have the
/// same, by record. Within one record no two items have one key, so this order is total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The order key.
    pub key: i64,
    /// The id of the record; zero is below all.
    pub record: i64,
}

impl Place {
    /// The place of an item.
    pub fn of(item: &TimelineItem) -> Self {
        Self { key: item.key.get(), record: item.customer.get() }
    }

    /// The border between what occurred before an instant and what did not.
    pub fn at(instant: Instant) -> Self {
        Self { key: OrderKey::floor(instant).get(), record: 0 }
    }
}

/// Which way a timeline is walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Toward {
    /// From newer to older.
    Older,
    /// From older to newer.
    Newer,
}

/// A stretch to read: up to `limit` items behind a place, nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Walk {
    /// Which way.
    pub toward: Toward,
    /// Behind which place; from the end when `None`.
    pub from: Option<Place>,
    /// How many.
    pub limit: i64,
}

impl Walk {
    /// The bound of one record's range: walking to older items their keys are below it, walking to
    /// newer ones above.
    pub fn bound(&self, record: i64) -> i64 {
        match (self.toward, self.from) {
            (Toward::Older, None) => i64::MAX,
            (Toward::Newer, None) => i64::MIN,
            (Toward::Older, Some(p)) if record < p.record => p.key.saturating_add(1),
            (Toward::Newer, Some(p)) if record > p.record => p.key.saturating_sub(1),
            (_, Some(p)) => p.key,
        }
    }

    /// Whether a place lies behind where the walk begins.
    pub fn reaches(&self, place: Place) -> bool {
        match self.toward {
            Toward::Older => self.from.is_none_or(|from| place < from),
            Toward::Newer => self.from.is_none_or(|from| place > from),
        }
    }

    /// Brings places into the order of the walk.
    pub fn order(&self, a: Place, b: Place) -> std::cmp::Ordering {
        match self.toward {
            Toward::Older => b.cmp(&a),
            Toward::Newer => a.cmp(&b),
        }
    }
}

/// The order in which a page shows its items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Newest first.
    #[default]
    Newest,
    /// Oldest first.
    Oldest,
}

/// What part of a timeline is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WalkRequest {
    /// How many, 1 to [`crate::page::MAX_LIMIT`].
    pub limit: u32,
    /// In which order.
    pub order: Order,
    /// `next` or `previous` of another page.
    pub cursor: Option<Cursor>,
    /// Where to begin without a cursor: newest first with what occurred at this instant or before,
    /// oldest first with what occurred then or after.
    pub at: Option<Instant>,
}

/// The precision of instants on the wire: what occurred within the same millisecond belongs to it.
const MILLISECOND: i64 = 1;

impl WalkRequest {
    /// The first items, newest first.
    pub fn newest(limit: u32) -> Self {
        Self { limit, ..Self::default() }
    }

    /// The stretch to read: one item more than wanted tells whether more follow.
    pub fn walk(&self) -> Result<Walk, BadCursor> {
        let limit = i64::from(self.limit) + 1;
        if let Some(cursor) = &self.cursor {
            let toward = match cursor.tag.as_str() {
                OLDER => Toward::Older,
                NEWER => Toward::Newer,
                _ => return Err(BadCursor),
            };
            let from = Some(Place { key: cursor.key, record: cursor.top.unwrap_or(0) });
            return Ok(Walk { toward, from, limit });
        }
        Ok(match self.order {
            Order::Newest => {
                let from = self.at.map(|at| Place::at(at.plus_millis(MILLISECOND)));
                Walk { toward: Toward::Older, from, limit }
            }
            Order::Oldest => Walk { toward: Toward::Newer, from: self.at.map(Place::at), limit },
        })
    }
}

/// A part of a timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelinePage<T> {
    /// The items, in the order asked for.
    pub items: Vec<T>,
    /// Goes on behind the last item; `None` at the end of the timeline.
    pub next: Option<Cursor>,
    /// Goes on before the first item; `None` at the head of the timeline.
    pub previous: Option<Cursor>,
}

impl<T> TimelinePage<T> {
    /// Makes a page of what a walk found, nearest first. `reached` is the place up to which it looked
    /// when it had to stop early: there may be more behind it.
    pub fn of_walk(
        mut rows: Vec<T>,
        request: &WalkRequest,
        walk: &Walk,
        reached: Option<Place>,
        place: impl Fn(&T) -> Place,
    ) -> Self {
        let limit = request.limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().map(&place);
        let on = if more { last } else { reached }.map(|p| cursor(walk.toward, p));
        let began = rows.first().map(&place);
        let back = back(walk, began.or(reached));
        let (mut items, forward) = (rows, walk.toward == direction(request.order));
        if !forward {
            items.reverse();
        }
        let (next, previous) = if forward { (on, back) } else { (back, on) };
        Self { items, next, previous }
    }

    /// The same page with each thing changed.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> TimelinePage<U> {
        let Self { items, next, previous } = self;
        TimelinePage { items: items.into_iter().map(change).collect(), next, previous }
    }
}

/// The way back from a page, the nearest of which is `began`. From the end there is none.
fn back(walk: &Walk, began: Option<Place>) -> Option<Cursor> {
    let from = walk.from?;
    // Of an empty page: what the walk began behind is to be found again.
    let again = match walk.toward {
        Toward::Older => Place { record: from.record.saturating_sub(1), ..from },
        Toward::Newer => Place { record: from.record.saturating_add(1), ..from },
    };
    let other = match walk.toward {
        Toward::Older => Toward::Newer,
        Toward::Newer => Toward::Older,
    };
    Some(cursor(other, began.unwrap_or(again)))
}

fn direction(order: Order) -> Toward {
    match order {
        Order::Newest => Toward::Older,
        Order::Oldest => Toward::Newer,
    }
}

fn cursor(toward: Toward, place: Place) -> Cursor {
    let tag = match toward {
        Toward::Older => OLDER,
        Toward::Newer => NEWER,
    };
    Cursor::new(tag, place.key).from_top(Some(place.record))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(key: i64, record: i64) -> Place {
        Place { key, record }
    }

    /// Reads as a store would: each record's range by its bound, merged.
    fn read(all: &[Place], walk: &Walk) -> Vec<Place> {
        let within = |p: &Place| match walk.toward {
            Toward::Older => p.key < walk.bound(p.record),
            Toward::Newer => p.key > walk.bound(p.record),
        };
        let mut found: Vec<Place> = all.iter().copied().filter(within).collect();
        assert!(found.iter().all(|p| walk.reaches(*p)));
        found.sort_by(|a, b| walk.order(*a, *b));
        found.truncate(walk.limit as usize);
        found
    }

    fn page(all: &[Place], request: &WalkRequest) -> TimelinePage<Place> {
        let walk = request.walk().unwrap();
        TimelinePage::of_walk(read(all, &walk), request, &walk, None, |p| *p)
    }

    #[test]
    fn both_ways_show_each_item_once_though_keys_are_shared() {
        // Three records; many keys are in two or three of them.
        let mut all: Vec<Place> = Vec::new();
        for i in 0..200_i64 {
            all.push(place(i / 2 * 2, i % 3 + 1));
        }
        all.sort();
        all.dedup();
        for (order, limit) in [(Order::Newest, 7), (Order::Oldest, 7), (Order::Newest, 1)] {
            let mut expected = all.clone();
            if order == Order::Newest {
                expected.reverse();
            }
            let mut request = WalkRequest { limit, order, cursor: None, at: None };
            let mut pages = Vec::new();
            loop {
                let found = page(&all, &request);
                let next = found.next.clone();
                pages.push(found);
                if next.is_none() {
                    break;
                }
                request.cursor = next;
            }
            let seen: Vec<Place> = pages.iter().flat_map(|p| p.items.clone()).collect();
            assert_eq!(seen, expected);
            // And back again, page by page.
            for pair in pages.windows(2) {
                let cursor = pair[1].previous.clone();
                let back = page(&all, &WalkRequest { cursor, ..request.clone() });
                assert_eq!(back.items, pair[0].items);
            }
        }
    }

    #[test]
    fn a_jump_leads_both_ways() {
        let at = |i: i64| Instant::from_micros(i * 1_000_000);
        let key = |i: i64| OrderKey::floor(at(i)).get() + 5;
        let all: Vec<Place> = (0..20).map(|i| place(key(i), 1)).collect();
        let request =
            WalkRequest { limit: 3, order: Order::Newest, cursor: None, at: Some(at(10)) };
        let found = page(&all, &request);
        assert_eq!(found.items, [place(key(10), 1), place(key(9), 1), place(key(8), 1)]);
        let newer = WalkRequest { cursor: found.previous, at: None, ..request };
        let newer = page(&all, &newer);
        assert_eq!(newer.items, [place(key(13), 1), place(key(12), 1), place(key(11), 1)]);
        let oldest = WalkRequest { limit: 2, order: Order::Oldest, cursor: None, at: Some(at(10)) };
        assert_eq!(page(&all, &oldest).items, [place(key(10), 1), place(key(11), 1)]);
    }

    #[test]
    fn an_empty_page_leads_back_to_what_it_came_from() {
        let all = [place(5, 1), place(6, 2)];
        let request = WalkRequest { limit: 2, ..WalkRequest::default() };
        let cursor = Some(cursor(Toward::Older, place(5, 1)));
        let empty = page(&all, &WalkRequest { cursor, ..request.clone() });
        assert!(empty.items.is_empty() && empty.next.is_none());
        let back = page(&all, &WalkRequest { cursor: empty.previous, ..request });
        assert_eq!(back.items, [place(6, 2), place(5, 1)]);
    }

    #[test]
    fn cursors_of_other_lists_are_refused() {
        let cursor = Some(Cursor::new("upd", 5));
        let request = WalkRequest { limit: 2, cursor, ..WalkRequest::default() };
        assert_eq!(request.walk(), Err(BadCursor));
    }
}
