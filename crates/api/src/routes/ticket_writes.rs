//! Tickets: open, change one or many. Answers and notes are in `ticket_messages`.

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{patch, post, web};
use serde::{Deserialize, Serialize};
use throughline_app::customers::HintIn;
use throughline_app::tickets::{
    self, BulkOutcome, CustomerRef, NewTicket, OpenedBy, TicketPatch as Change,
};
use utoipa::ToSchema;

use super::tickets::TicketOut;
use crate::answer::{Created, Versioned};
use crate::auth::Signed;
use crate::extract::{Body, Id, IdempotencyHeader, IfMatch, IfMatchHeader};
use crate::fallback::only_post;
use crate::problem::Problem;
use crate::responses::{OnCreate, OnUpdate};
use crate::state::ApiState;
use crate::wire::{
    AgentId, BodyText, CustomerId, Email, IdentityHintIn, InboxId, Name, Patch, Priority,
    StatusKey, Subject, TagText, TeamId, Text, TicketId, at_most, cores, given,
};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(create_ticket)
        .service(bulk_update_tickets)
        // Otherwise the other methods of this address would be taken for those of an id.
        .route("/tickets/bulk", web::route().to(only_post))
        .service(update_ticket);
}

/// Whose a ticket is: a customer we know, an address, or several identities.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
enum CustomerRefIn {
    /// A customer we know.
    Known(KnownCustomerIn),
    /// The customer with this address, made when there is none.
    Address(AddressedCustomerIn),
    /// The customer with these identities, made when there is none.
    Identities(IdentifiedCustomerIn),
}

/// A customer we know.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct KnownCustomerIn {
    /// The customer.
    id: CustomerId,
}

/// The customer with this address.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AddressedCustomerIn {
    /// The address.
    email: Email,
    /// The name for a new customer.
    name: Option<Name>,
}

/// The customer with these identities.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct IdentifiedCustomerIn {
    /// What identifies him. What is proved counts; of the rest suggestions are made.
    #[serde(deserialize_with = "at_most::<10, _, _>")]
    #[schema(min_items = 1, max_items = 10)]
    identities: Vec<IdentityHintIn>,
}

impl CustomerRefIn {
    fn into_core(self) -> CustomerRef {
        match self {
            Self::Known(KnownCustomerIn { id }) => CustomerRef::Id(id.0),
            Self::Identities(IdentifiedCustomerIn { identities }) => {
                CustomerRef::Hints(identities.into_iter().map(HintIn::from).collect())
            }
            Self::Address(AddressedCustomerIn { email, name }) => CustomerRef::Email {
                address: email.into_string(),
                name: name.map(Name::into_string),
            },
        }
    }
}

/// Who speaks first in a new ticket.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum OpenedByIn {
    /// The customer: the text is his.
    #[default]
    Customer,
    /// You: the text is written to the customer.
    Agent,
}

/// A ticket to open.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TicketIn {
    /// What it is about.
    subject: Subject,
    /// Whose it is.
    customer: CustomerRefIn,
    /// By which inbox; the one for pushed tickets when absent.
    inbox: Option<InboxId>,
    /// The first message.
    body: BodyText,
    /// Who wrote it.
    #[serde(default)]
    opened_by: OpenedByIn,
    /// How pressing it is; `normal` when absent.
    priority: Option<Priority>,
    /// The key of its status; `open` when absent.
    status: Option<StatusKey>,
    /// Who gets it.
    assignee_agent: Option<AgentId>,
    /// Which team gets it; the inbox's own when absent.
    assignee_team: Option<TeamId>,
    /// Names of tags; missing ones are made.
    #[serde(default, deserialize_with = "at_most::<50, _, _>")]
    #[schema(max_items = 50)]
    tags: Vec<TagText>,
}

impl TicketIn {
    fn into_core(self) -> NewTicket {
        let Self {
            subject,
            customer,
            inbox,
            body,
            opened_by,
            priority,
            status,
            assignee_agent,
            assignee_team,
            tags,
        } = self;
        NewTicket {
            subject: subject.into_string(),
            customer: customer.into_core(),
            inbox: inbox.map(|i| i.0),
            body: body.into_string(),
            opened_by: match opened_by {
                OpenedByIn::Customer => OpenedBy::Customer,
                OpenedByIn::Agent => OpenedBy::Agent,
            },
            priority: priority.map_or(throughline_core::ticket::Priority::Normal, |p| p.0),
            status: status.map(StatusKey::into_string),
            assignee_agent: assignee_agent.map(|a| a.0),
            assignee_team: assignee_team.map(|t| t.0),
            tags: tags.into_iter().map(TagText::into_string).collect(),
        }
    }
}

/// A change of a ticket; absent fields stay, null clears.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TicketPatch {
    /// Another subject.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Subject, required = false)]
    subject: Option<Subject>,
    /// The key of another status.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = StatusKey, required = false)]
    status: Option<StatusKey>,
    /// Another priority.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Priority, required = false)]
    priority: Option<Priority>,
    /// Another agent, or nobody.
    #[serde(default)]
    #[schema(value_type = Option<AgentId>)]
    assignee_agent: Patch<AgentId>,
    /// Another team, or none.
    #[serde(default)]
    #[schema(value_type = Option<TeamId>)]
    assignee_team: Patch<TeamId>,
    /// Names of tags to put on; missing ones are made.
    #[serde(default, deserialize_with = "at_most::<50, _, _>")]
    #[schema(max_items = 50)]
    add_tags: Vec<TagText>,
    /// Names of tags to take off; those it does not have are passed over.
    #[serde(default, deserialize_with = "at_most::<50, _, _>")]
    #[schema(max_items = 50)]
    remove_tags: Vec<TagText>,
}

impl TicketPatch {
    fn into_core(self) -> Change {
        let Self {
            subject,
            status,
            priority,
            assignee_agent,
            assignee_team,
            add_tags,
            remove_tags,
        } = self;
        Change {
            subject: subject.map(Subject::into_string),
            status: status.map(StatusKey::into_string),
            priority: priority.map(|p| p.0),
            assignee_agent: assignee_agent.map(|a| a.0),
            assignee_team: assignee_team.map(|t| t.0),
            add_tags: add_tags.into_iter().map(TagText::into_string).collect(),
            remove_tags: remove_tags.into_iter().map(TagText::into_string).collect(),
        }
    }
}

/// One change for many tickets.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BulkIn {
    /// The tickets.
    #[serde(deserialize_with = "at_most::<200, _, _>")]
    #[schema(min_items = 1, max_items = 200)]
    tickets: Vec<TicketId>,
    /// The change.
    change: TicketPatch,
}

/// What became of each ticket of a bulk change.
#[derive(Debug, Serialize, ToSchema)]
struct BulkOut {
    /// One outcome a ticket, in the order asked.
    items: Vec<BulkItemOut>,
}

/// What became of one ticket.
#[derive(Debug, Serialize, ToSchema)]
struct BulkItemOut {
    /// The ticket.
    ticket: TicketId,
    /// Whether it was changed.
    ok: bool,
    /// Why it was not changed; null when it was.
    error: Option<BulkErrorOut>,
}

/// Why one ticket was not changed.
#[derive(Debug, Serialize, ToSchema)]
struct BulkErrorOut {
    /// The status that a request for this ticket alone would have got.
    #[schema(example = 404)]
    status: u16,
    /// The stable code.
    #[schema(example = "not_found")]
    code: &'static str,
    /// What is wrong.
    detail: String,
}

impl BulkItemOut {
    fn of(outcome: BulkOutcome) -> Self {
        let BulkOutcome { ticket, error } = outcome;
        let error = error.map(Problem::from).map(|problem| {
            if let Some(cause) = problem.cause() {
                tracing::warn!(ticket.id = %ticket, error.cause = %cause, "not changed");
            }
            let (status, code) = (problem.status().as_u16(), problem.code());
            BulkErrorOut { status, code, detail: problem.detail().to_owned() }
        });
        Self { ticket: ticket.into(), ok: error.is_none(), error }
    }
}

/// Open a ticket.
#[utoipa::path(
    tag = "Tickets", params(IdempotencyHeader), request_body = TicketIn,
    responses((status = 201, description = "The ticket.", body = TicketOut), OnCreate)
)]
#[post("/tickets")]
async fn create_ticket(
    state: Data<ApiState>,
    signed: Signed,
    body: Body<TicketIn>,
) -> Result<Created<TicketOut>, Problem> {
    let view = tickets::create(&state.app, &signed.0, body.0.into_core()).await?;
    let (id, version) = (view.ticket.id, view.ticket.version);
    Ok(Created::versioned(format!("/api/v1/tickets/{id}"), version, TicketOut::of(view)))
}

/// Change many tickets alike.
///
/// Each ticket is changed by itself: one that fails says why and does not hold up the others.
#[utoipa::path(
    tag = "Tickets", params(IdempotencyHeader), request_body = BulkIn,
    responses((status = 200, description = "What became of each.", body = BulkOut), OnCreate)
)]
#[post("/tickets/bulk")]
async fn bulk_update_tickets(
    state: Data<ApiState>,
    signed: Signed,
    body: Body<BulkIn>,
) -> Result<Json<BulkOut>, Problem> {
    let BulkIn { tickets, change } = body.0;
    let outcomes =
        tickets::bulk_update(&state.app, &signed.0, cores(tickets), change.into_core()).await?;
    Ok(Json(BulkOut { items: outcomes.into_iter().map(BulkItemOut::of).collect() }))
}

/// Change a ticket.
#[utoipa::path(
    tag = "Tickets", request_body = TicketPatch,
    params(("id" = TicketId, Path, description = "The ticket."), IfMatchHeader),
    responses((status = 200, description = "The ticket.", body = TicketOut), OnUpdate)
)]
#[patch("/tickets/{id}")]
async fn update_ticket(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<TicketId>,
    expected: IfMatch,
    body: Body<TicketPatch>,
) -> Result<Versioned<TicketOut>, Problem> {
    let change = body.0.into_core();
    let view = tickets::update(&state.app, &signed.0, id.0.0, change, expected.0).await?;
    Ok(Versioned { version: view.ticket.version, body: TicketOut::of(view) })
}
