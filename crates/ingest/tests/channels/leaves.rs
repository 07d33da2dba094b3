//! Which leaves of a payload a decoder reads: those whose change changes what it says.

use serde_json::Value;
use throughline_core::inbound::InboundEvent;
use throughline_ingest::Decode;

/// What a decoder says of some bytes, in a form that is compared and kept.
pub fn said(decoder: &dyn Decode, bytes: &[u8]) -> Value {
    let event = |event: InboundEvent| match event {
        InboundEvent::Channel(event) => serde_json::to_value(event).expect("plain data"),
        InboundEvent::Message(mail) => Value::String(format!("{mail:?}")),
    };
    match decoder.decode(bytes) {
        Ok(events) => events.into_iter().map(event).collect(),
        Err(why) => serde_json::json!({ "undecodable": why.to_string() }),
    }
}

/// The leaves of a payload, JSON or form, that do not matter to what is said of it: each as a pointer.
pub fn unread(decoder: &dyn Decode, bytes: &[u8]) -> Vec<String> {
    leaves(bytes)
        .into_iter()
        .filter(|(_, changed)| said(decoder, bytes) == said(decoder, changed))
        .map(|(pointer, _)| pointer)
        .collect()
}

/// Each leaf that says anything, with the payload in which it alone is another.
pub fn leaves(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    match serde_json::from_slice::<Value>(bytes) {
        Ok(payload) => {
            let mut pointers = Vec::new();
            collect(&payload, String::new(), &mut pointers);
            let changed = |pointer: String| {
                let mut other = payload.clone();
                let leaf = other.pointer_mut(&pointer).expect("its own pointer");
                *leaf = another(leaf);
                (pointer, other.to_string().into_bytes())
            };
            pointers.into_iter().map(changed).collect()
        }
        Err(_) => form_leaves(bytes),
    }
}

fn collect(value: &Value, at: String, pointers: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            let key = key.replace('~', "~0").replace('/', "~1");
            collect(value, format!("{at}/{key}"), pointers);
        }),
        Value::Array(list) => list.iter().enumerate().for_each(|(place, value)| {
            collect(value, format!("{at}/{place}"), pointers);
        }),
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) | Value::String(_) => pointers.push(at),
    }
}

fn another(leaf: &Value) -> Value {
    match leaf {
        Value::Bool(bool) => Value::Bool(!bool),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Value::from(whole.wrapping_add(1)),
            None => Value::from(number.as_f64().unwrap_or_default() + 1.0),
        },
        other => Value::String(format!("x{}", other.as_str().unwrap_or_default())),
    }
}

fn form_leaves(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let text = String::from_utf8_lossy(bytes);
    let pairs: Vec<&str> = text.trim().split('&').filter(|pair| !pair.ends_with('=')).collect();
    let changed = |place: usize| {
        let name = pairs.get(place)?.split('=').next()?;
        let other: Vec<String> = pairs
            .iter()
            .enumerate()
            .map(|(at, pair)| match at == place {
                true => pair.replacen('=', "=x", 1),
                false => (*pair).to_owned(),
            })
            .collect();
        Some((format!("/{name}"), other.join("&").into_bytes()))
    };
    (0..pairs.len()).filter_map(changed).collect()
}

/// Whether a pointer fits a pattern, in which `*` stands for one part and `**` at its end for all below.
pub fn fits(pattern: &str, pointer: &str) -> bool {
    let (mut pattern, mut pointer) = (pattern.split('/'), pointer.split('/'));
    loop {
        match (pattern.next(), pointer.next()) {
            (None, None) => return true,
            (Some("**"), Some(_)) => return true,
            (Some(wanted), Some(part)) if wanted == "*" || wanted == part => {}
            _ => return false,
        }
    }
}
