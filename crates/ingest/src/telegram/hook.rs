//! The hook of a bot: Telegram sends with each update the secret that it was given for that.

use serde::Deserialize;
use serde_json::Value;

use crate::hooks::{Account, Hook, HookRequest, Recording, Refused, Taking, signature};

/// The hook of Telegram.
pub(super) struct TelegramHook;

/// What of an update is looked at before it is kept.
#[derive(Deserialize)]
struct Update {
    update_id: Option<Value>,
}

impl Hook for TelegramHook {
    fn verify(&self, request: &HookRequest<'_>, account: &Account) -> Result<(), Refused> {
        let given = request.header("x-telegram-bot-api-secret-token").unwrap_or_default();
        let good = signature::is_secret(given, account.secrets("webhook_secret"));
        // An empty secret is none: else a request without the header would be good.
        if good && !given.is_empty() { Ok(()) } else { Err(Refused::Unsigned) }
    }

    fn receive(&self, request: &HookRequest<'_>, _: &Account) -> Result<Taking, Refused> {
        if request.method != "POST" {
            return Err(Refused::Misshapen);
        }
        let update: Update =
            serde_json::from_slice(request.body).map_err(|_| Refused::Misshapen)?;
        let name = update.update_id.as_ref().and_then(name);
        Ok(Taking::Recorded(Recording::of_body(request, name.as_deref())))
    }
}

/// What names the delivery of an update, whether it came by the hook or was asked for.
pub fn delivery_name(update: &Value) -> Option<String> {
    name(update.get("update_id")?)
}

fn name(id: &Value) -> Option<String> {
    match id {
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
        _ => None,
    }
}
