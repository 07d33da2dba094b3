//! A telephone rings: who is calling, at once.

use actix_web::post;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use throughline_app::phone::{self, Caller, Ringing, RingingCall};
use throughline_core::ticket::Ticket;
use utoipa::ToSchema;

use crate::auth::Signed;
use crate::extract::{Body, IdempotencyHeader};
use crate::mount::ServiceConfig;
use crate::problem::Problem;
use crate::responses::OnCreate;
use crate::state::ApiState;
use crate::wire::{AgentId, CustomerId, InboxId, Instant, Name, Priority, Text, TicketId, Wire};

/// Adds the route.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(tell_ringing);
}

/// A telephone that rings.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RingingIn {
    /// The number of whoever is at the other end, as the phone system has it.
    number: Name,
    /// The country in which a number without a country code is read, by its code of two letters; that of
    /// the server when absent.
    region: Option<Name>,
    /// The inbox by which the call comes: who may see it is told at once.
    inbox: Option<InboxId>,
    /// What the phone system calls the call.
    call: Option<Name>,
    /// The extension that rings.
    extension: Option<Name>,
}

/// What is known of a call that comes in.
#[derive(Debug, Serialize, ToSchema)]
struct RingingOut {
    /// The number in the form by which numbers are compared; null when it is none.
    #[schema(example = "+905321112233")]
    number: Option<String>,
    /// Whose number it is, as far as you may know; empty when nobody knows.
    customers: Vec<CallerOut>,
}

/// Whose number it is.
#[derive(Debug, Serialize, ToSchema)]
struct CallerOut {
    /// The customer.
    id: CustomerId,
    /// The name to show; null when nobody told it.
    #[schema(example = "Elif Kaya")]
    name: Option<String>,
    /// The language, a BCP 47 tag.
    #[schema(example = "tr")]
    language: Option<String>,
    /// What is open for him, last changed first; at most 20.
    tickets: Vec<OpenTicketOut>,
}

/// A ticket that is open.
#[derive(Debug, Serialize, ToSchema)]
struct OpenTicketOut {
    /// Its id.
    id: TicketId,
    /// The human number.
    #[schema(example = 1042)]
    number: i64,
    /// What it is about.
    #[schema(example = "Siparişim gelmedi")]
    subject: String,
    /// The key of its status.
    #[schema(example = "open")]
    status: String,
    /// How pressing it is.
    priority: Priority,
    /// The agent who has it.
    assignee_agent: Option<AgentId>,
    /// When it or its items last changed.
    updated_at: Instant,
}

impl OpenTicketOut {
    fn of(ticket: Ticket) -> Self {
        Self {
            id: ticket.id.into(),
            number: ticket.number,
            subject: ticket.subject,
            status: ticket.status,
            priority: ticket.priority.into(),
            assignee_agent: ticket.assignee_agent.map(Wire),
            updated_at: ticket.updated_at.into(),
        }
    }
}

impl CallerOut {
    fn of(caller: Caller) -> Self {
        let Caller { customer, tickets } = caller;
        Self {
            id: customer.known_as().into(),
            name: customer.name,
            language: customer.language,
            tickets: tickets.into_iter().map(OpenTicketOut::of).collect(),
        }
    }
}

/// Tell that a telephone rings.
///
/// The answer names the caller and what is open for him; the event `call.ringing` tells all who look on.
/// Nothing is made of it: the call itself comes with the log, or as a pushed event.
#[utoipa::path(
    tag = "Phone", params(IdempotencyHeader), request_body = RingingIn,
    responses((status = 200, description = "Who is calling.", body = RingingOut), OnCreate)
)]
#[post("/calls/ringing")]
async fn tell_ringing(
    state: Data<ApiState>,
    signed: Signed,
    body: Body<RingingIn>,
) -> Result<Json<RingingOut>, Problem> {
    let RingingIn { number, region, inbox, call, extension } = body.0;
    let told = Ringing {
        number: number.into_string(),
        inbox: inbox.map(|inbox| inbox.0),
        call: call.map(Name::into_string),
        extension: extension.map(Name::into_string),
        region: region.map(Name::into_string),
    };
    let RingingCall { number, callers } = phone::ringing(&state.app, &signed.0, told).await?;
    let customers = callers.into_iter().map(CallerOut::of).collect();
    Ok(Json(RingingOut { number, customers }))
}
