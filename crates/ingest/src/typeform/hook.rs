//! Requests of Typeform: a keyed hash over the bytes of the body. There is no time in it; a response that
//! comes again is known by its token.

use serde_json::Value;

use crate::hooks::signature::{Hash, Written, is_signed};
use crate::hooks::{Account, Hook, HookRequest, Recording, Refused, Taking};

/// The hook of Typeform.
pub(super) struct TypeformHook;

impl Hook for TypeformHook {
    fn verify(&self, request: &HookRequest<'_>, account: &Account) -> Result<(), Refused> {
        let signature = request.header("typeform-signature").ok_or(Refused::Unsigned)?;
        let signature = signature.strip_prefix("sha256=").ok_or(Refused::Unsigned)?;
        let keys = account.secrets("secret").iter().filter(|secret| !secret.is_empty());
        let good = is_signed(Hash::Sha256, keys, &[request.body], signature, Written::Base64);
        good.then_some(()).ok_or(Refused::Unsigned)
    }

    fn receive(&self, request: &HookRequest<'_>, _: &Account) -> Result<Taking, Refused> {
        let told = serde_json::from_slice::<Value>(request.body).ok();
        let id = told.as_ref().and_then(|told| told.get("event_id")).and_then(Value::as_str);
        Ok(Taking::Recorded(Recording::of_body(request, id)))
    }
}
