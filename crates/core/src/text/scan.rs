//! The tokeniser: one pass over a text, tokens with their places in it.
//!
//! Knows words, pairs and compounds; `numbers` finds phones and IBANs and `held`
//! joins Persian words, both on the words that this file finishes.

use unicode_normalization::UnicodeNormalization;

use super::chars::{Class, Table, ascii_class, classify, is_joiner};
use super::fold::{composes, fold_char};
use super::held::Held;
use super::numbers::{Iban, Numbers};
use super::{MAX_TOKEN_BYTES, compound};

/// A place in the source text, in bytes, at character boundaries.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    pub(super) fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// What a token is. The first four take a position in the document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A word.
    Word,
    /// Two neighbours of a run without spaces.
    Pair,
    /// The last character of a run that also has pairs.
    Tail,
    /// A run of one character.
    Lone,
    /// A compound or an IBAN, as a whole.
    Exact,
    /// The joined digits of what must be a phone number.
    Phone,
    /// The joined digits of what may be a phone number.
    Digits,
    /// A piece of an exact token or of a joined word, or another way to dial.
    Piece,
}

impl Kind {
    pub(super) fn positional(self) -> bool {
        matches!(self, Self::Word | Self::Pair | Self::Tail | Self::Lone)
    }
}

/// Receives the tokens. Positional ones come in order; the others a little later
/// than their place.
pub(super) trait Sink {
    /// One token of the safe alphabet, not longer than the cap.
    fn token(&mut self, kind: Kind, text: &str, span: Span);
    /// Whether the rest of the text can be skipped.
    fn full(&self) -> bool {
        false
    }
}

/// Tokenises the text into the sink.
pub(super) fn scan<S: Sink>(text: &str, sink: &mut S) {
    let mut scanner = Scanner {
        text,
        out: Emitter { sink },
        table: Table::get(),
        buf: String::with_capacity(64),
        word_from: 0,
        word: Span::default(),
        compose: false,
        splits: Vec::new(),
        compound_start: 0,
        joined: false,
        run: Vec::new(),
        numbers: Numbers::default(),
        iban: Iban::default(),
        held: Held::default(),
    };
    scanner.all();
}

/// A sink behind the token cap.
pub(super) struct Emitter<'s, S> {
    sink: &'s mut S,
}

impl<S: Sink> Emitter<'_, S> {
    #[inline]
    pub(super) fn emit(&mut self, kind: Kind, text: &str, span: Span) {
        if text.len() <= MAX_TOKEN_BYTES {
            return self.sink.token(kind, text, span);
        }
        self.sink.token(kind, &compound::shorten(text), span);
    }
}

/// A character of a run without spaces.
struct Gram {
    c: char,
    compose: bool,
    span: Span,
}

struct Scanner<'t, 's, S> {
    text: &'t str,
    out: Emitter<'s, S>,
    table: &'static Table,
    /// The folded compound so far; the word being read is its tail.
    buf: String,
    /// Where in `buf` the word begins.
    word_from: usize,
    word: Span,
    /// The word holds a character that NFC may move or compose.
    compose: bool,
    /// Where in the word a zero-width non-joiner stood.
    splits: Vec<usize>,
    compound_start: usize,
    /// `buf` holds a joiner.
    joined: bool,
    run: Vec<Gram>,
    numbers: Numbers,
    iban: Iban,
    held: Held,
}

impl<S: Sink> Scanner<'_, '_, S> {
    fn all(&mut self) {
        let text = self.text;
        let mut i = 0;
        while let Some(&b) = text.as_bytes().get(i) {
            match ascii_class(b) {
                Some(Class::Word) => i = self.ascii_word(i),
                Some(Class::Joiner) => {
                    self.joiner(b, Span { start: i, end: i + 1 });
                    i += 1;
                }
                Some(_) => {
                    self.separator();
                    i += 1;
                    if self.out.sink.full() {
                        break;
                    }
                }
                None => {
                    let Some(c) = text.get(i..).and_then(|rest| rest.chars().next()) else { break };
                    self.wide(c, Span { start: i, end: i + c.len_utf8() });
                    i += c.len_utf8();
                }
            }
        }
        self.separator();
        self.numbers.flush(self.text, &mut self.out);
        self.held.release(&mut self.out);
    }

    /// Takes all ASCII letters and digits from `start` at once.
    fn ascii_word(&mut self, start: usize) -> usize {
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        let len = rest.iter().position(|b| !b.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let end = start + len;
        self.open_word(start);
        let at = self.buf.len();
        self.buf.push_str(self.text.get(start..end).unwrap_or_default());
        if let Some(added) = self.buf.get_mut(at..) {
            added.make_ascii_lowercase();
        }
        self.word.end = end;
        end
    }

    /// Takes one character outside ASCII.
    fn wide(&mut self, c: char, span: Span) {
        let entry = self.table.entry(c);
        match entry.class {
            Class::Removed => {
                if c == '\u{200C}' && self.buf.len() > self.word_from {
                    self.splits.push(self.buf.len() - self.word_from);
                }
            }
            Class::Several => {
                fold_char(c, &mut |f| self.feed(classify(f), f, composes(f), span));
            }
            class => self.feed(class, entry.folded, entry.compose, span),
        }
    }

    /// Takes one folded character.
    fn feed(&mut self, class: Class, f: char, compose: bool, span: Span) {
        match class {
            Class::Word => {
                self.open_word(span.start);
                self.buf.push(f);
                self.word.end = span.end;
                self.compose |= compose;
            }
            Class::Gram => {
                self.end_word();
                self.end_compound();
                self.run.push(Gram { c: f, compose, span });
            }
            Class::Joiner => self.joiner(u8::try_from(f).unwrap_or(b'.'), span),
            Class::Separator => self.separator(),
            Class::Removed | Class::Several => {}
        }
    }

    fn open_word(&mut self, start: usize) {
        self.end_run();
        if self.buf.len() == self.word_from {
            self.word.start = start;
            self.splits.clear();
            if self.buf.is_empty() {
                self.compound_start = start;
            }
        }
    }

    fn separator(&mut self) {
        self.end_run();
        self.end_word();
        self.end_compound();
    }

    /// A joiner continues the compound, unless there are two of them (but for
    /// `://` and the `::` of IPv6), which is punctuation.
    fn joiner(&mut self, j: u8, span: Span) {
        self.end_run();
        self.end_word();
        let last = self.buf.as_bytes().last().copied();
        let doubled = last.is_some_and(is_joiner)
            && !matches!((last, j), (Some(b':'), b'/' | b':'))
            && !(j == b'/' && self.buf.ends_with(":/"));
        if doubled {
            self.end_compound();
        }
        if self.buf.is_empty() {
            if !matches!(j, b'#' | b'+') {
                return;
            }
            self.compound_start = span.start;
        }
        self.buf.push(char::from(j));
        self.joined = true;
        self.word_from = self.buf.len();
    }

    /// Hands the finished word on.
    fn end_word(&mut self) {
        if self.buf.len() == self.word_from {
            return;
        }
        if self.compose {
            self.compose = false;
            let composed: String =
                self.buf.get(self.word_from..).unwrap_or_default().nfc().collect();
            self.buf.truncate(self.word_from);
            self.buf.push_str(&composed);
            self.splits.clear();
        }
        let word = self.buf.get(self.word_from..).unwrap_or_default();
        self.numbers.word(self.text, word, self.word, &mut self.out);
        self.iban.word(self.text, word, self.word, &mut self.out);
        self.held.word(self.text, word, self.word, &self.splits, &mut self.out);
        self.word_from = self.buf.len();
    }

    /// Emits the compound if it is one, and forgets it.
    fn end_compound(&mut self) {
        if self.joined {
            let span = Span { start: self.compound_start, end: self.word.end };
            let whole = compound::trim(&self.buf);
            if compound::qualifies(whole) {
                let out = &mut self.out;
                out.emit(Kind::Exact, whole, span);
                compound::pieces(whole, &mut |piece| out.emit(Kind::Piece, piece, span));
            }
            self.joined = false;
        }
        self.buf.clear();
        self.word_from = 0;
    }

    #[inline]
    fn end_run(&mut self) {
        if !self.run.is_empty() {
            self.pairs();
        }
    }

    /// Emits the pairs of a finished run without spaces.
    fn pairs(&mut self) {
        self.held.release(&mut self.out);
        if self.run.iter().any(|gram| gram.compose) {
            self.run = composed(&self.run);
        }
        let mut pair = String::with_capacity(8);
        for (i, gram) in self.run.iter().enumerate() {
            pair.clear();
            pair.push(gram.c);
            let (kind, end) = match self.run.get(i + 1) {
                Some(next) => {
                    pair.push(next.c);
                    (Kind::Pair, next.span.end)
                }
                None if i == 0 => (Kind::Lone, gram.span.end),
                None => (Kind::Tail, gram.span.end),
            };
            self.out.emit(kind, &pair, Span { start: gram.span.start, end });
        }
        self.run.clear();
    }
}

/// A run after NFC. A character that cannot compose backwards opens a cluster;
/// what a cluster composes to takes the place of the whole cluster.
fn composed(run: &[Gram]) -> Vec<Gram> {
    let mut out = Vec::with_capacity(run.len());
    for cluster in run.chunk_by(|_, next| next.compose) {
        let (Some(first), Some(last)) = (cluster.first(), cluster.last()) else { continue };
        let span = Span { start: first.span.start, end: last.span.end };
        let chars = cluster.iter().map(|gram| gram.c).nfc();
        out.extend(chars.map(|c| Gram { c, compose: false, span }));
    }
    out
}
