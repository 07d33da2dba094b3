//! What each character means to the tokeniser, from one table computed once.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::fold::{composes, fold_char};
use super::tables::{UNSPACED, in_ranges};

/// The part a folded character plays.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Class {
    /// Ends words and compounds.
    Separator,
    /// Belongs to a word.
    Word,
    /// Belongs to a run of a script without spaces.
    Gram,
    /// Ends a word but not a compound.
    Joiner,
    /// Folds to nothing.
    Removed,
    /// Folds to several characters, or was not tabulated.
    Several,
}

/// One character, folded and classified.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub class: Class,
    pub folded: char,
    /// May compose with the character before it.
    pub compose: bool,
}

/// The folded characters below U+3400; the large blocks above are regular, and
/// the rest is rare enough to be computed.
pub(super) struct Table(Vec<Entry>);

const TABULATED: u32 = 0x3400;

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    Table((0..TABULATED).map(|cp| char::from_u32(cp).map_or(SEPARATOR, compute)).collect())
});

const SEPARATOR: Entry = Entry { class: Class::Separator, folded: ' ', compose: false };

impl Table {
    /// The one table. Taken once per text, so that the hot loop has no lock.
    pub(super) fn get() -> &'static Self {
        &TABLE
    }

    /// Folds and classifies one character.
    pub(super) fn entry(&self, c: char) -> Entry {
        match u32::from(c) {
            cp @ 0..TABULATED => self.0.get(cp as usize).copied().unwrap_or(SEPARATOR),
            0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xAC00..=0xD7A3 => {
                Entry { class: Class::Gram, folded: c, compose: false }
            }
            _ => compute(c),
        }
    }

    /// What a character folds to, if that is exactly one character.
    pub(super) fn single(&self, c: char) -> Option<(char, bool)> {
        let entry = self.entry(c);
        match entry.class {
            Class::Removed | Class::Several => None,
            // A separator entry may stand for a code point without a character.
            _ => Some((entry.folded, entry.compose)),
        }
    }
}

/// Folds and classifies one character without the table.
fn compute(c: char) -> Entry {
    let mut parts = String::new();
    fold_char(c, &mut |f| parts.push(f));
    let mut composed = parts.nfc();
    match (composed.next(), composed.next()) {
        (None, _) => Entry { class: Class::Removed, folded: c, compose: false },
        (Some(f), None) => Entry { class: classify(f), folded: f, compose: composes(f) },
        _ => Entry { class: Class::Several, folded: c, compose: false },
    }
}

/// The class of a folded character.
pub(super) fn classify(c: char) -> Class {
    if let Some(class) = u8::try_from(c).ok().and_then(ascii_class) {
        return class;
    }
    if !c.is_alphanumeric() && !is_combining_mark(c) {
        Class::Separator
    } else if in_ranges(UNSPACED, c) {
        Class::Gram
    } else {
        Class::Word
    }
}

/// The class of an ASCII byte; none for other bytes.
#[inline]
pub(super) fn ascii_class(b: u8) -> Option<Class> {
    match b {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => Some(Class::Word),
        _ if is_joiner(b) => Some(Class::Joiner),
        0..=0x7F => Some(Class::Separator),
        _ => None,
    }
}

/// Whether the byte is one of the joiners of the safe alphabet.
#[inline]
pub(super) fn is_joiner(b: u8) -> bool {
    matches!(b, b'-' | b'_' | b'.' | b'/' | b'@' | b'+' | b'#' | b':')
}
