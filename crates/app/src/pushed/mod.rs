//! Events that integrators push: checked, then stored on timelines or kept until we know whom they
//! are about.
//!
//! `check` looks at each event alone, `chunk` stores many in one transaction, `owner` says whose one
//! is, `keep` writes items, `waiting` has those about nobody we know. Types are in `event_types`. What
//! comes by platforms is decided in `deliveries::happen` and written and kept waiting here.

mod came;
mod check;
mod chunk;
mod keep;
mod owner;
mod waiting;

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;
use throughline_core::actor::{Actor, Scope};
use throughline_core::id::{CustomerId, ItemId, PushedEventId, TicketId};
use throughline_core::pushed::{EventType, Shape};
use throughline_core::reason::Reason;
use throughline_core::time::Instant;
use throughline_store::event_types;

pub(crate) use came::arriving;
pub(crate) use keep::{Arriving, Saved};
pub(crate) use owner::Whose;
pub(crate) use waiting::bind_waiting;
pub use waiting::{bind, bind_overdue, delete_waiting, list_waiting, purge_waiting};

use crate::customers::HintIn;
use crate::{App, AppError, ErrorKind};
use check::Ready;

/// The most events of one call.
pub const MAX_EVENTS: usize = 1000;
/// How many events one transaction stores: others write in between.
const CHUNK: usize = 200;

/// An event as pushed.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// The name of its type.
    pub event_type: String,
    /// When it happened; now when absent.
    pub occurred_at: Option<Instant>,
    /// At whom it hints.
    pub hints: Vec<HintIn>,
    /// The customer, when the integrator knows.
    pub customer: Option<CustomerId>,
    /// The ticket it belongs to, whose customer it then is about.
    pub ticket: Option<TicketId>,
    /// Its data: a JSON object.
    pub data: Value,
    /// A key, by which a repeat is known.
    pub key: Option<String>,
    /// A title, for types without a template.
    pub title: Option<String>,
}

/// What became of an event.
#[derive(Debug)]
pub enum PushOutcome {
    /// It stands on a timeline.
    Stored(StoredEvent),
    /// It came before, with the same key.
    Duplicate(StoredEvent),
    /// It waits until we know whom it is about.
    Waiting(PushedEventId),
    /// It was not taken.
    Refused(AppError),
}

/// Where an event is.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEvent {
    /// The event.
    pub event: PushedEventId,
    /// The item on the timeline; `None` when it waits or the actor may not see it.
    pub item: Option<ItemId>,
    /// Whose it is; `None` when it waits or the actor may not know of the customer.
    pub customer: Option<CustomerId>,
    /// Why it is this customer's.
    pub reason: Option<Reason>,
}

/// Stores events, each by itself: one that is refused does not hold up the others. Answers in the
/// order given. Fails as a whole when the actor lacks the right, when there are too many, and when
/// the database is not there; events with a key can then be pushed again.
pub async fn push(
    app: &App,
    actor: &Actor,
    events: Vec<NewEvent>,
) -> Result<Vec<PushOutcome>, AppError> {
    actor.require(Scope::EventsWrite)?;
    if events.len() > MAX_EVENTS {
        return Err(AppError::invalid("events", format!("push at most {MAX_EVENTS} events")));
    }
    let now = app.now();
    let shapes = shapes_of(app, &events).await?;
    let mut outcomes: Vec<Option<PushOutcome>> = Vec::new();
    let mut ready = Vec::new();
    for event in events {
        match check::ready(app, &shapes, event, now) {
            Ok(event) => {
                ready.push((outcomes.len(), event));
                outcomes.push(None);
            }
            Err(error) => outcomes.push(Some(PushOutcome::Refused(error))),
        }
    }
    for part in in_parts(ready) {
        let (places, part): (Vec<usize>, Vec<Ready>) = part.into_iter().unzip();
        for (place, outcome) in places.into_iter().zip(store(app, actor, part, now).await?) {
            if let Some(slot) = outcomes.get_mut(place) {
                *slot = Some(outcome);
            }
        }
    }
    let lost = || PushOutcome::Refused(AppError::internal("an event without an outcome"));
    Ok(outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(lost)).collect())
}

fn in_parts<T>(mut all: Vec<T>) -> Vec<Vec<T>> {
    let mut parts = Vec::new();
    while !all.is_empty() {
        let rest = all.split_off(all.len().min(CHUNK));
        parts.push(std::mem::replace(&mut all, rest));
    }
    parts
}

/// The shapes of the types that are named.
async fn shapes_of(app: &App, events: &[NewEvent]) -> Result<HashMap<String, Shape>, AppError> {
    let mut names: Vec<String> = events.iter().map(|event| event.event_type.clone()).collect();
    names.sort();
    names.dedup();
    let types = app.store().lookup(move |conn| event_types::by_names(conn, &names)).await?;
    Ok(types.into_iter().map(|EventType { name, shape, .. }| (name, shape)).collect())
}

/// Stores a part in one transaction. When that fails, each event gets one of its own, so that the
/// one at fault is found.
async fn store(
    app: &App,
    actor: &Actor,
    part: Vec<Ready>,
    now: Instant,
) -> Result<Vec<PushOutcome>, AppError> {
    let part = Arc::new(part);
    match together(app, actor, Arc::clone(&part), 0..part.len(), now).await {
        Ok(outcomes) => return Ok(outcomes),
        Err(error) if part.len() == 1 => return refused_or_failed(error).map(|o| vec![o]),
        Err(error) => tracing::warn!(error = %error, "events are stored one by one"),
    }
    let mut outcomes = Vec::new();
    for at in 0..part.len() {
        let stored = together(app, actor, Arc::clone(&part), at..at + 1, now).await;
        let outcome = match stored {
            Ok(mut one) => one.pop(),
            Err(error) => Some(refused_or_failed(error)?),
        };
        outcomes.extend(outcome);
    }
    Ok(outcomes)
}

/// Without a database none of the others can be stored either.
fn refused_or_failed(error: AppError) -> Result<PushOutcome, AppError> {
    match error.kind {
        ErrorKind::Unavailable => Err(error),
        _ => Ok(PushOutcome::Refused(error)),
    }
}

async fn together(
    app: &App,
    actor: &Actor,
    part: Arc<Vec<Ready>>,
    range: std::ops::Range<usize>,
    now: Instant,
) -> Result<Vec<PushOutcome>, AppError> {
    let (app2, actor) = (app.clone(), actor.clone());
    let write = move |conn: &mut throughline_store::Conn| {
        let events = part.get(range).unwrap_or_default();
        chunk::store(&app2, conn, &actor, events, now)
    };
    app.store().write(write).await
}
