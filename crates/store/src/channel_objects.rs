//! What is known of a platform's objects: the events that were done, the items that they became, the
//! tickets in which conversations go on, and what waits for an object that has not come.

use diesel::prelude::*;
use throughline_core::id::{CustomerId, DeliveryId, InboxId, ItemId, TicketId};
use throughline_core::identity::Key;
use throughline_core::inbound::ChannelEvent;
use throughline_core::time::Instant;

use crate::conn::{Both, Conn};
use crate::error::StoreError;
use crate::lock::{self, Named};
use crate::read::{all, from_json, to_json};
use crate::schema::{channel_events, channel_objects, conversations, identities, parked_events};

/// Holds inboxes, so that of several transactions only one at a time decides what becomes of their
/// events: else an edit and its message, or two first messages of one conversation, would not see each
/// other. In one order always, lest two wait for each other.
///
/// A lock for each object and conversation would let more go on at a time, but a batch may name more of
/// them than PostgreSQL has locks.
pub fn hold(conn: &mut Conn, inboxes: &[InboxId]) -> Result<(), StoreError> {
    let mut inboxes = inboxes.to_vec();
    inboxes.sort_unstable();
    inboxes.dedup();
    inboxes.iter().try_for_each(|id| lock::name(conn, Named::Platform, &id.to_string()))
}

/// Notes that an event was done; `false` when it had been done before.
pub fn note_event(
    conn: &mut Conn,
    inbox: InboxId,
    key: &str,
    now: Instant,
) -> Result<bool, StoreError> {
    let row = (
        channel_events::inbox_id.eq(inbox.get()),
        channel_events::key.eq(key),
        channel_events::seen_at.eq(now.as_micros()),
    );
    let insert = diesel::insert_into(channel_events::table).values(row).on_conflict_do_nothing();
    Ok(Both(insert).execute(conn)? == 1)
}

/// Whether an event was done.
pub fn is_done(conn: &mut Conn, inbox: InboxId, key: &str) -> Result<bool, StoreError> {
    let found = channel_events::table.find((inbox.get(), key)).select(channel_events::seen_at);
    Ok(found.first::<i64>(conn).optional()?.is_some())
}

/// The item that an object became.
pub fn item_of(
    conn: &mut Conn,
    inbox: InboxId,
    object: &str,
) -> Result<Option<ItemId>, StoreError> {
    let found = channel_objects::table.find((inbox.get(), object));
    let id = found.select(channel_objects::item_id).first::<i64>(conn).optional()?;
    Ok(id.map(ItemId::from))
}

/// How many objects are this item.
pub fn objects_of(conn: &mut Conn, inbox: InboxId, item: ItemId) -> Result<i64, StoreError> {
    let found = channel_objects::table
        .filter(channel_objects::item_id.eq(item.get()))
        .filter(channel_objects::inbox_id.eq(inbox.get()));
    Ok(found.count().get_result(conn)?)
}

/// Notes which item an object became; `false` when it is one already.
pub fn note_object(
    conn: &mut Conn,
    inbox: InboxId,
    object: &str,
    item: ItemId,
) -> Result<bool, StoreError> {
    let row = (
        channel_objects::inbox_id.eq(inbox.get()),
        channel_objects::object.eq(object),
        channel_objects::item_id.eq(item.get()),
    );
    let insert = diesel::insert_into(channel_objects::table).values(row).on_conflict_do_nothing();
    Ok(Both(insert).execute(conn)? == 1)
}

/// Notes that an object is this item, whatever it was taken for before; `false` when it is known as that.
pub fn claim_object(
    conn: &mut Conn,
    inbox: InboxId,
    object: &str,
    item: ItemId,
) -> Result<bool, StoreError> {
    if item_of(conn, inbox, object)? == Some(item) {
        return Ok(false);
    }
    let row = (
        channel_objects::inbox_id.eq(inbox.get()),
        channel_objects::object.eq(object),
        channel_objects::item_id.eq(item.get()),
    );
    let insert = diesel::insert_into(channel_objects::table)
        .values(row)
        .on_conflict((channel_objects::inbox_id, channel_objects::object))
        .do_update()
        .set(channel_objects::item_id.eq(item.get()));
    Both(insert).execute(conn)?;
    Ok(true)
}

/// The ticket in which a conversation goes on.
pub fn ticket_of(
    conn: &mut Conn,
    inbox: InboxId,
    conversation: &str,
) -> Result<Option<TicketId>, StoreError> {
    let found = conversations::table.find((inbox.get(), conversation));
    let id = found.select(conversations::ticket_id).first::<i64>(conn).optional()?;
    Ok(id.map(TicketId::from))
}

/// The conversations of an inbox that go on in a ticket.
pub fn conversations_of(
    conn: &mut Conn,
    inbox: InboxId,
    ticket: TicketId,
) -> Result<Vec<String>, StoreError> {
    let found = conversations::table
        .filter(conversations::ticket_id.eq(ticket.get()))
        .filter(conversations::inbox_id.eq(inbox.get()));
    Ok(found.order(conversations::key.asc()).select(conversations::key).load(conn)?)
}

/// From now on a conversation goes on in this ticket.
pub fn continue_in(
    conn: &mut Conn,
    inbox: InboxId,
    conversation: &str,
    ticket: TicketId,
) -> Result<(), StoreError> {
    let row = (
        conversations::inbox_id.eq(inbox.get()),
        conversations::key.eq(conversation),
        conversations::ticket_id.eq(ticket.get()),
    );
    let insert = diesel::insert_into(conversations::table)
        .values(row)
        .on_conflict((conversations::inbox_id, conversations::key))
        .do_update()
        .set(conversations::ticket_id.eq(ticket.get()));
    Both(insert).execute(conn)?;
    Ok(())
}

/// An event that is to wait for the object that it refers to.
#[derive(Debug, Clone)]
pub struct Parked<'a> {
    /// Names the row.
    pub id: i64,
    /// By which inbox it came.
    pub inbox: InboxId,
    /// For which object it waits.
    pub object: &'a str,
    /// In which delivery it came.
    pub delivery: DeliveryId,
    /// The event.
    pub event: &'a ChannelEvent,
    /// When it came.
    pub now: Instant,
}

/// Lets an event wait for the object that it refers to.
pub fn park(conn: &mut Conn, parked: &Parked<'_>) -> Result<(), StoreError> {
    let Parked { id, inbox, object, delivery, event, now } = parked;
    let row = (
        parked_events::id.eq(id),
        parked_events::inbox_id.eq(inbox.get()),
        parked_events::object.eq(*object),
        parked_events::delivery_id.eq(delivery.get()),
        parked_events::who.eq(event
            .who
            .hints
            .first()
            .map(|hint| person(&hint.key))
            .unwrap_or_default()),
        parked_events::event.eq(to_json(event)?),
        parked_events::parked_at.eq(now.as_micros()),
    );
    diesel::insert_into(parked_events::table).values(row).execute(conn)?;
    Ok(())
}

/// Takes out what waited for an object, in the order in which it came, each with its delivery.
pub fn take_parked(
    conn: &mut Conn,
    inbox: InboxId,
    object: &str,
) -> Result<Vec<(DeliveryId, ChannelEvent)>, StoreError> {
    let waiting = parked_events::table
        .filter(parked_events::inbox_id.eq(inbox.get()))
        .filter(parked_events::object.eq(object));
    let rows: Vec<(i64, i64, String)> = waiting
        .order(parked_events::id.asc())
        .select((parked_events::id, parked_events::delivery_id, parked_events::event))
        .load(conn)?;
    let ids: Vec<i64> = rows.iter().map(|(id, ..)| *id).collect();
    for part in ids.chunks(1_000) {
        let taken = parked_events::table.filter(parked_events::id.eq_any(part.to_vec()));
        diesel::delete(taken).execute(conn)?;
    }
    all(rows, |(_, delivery, event)| {
        Ok((DeliveryId::from(delivery), from_json("parked_events.event", &event)?))
    })
}

/// Removes what waits and was brought about by somebody of these records. Answers with the deliveries.
pub fn forget_people(
    conn: &mut Conn,
    records: &[CustomerId],
) -> Result<Vec<DeliveryId>, StoreError> {
    let ids: Vec<i64> = records.iter().map(|id| id.get()).collect();
    let theirs: Vec<(i16, String, String)> = identities::table
        .filter(identities::customer_id.eq_any(ids))
        .select((identities::kind, identities::scope, identities::value))
        .load(conn)?;
    let mut deliveries = Vec::new();
    for (kind, scope, value) in theirs {
        let of = parked_events::table.filter(parked_events::who.eq(named(kind, &scope, &value)));
        let gone: Vec<i64> =
            diesel::delete(of).returning(parked_events::delivery_id).get_results(conn)?;
        deliveries.extend(gone.into_iter().map(DeliveryId::from));
    }
    Ok(deliveries)
}

/// Removes up to `limit` events that have waited since before an instant. Answers how many.
pub fn purge_parked(conn: &mut Conn, before: Instant, limit: i64) -> Result<usize, StoreError> {
    let ids: Vec<i64> = parked_events::table
        .filter(parked_events::parked_at.lt(before.as_micros()))
        .order(parked_events::parked_at)
        .limit(limit)
        .select(parked_events::id)
        .load(conn)?;
    let old = parked_events::table.filter(parked_events::id.eq_any(ids));
    Ok(diesel::delete(old).execute(conn)?)
}

fn person(key: &Key) -> String {
    named(key.kind.code(), &key.scope, &key.value)
}

fn named(kind: i16, scope: &str, value: &str) -> String {
    format!("{kind} {scope} {value}")
}
