//! Persian words that are written joined, with a zero-width non-joiner or with a
//! space: held back by one word so that the three spellings become one.

use super::chars::{Class, Table};
use super::scan::{Emitter, Kind, Sink, Span};
use super::tables::{PERSIAN_PREFIXES, PERSIAN_SUFFIXES};

/// The last word of Arabic script, until it is known what follows it. Words of
/// other scripts pass straight through.
#[derive(Default)]
pub(super) struct Held {
    text: String,
    span: Span,
    /// The words that were joined, to be searchable alone.
    parts: Vec<(String, Span)>,
    joined: bool,
}

impl Held {
    /// Takes the next word; `splits` are the places of non-joiners in it.
    #[inline]
    pub(super) fn word<S: Sink>(
        &mut self,
        source: &str,
        word: &str,
        span: Span,
        splits: &[usize],
        out: &mut Emitter<'_, S>,
    ) {
        if arabic(word) {
            self.hold(source, word, span, splits, out);
        } else {
            self.release(out);
            out.emit(Kind::Word, word, span);
        }
    }

    fn hold<S: Sink>(
        &mut self,
        source: &str,
        word: &str,
        span: Span,
        splits: &[usize],
        out: &mut Emitter<'_, S>,
    ) {
        if !self.text.is_empty() && self.joins(source, word, span) {
            if !self.joined {
                self.parts.push((self.text.clone(), self.span));
            }
            self.joined = true;
            self.parts.push((word.to_owned(), span));
            self.span.end = span.end;
        } else {
            self.release(out);
            self.span = span;
        }
        self.text.push_str(word);
        let mut from = 0;
        for at in splits.iter().copied().chain(std::iter::once(word.len())) {
            match word.get(from..at) {
                Some(part) if !part.is_empty() && part.len() < word.len() => {
                    self.parts.push((part.to_owned(), span));
                }
                _ => {}
            }
            from = at;
        }
    }

    /// Emits the word that was held, if there is one.
    pub(super) fn release<S: Sink>(&mut self, out: &mut Emitter<'_, S>) {
        if self.text.is_empty() {
            return;
        }
        out.emit(Kind::Word, &self.text, self.span);
        for (part, span) in self.parts.drain(..) {
            out.emit(Kind::Piece, &part, span);
        }
        self.text.clear();
        self.joined = false;
    }

    /// Only words that stand free are joined: inside `x,خواهم` a query could not
    /// know what stands before it.
    fn joins(&self, source: &str, word: &str, span: Span) -> bool {
        let gap = source.get(self.span.end..span.start).unwrap_or_default();
        !gap.is_empty()
            && gap.chars().all(char::is_whitespace)
            && (PERSIAN_PREFIXES.contains(&self.text.as_str()) || PERSIAN_SUFFIXES.contains(&word))
            && free(source.get(..self.span.start).unwrap_or_default().chars().rev())
            && free(source.get(span.end..).unwrap_or_default().chars())
    }
}

/// Whether white space or the end follows, at most one punctuation mark between.
fn free(mut outward: impl Iterator<Item = char>) -> bool {
    match outward.next() {
        None => true,
        Some(c) if c.is_whitespace() => true,
        Some(c) => {
            matches!(Table::get().entry(c).class, Class::Separator | Class::Joiner)
                && outward.next().is_none_or(char::is_whitespace)
        }
    }
}

/// Whether a word is of the Arabic block: the lead bytes of U+0600 to U+06FF.
fn arabic(word: &str) -> bool {
    word.as_bytes().first().is_some_and(|b| (0xD8..=0xDB).contains(b))
}
