//! Line ends and what may stand before a mail: the bytes are brought into a
//! shape in which every line ends with a line feed. Nothing is decoded here.

use std::borrow::Cow;

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// The mail from its first header on. A mail whose lines end with a bare
/// carriage return (old Macintosh exports) is copied with line feeds instead.
pub fn normalise(bytes: &[u8]) -> Cow<'_, [u8]> {
    let bytes = trim_lead(bytes);
    if bytes.contains(&b'\n') || !bytes.contains(&b'\r') {
        return Cow::Borrowed(bytes);
    }
    Cow::Owned(bytes.iter().map(|&byte| if byte == b'\r' { b'\n' } else { byte }).collect())
}

/// Drops a byte order mark, blank lines and blanks before the first header.
fn trim_lead(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
    bytes.trim_ascii_start()
}

/// The line that starts at `at`, without its end, and where the next starts.
/// None behind the last line.
pub fn line_at(bytes: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
    let (line, next) = match rest.iter().position(|&byte| byte == b'\n') {
        Some(end) => (rest.get(..end).unwrap_or(rest), at + end + 1),
        None => (rest, bytes.len()),
    };
    Some((trim_returns(line), next))
}

/// Some relays double the carriage return, so all of them go.
fn trim_returns(mut line: &[u8]) -> &[u8] {
    while let [head @ .., b'\r'] = line {
        line = head;
    }
    line
}

/// A body ends before the line break that belongs to its boundary.
pub fn without_last_break(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_returns_become_line_feeds() {
        assert_eq!(normalise(b"A: b\r\rtext\r").as_ref(), b"A: b\n\ntext\n");
    }

    #[test]
    fn blanks_and_marks_before_the_mail_go() {
        assert_eq!(normalise(b"\xEF\xBB\xBF\r\n \tA: b\n").as_ref(), b"A: b\n");
    }

    #[test]
    fn lines_lose_their_ends() {
        assert_eq!(line_at(b"a\r\r\nb", 0), Some((&b"a"[..], 4)));
        assert_eq!(line_at(b"a\r\r\nb", 4), Some((&b"b"[..], 5)));
        assert_eq!(line_at(b"a\n", 2), None);
    }
}
