//! The alphabet of short messages (GSM 03.38, 3GPP TS 23.038), and into how many segments a text goes.

/// Characters of the basic table beside letters and digits of ASCII; one septet each.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// Characters of the extension table: an escape goes before them, so they take two septets.
const EXTENDED: &str = "\u{c}^{}\\[~]|€";

/// How the characters of a short message are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alphabet {
    /// Septets of GSM 03.38.
    Gsm,
    /// UTF-16, for texts that hold anything else.
    Ucs2,
}

/// How a text goes as a short message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sms {
    /// How its characters are written.
    pub alphabet: Alphabet,
    /// How many septets, or units of UTF-16, they take.
    pub units: usize,
    /// Into how many segments they go; each is paid for. An empty text is one.
    pub segments: usize,
}

impl Alphabet {
    /// How much goes into a message of one segment.
    pub fn single(self) -> usize {
        match self {
            Self::Gsm => 160,
            Self::Ucs2 => 70,
        }
    }

    /// How much goes into each segment of several: a header that joins them takes its place.
    pub fn joined(self) -> usize {
        match self {
            Self::Gsm => 153,
            Self::Ucs2 => 67,
        }
    }
}

/// How many septets a character takes; `None` when it is in neither table.
pub fn septets(character: char) -> Option<usize> {
    match character {
        'A'..='Z' | 'a'..='z' | '0'..='9' => Some(1),
        other if BASIC.contains(other) => Some(1),
        other if EXTENDED.contains(other) => Some(2),
        _ => None,
    }
}

/// How a text goes as a short message. Neither an escape and its character nor the two halves of a
/// surrogate pair are parted by the border of a segment.
pub fn sms(text: &str) -> Sms {
    let is_gsm = text.chars().all(|character| septets(character).is_some());
    let alphabet = if is_gsm { Alphabet::Gsm } else { Alphabet::Ucs2 };
    let size = |character: char| match alphabet {
        Alphabet::Gsm => septets(character).unwrap_or(1),
        Alphabet::Ucs2 => character.len_utf16(),
    };
    let units = text.chars().map(size).sum();
    if units <= alphabet.single() {
        return Sms { alphabet, units, segments: 1 };
    }
    let (mut segments, mut used) = (1, 0);
    for size in text.chars().map(size) {
        if used + size > alphabet.joined() {
            (segments, used) = (segments + 1, 0);
        }
        used += size;
    }
    Sms { alphabet, units, segments }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> (Alphabet, usize, usize) {
        let Sms { alphabet, units, segments } = sms(text);
        (alphabet, units, segments)
    }

    #[test]
    fn septets_go_160_into_one_and_153_into_each_of_several() {
        let letters = |count| "x".repeat(count);
        assert_eq!(told(""), (Alphabet::Gsm, 0, 1));
        assert_eq!(told(&letters(160)), (Alphabet::Gsm, 160, 1));
        assert_eq!(told(&letters(161)), (Alphabet::Gsm, 161, 2));
        assert_eq!(told(&letters(306)), (Alphabet::Gsm, 306, 2));
        assert_eq!(told(&letters(307)), (Alphabet::Gsm, 307, 3));
    }

    #[test]
    fn others_go_70_into_one_and_67_into_each_of_several() {
        let letters = |count| "ş".repeat(count);
        assert_eq!(told(&letters(70)), (Alphabet::Ucs2, 70, 1));
        assert_eq!(told(&letters(71)), (Alphabet::Ucs2, 71, 2));
        assert_eq!(told(&letters(134)), (Alphabet::Ucs2, 134, 2));
        assert_eq!(told(&letters(135)), (Alphabet::Ucs2, 135, 3));
    }

    #[test]
    fn no_border_parts_an_escape_or_a_surrogate_pair() {
        // 152 + 2 do not go into 153, so that 305 septets take three segments and not two.
        let escaped = format!("{}€{}", "x".repeat(152), "y".repeat(152));
        assert_eq!(told(&escaped), (Alphabet::Gsm, 306, 3));
        let paired = format!("{}🥐{}", "ş".repeat(66), "ş".repeat(66));
        assert_eq!(told(&paired), (Alphabet::Ucs2, 134, 3));
    }

    #[test]
    fn every_character_of_both_tables_is_known() {
        // The basic table has 128 places, of which one is the escape.
        let ascii = ('A'..='Z').chain('a'..='z').chain('0'..='9').count();
        assert_eq!(BASIC.chars().count() + ascii, 127);
        assert_eq!(EXTENDED.chars().count(), 10);
        assert!(EXTENDED.chars().all(|c| septets(c) == Some(2)));
        for other in ['ç', '`', '’', 'ş', 'ی', '\t', 'α', '🥐', '\u{200c}'] {
            assert_eq!(septets(other), None, "{other}");
        }
    }
}
