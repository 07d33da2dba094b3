//! Facts: the sheets of customers and tickets, marking and correcting.

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{get, patch, post};
use serde::{Deserialize, Serialize};
use throughline_app::facts::{self, NewFact, Wanted};
use throughline_core::facts::Fact;
use throughline_core::facts::sheet::Entry;
use utoipa::{IntoParams, ToSchema};

use crate::answer::Created;
use crate::auth::Signed;
use crate::extract::{Asked, Body, Id, IdempotencyHeader, from_query};
use crate::problem::Problem;
use crate::responses::{OnCreate, OnGet, OnWrite};
use crate::state::ApiState;
use crate::wire::{
    Channel, CustomerId, FactId, FactKind, FactSource, FactState, FactText, Instant, ItemId,
    PageOut, PageQuery, Text, TicketId, Wire, cores,
};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_customer_facts)
        .service(list_ticket_facts)
        .service(mark_fact)
        .service(get_fact)
        .service(update_fact);
}

/// Something that a customer told us.
#[derive(Debug, Serialize, ToSchema)]
pub struct FactOut {
    /// Its id.
    id: FactId,
    /// What it is.
    kind: FactKind,
    /// Its value, in the form in which values are compared.
    #[schema(example = "4417")]
    value: String,
    /// As it was written.
    #[schema(example = "۴۴۱۷")]
    display: String,
    /// The customer's record by which it was told.
    customer: CustomerId,
    /// The item that holds it.
    item: ItemId,
    /// The ticket of that item.
    ticket: Option<TicketId>,
    /// The channel of that item.
    channel: Channel,
    /// Its first byte in the text of the item; null for what was pushed beside the text.
    start: Option<usize>,
    /// One past its last byte.
    end: Option<usize>,
    /// The rule that found it.
    #[schema(example = "order.label")]
    rule: String,
    /// Who found it.
    source: FactSource,
    /// How sure the rule is, in percent.
    #[schema(example = 97)]
    confidence: u8,
    /// When it was told.
    said_at: Instant,
    /// What is held of it.
    state: FactState,
    /// Who said so last: `system`, or the id of an agent or API key; null when nobody did.
    state_by: Option<String>,
    /// When.
    state_at: Option<Instant>,
}

impl FactOut {
    /// On the wire.
    pub fn of(fact: Fact) -> Self {
        Self {
            id: fact.id.into(),
            kind: fact.kind.into(),
            value: fact.value,
            display: fact.display,
            customer: fact.customer.into(),
            item: fact.item.into(),
            ticket: fact.ticket.map(Wire),
            channel: fact.channel.into(),
            start: fact.range.map(|(start, _)| start),
            end: fact.range.map(|(_, end)| end),
            rule: fact.rule,
            source: fact.source.into(),
            confidence: fact.confidence,
            said_at: fact.said_at.into(),
            state: fact.state.into(),
            state_by: fact.state_by,
            state_at: fact.state_at.map(Wire),
        }
    }
}

/// A value on a sheet.
#[derive(Debug, Serialize, ToSchema)]
struct SheetEntryOut {
    /// The newest statement of the value.
    fact: FactOut,
    /// How often it was said.
    #[schema(example = 2)]
    times: usize,
    /// When it was said first.
    first_said_at: Instant,
}

impl SheetEntryOut {
    fn of(entry: Entry) -> Self {
        let Entry { fact, times, first_said_at, key: _ } = entry;
        Self { fact: FactOut::of(fact), times, first_said_at: first_said_at.into() }
    }
}

/// Which facts. Several values of one filter mean any of them.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct FactFilter {
    /// Of these kinds.
    kind: Vec<FactKind>,
    /// In these states.
    state: Vec<FactState>,
}

from_query! { FactFilter { kind: many, state: many } }

fn wanted(filter: FactFilter) -> Wanted {
    let FactFilter { kind, state } = filter;
    Wanted { kinds: cores(kind), states: cores(state) }
}

/// List what a customer told: kind by kind, what stands first, the newest before.
///
/// Each value is shown once, by its newest statement. All records are read that are one customer.
#[utoipa::path(
    tag = "Facts",
    params(("id" = CustomerId, Path, description = "The customer."), PageQuery, FactFilter),
    responses((status = 200, description = "A page of values.", body = PageOut<SheetEntryOut>), OnGet)
)]
#[get("/customers/{id}/facts")]
async fn list_customer_facts(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<CustomerId>,
    page: Asked<PageQuery>,
    filter: Asked<FactFilter>,
) -> Result<Json<PageOut<SheetEntryOut>>, Problem> {
    let (wanted, page) = (wanted(filter.0), page.0.into());
    let found = facts::of_customer(&state.app, &signed.0, id.0.0, &wanted, &page).await?;
    Ok(Json(PageOut::of(found, SheetEntryOut::of)))
}

/// List what was told in a ticket: kind by kind, what stands first, the newest before.
#[utoipa::path(
    tag = "Facts",
    params(("id" = TicketId, Path, description = "The ticket."), PageQuery, FactFilter),
    responses((status = 200, description = "A page of values.", body = PageOut<SheetEntryOut>), OnGet)
)]
#[get("/tickets/{id}/facts")]
async fn list_ticket_facts(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<TicketId>,
    page: Asked<PageQuery>,
    filter: Asked<FactFilter>,
) -> Result<Json<PageOut<SheetEntryOut>>, Problem> {
    let (wanted, page) = (wanted(filter.0), page.0.into());
    let found = facts::of_ticket(&state.app, &signed.0, id.0.0, &wanted, &page).await?;
    Ok(Json(PageOut::of(found, SheetEntryOut::of)))
}

/// A part of an item to be marked as a fact.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FactIn {
    /// What it is.
    kind: FactKind,
    /// Its first byte in the text of the item.
    #[schema(example = 21, maximum = 1_000_000)]
    start: Option<u32>,
    /// One past its last byte.
    #[schema(example = 25, maximum = 1_000_000)]
    end: Option<u32>,
    /// Its value. Without a range it must stand in the text of the item, if it has one.
    value: Option<FactText>,
}

/// Mark a part of an item as a fact.
///
/// It is confirmed by that. When the item has the fact already, that one is answered.
#[utoipa::path(
    tag = "Facts", request_body = FactIn,
    params(("id" = ItemId, Path, description = "The item."), IdempotencyHeader),
    responses((status = 201, description = "The fact.", body = FactOut), OnCreate)
)]
#[post("/items/{id}/facts")]
async fn mark_fact(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<ItemId>,
    body: Body<FactIn>,
) -> Result<Created<FactOut>, Problem> {
    let FactIn { kind, start, end, value } = body.0;
    let range = match (start, end) {
        (Some(start), Some(end)) => Some((start as usize, end as usize)),
        (None, None) => None,
        _ => {
            let why = "give both `start` and `end`, or neither";
            return Err(Problem::new("invalid_field", why).at("start"));
        }
    };
    let new = NewFact { kind: kind.0, range, value: value.map(FactText::into_string) };
    let fact = facts::mark(&state.app, &signed.0, id.0.0, new).await?;
    Ok(Created::new(format!("/api/v1/facts/{}", fact.id), FactOut::of(fact)))
}

/// Read a fact.
#[utoipa::path(
    tag = "Facts", params(("id" = FactId, Path, description = "The fact.")),
    responses((status = 200, description = "The fact.", body = FactOut), OnGet)
)]
#[get("/facts/{id}")]
async fn get_fact(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<FactId>,
) -> Result<Json<FactOut>, Problem> {
    let fact = facts::get(&state.app, &signed.0, id.0.0).await?;
    Ok(Json(FactOut::of(fact)))
}

/// What is held of a fact.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FactPatch {
    /// The state.
    state: FactState,
}

/// Say what is held of a fact.
///
/// It counts for all that the customer said of this value so far; what he says later is stated anew.
#[utoipa::path(
    tag = "Facts", request_body = FactPatch,
    params(("id" = FactId, Path, description = "The fact.")),
    responses((status = 200, description = "The fact.", body = FactOut), OnWrite)
)]
#[patch("/facts/{id}")]
async fn update_fact(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<FactId>,
    body: Body<FactPatch>,
) -> Result<Json<FactOut>, Problem> {
    let FactPatch { state: held } = body.0;
    let fact = facts::set_state(&state.app, &signed.0, id.0.0, held.0).await?;
    Ok(Json(FactOut::of(fact)))
}
