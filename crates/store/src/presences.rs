//! Who has a ticket open at this moment: a row for each tab, good for as long as it says so again.

use diesel::prelude::*;
use throughline_core::desk::{PresenceState, Present};
use throughline_core::id::{AgentId, TicketId};
use throughline_core::time::Instant;

use crate::conn::{Conn, each};
use crate::error::StoreError;
use crate::read::known;
use crate::schema::presences;

/// Notes that a tab is there. Since when it does the same is kept, unless it was away meanwhile.
pub fn here(
    conn: &mut Conn,
    ticket: TicketId,
    agent: AgentId,
    client: &str,
    state: PresenceState,
    now: Instant,
    alive: Instant,
) -> Result<(), StoreError> {
    let place = presences::table.find((ticket.get(), agent.get(), client));
    let same = place.filter(presences::state.eq(state.code()));
    let same = same.filter(presences::seen_at.gt(alive.as_micros()));
    if diesel::update(same).set(presences::seen_at.eq(now.as_micros())).execute(conn)? == 1 {
        return Ok(());
    }
    let told = (
        presences::state.eq(state.code()),
        presences::since.eq(now.as_micros()),
        presences::seen_at.eq(now.as_micros()),
    );
    let whose = (
        presences::ticket_id.eq(ticket.get()),
        presences::agent_id.eq(agent.get()),
        presences::client.eq(client),
    );
    each!(conn, c => diesel::insert_into(presences::table)
        .values((whose, told))
        .on_conflict((presences::ticket_id, presences::agent_id, presences::client))
        .do_update()
        .set(told)
        .execute(c))?;
    Ok(())
}

/// Forgets a tab.
pub fn gone(
    conn: &mut Conn,
    ticket: TicketId,
    agent: AgentId,
    client: &str,
) -> Result<(), StoreError> {
    diesel::delete(presences::table.find((ticket.get(), agent.get(), client))).execute(conn)?;
    Ok(())
}

/// The tabs of agents other than this one that were there after an instant.
pub fn others(
    conn: &mut Conn,
    ticket: TicketId,
    agent: AgentId,
    alive: Instant,
) -> Result<Vec<Present>, StoreError> {
    let rows: Vec<(i64, i16, i64)> = presences::table
        .filter(presences::ticket_id.eq(ticket.get()))
        .filter(presences::agent_id.ne(agent.get()))
        .filter(presences::seen_at.gt(alive.as_micros()))
        .select((presences::agent_id, presences::state, presences::since))
        .load(conn)?;
    let present = |(agent, state, since): (i64, i16, i64)| {
        Ok(Present {
            agent: AgentId::from(agent),
            state: known("presences.state", state, PresenceState::from_code(state))?,
            since: Instant::from_micros(since),
        })
    };
    rows.into_iter().map(present).collect()
}

/// Forgets those that were last there before an instant. Answers how many.
pub fn purge(conn: &mut Conn, before: Instant) -> Result<usize, StoreError> {
    let old = presences::table.filter(presences::seen_at.lt(before.as_micros()));
    Ok(diesel::delete(old).execute(conn)?)
}
