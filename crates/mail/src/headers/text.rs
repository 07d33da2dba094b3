//! Unstructured fields: unfolding, and bytes to text with a fallback for raw
//! 8-bit bytes. Encoded words are read next door.

use crate::body::charset;
use crate::headers::words;

/// Takes the line breaks out of a folded value.
pub fn unfold(value: &[u8]) -> Vec<u8> {
    let kept = value.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n'));
    kept.map(|byte| if byte == b'\t' { b' ' } else { byte }).collect()
}

/// The value as decoded text on one trimmed line. `fallback` is the character
/// set that the body declares: senders of raw 8-bit headers use the same.
pub fn decode(value: &[u8], fallback: Option<&str>) -> String {
    let decoded = words::decode(&unfold(value), fallback);
    one_line(&decoded)
}

/// Raw bytes of a header as text, no encoded words expected.
pub fn raw_text(bytes: &[u8], fallback: Option<&str>) -> String {
    charset::decode_header(bytes, fallback)
}

/// Control characters become blanks; the ends are trimmed.
pub fn one_line(text: &str) -> String {
    let blanked: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    blanked.trim().to_owned()
}
