//! What people do with what our app shows them: they press, choose, fill in, and give commands.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use throughline_core::inbound::{ChannelEvent, Content, Happened};

use super::decode::{Told, object};
use super::markup;
use crate::lenient::{MOST_EXTRA, at, bounded, first, list, scalar, text, unix_seconds};

/// The members that hold what was chosen, by the kinds of elements.
const CHOSEN: &[&str] = &[
    "selected_option",
    "selected_options",
    "selected_user",
    "selected_users",
    "selected_channel",
    "selected_channels",
    "selected_conversation",
    "selected_conversations",
    "selected_date",
    "selected_time",
    "selected_date_time",
    "value",
];

/// An event for each thing that was pressed or chosen.
pub(super) fn actions(told: &Told<'_>) -> Vec<ChannelEvent> {
    match list(told.event, &["actions"]) {
        [] => vec![told.unknown()],
        actions => actions.iter().map(|action| pressed(told, action)).collect(),
    }
}

fn pressed(told: &Told<'_>, action: &Value) -> ChannelEvent {
    let place = place(told);
    let name = text(action, &["action_id"]).unwrap_or_default();
    let time = text(action, &["action_ts"]).unwrap_or_default();
    let of = place.map_or_else(|| told.key(), |(channel, ts)| object(channel, ts));
    let key = format!("{of}:{name}:{time}");
    let label = text(action, &["text", "text"]).map(markup::plain);
    let said = label.or_else(|| chosen(action)).unwrap_or_else(|| name.to_owned());
    let content = Content { text: said, ..Content::default() };
    let mut event = told.happened(key.clone(), Happened::Message { object: key, content });
    event.occurred_at = unix_seconds(time);
    event.conversation = place.map(|(channel, ts)| {
        let root = text(told.event, &["container", "thread_ts"])
            .or_else(|| text(told.event, &["message", "thread_ts"]));
        let mut conversation = told.conversation(channel, root.unwrap_or(ts), ts);
        conversation.answers = Some(object(channel, ts));
        conversation
    });
    let left = &mut MOST_EXTRA.clone();
    for name in ["action_id", "block_id", "type", "value"] {
        if let Some(value) = bounded(at(action, &[name]), left) {
            event.extra.insert(name.to_owned(), value);
        }
    }
    note(told, &mut event.extra, left);
    event
}

/// The message in which something was pressed.
fn place<'a>(told: &Told<'a>) -> Option<(&'a str, &'a str)> {
    let inside = at(told.event, &["container"]);
    let channel = text(told.event, &["channel", "id"]).or_else(|| text(inside, &["channel_id"]))?;
    let ts = text(inside, &["message_ts"]).or_else(|| text(told.event, &["message", "ts"]))?;
    Some((channel, ts))
}

fn note(told: &Told<'_>, extra: &mut Map<String, Value>, left: &mut usize) {
    let parts: [(&str, &[&str]); 6] = [
        ("channel_name", &["channel", "name"]),
        ("workspace", &["team", "domain"]),
        ("form", &["view", "callback_id"]),
        ("only_he_sees_it", &["container", "is_ephemeral"]),
        ("form_title", &["view", "title", "text"]),
        ("form_note", &["view", "private_metadata"]),
    ];
    for (name, path) in parts {
        let value = at(told.event, path);
        if let Some(value) = bounded(value, left).filter(|value| *value != false) {
            extra.insert(name.to_owned(), value);
        }
    }
}

/// What was chosen or written in an element, as people read it.
fn chosen(element: &Value) -> Option<String> {
    let read = |value: &Value| {
        let label = text(value, &["text", "text"]).map(markup::plain);
        label.or_else(|| scalar(at(value, &["value"]))).or_else(|| scalar(value))
    };
    let found = CHOSEN.iter().map(|name| at(element, &[name])).find(|value| !value.is_null())?;
    let several = found.as_array().map(|list| {
        let several: Vec<String> = list.iter().filter_map(read).collect();
        several.join(", ")
    });
    several.or_else(|| read(found)).filter(|said| !said.is_empty())
}

/// A form that was filled in and sent.
pub(super) fn submission(told: &Told<'_>) -> ChannelEvent {
    let view = at(told.event, &["view"]);
    let Some(id) = text(view, &["id"]) else { return told.unknown() };
    // Each time that a form is shown or changed it has another hash.
    let key = format!("view:{id}:{}", text(view, &["hash"]).unwrap_or_default());
    let title = text(view, &["title", "text"]).map(markup::plain).into_iter();
    let lines: Vec<String> = title.chain(answers(view)).collect();
    let content = Content { text: lines.join("\n"), ..Content::default() };
    let mut event = told.happened(key.clone(), Happened::Message { object: key, content });
    let left = &mut MOST_EXTRA.clone();
    note(told, &mut event.extra, left);
    if let Some(values) = bounded(at(view, &["state", "values"]), left) {
        event.extra.insert("values".into(), values);
    }
    event
}

/// A line for each answer, with what was asked before it.
fn answers(view: &Value) -> Vec<String> {
    let values = at(view, &["state", "values"]).as_object();
    let label = |block| Some((text(block, &["block_id"])?, text(block, &["label", "text"])?));
    let labels: BTreeMap<&str, &str> = list(view, &["blocks"]).iter().filter_map(label).collect();
    let mut lines = Vec::new();
    for (block, elements) in values.into_iter().flatten() {
        for (name, element) in elements.as_object().into_iter().flatten() {
            let asked =
                labels.get(block.as_str()).map_or_else(|| name.clone(), |l| markup::plain(l));
            lines.extend(chosen(element).map(|answer| format!("{asked}: {answer}")));
        }
    }
    lines
}

/// A command, such as `/help me`. It stands alone: what is written around it is not told.
pub(super) fn command(told: &Told<'_>) -> ChannelEvent {
    let words: Vec<&str> =
        ["command", "text"].iter().filter_map(|name| text(told.event, &[name])).collect();
    let key = told.key();
    let content = Content { text: markup::plain(&words.join(" ")), ..Content::default() };
    let mut event = told.happened(key.clone(), Happened::Message { object: key, content });
    let names =
        [("channel", "channel_id"), ("channel_name", "channel_name"), ("workspace", "team_domain")];
    for (name, member) in names {
        if let Some(value) = first(told.event, &[member]) {
            event.extra.insert(name.to_owned(), value.into());
        }
    }
    event
}
