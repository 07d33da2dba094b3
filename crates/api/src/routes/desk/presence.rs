//! Who has a ticket open.

use actix_web::put;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use throughline_app::desk::presence::{self, Around};
use throughline_core::desk::{Newest, PresenceState as State, Present};
use utoipa::ToSchema;

use crate::auth::Signed;
use crate::extract::{Body, Id};
use crate::mount::ServiceConfig;
use crate::problem::Problem;
use crate::responses::OnWrite;
use crate::state::ApiState;
use crate::wire::{AgentId, ClientText, Instant, ItemId, PresenceState, Text, TicketId};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(put_presence);
}

/// What you do in one of your tabs.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum StateIn {
    /// You read.
    Looking,
    /// You write to the customer.
    Replying,
    /// You write a note.
    Noting,
    /// You have left.
    Gone,
}

/// What you do in one of your tabs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PresenceIn {
    /// A random name of the tab.
    client: ClientText,
    /// What you do there.
    state: StateIn,
}

/// Who else is there.
#[derive(Debug, Serialize, ToSchema)]
struct PresenceOut {
    /// The other agents who have the ticket open.
    others: Vec<PresentOut>,
    /// The newest item of the ticket that you may see; null when there is none.
    newest: Option<NewestOut>,
}

/// Somebody who has the ticket open.
#[derive(Debug, Serialize, ToSchema)]
struct PresentOut {
    /// The agent.
    agent: AgentId,
    /// His name.
    #[schema(example = "Deniz Kaya")]
    name: String,
    /// What he does; in several tabs, the one that matters most to you.
    state: PresenceState,
    /// Since when.
    since: Instant,
}

/// The newest item of a ticket.
#[derive(Debug, Serialize, ToSchema)]
struct NewestOut {
    /// The item.
    item: ItemId,
    /// When we learned of it.
    created_at: Instant,
}

impl PresenceOut {
    fn of(around: Around) -> Self {
        let present = |(Present { agent, state, since }, name)| PresentOut {
            agent: agent.into(),
            name,
            state: state.into(),
            since: since.into(),
        };
        let newest = |Newest { item, created_at }| NewestOut {
            item: item.into(),
            created_at: created_at.into(),
        };
        let Around { others, newest: last } = around;
        Self { others: others.into_iter().map(present).collect(), newest: last.map(newest) }
    }
}

/// Say what you do with a ticket, and ask who else is there.
///
/// Say it again every ten seconds or so: 30 seconds after it was last said you are no longer there.
#[utoipa::path(
    tag = "Desk", request_body = PresenceIn,
    params(("id" = TicketId, Path, description = "The ticket.")),
    responses((status = 200, description = "Who else is there.", body = PresenceOut), OnWrite)
)]
#[put("/tickets/{id}/presence")]
async fn put_presence(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<TicketId>,
    body: Body<PresenceIn>,
) -> Result<Json<PresenceOut>, Problem> {
    let PresenceIn { client, state: told } = body.0;
    let told = match told {
        StateIn::Looking => Some(State::Looking),
        StateIn::Replying => Some(State::Replying),
        StateIn::Noting => Some(State::Noting),
        StateIn::Gone => None,
    };
    let around = presence::tell(&state.app, &signed.0, id.0.0, client.into_string(), told).await?;
    Ok(Json(PresenceOut::of(around)))
}
