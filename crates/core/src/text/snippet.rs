//! The part of a text to show for a search, with the matches marked.

use unicode_normalization::char::is_combining_mark;

use super::query::{Query, Term};
use super::scan::{Kind, Sink, Span, scan};

/// A window of a text around its first match.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Snippet {
    /// The window; line breaks and control characters are spaces, so that it is
    /// one line. No ellipsis is added.
    pub text: String,
    /// The matches as `(start, end)` in characters (not bytes) of `text`, in order,
    /// not touching, end exclusive.
    pub highlights: Vec<(usize, usize)>,
    /// The text goes on before the window.
    pub clipped_start: bool,
    /// The text goes on after the window.
    pub clipped_end: bool,
}

/// The share of the window before the first match: 1 / this.
const LEAD: usize = 4;

/// How far a cut may move to a word boundary, in characters.
const SLACK: usize = 16;

/// Cuts at most `max_chars` characters around the first match; the beginning of
/// the text if nothing matches. A first match longer than the window is cut.
#[must_use]
pub fn snippet(text: &str, query: &Query, max_chars: usize) -> Snippet {
    let spans = matches(text, query, max_chars);
    let first = spans.first().copied().unwrap_or_default();
    let (start, end) = window(text, first, max_chars);
    let shown: String = text
        .get(start..end)
        .unwrap_or_default()
        .chars()
        .map(|c| if c.is_whitespace() || c.is_control() { ' ' } else { c })
        .collect();
    Snippet {
        text: shown,
        highlights: in_chars(text, start, end, &spans),
        clipped_start: start > 0,
        clipped_end: end < text.len(),
    }
}

/// The byte range of the window.
fn window(text: &str, first: Span, max_chars: usize) -> (usize, usize) {
    let lead = max_chars / LEAD;
    let before = text.get(..first.start).unwrap_or_default();
    let mut start = back(before, lead);
    // Near the end of the text the window may reach further back.
    let after = text.get(first.start..).unwrap_or_default().chars().take(max_chars).count();
    if after < max_chars - lead {
        start = back(before, max_chars - after);
    }
    if start > 0 {
        start = forward_to_word(text, start, first.start);
    }
    let rest = text.get(start..).unwrap_or_default();
    let mut end = rest.char_indices().nth(max_chars).map_or(text.len(), |(i, _)| start + i);
    if end < text.len() {
        end = back_to_word(text, end, first.end.max(start));
    }
    (start, end)
}

/// The place `chars` characters before the end of `text`.
fn back(text: &str, chars: usize) -> usize {
    match chars.checked_sub(1) {
        None => text.len(),
        Some(n) => text.char_indices().nth_back(n).map_or(0, |(i, _)| i),
    }
}

/// Moves a beginning behind the next white space, not beyond `limit`; failing
/// that, only off marks, which must not lose their letter.
fn forward_to_word(text: &str, start: usize, limit: usize) -> usize {
    let before = text.get(..start).unwrap_or_default();
    let rest = text.get(start..limit).unwrap_or_default();
    if before.ends_with(char::is_whitespace) {
        return start;
    }
    let space = rest.char_indices().take(SLACK).find(|(_, c)| c.is_whitespace());
    match space {
        Some((i, c)) => start + i + c.len_utf8(),
        None => start + rest.find(|c| !clings(c)).unwrap_or(rest.len()),
    }
}

/// Moves an end before the last white space, not before `limit`; failing that,
/// off a letter that would lose its marks.
fn back_to_word(text: &str, end: usize, limit: usize) -> usize {
    let rest = text.get(end..).unwrap_or_default();
    if rest.starts_with(char::is_whitespace) || limit >= end {
        return end;
    }
    let body = text.get(limit..end).unwrap_or_default();
    let space = body.char_indices().rev().take(SLACK).find(|(_, c)| c.is_whitespace());
    if let Some((i, _)) = space {
        return limit + i;
    }
    if !rest.starts_with(clings) {
        return end;
    }
    limit + body.char_indices().rev().find(|&(_, c)| !clings(c)).map_or(body.len(), |(i, _)| i)
}

/// Whether a character belongs to the one before it.
fn clings(c: char) -> bool {
    is_combining_mark(c) || matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}')
}

/// The spans inside the window, merged, as character offsets.
fn in_chars(text: &str, start: usize, end: usize, spans: &[Span]) -> Vec<(usize, usize)> {
    let mut out: Vec<(usize, usize)> = Vec::new();
    let (mut at, mut chars) = (start, 0);
    let mut count = |to: usize| {
        chars += text.get(at..to).map_or(0, |s| s.chars().count());
        at = at.max(to);
        chars
    };
    let mut last_end = start;
    for span in spans {
        let (from, to) = (span.start.max(start), span.end.min(end));
        if to <= from || to <= last_end && !out.is_empty() {
            continue;
        }
        if let (true, Some(last)) = (from <= last_end && !out.is_empty(), out.last_mut()) {
            last.1 = count(to);
        } else {
            let first = count(from);
            out.push((first, count(to)));
        }
        last_end = to;
    }
    out
}

/// Where the query matches, in order of place.
fn matches<'q>(text: &'q str, query: &'q Query, max_chars: usize) -> Vec<Span> {
    let phrases = query.terms.iter().filter_map(|term| match term {
        Term::Phrase(words) => Some(Phrase { words, states: vec![None; words.len()] }),
        _ => None,
    });
    // A character has at most four bytes: no later match can be in the window.
    let reach = max_chars.saturating_mul(4);
    let mut finder =
        Finder { source: text, query, phrases: phrases.collect(), spans: Vec::new(), reach, at: 0 };
    scan(text, &mut finder);
    finder.spans.sort_by_key(|span| (span.start, span.end));
    finder.spans
}

/// A phrase being followed through the text.
struct Phrase<'q> {
    words: &'q [String],
    /// For each word, where a partial match that ends with it began.
    states: Vec<Option<usize>>,
}

impl Phrase<'_> {
    /// Takes the next positional token; the whole phrase if it ends here.
    fn step(&mut self, text: &str, span: Span) -> Option<Span> {
        let mut before = Some(span.start);
        for (state, word) in self.states.iter_mut().zip(self.words) {
            let now = if word == text { before } else { None };
            before = std::mem::replace(state, now);
        }
        let start = self.states.last().copied().flatten()?;
        Some(Span { start, end: span.end })
    }
}

struct Finder<'q> {
    source: &'q str,
    query: &'q Query,
    phrases: Vec<Phrase<'q>>,
    spans: Vec<Span>,
    reach: usize,
    at: usize,
}

impl Finder<'_> {
    /// A search for one character finds the pair that it begins, but shows itself.
    fn shown(&self, kind: Kind, span: Span) -> Span {
        let single = |term: &Term| matches!(term, Term::Prefix(p) if p.chars().count() == 1);
        if kind != Kind::Pair || !self.query.terms.iter().any(single) {
            return span;
        }
        let first = self.source.get(span.start..).and_then(|s| s.chars().next());
        Span { end: first.map_or(span.end, |c| span.start + c.len_utf8()), ..span }
    }
}

impl Sink for Finder<'_> {
    fn token(&mut self, kind: Kind, text: &str, span: Span) {
        self.at = self.at.max(span.end);
        let hit = self.query.terms.iter().any(|term| match term {
            Term::Word(word) | Term::Exact(word) => word == text,
            Term::Prefix(prefix) => text.starts_with(prefix.as_str()),
            Term::Phrase(_) => false,
        });
        if hit {
            self.spans.push(self.shown(kind, span));
        }
        if kind.positional() {
            for phrase in &mut self.phrases {
                self.spans.extend(phrase.step(text, span));
            }
        }
    }

    fn full(&self) -> bool {
        // Matches come nearly in order; twice the reach allows for late ones.
        let first = self.spans.first().map(|span| span.start);
        first.is_some_and(|start| self.at > start.saturating_add(self.reach.saturating_mul(2)))
    }
}
