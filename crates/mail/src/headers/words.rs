//! Encoded words (RFC 2047), read more generously than the standard: within
//! quotes, within addresses, with blanks in them, and with one character split
//! over two words.

use crate::body::charset;
use crate::body::transfer::{base64, hex_pair};
use crate::headers::text::raw_text;

/// One encoded word: its character set and the bytes it stands for.
struct Word<'a> {
    charset: &'a str,
    bytes: Vec<u8>,
}

/// Decodes all encoded words of an unfolded value; what stands between two
/// words is dropped when it is only blanks.
pub fn decode(value: &[u8], fallback: Option<&str>) -> String {
    let mut out = String::new();
    let mut pending: Option<Word<'_>> = None;
    let mut rest = value;
    // Behind the last closing mark nothing is searched: a value full of
    // opening marks would otherwise be read to its end for each of them.
    let tail = tail_len(value);
    while let Some((before, word, after)) = next_word(rest, tail) {
        if !(pending.is_some() && before.trim_ascii().is_empty()) {
            flush(&mut pending, &mut out);
            out.push_str(&raw_text(before, fallback));
        }
        join(&mut pending, word, &mut out);
        rest = after;
    }
    flush(&mut pending, &mut out);
    out.push_str(&raw_text(rest, fallback));
    out
}

/// How many bytes stand behind the last closing mark.
fn tail_len(value: &[u8]) -> usize {
    let last = value.windows(2).rposition(|window| window == b"?=");
    last.map_or(value.len(), |at| value.len() - at)
}

/// Adjacent words of one character set are joined as bytes, because senders
/// cut between the bytes of one character.
fn join<'a>(pending: &mut Option<Word<'a>>, word: Word<'a>, out: &mut String) {
    match pending {
        Some(last) if last.charset.eq_ignore_ascii_case(word.charset) => {
            last.bytes.extend_from_slice(&word.bytes);
        }
        _ => {
            flush(pending, out);
            *pending = Some(word);
        }
    }
}

fn flush(pending: &mut Option<Word<'_>>, out: &mut String) {
    if let Some(word) = pending.take() {
        out.push_str(&charset::decode(&word.bytes, Some(word.charset)));
    }
}

/// The text before the next encoded word, the word, and the text behind it.
fn next_word(value: &[u8], tail: usize) -> Option<(&[u8], Word<'_>, &[u8])> {
    let end = value.len().checked_sub(tail)?;
    let mut from = 0;
    while let Some(found) = find(value.get(from..end)?, b"=?") {
        let start = from + found;
        if let Some((word, after)) = read_word(value.get(start + 2..)?) {
            return Some((value.get(..start)?, word, after));
        }
        from = start + 2;
    }
    None
}

/// Longest label of a character set, with its language tag.
const MAX_LABEL: usize = 60;

/// Reads `charset?encoding?text?=` behind the opening `=?`.
fn read_word(value: &[u8]) -> Option<(Word<'_>, &[u8])> {
    let head = value.get(..value.len().min(MAX_LABEL))?;
    let label_end = head.iter().position(|&byte| byte == b'?')?;
    let label = std::str::from_utf8(value.get(..label_end)?).ok()?;
    let charset = label.split('*').next().unwrap_or(label).trim();
    let encoding = value.get(label_end + 1)?.to_ascii_lowercase();
    let text = value.get(label_end + 2..)?.strip_prefix(b"?")?;
    if charset.is_empty() || charset.contains(|c: char| c.is_whitespace() || c == '=') {
        return None;
    }
    let decode_text: fn(&[u8]) -> Vec<u8> = match encoding {
        b'q' => decode_q,
        b'b' => base64,
        _ => return None,
    };
    let (text, after) = cut(text, b"?=")?;
    Some((Word { charset, bytes: decode_text(text) }, after))
}

fn decode_q(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [byte, tail @ ..] = rest {
        rest = tail;
        match (byte, tail) {
            (b'_', _) => out.push(b' '),
            (b'=', [a, b, behind @ ..]) => match hex_pair(*a, *b) {
                Some(value) => {
                    out.push(value);
                    rest = behind;
                }
                None => out.push(b'='),
            },
            _ => out.push(*byte),
        }
    }
    out
}

/// Where `needle` first occurs.
pub fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len()).position(|window| window == needle)
}

/// What stands before and behind the first `mark`.
pub fn cut<'a>(hay: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = find(hay, mark)?;
    Some((hay.get(..at)?, hay.get(at + mark.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(value: &str) -> String {
        decode(value.as_bytes(), None)
    }

    #[test]
    fn words_are_joined_without_the_blank_between() {
        assert_eq!(decoded("=?utf-8?q?a?= =?utf-8?q?b?= c"), "ab c");
    }

    #[test]
    fn one_character_may_be_split_over_two_words() {
        assert_eq!(decoded("=?utf-8?B?w4PCvA==?= =?utf-8?Q?=C3?= =?utf-8?Q?=BC?="), "Ã¼ü");
        assert_eq!(decoded("=?UTF-8?B?2LPZhNi?= =?UTF-8?B?p9mF?="), "سلام");
    }

    #[test]
    fn blanks_and_languages_are_tolerated() {
        assert_eq!(decoded("=?iso-8859-9*tr?Q?Merhaba =FE?="), "Merhaba ş");
    }

    #[test]
    fn what_is_no_word_stays() {
        assert_eq!(decoded("a =? b ?= =?utf-8?x?c?="), "a =? b ?= =?utf-8?x?c?=");
    }
}
