//! Which agents a note names.

use diesel::prelude::*;
use throughline_core::id::{AgentId, ItemId, TicketId};

use crate::conn::{Conn, insert_rows};
use crate::error::StoreError;
use crate::schema::mentions;

/// Writes down whom a note names. Whoever wrote it has read it.
pub fn insert(
    conn: &mut Conn,
    item: ItemId,
    ticket: TicketId,
    agents: &[AgentId],
    author: Option<AgentId>,
) -> Result<(), StoreError> {
    let row = |agent: &AgentId| {
        (
            mentions::item_id.eq(item.get()),
            mentions::agent_id.eq(agent.get()),
            mentions::ticket_id.eq(ticket.get()),
            mentions::unread.eq(Some(*agent) != author),
        )
    };
    let rows: Vec<_> = agents.iter().map(row).collect();
    insert_rows!(conn, mentions::table, rows);
    Ok(())
}
