//! The two forms in which Slack speaks: JSON, and a form that holds JSON or is a command; and what is
//! never kept of either.

use serde_json::{Map, Value};

use crate::Undecodable;
use crate::hooks::form;

/// What is never kept: tokens, and addresses by which anybody could answer for us.
const NEVER_KEPT: &[&str] =
    &["token", "bot_access_token", "response_url", "response_urls", "trigger_id"];

/// The JSON object that some bytes hold. A command becomes one of the type `slash_command`.
pub(super) fn read(bytes: &[u8]) -> Result<Value, Undecodable> {
    match serde_json::from_slice::<Value>(bytes) {
        Ok(said) if said.is_object() => return Ok(said),
        Ok(_) => return Err(Undecodable("this is JSON, but no object of Slack's".into())),
        Err(_) => {}
    }
    let parts = form::texts(bytes);
    if let Some(payload) = form::value(&parts, "payload") {
        let said: Option<Value> = serde_json::from_str(payload).ok();
        return said
            .filter(Value::is_object)
            .ok_or_else(|| Undecodable("the `payload` of the form is no JSON object".into()));
    }
    let known = ["command", "ssl_check"].iter().any(|name| form::value(&parts, name).is_some());
    if !known {
        return Err(Undecodable("this is neither JSON nor a form as Slack sends them".into()));
    }
    let mut said: Map<String, Value> =
        parts.into_iter().map(|(name, value)| (name, Value::from(value))).collect();
    said.insert("type".into(), "slash_command".into());
    Ok(Value::Object(said))
}

/// Takes out what is never kept. What names a command is its trigger, so a hash of that stays.
pub(super) fn redact(said: &mut Value) {
    let trigger = trigger(said);
    remove(said);
    if let (Some(trigger), Some(said)) = (trigger, said.as_object_mut()) {
        said.insert("trigger".into(), trigger.into());
    }
}

/// What names a command or a shortcut, without being good for anything else.
pub(super) fn trigger(said: &Value) -> Option<String> {
    let kept = said.get("trigger").and_then(Value::as_str).map(str::to_owned);
    let hashed = || {
        let trigger = said.get("trigger_id").and_then(Value::as_str)?;
        Some(blake3::hash(trigger.as_bytes()).to_hex().chars().take(20).collect())
    };
    kept.or_else(hashed)
}

fn remove(said: &mut Value) {
    match said {
        Value::Object(map) => {
            map.retain(|name, _| !NEVER_KEPT.contains(&name.as_str()));
            map.values_mut().for_each(remove);
        }
        Value::Array(list) => list.iter_mut().for_each(remove),
        _ => {}
    }
}
