//! Transfer encodings: base64, quoted-printable and uuencode, all read as far
//! as they go. Character sets are not looked at here.

use crate::headers::Headers;

/// The bytes of a part after its `Content-Transfer-Encoding`.
pub fn decode(headers: &Headers<'_>, body: &[u8]) -> Vec<u8> {
    let encoding = headers.plain("Content-Transfer-Encoding").unwrap_or_default();
    match encoding.split([';', ' ']).next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "base64" => base64_body(body),
        "quoted-printable" => quoted_printable(body),
        "x-uuencode" | "uuencode" | "x-uue" | "x-uu" => {
            uu_files(body).into_iter().next().map_or_else(|| body.to_vec(), |file| file.bytes)
        }
        _ => body.to_vec(),
    }
}

/// Whether the part is sent as it is.
pub fn is_identity(headers: &Headers<'_>) -> bool {
    let encoding = headers.plain("Content-Transfer-Encoding").unwrap_or_default();
    !["base64", "quoted-printable"].iter().any(|known| encoding.eq_ignore_ascii_case(known))
}

/// A body that calls itself base64 but holds hardly any of it, as some
/// gateways leave behind, is taken as it is.
fn base64_body(body: &[u8]) -> Vec<u8> {
    let visible = body.iter().filter(|byte| !byte.is_ascii_whitespace()).count();
    let foreign = body
        .iter()
        .filter(|&&byte| {
            !byte.is_ascii_whitespace() && base64_value(byte).is_none() && byte != b'='
        })
        .count();
    if foreign * 10 > visible { body.to_vec() } else { base64(without_footer(body)) }
}

/// Mailing lists append plain text to encoded parts. What stands behind the
/// padding is no part of it when it is not base64 throughout.
fn without_footer(body: &[u8]) -> &[u8] {
    let Some(padding) = body.iter().position(|&byte| byte == b'=') else { return body };
    let (encoded, behind) = body.split_at(padding);
    let foreign =
        |byte: &u8| !byte.is_ascii_whitespace() && *byte != b'=' && base64_value(*byte).is_none();
    if behind.iter().any(foreign) { encoded } else { body }
}

/// Base64 without strictness: foreign bytes are skipped, a missing padding is
/// made up for, and padding in the middle starts a new run.
pub fn base64(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let mut run = Run::default();
    for &byte in text {
        match base64_value(byte) {
            Some(value) => run.push(value, &mut out),
            None if byte == b'=' => run.end(&mut out),
            None => {}
        }
    }
    run.end(&mut out);
    out
}

/// Up to four six-bit values that are not yet bytes.
#[derive(Default)]
struct Run {
    bits: u32,
    count: u32,
}

impl Run {
    fn push(&mut self, value: u8, out: &mut Vec<u8>) {
        self.bits = (self.bits << 6) | u32::from(value);
        self.count += 1;
        if self.count == 4 {
            let [_, a, b, c] = self.bits.to_be_bytes();
            out.extend_from_slice(&[a, b, c]);
            *self = Self::default();
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        let [_, a, b, _] = (self.bits << (6 * (4 - self.count))).to_be_bytes();
        match self.count {
            2 => out.push(a),
            3 => out.extend_from_slice(&[a, b]),
            _ => {}
        }
        *self = Self::default();
    }
}

fn base64_value(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// Quoted-printable; an escape that is none stays as it stands.
pub fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    for line in body.split_inclusive(|&byte| byte == b'\n') {
        quoted_line(line, &mut out);
    }
    out
}

fn quoted_line(line: &[u8], out: &mut Vec<u8>) {
    let text = line.trim_ascii_end();
    let (text, soft) = match text.strip_suffix(b"=") {
        Some(text) => (text, true),
        None => (text, false),
    };
    let mut rest = text;
    while let [byte, tail @ ..] = rest {
        rest = tail;
        let escaped = match (byte, tail) {
            (b'=', [a, b, ..]) => hex_pair(*a, *b),
            _ => None,
        };
        rest = if escaped.is_some() { rest.get(2..).unwrap_or_default() } else { rest };
        out.push(escaped.unwrap_or(*byte));
    }
    if !soft {
        out.extend_from_slice(line_end(line));
    }
}

fn line_end(line: &[u8]) -> &[u8] {
    let kept = if line.ends_with(b"\r\n") { 2 } else { usize::from(line.ends_with(b"\n")) };
    line.get(line.len() - kept..).unwrap_or_default()
}

/// The byte that two hexadecimal digits stand for.
pub fn hex_pair(high: u8, low: u8) -> Option<u8> {
    let high = char::from(high).to_digit(16)?;
    let low = char::from(low).to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}

/// A file within text, in the manner of before MIME.
#[derive(Debug, PartialEq, Eq)]
pub struct UuFile {
    /// The name behind `begin 644`.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// Where it starts in the text.
    pub start: usize,
    /// Where the text goes on.
    pub end: usize,
}

/// All files between `begin` and `end` lines. A file without an `end` is none:
/// people write "begin 123" too.
pub fn uu_files(text: &[u8]) -> Vec<UuFile> {
    let mut files = Vec::new();
    let mut open: Option<UuFile> = None;
    let mut at = 0;
    while let Some((line, next)) = crate::parse::lines::line_at(text, at) {
        open = match open.take() {
            None => {
                uu_begin(line).map(|name| UuFile { name, bytes: Vec::new(), start: at, end: 0 })
            }
            Some(file) if line == b"end" => {
                files.push(UuFile { end: next, ..file });
                None
            }
            Some(mut file) => uu_line(line, &mut file.bytes).then_some(file),
        };
        at = next;
    }
    files
}

fn uu_begin(line: &[u8]) -> Option<String> {
    let rest = line.strip_prefix(b"begin ")?;
    let (mode, name) = crate::headers::words::cut(rest, b" ")?;
    let is_mode = (3..=4).contains(&mode.len()) && mode.iter().all(|b| matches!(b, b'0'..=b'7'));
    let name = String::from_utf8_lossy(name).trim().to_owned();
    (is_mode && !name.is_empty()).then_some(name)
}

/// Whether the line is one of a uuencoded file; its bytes are added.
fn uu_line(line: &[u8], out: &mut Vec<u8>) -> bool {
    let Some((&first, data)) = line.split_first() else { return true };
    if !(b' '..=b'`').contains(&first) {
        return false;
    }
    let wanted = out.len() + usize::from((first - b' ') & 63);
    for group in data.chunks(4) {
        let bits = (0..4).fold(0u32, |bits, i| {
            let byte = group.get(i).copied().unwrap_or(b' ');
            (bits << 6) | u32::from(byte.wrapping_sub(b' ') & 63)
        });
        let [_, a, b, c] = bits.to_be_bytes();
        out.extend([a, b, c].iter().take(wanted.saturating_sub(out.len())));
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_as_far_as_it_goes() {
        assert_eq!(base64(b"aGVsbG8="), b"hello");
        assert_eq!(base64(b"aGVs\r\nbG8"), b"hello");
        assert_eq!(base64(b"aGk=aGk="), b"hihi");
    }

    #[test]
    fn footers_behind_base64_are_left_out() {
        let mut body = b"aGVsbG8gYWxsIHlvdSBwZW9wbGUgb3V0IHRoZXJlIGFuZCBtb3JlIG9mIGl0".repeat(3);
        let whole = base64_body(&body);
        body.extend(b"aGk=\n\n_______\nlist: a@b\n");
        assert_eq!(base64_body(&body), [whole.as_slice(), b"hi"].concat());
    }

    #[test]
    fn quoted_printable_joins_soft_breaks() {
        assert_eq!(quoted_printable(b"a=C3=BC=\r\nb \r\n=zz"), b"a\xC3\xBCb\r\n=zz");
    }

    #[test]
    fn a_uuencoded_file_is_found() {
        let text = b"hi\nbegin 644 cat.txt\n#0V%T\n`\nend\nbye\n";
        let files = uu_files(text);
        assert_eq!(files.len(), 1);
        assert_eq!((files[0].name.as_str(), files[0].bytes.as_slice()), ("cat.txt", &b"Cat"[..]));
        assert_eq!(&text[files[0].end..], b"bye\n");
    }

    #[test]
    fn begin_without_an_end_is_text() {
        assert!(uu_files(b"begin 123 things\nlower case\n").is_empty());
    }
}
