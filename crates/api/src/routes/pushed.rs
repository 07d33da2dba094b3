//! Events that integrators push, one or many at a time. Those that wait for somebody to be known are
//! in `waiting_events`, domain events in `events`.

use crate::mount::ServiceConfig;
use actix_web::post;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use throughline_app::AppError;
use throughline_app::pushed::{self, MAX_EVENTS, NewEvent, PushOutcome, StoredEvent};
use utoipa::openapi::schema::OneOfBuilder;
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::messages::ReasonOut;
use crate::auth::Signed;
use crate::extract::{Body, IdempotencyHeader};
use crate::problem::Problem;
use crate::responses::OnCreate;
use crate::state::ApiState;
use crate::wire::{
    CustomerId, EventKey, EventTitle, EventTypeName, IdentityHintIn, Instant, ItemId,
    PushedEventId, Text, TicketId, Wire, at_most,
};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(push_events);
}

/// An event about a customer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EventIn {
    /// The name of its type.
    #[serde(rename = "type")]
    event_type: EventTypeName,
    /// When it happened, since 1900 and at most a day in the future; now when absent.
    occurred_at: Option<Instant>,
    /// Who it is about, by all that is known.
    #[serde(default, deserialize_with = "at_most::<10, _, _>")]
    #[schema(max_items = 10)]
    identities: Vec<IdentityHintIn>,
    /// The customer, when you know the id; identities are then not looked at.
    customer: Option<CustomerId>,
    /// The ticket it belongs to; it is then about the customer of that.
    ticket: Option<TicketId>,
    /// What is to be kept and shown, at most 64 KiB.
    #[serde(default = "nothing", deserialize_with = "object")]
    #[schema(value_type = Object, required = false, example = json!({ "number": "4417" }))]
    data: Value,
    /// A key of your own, by which a repeat is known for ever.
    key: Option<EventKey>,
    /// A title, for types whose template has none.
    title: Option<EventTitle>,
}

fn nothing() -> Value {
    serde_json::json!({})
}

fn object<'de, D: Deserializer<'de>>(d: D) -> Result<Value, D::Error> {
    serde_json::Map::deserialize(d).map(Value::Object)
}

impl EventIn {
    fn into_core(self) -> NewEvent {
        let Self { event_type, occurred_at, identities, customer, ticket, data, key, title } = self;
        NewEvent {
            event_type: event_type.into_string(),
            occurred_at: occurred_at.map(|at| at.0),
            hints: identities.into_iter().map(Into::into).collect(),
            customer: customer.map(|id| id.0),
            ticket: ticket.map(|id| id.0),
            data,
            key: key.map(EventKey::into_string),
            title: title.map(EventTitle::into_string),
        }
    }
}

/// Many events.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EventBatchIn {
    /// The events.
    #[schema(value_type = Vec<EventIn>, min_items = 1, max_items = 1000)]
    events: Vec<Value>,
}

/// One event, or many under `events`. One that cannot be read does not spoil the others.
#[derive(Debug)]
enum PushIn {
    One(Box<EventIn>),
    Many(Vec<Result<EventIn, String>>),
}

impl<'de> Deserialize<'de> for PushIn {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let whole = Value::Object(serde_json::Map::deserialize(d)?);
        if whole.get("events").is_none() {
            return serde_json::from_value(whole)
                .map(|one| Self::One(Box::new(one)))
                .map_err(Error::custom);
        }
        let batch: EventBatchIn = serde_json::from_value(whole).map_err(Error::custom)?;
        if batch.events.is_empty() || batch.events.len() > MAX_EVENTS {
            return Err(Error::custom(format!("push 1 to {MAX_EVENTS} events")));
        }
        let read = |event| serde_json::from_value(event).map_err(|e| e.to_string());
        Ok(Self::Many(batch.events.into_iter().map(read).collect()))
    }
}

impl PartialSchema for PushIn {
    fn schema() -> RefOr<Schema> {
        let one = OneOfBuilder::new().item(Ref::from_schema_name("EventIn"));
        one.item(Ref::from_schema_name("EventBatchIn")).into()
    }
}

impl ToSchema for PushIn {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((EventIn::name().into_owned(), EventIn::schema()));
        schemas.push((EventBatchIn::name().into_owned(), EventBatchIn::schema()));
        EventIn::schemas(schemas);
        EventBatchIn::schemas(schemas);
    }
}

/// What became of the events.
#[derive(Debug, Serialize, ToSchema)]
struct PushedEventsOut {
    /// One outcome for each event, in the order pushed.
    items: Vec<EventOutcomeOut>,
}

/// What became of an event.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct EventOutcomeOut {
    /// `stored` on a timeline, `duplicate` of one with the same key, `waiting` until we know whom it
    /// is about, `refused`.
    #[schema(example = "stored")]
    status: &'static str,
    /// Its id; null when it was refused.
    event: Option<PushedEventId>,
    /// The item on the timeline; null when it waits, or you may not know of the customer.
    item: Option<ItemId>,
    /// Whose it is; null when it waits, or you may not know of the customer.
    customer: Option<CustomerId>,
    /// Why it is this customer's.
    reason: Option<ReasonOut>,
    /// Why it was refused; null when it was not.
    error: Option<EventErrorOut>,
}

/// Why an event was refused.
#[derive(Debug, Serialize, ToSchema)]
struct EventErrorOut {
    /// The status that a request with this event alone would have got.
    #[schema(example = 422)]
    status: u16,
    /// The stable code.
    #[schema(example = "event_misfit")]
    code: &'static str,
    /// What is wrong, and where.
    #[schema(example = "data.number: is missing")]
    detail: String,
}

impl EventOutcomeOut {
    fn of(outcome: PushOutcome) -> Self {
        match outcome {
            PushOutcome::Stored(stored) => Self::at("stored", stored),
            PushOutcome::Duplicate(stored) => Self::at("duplicate", stored),
            PushOutcome::Waiting(event) => {
                Self { status: "waiting", event: Some(event.into()), ..Self::default() }
            }
            PushOutcome::Refused(error) => Self::refused(error.into()),
        }
    }

    /// The outcome of an event that is somewhere.
    pub fn at(status: &'static str, stored: StoredEvent) -> Self {
        let StoredEvent { event, item, customer, reason } = stored;
        Self {
            status,
            event: Some(event.into()),
            item: item.map(Wire),
            customer: customer.map(Wire),
            reason: reason.map(ReasonOut::of),
            error: None,
        }
    }

    fn refused(problem: Problem) -> Self {
        if let Some(cause) = problem.cause() {
            tracing::warn!(error.cause = %cause, "an event was not stored");
        }
        let (status, code) = (problem.status().as_u16(), problem.code());
        let error = EventErrorOut { status, code, detail: problem.detail().to_owned() };
        Self { status: "refused", error: Some(error), ..Self::default() }
    }
}

/// Push events about customers.
///
/// One event, or up to 1,000 under `events`. Each is stored by itself: one that is refused says why
/// and does not hold up the others; only when a single event is refused is the answer a problem.
/// Events come in any order and of any age. With a `key`, a repeat changes nothing.
#[utoipa::path(
    tag = "Events", params(IdempotencyHeader), request_body = PushIn,
    responses(
        (status = 200, description = "What became of each.", body = PushedEventsOut),
        OnCreate
    )
)]
#[post("/events")]
async fn push_events(
    state: Data<ApiState>,
    signed: Signed,
    body: Body<PushIn>,
) -> Result<Json<PushedEventsOut>, Problem> {
    let events = match body.0 {
        PushIn::One(event) => {
            let events = vec![event.into_core()];
            let outcome = pushed::push(&state.app, &signed.0, events).await?.pop();
            let lost = || AppError::internal("an event without an outcome");
            return match outcome.ok_or_else(lost)? {
                PushOutcome::Refused(error) => Err(error.into()),
                other => Ok(Json(PushedEventsOut { items: vec![EventOutcomeOut::of(other)] })),
            };
        }
        PushIn::Many(events) => events,
    };
    Ok(Json(PushedEventsOut { items: push_many(&state, &signed, events).await? }))
}

async fn push_many(
    state: &ApiState,
    signed: &Signed,
    events: Vec<Result<EventIn, String>>,
) -> Result<Vec<EventOutcomeOut>, Problem> {
    let mut items: Vec<Option<EventOutcomeOut>> = Vec::new();
    let mut readable = Vec::new();
    for event in events {
        items.push(match event {
            Ok(event) => {
                readable.push(event.into_core());
                None
            }
            Err(why) => Some(EventOutcomeOut::refused(Problem::new("invalid_body", why))),
        });
    }
    let pushed = pushed::push(&state.app, &signed.0, readable).await?;
    let mut pushed = pushed.into_iter().map(EventOutcomeOut::of);
    Ok(items.into_iter().filter_map(|item| item.or_else(|| pushed.next())).collect())
}
