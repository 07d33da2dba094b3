//! Who has a ticket open: told by each tab as long as it is, and forgotten by itself.

use throughline_core::actor::{Actor, Scope};
use throughline_core::desk::{self, Newest, PRESENT_SECONDS, PresenceState, Present};
use throughline_core::id::{AgentId, TicketId};
use throughline_store::{Conn, agents, presences as store, ticket_reads, tickets};

use super::agent_of;
use crate::{App, AppError};

/// Who else is there, and how far the ticket is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Around {
    /// The others, each with a name.
    pub others: Vec<(Present, String)>,
    /// The newest item of the ticket that the agent may see.
    pub newest: Option<Newest>,
}

/// Says what a tab of the agent does with a ticket, `None` that it is gone, and asks who else is there.
pub async fn tell(
    app: &App,
    actor: &Actor,
    id: TicketId,
    client: String,
    state: Option<PresenceState>,
) -> Result<Around, AppError> {
    actor.require(Scope::TicketsRead)?;
    let (agent, actor, now) = (agent_of(actor)?, actor.clone(), app.now());
    let alive = now.plus_seconds(-PRESENT_SECONDS);
    let write = move |conn: &mut Conn| {
        tickets::get(conn, &actor, id)?.ok_or_else(|| AppError::not_found("ticket"))?;
        match state {
            Some(state) => store::here(conn, id, agent, &client, state, now, alive)?,
            None => store::gone(conn, id, agent, &client)?,
        }
        let others = desk::strongest(store::others(conn, id, agent, alive)?);
        let newest = ticket_reads::newest(conn, &actor, id)?;
        Ok(Around { others: named(conn, others)?, newest })
    };
    app.store().write(write).await
}

fn named(conn: &mut Conn, present: Vec<Present>) -> Result<Vec<(Present, String)>, AppError> {
    let ids: Vec<AgentId> = present.iter().map(|one| one.agent).collect();
    let known = agents::by_ids(conn, &ids)?;
    let name = |one: Present| {
        let agent = known.iter().find(|agent| agent.id == one.agent && agent.active)?;
        Some((one, agent.name.clone()))
    };
    Ok(present.into_iter().filter_map(name).collect())
}

/// Forgets those who have gone without a word. Answers how many.
pub async fn purge(app: &App) -> Result<usize, AppError> {
    let before = app.now().plus_seconds(-PRESENT_SECONDS);
    Ok(app.store().write(move |conn| store::purge(conn, before)).await?)
}
