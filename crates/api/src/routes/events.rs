//! Domain events by one cursor: for incremental export and for whoever wants to follow.

use std::str::FromStr;

use crate::mount::ServiceConfig;
use actix_web::get;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Deserializer, Serialize};
use throughline_app::events::{self, EventPage, MAX_EVENTS};
use throughline_core::event::{DomainEvent, Happening};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use crate::auth::Signed;
use crate::extract::{Asked, from_query};
use crate::problem::Problem;
use crate::responses::OnList;
use crate::state::ApiState;
use crate::wire::{CustomerId, EventId, InboxId, Instant, TicketId, Wire};

/// How many events a page holds when nobody says.
const DEFAULT_EVENTS: u32 = 100;
/// The kinds of events.
const KINDS: [&str; 25] = [
    "customer.created",
    "customer.updated",
    "ticket.created",
    "ticket.updated",
    "message.received",
    "message.created",
    "message.sent",
    "message.not_sent",
    "message.changed",
    "message.moved",
    "note.created",
    "customer.merged",
    "customer.unmerged",
    "customer.erased",
    "event.received",
    "call.ringing",
    "call.updated",
    "item.pinned",
    "item.redacted",
    "fact.stated",
    "fact.changed",
    "promise.made",
    "promise.changed",
    "brief.read",
    "admin.changed",
];

/// Adds the route.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_events);
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventOut {
    /// Its id.
    id: EventId,
    /// Its place in the order of events.
    #[schema(example = 4711)]
    position: Option<i64>,
    /// What happened.
    #[schema(example = "ticket.updated")]
    kind: &'static str,
    /// Who did it: `system`, or the id of an agent or API key.
    #[schema(example = "agt_1h2p9x8gk0009")]
    actor: String,
    /// The customer it concerns.
    customer: Option<CustomerId>,
    /// The ticket it concerns.
    ticket: Option<TicketId>,
    /// The inbox that decides who may see it.
    inbox: Option<InboxId>,
    /// When it happened.
    occurred_at: Instant,
    /// What belongs to its kind: `changes` of an update, `number` of a new ticket, `item` of a
    /// message or note, `what`, `id` and `change` of a change of the set-up.
    #[schema(value_type = Object)]
    data: serde_json::Value,
}

impl EventOut {
    /// On the wire.
    pub fn of(event: DomainEvent) -> Self {
        let DomainEvent { id, position, actor, customer, ticket, inbox, occurred_at, what } = event;
        Self {
            id: id.into(),
            position,
            kind: what.kind(),
            actor,
            customer: customer.map(Wire),
            ticket: ticket.map(Wire),
            inbox: inbox.map(Wire),
            occurred_at: occurred_at.into(),
            data: data(&what),
        }
    }
}

/// The content of an event without its kind, as stored.
fn data(what: &Happening) -> serde_json::Value {
    let whole = serde_json::to_value(what).unwrap_or_default();
    whole.get("data").cloned().unwrap_or_else(|| serde_json::json!({}))
}

/// Events in their order.
#[derive(Debug, Serialize, ToSchema)]
struct EventsOut {
    /// The events that you may see.
    items: Vec<EventOut>,
    /// Pass it as `after` to read on, now or later; it passes over events that you may not see.
    #[schema(example = 4711)]
    next: i64,
    /// Whether there may be more at once.
    more: bool,
}

/// A place in the order of events.
#[derive(Debug)]
pub struct Position(pub i64);

impl FromStr for Position {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = text.bytes().all(|b| b.is_ascii_digit());
        let number = text.parse().ok().filter(|_| plain);
        number.map(Self).ok_or("expected a number from 0")
    }
}

/// How many events.
#[derive(Debug)]
struct EventLimit(u32);

impl FromStr for EventLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let plain = text.bytes().all(|b| b.is_ascii_digit());
        let number = text.parse().ok().filter(|n| plain && (1..=MAX_EVENTS).contains(n));
        number.map(Self).ok_or_else(|| format!("expected a number from 1 to {MAX_EVENTS}"))
    }
}

/// A kind of event.
#[derive(Debug)]
pub struct EventKind(&'static str);

impl EventKind {
    /// Its name.
    pub fn into_string(self) -> String {
        self.0.to_owned()
    }
}

impl<'de> Deserialize<'de> for EventKind {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

impl FromStr for EventKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = KINDS.iter().find(|kind| **kind == text);
        known.map(|kind| Self(kind)).ok_or_else(|| format!("expected one of: {}", KINDS.join(", ")))
    }
}

impl PartialSchema for EventKind {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(KINDS)).into()
    }
}

impl ToSchema for EventKind {}

/// Which events.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct EventQuery {
    /// `next` of the answer before; from the beginning when absent.
    #[param(value_type = Option<i64>, minimum = 0, example = 4711)]
    after: Option<Position>,
    /// How many events to answer with; 100 when absent.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000, example = 100)]
    limit: Option<EventLimit>,
    /// Only these kinds.
    kind: Vec<EventKind>,
}

from_query! { EventQuery { after: maybe, limit: maybe, kind: many } }

/// Read domain events behind a position.
///
/// Whoever remembers `next` misses nothing and sees nothing twice.
#[utoipa::path(
    tag = "Events", params(EventQuery),
    responses((status = 200, description = "Events in order.", body = EventsOut), OnList)
)]
#[get("/events")]
async fn list_events(
    state: Data<ApiState>,
    signed: Signed,
    query: Asked<EventQuery>,
) -> Result<Json<EventsOut>, Problem> {
    let EventQuery { after, limit, kind } = query.0;
    let (after, limit) = (after.map(|p| p.0), limit.map_or(DEFAULT_EVENTS, |l| l.0));
    let kinds = kind.into_iter().map(EventKind::into_string).collect();
    let page = events::list(&state.app, &signed.0, after, limit, kinds).await?;
    let EventPage { events, next, more } = page;
    Ok(Json(EventsOut { items: events.into_iter().map(EventOut::of).collect(), next, more }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_stands_without_its_kind() {
        assert_eq!(
            data(&Happening::TicketCreated { number: 7 }),
            serde_json::json!({ "number": 7 })
        );
        assert_eq!(data(&Happening::CustomerCreated {}), serde_json::json!({}));
        assert!(KINDS.contains(&Happening::CustomerCreated {}.kind()));
    }

    #[test]
    fn positions_and_limits_are_plain_numbers() {
        assert!("0".parse::<Position>().is_ok() && "+1".parse::<Position>().is_err());
        assert!("1000".parse::<EventLimit>().is_ok() && "1001".parse::<EventLimit>().is_err());
    }
}
