//! Encrypts what must be readable again and by nobody else: the secrets of inboxes.
//!
//! ChaCha20-Poly1305 (RFC 8439) under a key that never stands in the database. A text says under
//! which key it was made, so that keys can be changed: the first one encrypts, all of them decrypt.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};

use crate::secret::Secret;
use crate::{AppError, random};

/// Names the way in which a text was made.
const VERSION: &str = "1";
/// Bytes of a key's name: enough to tell the few keys of one installation apart.
const NAME: usize = 6;

/// The keys of this installation, the newest first.
#[derive(Debug, Default)]
pub struct Keyring(Vec<Secret<[u8; 32]>>);

impl Keyring {
    /// Takes keys of 32 bytes, the one that encrypts first.
    pub fn new(keys: Vec<[u8; 32]>) -> Self {
        Self(keys.into_iter().map(Secret::new).collect())
    }

    /// Encrypts a text for one place: elsewhere it cannot be read.
    pub(crate) fn seal(&self, place: &str, text: &Secret) -> Result<String, AppError> {
        let Some(key) = self.0.first() else {
            let why = "there is no key to encrypt secrets with: make one with `openssl rand -hex 32`, \
                       set it as secrets.key on every node, and start again";
            return Err(AppError::conflict("no_secret_key", why));
        };
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut nonce);
        let mut sealed = text.expose().clone().into_bytes();
        cipher(key)
            .and_then(|cipher| {
                let (nonce, place) = (Nonce::assume_unique_for_key(nonce), Aad::from(place));
                cipher.seal_in_place_append_tag(nonce, place, &mut sealed).ok()
            })
            .ok_or_else(|| AppError::internal("a secret could not be encrypted"))?;
        let body = STANDARD_NO_PAD.encode([nonce.as_slice(), &sealed].concat());
        Ok(format!("{VERSION}.{}.{body}", name_of(key)))
    }

    /// Decrypts what [`Keyring::seal`] made for the same place.
    pub(crate) fn open(&self, place: &str, sealed: &str) -> Result<Secret, AppError> {
        let mut parts = sealed.splitn(3, '.');
        let (Some(VERSION), Some(name), Some(body)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(AppError::internal("a stored secret is in no known form"));
        };
        let Some(key) = self.0.iter().find(|key| name_of(key) == name) else {
            let why = "a secret was encrypted with a key that is not here; add that key to \
                       secrets.old_keys, or give the secret anew";
            return Err(AppError::conflict("unknown_secret_key", why));
        };
        let opened = STANDARD_NO_PAD.decode(body).ok().and_then(|bytes| {
            let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN)?;
            let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
            let mut sealed = sealed.to_vec();
            let plain = cipher(key)?.open_in_place(nonce, Aad::from(place), &mut sealed).ok()?;
            String::from_utf8(plain.to_vec()).ok()
        });
        opened.map(Secret::new).ok_or_else(|| AppError::internal("a stored secret is damaged"))
    }
}

fn cipher(key: &Secret<[u8; 32]>) -> Option<LessSafeKey> {
    UnboundKey::new(&CHACHA20_POLY1305, key.expose()).ok().map(LessSafeKey::new)
}

/// A name for a key that says nothing about it.
fn name_of(key: &Secret<[u8; 32]>) -> String {
    let hash = Sha256::new().chain_update(b"throughline key name\0").chain_update(key.expose());
    let hash = hash.finalize();
    random::hex(hash.get(..NAME).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_place_and_a_known_key_can_read_it() {
        let (old, new) = ([1; 32], [2; 32]);
        let secret = Secret::from("hunter2");
        let sealed = Keyring::new(vec![old]).seal("inbox 7", &secret).unwrap();
        assert!(!sealed.contains("hunter2"));
        let both = Keyring::new(vec![new, old]);
        assert_eq!(both.open("inbox 7", &sealed).unwrap(), secret);
        assert_eq!(both.open("inbox 8", &sealed).unwrap_err().code, "internal");
        let unknown = Keyring::new(vec![new]).open("inbox 7", &sealed).unwrap_err();
        assert_eq!(unknown.code, "unknown_secret_key");
        assert_ne!(both.seal("inbox 7", &secret).unwrap(), sealed, "the nonce is fresh");
        assert_eq!(Keyring::default().seal("x", &secret).unwrap_err().code, "no_secret_key");
    }

    #[test]
    fn what_was_changed_is_refused() {
        let keys = Keyring::new(vec![[3; 32]]);
        let sealed = keys.seal("p", &Secret::from("text")).unwrap();
        let last = sealed.len() - 1;
        let other = if sealed.ends_with('A') { "B" } else { "A" };
        for bad in [format!("{}{other}", &sealed[..last]), "1..".into(), "x".into()] {
            assert!(keys.open("p", &bad).is_err(), "{bad}");
        }
    }
}
