//! What an agent has read.

use throughline_core::actor::{Actor, Scope};
use throughline_core::desk::ReadUpTo;
use throughline_core::id::{ItemId, TicketId};
use throughline_core::time::Instant;
use throughline_core::timeline::OrderKey;
use throughline_store::{Conn, ticket_reads as store, tickets, timeline};

use super::agent_of;
use crate::{App, AppError};

/// How far before the newest item that was read the timeline is looked at for what came later, in
/// seconds: what occurred longer ago and comes only now, such as an archive, makes nothing unread.
const LOOKED_BACK: i64 = 7 * 24 * 3600;

/// Marks a ticket as read up to an item, or up to the newest one. It never goes back.
pub async fn read(
    app: &App,
    actor: &Actor,
    id: TicketId,
    up_to: Option<ItemId>,
) -> Result<(), AppError> {
    actor.require(Scope::TicketsRead)?;
    let (agent, actor) = (agent_of(actor)?, actor.clone());
    let write = move |conn: &mut Conn| {
        tickets::get(conn, &actor, id)?.ok_or_else(|| AppError::not_found("ticket"))?;
        let Some((item, at)) = place(conn, &actor, id, up_to)? else { return Ok(()) };
        let since = OrderKey::floor(at.plus_seconds(-LOOKED_BACK)).get();
        let read = ReadUpTo { item: item.get(), since_key: since, marked: false };
        let before = store::get(conn, agent, id)?.filter(|before| before.item > read.item);
        let read = before.map_or(read, |before| ReadUpTo { marked: false, ..before });
        store::set(conn, agent, id, read)?;
        Ok(store::read_mentions(conn, agent, id, ItemId::from(read.item))?)
    };
    app.store().write(write).await
}

/// The item up to which is read, with when we learned of it.
fn place(
    conn: &mut Conn,
    actor: &Actor,
    id: TicketId,
    up_to: Option<ItemId>,
) -> Result<Option<(ItemId, Instant)>, AppError> {
    let Some(item) = up_to else {
        return Ok(store::newest(conn, actor, id)?.map(|newest| (newest.item, newest.created_at)));
    };
    let found = timeline::get(conn, actor, item)?.filter(|item| item.ticket == Some(id));
    let found = found.ok_or_else(|| AppError::invalid("item", "this ticket has no such item"))?;
    Ok(Some((found.id, found.created_at)))
}

/// Puts a ticket back among the unread ones, until it is read again.
pub async fn unread(app: &App, actor: &Actor, id: TicketId) -> Result<(), AppError> {
    actor.require(Scope::TicketsRead)?;
    let (agent, actor) = (agent_of(actor)?, actor.clone());
    let write = move |conn: &mut Conn| {
        tickets::get(conn, &actor, id)?.ok_or_else(|| AppError::not_found("ticket"))?;
        let none = ReadUpTo { item: 0, since_key: i64::MIN, marked: true };
        let read = store::get(conn, agent, id)?.unwrap_or(none);
        Ok(store::set(conn, agent, id, ReadUpTo { marked: true, ..read })?)
    };
    app.store().write(write).await
}
