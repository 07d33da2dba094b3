//! Signatures of Standard Webhooks, version 1: `v1,` and HMAC-SHA256 in base64 over id, timestamp and
//! body with dots between them. A secret is `whsec_` and 24 to 64 bytes in base64.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What the text of a secret starts with.
const START: &str = "whsec_";

/// The bytes of a secret. Debug does not print them.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret(Vec<u8>);

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

/// The text is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a webhook's secret is whsec_ and 24 to 64 bytes in base64")]
pub struct BadSecret;

impl SigningSecret {
    /// Reads the text of a secret, with or without padding.
    pub fn parse(text: &str) -> Result<Self, BadSecret> {
        let body = text.strip_prefix(START).ok_or(BadSecret)?.trim_end_matches('=');
        let bytes = STANDARD_NO_PAD.decode(body).map_err(|_| BadSecret)?;
        if (24..=64).contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(BadSecret) }
    }

    /// The signature of one message, as it stands in the header.
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        // A key of any length is taken.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return String::new() };
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

/// The header `webhook-signature`: one signature for each secret, with a space between them.
pub fn signatures(secrets: &[SigningSecret], id: &str, timestamp: i64, body: &[u8]) -> String {
    let each = secrets.iter().map(|secret| secret.sign(id, timestamp, body));
    each.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 24 bytes, from 0 to 23.
    const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

    #[test]
    fn a_signature_is_the_one_that_other_tools_compute() {
        // printf '%s' 'evt_1.1790000000.{"type":"x"}' |
        //   openssl dgst -sha256 -mac HMAC -macopt hexkey:000102…17 -binary | base64
        let secret = SigningSecret::parse(SECRET).unwrap();
        let signed = secret.sign("evt_1", 1_790_000_000, br#"{"type":"x"}"#);
        assert_eq!(signed, "v1,Smgac1M9MeWb549GAPpiZ4KAsaAhN4n2T49K6oOgIlE=");
    }

    #[test]
    fn every_part_is_signed_and_every_secret_signs() {
        let secret = SigningSecret::parse(SECRET).unwrap();
        let one = secret.sign("a", 1, b"b");
        for (id, at, body) in [("x", 1, b"b"), ("a", 2, b"b"), ("a", 1, b"x")] {
            assert_ne!(secret.sign(id, at, body), one);
        }
        let other = SigningSecret::parse(&format!("whsec_{}", STANDARD.encode([9; 32]))).unwrap();
        let both = signatures(&[secret, other.clone()], "a", 1, b"b");
        assert_eq!(both, format!("{one} {}", other.sign("a", 1, b"b")));
    }

    #[test]
    fn what_is_no_secret_is_refused_and_a_secret_is_not_printed() {
        let short = format!("whsec_{}", STANDARD.encode([0; 23]));
        let long = format!("whsec_{}", STANDARD.encode([0; 65]));
        for bad in ["", "whsec_", "AAEC", "whsec_!!!!", &short, &long] {
            assert_eq!(SigningSecret::parse(bad), Err(BadSecret), "{bad}");
        }
        assert!(SigningSecret::parse(&format!("whsec_{}", STANDARD.encode([0; 64]))).is_ok());
        assert_eq!(format!("{:?}", SigningSecret::parse(SECRET)), "Ok(SigningSecret(…))");
    }
}
