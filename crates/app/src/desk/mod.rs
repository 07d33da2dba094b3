//! An agent's desk: what his lists show, what he has read, begun to write and keeps, and who else is
//! there. All of it is an agent's: keys have no desk.

pub mod drafts;
pub mod macros;
pub mod presence;
pub mod reads;
mod rows;
pub mod views;

use throughline_core::actor::Actor;
use throughline_core::id::AgentId;

use crate::AppError;

pub(crate) use rows::with_rows;

/// The agent who asks.
pub(crate) fn agent_of(actor: &Actor) -> Result<AgentId, AppError> {
    actor.agent().ok_or_else(|| {
        let message = "this belongs to an agent: sign in as one, an API key has no desk";
        AppError::forbidden("agents_only", message)
    })
}
