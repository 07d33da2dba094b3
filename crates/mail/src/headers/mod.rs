//! Header fields: splitting them off and looking them up. How the value of a
//! field is read stands in the modules below.

pub mod address;
pub mod date;
pub mod ids;
pub mod params;
pub mod text;
pub mod words;

use crate::limits::{MAX_HEADER_BYTES, MAX_HEADERS};
use crate::parse::lines::line_at;

/// One field, its value still folded and encoded.
#[derive(Debug, Clone, Copy)]
pub struct Header<'a> {
    /// The name as sent, without the colon.
    pub name: &'a [u8],
    /// Everything behind the colon, line breaks included.
    pub value: &'a [u8],
}

/// The fields of one part, topmost first.
#[derive(Debug, Clone, Default)]
pub struct Headers<'a>(Vec<Header<'a>>);

impl<'a> Headers<'a> {
    /// Reads the fields that start at `at`; also says where the body starts.
    pub fn read(bytes: &'a [u8], at: usize) -> (Self, usize) {
        let mut fields = Fields { bytes, list: Vec::new(), open: None, stray_until: 0 };
        let mut at = at;
        while let Some((line, next)) = line_at(bytes, at) {
            match fields.take(line, at, next) {
                Step::Taken => at = next,
                Step::Blank => {
                    at = next;
                    break;
                }
                Step::Body => break,
            }
        }
        fields.close(at);
        (Self(fields.list), at)
    }

    /// Whether there is no field at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The raw value of the first field of this name.
    pub fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    /// The raw values of all fields of this name, topmost first.
    pub fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'a [u8]> + 's {
        let wanted = name.as_bytes();
        self.0
            .iter()
            .filter(move |header| header.name.eq_ignore_ascii_case(wanted))
            .map(|header| header.value)
    }

    /// The first value of this name as one trimmed line of ASCII-like text,
    /// nothing decoded.
    pub fn plain(&self, name: &str) -> Option<String> {
        self.get(name).map(plain)
    }

    /// Whether a field of this name exists.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

/// A raw value as one trimmed line; bytes that are no UTF-8 are replaced.
pub fn plain(value: &[u8]) -> String {
    let unfolded = text::unfold(value);
    String::from_utf8_lossy(&unfolded).trim().to_owned()
}

/// Fields under construction. A field stays open until the next one starts,
/// because folded lines may follow.
struct Fields<'a> {
    bytes: &'a [u8],
    list: Vec<Header<'a>>,
    open: Option<(&'a [u8], usize)>,
    /// Up to here lines that are no fields are known to belong to the header.
    stray_until: usize,
}

/// How many lines in a row may be no fields before the body is taken to start.
const MAX_STRAY_LINES: usize = 50;

enum Step {
    Taken,
    Blank,
    Body,
}

impl<'a> Fields<'a> {
    fn take(&mut self, line: &'a [u8], at: usize, next: usize) -> Step {
        if line.is_empty() {
            return Step::Blank;
        }
        let folded = line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'));
        if folded && self.open.is_some() {
            return Step::Taken;
        }
        match split_field(line) {
            Some((name, colon)) => {
                self.close(at);
                self.open = Some((name, at + colon + 1));
                Step::Taken
            }
            None if self.survives(line, at, next) => Step::Taken,
            None => Step::Body,
        }
    }

    /// A line that is no field does not always start the body: mailbox
    /// separators, and lines that a gateway wrapped without indenting, belong
    /// to the header as long as it goes on behind them.
    fn survives(&mut self, line: &[u8], at: usize, next: usize) -> bool {
        if line.starts_with(b"--") && at > 0 {
            return false;
        }
        if next > self.stray_until {
            self.stray_until = self.next_field(next).unwrap_or(0);
        }
        let is_separator = line.starts_with(b"From ") || line.starts_with(b">From ");
        is_separator || next <= self.stray_until
    }

    /// Where the next field starts, if only stray lines stand before it.
    fn next_field(&self, from: usize) -> Option<usize> {
        let mut at = from;
        for _ in 0..MAX_STRAY_LINES {
            let (line, next) = line_at(self.bytes, at)?;
            if split_field(line).is_some() {
                return Some(at);
            }
            if line.is_empty() || line.starts_with(b"--") {
                return None;
            }
            at = next;
        }
        None
    }

    fn close(&mut self, end: usize) {
        if let Some((name, start)) = self.open.take() {
            let end = end.min(start + MAX_HEADER_BYTES);
            if self.list.len() < MAX_HEADERS {
                let value = self.bytes.get(start..end).unwrap_or_default();
                self.list.push(Header { name, value });
            }
        }
    }
}

/// The name of a field and where its colon is.
fn split_field(line: &[u8]) -> Option<(&[u8], usize)> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let name = line.get(..colon)?.trim_ascii_end();
    let is_name = !name.is_empty() && name.iter().all(|byte| matches!(byte, b'!'..=b'~'));
    is_name.then_some((name, colon))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_lines_belong_to_their_field() {
        let (headers, body) = Headers::read(b"A: b\r\n c\r\nD : e\r\n\r\ntext", 0);
        assert_eq!(headers.plain("a").as_deref(), Some("b c"));
        assert_eq!(headers.plain("d").as_deref(), Some("e"));
        assert_eq!(body, 19);
    }

    #[test]
    fn a_boundary_ends_the_header() {
        let (headers, body) = Headers::read(b"A: b\n--x\n", 0);
        assert_eq!(headers.plain("A").as_deref(), Some("b"));
        assert_eq!(body, 5);
    }
}
