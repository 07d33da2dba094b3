//! How far agents have read.

use diesel::prelude::*;
use throughline_core::actor::Actor;
use throughline_core::desk::{Newest, ReadUpTo, SPOKEN};
use throughline_core::id::{AgentId, ItemId, TicketId};
use throughline_core::query::TimelineFilter;
use throughline_core::time::Instant;

use crate::conn::{Conn, each};
use crate::error::StoreError;
use crate::schema::{mentions, ticket_reads, timeline_items};
use crate::timeline::{CUSTOMER, filtered};

/// How far an agent has read in a ticket; `None` when he never opened it.
pub fn get(
    conn: &mut Conn,
    agent: AgentId,
    ticket: TicketId,
) -> Result<Option<ReadUpTo>, StoreError> {
    let row = ticket_reads::table.find((agent.get(), ticket.get()));
    let row = row.select((ticket_reads::item_id, ticket_reads::since_key, ticket_reads::marked));
    let found: Option<(i64, i64, bool)> = row.first(conn).optional()?;
    Ok(found.map(|(item, since_key, marked)| ReadUpTo { item, since_key, marked }))
}

/// Writes it down.
pub fn set(
    conn: &mut Conn,
    agent: AgentId,
    ticket: TicketId,
    read: ReadUpTo,
) -> Result<(), StoreError> {
    let ReadUpTo { item, since_key, marked } = read;
    let state = (
        ticket_reads::item_id.eq(item),
        ticket_reads::since_key.eq(since_key),
        ticket_reads::marked.eq(marked),
    );
    let whose = (ticket_reads::agent_id.eq(agent.get()), ticket_reads::ticket_id.eq(ticket.get()));
    each!(conn, c => diesel::insert_into(ticket_reads::table)
        .values((whose, state))
        .on_conflict((ticket_reads::agent_id, ticket_reads::ticket_id))
        .do_update()
        .set(state)
        .execute(c))?;
    Ok(())
}

/// Marks the notes of a ticket that name an agent as read, up to an item.
pub fn read_mentions(
    conn: &mut Conn,
    agent: AgentId,
    ticket: TicketId,
    up_to: ItemId,
) -> Result<(), StoreError> {
    let his = mentions::table
        .filter(mentions::agent_id.eq(agent.get()))
        .filter(mentions::ticket_id.eq(ticket.get()))
        .filter(mentions::unread)
        .filter(mentions::item_id.le(up_to.get()));
    diesel::update(his).set(mentions::unread.eq(false)).execute(conn)?;
    Ok(())
}

/// Items at the end of a ticket among which the one is looked for that we learned of last. Walking back by
/// when we learned of them would have no index of its own.
const LOOKED_AT: i64 = 50;

/// Of the items at the end of a ticket that the actor may see, the one that we learned of last.
pub fn newest(
    conn: &mut Conn,
    actor: &Actor,
    ticket: TicketId,
) -> Result<Option<Newest>, StoreError> {
    let found: Vec<(i64, i64)> = filtered(actor, &TimelineFilter::default(), &[])
        .filter(timeline_items::ticket_id.eq(ticket.get()))
        .order(timeline_items::order_key.desc())
        .limit(LOOKED_AT)
        .select((timeline_items::id, timeline_items::created_at))
        .load(conn)?;
    let newest = found.into_iter().max();
    Ok(newest.map(|(id, at)| Newest { item: id.into(), created_at: Instant::from_micros(at) }))
}

/// What the customer said in a ticket behind an item, by when we learned of it, oldest first; at most
/// `limit`.
pub fn said_by_customer_behind(
    conn: &mut Conn,
    ticket: TicketId,
    item: ItemId,
    limit: i64,
) -> Result<Vec<ItemId>, StoreError> {
    let kinds: Vec<i16> = SPOKEN.iter().map(|kind| kind.code()).collect();
    let ids: Vec<i64> = timeline_items::table
        .filter(timeline_items::ticket_id.eq(ticket.get()))
        .filter(timeline_items::id.gt(item.get()))
        .filter(timeline_items::kind.eq_any(kinds))
        .filter(timeline_items::author_kind.eq(CUSTOMER))
        .order(timeline_items::id)
        .limit(limit)
        .select(timeline_items::id)
        .load(conn)?;
    Ok(ids.into_iter().map(ItemId::from).collect())
}
