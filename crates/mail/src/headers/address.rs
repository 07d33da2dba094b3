//! Address fields: `Name <address>, …`, with groups, comments, quotes, encoded
//! words anywhere, and what people write instead of all that.

use crate::headers::text::{one_line, unfold};
use crate::headers::words;
use crate::limits::MAX_MAILBOXES;
use crate::mail::Mailbox;

/// All mailboxes of a field. `fallback` is the character set for raw 8-bit
/// names.
pub fn parse(value: &[u8], fallback: Option<&str>) -> Vec<Mailbox> {
    let unfolded = unfold(value);
    let mut boxes = Vec::new();
    for piece in pieces(&unfolded) {
        if boxes.len() >= MAX_MAILBOXES {
            break;
        }
        boxes.extend(piece.mailbox(fallback));
    }
    boxes
}

/// One mailbox in the making: the parts of the text between two commas.
#[derive(Debug, Default)]
struct Piece {
    /// Words outside of brackets and comments, quotes taken off.
    words: Vec<u8>,
    /// What stood within angle brackets.
    angle: Option<Vec<u8>>,
    /// What stood within parentheses.
    comment: Vec<u8>,
}

/// Cuts the field at its commas. Encoded words are not yet decoded, so that a
/// comma within one cuts nothing.
fn pieces(value: &[u8]) -> Vec<Piece> {
    let mut reader =
        Reader { rest: value, piece: Piece::default(), done: Vec::new(), quotes: true };
    while let Some((&byte, tail)) = reader.rest.split_first() {
        reader.rest = tail;
        reader.take(byte);
    }
    reader.finish();
    reader.done
}

struct Reader<'a> {
    rest: &'a [u8],
    piece: Piece,
    done: Vec<Piece>,
    /// Whether quotes are still believed: one that never closed ends that, or
    /// the rest of the field would be read again for each.
    quotes: bool,
}

impl Reader<'_> {
    fn take(&mut self, byte: u8) {
        match byte {
            b'"' if self.quotes => self.quoted(),
            b'"' => {}
            b'(' => self.comment(),
            b'<' => self.angle(),
            b',' | b';' => self.finish(),
            // The name of a group goes; a colon within an address stays.
            b':' if self.piece.angle.is_none() && !self.piece.words.contains(&b'@') => {
                self.piece = Piece::default();
            }
            b'=' if self.rest.first() == Some(&b'?') => self.encoded_word(),
            _ => self.piece.words.push(byte),
        }
    }

    /// An encoded word is kept whole, since some encoders leave a comma as it is.
    fn encoded_word(&mut self) {
        let end = encoded_word_len(self.rest).unwrap_or(0);
        let (word, tail) = self.rest.split_at_checked(end).unwrap_or((&[], self.rest));
        self.piece.words.push(b'=');
        self.piece.words.extend_from_slice(word);
        self.rest = tail;
    }

    /// A quote that never closes is an ordinary character.
    fn quoted(&mut self) {
        let mut inner = Vec::new();
        let mut rest = self.rest;
        loop {
            match rest {
                [b'\\', c, tail @ ..] => {
                    inner.push(*c);
                    rest = tail;
                }
                [b'"', tail @ ..] => {
                    self.rest = tail;
                    self.keep_local_quotes(inner);
                    return;
                }
                [c, tail @ ..] => {
                    inner.push(*c);
                    rest = tail;
                }
                [] => {
                    self.quotes = false;
                    return;
                }
            }
        }
    }

    /// `"john doe"@example.com` keeps its quotes.
    fn keep_local_quotes(&mut self, inner: Vec<u8>) {
        let is_local = self.rest.first() == Some(&b'@') && !inner.contains(&b'@');
        if is_local {
            self.piece.words.push(b'"');
        }
        self.piece.words.extend(inner);
        if is_local {
            self.piece.words.push(b'"');
        }
    }

    fn comment(&mut self) {
        let mut depth = 1usize;
        let mut end = self.rest.len();
        let mut escaped = false;
        for (at, byte) in self.rest.iter().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                end = at;
                break;
            }
        }
        let (inner, tail) = self.rest.split_at(end);
        self.piece.comment.extend_from_slice(inner);
        self.rest = tail.get(1..).unwrap_or_default();
    }

    /// A second pair of brackets wins over a first without an address.
    fn angle(&mut self) {
        let end = self.rest.iter().position(|byte| matches!(byte, b'>' | b','));
        let end = end.unwrap_or(self.rest.len());
        let (inner, tail) = self.rest.split_at(end);
        // An obsolete route (`<@a,@b:c@d>`) holds commas.
        if tail.first() == Some(&b',') && !inner.starts_with(b"@") {
            self.piece.angle = Some(inner.to_vec());
            self.rest = tail;
            return;
        }
        let end = self.rest.iter().position(|&byte| byte == b'>').unwrap_or(end);
        let (inner, tail) = self.rest.split_at(end);
        let inner = inner.trim_ascii_start();
        let inner = inner.strip_prefix(b"<").unwrap_or(inner);
        if let Some(first) = self.piece.angle.replace(inner.to_vec()) {
            self.piece.words.extend_from_slice(&first);
        }
        self.rest = tail;
        while let [b'>' | b' ', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    fn finish(&mut self) {
        let piece = std::mem::take(&mut self.piece);
        let blank = piece.words.trim_ascii().is_empty();
        if piece.angle.is_some() || !blank {
            self.done.push(piece);
        }
    }
}

impl Piece {
    fn mailbox(self, fallback: Option<&str>) -> Vec<Mailbox> {
        let words = one_line(&words::decode(&self.words, fallback));
        let comment = one_line(&words::decode(&self.comment, fallback));
        match self.angle {
            Some(angle) => {
                let inner = one_line(&words::decode(&angle, fallback));
                vec![mailbox(&inner, first_of(&words, &comment))]
            }
            None => bare(&words, &comment),
        }
    }
}

fn first_of<'a>(name: &'a str, comment: &'a str) -> &'a str {
    if name.is_empty() { comment } else { name }
}

/// A piece without brackets: an address alone, `Name address`, or a name and
/// an address that were encoded together.
fn bare(words: &str, comment: &str) -> Vec<Mailbox> {
    if let Some((name, tail)) = words.split_once('<')
        && let Some((address, _)) = tail.split_once('>')
    {
        return vec![mailbox(address, name.trim().trim_matches('"'))];
    }
    let words = &*tighten(words);
    let mut addresses = words.split_whitespace().filter(|word| word.contains('@'));
    match (addresses.next(), addresses.next()) {
        (Some(address), None) if words.len() > address.len() && !words.contains(" @") => {
            let name = words.replacen(address, "", 1);
            vec![mailbox(address, first_of(name.trim(), comment))]
        }
        (Some(_), Some(_)) => words
            .split_whitespace()
            .filter(|word| word.contains('@'))
            .map(|address| mailbox(address, ""))
            .collect(),
        _ if words.contains('@') => vec![mailbox(words, comment)],
        // A name without an address is still worth keeping.
        _ => vec![mailbox(words, comment)],
    }
}

fn mailbox(address: &str, name: &str) -> Mailbox {
    let name = name.trim().trim_matches(|c: char| c == '"' || c.is_whitespace());
    Mailbox {
        address: clean_address(address),
        name: Some(name.to_owned()).filter(|name| !name.is_empty()),
    }
}

/// Takes a route and stray marks off, and lowers the domain.
pub fn clean_address(address: &str) -> String {
    let address = tighten(&without_comments(address));
    let address = address.trim_matches(['<', '>', '\'', ',', ';', ' ']);
    let address = address.strip_prefix("mailto:").unwrap_or(address);
    let address = match address.strip_prefix('@').and_then(|route| route.rsplit_once(':')) {
        Some((_, target)) => target,
        None => address,
    };
    match address.rsplit_once('@') {
        Some((local, domain)) => {
            format!("{local}@{}", domain.to_lowercase())
        }
        None => address.to_owned(),
    }
}

/// Comments within an address, quoted ones kept.
fn without_comments(address: &str) -> String {
    let mut out = String::with_capacity(address.len());
    let (mut depth, mut quoted) = (0usize, false);
    for c in address.chars() {
        match c {
            '"' if depth == 0 => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted && depth > 0 => {
                depth -= 1;
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            out.push(c);
        }
    }
    out
}

/// Blanks around dots and at signs go; others are part of a broken name.
fn tighten(address: &str) -> String {
    let mut out = String::with_capacity(address.len());
    for word in address.split_whitespace() {
        let joins = |text: &str| text.ends_with(['.', '@', ':']) || text.is_empty();
        if !joins(&out) && !word.starts_with(['.', '@', ':']) {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// The length of an encoded word behind its first character, up to its end.
fn encoded_word_len(rest: &[u8]) -> Option<usize> {
    /// Longer words are cut at commas like anything else.
    const MAX_WORD: usize = 2000;
    let head = rest.get(..rest.len().min(MAX_WORD))?;
    let mut marks = head.iter().enumerate().filter(|(_, byte)| **byte == b'?').map(|(at, _)| at);
    let third = marks.nth(2)?;
    let text = head.get(third + 1..)?;
    // Where another word opens first, this one never closed; looking further
    // would read a value full of opening marks over and over.
    let end = text.windows(3).position(|window| window.starts_with(b"?=") || window == b" =?");
    let end = end.or_else(|| text.ends_with(b"?=").then(|| text.len() - 2))?;
    text.get(end..)?.starts_with(b"?=").then_some(third + 1 + end + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: &str) -> String {
        let boxes = parse(value.as_bytes(), None);
        let shown = boxes.iter().map(|b| match &b.name {
            Some(name) => format!("{name}|{}", b.address),
            None => b.address.clone(),
        });
        shown.collect::<Vec<_>>().join(" & ")
    }

    #[test]
    fn ordinary_fields() {
        assert_eq!(shown("a@B.Com, \"Doe, Jane\" <j@d.com>"), "a@b.com & Doe, Jane|j@d.com");
        assert_eq!(shown("j@d.com (Jane (the) Doe)"), "Jane (the) Doe|j@d.com");
        assert_eq!(shown("Team: a@b.c, d@e.f;, g@h.i"), "a@b.c & d@e.f & g@h.i");
    }

    #[test]
    fn encoded_words_everywhere() {
        assert_eq!(shown("=?utf-8?Q?Doe=2C_J=C3=BC?= <j@d.com>"), "Doe, Jü|j@d.com");
        assert_eq!(shown("\"=?utf-8?Q?J=C3=BC?=\" <j@d.com>"), "Jü|j@d.com");
        assert_eq!(shown("=?utf-8?Q?J=C3=BC_<j@d.com>?="), "Jü|j@d.com");
        assert_eq!(shown("=?us-ascii?Q?j=40d.com?="), "j@d.com");
        assert_eq!(shown("J <=?us-ascii?Q?j?=@d.com>"), "J|j@d.com");
    }

    #[test]
    fn broken_fields() {
        assert_eq!(shown("\"Jane <j@d.com>"), "Jane|j@d.com");
        assert_eq!(shown("Jane <j@d.com"), "Jane|j@d.com");
        assert_eq!(shown("Jane j@d.com"), "Jane|j@d.com");
        assert_eq!(shown("<<j@d.com>>"), "j@d.com");
        assert_eq!(shown("<@a,@b:c@d>"), "c@d");
        assert_eq!(shown("undisclosed-recipients:;"), "");
    }
}
