//! Updates that are no messages: buttons, signs on messages, who blocks the bot, and all others.

use serde_json::Value;
use throughline_core::inbound::{ChannelEvent, Happened, Person, Role};
use throughline_core::time::Instant;

use super::chat::Chat;
use super::decode::{Update, by, plain};
use super::person;
use crate::fields::{Fields, name_of};

/// A button below a message of ours was pressed. It comes without a time.
pub(super) fn pressed(bot: &str, mut update: Update) -> Vec<ChannelEvent> {
    let fields = &mut update.fields;
    let Some(id) = fields.id("id") else { return vec![unknown(bot, update)] };
    let who = person::take(fields, "from", bot).unwrap_or_default();
    let mut message = fields.object("message").unwrap_or_default();
    let chat = Chat::take(&mut message);
    let pressed = message.id("message_id");
    let conversation = chat.map(|chat| {
        let topic = chat.topic(&mut message);
        let mut conversation = chat.conversation(bot, topic.as_deref());
        conversation.answers = pressed.map(|id| chat.object(&id));
        conversation
    });
    let data = fields.peek("data").and_then(Value::as_str).unwrap_or_default().to_owned();
    let text = label(&message, &data).unwrap_or(data);
    fields.leave(&["chat_instance"]);
    fields.put_rest("message", message);
    let kind = update.kind.clone();
    let what = Happened::Message { object: format!("callback:{id}"), content: plain(text) };
    vec![by(update.event(format!("callback:{id}"), kind, what), who, conversation)]
}

/// What stands on the button that brings this data.
fn label(message: &Fields, data: &str) -> Option<String> {
    let rows = message.peek("reply_markup")?.get("inline_keyboard")?.as_array()?;
    let mut buttons = rows.iter().filter_map(Value::as_array).flatten();
    let pressed =
        buttons.find(|button| button.get("callback_data").and_then(Value::as_str) == Some(data))?;
    pressed.get("text")?.as_str().map(str::to_owned)
}

/// Signs on a message: each that is new or gone is one event.
pub(super) fn reactions(bot: &str, mut update: Update) -> Vec<ChannelEvent> {
    let fields = &mut update.fields;
    let Some((chat, id)) = Chat::take(fields).zip(fields.id("message_id")) else {
        return vec![unknown(bot, update)];
    };
    let of = chat.object(&id);
    let who = person::take(fields, "user", bot)
        .or_else(|| fields.object("actor_chat").map(person::speaker))
        .unwrap_or_default();
    let at = fields.seconds("date");
    let (old, new) = (signs(fields, "old_reaction"), signs(fields, "new_reaction"));
    let gone = old.iter().filter(|sign| !new.contains(sign)).map(|sign| (sign, true));
    let come = new.iter().filter(|sign| !old.contains(sign)).map(|sign| (sign, false));
    let mut whats: Vec<Happened> = gone
        .chain(come)
        .map(|(emoji, removed)| {
            let emoji = emoji.clone();
            Happened::Reaction { of: of.clone(), emoji, removed }
        })
        .collect();
    if whats.is_empty() {
        whats.push(Happened::Nothing { why: "the signs on a message are as before".to_owned() });
    }
    let place = chat.conversation(bot, None);
    let event = |(number, what)| {
        let key = format!("reaction:{of}:{}:{number}", update.id);
        let event = update.take().event(key, update.kind.clone(), what);
        let event = by(event, who.clone(), Some(place.clone()));
        ChannelEvent { occurred_at: at, ..event }
    };
    whats.into_iter().enumerate().map(event).collect()
}

/// The signs of a list, at most as many as anybody can put on one message.
fn signs(fields: &mut Fields, name: &str) -> Vec<String> {
    let sign = |mut sign: Fields| match sign.text("type").as_deref() {
        Some("custom_emoji") => sign.id("custom_emoji_id").map(|id| format!("custom_emoji:{id}")),
        Some("paid") => Some("⭐".to_owned()),
        _ => sign.text("emoji"),
    };
    fields.objects(name).into_iter().filter_map(sign).take(MOST_SIGNS).collect()
}

/// Telegram lets nobody put more than a few signs on a message; more are somebody's mischief.
const MOST_SIGNS: usize = 100;

/// The bot itself was blocked, unblocked, added or removed.
pub(super) fn membership(bot: &str, mut update: Update) -> Vec<ChannelEvent> {
    let fields = &mut update.fields;
    let Some(chat) = Chat::take(fields) else { return vec![unknown(bot, update)] };
    let who = person::take(fields, "from", bot).unwrap_or_else(|| chat.speaker());
    let at = fields.seconds("date");
    let status = |name| fields.peek(name)?.get("status")?.as_str();
    let before = status("old_chat_member").unwrap_or_default();
    let now = status("new_chat_member").unwrap_or_default();
    let (name, text) = match (chat.is_private(), before, now) {
        (true, _, "kicked") => ("blocked", "Blocked the bot.".to_owned()),
        (true, "kicked", "member") => ("unblocked", "Unblocked the bot.".to_owned()),
        (_, _, "kicked" | "left") => ("removed", "Removed the bot from the chat.".to_owned()),
        (_, "kicked" | "left", _) => ("added", "Added the bot to the chat.".to_owned()),
        _ => ("changed", format!("Changed the bot's standing: it was {before} and is {now}.")),
    };
    let (kind, key) = (format!("{}.{name}", update.kind), dated(&update, at));
    let what = Happened::Unknown { object: None, content: plain(text) };
    let place = chat.conversation(bot, None);
    let event = by(update.event(key, kind, what), who, Some(place));
    vec![ChannelEvent { occurred_at: at, ..event }]
}

/// Messages between a business and a customer were deleted; by which of them is not said.
pub(super) fn deletions(bot: &str, mut update: Update) -> Vec<ChannelEvent> {
    let Some(chat) = Chat::take(&mut update.fields) else { return vec![unknown(bot, update)] };
    let messages = update.fields.list("message_ids").unwrap_or_default();
    let event = |id: Value| {
        let of =
            chat.object(id.as_i64().map_or_else(|| name_of(&id), |id| id.to_string()).as_str());
        let key = format!("deletion:{of}:{}", update.id);
        let event = update.take().event(key, update.kind.clone(), Happened::Deletion { of });
        by(event, chat.speaker(), Some(chat.conversation(bot, None)))
    };
    messages.into_iter().map(event).collect()
}

/// Whatever else comes: it is shown as what it is called.
pub(super) fn unknown(bot: &str, mut update: Update) -> ChannelEvent {
    let fields = &mut update.fields;
    let chat = Chat::take(fields);
    let who = person::take_chat(fields)
        .or_else(|| person::take(fields, "from", bot))
        .or_else(|| person::take(fields, "user", bot))
        .or_else(|| chat.as_ref().map(Chat::speaker))
        .unwrap_or(Person { role: Role::Platform, ..Person::default() });
    let at = fields.seconds("date");
    let (kind, key) = (update.kind.clone(), dated(&update, at));
    let content = plain(format!("What Telegram calls `{kind}`."));
    let what = Happened::Unknown { object: None, content };
    let place = chat.map(|chat| chat.conversation(bot, None));
    ChannelEvent { occurred_at: at, ..by(update.event(key, kind, what), who, place) }
}

/// A key for what has no id of its own. After a week of silence Telegram begins to count its updates
/// elsewhere, so that a number alone may come again one day.
fn dated(update: &Update, at: Option<Instant>) -> String {
    let at = at.map(|at| at.as_micros() / 1_000_000).unwrap_or_default();
    format!("{}:{}:{at}", update.kind, update.id)
}
