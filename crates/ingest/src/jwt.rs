//! Tokens that say in whose name one asks, signed with a key that an admin was given by the platform.
//! What they claim is decided by each channel.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use serde_json::Value;

/// Why nothing can be signed. It holds nothing of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key is no private key in PEM of the expected kind")]
pub(crate) struct BadKey;

/// A token that is signed on the curve P-256 (ES256).
pub(crate) fn es256(key: &str, header: &Value, claims: &Value) -> Result<String, BadKey> {
    let random = SystemRandom::new();
    let key = der(key)?;
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &key, &random);
    let said = said(header, claims);
    let signature = key.map_err(|_| BadKey)?.sign(&random, said.as_bytes()).map_err(|_| BadKey)?;
    Ok(format!("{said}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// A token that is signed with RSA (RS256).
pub(crate) fn rs256(key: &str, header: &Value, claims: &Value) -> Result<String, BadKey> {
    let key = RsaKeyPair::from_pkcs8(&der(key)?).map_err(|_| BadKey)?;
    let said = said(header, claims);
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), said.as_bytes(), &mut signature)
        .map_err(|_| BadKey)?;
    Ok(format!("{said}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

fn said(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// What stands between the lines that say where a key begins and ends. Some pass keys on with their lines
/// written as `\n`.
fn der(pem: &str) -> Result<Vec<u8>, BadKey> {
    let pem = pem.replace("\\n", "\n");
    let (_, rest) = pem.split_once("-----BEGIN PRIVATE KEY-----").ok_or(BadKey)?;
    let (body, _) = rest.split_once("-----END PRIVATE KEY-----").ok_or(BadKey)?;
    let body: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    STANDARD.decode(body).map_err(|_| BadKey)
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, KeyPair, UnparsedPublicKey};
    use serde_json::json;

    use super::*;

    fn pem(der: &[u8]) -> String {
        let body = STANDARD.encode(der);
        let lines: Vec<&str> =
            body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
    }

    #[test]
    fn what_is_signed_can_be_verified_and_says_what_it_should() {
        let random = SystemRandom::new();
        let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.as_ref(), &random);
        let (header, claims) = (json!({ "alg": "ES256", "kid": "K" }), json!({ "iss": "I" }));
        for pem in [pem(der.as_ref()), pem(der.as_ref()).replace('\n', "\\n")] {
            let token = es256(&pem, &header, &claims).unwrap();
            let (said, signature) = token.rsplit_once('.').unwrap();
            let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
            let public = key.as_ref().unwrap().public_key().as_ref();
            let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public);
            assert!(public.verify(said.as_bytes(), &signature).is_ok());
            assert!(public.verify(b"another", &signature).is_err());
            let read = |part: &str| -> Value {
                serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
            };
            let (one, two) = said.split_once('.').unwrap();
            assert_eq!((read(one), read(two)), (header.clone(), claims.clone()));
        }
        assert_eq!(rs256(&pem(der.as_ref()), &header, &claims), Err(BadKey));
    }

    #[test]
    fn what_is_no_key_signs_nothing() {
        let none = json!({});
        for key in [
            "",
            "-----BEGIN PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----",
            &pem(b"abc"),
        ] {
            assert_eq!(es256(key, &none, &none), Err(BadKey));
            assert_eq!(rs256(key, &none, &none), Err(BadKey));
        }
    }
}
