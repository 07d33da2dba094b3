//! Requests of Shopify: a keyed hash over the bytes of the body. Headers are not signed, so nothing that
//! matters is taken from one: what a body is, it tells itself.

use crate::hooks::signature::{Hash, Written, is_signed};
use crate::hooks::{Account, Hook, HookRequest, Recording, Refused, Taking};

/// The hook of Shopify.
pub(super) struct ShopifyHook;

impl Hook for ShopifyHook {
    fn verify(&self, request: &HookRequest<'_>, account: &Account) -> Result<(), Refused> {
        let signature = request.header("x-shopify-hmac-sha256").ok_or(Refused::Unsigned)?;
        let keys = account.secrets("secret").iter().filter(|secret| !secret.is_empty());
        let good = is_signed(Hash::Sha256, keys, &[request.body], signature, Written::Base64);
        good.then_some(()).ok_or(Refused::Unsigned)
    }

    fn receive(&self, request: &HookRequest<'_>, account: &Account) -> Result<Taking, Refused> {
        let shop = account.text("shop").map(str::trim);
        let named = request.header("x-shopify-shop-domain").map(str::trim);
        if shop.zip(named).is_some_and(|(shop, named)| !shop.eq_ignore_ascii_case(named)) {
            return Err(Refused::Misshapen);
        }
        let name = request.header("x-shopify-webhook-id");
        let name = name.or_else(|| request.header("x-shopify-event-id"));
        Ok(Taking::Recorded(Recording::of_body(request, name)))
    }
}
