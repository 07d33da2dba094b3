//! Messages: what customers write, and what is written in our name in the app on a phone.

use serde_json::Value;
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
    let customer = place.people.find(&mut message, "from", "from_");
    let mut who = customer.person();
    // He goes on with a new number: both are his.
    who.hints.extend(new_number(&message));
    event(place, message, &customer, who, Direction::Inbound)
}

/// What was written to a customer in our name, in the app on a phone.
pub(super) fn echo(place: &Place<'_>, mut message: Fields) -> ChannelEvent {
    let customer = place.people.find(&mut message, "to", "to_");
    message.leave(&["from"]);
    let who = Person { role: Role::Us, ..Person::default() };
    event(place, message, &customer, who, Direction::Outbound)
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

/// The new number of somebody who moved to it.
fn new_number(message: &Fields) -> Option<Hint> {
    let system = message.peek("system")?;
    let kind = system.get("type").and_then(Value::as_str)?;
    let moved = matches!(kind, "user_changed_number" | "customer_changed_number");
    let new = ["wa_id", "new_wa_id"].into_iter().find_map(|name| system.get(name)?.as_str());
    new.filter(|_| moved).and_then(person::number)
}
