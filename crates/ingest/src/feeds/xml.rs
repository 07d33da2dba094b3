//! A feed as a tree of a fixed depth: the feed, its entries, their fields. Feeds are often ill-formed, so
//! what can be read is read: names of end tags are not compared, and an entry that is not closed is left
//! to another day.
//!
//! Names are taken as they are written, with the prefix that everybody uses. No entity is resolved that a
//! feed defines by itself, and no other file is read.

use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// How deep elements may lie within each other.
const DEEPEST: usize = 100;
/// The most fields of one entry.
const MOST_FIELDS: usize = 500;
/// The most parts of one field, such as the name of an author.
const MOST_PARTS: usize = 20;

/// A feed.
#[derive(Debug, Default)]
pub(super) struct Document<'a> {
    /// The start tag of the root as it is written, and its name.
    pub(super) root: (&'a str, String),
    /// What is said of the feed itself.
    pub(super) about: Vec<Field<'a>>,
    /// Its entries, in their order.
    pub(super) entries: Vec<Entry<'a>>,
    /// Whether all of it could be read.
    pub(super) is_whole: bool,
}

/// An entry.
#[derive(Debug, Default)]
pub(super) struct Entry<'a> {
    /// All of it as it is written.
    pub(super) raw: &'a str,
    /// Its attributes.
    pub(super) attributes: Vec<(String, String)>,
    /// Its fields.
    pub(super) fields: Vec<Field<'a>>,
}

/// A field of an entry, or of a feed.
#[derive(Debug, Default)]
pub(super) struct Field<'a> {
    /// Its name, in lower case.
    pub(super) name: String,
    /// Its attributes.
    pub(super) attributes: Vec<(String, String)>,
    /// The text in it.
    pub(super) text: String,
    /// What is in it as it is written, tags and all.
    pub(super) inner: &'a str,
    /// All of it as it is written.
    pub(super) raw: &'a str,
    /// The elements in it, each with its text.
    pub(super) parts: Vec<(String, String)>,
}

impl Field<'_> {
    /// The value of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

/// Reads a feed; nothing where it is none.
pub(super) fn read(text: &str) -> Option<Document<'_>> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut walk = Walk { text, ..Walk::default() };
    loop {
        let start = position(&reader);
        let event = reader.read_event();
        let here = start..position(&reader);
        match event {
            Ok(Event::Eof) => {
                walk.document.is_whole = walk.depth == 0;
                break;
            }
            Ok(event) if walk.depth < DEEPEST => walk.take(&event, here),
            _ => break,
        }
    }
    let is_feed = matches!(local(&walk.document.root.1), "rss" | "rdf" | "feed");
    is_feed.then_some(walk.document)
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

/// A name without its prefix.
pub(super) fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// Where one is in a feed.
#[derive(Default)]
struct Walk<'a> {
    text: &'a str,
    document: Document<'a>,
    /// How many elements are open.
    depth: usize,
    /// The open entry, and how deep it lies.
    entry: Option<(Entry<'a>, usize)>,
    /// The open field, and how deep it lies.
    field: Option<(Field<'a>, usize)>,
    /// Where the entry and the field began, and where what is in the field begins.
    from: (usize, usize, usize),
}

impl<'a> Walk<'a> {
    fn take(&mut self, event: &Event<'_>, here: Range<usize>) {
        match event {
            Event::Start(tag) => self.open(tag, &here),
            Event::Empty(tag) => {
                self.open(tag, &here);
                self.close(&(here.end..here.end));
            }
            Event::End(_) => self.close(&here),
            Event::Text(text) => self.say(&text.decode().unwrap_or_default()),
            Event::CData(text) => self.say(&text.decode().unwrap_or_default()),
            Event::GeneralRef(name) => {
                let character = name.resolve_char_ref().ok().flatten();
                let name = name.decode().unwrap_or_default();
                match character.or_else(|| known_entity(&name)) {
                    Some(character) => self.say(character.encode_utf8(&mut [0; 4])),
                    // One of HTML, which is resolved with the HTML.
                    None => self.say(&format!("&{name};")),
                }
            }
            _ => {}
        }
    }

    fn slice(&self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or_default()
    }

    fn open(&mut self, tag: &BytesStart<'_>, here: &Range<usize>) {
        let name = String::from_utf8_lossy(tag.name().as_ref()).to_ascii_lowercase();
        self.depth += 1;
        if self.depth == 1 {
            self.document.root = (self.slice(here.clone()), name);
            return;
        }
        if self.entry.is_none() && self.field.is_none() {
            match local(&name) {
                "item" | "entry" => {
                    let entry = Entry { attributes: attributes(tag), ..Entry::default() };
                    self.entry = Some((entry, self.depth));
                    self.from.0 = here.start;
                    return;
                }
                "channel" => return,
                _ => {}
            }
        }
        match &mut self.field {
            None => {
                let attributes = attributes(tag);
                self.field = Some((Field { name, attributes, ..Field::default() }, self.depth));
                (self.from.1, self.from.2) = (here.start, here.end);
            }
            Some((field, depth)) if self.depth == *depth + 1 && field.parts.len() < MOST_PARTS => {
                field.parts.push((name, String::new()));
            }
            Some(_) => {}
        }
    }

    fn say(&mut self, text: &str) {
        let Some((field, depth)) = &mut self.field else { return };
        field.text.push_str(text);
        if self.depth > *depth
            && let Some((_, said)) = field.parts.last_mut()
        {
            said.push_str(text);
        }
    }

    fn close(&mut self, here: &Range<usize>) {
        if let Some((mut field, _)) = self.field.take_if(|(_, depth)| *depth == self.depth) {
            field.inner = self.slice(self.from.2..here.start);
            field.raw = self.slice(self.from.1..here.end);
            let fields = match &mut self.entry {
                Some((entry, _)) => &mut entry.fields,
                None => &mut self.document.about,
            };
            if fields.len() < MOST_FIELDS {
                fields.push(field);
            }
        } else if let Some((mut entry, _)) = self.entry.take_if(|(_, depth)| *depth == self.depth) {
            entry.raw = self.slice(self.from.0..here.end);
            self.document.entries.push(entry);
        }
        self.depth = self.depth.saturating_sub(1);
    }
}

fn attributes(tag: &BytesStart<'_>) -> Vec<(String, String)> {
    let mut all = tag.attributes();
    let all = all.with_checks(false).take(MOST_PARTS).flatten();
    all.map(|attribute| {
        let name = String::from_utf8_lossy(attribute.key.as_ref()).to_ascii_lowercase();
        let raw = String::from_utf8_lossy(&attribute.value);
        (name, unescaped(&raw))
    })
    .collect()
}

/// The text of an attribute; what is no reference stays as it is.
fn unescaped(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let reference = after.split_once(';').filter(|(name, _)| name.len() <= 10);
        match reference.and_then(|(name, after)| Some((character(name)?, after))) {
            Some((character, after)) => {
                out.push(character);
                rest = after;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn character(name: &str) -> Option<char> {
    let Some(number) = name.strip_prefix('#') else { return known_entity(name) };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code).filter(|c| *c != '\0')
}

fn known_entity(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}
