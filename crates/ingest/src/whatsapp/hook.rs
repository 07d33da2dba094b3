//! The hook of an app at Meta: a handshake by a token when it is set up, then requests that are signed
//! with the app's secret.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;

use crate::hooks::signature::{self, Hash, Written};
use crate::hooks::{Account, Hook, HookAnswer, HookRequest, Recording, Refused, Taking};

/// The hook of WhatsApp.
pub(super) struct WhatsAppHook;

impl Hook for WhatsAppHook {
    fn verify(&self, request: &HookRequest<'_>, account: &Account) -> Result<(), Refused> {
        let good = match request.method {
            "GET" => is_handshake(request, account),
            _ => is_signed(request, account),
        };
        if good { Ok(()) } else { Err(Refused::Unsigned) }
    }

    fn receive(&self, request: &HookRequest<'_>, _: &Account) -> Result<Taking, Refused> {
        match request.method {
            "GET" => {
                let challenge = request.query("hub.challenge").ok_or(Refused::Misshapen)?;
                Ok(Taking::Answered(HookAnswer::text(challenge)))
            }
            // A batch has no name of its own; its bytes name it.
            "POST" if is_object(request.body) => {
                Ok(Taking::Recorded(Recording::of_body(request, None)))
            }
            _ => Err(Refused::Misshapen),
        }
    }
}

fn is_handshake(request: &HookRequest<'_>, account: &Account) -> bool {
    let token = request.query("hub.verify_token").unwrap_or_default();
    let is_known = signature::is_secret(token, account.secrets("verify_token"));
    is_known && !token.is_empty() && request.query("hub.mode") == Some("subscribe")
}

fn is_signed(request: &HookRequest<'_>, account: &Account) -> bool {
    let header = request.header("x-hub-signature-256").unwrap_or_default();
    let Some(digits) = header.strip_prefix("sha256=") else { return false };
    // Anybody can sign with an empty secret.
    let secrets = account.secrets("app_secret").iter().filter(|secret| !secret.is_empty());
    signature::is_signed(Hash::Sha256, secrets, &[request.body], digits, Written::Hex)
}

fn is_object(body: &[u8]) -> bool {
    serde_json::from_slice::<BTreeMap<String, IgnoredAny>>(body).is_ok()
}
