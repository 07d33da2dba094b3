//! Requests of senders that we do not know: three common ways to prove where they come from.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::hooks::signature::{Hash, Written, is_fresh, is_secret, is_signed};
use crate::hooks::{Account, Hook, HookAnswer, HookRequest, Recording, Refused, Taking};

/// The ways to sign, by their names.
pub(super) const SCHEMES: &[&str] = &["standard_webhooks", "github", "bearer"];
/// How many seconds a signature of Standard Webhooks is good, before and after now.
const TOLERANCE: i64 = 300;
/// Secrets are copied by hand, and the padding at their end is easily lost.
const SECRETS: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The hook of a generic webhook.
pub(super) struct Webhook;

impl Hook for Webhook {
    fn verify(&self, request: &HookRequest<'_>, account: &Account) -> Result<(), Refused> {
        let secrets = account.secrets("secret");
        match account.text("scheme") {
            Some("standard_webhooks") => standard(request, secrets),
            Some("github") => github(request, secrets),
            Some("bearer") => bearer(request, secrets),
            _ => Err(Refused::Unsigned),
        }
    }

    fn receive(&self, request: &HookRequest<'_>, account: &Account) -> Result<Taking, Refused> {
        let name = match account.text("scheme") {
            Some("standard_webhooks") => request.header("webhook-id"),
            Some("github") => request.header("x-github-delivery"),
            _ => None,
        };
        if account.text("scheme") == Some("github")
            && request.header("x-github-event") == Some("ping")
        {
            return Ok(Taking::Answered(HookAnswer::ok()));
        }
        Ok(Taking::Recorded(Recording::of_body(request, name)))
    }
}

/// Standard Webhooks, symmetric: id, time and body are signed. There may be several signatures, of which
/// those of other versions are passed over.
fn standard(request: &HookRequest<'_>, secrets: &[String]) -> Result<(), Refused> {
    let id = request.header("webhook-id").ok_or(Refused::Unsigned)?;
    let time = request.header("webhook-timestamp").ok_or(Refused::Unsigned)?;
    let signatures = request.header("webhook-signature").ok_or(Refused::Unsigned)?;
    let keys: Vec<Vec<u8>> = secrets.iter().filter_map(|secret| key(secret)).collect();
    let parts: [&[u8]; 5] = [id.as_bytes(), b".", time.as_bytes(), b".", request.body];
    let versions = signatures.split(' ').filter_map(|signature| signature.strip_prefix("v1,"));
    // A header may hold no more of them than a rotation needs, or each would cost a hash of the body.
    let good = versions.take(8).fold(false, |good, signature| {
        is_signed(Hash::Sha256, &keys, &parts, signature, Written::Base64) | good
    });
    match good {
        true => is_fresh(time, request.at, TOLERANCE).then_some(()).ok_or(Refused::Stale),
        false => Err(Refused::Unsigned),
    }
}

/// The key in a secret, which is written in Base64. An empty one would be known to everybody.
fn key(secret: &str) -> Option<Vec<u8>> {
    let written = secret.trim().strip_prefix("whsec_").unwrap_or(secret.trim());
    SECRETS.decode(written).ok().filter(|key| !key.is_empty())
}

/// As GitHub does, and many after it: a hash of the body.
fn github(request: &HookRequest<'_>, secrets: &[String]) -> Result<(), Refused> {
    let signature = request.header("x-hub-signature-256").ok_or(Refused::Unsigned)?;
    let signature = signature.strip_prefix("sha256=").ok_or(Refused::Unsigned)?;
    let keys = secrets.iter().filter(|secret| !secret.is_empty());
    let good = is_signed(Hash::Sha256, keys, &[request.body], signature, Written::Hex);
    good.then_some(()).ok_or(Refused::Unsigned)
}

/// A secret that stands in the request as it is.
fn bearer(request: &HookRequest<'_>, secrets: &[String]) -> Result<(), Refused> {
    let given = request.header("authorization").ok_or(Refused::Unsigned)?;
    let (scheme, token) = given.split_once(' ').ok_or(Refused::Unsigned)?;
    let is_bearer = scheme.eq_ignore_ascii_case("bearer") && !token.is_empty();
    (is_secret(token, secrets) & is_bearer).then_some(()).ok_or(Refused::Unsigned)
}
