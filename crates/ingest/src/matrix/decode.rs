//! What a transaction says, event by event. What a message holds is in `message`.

use serde_json::{Map, Value, json};
use throughline_core::identity::{IdentityKind, Proof};
use throughline_core::inbound::{
    ChannelEvent, Content, Conversation, Happened, InboundEvent, Person, Receipt, ReceiptState,
    Role,
};
use throughline_core::time::Instant;
use throughline_core::timeline::Direction;

use super::message;
use crate::fields::{Fields, hint};
use crate::{Decode, Undecodable};

/// Ids of users are given out once for all homeservers.
const SCOPE: &str = "matrix";
/// What is sent beside events, by its name and the one that it had before it was settled.
const EPHEMERAL: [&str; 2] = ["ephemeral", "de.sorunome.msc2409.ephemeral"];
/// What is said of a message that nobody but its readers' devices can read.
const ENCRYPTED: &str = "This message is encrypted from device to device and cannot be read here. The \
                         room has to be made without encryption.";

/// The decoder of one inbox.
pub(super) struct Matrix {
    /// Our own user.
    pub(super) user: String,
}

impl Decode for Matrix {
    fn decode(&self, bytes: &[u8]) -> Result<Vec<InboundEvent>, Undecodable> {
        let value = serde_json::from_slice(bytes)
            .map_err(|error| Undecodable(format!("this is no JSON: {error}")))?;
        let none = || Undecodable("this is no transaction of a homeserver".to_owned());
        let mut transaction = Fields::read(value).map_err(|_| none())?;
        if !transaction.has("events") {
            return Err(none());
        }
        let events = transaction.objects("events").into_iter().map(|fields| self.event(fields));
        let mut events: Vec<ChannelEvent> = events.collect();
        for name in EPHEMERAL {
            for fields in transaction.objects(name) {
                events.extend(self.ephemeral(fields));
            }
        }
        let told = |event: ChannelEvent| InboundEvent::Channel(Box::new(event.tidied()));
        Ok(events.into_iter().map(told).collect())
    }
}

impl Matrix {
    fn event(&self, mut fields: Fields) -> ChannelEvent {
        // How old it was when it was sent, and the sender once more.
        fields.leave(&["age", "user_id", "invite_room_state"]);
        let kind = fields.text("type").unwrap_or_default();
        let object = fields.id("event_id").unwrap_or_else(|| fields.name());
        let sender = fields.text("sender");
        let room = fields.text("room_id");
        let occurred_at = millis(&mut fields);
        let mut content = fields.object("content").unwrap_or_default();
        let answers = message::answered(&mut content);
        if let Some(mentioned) = content.object("m.mentions") {
            content.put_rest("m.mentions", mentioned);
        }
        let who = self.person(sender.as_deref(), &kind, &content);
        let what = self.what(&kind, &object, &mut fields, &mut content);
        let mut unsigned = fields.object("unsigned").unwrap_or_default();
        unsigned.leave(&["age", "transaction_id", "invite_room_state"]);
        fields.put_rest("unsigned", unsigned);
        fields.put_rest("content", content);
        let provider_kind = named(&kind, &fields);
        fields.leave(&["msgtype"]);
        ChannelEvent {
            key: object,
            provider_kind,
            occurred_at,
            direction: match who.role {
                Role::Us => Direction::Outbound,
                _ => Direction::Inbound,
            },
            who,
            conversation: room.map(|key| Conversation { key, answers, ..Conversation::default() }),
            what,
            extra: fields.into_rest(),
        }
    }

    fn what(
        &self,
        kind: &str,
        object: &str,
        fields: &mut Fields,
        content: &mut Fields,
    ) -> Happened {
        let object = object.to_owned();
        match kind {
            "m.room.message" | "m.sticker" => match message::replaced(content) {
                Some((of, content)) => Happened::Edit { of, content },
                None => {
                    let said = message::read(kind, content, fields);
                    Happened::Message { object, content: said }
                }
            },
            "m.reaction" => message::reaction(content),
            "m.room.redaction" => {
                // It stands in the content since version 11 of rooms.
                let of = fields.text("redacts").or_else(|| content.text("redacts"));
                of.map_or_else(
                    || nothing("it does not say what it takes back"),
                    |of| Happened::Deletion { of },
                )
            }
            "m.room.member" => self.member(fields, content),
            "m.room.encrypted" => {
                content.leave(&["ciphertext", "session_id", "sender_key", "device_id"]);
                let content = Content { text: ENCRYPTED.to_owned(), ..Content::default() };
                Happened::Unknown { object: Some(object), content }
            }
            // The state of a room, such as its name and who may do what.
            _ if fields.has("state_key") => nothing("it is about the room"),
            _ => Happened::Unknown { object: Some(object), content: Content::default() },
        }
    }

    /// Somebody goes in or out; or we are asked in.
    fn member(&self, fields: &mut Fields, content: &mut Fields) -> Happened {
        let whose = fields.text("state_key");
        let membership = content.text("membership").unwrap_or_default();
        if whose.as_deref() == Some(&self.user) && membership == "invite" {
            return Happened::Invitation {};
        }
        let whose = whose.unwrap_or_default();
        nothing(&format!("it is about who is in the room: {whose} {membership}"))
    }

    fn person(&self, sender: Option<&str>, kind: &str, content: &Fields) -> Person {
        let Some(sender) = sender else { return Person::default() };
        let is_notice = content.peek("msgtype").and_then(Value::as_str) == Some("m.notice");
        let role = match sender == self.user {
            true => Role::Us,
            // Programs speak by notices, which no program answers.
            false if is_notice && kind == "m.room.message" => Role::Bot,
            false => Role::Customer,
        };
        let local = sender.strip_prefix('@').and_then(|rest| rest.split_once(':'));
        Person {
            role,
            name: local.map(|(local, _)| local.to_owned()).filter(|name| !name.is_empty()),
            language: None,
            hints: hint(IdentityKind::Platform, SCOPE, sender, Proof::Provider)
                .into_iter()
                .collect(),
        }
    }

    /// Who has read up to where. Others than our user count; that somebody types is nothing.
    fn ephemeral(&self, mut fields: Fields) -> Vec<ChannelEvent> {
        if fields.text("type").as_deref() != Some("m.receipt") {
            return Vec::new();
        }
        let room = fields.text("room_id");
        let content = fields.object("content").unwrap_or_default().into_rest();
        let read = content.iter().flat_map(|(event, marks)| {
            let by = marks.get("m.read").and_then(Value::as_object);
            by.into_iter().flatten().map(move |(user, mark)| (event, user, mark))
        });
        let others = read.filter(|(_, user, _)| **user != self.user);
        others.map(|(event, user, mark)| self.read(room.as_deref(), event, user, mark)).collect()
    }

    fn read(&self, room: Option<&str>, event: &str, user: &str, mark: &Value) -> ChannelEvent {
        let at = mark.get("ts").and_then(Value::as_i64).and_then(|ts| ts.checked_mul(1_000));
        let conversation =
            |key: &str| Conversation { key: key.to_owned(), ..Conversation::default() };
        let of = vec![event.to_owned()];
        ChannelEvent {
            key: format!("read:{event}:{user}"),
            provider_kind: "m.receipt".to_owned(),
            occurred_at: at.map(Instant::from_micros),
            direction: Direction::Inbound,
            who: self.person(Some(user), "m.receipt", &Fields::default()),
            conversation: room.map(conversation),
            what: Happened::Receipt(Receipt {
                state: ReceiptState::Read,
                of,
                up_to: None,
                error: None,
            }),
            extra: thread_of(mark),
        }
    }
}

/// Which thread of the room was read.
fn thread_of(mark: &Value) -> Map<String, Value> {
    let thread = mark.get("thread_id").filter(|id| !id.is_null());
    thread.map(|id| Map::from_iter([("thread_id".to_owned(), json!(id))])).unwrap_or_default()
}

/// What the homeserver calls it, with the kind of a message.
fn named(kind: &str, fields: &Fields) -> String {
    match fields.peek("msgtype").and_then(Value::as_str) {
        Some(inner) if kind == "m.room.message" => inner.to_owned(),
        _ => kind.to_owned(),
    }
}

fn millis(fields: &mut Fields) -> Option<Instant> {
    let millis = fields.whole("origin_server_ts")?;
    let micros = millis.checked_mul(1_000).filter(|micros| *micros > 0);
    if micros.is_none() {
        fields.put("origin_server_ts", Value::from(millis));
    }
    micros.map(Instant::from_micros)
}

fn nothing(why: &str) -> Happened {
    Happened::Nothing { why: why.to_owned() }
}
