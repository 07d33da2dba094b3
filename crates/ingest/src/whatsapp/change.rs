//! One change: which number it concerns, and what of it are messages, echoes, receipts and the like.

use serde_json::Value;
use throughline_core::inbound::{ChannelEvent, Happened, Person, Role};
use throughline_core::time::Instant;
use throughline_core::timeline::Direction;

use super::decode::plain;
use super::person::People;
use super::{kinds, message, status};
use crate::fields::{Fields, name_of};

/// What is known of a change before its value is read.
pub(super) struct Change {
    /// What kind of thing the app is told of.
    pub(super) object: String,
    /// The business account.
    pub(super) account: String,
    /// When the account changed, where that is said.
    pub(super) at: Option<Instant>,
    /// What changed.
    pub(super) field: String,
}

/// Where things of a change belong.
pub(super) struct Place<'a> {
    /// The id of our number.
    pub(super) number: &'a str,
    /// What changed.
    pub(super) field: &'a str,
    /// Who is named beside.
    pub(super) people: &'a People,
}

impl Change {
    /// A name for the change, of which this is left.
    pub(super) fn key(&self, left: &Fields) -> String {
        let at = self.at.map(|at| at.as_micros() / 1_000_000).unwrap_or_default();
        format!("{}:{}:{at}:{}", self.field, self.account, left.name())
    }
}

/// What a change says to the inbox of a number.
pub(super) fn events(number: &str, change: Change, mut fields: Fields) -> Vec<ChannelEvent> {
    if change.object != "whatsapp_business_account" {
        let why = format!("it is about `{}`, not about WhatsApp", change.object);
        return vec![nothing(change, &fields, why)];
    }
    let Some(mut value) = fields.object("value") else {
        return vec![kinds::unknown(change, fields)];
    };
    let mut metadata = value.object("metadata").unwrap_or_default();
    match metadata.id("phone_number_id") {
        // Nothing of it is kept: it is another inbox's.
        Some(other) if other != number => {
            let why = format!("it is about another number, {other}");
            return vec![nothing(change, &value, why)];
        }
        Some(_) => {}
        // What concerns the whole account comes to all its numbers.
        None => return vec![kinds::of_account(change, value)],
    }
    // Our own number is known from its id.
    metadata.leave(&["display_phone_number"]);
    value.put_rest("metadata", metadata);
    value.leave(&["messaging_product"]);
    let people = People::take(&mut value);
    let mut events = lists(&Place { number, field: &change.field, people: &people }, &mut value);
    match events.first_mut() {
        Some(first) if !value.is_empty() => {
            first.extra.insert("change".to_owned(), Value::Object(value.into_rest()));
        }
        Some(_) => {}
        None => {
            let customer = people.find(&mut value, "wa_id", "");
            let mut event = kinds::unknown(change, value);
            event.conversation = customer.conversation(number, None);
            if event.conversation.is_some() {
                event.who = customer.person();
            }
            events.push(event);
        }
    }
    events
}

/// Takes the lists that a value brings.
fn lists(place: &Place<'_>, value: &mut Fields) -> Vec<ChannelEvent> {
    let mut events = Vec::new();
    for (name, read) in LISTS {
        events.extend(value.objects(name).into_iter().map(|thing| read(place, thing)));
    }
    events
}

/// How a thing of a list is read.
type Read = fn(&Place<'_>, Fields) -> ChannelEvent;

const LISTS: &[(&str, Read)] = &[
    ("messages", message::inbound),
    ("message_echoes", message::echo),
    ("statuses", status::receipt),
    ("calls", kinds::call),
    ("user_preferences", kinds::preference),
];

/// Nothing for this inbox, and why.
pub(super) fn nothing(change: Change, left: &Fields, why: String) -> ChannelEvent {
    let event = platform(change.key(left), change.field, Happened::Nothing { why });
    ChannelEvent { occurred_at: change.at, ..event }
}

/// What has none of the shapes that Meta sends.
pub(super) fn odd(what: &str, value: Value) -> ChannelEvent {
    let text = format!("What stands for `{what}` here is nothing that is known of WhatsApp.");
    let happened = Happened::Unknown { object: None, content: plain(text) };
    let mut event = platform(name_of(&value), what.to_owned(), happened);
    event.extra.insert(what.to_owned(), value);
    event
}

/// Something that the platform says.
pub(super) fn platform(key: String, kind: String, what: Happened) -> ChannelEvent {
    ChannelEvent {
        key,
        provider_kind: kind,
        occurred_at: None,
        direction: Direction::Inbound,
        who: Person { role: Role::Platform, ..Person::default() },
        conversation: None,
        what,
        extra: serde_json::Map::new(),
    }
}
