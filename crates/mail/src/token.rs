//! Signed reply addresses and Message-IDs: they carry the ticket, and a tag that only this
//! installation can make (HMAC-SHA-256, RFC 2104). What a tag proves is that we wrote the address or
//! id once; who may answer by it is decided elsewhere. No key is kept or made here.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The longest local part of an address, in octets (RFC 5321, 4.5.3.1.1).
const MAX_LOCAL: usize = 64;
/// The longest address, in octets (RFC 5321, 4.5.3.1.3, without the angle brackets).
const MAX_ADDRESS: usize = 254;
/// Bytes of a tag: 80 bits. Guesses can only be tried by mail.
const TAG: usize = 10;
/// Bytes of a ticket's number in an address; no ticket will need more.
const NUMBER: usize = 5;
/// The letters of base32 (RFC 4648, 6), in the case that survives every relay.
const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// Letters of a payload: 15 bytes fill 24 letters without padding.
const PAYLOAD: usize = (NUMBER + TAG) * 8 / 5;
/// Letters of a tag by itself.
const TAG_LETTERS: usize = TAG * 8 / 5;

/// Why nothing could be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The inbox has no usable address, or its local part is too long for what is put behind it.
    #[error("the address cannot carry a signed part")]
    Address,
    /// A ticket or item number is negative or beyond what fits.
    #[error("the number cannot be signed")]
    Number,
    /// A key of fewer than 16 bytes could be guessed.
    #[error("the signing key is too short")]
    Key,
}

/// A secret of this installation.
#[derive(Clone, Copy)]
pub struct Key<'k>(&'k [u8]);

impl<'k> Key<'k> {
    /// Takes at least 16 bytes.
    ///
    /// # Errors
    /// [`SignError::Key`] when there are fewer.
    pub fn new(bytes: &'k [u8]) -> Result<Self, SignError> {
        if bytes.len() < 16 { Err(SignError::Key) } else { Ok(Self(bytes)) }
    }

    /// The tag of a text for one purpose. The purpose keeps a tag of one kind from being used as
    /// another.
    fn tag(self, purpose: &str, text: &str) -> Option<[u8; TAG]> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0).ok()?;
        for piece in [purpose, "\0", text] {
            mac.update(piece.as_bytes());
        }
        let whole = mac.finalize().into_bytes();
        whole.get(..TAG)?.try_into().ok()
    }
}

impl std::fmt::Debug for Key<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

/// The address to which a customer's mailer sends the answer: `support+t<payload>@desk.example`.
#[derive(Debug, Clone, Copy)]
pub struct ReplyAddress;

impl ReplyAddress {
    /// The address for a ticket of the inbox with this address.
    ///
    /// # Errors
    /// When the address or the number cannot carry it.
    pub fn sign(key: Key<'_>, inbox: &str, ticket: i64) -> Result<String, SignError> {
        let (local, domain) = split(inbox).ok_or(SignError::Address)?;
        let number = number_bytes(ticket).ok_or(SignError::Number)?;
        let text = Self::signed_text(local, domain, ticket);
        let tag = key.tag("reply-address", &text).ok_or(SignError::Key)?;
        let payload = base32(&[number.as_slice(), &tag].concat());
        let local = format!("{local}+t{payload}");
        let address = format!("{local}@{domain}");
        let fits = local.len() <= MAX_LOCAL && address.len() <= MAX_ADDRESS;
        fits.then_some(address).ok_or(SignError::Address)
    }

    /// The ticket of an address that one of the keys signed; newest key first. The inbox is part of
    /// what is signed, so that the payload of one inbox is worth nothing at another. An inbox whose
    /// own address holds a `+` works as well.
    pub fn read(keys: &[Key<'_>], address: &str) -> Option<i64> {
        if address.len() > MAX_ADDRESS {
            return None;
        }
        let address = address.trim().trim_start_matches('<').trim_end_matches('>');
        let (local, domain) = split(address)?;
        let (inbox, payload) = local.rsplit_once('+')?;
        let payload = payload.strip_prefix(['t', 'T'])?;
        let bytes: [u8; NUMBER + TAG] = unbase32(payload, PAYLOAD)?.try_into().ok()?;
        let (number, tag) = bytes.split_at_checked(NUMBER)?;
        let ticket = number.iter().fold(0, |sum: i64, byte| sum << 8 | i64::from(*byte));
        let text = Self::signed_text(inbox, domain, ticket);
        matches_any(keys, "reply-address", &text, tag).then_some(ticket)
    }

    /// Relays change letter case, even of the local part.
    fn signed_text(inbox: &str, domain: &str, ticket: i64) -> String {
        format!("{}@{}\0{ticket}", inbox.to_ascii_lowercase(), domain.to_ascii_lowercase())
    }
}

/// What a Message-ID of ours names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// The ticket.
    pub ticket: i64,
    /// The message in it.
    pub item: i64,
}

/// A Message-ID of ours: `<t.<ticket>.<item>.<tag>@desk.example>`.
#[derive(Debug, Clone, Copy)]
pub struct SignedId;

impl SignedId {
    /// The id for a message, with angle brackets.
    ///
    /// # Errors
    /// When the domain or a number cannot be signed.
    pub fn sign(key: Key<'_>, domain: &str, named: Named) -> Result<String, SignError> {
        if !is_domain(domain) || domain.len() > MAX_ADDRESS - MAX_LOCAL {
            return Err(SignError::Address);
        }
        if named.ticket < 0 || named.item < 0 {
            return Err(SignError::Number);
        }
        let text = Self::signed_text(domain, named);
        let tag = key.tag("message-id", &text).ok_or(SignError::Key)?;
        Ok(format!("<t.{}.{}.{}@{domain}>", named.ticket, named.item, base32(&tag)))
    }

    /// What an id names that one of the keys signed, with or without angle brackets.
    pub fn read(keys: &[Key<'_>], id: &str) -> Option<Named> {
        if id.len() > MAX_ADDRESS {
            return None;
        }
        let id = id.trim().trim_start_matches('<').trim_end_matches('>');
        let (local, domain) = split(id)?;
        let mut parts = local.split('.');
        let mark = parts.next()?;
        let named =
            Named { ticket: plain_number(parts.next()?)?, item: plain_number(parts.next()?)? };
        let tag = unbase32(parts.next()?, TAG_LETTERS)?;
        let whole = mark.eq_ignore_ascii_case("t") && parts.next().is_none();
        let text = Self::signed_text(domain, named);
        (whole && matches_any(keys, "message-id", &text, &tag)).then_some(named)
    }

    fn signed_text(domain: &str, named: Named) -> String {
        format!("{}\0{}\0{}", domain.to_ascii_lowercase(), named.ticket, named.item)
    }
}

/// Compares with the tag of every key, in a time that does not depend on how much of it is right.
fn matches_any(keys: &[Key<'_>], purpose: &str, text: &str, tag: &[u8]) -> bool {
    let mut any = false;
    for key in keys {
        let own = key.tag(purpose, text);
        any |= own.is_some_and(|own| bool::from(own.ct_eq(tag)));
    }
    any
}

/// The local part and the domain of an address.
fn split(address: &str) -> Option<(&str, &str)> {
    let (local, domain) = address.rsplit_once('@')?;
    let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | ',' | '@');
    (!local.is_empty() && local.chars().all(is_plain) && is_domain(domain))
        .then_some((local, domain))
}

fn is_domain(domain: &str) -> bool {
    let is_label = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    !domain.is_empty() && domain.chars().all(is_label)
}

fn number_bytes(number: i64) -> Option<[u8; NUMBER]> {
    let bytes = u64::try_from(number).ok()?.to_be_bytes();
    let (high, low) = bytes.split_at_checked(bytes.len() - NUMBER)?;
    high.iter().all(|byte| *byte == 0).then(|| low.try_into().ok()).flatten()
}

/// Decimal digits as we write them: no sign, no leading zero.
fn plain_number(text: &str) -> Option<i64> {
    let number: i64 = text.parse().ok()?;
    (number.to_string() == text && number >= 0).then_some(number)
}

/// Whole groups of five bytes only.
fn base32(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 8 / 5);
    for group in bytes.chunks_exact(5) {
        let bits = group.iter().fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
        for place in (0..8).rev() {
            let index = usize::try_from(bits >> (place * 5) & 31).unwrap_or_default();
            out.push(char::from(LETTERS.get(index).copied().unwrap_or(b'a')));
        }
    }
    out
}

fn unbase32(text: &str, letters: usize) -> Option<Vec<u8>> {
    if text.len() != letters {
        return None;
    }
    let mut out = Vec::with_capacity(letters * 5 / 8);
    for group in text.as_bytes().chunks(8) {
        let mut bits = 0u64;
        for letter in group {
            let letter = letter.to_ascii_lowercase();
            let value = LETTERS.iter().position(|known| *known == letter)?;
            bits = bits << 5 | u64::try_from(value).ok()?;
        }
        out.extend(bits.to_be_bytes().iter().skip(3));
    }
    Some(out)
}

#[cfg(test)]
mod tests;
