//! What people type into the search box, as terms over document tokens.
//!
//! Quotes make a phrase, a trailing `*` a prefix; everything else is ANDed.

use super::scan::{Kind, Sink, Span, scan};
use super::{MAX_QUERY_BYTES, MAX_QUERY_TERMS, MAX_QUERY_TOKENS, compound};

/// A search: a document matches if every term does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The terms, without repetition; never empty.
    pub terms: Vec<Term>,
}

/// One condition on the tokens of a document. The text of a term is of the safe
/// alphabet (see the module).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Term {
    /// Some token equals it.
    Word(String),
    /// Some token begins with it: `word*`, or one character of a script without
    /// spaces.
    Prefix(String),
    /// Some token equals it: a compound, a phone number, an IBAN, or a quoted
    /// number. Its parts do not match.
    Exact(String),
    /// Tokens follow one another in this order; two or more.
    Phrase(Vec<String>),
}

/// Why a text is not a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// Nothing but white space.
    #[error("the search is empty")]
    Empty,
    /// Only punctuation, symbols or invisible characters.
    #[error("the search has no letter or digit")]
    NothingSearchable,
    /// More than [`MAX_QUERY_BYTES`].
    #[error("the search is longer than {MAX_QUERY_BYTES} bytes")]
    TooLong,
    /// More than [`MAX_QUERY_TERMS`] terms or [`MAX_QUERY_TOKENS`] words.
    #[error("the search has more than {MAX_QUERY_TERMS} terms")]
    TooManyTerms,
}

/// Parses what was typed.
///
/// # Errors
/// See [`QueryError`]; every kind is the fault of the text.
pub fn parse_query(s: &str) -> Result<Query, QueryError> {
    if s.trim().is_empty() {
        return Err(QueryError::Empty);
    }
    if s.len() > MAX_QUERY_BYTES {
        return Err(QueryError::TooLong);
    }
    let mut builder = Builder::default();
    for (i, segment) in s.split(is_quote).enumerate() {
        let tokens = Collect::of(segment);
        if i % 2 == 1 { builder.quoted(tokens) } else { builder.plain(segment, tokens) }
    }
    if builder.terms.is_empty() {
        Err(QueryError::NothingSearchable)
    } else if builder.terms.len() > MAX_QUERY_TERMS || builder.tokens > MAX_QUERY_TOKENS {
        Err(QueryError::TooManyTerms)
    } else {
        Ok(Query { terms: builder.terms })
    }
}

/// Any double quotation mark opens or closes; which one is not looked at.
fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\u{AB}' | '\u{BB}' | '\u{201C}'..='\u{201F}' | '\u{FF02}')
}

struct Token {
    kind: Kind,
    text: String,
    span: Span,
}

/// The tokens of a segment that matter to a query.
#[derive(Default)]
struct Collect {
    words: Vec<Token>,
    exact: Vec<Token>,
}

impl Sink for Collect {
    fn token(&mut self, kind: Kind, text: &str, span: Span) {
        let token = Token { kind, text: text.to_owned(), span };
        match kind {
            Kind::Word | Kind::Pair | Kind::Tail | Kind::Lone => self.words.push(token),
            Kind::Exact | Kind::Phone | Kind::Digits => self.exact.push(token),
            Kind::Piece => {}
        }
    }
}

impl Collect {
    /// Scans a segment and keeps the widest exact tokens only.
    fn of(segment: &str) -> Self {
        let mut tokens = Self::default();
        scan(segment, &mut tokens);
        // A date before a number, `2024-05-01 44172`, must not end in a phone.
        let compounds: Vec<Span> =
            tokens.exact.iter().filter(|t| t.kind == Kind::Exact).map(|t| t.span).collect();
        tokens.exact.retain(|t| {
            let inside = |c: &Span| c.start < t.span.start && t.span.start < c.end;
            t.kind == Kind::Exact || !compounds.iter().any(|c| inside(c) && !c.contains(t.span))
        });
        let all: Vec<(Span, u8)> = tokens.exact.iter().map(|t| (t.span, rank(t.kind))).collect();
        tokens.exact.retain(|t| {
            let wider = |&(span, rank_of): &(Span, u8)| {
                span.contains(t.span) && (span != t.span || rank_of > rank(t.kind))
            };
            !all.iter().any(wider)
        });
        tokens
    }

    fn covers(&self, word: Span) -> bool {
        self.exact.iter().any(|exact| exact.span.contains(word))
    }
}

/// Which reading of the same characters wins.
fn rank(kind: Kind) -> u8 {
    match kind {
        Kind::Phone => 2,
        Kind::Exact => 1,
        _ => 0,
    }
}

#[derive(Default)]
struct Builder {
    terms: Vec<Term>,
    tokens: usize,
}

impl Builder {
    /// Words apart are ANDed, words that touch (`ali.veli`, `don't`) are a phrase.
    fn plain(&mut self, segment: &str, tokens: Collect) {
        let starred =
            |span: Span| segment.get(span.end..).is_some_and(|rest| rest.starts_with('*'));
        for exact in &tokens.exact {
            self.exact(&exact.text, starred(exact.span));
        }
        let mut group: Vec<&Token> = Vec::new();
        for word in &tokens.words {
            let covered = tokens.covers(word.span);
            let apart = group.last().is_some_and(|last| {
                let gap = segment.get(last.span.end..word.span.start).unwrap_or_default();
                gap.contains(char::is_whitespace) || starred(last.span)
            });
            if covered || apart {
                self.group(&group, &starred);
                group.clear();
            }
            if !covered {
                group.push(word);
            }
        }
        self.group(&group, &starred);
    }

    fn exact(&mut self, text: &str, prefix: bool) {
        self.push(if prefix {
            Term::Prefix(compound::head(text).to_owned())
        } else {
            Term::Exact(text.to_owned())
        });
    }

    /// Everything quoted is a phrase, and its compounds must match as well.
    fn quoted(&mut self, tokens: Collect) {
        for exact in &tokens.exact {
            self.exact(&exact.text, false);
        }
        match tokens.words.as_slice() {
            words if words.iter().all(|word| tokens.covers(word.span)) => {}
            [only] if only.text.bytes().any(|b| b.is_ascii_digit()) => {
                self.exact(&only.text, false)
            }
            words => self.group(&words.iter().collect::<Vec<_>>(), &|_| false),
        }
    }

    /// Adds tokens that must follow one another.
    fn group(&mut self, group: &[&Token], starred: &dyn Fn(Span) -> bool) {
        let mut group = group;
        if let Some((last, rest)) = group.split_last() {
            match last.kind {
                // In the document the run may go on; its pairs tell enough.
                Kind::Tail => group = rest,
                Kind::Lone => {
                    self.push(Term::Prefix(last.text.clone()));
                    group = rest;
                }
                Kind::Word if starred(last.span) => {
                    self.push(Term::Prefix(compound::head(&last.text).to_owned()));
                    group = rest;
                }
                _ => {}
            }
        }
        match group {
            [] => {}
            [only] => self.push(Term::Word(only.text.clone())),
            words => self.push(Term::Phrase(words.iter().map(|word| word.text.clone()).collect())),
        }
    }

    fn push(&mut self, term: Term) {
        if !self.terms.contains(&term) {
            self.tokens += if let Term::Phrase(words) = &term { words.len() } else { 1 };
            self.terms.push(term);
        }
    }
}
