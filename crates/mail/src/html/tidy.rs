//! The first of two passes: a page becomes one in which every tag is known, closed and not nested
//! too deep. Safety is not decided here but in the second pass; this one keeps the second cheap,
//! because repairing nesting the way browsers do is quadratic for hostile pages.

use crate::html::policy;
use crate::html::tags::{Reader, Tag, Token};

/// How deep elements may be nested; tags below are dropped, their text stays.
const MAX_DEPTH: usize = 120;
/// How many elements such as `font` may be open at once: each may be opened anew in each block.
const MAX_FORMATTING: usize = 24;
/// How many tags are written; what follows is cut.
const MAX_TAGS: usize = 50_000;
/// How many bytes are written; what follows is cut.
const MAX_OUTPUT: usize = 2 * 1024 * 1024;

/// A balanced page.
#[derive(Debug, Default)]
pub struct Tidied {
    /// The page.
    pub html: String,
    /// Whether a limit was hit and the end is missing.
    pub cut: bool,
}

/// Balances a page. Linear in its length.
pub fn tidy(html: &str) -> Tidied {
    let mut writer = Writer::default();
    let mut reader = Reader::new(html);
    while let Some(token) = reader.next() {
        if writer.is_full() {
            break;
        }
        match token {
            Token::Text(text) => writer.text(text),
            Token::End(name) => writer.end(&name),
            Token::Start(tag) => {
                match policy::WITH_CONTENT.iter().find(|name| **name == tag.name) {
                    Some(name) => reader.skip_content(name),
                    None => writer.start(&tag),
                }
            }
        }
    }
    let cut = writer.is_full();
    writer.pop_to(0);
    Tidied { html: writer.out, cut }
}

/// An open element.
#[derive(Debug)]
struct Frame {
    name: &'static str,
    /// Its start tag as written, to open it anew.
    tag: String,
    formatting: bool,
}

impl Frame {
    fn new(name: &'static str, tag: String) -> Self {
        Self { name, tag, formatting: policy::is_formatting(name) }
    }
}

#[derive(Debug, Default)]
struct Writer {
    out: String,
    stack: Vec<Frame>,
    tags: usize,
}

impl Writer {
    fn is_full(&self) -> bool {
        self.tags >= MAX_TAGS || self.out.len() >= MAX_OUTPUT
    }

    fn text(&mut self, text: &str) {
        if !text.trim().is_empty() {
            self.leave_table_frame();
        }
        for c in text.chars().filter(|c| *c != '\0') {
            match c {
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                _ => self.out.push(c),
            }
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        let Some(name) = policy::element(&tag.name) else { return };
        let stray = policy::is_table_part(name) && !self.is_open("table");
        if stray || self.stack.len() >= MAX_DEPTH {
            return;
        }
        let lasting = self.end_implied(name);
        if !policy::is_table_part(name) {
            self.leave_table_frame();
        }
        let written = write_tag(name, tag);
        if policy::is_void(name) {
            self.out.push_str(&written);
            self.tags += 1;
        } else {
            self.open(Frame::new(name, written));
        }
        self.reopen(lasting);
    }

    fn open(&mut self, frame: Frame) {
        let count = || self.stack.iter().filter(|open| open.formatting).count();
        if frame.formatting && count() >= MAX_FORMATTING || self.is_full() {
            return;
        }
        self.out.push_str(&frame.tag);
        self.tags += 1;
        self.stack.push(frame);
    }

    fn reopen(&mut self, frames: Vec<Frame>) {
        for frame in frames {
            self.open(frame);
        }
    }

    fn is_open(&self, name: &str) -> bool {
        self.stack.iter().any(|frame| frame.name == name)
    }

    /// A browser moves what may not stand between the cells to before the table; here it gets a
    /// cell of its own, which is cheaper and nearer to what was meant.
    fn leave_table_frame(&mut self) {
        if self.stack.last().is_some_and(|top| policy::is_table_frame(top.name)) {
            self.end_implied("td");
            self.open(Frame::new("td", "<td>".to_owned()));
        }
    }

    /// Ends what the start of this element ends, and yields the formatting that goes on.
    fn end_implied(&mut self, name: &str) -> Vec<Frame> {
        let (ends, borders) = policy::implied_ends(name);
        let above = self.above(borders);
        let found = self.stack.iter().skip(above).position(|frame| ends.contains(&frame.name));
        let Some(at) = found.map(|at| above + at) else { return Vec::new() };
        let in_table = policy::is_table_part(name);
        let closed = self.pop_to(at);
        let lasts = |frame: &Frame| frame.formatting && frame.name != name;
        closed.into_iter().filter(|frame| !in_table && lasts(frame)).collect()
    }

    /// The index above the innermost of these elements.
    fn above(&self, borders: &[&str]) -> usize {
        let border = self.stack.iter().rposition(|frame| borders.contains(&frame.name));
        border.map_or(0, |at| at + 1)
    }

    fn end(&mut self, name: &str) {
        let Some(name) = policy::element(name) else { return };
        let borders = policy::end_borders(name);
        let own_border = borders.contains(&name);
        let above = if own_border { 0 } else { self.above(borders) };
        let found = self.stack.iter().rposition(|frame| frame.name == name);
        let Some(at) = found.filter(|at| *at >= above) else { return };
        let mut closed = self.pop_to(at).into_iter();
        closed.next();
        if policy::is_formatting(name) {
            self.reopen(closed.filter(|frame| frame.formatting).collect());
        }
    }

    /// Closes all elements from this index on; yields them outermost first.
    fn pop_to(&mut self, at: usize) -> Vec<Frame> {
        let closed = self.stack.split_off(at.min(self.stack.len()));
        for frame in closed.iter().rev() {
            self.out.push_str("</");
            self.out.push_str(frame.name);
            self.out.push('>');
        }
        closed
    }
}

/// A start tag with the attributes it may have, each once. The address of an image is written
/// twice, so that the second pass can move it by dropping one of the two.
fn write_tag(name: &'static str, tag: &Tag<'_>) -> String {
    let mut out = format!("<{name}");
    let mut seen: Vec<&str> = Vec::new();
    for (attribute, value) in &tag.attributes {
        let known = policy::may_have(name, attribute) && attribute != policy::BLOCKED;
        if known && !seen.contains(&attribute.as_str()) {
            seen.push(attribute);
            write_attribute(&mut out, attribute, value);
        }
    }
    if let Some(source) = (name == "img").then(|| source(tag)).flatten() {
        if !seen.contains(&"src") {
            write_attribute(&mut out, "src", source);
        }
        write_attribute(&mut out, policy::BLOCKED, source);
    }
    out.push('>');
    out
}

/// Where an image comes from: its `src`, else the first of its `srcset`.
fn source<'h>(tag: &Tag<'h>) -> Option<&'h str> {
    let named = |wanted: &str| tag.attributes.iter().find(|(name, _)| name == wanted);
    let first = |(_, set): &(String, &'h str)| set.split_ascii_whitespace().next();
    named("src").map(|(_, value)| *value).or_else(|| named("srcset").and_then(first))
}

fn write_attribute(out: &mut String, name: &str, value: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    for c in value.chars().filter(|c| *c != '\0') {
        match c {
            '"' => out.push_str("&quot;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            _ => out.push(c),
        }
    }
    out.push('"');
}
