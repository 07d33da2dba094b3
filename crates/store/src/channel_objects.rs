//! What is known of a platform's objects: the events that were done, the items that they became, the
//! tickets in which conversations go on, and what waits for an object that has not come.

use diesel::prelude::*;
use throughline_core::id::{InboxId, ItemId, TicketId};
use throughline_core::inbound::ChannelEvent;
use throughline_core::time::Instant;

use crate::conn::{Both, Conn};
use crate::error::StoreError;
use crate::read::{all, from_json, to_json};
use crate::schema::{channel_events, channel_objects, conversations, parked_events};

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

/// Lets an event wait for the object that it refers to.
pub fn park(
    conn: &mut Conn,
    id: i64,
    inbox: InboxId,
    object: &str,
    event: &ChannelEvent,
    now: Instant,
) -> Result<(), StoreError> {
    let row = (
        parked_events::id.eq(id),
        parked_events::inbox_id.eq(inbox.get()),
        parked_events::object.eq(object),
        parked_events::event.eq(to_json(event)?),
        parked_events::parked_at.eq(now.as_micros()),
    );
    diesel::insert_into(parked_events::table).values(row).execute(conn)?;
    Ok(())
}

/// Takes out what waited for an object, in the order in which it came.
pub fn take_parked(
    conn: &mut Conn,
    inbox: InboxId,
    object: &str,
) -> Result<Vec<ChannelEvent>, StoreError> {
    let waiting = parked_events::table
        .filter(parked_events::inbox_id.eq(inbox.get()))
        .filter(parked_events::object.eq(object));
    let rows: Vec<(i64, String)> = waiting
        .order(parked_events::id.asc())
        .select((parked_events::id, parked_events::event))
        .load(conn)?;
    let ids: Vec<i64> = rows.iter().map(|(id, _)| *id).collect();
    if !ids.is_empty() {
        diesel::delete(parked_events::table.filter(parked_events::id.eq_any(ids))).execute(conn)?;
    }
    all(rows, |(_, event)| from_json("parked_events.event", &event))
}
