//! What the signatures of platforms are made of: keyed hashes over raw bytes, compared in constant time.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac::{self, Algorithm, HMAC_SHA1_FOR_LEGACY_USE_ONLY, HMAC_SHA256};
use throughline_core::time::Instant;

/// How a signature is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// In hexadecimal digits.
    Hex,
    /// In Base64.
    Base64,
}

/// Which hash is keyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// SHA-1; some platforms still sign by it.
    Sha1,
    /// SHA-256.
    Sha256,
}

impl Hash {
    fn algorithm(self) -> Algorithm {
        match self {
            Self::Sha1 => HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => HMAC_SHA256,
        }
    }
}

/// Whether a signature is that of these parts, one after the other, by any of the keys. All keys are
/// tried, so that the time tells nothing of which one is good.
pub fn is_signed<K: AsRef<[u8]>>(
    hash: Hash,
    keys: impl IntoIterator<Item = K>,
    parts: &[&[u8]],
    signature: &str,
    written: Written,
) -> bool {
    let Some(signature) = read(signature, written) else { return false };
    let message = parts.concat();
    keys.into_iter().fold(false, |good, key| {
        let key = hmac::Key::new(hash.algorithm(), key.as_ref());
        hmac::verify(&key, &message, &signature).is_ok() | good
    })
}

fn read(signature: &str, written: Written) -> Option<Vec<u8>> {
    match written {
        Written::Base64 => STANDARD.decode(signature).ok(),
        Written::Hex => {
            let digit = |c: u8| char::from(c).to_digit(16).and_then(|d| u8::try_from(d).ok());
            let pair = |pair: &[u8]| match pair {
                [high, low] => Some((digit(*high)? << 4) | digit(*low)?),
                _ => None,
            };
            signature.as_bytes().chunks(2).map(pair).collect()
        }
    }
}

/// Whether a text is one of the secrets. Both are hashed with a key of their own first, so that neither
/// their bytes nor their lengths show in the time that it takes.
pub fn is_secret(text: &str, secrets: &[String]) -> bool {
    secrets.iter().fold(false, |good, secret| {
        let key = hmac::Key::new(HMAC_SHA256, secret.as_bytes());
        let expected = hmac::sign(&key, secret.as_bytes());
        hmac::verify(&key, text.as_bytes(), expected.as_ref()).is_ok() | good
    })
}

/// Whether a time of signing, in seconds since 1970, is within so many seconds of now, either way.
pub fn is_fresh(signed_at: &str, now: Instant, tolerance: i64) -> bool {
    let Ok(signed_at) = signed_at.parse::<i64>() else { return false };
    let now = now.as_micros() / 1_000_000;
    now.checked_sub(signed_at).is_some_and(|age| age.abs() <= tolerance)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 2202 (SHA-1) and RFC 4231 (SHA-256), test case 2.
    #[test]
    fn the_published_vectors_are_signed() {
        let parts: [&[u8]; 2] = [b"what do ya want ", b"for nothing?"];
        let sha1 = "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";
        let sha256 = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert!(is_signed(Hash::Sha1, ["Jefe"], &parts, sha1, Written::Hex));
        assert!(is_signed(Hash::Sha256, ["no", "Jefe"], &parts, sha256, Written::Hex));
        assert!(!is_signed(Hash::Sha256, ["no", "jefe"], &parts, sha256, Written::Hex));
        for bad in ["", "5b", "zz", &sha256[1..], &sha256[..62], "5bdcc146bf60754e6é"] {
            assert!(!is_signed(Hash::Sha256, ["Jefe"], &parts, bad, Written::Hex), "{bad}");
        }
        let none: [&str; 0] = [];
        assert!(!is_signed(Hash::Sha256, none, &parts, sha256, Written::Hex));
    }

    #[test]
    fn a_secret_is_told_whatever_its_length() {
        let secrets = ["old".to_owned(), "new one".to_owned()];
        assert!(is_secret("old", &secrets) && is_secret("new one", &secrets));
        assert!(!is_secret("", &secrets) && !is_secret("ol", &secrets) && !is_secret("new", &[]));
    }

    #[test]
    fn what_is_too_old_or_ahead_is_not_fresh() {
        let now = Instant::from_micros(1_000_000_000);
        assert!(
            is_fresh("1000", now, 300) && is_fresh("700", now, 300) && is_fresh("1300", now, 300)
        );
        for bad in ["699", "1301", "", "1e3", "-9223372036854775808", "99999999999999999999"] {
            assert!(!is_fresh(bad, now, 300), "{bad}");
        }
    }
}
