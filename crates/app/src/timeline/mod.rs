//! Timelines: a customer's across all tickets and records, a ticket's, and single items. Reading them is
//! here; what is done with them in the modules below.

mod counts;
mod entries;
mod erase;
mod export;
mod organization;
mod pins;
mod redact;
mod trash;
mod within;

use throughline_core::actor::{Actor, Scope, Sees};
use throughline_core::id::{CustomerId, InboxId, ItemId, TicketId};
use throughline_core::page::{MAX_LIMIT, Page, PageRequest};
use throughline_core::text::Query;
use throughline_core::timeline::TimelineItem;
use throughline_core::walk::{Place, TimelinePage, Toward, Walk, WalkRequest};
use throughline_store::{Conn, history, inboxes, pins as store_pins, tickets, timeline};

pub use counts::{Count, Counts, counts};
pub use entries::{Entry, TimelineQuery, read};
pub(crate) use erase::{Dropped, drop_wholly};
pub use erase::{
    Erase, Erasure, begin_erasure, erase, erase_step, erasure, erasures, finish_erasures,
};
pub use export::{Export, Exported, ExportedItem, Part, export};
pub use organization::of_organization;
pub use pins::{pin, pins, unpin};
pub(crate) use redact::clean_subject;
pub use redact::{Redact, redact};
pub use throughline_core::query::TimelineFilter;
pub use trash::purge_blobs;
pub(crate) use trash::put_aside;

use crate::customers::members;
use crate::{App, AppError, page};

/// The order of a ticket's items: newest first.
const TAG: &str = "tln";

/// A customer's timeline across all tickets and records.
pub async fn of_customer(
    app: &App,
    actor: &Actor,
    customer: CustomerId,
    filter: &TimelineFilter,
    request: &WalkRequest,
) -> Result<TimelinePage<TimelineItem>, AppError> {
    actor.require(Scope::CustomersRead)?;
    check(request)?;
    let walk = request.walk()?;
    let (actor, wanted) = (actor.clone(), Wanted::plain(filter.clone()));
    let short = filter.shows_all_to(&actor);
    let read = move |conn: &mut Conn| whole(conn, &actor, customer, &wanted, &walk);
    let found = if short { app.store().lookup(read).await } else { app.store().read(read).await };
    let found = found?;
    Ok(TimelinePage::of_walk(found.items, request, &walk, found.reached, Place::of))
}

/// Refuses a page of no or too many things.
fn check(request: &WalkRequest) -> Result<(), AppError> {
    page::check(&PageRequest { limit: request.limit.min(MAX_LIMIT + 1), after: None })
}

/// Which items are wanted, with what had to be looked up for it.
struct Wanted {
    filter: TimelineFilter,
    text: Option<Query>,
    pinned: bool,
    /// Inboxes whose items are let through to be shown as placeholders.
    also: Vec<InboxId>,
}

impl Wanted {
    fn plain(filter: TimelineFilter) -> Self {
        Self { filter, text: None, pinned: false, also: Vec::new() }
    }

    fn is_plain(&self) -> bool {
        self.text.is_none() && !self.pinned && self.also.is_empty()
    }
}

/// What a walk found.
struct Found {
    items: Vec<TimelineItem>,
    /// Up to where it looked, when it stopped before it had found enough.
    reached: Option<Place>,
}

/// A stretch of a customer's timeline, by the shortest way.
fn whole(
    conn: &mut Conn,
    actor: &Actor,
    customer: CustomerId,
    wanted: &Wanted,
    walk: &Walk,
) -> Result<Found, AppError> {
    let short = wanted.is_plain() && wanted.filter.shows_all_to(actor);
    if short && walk.toward == Toward::Older {
        let before = walk.bound(customer.get());
        let items = history::of_lone_record(conn, customer, before, walk.limit)?;
        if !items.is_empty() {
            return Ok(Found { items, reached: None });
        }
    }
    let records = members(conn, actor, customer)?;
    stretch(conn, actor, &records, wanted, walk)
}

/// A stretch of the timeline of these records.
fn stretch(
    conn: &mut Conn,
    actor: &Actor,
    records: &[CustomerId],
    wanted: &Wanted,
    walk: &Walk,
) -> Result<Found, AppError> {
    if let Some(text) = &wanted.text {
        return within::matching(conn, actor, records, wanted, text, walk);
    }
    let Wanted { filter, also, .. } = wanted;
    let items = match wanted.pinned {
        true => {
            let ids = store_pins::of_records(conn, records)?;
            let all = history::among(conn, actor, records, filter, &ids)?;
            within::in_order(all, walk)
        }
        false => history::of_records(conn, actor, records, filter, also, walk)?,
    };
    Ok(Found { items, reached: None })
}

/// The inboxes of which the actor may know that something came by them, and no more.
fn placeholders_for(conn: &mut Conn, actor: &Actor) -> Result<Vec<InboxId>, AppError> {
    let Sees::Only { inboxes: open, .. } = &actor.sees else { return Ok(Vec::new()) };
    let shown = inboxes::with_placeholders(conn)?;
    Ok(shown.into_iter().filter(|id| !open.contains(id)).collect())
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
    // A page without filters is one short range of an index; with them, any number of items may have
    // to be passed over.
    let rows = if short { app.store().lookup(read).await } else { app.store().read(read).await };
    Ok(Page::cut(rows?, request, TAG, |item| item.key.get()))
}

/// One item.
pub async fn get(app: &App, actor: &Actor, id: ItemId) -> Result<TimelineItem, AppError> {
    actor.require(Scope::TicketsRead)?;
    let actor = actor.clone();
    let item = app.store().lookup(move |conn| timeline::get(conn, &actor, id)).await?;
    item.ok_or_else(|| AppError::not_found("item"))
}
