//! Of what kind bytes are that a stranger sent: what their beginning proves goes before what was said of
//! them. It is for icons and programs; nothing is shown by a browser because of it.

/// What is said of bytes of which nothing is known.
pub const UNKNOWN: &str = "application/octet-stream";
/// The longest media type that is kept, in bytes.
const MAX: usize = 100;

/// A beginning that proves a kind.
struct Mark {
    /// Where it stands.
    at: usize,
    /// The bytes.
    bytes: &'static [u8],
    /// The kind.
    kind: &'static str,
    /// Kinds of which the bytes alone cannot say which it is: one of these that was said is believed.
    or: &'static [&'static str],
}

const fn mark(at: usize, bytes: &'static [u8], kind: &'static str) -> Mark {
    Mark { at, bytes, kind, or: &[] }
}

const MARKS: &[Mark] = &[
    mark(0, b"\x89PNG\r\n\x1a\n", "image/png"),
    mark(0, b"\xff\xd8\xff", "image/jpeg"),
    mark(0, b"GIF87a", "image/gif"),
    mark(0, b"GIF89a", "image/gif"),
    mark(8, b"WEBP", "image/webp"),
    mark(0, b"%PDF-", "application/pdf"),
    mark(0, b"ID3", "audio/mpeg"),
    Mark { at: 0, bytes: b"PK\x03\x04", kind: "application/zip", or: &["application/"] },
    Mark { at: 0, bytes: b"OggS", kind: "audio/ogg", or: &["audio/", "video/ogg"] },
    Mark { at: 4, bytes: b"ftyp", kind: "video/mp4", or: &["video/", "audio/", "image/"] },
    Mark { at: 0, bytes: b"\x1a\x45\xdf\xa3", kind: "video/webm", or: &["video/", "audio/"] },
];

/// The kind of some bytes, of which `said` was said.
pub fn of(said: Option<&str>, bytes: &[u8]) -> String {
    let said = said.and_then(plain);
    let starts = |mark: &&Mark| bytes.get(mark.at..).is_some_and(|b| b.starts_with(mark.bytes));
    match MARKS.iter().find(starts) {
        Some(mark) => said.filter(|said| fits(mark, said)).unwrap_or_else(|| mark.kind.to_owned()),
        // What would have shown itself is not believed without its mark.
        None => said.filter(|said| !has_mark(said)).unwrap_or_else(|| UNKNOWN.to_owned()),
    }
}

fn fits(mark: &Mark, said: &str) -> bool {
    !has_mark(said) && mark.or.iter().any(|family| said.starts_with(family))
}

fn has_mark(said: &str) -> bool {
    MARKS.iter().any(|mark| mark.or.is_empty() && mark.kind == said && said != "audio/mpeg")
}

/// A media type without its parameters, if it is one.
fn plain(said: &str) -> Option<String> {
    let bare = said.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_part = |part: &str| {
        let safe = |b: u8| b.is_ascii_alphanumeric() || b"+.-_".contains(&b);
        !part.is_empty() && part.bytes().all(safe)
    };
    let (kind, sub) = bare.split_once('/')?;
    (is_part(kind) && is_part(sub) && bare.len() <= MAX).then_some(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_bytes_prove_goes_before_what_was_said() {
        assert_eq!(of(Some("text/html"), b"GIF89a.."), "image/gif");
        assert_eq!(of(Some("image/png"), b"<html><script>"), UNKNOWN);
        assert_eq!(of(Some("application/pdf"), b"PK\x03\x04.."), "application/zip");
        assert_eq!(of(None, b"%PDF-1.7"), "application/pdf");
        assert_eq!(of(None, b""), UNKNOWN);
    }

    #[test]
    fn where_the_bytes_leave_it_open_what_was_said_is_believed() {
        let docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
        assert_eq!(of(Some(docx), b"PK\x03\x04.."), docx);
        assert_eq!(of(Some("audio/mp4"), b"\0\0\0\x18ftypM4A "), "audio/mp4");
        assert_eq!(of(Some("text/plain; charset=utf-8"), b"hello"), "text/plain");
        assert_eq!(of(Some("audio/mpeg"), b"\xff\xfb\x90"), "audio/mpeg");
        for odd in ["", "text", "a/b/c", "a/b\r\nx: y", "a b/c"] {
            assert_eq!(of(Some(odd), b"hello"), UNKNOWN, "{odd:?}");
        }
    }
}
