//! Folder names: modified UTF-7 (RFC 3501, section 5.1.3), quoting, and what LIST says.

use async_imap::imap_proto::{MailboxListData, NameAttribute};

use super::error::ImapError;

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/// A folder as LIST names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderName {
    /// The name to open it by, in the server's own form.
    pub name: String,
    /// The name for people.
    pub display: String,
    /// Whether it holds messages and can be opened.
    pub selectable: bool,
    /// What stands between a folder and its child in `name`.
    pub delimiter: Option<String>,
}

impl FolderName {
    pub(super) fn of(entry: &MailboxListData<'_>) -> Self {
        let name = unescaped(&entry.name);
        Self {
            display: decode_name(&name),
            selectable: !entry.name_attributes.contains(&NameAttribute::NoSelect),
            delimiter: entry.delimiter.as_deref().map(unescaped),
            name,
        }
    }
}

/// The parser leaves the escapes of quoted names in; a name sent back must not be escaped twice.
fn unescaped(name: &str) -> String {
    name.replace("\\\"", "\"").replace("\\\\", "\\")
}

/// A name as a quoted string (RFC 3501, section 4.3).
pub(super) fn quoted(name: &str) -> Result<String, ImapError> {
    Ok(format!("\"{}\"", escaped(name, "the folder's name")?))
}

/// The inside of a quoted string. Line breaks and NUL cannot be sent; `what` names the text.
pub(super) fn escaped(text: &str, what: &'static str) -> Result<String, ImapError> {
    if text.contains(['\r', '\n', '\0']) {
        return Err(ImapError::Unsendable { what });
    }
    Ok(text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The name for people. What is no modified UTF-7 is left as it is, for some servers send UTF-8.
pub fn decode_name(name: &str) -> String {
    try_decode(name).unwrap_or_else(|| name.to_owned())
}

fn try_decode(name: &str) -> Option<String> {
    let mut pieces = name.split('&');
    let mut text = pieces.next()?.to_owned();
    for piece in pieces {
        let (coded, plain) = piece.split_once('-')?;
        if coded.is_empty() {
            text.push('&');
        } else {
            text.push_str(&decode_shifted(coded)?);
        }
        text.push_str(plain);
    }
    Some(text)
}

fn decode_shifted(coded: &str) -> Option<String> {
    let (mut bits, mut held, mut units) = (0u32, 0u32, Vec::new());
    for byte in coded.bytes() {
        let digit = DIGITS.iter().position(|&known| known == byte)? as u32;
        bits = (bits << 6) | digit;
        held += 6;
        if held >= 16 {
            held -= 16;
            units.push((bits >> held) as u16);
            bits &= (1 << held) - 1;
        }
    }
    String::from_utf16(&units).ok().filter(|_| bits == 0)
}

/// The name to send for one that a person typed.
pub fn encode_name(display: &str) -> String {
    let (mut name, mut shifted) = (String::new(), Vec::new());
    for letter in display.chars() {
        if matches!(letter, ' '..='~') {
            flush_shifted(&mut name, &mut shifted);
            name.push(letter);
            if letter == '&' {
                name.push('-');
            }
        } else {
            shifted.extend_from_slice(letter.encode_utf16(&mut [0; 2]));
        }
    }
    flush_shifted(&mut name, &mut shifted);
    name
}

fn flush_shifted(name: &mut String, units: &mut Vec<u16>) {
    if units.is_empty() {
        return;
    }
    name.push('&');
    let (mut bits, mut held) = (0u32, 0u32);
    for unit in units.drain(..) {
        bits = (bits << 16) | u32::from(unit);
        held += 16;
        while held >= 6 {
            held -= 6;
            push_digit(name, bits >> held);
            bits &= (1 << held) - 1;
        }
    }
    if held > 0 {
        push_digit(name, bits << (6 - held));
    }
    name.push('-');
}

fn push_digit(name: &mut String, digit: u32) {
    if let Some(&byte) = DIGITS.get(digit as usize & 63) {
        name.push(char::from(byte));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_there_and_back() {
        // The examples of RFC 3501, section 5.1.3, and everyday ones.
        for (wire, display) in [
            ("~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"),
            ("Entw&APw-rfe", "Entwürfe"),
            ("&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-", "Отправленные"),
            ("Q&-A", "Q&A"),
            ("&2D3c5w-", "📧"),
            ("INBOX", "INBOX"),
        ] {
            assert_eq!(decode_name(wire), display);
            assert_eq!(encode_name(display), wire);
        }
    }

    #[test]
    fn what_is_not_encoded_stays() {
        for name in ["a&b", "&!!-", "&2D0-", "Entwürfe"] {
            assert_eq!(decode_name(name), name);
        }
    }

    #[test]
    fn quoting_escapes_and_refuses_line_breaks() {
        assert_eq!(quoted("a\"b\\c").ok().as_deref(), Some("\"a\\\"b\\\\c\""));
        assert!(quoted("INBOX\r\nA1 DELETE x").is_err());
        assert_eq!(unescaped("a\\\"b\\\\c"), "a\"b\\c");
    }
}
