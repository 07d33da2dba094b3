//! The objects in a file of JSON: one alone, one after another, in a list, or in the list `calls` of an
//! answer of Twilio's. Found without reading the file as a whole.

use std::io::{self, Read};

use crate::tables::text::Input;

/// The longest object, in bytes.
const MAX_OBJECT: usize = 1024 * 1024;
/// How much is kept of one that is too long.
const KEPT: usize = 1024;
/// The list in an object whose elements are meant, and not the object.
const LIST: &[u8] = b"calls";

/// An object of the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Object {
    /// The line on which it begins.
    pub line: u64,
    /// Its text.
    pub raw: String,
    /// What is wrong with it as a whole.
    pub fault: Option<String>,
}

/// The objects of a file.
pub(super) struct Objects<R> {
    input: Input<R>,
    buffer: Vec<u8>,
    at: usize,
    ended: bool,
    line: u64,
    scan: Scan,
}

/// How far into nested things one is.
#[derive(Default)]
struct Scan {
    /// How deep within the object that is being read.
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// The object so far.
    object: Vec<u8>,
    begun_on: u64,
    too_long: bool,
    /// The last string, to know the list by its name.
    string: Vec<u8>,
    /// Whether we are behind the list in the object that holds it, and how deep.
    wrapper: Wrapper,
}

/// The object around the list that is meant.
#[derive(Default, PartialEq, Eq, Clone, Copy)]
enum Wrapper {
    #[default]
    None,
    /// Within the list.
    Within,
    /// Behind the list, so many brackets deep.
    Behind(usize),
}

impl<R: Read> Objects<R> {
    pub(super) fn new(input: Input<R>) -> Self {
        Self { input, buffer: Vec::new(), at: 0, ended: false, line: 1, scan: Scan::default() }
    }

    /// The next object.
    pub(super) fn next(&mut self) -> io::Result<Option<Object>> {
        loop {
            while let Some(byte) = self.buffer.get(self.at).copied() {
                self.at += 1;
                let found = self.scan.step(byte, self.line);
                self.line += u64::from(byte == b'\n');
                if found.is_some() {
                    return Ok(found);
                }
            }
            if self.ended {
                return Ok(self.scan.end());
            }
            self.buffer.clear();
            self.at = 0;
            self.ended = !self.input.fill(&mut self.buffer)?;
        }
    }
}

impl Scan {
    fn step(&mut self, byte: u8, line: u64) -> Option<Object> {
        if self.in_string {
            return self.in_string(byte);
        }
        match (byte, self.wrapper) {
            (b'"', _) => {
                self.in_string = true;
                self.string.clear();
            }
            (b'{' | b'[', Wrapper::Behind(depth)) => self.wrapper = Wrapper::Behind(depth + 1),
            (b'}' | b']', Wrapper::Behind(1)) => self.wrapper = Wrapper::None,
            (b'}' | b']', Wrapper::Behind(depth)) => self.wrapper = Wrapper::Behind(depth - 1),
            (_, Wrapper::Behind(_)) => return None,
            (b']', Wrapper::Within) if self.depth == 0 => self.wrapper = Wrapper::Behind(1),
            (b'[', Wrapper::None) if self.opens_the_list() => {
                *self = Self { wrapper: Wrapper::Within, ..Self::default() };
                return None;
            }
            (b'{' | b'[', _) if self.depth > 0 => self.depth += 1,
            (b'{', _) => {
                self.depth = 1;
                self.begun_on = line;
            }
            (b'}' | b']', _) if self.depth > 0 => {
                self.keep(byte);
                self.depth -= 1;
                return (self.depth == 0).then(|| self.take(None));
            }
            _ => {}
        }
        self.keep(byte);
        None
    }

    fn in_string(&mut self, byte: u8) -> Option<Object> {
        if byte == b'\n' && self.depth > 0 {
            return Some(self.take(Some("a text in it is opened and not closed")));
        }
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' | b'\n' => self.in_string = false,
            _ if self.string.len() <= LIST.len() => self.string.push(byte),
            _ => {}
        }
        self.keep(byte);
        None
    }

    /// Whether a bracket that opens here is that of the list: its name stands before it, in the outermost
    /// object.
    fn opens_the_list(&self) -> bool {
        let before = self.object.trim_ascii_end().strip_suffix(b":");
        let before = before.and_then(|rest| rest.trim_ascii_end().strip_suffix(b"\""));
        self.depth == 1 && self.string == LIST && before.is_some_and(|rest| rest.ends_with(LIST))
    }

    fn keep(&mut self, byte: u8) {
        if self.depth == 0 || self.too_long {
            return;
        }
        self.object.push(byte);
        if self.object.len() > MAX_OBJECT {
            self.object.truncate(KEPT);
            self.too_long = true;
        }
    }

    fn take(&mut self, fault: Option<&str>) -> Object {
        let mut fault = fault.map(str::to_owned);
        if self.too_long {
            fault = Some(format!("it is longer than {} KiB", MAX_OBJECT / 1024));
        }
        let raw = String::from_utf8_lossy(&self.object).into_owned();
        let line = self.begun_on;
        *self = Self { wrapper: self.wrapper, ..Self::default() };
        Object { line, raw, fault }
    }

    /// What is left at the end of the file.
    fn end(&mut self) -> Option<Object> {
        let why = "it is not closed: the file ends here, or a bracket is missing; \
                   what stands behind it in the file was not read";
        (self.depth > 0).then(|| self.take(Some(why)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::text::Encoding;

    fn objects(text: &str) -> Vec<(u64, String, bool)> {
        let input = Input::new(text.as_bytes(), Vec::new(), Encoding::Utf8);
        let mut objects = Objects::new(input);
        let found = std::iter::from_fn(|| objects.next().unwrap());
        found.map(|object| (object.line, object.raw, object.fault.is_some())).collect()
    }

    #[test]
    fn objects_are_found_alone_in_lines_and_in_lists() {
        let two = |first, second| {
            vec![(first, "{\"a\":[1]}".into(), false), (second, "{\"b\":\"}\"}".into(), false)]
        };
        assert_eq!(objects("{\"a\":[1]}\n{\"b\":\"}\"}\n"), two(1, 2));
        assert_eq!(objects("[{\"a\":[1]},\n\n {\"b\":\"}\"}]"), two(1, 3));
        let answer = "{\"page\":0, \"calls\" : [\n{\"a\":[1]},{\"b\":\"}\"}], \"x\":{\"y\":[{}]}}";
        assert_eq!(objects(answer), two(2, 2));
        assert_eq!(objects(&format!("{answer}\n{answer}")).len(), 4, "pages one after another");
        assert_eq!(objects("{\"a\":{\"calls\":[{}]}}").len(), 1, "a list within is none");
        assert_eq!(objects("{\"s\":\"\\\"calls\\\":[\"}").len(), 1);
    }

    #[test]
    fn what_is_broken_or_huge_is_told_in_little_memory() {
        let broken = "{\"a\":\"open\n{\"b\":1}\n";
        assert_eq!(
            objects(broken),
            [(1, "{\"a\":\"open".into(), true), (2, "{\"b\":1}".into(), false)]
        );
        let huge = format!("{{\"a\":\"{}\"}}\n{{\"b\":1}}", "x".repeat(3 * MAX_OBJECT));
        let found = objects(&huge);
        assert_eq!(found.len(), 2);
        assert!(found[0].2 && found[0].1.len() == KEPT);
        assert_eq!(found[1], (2, "{\"b\":1}".into(), false));
        assert_eq!(objects("{\"a\":{\"b\":1}"), [(1, "{\"a\":{\"b\":1}".into(), true)]);
        assert!(objects(&"[".repeat(100_000)).is_empty());
    }
}
