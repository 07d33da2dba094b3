//! The characters of a log: which encoding it has, and its text in UTF-8.
//!
//! Rows are told apart by bytes, which is safe in UTF-8 and in encodings of one byte; UTF-16 is turned into
//! UTF-8 at once. Where nobody named the encoding, each row is read for what it is: phone systems write
//! names as they got them, and a log that is UTF-8 for a thousand rows may not be in the next.

use std::io::{self, Read};

use encoding_rs::{CoderResult, Decoder, UTF_16BE, UTF_16LE, WINDOWS_1252, WINDOWS_1254};
use serde::{Deserialize, Serialize};

/// An encoding that logs are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[serde(rename = "utf-8")]
    Utf8,
    /// UTF-16 with the low byte first.
    #[serde(rename = "utf-16le")]
    Utf16Le,
    /// UTF-16 with the high byte first.
    #[serde(rename = "utf-16be")]
    Utf16Be,
    /// Windows-1252, for western Europe; ISO 8859-1 is read by it, too.
    #[serde(rename = "windows-1252")]
    Windows1252,
    /// Windows-1254, for Turkish; ISO 8859-9 is read by it, too.
    #[serde(rename = "windows-1254")]
    Windows1254,
}

const UTF8_MARK: &[u8] = &[0xef, 0xbb, 0xbf];
/// How many bytes are read at once.
const CHUNK: usize = 64 * 1024;
/// How many bytes show whether each second one is zero.
const WIDE_SAMPLE: usize = 2048;
/// The bytes that are Ğ, İ, Ş, ğ, ı and ş in Turkish, and rare letters of Icelandic otherwise.
const TURKISH: [u8; 6] = [0xd0, 0xdd, 0xde, 0xf0, 0xfd, 0xfe];

/// The encoding of a file by its beginning, and whether a byte order mark says so.
pub(crate) fn detect(head: &[u8]) -> (Encoding, bool) {
    if head.starts_with(UTF8_MARK) {
        return (Encoding::Utf8, true);
    }
    if head.starts_with(&[0xff, 0xfe]) {
        return (Encoding::Utf16Le, true);
    }
    if head.starts_with(&[0xfe, 0xff]) {
        return (Encoding::Utf16Be, true);
    }
    let found = wide(head).unwrap_or_else(|| match std::str::from_utf8(head) {
        Ok(_) => Encoding::Utf8,
        // A character that is cut off at the end is none that is wrong.
        Err(e) if e.error_len().is_none() => Encoding::Utf8,
        Err(_) => single_byte(head, false),
    });
    (found, false)
}

/// UTF-16 without a mark: most of a log is ASCII, so that each second byte is zero.
fn wide(head: &[u8]) -> Option<Encoding> {
    let sample = head.get(..WIDE_SAMPLE.min(head.len() / 2 * 2))?;
    let zeros = |offset: usize| sample.iter().skip(offset).step_by(2).filter(|b| **b == 0).count();
    let (even, odd, half) = (zeros(0), zeros(1), sample.len() / 2);
    if half >= 4 && odd * 2 > half && even * 20 < half {
        return Some(Encoding::Utf16Le);
    }
    (half >= 4 && even * 2 > half && odd * 20 < half).then_some(Encoding::Utf16Be)
}

fn single_byte(bytes: &[u8], turkish: bool) -> Encoding {
    if turkish || bytes.iter().any(|b| TURKISH.contains(b)) {
        Encoding::Windows1254
    } else {
        Encoding::Windows1252
    }
}

/// How the bytes of a row become text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Charset {
    /// The encoding that was named, or that the beginning of the file showed.
    pub encoding: Encoding,
    /// Whether somebody named it.
    pub named: bool,
    /// Whether what is of one byte is rather Turkish.
    pub turkish: bool,
}

impl Charset {
    /// The text of a row.
    pub(crate) fn text(&self, bytes: &[u8]) -> Result<String, String> {
        let by = match (self.encoding, std::str::from_utf8(bytes)) {
            (Encoding::Utf16Le | Encoding::Utf16Be, _) => {
                return Ok(String::from_utf8_lossy(bytes).into_owned());
            }
            (Encoding::Utf8, Ok(text)) => return Ok(text.to_owned()),
            (_, Ok(text)) if !self.named => return Ok(text.to_owned()),
            (Encoding::Utf8, Err(_)) if self.named => {
                return Err("it is not UTF-8; name another encoding, such as windows-1252, \
                            or none to have it found out"
                    .to_owned());
            }
            (Encoding::Utf8, Err(_)) => single_byte(bytes, self.turkish),
            (named, _) => named,
        };
        let by = if by == Encoding::Windows1254 { WINDOWS_1254 } else { WINDOWS_1252 };
        Ok(by.decode_without_bom_handling(bytes).0.into_owned())
    }
}

/// The bytes of a file from which UTF-16 and the byte order mark are gone.
pub(crate) struct Input<R> {
    inner: R,
    /// What was read ahead.
    head: Vec<u8>,
    wide: Option<Decoder>,
    done: bool,
}

impl<R: Read> Input<R> {
    /// `head` is what was read of `inner` to find out what it is.
    pub(crate) fn new(inner: R, head: Vec<u8>, encoding: Encoding) -> Self {
        let wide = match encoding {
            Encoding::Utf16Le => Some(UTF_16LE.new_decoder_with_bom_removal()),
            Encoding::Utf16Be => Some(UTF_16BE.new_decoder_with_bom_removal()),
            _ => None,
        };
        let marked = wide.is_none() && head.starts_with(UTF8_MARK);
        let head =
            if marked { head.get(UTF8_MARK.len()..).unwrap_or_default().to_vec() } else { head };
        Self { inner, head, wide, done: false }
    }

    /// Adds more bytes to a buffer; `false` at the end of the file.
    pub(crate) fn fill(&mut self, buffer: &mut Vec<u8>) -> io::Result<bool> {
        if self.done {
            return Ok(false);
        }
        let mut chunk = std::mem::take(&mut self.head);
        if chunk.is_empty() {
            chunk = read_some(&mut self.inner)?;
        }
        self.done = chunk.is_empty();
        match &mut self.wide {
            Some(decoder) => {
                let room = decoder.max_utf8_buffer_length(chunk.len()).unwrap_or(CHUNK * 4);
                let mut text = String::with_capacity(room);
                let (result, _, _) = decoder.decode_to_string(&chunk, &mut text, self.done);
                debug_assert_eq!(result, CoderResult::InputEmpty);
                buffer.extend_from_slice(text.as_bytes());
            }
            None => buffer.append(&mut chunk),
        }
        Ok(true)
    }
}

fn read_some(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut chunk = vec![0; CHUNK];
    let count = loop {
        match from.read(&mut chunk) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            other => break other?,
        }
    };
    chunk.truncate(count);
    Ok(chunk)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(bytes: &[u8]) -> String {
        let (encoding, _) = detect(bytes);
        let mut input = Input::new(io::empty(), bytes.to_vec(), encoding);
        let mut out = Vec::new();
        while input.fill(&mut out).unwrap() {}
        Charset { encoding, named: false, turkish: false }.text(&out).unwrap()
    }

    #[test]
    fn encodings_are_found_and_read() {
        let text = "Gül,+49\r\nÖzil,101\r\n";
        let wide = |f: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(f).collect::<Vec<u8>>();
        let (le, be) = (wide(u16::to_le_bytes), wide(u16::to_be_bytes));
        let marked = |mark: &[u8], rest: &[u8]| [mark, rest].concat();
        let (western, _, _) = WINDOWS_1252.encode(text);
        for (bytes, encoding, has_mark) in [
            (text.as_bytes().to_vec(), Encoding::Utf8, false),
            (marked(UTF8_MARK, text.as_bytes()), Encoding::Utf8, true),
            (le.clone(), Encoding::Utf16Le, false),
            (be.clone(), Encoding::Utf16Be, false),
            (marked(&[0xff, 0xfe], &le), Encoding::Utf16Le, true),
            (marked(&[0xfe, 0xff], &be), Encoding::Utf16Be, true),
            (western.into_owned(), Encoding::Windows1252, false),
        ] {
            assert_eq!(detect(&bytes), (encoding, has_mark));
            assert_eq!(whole(&bytes), text, "{encoding:?}");
        }
        let turkish = "Işık Şahin,+90";
        let (bytes, _, _) = WINDOWS_1254.encode(turkish);
        assert_eq!(detect(&bytes).0, Encoding::Windows1254);
        assert_eq!(whole(&bytes), turkish);
    }

    #[test]
    fn a_row_of_another_encoding_is_read_unless_one_was_named() {
        let guessed = Charset { encoding: Encoding::Utf8, named: false, turkish: false };
        assert_eq!(guessed.text(b"M\xfcller").unwrap(), "Müller");
        assert_eq!(Charset { turkish: true, ..guessed }.text(b"\xdcnl\xfc").unwrap(), "Ünlü");
        let named = Charset { named: true, ..guessed };
        assert!(named.text(b"M\xfcller").unwrap_err().contains("not UTF-8"));
        assert_eq!(named.text("Müller".as_bytes()).unwrap(), "Müller");
    }
}
