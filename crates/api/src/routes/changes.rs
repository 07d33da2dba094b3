//! Incremental export: events with the present state of what they concern. Webhooks send the same.

use std::str::FromStr;

use crate::mount::ServiceConfig;
use actix_web::get;
use actix_web::web::{Data, Json};
use serde::Serialize;
use throughline_app::changes::{self, Change, ChangePage, MAX_CHANGES, Now};
use throughline_app::webhooks::Shape;
use utoipa::{IntoParams, ToSchema};

use super::customers::CustomerOut;
use super::events::{EventKind, EventOut, Position};
use super::items::ItemOut;
use super::tickets::TicketOut;
use crate::auth::Signed;
use crate::extract::{Asked, Caller, from_query};
use crate::problem::Problem;
use crate::responses::OnList;
use crate::state::ApiState;
use crate::wire::Instant;

/// Adds the route.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_changes);
}

/// An event with the present state of what it concerns. Of a thing that the event does not concern
/// the field is absent, and so it is when a later entry of the same page carries the thing.
// Its name does not end with Out: fields may be absent.
#[derive(Debug, Serialize, ToSchema)]
pub struct Changed {
    /// The event.
    #[serde(flatten)]
    event: EventOut,
    /// The customer, by the record that survives; null when it is gone or not visible.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<CustomerOut>, required = false)]
    current_customer: Option<Option<Box<CustomerOut>>>,
    /// The ticket; null when it is gone or not visible.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<TicketOut>, required = false)]
    current_ticket: Option<Option<Box<TicketOut>>>,
    /// The item on the timeline; null when it is gone or not visible.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ItemOut>, required = false)]
    current_item: Option<Option<Box<ItemOut>>>,
}

impl Changed {
    fn of(change: Change) -> Self {
        let Change { event, customer, ticket, item } = change;
        Self {
            event: EventOut::of(event),
            current_customer: on_wire(customer, CustomerOut::of),
            current_ticket: on_wire(ticket, TicketOut::of),
            current_item: on_wire(item, ItemOut::of),
        }
    }
}

fn on_wire<T, W>(now: Now<T>, out: impl Fn(T) -> W) -> Option<Option<Box<W>>> {
    now.map(|there| there.map(|thing| Box::new(out(*thing))))
}

/// Changes in their order.
#[derive(Debug, Serialize, ToSchema)]
struct ChangesOut {
    /// The changes that you may see.
    items: Vec<Changed>,
    /// Pass it as `after` to read on, now or later; it passes over what you may not see.
    #[schema(example = 4711)]
    next: i64,
    /// Whether there may be more at once.
    more: bool,
}

/// How many changes.
#[derive(Debug)]
struct ChangeLimit(u32);

impl FromStr for ChangeLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let plain = text.bytes().all(|b| b.is_ascii_digit());
        let number = text.parse().ok().filter(|n| plain && (1..=MAX_CHANGES).contains(n));
        number.map(Self).ok_or_else(|| format!("expected a number from 1 to {MAX_CHANGES}"))
    }
}

/// Which changes.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct ChangeQuery {
    /// `next` of the answer before; from the beginning when absent.
    #[param(value_type = Option<i64>, minimum = 0, example = 4711)]
    after: Option<Position>,
    /// How many changes to answer with; 100 when absent.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, example = 100)]
    limit: Option<ChangeLimit>,
    /// Only these kinds of events.
    kind: Vec<EventKind>,
}

from_query! { ChangeQuery { after: maybe, limit: maybe, kind: many } }

/// Export what changed behind a position.
///
/// The same cursor as that of the events, with the present state of each thing. Whoever remembers
/// `next` and puts each thing in place of what he has of it is up to date, and misses nothing. The audit
/// trail tells who reads them.
#[utoipa::path(
    tag = "Events", params(ChangeQuery),
    responses((status = 200, description = "Changes in order.", body = ChangesOut), OnList)
)]
#[get("/changes")]
async fn list_changes(
    state: Data<ApiState>,
    signed: Signed,
    caller: Caller,
    query: Asked<ChangeQuery>,
) -> Result<Json<ChangesOut>, Problem> {
    let ChangeQuery { after, limit, kind } = query.0;
    let (after, limit) = (after.map(|p| p.0), limit.map_or(100, |l| l.0));
    let kinds = kind.into_iter().map(EventKind::into_string).collect();
    let page = changes::list(&state.app, &signed.0, after, limit, kinds, caller.0).await?;
    let ChangePage { changes, next, more } = page;
    Ok(Json(ChangesOut { items: changes.into_iter().map(Changed::of).collect(), next, more }))
}

/// What webhooks get, in the form of this API.
#[derive(Debug, Clone, Copy, Default)]
pub struct WireShape;

/// The body of a message to a webhook.
#[derive(Serialize)]
struct Message {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: Instant,
    data: Changed,
}

impl Shape for WireShape {
    fn body(&self, change: &Change) -> Vec<u8> {
        let (kind, timestamp) = (change.event.what.kind(), change.event.occurred_at.into());
        let message = Message { kind, timestamp, data: Changed::of(change.clone()) };
        // Only maps with keys that are no text can fail, and it has none.
        serde_json::to_vec(&message).unwrap_or_default()
    }
}
