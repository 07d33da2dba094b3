//! The parts of a mail and where they lie in its bytes. Parts are kept in one
//! flat list, so that deep nesting costs neither recursion nor a deep drop.
//! The bytes are walked once, line by line, with all open boundaries at hand.

use std::collections::HashMap;
use std::ops::Range;

use crate::body::transfer::is_identity;
use crate::headers::Headers;
use crate::headers::params::Value;
use crate::limits::{MAX_DEPTH, MAX_PARTS};
use crate::parse::lines::{line_at, without_last_break};

/// One part: a container or a leaf.
#[derive(Debug)]
pub struct Part<'a> {
    /// Its own header fields.
    pub headers: Headers<'a>,
    /// Its media type, lower case; the default where none is declared.
    pub media_type: String,
    /// The whole `Content-Type`.
    pub content_type: Value,
    /// Where its body lies.
    pub body: Range<usize>,
    /// The part that holds it.
    pub parent: Option<usize>,
    /// The parts it holds, in their order.
    pub children: Vec<usize>,
    /// Which of its parent's children it is.
    pub position: usize,
}

impl Part<'_> {
    /// Whether it holds other parts of the same mail.
    pub fn is_multipart(&self) -> bool {
        !self.children.is_empty() && self.media_type.starts_with("multipart/")
    }

    /// Whether it is another mail.
    pub fn is_message(&self) -> bool {
        matches!(self.media_type.as_str(), "message/rfc822" | "message/global")
    }
}

/// Finds all parts; the mail itself is the first.
pub fn read(bytes: &[u8]) -> Vec<Part<'_>> {
    let mut walk =
        Walk { bytes, parts: Vec::new(), open: Vec::new(), boundaries: Boundaries::default() };
    let mut at = walk.enter(0, None);
    while let Some((line, next)) = line_at(bytes, at) {
        let hit = walk.boundaries.hit(line).filter(|_| walk.parts.len() < MAX_PARTS);
        at = match hit {
            Some((level, false)) => walk.next_part(level, at, next),
            Some((level, true)) => walk.close_multipart(level, at, next),
            None => next,
        };
    }
    walk.close_parts(0, bytes.len());
    walk.parts
}

/// The boundaries of the multiparts that are open, found by their text.
#[derive(Default)]
struct Boundaries {
    /// For each level: the multipart, how many parts were open with it, and
    /// its boundary.
    levels: Vec<(usize, usize, Vec<u8>)>,
    /// Levels by boundary; nested multiparts may share one, the inner counts.
    by_text: HashMap<Vec<u8>, Vec<usize>>,
}

/// Longest boundary that is looked for; the standard allows 70.
const MAX_BOUNDARY: usize = 500;

impl Boundaries {
    /// The level whose boundary this line is, and whether it closes.
    fn hit(&self, line: &[u8]) -> Option<(usize, bool)> {
        let text = line.strip_prefix(b"--")?;
        if self.levels.is_empty() || text.len() > MAX_BOUNDARY + 2 {
            return None;
        }
        let text = text.trim_ascii_end();
        if let Some(level) = self.level(text) {
            return Some((level, false));
        }
        self.level(text.strip_suffix(b"--")?.trim_ascii_end()).map(|level| (level, true))
    }

    fn level(&self, text: &[u8]) -> Option<usize> {
        self.by_text.get(text)?.last().copied()
    }

    fn push(&mut self, part: usize, open: usize, text: &[u8]) {
        self.by_text.entry(text.to_vec()).or_default().push(self.levels.len());
        self.levels.push((part, open, text.to_vec()));
    }

    fn truncate(&mut self, len: usize) {
        while self.levels.len() > len {
            let Some((_, _, text)) = self.levels.pop() else { return };
            if let Some(levels) = self.by_text.get_mut(&text) {
                levels.pop();
            }
        }
    }
}

struct Walk<'a> {
    bytes: &'a [u8],
    parts: Vec<Part<'a>>,
    /// The parts that are not yet closed, outermost first.
    open: Vec<usize>,
    boundaries: Boundaries,
}

impl<'a> Walk<'a> {
    /// Reads the header at `at`, and the header of the mail within when the
    /// part is one. Returns where the body goes on.
    fn enter(&mut self, at: usize, parent: Option<usize>) -> usize {
        let (mut at, mut parent) = (at, parent);
        loop {
            let (index, body) = self.add(at, parent);
            at = body;
            let deep = self.open.len() >= MAX_DEPTH || self.parts.len() >= MAX_PARTS;
            let Some(part) = self.parts.get(index).filter(|_| !deep) else { return at };
            if part.media_type.starts_with("multipart/") {
                self.open_multipart(index, at);
                return at;
            }
            if !(part.is_message() && is_identity(&part.headers)) {
                return at;
            }
            // Blank lines before the header of an attached mail do not end it.
            let inner = self.bytes.get(at..).unwrap_or_default();
            at += inner.len() - inner.trim_ascii_start().len();
            parent = Some(index);
        }
    }

    fn add(&mut self, at: usize, parent: Option<usize>) -> (usize, usize) {
        let (headers, body) = Headers::read(self.bytes, at);
        let content_type = headers.get("Content-Type").map(Value::parse).unwrap_or_default();
        let index = self.parts.len();
        let digest = parent
            .and_then(|parent| self.parts.get(parent))
            .is_some_and(|parent| parent.media_type == "multipart/digest");
        let position = match parent.and_then(|parent| self.parts.get_mut(parent)) {
            Some(parent) => {
                parent.children.push(index);
                parent.children.len() - 1
            }
            None => 0,
        };
        let media_type = media_type(&content_type, digest);
        let range = body..body;
        let children = Vec::new();
        self.parts.push(Part {
            headers,
            media_type,
            content_type,
            body: range,
            parent,
            children,
            position,
        });
        self.open.push(index);
        (index, body)
    }

    fn open_multipart(&mut self, index: usize, body: usize) {
        let declared = self
            .parts
            .get(index)
            .and_then(|part| part.content_type.get("boundary", None).map(String::into_bytes))
            .or_else(|| guess_boundary(self.bytes, body));
        if let Some(text) = declared.filter(|text| text.len() <= MAX_BOUNDARY) {
            self.boundaries.push(index, self.open.len(), text.trim_ascii_end());
        }
    }

    /// A boundary at `at`: what is open within its multipart ends, and the
    /// next part starts at `next`.
    fn next_part(&mut self, level: usize, at: usize, next: usize) -> usize {
        let Some(&(part, open, _)) = self.boundaries.levels.get(level) else { return next };
        self.close_parts(open, at);
        self.boundaries.truncate(level + 1);
        self.enter(next, Some(part))
    }

    /// A closing boundary: the multipart itself ends too; what follows is
    /// nobody's until an outer boundary.
    fn close_multipart(&mut self, level: usize, at: usize, next: usize) -> usize {
        let Some(&(_, open, _)) = self.boundaries.levels.get(level) else { return next };
        self.close_parts(open, at);
        // The boundary stays known: mailers that close twice go on with parts.
        self.boundaries.truncate(level + 1);
        next
    }

    fn close_parts(&mut self, keep: usize, end: usize) {
        while self.open.len() > keep {
            let Some(index) = self.open.pop() else { return };
            if let Some(part) = self.parts.get_mut(index) {
                let body = self.bytes.get(part.body.start..end).unwrap_or_default();
                let at_end = end == self.bytes.len();
                let body = if at_end { body } else { without_last_break(body) };
                part.body.end = part.body.start + body.len();
            }
        }
    }
}

fn media_type(content_type: &Value, digest: bool) -> String {
    let declared = content_type.value.trim_end_matches([',', ':']);
    match declared {
        "" if digest => "message/rfc822".to_owned(),
        "" | "text" => "text/plain".to_owned(),
        "html" => "text/html".to_owned(),
        _ => declared.to_owned(),
    }
}

/// How many lines of a multipart without a boundary are searched for one.
const MAX_GUESS_LINES: usize = 20;

/// A multipart that does not name its boundary most often starts with it.
fn guess_boundary(bytes: &[u8], body: usize) -> Option<Vec<u8>> {
    let mut at = body;
    for _ in 0..MAX_GUESS_LINES {
        let (line, next) = line_at(bytes, at)?;
        let text = line.strip_prefix(b"--").map(<[u8]>::trim_ascii_end).unwrap_or_default();
        if !text.is_empty() && text.iter().any(u8::is_ascii_alphanumeric) {
            return Some(text.to_vec());
        }
        at = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const NESTED: &[u8] = b"Content-Type: multipart/mixed; boundary=a\n\npreamble\n--a\n\
        Content-Type: multipart/alternative; boundary=ab\n\n--ab\n\nplain\n--ab\n\
        Content-Type: text/html\n\n<p>\n--ab--\n--a\nContent-Type: message/rfc822\n\n\
        Subject: inner\n\ntext\n--a--\nepilogue\n";

    fn body<'a>(bytes: &'a [u8], part: &Part<'_>) -> &'a [u8] {
        &bytes[part.body.clone()]
    }

    #[test]
    fn parts_are_found_where_they_lie() {
        let parts = read(NESTED);
        let types: Vec<_> = parts.iter().map(|part| part.media_type.as_str()).collect();
        let alternative = ["multipart/alternative", "text/plain", "text/html"];
        assert_eq!(types[0], "multipart/mixed");
        assert_eq!(types[1..4], alternative);
        assert_eq!(types[4..], ["message/rfc822", "text/plain"]);
        assert_eq!(body(NESTED, &parts[2]), b"plain");
        assert_eq!(body(NESTED, &parts[5]), b"text");
        assert_eq!(parts[0].children, [1, 4]);
    }

    #[test]
    fn deep_nesting_ends_at_the_limit() {
        let bomb = "Content-Type: message/rfc822\n\n".repeat(10_000);
        assert!(read(bomb.as_bytes()).len() <= MAX_DEPTH + 1);
    }

    #[test]
    fn a_missing_boundary_is_guessed() {
        let mail = b"Content-Type: multipart/mixed\n\n--xyz\n\nhello\n--xyz--\n";
        assert_eq!(body(mail, &read(mail)[1]), b"hello");
    }
}
