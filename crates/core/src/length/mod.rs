//! How long a text is as a platform counts, and how it is cut where it is too long for one message.
//!
//! Which platform counts how stands with the channels. What a text means is not looked at here, but for
//! where it may be cut.

mod atoms;
pub mod gsm;
mod mastodon;
mod split;
mod x;

use unicode_segmentation::UnicodeSegmentation;

/// The most that one message may hold, as the platform counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length {
    /// How many.
    pub most: usize,
    /// Of what.
    pub unit: LengthUnit,
}

/// How a platform counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LengthUnit {
    /// Unicode code points.
    CodePoints,
    /// UTF-16 code units.
    Utf16,
    /// Bytes of UTF-8.
    Bytes,
    /// What people take for one character (UAX #29).
    Graphemes,
    /// Septets of GSM 03.38, or units of UCS-2 where a text does not fit into those.
    Gsm,
    /// As X counts: of the text in NFC an emoji is 2, a link 23, a character 1 or 2.
    Weighted,
    /// As Mastodon counts: what people take for one character; a link is 23, and of somebody on another
    /// server only the name counts.
    Mastodon,
}

impl Length {
    /// Whether a text is short enough.
    pub fn fits(self, text: &str) -> bool {
        self.unit.count(text) <= self.most
    }

    /// The text in parts that fit each; see [`LengthUnit::split`].
    pub fn split(self, text: &str) -> Vec<&str> {
        self.unit.split(text, self.most)
    }
}

impl LengthUnit {
    /// How long a text is.
    pub fn count(self, text: &str) -> usize {
        match self {
            Self::CodePoints => text.chars().count(),
            Self::Utf16 => text.chars().map(char::len_utf16).sum(),
            Self::Bytes => text.len(),
            Self::Graphemes => text.graphemes(true).count(),
            Self::Gsm => Cost::of_gsm(text).total(),
            Self::Weighted | Self::Mastodon => {
                atoms::Atoms::new(text, self).map(|atom| atom.cost.total()).sum()
            }
        }
    }

    /// The text in parts of which none is longer than `most`: cut at the last end of a paragraph that
    /// leaves a part which fits, else of a line, else of a sentence, else at a space, else between two
    /// characters as people see them. White space at a cut is left out, all else stands in the parts. A
    /// character is cut only where it is too long by itself, and a code point never, so that a part of a
    /// single one may be too long where `most` is less than 4. A text of white space alone has no parts
    /// where it is too long, and an empty one has none.
    pub fn split(self, text: &str, most: usize) -> Vec<&str> {
        split::Splitter::new(text, self, most).run().parts
    }

    /// What a stretch of a text adds to its length, when that can be said without what stands around it.
    fn cost(self, stretch: &str) -> Cost {
        match self {
            Self::Gsm => Cost::of_gsm(stretch),
            // The stretches that are asked for are no longer than one.
            Self::Graphemes | Self::Mastodon => Cost::plain(1),
            Self::Weighted => Cost::plain(x::weigh(stretch)),
            Self::CodePoints | Self::Utf16 | Self::Bytes => Cost::plain(self.count(stretch)),
        }
    }
}

/// How much a stretch of a text counts. In an SMS one character of another alphabet changes what all the
/// others count, so both counts are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cost {
    units: usize,
    /// In septets, while all characters can be written so.
    septets: Option<usize>,
}

impl Cost {
    const NONE: Self = Self { units: 0, septets: Some(0) };

    fn plain(units: usize) -> Self {
        Self { units, septets: None }
    }

    fn of_gsm(text: &str) -> Self {
        let units = text.chars().map(char::len_utf16).sum();
        let septets = text.chars().map(gsm::septets);
        Self { units, septets: septets.sum() }
    }

    fn and(self, other: Self) -> Self {
        let septets = self.septets.zip(other.septets).map(|(one, two)| one + two);
        Self { units: self.units + other.units, septets }
    }

    fn total(self) -> usize {
        self.septets.unwrap_or(self.units)
    }
}

#[cfg(test)]
mod tests;
