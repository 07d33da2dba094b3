//! Folding: one spelling for all spellings that people take for the same.
//!
//! Each character is decomposed (NFKD), case folded, freed of diacritics and
//! replaced by table, and the result is composed again (NFC). Every step looks at
//! one character only, and what comes out is left alone by all of them (a test
//! walks all of Unicode): that makes folding idempotent.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, decompose_compatible};
use unicode_normalization::{IsNormalized, is_nfc_quick};

use super::chars::Table;
use super::tables;

/// Folds a name, a tag or any short text for comparison.
///
/// NFKC; case folded, with the Turkish `İ I ı i` all one letter; no diacritics in
/// Latin, Greek, Cyrillic (й becomes и, ё becomes е: nobody's search should fail
/// for a breve), Hebrew and Arabic; `ß æ œ þ ø đ ł` and their like in basic letters;
/// Arabic and Persian letter variants unified and hamza, harakat and tatweel
/// removed; zero-width and direction marks removed; every decimal digit in ASCII;
/// dashes and apostrophes in ASCII; white space and control characters collapsed
/// into single spaces and trimmed. Indic, Thai and other vowel signs stay.
///
/// Folding twice is folding once. The result may be empty.
#[must_use]
pub fn fold(s: &str) -> String {
    let table = Table::get();
    let mut out = Folded { text: String::with_capacity(s.len()), space: false, compose: false };
    for c in s.chars() {
        if c.is_ascii() {
            out.push(c.to_ascii_lowercase(), false);
        } else if let Some((folded, compose)) = table.single(c) {
            out.push(folded, compose);
        } else {
            fold_char(c, &mut |f| out.push(f, composes(f)));
        }
    }
    if out.compose { out.text.nfc().collect() } else { out.text }
}

/// The text so far, and whether a space is due before the next character.
struct Folded {
    text: String,
    space: bool,
    compose: bool,
}

impl Folded {
    fn push(&mut self, c: char, compose: bool) {
        if c.is_whitespace() || c.is_control() {
            self.space = true;
            return;
        }
        if self.space && !self.text.is_empty() {
            self.text.push(' ');
        }
        self.space = false;
        self.compose |= compose;
        self.text.push(c);
    }
}

/// Emits what one character folds to, decomposed; nothing if it is removed.
pub(super) fn fold_char(c: char, emit: &mut impl FnMut(char)) {
    decompose_compatible(c, |part| {
        if part.is_ascii() {
            return emit(part.to_ascii_lowercase());
        }
        if tables::in_ranges(tables::REMOVED, part) {
            return;
        }
        // Upper and then lower is full case folding but for Cherokee, which only
        // has to be consistent: ς and σ, ſ and s, ı and i meet in upper case.
        for lower in part.to_uppercase().flat_map(char::to_lowercase) {
            replace(lower, emit);
        }
    });
}

/// The table steps, after decomposition and case folding.
fn replace(c: char, emit: &mut impl FnMut(char)) {
    if c.is_ascii() {
        emit(c);
    } else if let Some(letters) = tables::letter(c) {
        letters.chars().for_each(emit);
    } else if let Some(digit) = tables::digit(c) {
        emit(digit);
    } else if !tables::in_ranges(tables::REMOVED, c) {
        emit(c);
    }
}

/// Whether a character may compose or change places with the one before it, so
/// that the text around it must go through NFC.
pub(super) fn composes(c: char) -> bool {
    !c.is_ascii()
        && (canonical_combining_class(c) != 0
            || is_nfc_quick(std::iter::once(c)) != IsNormalized::Yes)
}
