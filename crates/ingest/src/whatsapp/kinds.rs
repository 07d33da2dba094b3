//! Changes that bring no messages: calls, wishes of customers, news of templates and accounts, others.

use serde_json::Value;
use throughline_core::inbound::{ChannelEvent, Happened};

use super::change::{Change, Place, nothing, platform};
use super::decode::plain;
use super::person::Contact;
use crate::fields::{Fields, joined};

/// A call. It is shown, and not taken.
pub(super) fn call(place: &Place<'_>, mut call: Fields) -> ChannelEvent {
    let ours = call.peek("direction").and_then(Value::as_str) == Some("BUSINESS_INITIATED");
    let (number, stem) = if ours { ("to", "to_") } else { ("from", "from_") };
    let customer = place.people.find(&mut call, number, stem);
    // How the two sides would connect is of no use afterwards.
    call.leave(&["session"]);
    let text = |name| call.peek(name).and_then(Value::as_str);
    let (event, state) = (text("event"), text("status"));
    let words = joined(&[event, state], ", ");
    let by = if ours { "A call to the customer" } else { "A call by the customer" };
    let key = format!("call:{}:{words}", text("id").unwrap_or(&call.name()));
    told(place, call, &customer, (key, joined(&[Some(by), Some(&words)], ": ")))
}

/// A customer wants or does not want to be sent something.
pub(super) fn preference(place: &Place<'_>, mut wish: Fields) -> ChannelEvent {
    // The wish of each customer has a name of its own, so his ids go into it.
    let key = format!("preference:{}", wish.name());
    let customer = place.people.find(&mut wish, "wa_id", "");
    let text = |name| wish.peek(name).and_then(Value::as_str);
    let words = joined(&[text("category"), text("value"), text("detail")], ": ");
    told(place, wish, &customer, (key, words))
}

/// Something about a customer, with its key and its words.
fn told(
    place: &Place<'_>,
    mut fields: Fields,
    customer: &Contact,
    (key, words): (String, String),
) -> ChannelEvent {
    let at = fields.seconds("timestamp");
    let words =
        if words.is_empty() { format!("What WhatsApp calls `{}`.", place.field) } else { words };
    let what = Happened::Unknown { object: None, content: plain(words) };
    let event = platform(key, place.field.to_owned(), what);
    let conversation = customer.conversation(place.number, None);
    let extra = fields.into_rest();
    ChannelEvent { occurred_at: at, who: customer.person(), conversation, extra, ..event }
}

/// What concerns the whole account: news of its templates and of itself are for no customer's history,
/// others are shown.
pub(super) fn of_account(change: Change, value: Fields) -> ChannelEvent {
    let field = change.field.as_str();
    let is_news = ["message_template_", "template_", "account_", "phone_number_", "business_"]
        .iter()
        .any(|start| field.starts_with(start))
        || matches!(field, "security" | "flows" | "messaging_handovers");
    if !is_news {
        return unknown(change, value);
    }
    let text = |name| value.peek(name).and_then(Value::as_str);
    let name = text("message_template_name").or_else(|| text("display_phone_number"));
    let words = joined(&[name, text("event"), text("reason")], ", ");
    let why = format!("news of the business account: {field}: {words}");
    let event = nothing(change, &value, why);
    ChannelEvent { extra: value.into_rest(), ..event }
}

/// Whatever else comes: it is shown as what it is called, with what went wrong.
pub(super) fn unknown(change: Change, value: Fields) -> ChannelEvent {
    let why = value.peek("errors").map(super::body::problems);
    let name = format!("What WhatsApp calls `{}`.", change.field);
    let content = plain(joined(&[Some(name.as_str()), why.as_deref()], " "));
    let what = Happened::Unknown { object: None, content };
    let event = platform(change.key(&value), change.field, what);
    ChannelEvent { occurred_at: change.at, extra: value.into_rest(), ..event }
}
