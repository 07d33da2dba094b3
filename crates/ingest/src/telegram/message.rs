//! Messages, posts in channels, and their edits.

use throughline_core::inbound::{ChannelEvent, Happened, Person, Role};

use super::body::{self, Body};
use super::chat::Chat;
use super::decode::{Update, by};
use super::{kinds, person};
use crate::fields::Fields;

/// What a message says; one event.
pub(super) fn events(bot: &str, mut update: Update) -> Vec<ChannelEvent> {
    let fields = &mut update.fields;
    let Some((chat, id)) = Chat::take(fields).zip(fields.id("message_id")) else {
        return vec![kinds::unknown(bot, update)];
    };
    let object = chat.object(&id);
    let who = author(bot, &chat, fields);
    let topic = chat.topic(fields);
    let mut conversation = chat.conversation(bot, topic.as_deref());
    conversation.answers = answered(&chat, topic.as_deref(), fields);
    let (sent, edited) = (fields.peek("date").cloned(), fields.seconds("edit_date"));
    let (sent, first) = (fields.seconds("date"), sent.filter(|_| edited.is_some()));
    if let Some(first) = first {
        fields.put("date", first);
    }
    let body = body::take(fields);
    let kind = format!("{}.{}", update.kind, body.kind);
    let is_edit = update.kind.starts_with("edited_");
    // Two edits may fall into one second; the update tells them apart.
    let key = match is_edit {
        true => format!("edit:{object}:{}", update.id),
        false => format!("message:{object}"),
    };
    let what = happened(object, body, is_edit);
    let mut event = by(update.event(key, kind, what), who, Some(conversation));
    event.occurred_at = edited.filter(|_| is_edit).or(sent);
    vec![event]
}

fn happened(object: String, body: Body, is_edit: bool) -> Happened {
    let Body { content, is_known, .. } = body;
    match (is_known, is_edit) {
        (true, true) => Happened::Edit { of: object, content },
        (true, false) => Happened::Message { object, content },
        (false, _) => Happened::Unknown { object: Some(object), content },
    }
}

/// Who wrote it. In the chats of a business all that its partner did not write is the business's own.
fn author(bot: &str, chat: &Chat, fields: &mut Fields) -> Person {
    let partner = fields.peek("from").and_then(|from| from.get("id")).map(ToString::to_string);
    let is_ours = chat.is_business() && !partner.is_some_and(|id| chat.is(&id));
    let who = person::take_chat(fields)
        .or_else(|| person::take(fields, "from", bot))
        .unwrap_or_else(|| chat.speaker());
    match is_ours {
        true => Person { role: Role::Us, ..who },
        false => who,
    }
}

/// The message that is answered. In a topic each message that answers none names the one that opened the
/// topic.
fn answered(chat: &Chat, topic: Option<&str>, fields: &mut Fields) -> Option<String> {
    let mut answered = fields.object("reply_to_message")?;
    let id = answered.id("message_id");
    let opens = answered.has("forum_topic_created") && id.as_deref() == topic;
    // What was said then is kept: the bot may not have seen it.
    answered.leave(&["chat"]);
    fields.put_rest("reply_to_message", answered);
    id.filter(|_| !opens).map(|id| chat.object(&id))
}
