//! Random texts that nobody can guess, and the hashes under which they are stored.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::secret::Secret;

/// No vowels, and nothing that is misread when it is dictated: `0o 1il 2z 5s 8b`.
const LEGIBLE: &[u8] = b"34679cdfghjkmnpqrtvwxy";

/// 32 random bytes.
pub(crate) fn bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes);
    bytes
}

/// 32 random bytes as 43 characters that need no escaping in URLs and headers.
pub(crate) fn token() -> Secret {
    Secret::new(URL_SAFE_NO_PAD.encode(bytes()))
}

/// Random characters that can be read aloud; each is worth 4.4 bits.
pub(crate) fn legible(length: usize) -> String {
    let pick = |_| LEGIBLE.get(rand::random_range(0..LEGIBLE.len())).map(|b| char::from(*b));
    (0..length).filter_map(pick).collect()
}

/// A password for one sign-in, in groups that can be read aloud: 89 bits.
pub(crate) fn one_time_password() -> Secret {
    let groups: Vec<String> = (0..4).map(|_| legible(5)).collect();
    Secret::new(groups.join("-"))
}

/// The hash under which a random text is stored, in hex. A fast hash does: there are too many
/// such texts to try them all.
pub(crate) fn hash(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Reads what [`hex`] wrote.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let pair = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    if !text.len().is_multiple_of(2) {
        None
    } else {
        (0..text.len()).step_by(2).map(pair).collect()
    }
}

/// Whether two texts are the same, in a time that does not tell where they differ.
pub(crate) fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_and_never_the_same() {
        let (a, b) = (token(), token());
        assert_eq!(a.expose().len(), 43);
        assert_ne!(a, b);
        let password = one_time_password();
        assert_eq!(password.expose().len(), 23);
        assert!(password.expose().bytes().all(|b| b == b'-' || LEGIBLE.contains(&b)));
    }

    #[test]
    fn hex_goes_both_ways() {
        assert_eq!(unhex(&hex(&[0, 15, 255])), Some(vec![0, 15, 255]));
        assert_eq!((unhex("0"), unhex("zz"), unhex("çç")), (None, None, None));
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hash(""), empty);
        assert!(same("ab", "ab") && !same("ab", "abc"));
    }
}
