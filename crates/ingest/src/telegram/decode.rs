//! One update, or a list of them, to what happened.

use serde_json::Value;
use throughline_core::inbound::{
    ChannelEvent, Content, Conversation, Happened, InboundEvent, Person, Role,
};
use throughline_core::timeline::Direction;

use super::{kinds, message};
use crate::fields::{Fields, name_of};
use crate::{Decode, Undecodable};

/// Reads the updates of one bot.
pub(super) struct Telegram {
    /// The id of the bot.
    pub(super) bot: String,
}

/// One update, taken apart.
pub(super) struct Update {
    /// Its id.
    pub(super) id: String,
    /// What it is called.
    pub(super) kind: String,
    /// What stands under that name.
    pub(super) fields: Fields,
}

impl Decode for Telegram {
    fn decode(&self, bytes: &[u8]) -> Result<Vec<InboundEvent>, Undecodable> {
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|why| Undecodable(format!("it is no JSON: {why}")))?;
        let events = updates(value)?.into_iter().flat_map(|update| self.events(update));
        Ok(events.map(|event| InboundEvent::Channel(Box::new(event))).collect())
    }
}

/// The updates: one as a hook brings it, a list, or the answer of `getUpdates` around a list.
fn updates(value: Value) -> Result<Vec<Value>, Undecodable> {
    match value {
        Value::Array(list) => Ok(list),
        Value::Object(map) if map.contains_key("update_id") => Ok(vec![Value::Object(map)]),
        Value::Object(mut map) => match map.remove("result") {
            Some(Value::Array(list)) => Ok(list),
            _ => Err(Undecodable("it has no `update_id`: it is no update of Telegram".to_owned())),
        },
        _ => Err(Undecodable("it is neither an update of Telegram nor a list of them".to_owned())),
    }
}

impl Telegram {
    fn events(&self, value: Value) -> Vec<ChannelEvent> {
        let update = Fields::read(value).map_or_else(Update::odd, Update::of);
        match update.kind.as_str() {
            "message"
            | "edited_message"
            | "channel_post"
            | "edited_channel_post"
            | "business_message"
            | "edited_business_message"
            | "guest_message" => message::events(&self.bot, update),
            "callback_query" => kinds::pressed(&self.bot, update),
            "message_reaction" => kinds::reactions(&self.bot, update),
            "my_chat_member" => kinds::membership(&self.bot, update),
            "deleted_business_messages" => kinds::deletions(&self.bot, update),
            _ => vec![kinds::unknown(&self.bot, update)],
        }
    }
}

impl Update {
    /// At most one field beside the id stands in an update; should there be more, they are kept in it.
    fn of(mut update: Fields) -> Self {
        let id = update.id("update_id").unwrap_or_else(|| update.name());
        let object = |name: &&str| update.peek(name).is_some_and(Value::is_object);
        let kind = update.names().find(object).map(str::to_owned);
        let mut fields = kind.as_ref().and_then(|kind| update.object(kind)).unwrap_or_default();
        fields.put_rest("update", update);
        fields.put("update_id", id.clone());
        Self { id, kind: kind.unwrap_or_else(|| "update".to_owned()), fields }
    }

    /// What is no update and stands among them: it does not hold up the others.
    fn odd(value: Value) -> Self {
        let id = name_of(&value);
        let mut fields = Fields::default();
        fields.put("value", value);
        Self { id, kind: "update".to_owned(), fields }
    }

    /// Takes itself for the first of several events; what is left for the next names the update alone,
    /// so that many events do not hold the same things many times.
    pub(super) fn take(&mut self) -> Self {
        let mut bare = Fields::default();
        bare.put("update_id", self.id.clone());
        let fields = std::mem::replace(&mut self.fields, bare);
        Self { id: self.id.clone(), kind: self.kind.clone(), fields }
    }

    /// An event of what it says; what is left of it goes with it.
    pub(super) fn event(self, key: String, kind: String, what: Happened) -> ChannelEvent {
        ChannelEvent {
            key,
            provider_kind: kind,
            occurred_at: None,
            direction: Direction::Inbound,
            who: Person::default(),
            conversation: None,
            what,
            extra: self.fields.into_rest(),
        }
    }
}

/// An event by somebody somewhere.
pub(super) fn by(
    mut event: ChannelEvent,
    who: Person,
    conversation: Option<Conversation>,
) -> ChannelEvent {
    event.direction = match who.role {
        Role::Us => Direction::Outbound,
        Role::Customer | Role::Bot | Role::Platform => Direction::Inbound,
    };
    ChannelEvent { who, conversation, ..event }
}

/// A text without anything else.
pub(super) fn plain(text: impl Into<String>) -> Content {
    Content { text: text.into(), ..Content::default() }
}
