//! Messages of Slack, what becomes of them, and the signs that people put on them.

use serde_json::Value;
use throughline_core::inbound::{ChannelEvent, Content, FileAt, Happened, RemoteFile};

use super::decode::{Told, object};
use super::{markup, person};
use crate::lenient::{at, first, is_at, list, text, unix_seconds};

/// Where our bot token may go.
pub(super) const SLACK_HOSTS: &[&str] = &["slack.com", "slack-files.com", "slack-gov.com"];

/// What an event says.
pub(super) fn event(told: &Told<'_>) -> ChannelEvent {
    let (kind, subtype) = (text(told.event, &["type"]), text(told.event, &["subtype"]));
    let known = match (kind, subtype) {
        (Some("app_mention"), _) => written(told),
        (Some("message"), None) => written(told),
        (
            Some("message"),
            Some("file_share" | "bot_message" | "thread_broadcast" | "me_message"),
        ) => written(told),
        (Some("message"), Some("message_changed")) => changed(told),
        (Some("message"), Some("message_deleted")) => deleted(told),
        (Some("message"), Some("message_replied")) => {
            Some(told.nothing("a thread was answered, and the answer comes by itself"))
        }
        (Some("message"), Some(_)) => notice(told),
        (Some("reaction_added" | "reaction_removed"), _) => reaction(told),
        _ => None,
    };
    known.unwrap_or_else(|| told.unknown())
}

/// A message, or a mention of us, which Slack tells a second time.
fn written(told: &Told<'_>) -> Option<ChannelEvent> {
    let (channel, ts) = (text(told.event, &["channel"])?, text(told.event, &["ts"])?);
    let object = object(channel, ts);
    let root = text(told.event, &["thread_ts"]).unwrap_or(ts);
    let content = content(told.event);
    let mut event = told.happened(object.clone(), Happened::Message { object, content });
    event.occurred_at = unix_seconds(ts).or(event.occurred_at);
    event.conversation = Some(told.conversation(channel, root, ts));
    note_links(told.event, &mut event);
    Some(event)
}

/// What the platform writes into a channel, such as that somebody has joined it.
fn notice(told: &Told<'_>) -> Option<ChannelEvent> {
    let (channel, ts) = (text(told.event, &["channel"])?, text(told.event, &["ts"])?);
    let root = text(told.event, &["thread_ts"]).unwrap_or(ts);
    let mut event = told.unknown();
    event.key = object(channel, ts);
    if let Happened::Unknown { object, content: told_content } = &mut event.what {
        *object = Some(event.key.clone());
        told_content.files = files(told.event);
    }
    event.conversation = Some(told.conversation(channel, root, ts));
    Some(event)
}

fn changed(told: &Told<'_>) -> Option<ChannelEvent> {
    let (now, before) = (at(told.event, &["message"]), at(told.event, &["previous_message"]));
    let channel = text(told.event, &["channel"])?;
    let ts = text(now, &["ts"]).or_else(|| text(before, &["ts"]))?;
    if text(now, &["subtype"]) == Some("tombstone") {
        // The note that stands in its place is Slack's own; whose it was is told by what was there.
        return Some(taken_back(told, channel, ts, before));
    }
    let edited = text(now, &["edited", "ts"]);
    let same = |name| at(now, &[name]) == at(before, &[name]);
    if edited.is_none() && same("text") && same("files") {
        return Some(told.nothing("a preview was added to a message, or answers were counted"));
    }
    let revision = edited.or_else(|| first(told.event, &["event_ts", "ts"])).unwrap_or_default();
    let of = object(channel, ts);
    let what = Happened::Edit { of: of.clone(), content: content(now) };
    let mut event = told.happened(format!("{of}:edited:{revision}"), what);
    (event.who, event.direction) = person::of(told, now);
    event.occurred_at = edited.and_then(unix_seconds).or(event.occurred_at);
    let root = first(now, &["thread_ts"]).unwrap_or(ts);
    event.conversation = Some(told.conversation(channel, root, ts));
    note_links(now, &mut event);
    Some(event)
}

fn deleted(told: &Told<'_>) -> Option<ChannelEvent> {
    let before = at(told.event, &["previous_message"]);
    let channel = text(told.event, &["channel"])?;
    let ts = text(told.event, &["deleted_ts"]).or_else(|| text(before, &["ts"]))?;
    Some(taken_back(told, channel, ts, before))
}

fn taken_back(told: &Told<'_>, channel: &str, ts: &str, message: &Value) -> ChannelEvent {
    let of = object(channel, ts);
    let mut event = told.happened(format!("{of}:deleted"), Happened::Deletion { of });
    (event.who, event.direction) = person::of(told, message);
    let root = text(message, &["thread_ts"]).unwrap_or(ts);
    event.conversation = Some(told.conversation(channel, root, ts));
    event
}

/// A sign on a message, or off it. Of something else, such as a file, it is not known what to do with.
fn reaction(told: &Told<'_>) -> Option<ChannelEvent> {
    let item = at(told.event, &["item"]);
    let (channel, ts) = (text(item, &["channel"])?, text(item, &["ts"])?);
    let of = object(channel, ts);
    let emoji = text(told.event, &["reaction"]).unwrap_or_default().to_owned();
    let kind = text(told.event, &["type"]).unwrap_or_default();
    let removed = kind == "reaction_removed";
    let user = text(told.event, &["user"]).unwrap_or_default();
    let time = text(told.event, &["event_ts"]).unwrap_or_default();
    let key = format!("{of}:{kind}:{user}:{emoji}:{time}");
    let mut event = told.happened(key, Happened::Reaction { of, emoji, removed });
    // Slack does not say in which thread the message stands: it is found by its id.
    event.conversation = Some(told.conversation(channel, ts, ts));
    if let Some(writer) = text(told.event, &["item_user"]) {
        event.extra.insert("message_of".into(), writer.into());
    }
    Some(event)
}

/// What a message says.
pub(super) fn content(message: &Value) -> Content {
    let mut lines = vec![markup::plain(text(message, &["text"]).unwrap_or_default())];
    if lines.iter().all(String::is_empty) {
        lines = list(message, &["blocks"]).iter().map(of_block).collect();
    }
    // What stands behind a link in the message is no part of it; what was forwarded with it is.
    let is_part = |part: &&Value| {
        text(part, &["from_url"]).is_none() || at(part, &["is_share"]) == &Value::Bool(true)
    };
    lines.extend(list(message, &["attachments"]).iter().filter(is_part).map(of_attachment));
    lines.retain(|line| !line.is_empty());
    Content { text: lines.join("\n"), html: None, files: files(message) }
}

/// The words of a block, for messages that are nothing but blocks.
fn of_block(block: &Value) -> String {
    let mut words = String::new();
    collect(block, &mut words);
    markup::plain(words.trim())
}

fn collect(value: &Value, words: &mut String) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| collect(value, words)),
        Value::Object(map) => {
            let said = first(value, &["text", "user_id", "name", "url", "alt_text"]);
            if let Some(said) = said {
                words.push_str(said);
            }
            let below = ["text", "fields", "elements", "title"].iter();
            below.filter_map(|name| map.get(*name)).for_each(|value| collect(value, words));
            words.push_str(match map.get("type").and_then(Value::as_str) {
                Some("rich_text_section" | "mrkdwn" | "plain_text") => "\n",
                _ => "",
            });
        }
        _ => {}
    }
}

fn of_attachment(attachment: &Value) -> String {
    let parts: Vec<String> = ["pretext", "title", "text"]
        .iter()
        .filter_map(|name| text(attachment, &[name]))
        .map(markup::plain)
        .collect();
    match parts.is_empty() {
        true => markup::plain(text(attachment, &["fallback"]).unwrap_or_default()),
        false => parts.join("\n"),
    }
}

fn files(message: &Value) -> Vec<RemoteFile> {
    list(message, &["files"]).iter().filter_map(file).collect()
}

/// A file. Our token goes to Slack alone: a file that lies elsewhere is read without it, and one of which
/// nothing but the id is told (in channels that are shared) is asked for.
fn file(file: &Value) -> Option<RemoteFile> {
    let at_url = |url: &str| match is_at(url, SLACK_HOSTS) {
        true => FileAt::GuardedUrl(url.to_owned()),
        false => FileAt::Url(url.to_owned()),
    };
    let place = first(file, &["url_private_download", "url_private"]).map(at_url);
    let place = place.or_else(|| Some(FileAt::Id(text(file, &["id"])?.to_owned())))?;
    Some(RemoteFile {
        at: place,
        name: first(file, &["name", "title"]).map(str::to_owned),
        media_type: text(file, &["mimetype"]).map(str::to_owned),
        size: at(file, &["size"]).as_u64(),
    })
}

/// The pages on which people see the files.
fn note_links(message: &Value, event: &mut ChannelEvent) {
    let files = list(message, &["files"]).iter();
    let links: Vec<Value> =
        files.filter_map(|file| Some(text(file, &["permalink"])?.into())).collect();
    if !links.is_empty() {
        event.extra.insert("file_pages".into(), links.into());
    }
}
