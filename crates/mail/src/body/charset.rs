//! Character sets: bytes to text by the declared set, and by looking at the
//! bytes where none is declared or the declaration cannot be true.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    EUC_JP, EUC_KR, Encoding, GBK, ISO_2022_JP, REPLACEMENT, SHIFT_JIS, UTF_8, WINDOWS_1252,
};
use mail_parser::decoders::charsets::map::charset_decoder;

use crate::limits::MAX_SNIFFED_BYTES;

/// Decodes text that its sender labelled, or did not.
pub fn decode(bytes: &[u8], label: Option<&str>) -> String {
    let label = label.map(clean_label).unwrap_or_default();
    let text = match Encoding::for_label(label.as_bytes()) {
        Some(declared) if declared == REPLACEMENT => decode_shifted(bytes, &label),
        Some(declared) => decode_declared(bytes, declared, &label),
        None if label.is_empty() => by_sniffing(bytes),
        None => decode_rare(bytes, &label),
    };
    without_bom(text)
}

/// Decodes raw 8-bit bytes of a header; `fallback` is what the body declares.
pub fn decode_header(bytes: &[u8], fallback: Option<&str>) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !has_iso_2022_escape(bytes) => text.to_owned(),
        _ => decode(bytes, fallback.filter(|label| !is_ascii_label(label))),
    }
}

/// A label without quotes and the suffixes that some senders add.
fn clean_label(label: &str) -> String {
    let label = label.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';'));
    let label = label.to_ascii_lowercase();
    match label.as_str() {
        "cp932" | "x-ms-cp932" | "windows-932" => "shift_jis".to_owned(),
        "cp949" | "ms949" => "euc-kr".to_owned(),
        "cp950" => "big5".to_owned(),
        "cp936" | "x-cp936" => "gbk".to_owned(),
        "unicode-1-1-utf-7" | "x-unicode-2-0-utf-7" => "utf-7".to_owned(),
        "utf8mb4" | "utf_8" | "unicode-1-1-utf-8" => "utf-8".to_owned(),
        // `3d` is what is left of an equals sign that was encoded once too often.
        _ => ["charset=", "3d"]
            .iter()
            .find_map(|junk| label.strip_prefix(junk))
            .map(str::to_owned)
            .unwrap_or(label),
    }
}

fn is_ascii_label(label: &str) -> bool {
    matches!(clean_label(label).as_str(), "us-ascii" | "ascii" | "")
}

/// Trusts the declaration unless the bytes speak against it.
fn decode_declared(bytes: &[u8], declared: &'static Encoding, label: &str) -> String {
    if is_ascii_label(label) {
        return by_sniffing(bytes);
    }
    if declared.is_single_byte() && is_long_utf8(bytes) {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    if declared == ISO_2022_JP {
        return decode_iso_2022_jp(bytes);
    }
    let (text, _, broken) = declared.decode(bytes);
    match broken {
        true if declared != UTF_8 && std::str::from_utf8(bytes).is_ok() => {
            String::from_utf8_lossy(bytes).into_owned()
        }
        true if declared == UTF_8 && mostly_broken(bytes) => by_sniffing(bytes),
        _ => text.into_owned(),
    }
}

fn by_sniffing(bytes: &[u8]) -> String {
    match sniff(bytes) {
        guess if guess == ISO_2022_JP => decode_iso_2022_jp(bytes),
        guess => guess.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// Mailers write escapes that switch to and fro with nothing between, which a
/// strict decoder takes for an error; and Japanese mailers put this label on
/// their 8-bit sets.
fn decode_iso_2022_jp(bytes: &[u8]) -> String {
    if let Some(text) = std::str::from_utf8(bytes).ok().filter(|text| !text.is_ascii()) {
        return text.to_owned();
    }
    if !bytes.is_ascii() {
        return match SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes) {
            Some(text) => text.into_owned(),
            None => EUC_JP.decode_without_bom_handling(bytes).0.into_owned(),
        };
    }
    let mut kept = Vec::with_capacity(bytes.len());
    for (at, &byte) in bytes.iter().enumerate() {
        let doubled = byte == 0x1B && bytes.get(at + 3) == Some(&0x1B);
        if !(doubled || inside_doubled(bytes, at)) {
            kept.push(byte);
        }
    }
    ISO_2022_JP.decode_without_bom_handling(&kept).0.into_owned()
}

/// Whether the byte belongs to an escape that another follows at once.
fn inside_doubled(bytes: &[u8], at: usize) -> bool {
    let escape_at = |at: Option<usize>| at.and_then(|at| bytes.get(at)) == Some(&0x1B);
    (1..3).any(|back| escape_at(at.checked_sub(back)) && escape_at((at + 3).checked_sub(back)))
}

/// Sets that browsers do not know, such as UTF-7 and the old DOS pages.
fn decode_rare(bytes: &[u8], label: &str) -> String {
    match charset_decoder(label.as_bytes()) {
        Some(decoder) => decoder(bytes),
        None => by_sniffing(bytes),
    }
}

/// Seven-bit sets that browsers refuse: ISO-2022-KR shifts with SO and SI, HZ
/// with `~{` and `~}`. Between the shifts each byte lacks its high bit.
fn decode_shifted(bytes: &[u8], label: &str) -> String {
    let (set, on, off): (_, &[u8], &[u8]) = match label {
        "iso-2022-kr" | "csiso2022kr" => (EUC_KR, b"\x0E", b"\x0F"),
        "hz-gb-2312" => (GBK, b"~{", b"~}"),
        _ => return by_sniffing(bytes),
    };
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes.strip_prefix(b"\x1B$)C").unwrap_or(bytes);
    let mut shifted = false;
    while let Some((&byte, tail)) = rest.split_first() {
        let mark = if shifted { off } else { on };
        if let Some(behind) = rest.strip_prefix(mark) {
            shifted = !shifted;
            rest = behind;
            continue;
        }
        // A line end ends the shift, whether it was taken back or not.
        shifted = shifted && byte != b'\n';
        // Characters are pairs; a mark in the middle of one is none.
        match tail.split_first().filter(|(low, _)| shifted && byte > b' ' && **low > b' ') {
            Some((&low, behind)) => {
                out.extend([byte | 0x80, low | 0x80]);
                rest = behind;
            }
            None => {
                out.push(byte);
                rest = tail;
            }
        }
    }
    set.decode_without_bom_handling(&out).0.into_owned()
}

/// Declared as UTF-8, yet more bytes are broken than are whole characters.
fn mostly_broken(bytes: &[u8]) -> bool {
    let head = bytes.get(..MAX_SNIFFED_BYTES).unwrap_or(bytes);
    let text = String::from_utf8_lossy(head);
    let broken = text.matches('\u{FFFD}').count();
    let whole = text.chars().filter(|&c| !c.is_ascii() && c != '\u{FFFD}').count();
    broken > whole
}

/// Text with several multi-byte characters that is valid UTF-8 throughout is
/// never a single-byte set by chance.
fn is_long_utf8(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| {
        text.chars().filter(|c| *c > '\u{7FF}').count() >= 1
            || text.chars().filter(|c| !c.is_ascii()).count() >= 3
    })
}

/// The set that the bytes themselves suggest.
fn sniff(bytes: &[u8]) -> &'static Encoding {
    if has_iso_2022_escape(bytes) {
        return ISO_2022_JP;
    }
    if std::str::from_utf8(bytes).is_ok() {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes.get(..MAX_SNIFFED_BYTES).unwrap_or(bytes), true);
    let guess = detector.guess(None, Utf8Detection::Allow);
    // A cut in the middle of a character must not count against UTF-8, and a
    // handful of foreign bytes is most often Western.
    if guess == UTF_8 && mostly_broken(bytes) { WINDOWS_1252 } else { guess }
}

/// The escapes that switch to Japanese characters in a seven-bit stream.
pub fn has_iso_2022_escape(bytes: &[u8]) -> bool {
    let head = bytes.get(..MAX_SNIFFED_BYTES).unwrap_or(bytes);
    head.windows(3).any(|window| matches!(window, [0x1B, b'$', b'B' | b'@'] | [0x1B, b'(', b'J']))
}

fn without_bom(text: String) -> String {
    match text.strip_prefix('\u{FEFF}') {
        Some(rest) => rest.to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declared_set_is_used() {
        assert_eq!(decode(b"\xFEark\xFD", Some("ISO-8859-9")), "şarkı");
        assert_eq!(decode(b"\xD3\xE1\xC7\xE3", Some("windows-1256")), "سلام");
    }

    #[test]
    fn a_declaration_that_cannot_be_true_is_not_believed() {
        assert_eq!(decode("پرداخت".as_bytes(), Some("iso-8859-1")), "پرداخت");
        assert_eq!(decode("schön".as_bytes(), Some("us-ascii")), "schön");
        assert_eq!(decode(b"sch\xF6n", Some("utf-8")), "schön");
    }

    #[test]
    fn seven_bit_sets_of_old_are_read() {
        assert_eq!(decode(b"\x1B$)C\x0EGQ1[\x0F ok", Some("ISO-2022-KR")), "한글 ok");
        assert_eq!(decode(b"a~{<:Ky2;S{~}b", Some("HZ-GB-2312")), "a己所不欲b");
        assert_eq!(decode(b"plain", Some("iso-2022-cn")), "plain");
    }

    #[test]
    fn japanese_escapes_are_seen_without_a_declaration() {
        assert_eq!(decode(b"\x1B$B$3$s\x1B(B", None), "こん");
    }
}
