//! Message ids: `Message-ID`, `In-Reply-To`, `References`, `Content-ID`.

use crate::headers::text::unfold;
use crate::limits::MAX_IDS;

/// All ids of a field, in their order, without angle brackets. Ids without
/// brackets count when they stand alone and hold an at sign.
pub fn all(value: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(&unfold(value)).into_owned();
    let bracketed: Vec<String> = bracketed(&text).take(MAX_IDS).collect();
    if !bracketed.is_empty() {
        return bracketed;
    }
    let bare = text.split([' ', ',']).map(trim).filter(|id| id.contains('@'));
    bare.map(str::to_owned).take(MAX_IDS).collect()
}

/// The one id of a field. What has no brackets is taken as it stands.
pub fn first(value: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(&unfold(value)).into_owned();
    let bracketed = bracketed(&text).next();
    bracketed.or_else(|| Some(trim(&text).to_owned())).filter(|id| !id.is_empty())
}

fn bracketed(text: &str) -> impl Iterator<Item = String> {
    text.split('<').skip(1).filter_map(|piece| {
        let (id, _) = piece.split_once('>')?;
        // A folded id has blanks in it that its author never meant.
        let id: String = id.chars().filter(|c| !c.is_whitespace()).collect();
        (!id.is_empty()).then_some(id)
    })
}

fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | ';'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_lose_their_brackets() {
        assert_eq!(all(b" <a@b>\r\n\t<c@\r\n d>x"), ["a@b", "c@d"]);
        assert_eq!(all(b"a@b, c@d word"), ["a@b", "c@d"]);
        assert_eq!(first(b" <a@b> (comment)").as_deref(), Some("a@b"));
        assert_eq!(first(b" 12345 ").as_deref(), Some("12345"));
        assert_eq!(first(b" "), None);
    }
}
