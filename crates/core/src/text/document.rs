//! The tokens of a document, as the databases store them.

use super::scan::{Kind, Sink, Span, scan};
use super::{MAX_DOCUMENT_BYTES, MAX_DOCUMENT_EXTRAS, MAX_DOCUMENT_WORDS};

/// The tokens of one document: its words in order, then its exact tokens and the
/// parts of joined words. One string, because that is what FTS5 is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    text: String,
    words: usize,
    len: usize,
}

impl Tokens {
    /// The tokens joined by single spaces: the body of an FTS5 row.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The tokens in order; the n-th has position n, from 1, in a `tsvector`.
    /// (PostgreSQL counts every position above 16383 as that one.)
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.text.split(' ').filter(|token| !token.is_empty())
    }

    /// How many tokens there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// How many of them, from the first, are words of the text; the rest are exact
    /// tokens and parts, whose order means nothing.
    #[must_use]
    pub fn words(&self) -> usize {
        self.words
    }

    /// These tokens and those of a text behind it, within the same bounds.
    #[must_use]
    pub fn followed_by(&self, rest: &Self) -> Self {
        let mut sink = Collect::with_capacity(self.text.len() + rest.text.len());
        for part in [self, rest] {
            for (place, token) in part.iter().enumerate() {
                sink.push(place < part.words, token);
            }
        }
        sink.finish()
    }

    /// Whether there is nothing to search for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// The tokens of a document, up to [`MAX_DOCUMENT_WORDS`] words,
/// [`MAX_DOCUMENT_EXTRAS`] others and [`MAX_DOCUMENT_BYTES`]. Takes time in
/// proportion to the text.
#[must_use]
pub fn document_tokens(s: &str) -> Tokens {
    let mut sink = Collect::with_capacity(s.len());
    scan(s, &mut sink);
    sink.finish()
}

/// Tokens, each followed by a space.
#[derive(Default)]
struct List {
    text: String,
    len: usize,
}

impl List {
    fn push(&mut self, token: &str, most: usize, bytes: usize) {
        if self.len < most && self.text.len() + token.len() < bytes {
            self.text.push_str(token);
            self.text.push(' ');
            self.len += 1;
        }
    }
}

struct Collect {
    words: List,
    extras: List,
}

impl Collect {
    fn with_capacity(bytes: usize) -> Self {
        let text = String::with_capacity(bytes.min(MAX_DOCUMENT_BYTES) + 16);
        Self { words: List { text, ..List::default() }, extras: List::default() }
    }

    fn push(&mut self, word: bool, token: &str) {
        if word {
            self.words.push(token, MAX_DOCUMENT_WORDS, MAX_DOCUMENT_BYTES);
        } else {
            self.extras.push(token, MAX_DOCUMENT_EXTRAS, MAX_DOCUMENT_BYTES / 4);
        }
    }

    fn finish(self) -> Tokens {
        let Self { words, extras } = self;
        let mut text = words.text;
        text.push_str(&extras.text);
        text.truncate(text.trim_end().len());
        Tokens { text, words: words.len, len: words.len + extras.len }
    }
}

impl Sink for Collect {
    fn token(&mut self, kind: Kind, text: &str, _: Span) {
        self.push(kind.positional(), text);
    }

    fn full(&self) -> bool {
        self.words.len >= MAX_DOCUMENT_WORDS && self.extras.len >= MAX_DOCUMENT_EXTRAS
    }
}
