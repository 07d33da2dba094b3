//! Requests of Slack: whether they are its own, and what it gets for an answer.

use serde_json::Value;

use super::payload;
use crate::hooks::signature::{Hash, Written, is_fresh, is_signed};
use crate::hooks::{Account, Hook, HookAnswer, HookRequest, Recording, Refused, Taking};
use crate::lenient::text;

/// How many seconds a signature is good, before and after now.
const TOLERANCE: i64 = 300;

/// The hook of Slack: events, interactions and commands.
pub(super) struct SlackHook;

impl Hook for SlackHook {
    fn verify(&self, request: &HookRequest<'_>, account: &Account) -> Result<(), Refused> {
        let time = request.header("x-slack-request-timestamp").ok_or(Refused::Unsigned)?;
        let signature = request.header("x-slack-signature").ok_or(Refused::Unsigned)?;
        let signature = signature.strip_prefix("v0=").ok_or(Refused::Unsigned)?;
        let parts: [&[u8]; 4] = [b"v0:", time.as_bytes(), b":", request.body];
        let keys = account.secrets("signing_secret");
        // The signature goes first, so that only who signed is told that he is late.
        if !is_signed(Hash::Sha256, keys, &parts, signature, Written::Hex) {
            return Err(Refused::Unsigned);
        }
        is_fresh(time, request.at, TOLERANCE).then_some(()).ok_or(Refused::Stale)
    }

    fn receive(&self, request: &HookRequest<'_>, account: &Account) -> Result<Taking, Refused> {
        // What cannot be read is kept as it came; the decoder says why.
        let Ok(said) = payload::read(request.body) else {
            return Ok(Taking::Recorded(Recording::of_body(request, None)));
        };
        if let Some(answer) = handshake(&said) {
            return Ok(Taking::Answered(answer));
        }
        if !is_of_team(&said, account.text("team_id")) {
            // A refusal would count against the app, and Slack would stop sending to it.
            return Ok(Taking::Answered(HookAnswer::ok()));
        }
        let (name, bytes) = kept(said);
        Ok(Taking::Recorded(Recording { name, bytes, answer: HookAnswer::ok() }))
    }
}

fn handshake(said: &Value) -> Option<HookAnswer> {
    if text(said, &["ssl_check"]).is_some() {
        return Some(HookAnswer::ok());
    }
    let is_handshake = text(said, &["type"]) == Some("url_verification");
    is_handshake.then(|| HookAnswer::text(text(said, &["challenge"]).unwrap_or_default()))
}

/// What is kept of what is said, and what names it: the same, whichever way it came.
pub(super) fn kept(mut said: Value) -> (Option<String>, Vec<u8>) {
    let name = text(&said, &["event_id"]).map(str::to_owned);
    payload::redact(&mut said);
    (name, said.to_string().into_bytes())
}

/// Whether what is said comes from a workspace; what names none may.
pub(super) fn is_of_team(said: &Value, wanted: Option<&str>) -> bool {
    let named = text(said, &["team_id"]).or_else(|| text(said, &["team", "id"]));
    wanted.is_none_or(|wanted| named.is_none_or(|named| named == wanted))
}
