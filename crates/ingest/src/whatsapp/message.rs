//! Messages: what customers write, and what is written in our name in the app on a phone.

use serde_json::{Value, json};
use throughline_core::identity::Hint;
use throughline_core::inbound::{ChannelEvent, Happened, Person, Role};
use throughline_core::timeline::Direction;

use super::body::{self, Body};
use super::change::{Place, platform};
use super::decode::plain;
use super::person::{self, Contact};
use crate::fields::Fields;

/// What a customer wrote or did.
pub(super) fn inbound(place: &Place<'_>, mut message: Fields) -> ChannelEvent {
    let mut customer = place.people.find(&mut message, "from", "from_");
    let mut who = customer.person();
    let moved = moved(&message);
    if !moved.is_empty() {
        // What was said so far stands under his old id.
        let old =
            message.peek("system").and_then(|system| system.get("previous_user_id")?.as_str());
        customer.user = customer.user.or_else(|| old.map(str::to_owned));
        let known = std::mem::take(&mut who.hints);
        // Ids stand before numbers, whichever of them came first.
        let (ids, numbers): (Vec<Hint>, Vec<Hint>) =
            known.into_iter().chain(moved).partition(|hint| hint.key.kind.is_strong());
        who.hints = ids.into_iter().chain(numbers).collect();
        who.hints.dedup();
    }
    event(place, message, &customer, who, Direction::Inbound)
}

/// What was written to a customer in our name, in the app on a phone.
pub(super) fn echo(place: &Place<'_>, mut message: Fields) -> ChannelEvent {
    let customer = place.people.find(&mut message, "to", "to_");
    message.leave(&["from"]);
    let who = Person { role: Role::Us, ..Person::default() };
    let mut event = event(place, message, &customer, who, Direction::Outbound);
    // To whom it went; the event has no place for that beside who wrote it.
    let Person { name, hints, .. } = customer.person();
    let ids: Vec<String> = hints.into_iter().map(|hint| hint.key.value).collect();
    event.extra.insert("customer".to_owned(), json!({ "name": name, "ids": ids }));
    event
}

fn event(
    place: &Place<'_>,
    mut message: Fields,
    customer: &Contact,
    who: Person,
    direction: Direction,
) -> ChannelEvent {
    let id = message.id("id").unwrap_or_else(|| message.name());
    let at = message.seconds("timestamp");
    let mut conversation = customer.conversation(place.number, message.id("group_id"));
    let answers = answered(&mut message);
    let kind = message.text("type").unwrap_or_else(|| "nothing".to_owned());
    let what = happened(&kind, id.clone(), &mut message);
    if let Some(conversation) = &mut conversation {
        conversation.answers = answers;
    }
    let key = match &what {
        Happened::Message { .. } | Happened::Unknown { .. } => id,
        _ => format!("{id}:{kind}"),
    };
    let event = platform(key, format!("{}.{kind}", place.field), what);
    let extra = message.into_rest();
    ChannelEvent { occurred_at: at, direction, who, conversation, extra, ..event }
}

/// The message that is answered, or under whose button it was pressed.
fn answered(message: &mut Fields) -> Option<String> {
    let mut context = message.object("context")?;
    let answers = context.id("id");
    message.put_rest("context", context);
    answers
}

fn happened(kind: &str, id: String, message: &mut Fields) -> Happened {
    match kind {
        "reaction" => reaction(id, message),
        "edit" => edit(id, message),
        "revoke" => {
            let mut revoke = message.object("revoke").unwrap_or_default();
            let of = revoke.id("original_message_id");
            message.put_rest("revoke", revoke);
            of.map_or_else(|| unnamed("revoke", id), |of| Happened::Deletion { of })
        }
        _ => match body::take(kind, message) {
            Body { content, is_known: true } => Happened::Message { object: id, content },
            Body { content, .. } => Happened::Unknown { object: Some(id), content },
        },
    }
}

/// A sign on a message. One that was taken off comes with an empty sign or with none.
fn reaction(id: String, message: &mut Fields) -> Happened {
    let mut reaction = message.object("reaction").unwrap_or_default();
    let of = reaction.id("message_id");
    let emoji = reaction.text("emoji").unwrap_or_default();
    reaction.leave(&["emoji"]);
    message.put_rest("reaction", reaction);
    let removed = emoji.is_empty();
    of.map_or_else(|| unnamed("reaction", id), |of| Happened::Reaction { of, emoji, removed })
}

fn edit(id: String, message: &mut Fields) -> Happened {
    let mut edit = message.object("edit").unwrap_or_default();
    let of = edit.id("original_message_id");
    let mut now = edit.object("message").unwrap_or_default();
    let kind = now.text("type").unwrap_or_default();
    let Body { content, .. } = body::take(&kind, &mut now);
    edit.put("type", kind);
    edit.put_rest("message", now);
    message.put_rest("edit", edit);
    match of {
        Some(of) => Happened::Edit { of, content },
        None => Happened::Unknown { object: Some(id), content },
    }
}

fn unnamed(kind: &str, id: String) -> Happened {
    let text = format!("What WhatsApp calls `{kind}`; of which message is not said.");
    Happened::Unknown { object: Some(id), content: plain(text) }
}

/// What somebody has who moved to another number or was given another id: the new and the old are both
/// his, so that whoever is known by the old one is known by the new one.
fn moved(message: &Fields) -> Vec<Hint> {
    let Some(system) = message.peek("system") else { return Vec::new() };
    let text = |name: &str| system.get(name).and_then(Value::as_str);
    if !MOVES.iter().any(|kind| text("type") == Some(*kind)) {
        return Vec::new();
    }
    let ids = ["user_id", "previous_user_id", "parent_user_id", "previous_parent_user_id"];
    let ids = ids.into_iter().filter_map(|name| text(name).and_then(person::id));
    let number = text("wa_id").or_else(|| text("new_wa_id")).and_then(person::number);
    ids.chain(number).collect()
}

/// What Meta calls it when somebody gets another number or id; the second is the older name of the first.
const MOVES: &[&str] = &["user_changed_number", "customer_changed_number", "user_changed_user_id"];
