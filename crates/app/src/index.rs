//! What of a customer or an item goes into the full-text index.

use throughline_core::call::Call;
use throughline_core::customer::Customer;
use throughline_core::identity::Identity;
use throughline_core::text::{Tokens, document_tokens};
use throughline_core::ticket::Ticket;
use throughline_core::timeline::{Detail, TimelineItem};
use throughline_store::search::{self, Index};
use throughline_store::{Conn, StoreError};

/// What is to stand in an index.
///
/// SQLite's full-text index writes out what it gathered at the end of every savepoint. Who saves
/// many things, each in a savepoint, therefore puts their documents in after the last of these.
pub(crate) struct Document {
    index: Index,
    id: i64,
    tokens: Tokens,
}

/// Puts documents in, in place of earlier ones of the same things.
pub(crate) fn put<'a>(
    conn: &mut Conn,
    documents: impl IntoIterator<Item = &'a Document>,
) -> Result<(), StoreError> {
    let mut documents = documents.into_iter();
    documents.try_for_each(|d| search::put(conn, d.index, d.id, &d.tokens))
}

/// Indexes a customer by name and addresses.
pub(crate) fn customer(
    conn: &mut Conn,
    customer: &Customer,
    identities: &[Identity],
) -> Result<(), StoreError> {
    put(conn, &[document_of_customer(customer, identities)])
}

/// Indexes an item by its text, its people, its files, and its ticket's number and subject.
pub(crate) fn item(
    conn: &mut Conn,
    item: &TimelineItem,
    ticket: Option<&Ticket>,
) -> Result<(), StoreError> {
    put(conn, &[document_of_item(item, ticket)])
}

pub(crate) fn document_of_customer(customer: &Customer, identities: &[Identity]) -> Document {
    let mut text = customer.name.clone().unwrap_or_default();
    for identity in identities {
        push(&mut text, &identity.value);
        push(&mut text, identity.name.as_deref().unwrap_or_default());
    }
    let tokens = document_tokens(&text);
    Document { index: Index::Customers, id: customer.id.get(), tokens }
}

pub(crate) fn document_of_item(item: &TimelineItem, ticket: Option<&Ticket>) -> Document {
    document_with(item, ticket, &document_tokens(&item.body))
}

/// The same, for whoever knows the tokens of the item's text already.
pub(crate) fn document_with(
    item: &TimelineItem,
    ticket: Option<&Ticket>,
    body: &Tokens,
) -> Document {
    let tokens = document_tokens(&head_of(item, ticket)).followed_by(body);
    Document { index: Index::Items, id: item.id.get(), tokens }
}

/// What is found of an item beside its text.
fn head_of(item: &TimelineItem, ticket: Option<&Ticket>) -> String {
    let named = |ticket: &Ticket| format!("#{} {}", ticket.number, ticket.subject);
    let mut text = ticket.map(named).unwrap_or_default();
    if let Detail::Message(message) = &item.detail {
        let subject = message.subject.as_deref();
        if subject != ticket.map(|ticket| ticket.subject.as_str()) {
            push(&mut text, subject.unwrap_or_default());
        }
        for party in message.from.iter().chain(&message.to).chain(&message.cc) {
            push(&mut text, &party.address);
            push(&mut text, party.name.as_deref().unwrap_or_default());
        }
        for file in &message.attachments {
            push(&mut text, file.name.as_deref().unwrap_or_default());
        }
    }
    if let Detail::Call(detail) = &item.detail {
        push_call(&mut text, &detail.call);
        detail.attachments.iter().for_each(|f| push(&mut text, f.name.as_deref().unwrap_or("")));
    }
    if let Detail::Pushed(pushed) = &item.detail {
        push(&mut text, &pushed.title);
        pushed.fields.iter().for_each(|field| push(&mut text, &field.value));
        push_values(&mut text, &pushed.data);
    }
    text
}

/// The names and numbers of a call, as written and in the form by which they are compared.
fn push_call(text: &mut String, call: &Call) {
    let ends = call.legs.iter().flat_map(|leg| [&leg.from, &leg.to]);
    let mut parts: Vec<&str> = Vec::new();
    for party in call.customer.iter().chain(ends) {
        let number = party.number.as_ref();
        parts.extend(party.name.as_deref());
        parts.extend(number.map(|number| number.raw.as_str()));
        parts.extend(number.and_then(|number| number.e164.as_deref()));
    }
    parts.extend(call.queue.as_deref());
    parts.extend(call.extensions.iter().map(String::as_str));
    parts.extend([call.disposition.as_str(), call.key.as_str()]);
    parts.sort_unstable();
    parts.dedup();
    parts.into_iter().for_each(|part| push(text, part));
}

/// All texts and numbers of pushed data.
fn push_values(text: &mut String, data: &serde_json::Value) {
    use serde_json::Value;
    match data {
        Value::String(part) => push(text, part),
        Value::Number(number) => push(text, &number.to_string()),
        Value::Array(all) => all.iter().for_each(|value| push_values(text, value)),
        Value::Object(all) => all.values().for_each(|value| push_values(text, value)),
        Value::Null | Value::Bool(_) => {}
    }
}

fn push(text: &mut String, part: &str) {
    if !part.is_empty() {
        text.push('\n');
        text.push_str(part);
    }
}
