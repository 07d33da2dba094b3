//! Requests as platforms sign them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The block of SHA-256, in bytes.
const BLOCK: usize = 64;

/// The value of `X-Hub-Signature-256` for a body.
pub fn hub_signature(secret: &str, body: &[u8]) -> String {
    let hex: String = hmac(secret, body).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

/// A keyed hash of a body in Base64, as shops sign.
pub fn base64_signature(secret: &str, body: &[u8]) -> String {
    STANDARD.encode(hmac(secret, body))
}

/// HMAC by RFC 2104. The secret is shorter than a block.
fn hmac(secret: &str, body: &[u8]) -> Vec<u8> {
    let pad = |with: u8| {
        let mut block = [with; BLOCK];
        block.iter_mut().zip(secret.bytes()).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(body).finalize();
    let outer = Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize();
    outer.to_vec()
}
