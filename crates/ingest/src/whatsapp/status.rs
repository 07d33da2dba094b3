//! How far our own messages have come.

use serde_json::Value;
use throughline_core::inbound::{ChannelEvent, Happened, Receipt, ReceiptState};

use super::body::problems;
use super::change::{Place, platform};
use super::decode::plain;
use crate::fields::Fields;

/// A receipt; an event that is shown where the state is one that nobody here knows.
pub(super) fn receipt(place: &Place<'_>, mut status: Fields) -> ChannelEvent {
    let in_group = status.peek("recipient_type").and_then(Value::as_str) == Some("group");
    // In a group the recipient is the group, and each of its people reads for himself.
    let reader = status.peek("recipient_participant_id").and_then(Value::as_str);
    let reader = reader.map(|id| format!(":{id}")).unwrap_or_default();
    let group = if in_group { status.id("recipient_id") } else { None };
    let (number, stem) = match in_group {
        true => ("recipient_participant_id", "recipient_participant_"),
        false => ("recipient_id", "recipient_"),
    };
    let customer = place.people.find(&mut status, number, stem);
    let conversation = customer.conversation(place.number, group);
    let id = status.id("id").unwrap_or_else(|| status.name());
    let name = status.text("status").unwrap_or_else(|| "nothing".to_owned());
    let key = format!("status:{id}:{name}{reader}");
    let what = happened(id, &name, &mut status);
    let at = status.seconds("timestamp");
    let event = platform(key, format!("{}.statuses.{name}", place.field), what);
    let who = customer.person();
    ChannelEvent { occurred_at: at, who, conversation, extra: status.into_rest(), ..event }
}

fn happened(id: String, name: &str, status: &mut Fields) -> Happened {
    let state = match name {
        "sent" => ReceiptState::Sent,
        "delivered" => ReceiptState::Delivered,
        // A voice message that was listened to.
        "read" | "played" => ReceiptState::Read,
        "failed" => ReceiptState::Failed,
        _ => {
            let content = plain(format!("What WhatsApp calls `{name}`."));
            return Happened::Unknown { object: Some(id), content };
        }
    };
    let error = status.peek("errors").map(problems).filter(|error| !error.is_empty());
    Happened::Receipt(Receipt { state, of: vec![id], up_to: None, error })
}
