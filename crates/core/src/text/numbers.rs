//! Phone numbers and IBANs written in groups: their joined form as an exact token.
//!
//! Nine digits and more after a `+`, a leading `0` or a bracket must be a phone;
//! other groups of 7 to 15 digits joined by single spaces or hyphens may be one. A
//! phone is also found without its last groups if nine digits remain, because an
//! unrelated number may stand behind it. A phone is found by the ways it is dialled: `+90 532 123 45 67` by
//! `+905321234567`, `905321234567`, `05321234567` and `5321234567`.

use super::compound::{is_iban, opens_iban};
use super::scan::{Emitter, Kind, Sink, Span};

/// The fewest and most digits of a phone number (the most: ITU E.164).
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// The fewest digits of what is taken for a phone by its opening alone.
const MARKED_DIGITS: usize = 9;

/// How a group of digits opens.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Opening {
    Plus,
    /// A zero or a bracket.
    Trunk,
    Plain,
}

struct Group {
    /// Where its digits begin in `Numbers::digits`.
    from: usize,
    span: Span,
    opening: Opening,
    /// A single space or hyphen stands before it.
    tight: bool,
}

/// The groups of digits that may belong to one number.
#[derive(Default)]
pub(super) struct Numbers {
    digits: String,
    groups: Vec<Group>,
}

impl Numbers {
    /// Takes the next word of the text.
    #[inline]
    pub(super) fn word<S: Sink>(
        &mut self,
        source: &str,
        word: &str,
        span: Span,
        out: &mut Emitter<'_, S>,
    ) {
        // Most words are neither a number nor behind one.
        if !self.groups.is_empty() || word.as_bytes().first().is_some_and(u8::is_ascii_digit) {
            self.group(source, word, span, out);
        }
    }

    fn group<S: Sink>(&mut self, source: &str, word: &str, span: Span, out: &mut Emitter<'_, S>) {
        let numeric = word.len() <= *PHONE_DIGITS.end() && word.bytes().all(|b| b.is_ascii_digit());
        let gap = self.groups.last().map(|last| gap(source, last.span.end, span.start));
        if !numeric || gap == Some(Gap::Apart) {
            self.flush(source, out);
        }
        if numeric {
            let before = source.get(..span.start).unwrap_or_default().trim_end_matches(is_bidi);
            let opening = match before.chars().next_back() {
                Some('+' | '\u{FF0B}') => Opening::Plus,
                Some('(') => Opening::Trunk,
                _ if word.starts_with('0') => Opening::Trunk,
                _ => Opening::Plain,
            };
            let tight = gap == Some(Gap::Tight);
            self.groups.push(Group { from: self.digits.len(), span, opening, tight });
            self.digits.push_str(word);
        }
    }

    /// Emits the numbers of the groups so far.
    pub(super) fn flush<S: Sink>(&mut self, source: &str, out: &mut Emitter<'_, S>) {
        if self.groups.is_empty() {
            return;
        }
        let loose = self.groups.iter().skip(1).any(|group| !group.tight);
        // A longer row of numbers is a table: only what is marked as a phone counts.
        let plain = !loose && self.digits.len() <= *PHONE_DIGITS.end() && self.groups.len() > 1;
        for (i, first) in self.groups.iter().enumerate() {
            if first.opening != Opening::Plain || plain {
                self.emit_from(source, i, first, out);
            }
        }
        self.groups.clear();
        self.digits.clear();
    }

    /// Emits the numbers that begin at one group. Every possible end counts, since
    /// an unrelated number may follow.
    fn emit_from<S: Sink>(&self, source: &str, i: usize, first: &Group, out: &mut Emitter<'_, S>) {
        for (n, last) in self.groups.iter().skip(i).enumerate() {
            let next = self.groups.get(i + n + 1).map_or(self.digits.len(), |group| group.from);
            let Some(digits) = self.digits.get(first.from..next) else { return };
            if digits.len() > *PHONE_DIGITS.end() {
                return;
            }
            let span = Span { start: first.span.start, end: last.span.end };
            match first.opening {
                _ if digits.len() < *PHONE_DIGITS.start() => {}
                Opening::Plus if digits.len() >= MARKED_DIGITS => {
                    // From the sign itself, which invisible marks may set apart.
                    let before = source.get(..span.start).unwrap_or_default();
                    let start = before.rfind(['+', '\u{FF0B}']).unwrap_or(span.start);
                    international(digits, Span { start, ..span }, out);
                }
                Opening::Trunk if digits.len() >= MARKED_DIGITS => national(digits, span, out),
                Opening::Plus | Opening::Trunk => {}
                _ if n == 0 => {}
                _ if digits.len() == 10 && n >= 2 => out.emit(Kind::Digits, digits, span),
                _ => out.emit(Kind::Piece, digits, span),
            }
        }
    }
}

/// A number with its country code, and how it is dialled without `+` and from
/// within the country; the code has one to three digits.
fn international<S: Sink>(digits: &str, span: Span, out: &mut Emitter<'_, S>) {
    out.emit(Kind::Phone, &format!("+{digits}"), span);
    out.emit(Kind::Piece, digits, span);
    for code in 1..=3 {
        let rest = digits.get(code..).unwrap_or_default();
        if (7..=12).contains(&rest.len()) {
            out.emit(Kind::Piece, &format!("0{rest}"), span);
        }
    }
    if let Some(tail) = digits.len().checked_sub(10).and_then(|at| digits.get(at..)) {
        out.emit(Kind::Piece, tail, span);
    }
}

/// A number with its trunk or exit zeros, and without them.
fn national<S: Sink>(digits: &str, span: Span, out: &mut Emitter<'_, S>) {
    out.emit(Kind::Phone, digits, span);
    if let Some(rest) = digits.strip_prefix("00") {
        out.emit(Kind::Piece, &format!("+{rest}"), span);
    } else if let Some(rest) = digits.strip_prefix('0') {
        out.emit(Kind::Piece, rest, span);
    }
}

/// What stands between two groups of digits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    Tight,
    Loose,
    Apart,
}

fn gap(source: &str, from: usize, to: usize) -> Gap {
    let text = source.get(from..to).unwrap_or_default();
    let mut count = 0;
    let mut brackets = false;
    for c in text.chars().filter(|&c| !is_bidi(c)) {
        count += 1;
        match c {
            ' ' | '\u{A0}' | '\u{202F}' | '-' | '\u{2010}'..='\u{2013}' => {}
            '(' | ')' | '.' | '/' | '+' => brackets = true,
            _ => return Gap::Apart,
        }
        if count > 3 {
            return Gap::Apart;
        }
    }
    match count {
        0 => Gap::Apart,
        1 if !brackets => Gap::Tight,
        _ => Gap::Loose,
    }
}

/// The direction marks that mail programs wrap around phone numbers.
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// An IBAN being read in groups of four.
#[derive(Default)]
pub(super) struct Iban {
    text: String,
    span: Span,
}

impl Iban {
    /// Takes the next word of the text.
    #[inline]
    pub(super) fn word<S: Sink>(
        &mut self,
        source: &str,
        word: &str,
        span: Span,
        out: &mut Emitter<'_, S>,
    ) {
        if !self.text.is_empty() || word.len() == 4 {
            self.group(source, word, span, out);
        }
    }

    fn group<S: Sink>(&mut self, source: &str, word: &str, span: Span, out: &mut Emitter<'_, S>) {
        if opens_iban(word) {
            word.clone_into(&mut self.text);
            self.span = span;
            return;
        }
        if self.text.is_empty() {
            return;
        }
        let gap = source.get(self.span.end..span.start).unwrap_or_default();
        if !matches!(gap, " " | "\u{A0}" | "-") || word.len() > 4 || self.text.len() > 30 {
            self.text.clear();
            return;
        }
        self.text.push_str(word);
        self.span.end = span.end;
        if is_iban(&self.text) {
            out.emit(Kind::Exact, &self.text, self.span);
        }
        if word.len() < 4 {
            self.text.clear();
        }
    }
}
