//! Tables: records of cells between separators.
//!
//! A cell in quotes may hold separators, ends of lines and doubled quotes. A quote that is opened and never
//! closed would swallow the rest of the file; here it costs its own line. No more is held than one chunk
//! and the longest record.

#[cfg(test)]
mod tests;

use std::io::{self, Read};

use super::text::{Charset, Input};

/// What may stand between columns.
pub(crate) const SEPARATORS: [char; 4] = [',', ';', '\t', '|'];
/// The longest record, in bytes.
pub(crate) const MAX_RECORD: usize = 64 * 1024;
/// The longest cell, in bytes.
const MAX_CELL: usize = 8 * 1024;
/// How much is kept of a record that is too long.
const KEPT: usize = 1024;

/// A record of a table.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// The line on which it begins.
    pub line: u64,
    /// As it stands in the file.
    pub raw: String,
    /// Its cells, or what is wrong with it.
    pub cells: Result<Vec<String>, String>,
}

/// The records of a table.
pub(crate) struct Records<R> {
    input: Input<R>,
    charset: Charset,
    separator: u8,
    buffer: Vec<u8>,
    at: usize,
    ended: bool,
    line: u64,
    /// For so many bytes each line is a record, whatever quotes say.
    by_line: usize,
    /// How many cells the records have, as the first one shows.
    width: Option<usize>,
}

/// Where a record ends.
struct End {
    /// Its length without the end of the line.
    len: usize,
    /// The same with it.
    whole: usize,
    /// Whether a quote is still open.
    open: bool,
}

impl<R: Read> Records<R> {
    pub(crate) fn new(input: Input<R>, charset: Charset, separator: char) -> Self {
        let separator = u8::try_from(separator).unwrap_or(b',');
        let (buffer, width) = (Vec::new(), None);
        Self { input, charset, separator, buffer, at: 0, ended: false, line: 1, by_line: 0, width }
    }

    /// The next record that is not blank.
    pub(crate) fn next(&mut self) -> io::Result<Option<Record>> {
        loop {
            let rest = self.buffer.get(self.at..).unwrap_or_default();
            let line_only = self.by_line > 0;
            match end_of_record(rest, self.separator, self.ended, line_only) {
                Some(_) if rest.is_empty() => return Ok(None),
                Some(end) if end.whole <= MAX_RECORD => {
                    if let Some(record) = self.take(&end, line_only) {
                        return Ok(Some(record));
                    }
                }
                None if rest.len() <= MAX_RECORD => self.fill()?,
                // The first line alone is too long, or a quote is open for too long.
                _ => match end_of_record(rest, self.separator, self.ended, true) {
                    // A span that hangs on the file alone, and not on how much of it is here: whoever
                    // goes on with an import counts rows, and must count the same ones.
                    Some(first) if first.whole <= MAX_RECORD => self.by_line = MAX_RECORD,
                    _ => return self.too_long().map(Some),
                },
            }
        }
    }

    /// The record that ends there; `None` if it is blank, or has to be read again line by line.
    fn take(&mut self, end: &End, line_only: bool) -> Option<Record> {
        let bytes = self.buffer.get(self.at..self.at + end.len).unwrap_or_default();
        let many = bytes.contains(&b'\n') || bytes.contains(&b'\r');
        let blank = bytes.iter().all(|b| b.is_ascii_whitespace() || *b == self.separator);
        let text = self.charset.text(bytes);
        let cells = text.as_ref().ok().map(|text| cells(text, self.separator));
        let width = cells.as_ref().map(Vec::len);
        let odd = self.width.is_some() && self.width != width;
        if !line_only && many && (end.open || odd) {
            self.by_line = end.whole;
            return None;
        }
        let line = self.line;
        let lossy = || String::from_utf8_lossy(bytes).into_owned();
        let raw = text.as_ref().map_or_else(|_| lossy(), String::clone);
        let cells = checked(text.map(|_| cells.unwrap_or_default()), &raw, end.open);
        self.advance(end.whole);
        if blank {
            return None;
        }
        if cells.is_ok() && self.width.is_none() {
            self.width = width;
        }
        Some(Record { line, raw: raw.replace('\0', "\u{fffd}"), cells })
    }

    /// Leaves out all up to the next end of a line.
    fn too_long(&mut self) -> io::Result<Record> {
        let line = self.line;
        let kept = self.buffer.get(self.at..self.at + KEPT).unwrap_or_default();
        let raw = self.charset.text(kept);
        let raw = raw.unwrap_or_else(|_| String::from_utf8_lossy(kept).into_owned());
        loop {
            let rest = self.buffer.get(self.at..).unwrap_or_default();
            let newline = rest.iter().position(|b| *b == b'\n');
            let len = rest.len();
            self.advance(newline.map_or(len, |at| at + 1));
            if newline.is_some() || self.ended {
                break;
            }
            self.fill()?;
        }
        let why = format!("the row is longer than {} KiB; nobody writes such", MAX_RECORD / 1024);
        Ok(Record { line, raw: raw.replace('\0', "\u{fffd}"), cells: Err(why) })
    }

    fn advance(&mut self, by: usize) {
        let passed = self.buffer.get(self.at..self.at + by).unwrap_or_default();
        let mut after = passed.iter().skip(1).chain([&0]);
        let ends = passed.iter().filter(|b| {
            let after = after.next();
            **b == b'\n' || (**b == b'\r' && after != Some(&b'\n'))
        });
        self.line += ends.count() as u64;
        self.at += by;
        self.by_line = self.by_line.saturating_sub(by);
    }

    fn fill(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.at);
        self.at = 0;
        self.ended = !self.input.fill(&mut self.buffer)?;
        Ok(())
    }
}

/// Where the first record ends; `None` if more bytes are needed to tell.
fn end_of_record(bytes: &[u8], separator: u8, ended: bool, line_only: bool) -> Option<End> {
    if line_only {
        let len = bytes.iter().position(|b| matches!(b, b'\n' | b'\r'));
        let len = len.or(ended.then_some(bytes.len()))?;
        let line = bytes.get(..len)?;
        let open = end_of_record(line, separator, true, false).is_some_and(|end| end.open);
        return Some(End { len, whole: len + newline(bytes.get(len..)?, ended)?, open });
    }
    let mut at = 0;
    loop {
        if let Some(quote) = quote_at(bytes, at, separator) {
            match closing(bytes, quote + 1, separator, ended) {
                Some(closed) => at = closed + 1,
                None => {
                    return ended.then_some(End {
                        len: bytes.len(),
                        whole: bytes.len(),
                        open: true,
                    });
                }
            }
        }
        let rest = bytes.get(at..)?;
        let found = rest.iter().position(|b| *b == separator || matches!(b, b'\n' | b'\r'));
        let Some(end) = found.map(|found| at + found) else {
            return ended.then_some(End { len: bytes.len(), whole: bytes.len(), open: false });
        };
        if bytes.get(end) != Some(&separator) {
            return Some(End {
                len: end,
                whole: end + newline(bytes.get(end..)?, ended)?,
                open: false,
            });
        }
        at = end + 1;
    }
}

/// The length of the end of a line with which these bytes begin.
fn newline(bytes: &[u8], ended: bool) -> Option<usize> {
    match bytes {
        [b'\r', b'\n', ..] => Some(2),
        [b'\r'] if !ended => None,
        [] => Some(0),
        _ => Some(1),
    }
}

/// Where the quote stands that opens the cell beginning at `at`, if it is quoted.
fn quote_at(bytes: &[u8], at: usize, separator: u8) -> Option<usize> {
    let rest = bytes.get(at..)?;
    let first = rest.iter().position(|b| *b != b' ' || separator == b' ')?;
    (rest.get(first) == Some(&b'"')).then_some(at + first)
}

/// Where the quote stands that closes a cell whose text begins at `at`: one that is not doubled, with
/// nothing but spaces between it and the end of the cell. FreeSWITCH does not double quotes in names.
fn closing(bytes: &[u8], mut at: usize, separator: u8, ended: bool) -> Option<usize> {
    loop {
        let quote = at + bytes.get(at..)?.iter().position(|b| *b == b'"')?;
        let rest = bytes.get(quote + 1..)?;
        if rest.first() == Some(&b'"') {
            at = quote + 2;
            continue;
        }
        let after = rest.iter().find(|b| **b != b' ');
        match after {
            None => return ended.then_some(quote),
            Some(b) if *b == separator || matches!(b, b'\n' | b'\r') => return Some(quote),
            Some(_) => at = quote + 1,
        }
    }
}

/// The cells of a record.
pub(crate) fn cells(text: &str, separator: u8) -> Vec<String> {
    let bytes = text.as_bytes();
    let (mut cells, mut at) = (Vec::new(), 0);
    loop {
        let quoted = quote_at(bytes, at, separator);
        let closed = quoted.and_then(|q| Some((q, closing(bytes, q + 1, separator, true)?)));
        let from = closed.map_or(at, |(_, close)| close + 1);
        let rest = bytes.get(from..).unwrap_or_default();
        let end = from + rest.iter().position(|b| *b == separator).unwrap_or(rest.len());
        cells.push(match closed {
            Some((quote, close)) => {
                text.get(quote + 1..close).unwrap_or_default().replace("\"\"", "\"")
            }
            None => text.get(at..end).unwrap_or_default().to_owned(),
        });
        if end >= bytes.len() {
            return cells;
        }
        at = end + 1;
    }
}

/// The cells, unless something is wrong with the record as a whole.
fn checked(
    cells: Result<Vec<String>, String>,
    raw: &str,
    open: bool,
) -> Result<Vec<String>, String> {
    let cells = cells?;
    if open {
        return Err("a quote is opened and not closed".to_owned());
    }
    if raw.contains('\0') {
        return Err("it holds zero bytes, which nobody writes: the file is damaged here, \
                    or it is UTF-16 and another encoding was named"
            .to_owned());
    }
    match cells.iter().position(|cell| cell.len() > MAX_CELL) {
        Some(at) => Err(format!("column {} is longer than {} KiB", at + 1, MAX_CELL / 1024)),
        None => Ok(cells),
    }
}
