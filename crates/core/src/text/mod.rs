//! The one text analyser: folding for equality, tokens for full-text search,
//! search queries and snippets. Pure functions, no input or output, no locale.
//!
//! The databases only ever see what [`document_tokens`] and [`parse_query`]
//! make, so FTS5 and `tsvector` find the same. How a text is analysed:
//!
//! * **Words** are maximal runs of letters, digits and kept marks after folding
//!   (see [`fold()`]); each takes one position, in order.
//! * **Scripts written without spaces** (Han, Kana, Bopomofo, Hangul, Thai, Lao,
//!   Khmer, Myanmar) become overlapping pairs of characters and the run's last
//!   character alone, so that every substring is found. Hangul is among them
//!   because its particles hang on the noun: `서울` must find `서울에서`.
//! * **Compounds** (characters and joiners `-_./@+#:` with a digit, an `@` or
//!   `://`) keep their words and gain an exact token, as do phone numbers and
//!   IBANs written with spaces. Exact tokens follow after all words, so that they
//!   do not break phrases.
//! * **Persian**: a zero-width non-joiner is removed, and the loose `می خواهم`
//!   and `کتاب ها` are joined into one word in documents and queries, so the
//!   three spellings find one another; the parts stay searchable as words. A
//!   quoted phrase sees the joined word.
//! * Emoji and other symbols separate words and are not searchable.
//!
//! **Safe alphabet of a token**: `a-z`, `0-9`, the joiners `-_./@+#:`, and
//! non-ASCII letters, digits and marks. Never white space, quotes, backslash or
//! control characters. A plain word has no joiner.

mod chars;
mod compound;
mod document;
mod fold;
mod held;
mod numbers;
mod query;
mod scan;
mod snippet;
mod tables;
#[cfg(test)]
mod tests;

pub use document::{Tokens, document_tokens};
pub use fold::fold;
pub use query::{Query, QueryError, Term, parse_query};
pub use snippet::{Snippet, snippet};

/// The longest token in bytes. A longer one keeps its first
/// [`TOKEN_PREFIX_BYTES`] and gets 16 hexadecimal digits of a hash of the whole,
/// so that it is still found by the whole word.
pub const MAX_TOKEN_BYTES: usize = 64;

/// How much of an overlong token stays readable; prefix searches are cut to it.
pub const TOKEN_PREFIX_BYTES: usize = 48;

/// The most positional words (and pairs) of one document; the rest is not indexed.
pub const MAX_DOCUMENT_WORDS: usize = 40_000;

/// The most exact tokens and word parts of one document, counted apart from the
/// words so that a long text cannot push its own numbers out.
pub const MAX_DOCUMENT_EXTRAS: usize = 10_000;

/// The most bytes of words in one document; the extras may take a quarter more.
/// With the counts above this stays under the 1 MB limit of a `tsvector`.
pub const MAX_DOCUMENT_BYTES: usize = 512 * 1024;

/// The longest query text in bytes.
pub const MAX_QUERY_BYTES: usize = 4096;

/// The most terms of one query.
pub const MAX_QUERY_TERMS: usize = 32;

/// The most tokens of one query, counting each word of a phrase.
pub const MAX_QUERY_TOKENS: usize = 256;
