//! Requests of Twilio: whether they are its own, and what it gets for an answer.
//!
//! Twilio signs the address together with the parts of the form, each name before its value and without
//! anything between them, and no time; that a request is a repeat is seen by its name.

use std::collections::{BTreeMap, BTreeSet};

use ring::digest;

use super::url;
use crate::hooks::form::{self, Pair};
use crate::hooks::signature::{Hash, Written, is_signed};
use crate::hooks::{Account, Hook, HookAnswer, HookRequest, Recording, Refused, Taking};

/// The hook of Twilio, for messages and for what becomes of ours.
pub(super) struct TwilioHook;

impl Hook for TwilioHook {
    fn verify(&self, request: &HookRequest<'_>, account: &Account) -> Result<(), Refused> {
        let signature = request.header("x-twilio-signature").ok_or(Refused::Unsigned)?;
        let (parts, is_whole) = match request.query("bodySHA256") {
            Some(hash) => (Vec::new(), is_hash_of(hash, request.body)),
            None => (signed_parts(form::pairs(request.body)), true),
        };
        let keys = account.secrets("auth_token");
        // All forms are tried, so that the time tells nothing of which one is good.
        let is_signed = url::forms(request.url).iter().fold(false, |good, url| {
            let parts: [&[u8]; 2] = [url.as_bytes(), &parts];
            is_signed(Hash::Sha1, keys, &parts, signature, Written::Base64) | good
        });
        (is_signed && is_whole).then_some(()).ok_or(Refused::Unsigned)
    }

    fn receive(&self, request: &HookRequest<'_>, account: &Account) -> Result<Taking, Refused> {
        let said = said(request);
        let parts = form::texts(said);
        let value = |name| form::value(&parts, name);
        let wanted = account.text("account_sid");
        if wanted.zip(value("AccountSid")).is_some_and(|(wanted, named)| wanted != named) {
            return Err(Refused::Misshapen);
        }
        let sid = value("MessageSid").or_else(|| value("SmsSid"));
        let status = value("MessageStatus").or_else(|| value("SmsStatus")).unwrap_or_default();
        let name = sid.map(|sid| format!("{sid}:{status}"));
        Ok(Taking::Recorded(Recording { name, bytes: said.to_vec(), answer: no_words() }))
    }
}

/// What is said: the body, or the query of the address where Twilio was told to send no body.
fn said<'a>(request: &HookRequest<'a>) -> &'a [u8] {
    match request.url.split_once('?') {
        Some((_, query)) if request.body.is_empty() => query.as_bytes(),
        _ => request.body,
    }
}

/// What says to Twilio that nothing is to be sent back at once.
fn no_words() -> HookAnswer {
    HookAnswer { status: 200, media_type: "text/xml", body: "<Response/>".to_owned() }
}

/// The parts of a form as Twilio signs them: names in order, and each value of a name once, in order.
fn signed_parts(pairs: Vec<Pair>) -> Vec<u8> {
    let mut parts: BTreeMap<Vec<u8>, BTreeSet<Vec<u8>>> = BTreeMap::new();
    for (name, value) in pairs {
        parts.entry(name).or_default().insert(value);
    }
    let mut signed = Vec::new();
    for (name, values) in parts {
        for value in values {
            signed.extend_from_slice(&name);
            signed.extend_from_slice(&value);
        }
    }
    signed
}

/// Whether a hash in hexadecimal digits is that of the body. The hash is no secret: it stands in the
/// address, which is signed.
fn is_hash_of(hash: &str, body: &[u8]) -> bool {
    let digest = digest::digest(&digest::SHA256, body);
    let digits: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    hash.eq_ignore_ascii_case(&digits)
}
