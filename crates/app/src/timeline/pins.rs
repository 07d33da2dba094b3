//! Pins: items that agents keep in sight on a customer's timeline.

use throughline_core::actor::{Actor, Scope};
use throughline_core::event::{DomainEvent, Happening};
use throughline_core::id::{CustomerId, ItemId};
use throughline_core::timeline::TimelineItem;
use throughline_core::walk::{TimelinePage, WalkRequest};
use throughline_store::{Conn, customers, events, pins as store, timeline};

use super::{Entry, TimelineQuery, read};
use crate::{App, AppError};

/// The most pins of one customer.
const MAX_PINS: usize = 100;

/// Pins an item. Doing it again changes nothing.
pub async fn pin(app: &App, actor: &Actor, id: ItemId) -> Result<(), AppError> {
    change(app, actor, id, true).await
}

/// Takes a pin away. Doing it again changes nothing.
pub async fn unpin(app: &App, actor: &Actor, id: ItemId) -> Result<(), AppError> {
    change(app, actor, id, false).await
}

async fn change(app: &App, actor: &Actor, id: ItemId, pinned: bool) -> Result<(), AppError> {
    actor.require(Scope::CustomersWrite)?;
    let now = app.now();
    let event = app.event(actor, now, Happening::ItemPinned { item: id, pinned });
    let actor = actor.clone();
    let write = move |conn: &mut Conn| {
        let item = timeline::get(conn, &actor, id)?;
        let item = item.ok_or_else(|| AppError::not_found("item"))?;
        let changed = match pinned {
            true => {
                check_room(conn, &item)?;
                store::insert(conn, &item, &actor.name(), now)?
            }
            false => store::delete(conn, id)?,
        };
        if changed {
            events::append(conn, &[about(event, &item)])?;
        }
        Ok(())
    };
    app.store().write(write).await
}

fn check_room(conn: &mut Conn, item: &TimelineItem) -> Result<(), AppError> {
    let group = customers::group(conn, item.customer)?;
    let records = group.map_or_else(|| vec![item.customer], |group| group.members);
    let pinned = store::of_records(conn, &records)?;
    if pinned.len() < MAX_PINS || pinned.contains(&item.id) {
        return Ok(());
    }
    let message = format!("a customer has at most {MAX_PINS} pins; take one away first");
    Err(AppError::conflict("too_many_pins", message))
}

/// The event, said to concern what the item does.
pub(super) fn about(event: DomainEvent, item: &TimelineItem) -> DomainEvent {
    let TimelineItem { customer, ticket, inbox, .. } = item;
    DomainEvent { customer: Some(*customer), ticket: *ticket, inbox: *inbox, ..event }
}

/// What is pinned on a customer's timeline, as far as the actor may see it.
pub async fn pins(
    app: &App,
    actor: &Actor,
    customer: CustomerId,
    request: &WalkRequest,
) -> Result<TimelinePage<Entry>, AppError> {
    let query = TimelineQuery { pinned: true, ..TimelineQuery::default() };
    read(app, actor, customer, &query, request).await
}
