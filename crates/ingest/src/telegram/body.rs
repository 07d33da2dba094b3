//! What a message holds: its text, its file, and the words for what has neither.

use serde_json::Value;
use throughline_core::inbound::{Content, FileAt, RemoteFile};

use super::decode::plain;
use super::person;
use crate::fields::{Fields, joined};

/// What a message holds.
pub(super) struct Body {
    /// What the platform calls it, such as `photo`.
    pub(super) kind: String,
    /// What it says.
    pub(super) content: Content,
    /// Whether somebody wrote or sent it, and it is known what it is.
    pub(super) is_known: bool,
}

/// Kinds that bring one file. An animation stands before the document that comes along with it.
const FILES: &[&str] =
    &["animation", "document", "video", "video_note", "voice", "audio", "sticker"];

/// Fields that go with any kind, and so are none.
const ACCOMPANYING: &[&str] = &[
    "author_signature",
    "business_connection_id",
    "caption",
    "caption_entities",
    "chat",
    "date",
    "direct_messages_topic",
    "edit_date",
    "effect_id",
    "entities",
    "external_reply",
    "forward_date",
    "forward_from",
    "forward_from_chat",
    "forward_from_message_id",
    "forward_origin",
    "forward_sender_name",
    "forward_signature",
    "from",
    "guest_query_id",
    "has_media_spoiler",
    "has_protected_content",
    "is_automatic_forward",
    "is_from_offline",
    "is_paid_post",
    "is_topic_message",
    "link_preview_options",
    "media_group_id",
    "message_thread_id",
    "paid_star_count",
    "quote",
    "reply_markup",
    "reply_to_message",
    "reply_to_story",
    "sender_boost_count",
    "sender_business_bot",
    "sender_tag",
    "show_caption_above_media",
    "update",
    "update_id",
    "via_bot",
];

/// Takes what a message holds.
pub(super) fn take(fields: &mut Fields) -> Body {
    fields.leave(&["passport_data"]);
    text(fields)
        .or_else(|| photo(fields))
        .or_else(|| FILES.iter().find_map(|kind| file(fields, kind)))
        .or_else(|| described(fields))
        .or_else(|| told(fields))
        .unwrap_or_else(|| unknown(fields))
}

fn known(kind: &str, content: Content) -> Body {
    Body { kind: kind.to_owned(), content, is_known: true }
}

fn text(fields: &mut Fields) -> Option<Body> {
    fields.text("text").map(|text| known("text", plain(text)))
}

/// The largest of the sizes in which a photo comes; the others are the same photo.
fn photo(fields: &mut Fields) -> Option<Body> {
    let area = |photo: &Fields| {
        let side = |name| photo.peek(name).and_then(Value::as_u64).unwrap_or_default();
        side("width").saturating_mul(side("height"))
    };
    let mut photo = fields.objects("photo").into_iter().max_by_key(area)?;
    let file = remote(&mut photo);
    fields.put_rest("photo", photo);
    Some(with_caption(fields, "photo", file))
}

fn file(fields: &mut Fields, kind: &str) -> Option<Body> {
    let mut sent = fields.object(kind)?;
    let file = remote(&mut sent);
    sent.leave(&["thumb", "thumbnail", "cover"]);
    let emoji = sent.text("emoji");
    fields.put_rest(kind, sent);
    if kind == "animation" {
        fields.leave(&["document"]);
    }
    let mut body = with_caption(fields, kind, file);
    if kind == "sticker" && body.content.text.is_empty() {
        body.content.text = joined(&[Some("Sticker"), emoji.as_deref()], " ");
    }
    Some(body)
}

fn with_caption(fields: &mut Fields, kind: &str, file: Option<RemoteFile>) -> Body {
    let text = fields.text("caption").unwrap_or_default();
    known(kind, Content { text, files: file.into_iter().collect(), ..Content::default() })
}

fn remote(file: &mut Fields) -> Option<RemoteFile> {
    Some(RemoteFile {
        at: FileAt::Id(file.text("file_id")?),
        name: file.text("file_name"),
        media_type: file.text("mime_type"),
        size: file.whole("file_size").and_then(|size| u64::try_from(size).ok()),
    })
}

/// Words for a thing, of which they take what they say.
type Words = fn(&mut Fields) -> String;

/// What has no text of its own: it is put into words. What the words leave out stays beside them.
fn described(fields: &mut Fields) -> Option<Body> {
    let described: [(&str, Words); 5] = [
        ("venue", venue),
        ("location", |place| format!("Location: {}", coordinates(place))),
        ("contact", contact),
        ("poll", poll),
        ("dice", |dice| {
            let value = dice.whole("value").map(|value| value.to_string());
            joined(&[dice.text("emoji").as_deref(), value.as_deref()], " ")
        }),
    ];
    described.into_iter().find_map(|(kind, words)| {
        let mut thing = fields.object(kind)?;
        let text = words(&mut thing);
        fields.put_rest(kind, thing);
        if kind == "venue" {
            // The place of a venue comes a second time, for readers that know no venues.
            fields.leave(&["location"]);
        }
        Some(known(kind, plain(text)))
    })
}

fn coordinates(place: &Fields) -> String {
    let number = |name| place.peek(name).filter(|value| value.is_number()).map(Value::to_string);
    joined(&[number("latitude").as_deref(), number("longitude").as_deref()], ", ")
}

fn venue(venue: &mut Fields) -> String {
    let (title, address) = (venue.text("title"), venue.text("address"));
    let place = venue.peek("location").cloned().and_then(|place| Fields::read(place).ok());
    let at = place.map(|place| coordinates(&place));
    format!("Place: {}", joined(&[title.as_deref(), address.as_deref(), at.as_deref()], ", "))
}

fn contact(contact: &mut Fields) -> String {
    let (first, last) = (contact.text("first_name"), contact.text("last_name"));
    let name = joined(&[first.as_deref(), last.as_deref()], " ");
    let number = contact.text("phone_number");
    format!("Contact: {}", joined(&[Some(name.as_str()), number.as_deref()], ", "))
}

fn poll(poll: &mut Fields) -> String {
    let question = poll.text("question").unwrap_or_default();
    let options = poll.peek("options").and_then(Value::as_array).into_iter().flatten();
    let options = options.filter_map(|option| option.get("text")?.as_str());
    let lines: Vec<String> = options.map(|option| format!("\n- {option}")).collect();
    format!("Poll: {question}{}", lines.concat())
}

/// What happened to the chat itself, told in a sentence.
fn told(fields: &mut Fields) -> Option<Body> {
    let members = fields.peek("new_chat_members").cloned();
    let joined: Vec<String> = fields
        .objects("new_chat_members")
        .into_iter()
        .map(|mut member| person::name_in(&mut member))
        .collect();
    let (kind, text) = if !joined.is_empty() {
        // Its first member comes twice more, for older readers.
        fields.leave(&["new_chat_member", "new_chat_participant"]);
        fields.put("new_chat_members", members);
        ("new_chat_members", format!("Joined the group: {}.", joined.join(", ")))
    } else if let Some(mut member) = fields.object("left_chat_member") {
        fields.leave(&["left_chat_participant"]);
        fields.put_rest("left_chat_member", member.clone());
        ("left_chat_member", format!("Left the group: {}.", person::name_in(&mut member)))
    } else if let Some(title) = fields.text("new_chat_title") {
        ("new_chat_title", format!("The group is now called {title}."))
    } else if let Some(id) = fields.id("migrate_to_chat_id") {
        fields.put("migrate_to_chat_id", id.clone());
        ("migrate_to_chat_id", format!("The group became a supergroup and goes on as {id}."))
    } else {
        let id = fields.id("migrate_from_chat_id")?;
        fields.put("migrate_from_chat_id", id.clone());
        ("migrate_from_chat_id", format!("The supergroup goes on from the group {id}."))
    };
    Some(Body { kind: kind.to_owned(), content: plain(text), is_known: false })
}

fn unknown(fields: &mut Fields) -> Body {
    let kind = fields.names().find(|name| !ACCOMPANYING.contains(name)).unwrap_or("nothing");
    let kind = kind.to_owned();
    let name = format!("What Telegram calls `{kind}`.");
    let text = fields.text("caption").unwrap_or(name);
    Body { kind, content: plain(text), is_known: false }
}
