//! Texts as words to be compared: what mailers change on the way (marks, wrapping, letter case, width
//! and writing direction) is not in them. Which of them match is decided elsewhere.

use std::hash::{DefaultHasher, Hash, Hasher};
use unicode_normalization::UnicodeNormalization;

/// One word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// Stands for its letters.
    pub hash: u64,
    /// How much it says, about the number of its letters.
    pub weight: usize,
    /// Whether a sentence ends behind it.
    pub ends: bool,
}

/// How much one character says in scripts that write without blanks.
const UNSPACED_WEIGHT: usize = 3;

/// The words of one line; quote marks, drawn marks and addresses of links are none.
pub fn words(line: &str) -> Vec<Word> {
    let line = line.trim_start().replace("&gt;", " ");
    let mut out = Vec::new();
    for piece in line.split_whitespace().filter(|piece| !is_link(piece)) {
        let before = out.len();
        split(piece, &mut out);
        if let Some(last) = out.get_mut(before..).and_then(<[Word]>::last_mut) {
            last.ends = ends_sentence(piece);
        }
    }
    out
}

/// Mailers add and rewrite links.
fn is_link(piece: &str) -> bool {
    piece.contains("://") || piece.contains("mailto:") || piece.contains("cid:")
}

fn ends_sentence(piece: &str) -> bool {
    let end = piece.trim_end_matches(['"', '\'', '”', '’', '»', ')', '*', '_']);
    end.ends_with(['.', '!', '?', '…', '؟', '۔', '。', '！', '？', '।'])
}

fn split(piece: &str, out: &mut Vec<Word>) {
    let mut word = String::new();
    let letters = piece.nfkc().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric());
    for c in letters.map(one_form) {
        if is_unspaced(c) {
            flush(&mut word, out);
            out.push(Word { hash: hash(c), weight: UNSPACED_WEIGHT, ends: false });
        } else {
            word.push(c);
        }
    }
    flush(&mut word, out);
}

/// Letters and digits that keyboards of one language write in two ways: Persian mailers and telephones
/// change the one into the other.
fn one_form(c: char) -> char {
    let digit = |first: char| char::from_digit(u32::from(c) - u32::from(first), 10).unwrap_or(c);
    match c {
        'ي' | 'ى' => 'ی',
        'ك' => 'ک',
        'ۀ' | 'ة' => 'ه',
        '٠'..='٩' => digit('٠'),
        '۰'..='۹' => digit('۰'),
        c => c,
    }
}

fn flush(word: &mut String, out: &mut Vec<Word>) {
    if !word.is_empty() {
        out.push(Word { hash: hash(word.as_str()), weight: word.chars().count(), ends: false });
        word.clear();
    }
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Thai to Khmer, kana and ideographs: there each character counts as a word.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{20000}'..='\u{2FA1F}')
}
