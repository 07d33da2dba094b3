//! Compounds: which joined texts are exact tokens, and which of their pieces are.
//! Works on folded text only.

use super::TOKEN_PREFIX_BYTES;
use super::chars::is_joiner;

/// Whether a folded text is an exact token: joined, and with a digit, an address
/// sign inside, or the mark of a URL. `ali.veli` is not: its words are a phrase.
pub(super) fn qualifies(s: &str) -> bool {
    let bytes = s.as_bytes();
    bytes.iter().any(|&b| is_joiner(b))
        && (bytes.iter().any(u8::is_ascii_digit) || bytes.contains(&b'@') || s.contains("://"))
}

/// A compound without the joiners around it; a leading `#` or `+` belongs to it.
pub(super) fn trim(s: &str) -> &str {
    let joiner = |c: char| u8::try_from(c).is_ok_and(is_joiner);
    s.trim_end_matches(joiner).trim_start_matches(|c: char| joiner(c) && c != '#' && c != '+')
}

/// Emits the pieces of a compound that are exact tokens themselves, so that
/// `mailto:ali@example.com`, `https://shop.example/orders/TR-4417`,
/// `order#1042` and `TR-4417.Thanks` are found by what they carry.
pub(super) fn pieces(whole: &str, emit: &mut impl FnMut(&str)) {
    let mut offer = |piece: &str, parent: &str| {
        let piece = trim(piece);
        if piece.len() < trim(parent).len() && qualifies(piece) {
            emit(piece);
        }
    };
    for outer in whole.split([':', '/']) {
        offer(outer, whole);
        if !outer.contains('@') {
            split_inner(outer, &mut |inner| offer(inner, outer));
        }
    }
}

/// Splits at `+`, before `#`, and at a full stop before a letter.
fn split_inner(s: &str, emit: &mut impl FnMut(&str)) {
    let mut rest = s;
    let mut from = 0;
    while let Some(at) = rest.get(from..).and_then(|r| r.find(['+', '#', '.'])).map(|i| from + i) {
        let (Some(head), Some(tail)) = (rest.get(..at), rest.get(at..)) else { break };
        let after = tail.get(1..).and_then(|t| t.chars().next());
        if tail.starts_with('.') && !after.is_some_and(char::is_alphabetic) {
            from = at + 1;
            continue;
        }
        emit(head);
        rest = if tail.starts_with('#') { tail } else { tail.get(1..).unwrap_or("") };
        from = usize::from(rest.starts_with('#'));
    }
    emit(rest);
}

/// A token longer than the cap, as its readable head and a hash of the whole. FNV-1a is
/// enough: a collision is one false hit of a search.
pub(super) fn shorten(token: &str) -> String {
    let hash = token
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01B3));
    format!("{}{hash:016x}", head(token))
}

/// The first [`TOKEN_PREFIX_BYTES`] of a token, cut at a character.
pub(super) fn head(token: &str) -> &str {
    token.get(..token.floor_char_boundary(TOKEN_PREFIX_BYTES)).unwrap_or(token)
}

/// Whether a folded text has the check digits of an IBAN (ISO 13616, ISO 7064
/// mod 97-10). Without the check any `ab12` before short words would be one.
pub(super) fn is_iban(s: &str) -> bool {
    let (Some(front), Some(body)) = (s.get(..4), s.get(4..)) else { return false };
    let rest = body.bytes().chain(front.bytes()).try_fold(0_u32, |sum, b| match b {
        b'0'..=b'9' => Some((sum * 10 + u32::from(b - b'0')) % 97),
        b'a'..=b'z' => Some((sum * 100 + u32::from(b - b'a') + 10) % 97),
        _ => None,
    });
    (15..=34).contains(&s.len()) && rest == Some(1)
}

/// Whether a folded word can open an IBAN written in groups of four.
pub(super) fn opens_iban(word: &str) -> bool {
    matches!(word.as_bytes(), [a, b, c, d] if a.is_ascii_lowercase()
        && b.is_ascii_lowercase() && c.is_ascii_digit() && d.is_ascii_digit())
}
