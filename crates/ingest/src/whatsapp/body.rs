//! What a message holds: its text, its file, and the words for what has neither.

use serde_json::Value;
use throughline_core::inbound::{Content, FileAt, RemoteFile};

use super::decode::plain;
use crate::fields::{Fields, joined};

/// What a message holds.
pub(super) struct Body {
    /// What it says.
    pub(super) content: Content,
    /// Whether somebody wrote or sent it, and it is known what it is.
    pub(super) is_known: bool,
}

/// Takes what a message of a kind holds.
pub(super) fn take(kind: &str, message: &mut Fields) -> Body {
    let known = match kind {
        "text" => text(message),
        "image" | "video" | "audio" | "voice" | "document" | "sticker" => file(kind, message),
        "contacts" => contacts(message),
        "location" => part(message, kind, location),
        "order" => part(message, kind, order),
        "button" => part(message, kind, |button| button.text("text").map(plain)),
        "interactive" => part(message, kind, |pressed| interactive(pressed).map(plain)),
        _ => None,
    };
    let is_known = known.is_some();
    Body { content: known.unwrap_or_else(|| plain(unknown(kind, message))), is_known }
}

fn part(
    message: &mut Fields,
    name: &str,
    read: impl FnOnce(&mut Fields) -> Option<Content>,
) -> Option<Content> {
    let mut part = message.object(name)?;
    let content = read(&mut part);
    message.put_rest(name, part);
    content
}

fn text(message: &mut Fields) -> Option<Content> {
    part(message, "text", |text| text.text("body").map(plain))
}

fn file(kind: &str, message: &mut Fields) -> Option<Content> {
    part(message, kind, |file| {
        let text = file.text("caption");
        let sticker = (kind == "sticker").then(|| "Sticker".to_owned());
        let at = file.id("id").map(FileAt::Id);
        let sent = RemoteFile {
            at: at.or_else(|| file.text("url").map(FileAt::GuardedUrl))?,
            name: file.text("filename"),
            media_type: file.text("mime_type"),
            size: file.whole("file_size").and_then(|size| u64::try_from(size).ok()),
        };
        // The address is made anew of the id, and this one lives for minutes.
        file.leave(&["url"]);
        let text = text.or(sticker).unwrap_or_default();
        Some(Content { text, files: vec![sent], ..Content::default() })
    })
}

fn location(place: &mut Fields) -> Option<Content> {
    let number = |name| place.peek(name).filter(|value| value.is_number()).map(Value::to_string);
    let at = joined(&[number("latitude").as_deref(), number("longitude").as_deref()], ", ");
    let (name, address) = (place.text("name"), place.text("address"));
    let word = if name.is_some() { "Place" } else { "Location" };
    let words = joined(&[name.as_deref(), address.as_deref(), Some(at.as_str())], ", ");
    Some(plain(format!("{word}: {words}")))
}

/// Cards that somebody sends on: a line for each; all that they say stays beside it.
fn contacts(message: &mut Fields) -> Option<Content> {
    let cards = message.peek("contacts")?.as_array()?;
    let line = |card: &Value| {
        let name = card.pointer("/name/formatted_name").and_then(Value::as_str);
        let several = |list: &str, name: &str| -> Vec<String> {
            let entries = card.get(list).and_then(Value::as_array).into_iter().flatten();
            let texts = entries.filter_map(|entry| entry.get(name)?.as_str());
            texts.map(str::to_owned).collect()
        };
        let (phones, mails) = (several("phones", "phone"), several("emails", "email"));
        let (phones, mails) = (phones.join(", "), mails.join(", "));
        format!("Contact: {}", joined(&[name, Some(&phones), Some(&mails)], ", "))
    };
    let lines: Vec<String> = cards.iter().map(line).collect();
    Some(plain(lines.join("\n")))
}

fn order(order: &mut Fields) -> Option<Content> {
    let line = |item: &Value| {
        let text = |name| item.get(name).and_then(Value::as_str);
        let number = |name| item.get(name).filter(|value| value.is_number()).map(Value::to_string);
        let (count, price) = (number("quantity"), number("item_price"));
        let each = joined(&[price.as_deref(), text("currency")], " ");
        let what = joined(&[count.as_deref(), text("product_retailer_id")], " × ");
        format!("\n- {}", joined(&[Some(&what), Some(&each)], ", each "))
    };
    let items = order.peek("product_items").and_then(Value::as_array).into_iter().flatten();
    let lines: Vec<String> = items.map(line).collect();
    let said = order.text("text").map(|text| format!(" {text}")).unwrap_or_default();
    Some(plain(format!("Order:{said}{}", lines.concat())))
}

/// What was chosen or filled in, where we had asked.
fn interactive(pressed: &mut Fields) -> Option<String> {
    let kind = pressed.text("type")?;
    let mut reply = pressed.object(&kind)?;
    let text = match kind.as_str() {
        "nfm_reply" => answers(&reply).or_else(|| reply.text("body")),
        _ => {
            let title = reply.text("title");
            title.or_else(|| reply.text("description")).or_else(|| reply.text("text"))
        }
    };
    pressed.put_rest(&kind, reply);
    pressed.put("type", kind);
    text
}

/// The fields of a form, a line each.
fn answers(reply: &Fields) -> Option<String> {
    let json = reply.peek("response_json")?.as_str()?;
    let Value::Object(answers) = serde_json::from_str(json).ok()? else { return None };
    let line = |(name, value): (&String, &Value)| match value {
        // It says which form it was and belongs to the machines.
        _ if name == "flow_token" => None,
        Value::String(text) => Some(format!("{name}: {text}")),
        other => Some(format!("{name}: {other}")),
    };
    let lines: Vec<String> = answers.iter().filter_map(line).collect();
    Some(lines.join("\n"))
}

/// Words for what is not known here: its own, what went wrong with it, or what it is called.
fn unknown(kind: &str, message: &mut Fields) -> String {
    let said = message.peek("system").and_then(|system| system.get("body")?.as_str());
    if let Some(said) = said {
        return said.to_owned();
    }
    let unsupported = message.peek("unsupported").and_then(|what| what.get("type")?.as_str());
    let name = format!("What WhatsApp calls `{}`.", unsupported.unwrap_or(kind));
    let why = message.peek("errors").map(problems).filter(|why| !why.is_empty());
    joined(&[Some(name.as_str()), why.as_deref()], " ")
}

/// What went wrong, in Meta's words, with its numbers.
pub(super) fn problems(errors: &Value) -> String {
    let sentence = |error: &Value| {
        let text = |at: &str| error.pointer(at).and_then(Value::as_str);
        let title = text("/title").or_else(|| text("/message"));
        let details = text("/error_data/details").filter(|details| Some(*details) != title);
        let code = error.get("code").filter(|code| code.is_number());
        let code = code.map(|code| format!("error {code}"));
        joined(&[code.as_deref(), title, details], ": ")
    };
    let sentences: Vec<String> = errors.as_array().into_iter().flatten().map(sentence).collect();
    sentences.join("; ")
}
