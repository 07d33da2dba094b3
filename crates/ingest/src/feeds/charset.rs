//! The text of a feed, whatever it is encoded in.

use encoding_rs::{Encoding, UTF_8};

/// How many bytes at the beginning are searched for the declaration.
const HEAD: usize = 200;

/// The text of a feed: a byte order mark comes first, then what the server said, then what the feed says
/// of itself. What cannot be read becomes a sign that says so.
pub(super) fn text(bytes: &[u8], content_type: Option<&str>) -> String {
    let marked = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let said = content_type.and_then(|said| label(said, "charset="));
    let encoding = marked.or(said).or_else(|| declared(bytes)).unwrap_or(UTF_8);
    encoding.decode(bytes).0.into_owned()
}

fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(bytes.get(..HEAD).unwrap_or(bytes));
    let (_, declaration) = head.split_once("<?xml")?;
    label(declaration.split("?>").next()?, "encoding=")
}

fn label(text: &str, name: &str) -> Option<&'static Encoding> {
    let lower = text.to_ascii_lowercase();
    let (_, value) = lower.split_once(name)?;
    let value = value.trim_start_matches(['"', '\'']);
    let end = value.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:.".contains(c)));
    Encoding::for_label(value.get(..end.unwrap_or(value.len()))?.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_is_read_in_its_encoding() {
        let latin5 = b"<?xml version='1.0' encoding='ISO-8859-9'?><a>\xfe\xfd</a>";
        assert!(text(latin5, None).ends_with("<a>şı</a>"));
        assert!(text(b"<a>\xfe</a>", Some("text/xml; charset=\"iso-8859-9\"")).contains('ş'));
        assert_eq!(
            text("\u{feff}<a>ş</a>".as_bytes(), Some("text/xml; charset=latin1")),
            "<a>ş</a>"
        );
        assert_eq!(text(b"\xff\xfe<\0a\0>\0", None), "<a>");
        assert_eq!(text(b"<a>\xff</a>", Some("charset=nonsense")), "<a>\u{fffd}</a>");
    }
}
