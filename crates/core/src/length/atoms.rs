//! A text as the pieces between which it may be cut: characters as people see them, links where they
//! count as one, and stretches of white space.

use std::iter::Peekable;
use std::ops::Range;
use std::vec::IntoIter;

use unicode_segmentation::{GraphemeIndices, UnicodeSegmentation};

use super::{Cost, LengthUnit, mastodon, x};

/// A piece of a text that follows another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Atom {
    /// Where it ends, in bytes.
    pub(super) end: usize,
    /// What it adds to the length.
    pub(super) cost: Cost,
    /// What it is.
    pub(super) kind: Kind,
}

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A part of a word.
    Word,
    /// The end of a sentence in a script that has no spaces.
    SentenceEnd,
    /// White space, and what ends at it.
    Gap(Break),
}

/// What ends at a place, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Break {
    /// A word.
    Space,
    /// A sentence.
    Sentence,
    /// A line.
    Line,
    /// A paragraph.
    Paragraph,
}

/// The pieces of a text.
pub(super) struct Atoms<'a> {
    text: &'a str,
    unit: LengthUnit,
    graphemes: Peekable<GraphemeIndices<'a>>,
    /// Stretches that count for something else than what stands in them, with what they count.
    links: Peekable<IntoIter<(Range<usize>, usize)>>,
    /// Whether what came last ends a sentence.
    ended: bool,
}

impl<'a> Atoms<'a> {
    pub(super) fn new(text: &'a str, unit: LengthUnit) -> Self {
        let links = match unit {
            LengthUnit::Weighted => {
                x::links(text).into_iter().map(|link| (link, x::LINK)).collect()
            }
            LengthUnit::Mastodon => mastodon::entities(text),
            _ => Vec::new(),
        };
        let graphemes = text.grapheme_indices(true).peekable();
        Self { text, unit, graphemes, links: links.into_iter().peekable(), ended: false }
    }

    /// The link, with all characters that are wholly or partly in it.
    fn link(&mut self, start: usize, mut end: usize) -> Option<Atom> {
        let (link, length) = self.links.next_if(|(link, _)| link.start < end)?;
        while let Some((at, more)) = self.graphemes.next_if(|(at, _)| *at < link.end) {
            end = at + more.len();
        }
        let around = [start..link.start, link.end..end];
        let around = around.into_iter().filter_map(|range| self.text.get(range));
        let beside = |text: &str| match self.unit {
            LengthUnit::Weighted => x::weigh(text),
            _ => text.graphemes(true).count(),
        };
        let cost = Cost::plain(length + around.map(beside).sum::<usize>());
        self.ended = false;
        Some(Atom { end, cost, kind: Kind::Word })
    }

    fn gap(&mut self, first: &str, mut end: usize) -> Atom {
        let (mut cost, mut lines) = (self.unit.cost(first), lines(first));
        while let Some((at, more)) = self.graphemes.next_if(|(_, more)| is_gap(more)) {
            (cost, lines) = (cost.and(self.unit.cost(more)), lines + self::lines(more));
            end = at + more.len();
        }
        let ends = match lines {
            0 if std::mem::take(&mut self.ended) => Break::Sentence,
            0 => Break::Space,
            1 => Break::Line,
            _ => Break::Paragraph,
        };
        Atom { end, cost, kind: Kind::Gap(ends) }
    }

    fn word(&mut self, grapheme: &str, end: usize) -> Atom {
        let first = grapheme.chars().next().unwrap_or_default();
        let is_wide = "。！？｡".contains(first);
        self.ended = is_wide || ".!?…؟۔।".contains(first) || (self.ended && closes(first));
        let kind = if is_wide { Kind::SentenceEnd } else { Kind::Word };
        Atom { end, cost: self.unit.cost(grapheme), kind }
    }
}

impl Iterator for Atoms<'_> {
    type Item = Atom;

    fn next(&mut self) -> Option<Atom> {
        let (start, grapheme) = self.graphemes.next()?;
        let end = start + grapheme.len();
        if let Some(link) = self.link(start, end) {
            return Some(link);
        }
        Some(match is_gap(grapheme) {
            true => self.gap(grapheme, end),
            false => self.word(grapheme, end),
        })
    }
}

/// Whether a character is white space at which one may cut: not one that holds two words together.
fn is_gap(grapheme: &str) -> bool {
    let holds = |c: char| matches!(c, '\u{a0}' | '\u{2007}' | '\u{202f}');
    grapheme.chars().all(|c| c.is_whitespace() && !holds(c))
}

fn lines(gap: &str) -> usize {
    match gap {
        "\n" | "\r\n" | "\r" | "\u{b}" | "\u{c}" | "\u{85}" | "\u{2028}" => 1,
        "\u{2029}" => 2,
        _ => 0,
    }
}

/// What may stand between the end of a sentence and the space after it.
fn closes(character: char) -> bool {
    matches!(character, ')' | ']' | '"' | '\'' | '”' | '’' | '»' | '›' | '」' | '』' | '）')
}
