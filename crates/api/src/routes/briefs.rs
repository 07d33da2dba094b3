//! Briefs: what the next agent has to know of a customer.

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{get, post};
use serde::Serialize;
use throughline_app::briefs;
use throughline_core::brief::{Brief, Contact, OpenTicket, Promised, Question, Rating, Told};
use utoipa::ToSchema;

use super::items::ItemOut;
use crate::auth::Signed;
use crate::extract::{Id, IdempotencyHeader};
use crate::problem::Problem;
use crate::responses::{OnAction, OnGet};
use crate::state::ApiState;
use crate::wire::{
    Channel, CustomerId, FactKind, Instant, ItemId, Priority, PromiseId, PromiseState,
    StatusCategory, TicketId,
};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_brief).service(read_brief);
}

/// What the next agent has to know, as far as you may see it.
#[derive(Debug, Serialize, ToSchema)]
struct BriefOut {
    /// The customer, by the surviving record.
    customer: CustomerId,
    /// The name.
    #[schema(example = "Elif Demir")]
    name: Option<String>,
    /// The name of the organization.
    organization: Option<String>,
    /// The language to answer in.
    #[schema(example = "tr")]
    language: Option<String>,
    /// Whether the customer is specially important; null where nobody said.
    vip: Option<bool>,
    /// Tickets that are not resolved, the newest change first.
    open_tickets: Vec<BriefTicketOut>,
    /// The last contact on each channel, the newest first.
    contacts: Vec<BriefContactOut>,
    /// What the customer told, kind by kind.
    told: Vec<BriefToldOut>,
    /// What we promised and is open or broken, the earliest due first.
    promises: Vec<BriefPromiseOut>,
    /// The last ratings, the newest first.
    ratings: Vec<BriefRatingOut>,
    /// The last question of the customer that nobody has answered.
    open_question: Option<BriefQuestionOut>,
    /// When it was made.
    made_at: Instant,
}

/// A ticket that is not resolved.
#[derive(Debug, Serialize, ToSchema)]
struct BriefTicketOut {
    /// Its id.
    ticket: TicketId,
    /// Its number.
    #[schema(example = 1042)]
    number: i64,
    /// Its subject.
    subject: String,
    /// What its status means.
    category: StatusCategory,
    /// How pressing it is.
    priority: Priority,
    /// When it last changed.
    updated_at: Instant,
}

/// The last contact on a channel.
#[derive(Debug, Serialize, ToSchema)]
struct BriefContactOut {
    /// The channel.
    channel: Channel,
    /// The item.
    item: ItemId,
    /// When.
    at: Instant,
    /// Whether the customer came to us.
    from_customer: bool,
}

/// Something that the customer told.
#[derive(Debug, Serialize, ToSchema)]
struct BriefToldOut {
    /// What it is.
    kind: FactKind,
    /// Its value.
    #[schema(example = "4417")]
    value: String,
    /// As it was written.
    display: String,
    /// When it was told last.
    said_at: Instant,
    /// By which channel.
    channel: Channel,
    /// The item that holds it.
    item: ItemId,
    /// How often it was said.
    times: usize,
}

/// Something that we promised.
#[derive(Debug, Serialize, ToSchema)]
struct BriefPromiseOut {
    /// Its id.
    promise: PromiseId,
    /// What.
    text: String,
    /// Until when.
    due_at: Instant,
    /// What became of it.
    state: PromiseState,
}

/// How the customer felt.
#[derive(Debug, Serialize, ToSchema)]
struct BriefRatingOut {
    /// The item.
    item: ItemId,
    /// When.
    at: Instant,
    /// The rating as it was given.
    #[schema(example = 2.0)]
    rating: f64,
    /// The highest rating that there is, where it was told.
    scale: Option<f64>,
    /// What was rated.
    title: String,
}

/// A question of the customer.
#[derive(Debug, Serialize, ToSchema)]
struct BriefQuestionOut {
    /// The item.
    item: ItemId,
    /// When.
    at: Instant,
    /// The question.
    text: String,
}

impl BriefOut {
    fn of(brief: Brief) -> Self {
        Self {
            customer: brief.customer.into(),
            name: brief.name,
            organization: brief.organization,
            language: brief.language,
            vip: brief.vip,
            open_tickets: brief.open_tickets.into_iter().map(BriefTicketOut::of).collect(),
            contacts: brief.contacts.into_iter().map(BriefContactOut::of).collect(),
            told: brief.told.into_iter().map(BriefToldOut::of).collect(),
            promises: brief.promises.into_iter().map(BriefPromiseOut::of).collect(),
            ratings: brief.ratings.into_iter().map(BriefRatingOut::of).collect(),
            open_question: brief.open_question.map(BriefQuestionOut::of),
            made_at: brief.made_at.into(),
        }
    }
}

impl BriefTicketOut {
    fn of(open: OpenTicket) -> Self {
        let OpenTicket { ticket, number, subject, category, priority, updated_at } = open;
        let (ticket, category, priority) = (ticket.into(), category.into(), priority.into());
        Self { ticket, number, subject, category, priority, updated_at: updated_at.into() }
    }
}

impl BriefContactOut {
    fn of(contact: Contact) -> Self {
        let Contact { channel, item, at, from_customer } = contact;
        Self { channel: channel.into(), item: item.into(), at: at.into(), from_customer }
    }
}

impl BriefToldOut {
    fn of(told: Told) -> Self {
        let Told { kind, value, display, said_at, channel, item, times } = told;
        let (kind, said_at) = (kind.into(), said_at.into());
        Self { kind, value, display, said_at, channel: channel.into(), item: item.into(), times }
    }
}

impl BriefPromiseOut {
    fn of(promised: Promised) -> Self {
        let Promised { promise, text, due_at, state } = promised;
        Self { promise: promise.into(), text, due_at: due_at.into(), state: state.into() }
    }
}

impl BriefRatingOut {
    fn of(rated: Rating) -> Self {
        let Rating { item, at, rating, scale, title } = rated;
        Self { item: item.into(), at: at.into(), rating, scale, title }
    }
}

impl BriefQuestionOut {
    fn of(question: Question) -> Self {
        let Question { item, at, text } = question;
        Self { item: item.into(), at: at.into(), text }
    }
}

/// Read the brief on a customer: who it is, what is open, what was told and what was promised.
///
/// It is made by rule of what you may see, through all records that are one customer; contacts, ratings
/// and questions of the newest 100 items of each.
#[utoipa::path(
    tag = "Facts", params(("id" = CustomerId, Path, description = "The customer.")),
    responses((status = 200, description = "The brief.", body = BriefOut), OnGet)
)]
#[get("/customers/{id}/brief")]
async fn get_brief(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<CustomerId>,
) -> Result<Json<BriefOut>, Problem> {
    let brief = briefs::of_customer(&state.app, &signed.0, id.0.0).await?;
    Ok(Json(BriefOut::of(brief)))
}

/// Say that you have read a brief that was written for you or your team.
#[utoipa::path(
    tag = "Facts",
    params(("id" = ItemId, Path, description = "The brief's item."), IdempotencyHeader),
    responses((status = 200, description = "The item.", body = ItemOut), OnAction)
)]
#[post("/items/{id}/read")]
async fn read_brief(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<ItemId>,
) -> Result<Json<ItemOut>, Problem> {
    let item = briefs::read(&state.app, &signed.0, id.0.0).await?;
    Ok(Json(ItemOut::of(item)))
}
