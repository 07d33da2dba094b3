//! Requests of WooCommerce: a keyed hash over the bytes of the body. When a webhook is saved, it sends a
//! form with its number, which may be unsigned, and wants to be told that it came; nothing is kept of it.

use crate::hooks::form;
use crate::hooks::signature::{Hash, Written, is_signed};
use crate::hooks::{Account, Hook, HookAnswer, HookRequest, Recording, Refused, Taking};

/// The longest greeting, in bytes.
const GREETING: usize = 64;

/// The hook of WooCommerce.
pub(super) struct WooHook;

impl Hook for WooHook {
    fn verify(&self, request: &HookRequest<'_>, account: &Account) -> Result<(), Refused> {
        if is_greeting(request) {
            return Ok(());
        }
        let signature = request.header("x-wc-webhook-signature").ok_or(Refused::Unsigned)?;
        let keys = account.secrets("secret").iter().filter(|secret| !secret.is_empty());
        let good = is_signed(Hash::Sha256, keys, &[request.body], signature, Written::Base64);
        good.then_some(()).ok_or(Refused::Unsigned)
    }

    fn receive(&self, request: &HookRequest<'_>, _: &Account) -> Result<Taking, Refused> {
        if is_greeting(request) {
            return Ok(Taking::Answered(HookAnswer::ok()));
        }
        let name = request.header("x-wc-webhook-delivery-id");
        Ok(Taking::Recorded(Recording::of_body(request, name)))
    }
}

/// Whether it says nothing but the number of a webhook: `webhook_id=1`. Whoever sends it learns nothing
/// but that there is a hook.
fn is_greeting(request: &HookRequest<'_>) -> bool {
    if request.body.len() > GREETING {
        return false;
    }
    match form::texts(request.body).as_slice() {
        [(name, number)] => {
            let digits = !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit());
            name == "webhook_id" && digits
        }
        _ => false,
    }
}
