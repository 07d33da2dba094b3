//! What of a customer or an item goes into the full-text index.

use throughline_core::customer::Customer;
use throughline_core::identity::Identity;
use throughline_core::text::document_tokens;
use throughline_core::ticket::Ticket;
use throughline_core::timeline::{Detail, TimelineItem};
use throughline_store::search::{self, Index};
use throughline_store::{Conn, StoreError};

/// Indexes a customer by name and addresses.
pub(crate) fn customer(
    conn: &mut Conn,
    customer: &Customer,
    identities: &[Identity],
) -> Result<(), StoreError> {
    let mut text = customer.name.clone().unwrap_or_default();
    for identity in identities {
        push(&mut text, &identity.value);
        push(&mut text, identity.name.as_deref().unwrap_or_default());
    }
    search::put(conn, Index::Customers, customer.id.get(), &document_tokens(&text))
}

/// Indexes an item by its text, its people, its files, and its ticket's number and subject.
pub(crate) fn item(
    conn: &mut Conn,
    item: &TimelineItem,
    ticket: &Ticket,
) -> Result<(), StoreError> {
    let mut text = format!("#{} {}", ticket.number, ticket.subject);
    if let Detail::Message(message) = &item.detail {
        if message.subject.as_deref().is_some_and(|subject| subject != ticket.subject) {
            push(&mut text, message.subject.as_deref().unwrap_or_default());
        }
        for party in message.from.iter().chain(&message.to).chain(&message.cc) {
            push(&mut text, &party.address);
            push(&mut text, party.name.as_deref().unwrap_or_default());
        }
        for file in &message.attachments {
            push(&mut text, file.name.as_deref().unwrap_or_default());
        }
    }
    push(&mut text, &item.body);
    search::put(conn, Index::Items, item.id.get(), &document_tokens(&text))
}

fn push(text: &mut String, part: &str) {
    if !part.is_empty() {
        text.push('\n');
        text.push_str(part);
    }
}
