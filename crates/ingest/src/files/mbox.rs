//! Splitting an mbox: streaming, one mail in memory at a time.
//!
//! A mail starts at a `From ` line with a date, at the start of the file or behind a blank line,
//! when header fields follow. `>From ` loses one `>`, as mboxrd writers add it.

use std::io::{self, BufRead};

use super::looks::field_name;
use super::mails::MAX_MAIL_BYTES;

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Whether a line separates the mails of an mbox: `From `, an address or nothing, and a date as
/// `ctime` writes it. Writers differ in the rest, so only weekday, month and time are looked for.
pub fn is_separator(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else { return false };
    let rest = String::from_utf8_lossy(rest);
    let words: Vec<&str> = rest.split_whitespace().collect();
    let time = |word: &&str| {
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        word.split(':').count() >= 2 && word.split(':').all(digits)
    };
    words.iter().any(|word| WEEKDAYS.contains(&word.trim_end_matches(',')))
        && words.iter().any(|word| MONTHS.contains(word))
        && words.iter().any(time)
}

/// One mail of an mbox, or why it cannot be taken.
#[derive(Debug, PartialEq, Eq)]
pub enum Split {
    /// Its bytes without the separator.
    Mail(Vec<u8>),
    /// It is longer than [`MAX_MAIL_BYTES`]; so many bytes were passed over.
    TooLong(u64),
}

/// The mails of an mbox, in their order.
#[derive(Debug)]
pub struct Mbox<R> {
    reader: R,
    /// A line that was read ahead: the first one behind a separator.
    ahead: Vec<u8>,
    ended: bool,
    limit: usize,
}

impl<R: BufRead> Mbox<R> {
    /// Starts at the beginning of the file.
    pub fn new(reader: R) -> Self {
        Self::with_limit(reader, MAX_MAIL_BYTES)
    }

    fn with_limit(reader: R, limit: usize) -> Self {
        Self { reader, ahead: Vec::new(), ended: false, limit }
    }

    /// The next mail.
    fn read(&mut self) -> io::Result<Option<Split>> {
        if self.ended {
            return Ok(None);
        }
        let mut mail = Collected { bytes: Vec::new(), passed: 0, limit: self.limit };
        let mut line = std::mem::take(&mut self.ahead);
        let mut blank_before = line.is_empty();
        loop {
            if line.is_empty() && self.next_line(&mut line)? == 0 {
                self.ended = true;
                break;
            }
            if blank_before && is_separator(&line) && self.field_follows()? {
                if mail.is_empty() {
                    // The separator at the very start of the file.
                    line = std::mem::take(&mut self.ahead);
                    blank_before = false;
                    continue;
                }
                break;
            }
            mail.push(unquoted(&line));
            blank_before = line.trim_ascii().is_empty();
            // A line read ahead of a `From ` line that turned out to be text.
            line = std::mem::take(&mut self.ahead);
        }
        Ok(mail.finish())
    }

    fn next_line(&mut self, line: &mut Vec<u8>) -> io::Result<usize> {
        line.clear();
        // A line without end must not fill the memory: it is taken in pieces.
        io::Read::take(&mut self.reader, MAX_LINE).read_until(b'\n', line)
    }

    /// Reads one line ahead and tells whether it is a header field.
    fn field_follows(&mut self) -> io::Result<bool> {
        let mut next = Vec::new();
        self.next_line(&mut next)?;
        let field = field_name(&next).is_some() || next.starts_with(b">From ");
        self.ahead = next;
        Ok(field)
    }
}

/// Longest piece of a line held at once.
const MAX_LINE: u64 = 1024 * 1024;

impl<R: BufRead> Iterator for Mbox<R> {
    type Item = io::Result<Split>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.read() {
            Ok(split) => split.map(Ok),
            Err(error) => {
                self.ended = true;
                Some(Err(error))
            }
        }
    }
}

/// One mail while it is read; behind the limit only its length is kept.
struct Collected {
    bytes: Vec<u8>,
    passed: u64,
    limit: usize,
}

impl Collected {
    fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.passed == 0
    }

    fn push(&mut self, line: &[u8]) {
        if self.passed > 0 || self.bytes.len() + line.len() > self.limit {
            self.passed += (self.bytes.len() + line.len()) as u64;
            self.bytes = Vec::new();
        } else {
            self.bytes.extend_from_slice(line);
        }
    }

    fn finish(mut self) -> Option<Split> {
        if self.passed > 0 {
            return Some(Split::TooLong(self.passed));
        }
        // The blank line before the next separator belongs to the mbox, not to the mail.
        let end = self.bytes.len();
        if self.bytes.ends_with(b"\n\r\n") {
            self.bytes.truncate(end - 2);
        } else if self.bytes.ends_with(b"\n\n") {
            self.bytes.truncate(end - 1);
        }
        (!self.bytes.trim_ascii().is_empty()).then_some(Split::Mail(self.bytes))
    }
}

fn unquoted(line: &[u8]) -> &[u8] {
    let quotes = line.iter().take_while(|byte| **byte == b'>').count();
    let quoted = quotes > 0 && line.get(quotes..).is_some_and(|rest| rest.starts_with(b"From "));
    if quoted { line.get(1..).unwrap_or(line) } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "From a@x.example Mon Nov  2 09:30:00 2026\nFrom: a@x.example\n\none\n\
        >From here on\n>>From there\n\nFrom here it is text\n\n\
        From MAILER-DAEMON  Mon Nov  2 10:0:00 2026\nSubject: two\n\nsecond\n";

    fn split(text: &str) -> Vec<Split> {
        Mbox::new(text.as_bytes()).map(Result::unwrap).collect()
    }

    fn mail(text: &str) -> Split {
        Split::Mail(text.as_bytes().to_vec())
    }

    #[test]
    fn mails_are_split_and_unquoted() {
        let first = "From: a@x.example\n\none\nFrom here on\n>From there\n\nFrom here it is text\n";
        assert_eq!(split(TWO), [mail(first), mail("Subject: two\n\nsecond\n")]);
        let crlf: Vec<Split> = split(&TWO.replace('\n', "\r\n"));
        assert_eq!(crlf.len(), 2);
        assert_eq!(crlf[0], mail(&first.replace('\n', "\r\n")));
    }

    #[test]
    fn the_first_mail_is_the_same_when_the_mbox_has_grown() {
        let alone = TWO.split("From MAILER").next().unwrap();
        assert_eq!(split(alone)[0], split(TWO)[0]);
    }

    #[test]
    fn a_date_in_prose_does_not_split() {
        let prose = "From a Mon Nov  2 09:30:00 2026\nSubject: s\n\nText\n\n\
            From Mon Nov  2 at 09:30 on\nwe are closed\n";
        assert_eq!(split(prose).len(), 1);
    }

    #[test]
    fn an_endless_mail_is_passed_over_and_the_next_is_read() {
        let limited = Mbox::with_limit(TWO.as_bytes(), 30);
        let splits: Vec<Split> = limited.map(Result::unwrap).collect();
        assert!(matches!(splits[0], Split::TooLong(_)), "{splits:?}");
        assert_eq!(splits[1], mail("Subject: two\n\nsecond\n"));
    }

    #[test]
    fn separators_need_a_date() {
        assert!(is_separator(b"From <> Thu Apr 29 23:45:10 2008"));
        assert!(is_separator(b"From a@b Fri Jan 1 00:0:00 2015"));
        assert!(!is_separator(b"From a@b"));
        assert!(!is_separator(b"From: a@b Thu Apr 29 23:45:10 2008"));
    }
}
