//! A text as folded words with their places, made in one walk. What the words mean is decided elsewhere.

use crate::inbound::TextSpan;

/// The most words that are looked at: far more than a person writes, so that a hostile text costs little.
const MAX_WORDS: usize = 20_000;

/// What a word is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Letters alone.
    Letters,
    /// Digits alone.
    Digits,
    /// Letters and digits.
    Mixed,
    /// One character that is neither, a line break among them.
    Mark,
}

/// A word: its bytes in the text and in the folded text.
#[derive(Debug, Clone, Copy)]
pub struct Word {
    /// Its first byte in the text.
    pub start: usize,
    /// One past its last byte in the text.
    pub end: usize,
    from: usize,
    to: usize,
    /// What it is made of.
    pub class: Class,
}

/// A text, cut into words. Quotes and signatures are left out, a line break stands for each.
#[derive(Debug)]
pub struct Words<'a> {
    /// The text.
    pub raw: &'a str,
    folded: String,
    words: Vec<Word>,
}

/// A character as rules compare it: lower case, without the marks that people leave out, with ASCII
/// digits. `None` for what is no part of a word's spelling.
pub fn fold(c: char) -> Option<char> {
    Some(match c {
        'A'..='Z' => c.to_ascii_lowercase(),
        '\0'..='\u{7f}' => c,
        '\u{660}'..='\u{669}' => digit(c, 0x660),
        '\u{6f0}'..='\u{6f9}' => digit(c, 0x6f0),
        '\u{200b}'..='\u{200f}' | '\u{640}' | '\u{64b}'..='\u{655}' | '\u{670}' | '\u{ad}' => {
            return None;
        }
        '\u{300}'..='\u{36f}' | '\u{feff}' | '\u{2066}'..='\u{2069}' => return None,
        'İ' | 'ı' | 'î' | 'í' | 'ì' | 'ï' | 'Î' | 'Í' => 'i',
        'ş' | 'Ş' => 's',
        'ğ' | 'Ğ' => 'g',
        'ç' | 'Ç' => 'c',
        'ö' | 'Ö' | 'ó' | 'ô' | 'ò' => 'o',
        'ü' | 'Ü' | 'û' | 'ú' | 'ù' => 'u',
        'ä' | 'Ä' | 'â' | 'á' | 'à' | 'Â' => 'a',
        'é' | 'è' | 'ê' | 'É' => 'e',
        'ي' | 'ى' => 'ی',
        'ك' => 'ک',
        'آ' | 'أ' | 'إ' | 'ٱ' => 'ا',
        'ة' | 'ۀ' => 'ه',
        'ؤ' => 'و',
        _ => c.to_lowercase().next().unwrap_or(c),
    })
}

fn digit(c: char, zero: u32) -> char {
    char::from_digit(u32::from(c) - zero, 10).unwrap_or(c)
}

impl<'a> Words<'a> {
    /// Cuts a text; `skip` are stretches to leave out.
    pub fn of(raw: &'a str, skip: &[TextSpan]) -> Self {
        let folded = String::with_capacity(raw.len());
        let mut text = Self { raw, folded, words: Vec::with_capacity(raw.len() / 5) };
        let mut at = 0;
        for line in raw.split_inclusive('\n') {
            if text.words.len() >= MAX_WORDS {
                break;
            }
            // A quoted line is not what is told now, also where nobody marked it.
            if !line.trim_start().starts_with('>') {
                text.line(at, line, skip);
            }
            at += line.len();
        }
        text
    }

    fn line(&mut self, base: usize, line: &str, skip: &[TextSpan]) {
        let mut open: Option<Word> = None;
        for (offset, c) in line.char_indices() {
            let at = base + offset;
            if !skip.is_empty() && skip.iter().any(|span| (span.start..span.end).contains(&at)) {
                self.close(&mut open);
                continue;
            }
            self.character(&mut open, at, c);
        }
        self.close(&mut open);
        let end = base + line.len();
        let from = self.folded.len();
        self.folded.push('\n');
        let to = self.folded.len();
        self.words.push(Word { start: end, end, from, to, class: Class::Mark });
    }

    fn character(&mut self, open: &mut Option<Word>, at: usize, c: char) {
        let end = at + c.len_utf8();
        let Some(f) = fold(c) else {
            // A joiner belongs to the word that it stands in.
            if let Some(word) = open {
                word.end = end;
            }
            return;
        };
        let class = match f {
            '0'..='9' => Class::Digits,
            _ if f.is_alphanumeric() => Class::Letters,
            _ => Class::Mark,
        };
        let from = self.folded.len();
        if class == Class::Mark {
            self.close(open);
            if !c.is_whitespace() {
                self.folded.push(f);
                let to = self.folded.len();
                self.words.push(Word { start: at, end, from, to, class });
            }
            return;
        }
        match c {
            'ß' | 'ẞ' => self.folded.push_str("ss"),
            _ => self.folded.push(f),
        }
        let word = open.get_or_insert(Word { start: at, end, from, to: from, class });
        word.end = end;
        word.to = self.folded.len();
        if word.class != class {
            word.class = Class::Mixed;
        }
    }

    fn close(&mut self, open: &mut Option<Word>) {
        self.words.extend(open.take());
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// A word by its number.
    pub fn get(&self, i: usize) -> Option<Word> {
        self.words.get(i).copied()
    }

    /// The folded spelling of a word; empty behind the last.
    pub fn folded(&self, i: usize) -> &str {
        self.get(i).and_then(|w| self.folded.get(w.from..w.to)).unwrap_or_default()
    }

    /// A word as written; empty behind the last.
    pub fn written(&self, i: usize) -> &'a str {
        self.get(i).and_then(|w| self.raw.get(w.start..w.end)).unwrap_or_default()
    }

    /// What a word is made of; a mark behind the last.
    pub fn class(&self, i: usize) -> Class {
        self.get(i).map_or(Class::Mark, |w| w.class)
    }

    /// Whether nothing stands between a word and the next.
    pub fn touches_next(&self, i: usize) -> bool {
        matches!((self.get(i), self.get(i + 1)), (Some(a), Some(b)) if a.end == b.start && b.start != b.end)
    }

    /// Whether a word is made of digits, letters or both.
    pub fn is_word(&self, i: usize) -> bool {
        self.class(i) != Class::Mark
    }

    /// Whether a word has a digit.
    pub fn has_digit(&self, i: usize) -> bool {
        matches!(self.class(i), Class::Digits | Class::Mixed)
    }

    /// Whether a word is of ASCII letters and digits once folded.
    pub fn is_ascii(&self, i: usize) -> bool {
        self.is_word(i) && self.folded(i).is_ascii()
    }

    /// Whether a word begins with a capital letter.
    pub fn is_capital(&self, i: usize) -> bool {
        self.written(i).chars().next().is_some_and(char::is_uppercase)
    }

    /// Whether a mark ends a sentence, a full stop within a number or between letters aside.
    pub fn ends_sentence(&self, i: usize) -> bool {
        match self.folded(i) {
            "\n" | "!" | "?" | "؟" | ";" | "؛" | "…" | "" => true,
            "." => !self.touches_next(i),
            _ => false,
        }
    }

    /// The folded spelling of the words from `i` to before `to`, without what stands between.
    pub fn joined(&self, i: usize, to: usize) -> String {
        (i..to).map(|at| self.folded(at)).collect()
    }

    /// The bytes in the text from word `i` to before word `to`.
    pub fn range(&self, i: usize, to: usize) -> (usize, usize) {
        let start = self.get(i).map_or(0, |w| w.start);
        let end = to.checked_sub(1).and_then(|last| self.get(last)).map_or(start, |w| w.end);
        (start, end.max(start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_their_places_and_fold_alike() {
        let text = "Sipariş NO: ۴۴۱۷،\n> quoted 99\nIBAN'ım می‌خواهم";
        let words = Words::of(text, &[]);
        let all: Vec<&str> = (0..words.len()).map(|i| words.folded(i)).collect();
        let expected =
            ["siparis", "no", ":", "4417", "،", "\n", "iban", "'", "im", "میخواهم", "\n"];
        assert_eq!(all, expected);
        assert_eq!(words.written(3), "۴۴۱۷");
        assert_eq!(words.class(3), Class::Digits);
    }
}
