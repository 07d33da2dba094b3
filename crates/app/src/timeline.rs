//! Timelines: a customer's across all tickets, a ticket's, and single items.

use throughline_core::actor::{Actor, Scope};
use throughline_core::id::{CustomerId, ItemId, TicketId};
use throughline_core::page::{Page, PageRequest};
use throughline_core::timeline::TimelineItem;
use throughline_store::{Conn, customers, tickets, timeline};

pub use throughline_core::query::TimelineFilter;

use crate::{App, AppError, page};

/// The order of timelines: newest first.
const TAG: &str = "tln";

/// A customer's timeline across all tickets, newest first.
pub async fn of_customer(
    app: &App,
    actor: &Actor,
    customer: CustomerId,
    filter: &TimelineFilter,
    request: &PageRequest,
) -> Result<Page<TimelineItem>, AppError> {
    actor.require(Scope::CustomersRead)?;
    page::check(request)?;
    let (before, fetch) = (request.key_for(TAG)?, request.fetch());
    let (actor, filter) = (actor.clone(), filter.clone());
    let short = filter.shows_all_to(&actor);
    let read = move |conn: &mut Conn| {
        let rows = timeline::of_customer(conn, &actor, customer, &filter, before, fetch)?;
        // A page with items proves that the customer is there and visible.
        if rows.is_empty() && customers::get(conn, &actor, customer)?.is_none() {
            return Err(AppError::not_found("customer"));
        }
        Ok(rows)
    };
    let rows = load(app, short, read).await?;
    Ok(Page::cut(rows, request, TAG, |item| item.key.get()))
}

/// The items of a ticket, newest first.
pub async fn of_ticket(
    app: &App,
    actor: &Actor,
    ticket: TicketId,
    filter: &TimelineFilter,
    request: &PageRequest,
) -> Result<Page<TimelineItem>, AppError> {
    actor.require(Scope::TicketsRead)?;
    page::check(request)?;
    let (before, fetch) = (request.key_for(TAG)?, request.fetch());
    let (actor, filter) = (actor.clone(), filter.clone());
    let short = filter.shows_all_to(&actor);
    let read = move |conn: &mut Conn| {
        let rows = timeline::of_ticket(conn, &actor, ticket, &filter, before, fetch)?;
        if rows.is_empty() && tickets::get(conn, &actor, ticket)?.is_none() {
            return Err(AppError::not_found("ticket"));
        }
        Ok(rows)
    };
    let rows = load(app, short, read).await?;
    Ok(Page::cut(rows, request, TAG, |item| item.key.get()))
}

/// A page without filters is one short range of an index; with them, any number of items may have to
/// be passed over.
async fn load<F>(app: &App, short: bool, read: F) -> Result<Vec<TimelineItem>, AppError>
where
    F: FnOnce(&mut Conn) -> Result<Vec<TimelineItem>, AppError> + Send + 'static,
{
    if short { app.store().lookup(read).await } else { app.store().read(read).await }
}

/// One item.
pub async fn get(app: &App, actor: &Actor, id: ItemId) -> Result<TimelineItem, AppError> {
    actor.require(Scope::TicketsRead)?;
    let actor = actor.clone();
    let item = app.store().lookup(move |conn| timeline::get(conn, &actor, id)).await?;
    item.ok_or_else(|| AppError::not_found("item"))
}
