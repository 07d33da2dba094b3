//! `Content-Type` and `Content-Disposition`: a value and its parameters, in
//! the encodings of RFC 2231, RFC 2047 and in none at all.

use crate::body::charset;
use crate::body::transfer::hex_pair;
use crate::headers::text::{one_line, unfold};
use crate::headers::words;

/// A value with parameters.
#[derive(Debug, Clone, Default)]
pub struct Value {
    /// The part before the first semicolon, lower case.
    pub value: String,
    params: Vec<(String, Vec<u8>)>,
}

/// Most parameters that are read; a name split over more pieces is nonsense.
const MAX_PARAMS: usize = 200;

impl Value {
    /// Reads a raw field value.
    pub fn parse(raw: &[u8]) -> Self {
        let unfolded = unfold(raw);
        let mut pieces = split(&unfolded).into_iter();
        let head = pieces.next().unwrap_or_default();
        let value: String = String::from_utf8_lossy(head)
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .trim_matches(['"', '\''])
            .to_ascii_lowercase();
        let params = pieces.filter_map(param).take(MAX_PARAMS).collect();
        Self { value, params }
    }

    /// The raw bytes of a parameter that needs no decoding, such as a boundary.
    pub fn raw(&self, name: &str) -> Option<&[u8]> {
        self.params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_slice())
    }

    /// A parameter, joined from its pieces and decoded; the extended form wins
    /// over the plain one, which is then only for old readers. `fallback` is
    /// the character set for raw 8-bit bytes.
    pub fn get(&self, name: &str, fallback: Option<&str>) -> Option<String> {
        let plain = || self.raw(name).map(|value| words::decode(value, fallback));
        let text = self.extended(name).or_else(plain)?;
        Some(one_line(&text)).filter(|text| !text.is_empty())
    }

    /// `name*`, `name*0*`, `name*1` … (RFC 2231).
    fn extended(&self, name: &str) -> Option<String> {
        let mut pieces: Vec<(usize, bool, &[u8])> =
            self.params.iter().filter_map(|(key, value)| piece_of(name, key, value)).collect();
        pieces.sort_by_key(|(order, _, _)| *order);
        let (_, first_encoded, first) = *pieces.first()?;
        let (label, _) = if first_encoded { language(first) } else { (None, first) };
        let mut bytes = Vec::new();
        for (index, (_, encoded, piece)) in pieces.iter().enumerate() {
            let piece = if index == 0 && *encoded { language(piece).1 } else { piece };
            match encoded {
                true => bytes.extend(percent(piece)),
                false => bytes.extend_from_slice(piece),
            }
        }
        Some(match label {
            Some(label) => charset::decode(&bytes, Some(&label)),
            // Some mailers cut an encoded word into numbered pieces.
            None => words::decode(&bytes, None),
        })
    }
}

/// Which piece of `name` the key holds, and whether it is percent-encoded.
fn piece_of<'a>(name: &str, key: &str, value: &'a [u8]) -> Option<(usize, bool, &'a [u8])> {
    let rest = key.strip_prefix(name)?.strip_prefix('*')?;
    let (number, encoded) = match rest.strip_suffix('*') {
        Some(number) => (number, true),
        None => (rest, rest.is_empty()),
    };
    let order = if number.is_empty() { 0 } else { number.parse().ok()? };
    Some((order, encoded, value))
}

/// Splits `charset'language'text`.
fn language(value: &[u8]) -> (Option<String>, &[u8]) {
    let mut quotes = value.splitn(3, |&byte| byte == b'\'');
    match (quotes.next(), quotes.next(), quotes.next()) {
        (Some(label), Some(_), Some(text)) => {
            let label = String::from_utf8_lossy(label).into_owned();
            (Some(label).filter(|label| !label.is_empty()), text)
        }
        _ => (None, value),
    }
}

fn percent(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [byte, tail @ ..] = rest {
        rest = tail;
        let escaped = match (byte, tail) {
            (b'%', [a, b, ..]) => hex_pair(*a, *b),
            _ => None,
        };
        rest = if escaped.is_some() { rest.get(2..).unwrap_or_default() } else { rest };
        out.push(escaped.unwrap_or(*byte));
    }
    out
}

/// Cuts at semicolons outside of quotes. A quote that opens in the middle of
/// a word, or that never closes, is an ordinary character.
fn split(value: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut quoted = false;
    let mut escaped = false;
    for (at, &byte) in value.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted && has_quote(value, at + 1),
            b';' if !quoted => {
                pieces.push(value.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    pieces.push(value.get(start..).unwrap_or_default());
    pieces
}

fn has_quote(value: &[u8], from: usize) -> bool {
    value.get(from..).is_some_and(|rest| rest.contains(&b'"'))
}

fn param(piece: &[u8]) -> Option<(String, Vec<u8>)> {
    let equals = piece.iter().position(|&byte| byte == b'=')?;
    let name = std::str::from_utf8(piece.get(..equals)?.trim_ascii()).ok()?;
    let name = name.to_ascii_lowercase();
    (!name.is_empty()).then(|| (name, unquote(piece.get(equals + 1..).unwrap_or_default())))
}

/// Takes the quotes off, and the backslashes that protect quotes. Other
/// backslashes stay: they are Windows paths.
fn unquote(value: &[u8]) -> Vec<u8> {
    let value = value.trim_ascii();
    let Some(inner) = value.strip_prefix(b"\"") else {
        return without_comment(value).to_vec();
    };
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner;
    loop {
        match rest {
            [b'\\', c @ (b'"' | b'\\'), tail @ ..] => {
                out.push(*c);
                rest = tail;
            }
            [] | [b'"', ..] => return out,
            [c, tail @ ..] => {
                out.push(*c);
                rest = tail;
            }
        }
    }
}

/// `us-ascii (Plain text)`.
fn without_comment(value: &[u8]) -> &[u8] {
    match words::cut(value, b" (") {
        Some((head, tail)) if tail.ends_with(b")") && !head.contains(&b' ') => head.trim_ascii(),
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(raw: &str) -> Option<String> {
        Value::parse(raw.as_bytes()).get("name", None)
    }

    #[test]
    fn names_are_found_in_every_dress() {
        for raw in [
            "a/b; name=\"r é.pdf\"",
            "a/b; name=r é.pdf",
            "a/b; name*=utf-8''r%20%C3%A9.pdf",
            "a/b; name*0*=utf-8'fr'r%20; name*1*=%C3%A9; name*2=.pdf",
            "a/b; name=\"=?utf-8?Q?r_=C3=A9.pdf?=\"",
            "a/b; x=1; NAME = \"r é.pdf",
        ] {
            assert_eq!(name(raw).as_deref(), Some("r é.pdf"), "{raw}");
        }
    }

    #[test]
    fn quotes_protect_semicolons() {
        assert_eq!(name("a/b; name=\"a;b\\\"c\"; x=y").as_deref(), Some("a;b\"c"));
        assert_eq!(name("a/b; charset=x").as_deref(), None);
    }
}
