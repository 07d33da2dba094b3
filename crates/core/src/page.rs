//! Keyset pages: every list is walked by a cursor that names the last thing seen.

use std::fmt;
use std::str::FromStr;

/// The most that one page may hold.
pub const MAX_LIMIT: u32 = 200;
/// What a page holds when nobody says.
pub const DEFAULT_LIMIT: u32 = 50;

/// Where a page ended. Opaque to clients: a tag that names the order, and one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Names the list and its order, so that a cursor of another list is refused.
    pub tag: String,
    /// The key of the last thing on the page.
    pub key: i64,
    /// Where the first page began, for lists that have to know: what came above it since then is
    /// not part of this walk.
    pub top: Option<i64>,
}

/// A text that is no cursor, or the cursor of another list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this cursor does not belong to this list and order; start again without one")]
pub struct BadCursor;

impl Cursor {
    /// A cursor for a list whose order is named by `tag` (letters and digits).
    pub fn new(tag: &str, key: i64) -> Self {
        Self { tag: tag.to_owned(), key, top: None }
    }

    /// The same cursor, of a walk that began at `top`.
    pub fn from_top(self, top: Option<i64>) -> Self {
        Self { top, ..self }
    }

    /// The key, if the cursor belongs to the order named by `tag`.
    pub fn key_for(&self, tag: &str) -> Result<i64, BadCursor> {
        if self.tag == tag { Ok(self.key) } else { Err(BadCursor) }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:016x}", self.tag, self.key)?;
        self.top.map_or(Ok(()), |top| write!(f, ".{top:016x}"))
    }
}

impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(s: &str) -> Result<Self, BadCursor> {
        let (tag, keys) = s.split_once('.').ok_or(BadCursor)?;
        if tag.is_empty() || tag.len() > 16 {
            return Err(BadCursor);
        }
        let (key, top) = match keys.split_once('.') {
            Some((key, top)) => (key, Some(from_hex(top)?)),
            None => (keys, None),
        };
        Ok(Self { tag: tag.to_owned(), key: from_hex(key)?, top })
    }
}

fn from_hex(text: &str) -> Result<i64, BadCursor> {
    if text.len() != 16 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(BadCursor);
    }
    u64::from_str_radix(text, 16).map(|key| key as i64).map_err(|_| BadCursor)
}

/// What part of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// How many, 1 to [`MAX_LIMIT`].
    pub limit: u32,
    /// Behind which thing; from the start when `None`.
    pub after: Option<Cursor>,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { limit: DEFAULT_LIMIT, after: None }
    }
}

impl PageRequest {
    /// How many rows to ask the database for: one more than wanted tells whether more follow.
    pub fn fetch(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// The key to go on behind, if there is one and it belongs to this order.
    pub fn key_for(&self, tag: &str) -> Result<Option<i64>, BadCursor> {
        self.after.as_ref().map(|c| c.key_for(tag)).transpose()
    }
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The things.
    pub items: Vec<T>,
    /// Where the next part starts; `None` at the end.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Makes a page from up to `limit + 1` rows; `key` is the sort key of a row.
    pub fn cut(
        mut rows: Vec<T>,
        request: &PageRequest,
        tag: &str,
        key: impl Fn(&T) -> i64,
    ) -> Self {
        let limit = request.limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(|row| Cursor::new(tag, key(row))) } else { None };
        Self { items: rows, next }
    }

    /// The same page with each thing changed.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_survive_the_wire_and_refuse_another_list() {
        for key in [0, 1, i64::MAX, i64::MIN, -5] {
            let cursor: Cursor = Cursor::new("upd", key).to_string().parse().unwrap();
            assert_eq!(cursor.key_for("upd"), Ok(key));
            assert_eq!(cursor.key_for("new"), Err(BadCursor));
        }
        let walk = Cursor::new("tqy", 5).from_top(Some(9));
        assert_eq!(walk.to_string().parse(), Ok(walk));
        for bad in [
            "",
            "x",
            "upd.0000000000000001.",
            "upd.0000000000000001.2",
            ".0",
            "upd.1",
            "upd.+000000000000001",
            "upd.000000000000000g",
        ] {
            assert_eq!(bad.parse::<Cursor>(), Err(BadCursor), "{bad}");
        }
    }

    #[test]
    fn the_last_page_has_no_next() {
        let request = PageRequest { limit: 2, after: None };
        let page = Page::cut(vec![9, 8, 7], &request, "n", |n| *n);
        assert_eq!((page.items, page.next), (vec![9, 8], Some(Cursor::new("n", 8))));
        assert_eq!(Page::cut(vec![9, 8], &request, "n", |n| *n).next, None);
    }
}
