//! Reading domain events: one append-only table, one cursor.

use throughline_core::actor::{Actor, Scope, Sees};
use throughline_core::event::DomainEvent;
use throughline_store::{Conn, StoreError, events};

use crate::{App, AppError};

/// The most events of one page.
pub const MAX_EVENTS: u32 = 1_000;

/// Events behind a position.
#[derive(Debug, Clone, PartialEq)]
pub struct EventPage {
    /// The events that the actor may see, in order.
    pub events: Vec<DomainEvent>,
    /// Where to go on. It also passes over events that the actor may not see.
    pub next: i64,
    /// Whether there may be more at once.
    pub more: bool,
}

/// Events behind `after`, in the order in which they became visible. An empty `kinds` means all.
pub async fn list(
    app: &App,
    actor: &Actor,
    after: Option<i64>,
    limit: u32,
    kinds: Vec<String>,
) -> Result<EventPage, AppError> {
    actor.require(Scope::EventsRead)?;
    if !(1..=MAX_EVENTS).contains(&limit) {
        return Err(AppError::invalid("limit", format!("1 to {MAX_EVENTS} events")));
    }
    let mut page = up_to_now(app, after.unwrap_or(0), limit, kinds).await?;
    page.events.retain(|event| may_see(actor, event));
    Ok(page)
}

/// A page for whoever may see all. Gives positions only to who has read all that have one: the writes
/// of a reader who is far behind would help nobody.
pub(crate) async fn up_to_now(
    app: &App,
    after: i64,
    limit: u32,
    kinds: Vec<String>,
) -> Result<EventPage, AppError> {
    let wanted = kinds.clone();
    let page = app.store().read(move |conn| page(conn, after, limit, &wanted)).await?;
    if page.events.len() == limit as usize || !give_positions(app).await? {
        return Ok(page);
    }
    Ok(app.store().read(move |conn| self::page(conn, after, limit, &kinds)).await?)
}

/// A page of what has a position.
pub(crate) fn page(
    conn: &mut Conn,
    after: i64,
    limit: u32,
    kinds: &[String],
) -> Result<EventPage, StoreError> {
    // Read first: positions rise, so that nothing below it can still appear.
    let top = events::last_position(conn)?;
    let all = events::after(conn, after, kinds, i64::from(limit))?;
    let full = all.len() == limit as usize;
    let last = all.last().and_then(|e| e.position).unwrap_or(after);
    // A filter must not make the next reading begin at the same place again.
    let next = if full { last } else { last.max(top) };
    let more = full || events::has_pending(conn)?;
    Ok(EventPage { events: all, next, more })
}

/// Gives positions to events that have become visible and have none, some thousands at a time. Says
/// whether there were any.
pub async fn give_positions(app: &App) -> Result<bool, AppError> {
    if !app.store().lookup(events::has_pending).await? {
        return Ok(false);
    }
    Ok(app.store().write(events::sequence).await? > 0)
}

/// The position of the newest event, after all visible ones were given theirs.
pub(crate) async fn end(app: &App) -> Result<i64, AppError> {
    while give_positions(app).await? {}
    Ok(app.store().lookup(events::last_position).await?)
}

/// Set-up changes are for admins; what concerns an inbox is for those to whom it is open.
pub(crate) fn may_see(actor: &Actor, event: &DomainEvent) -> bool {
    match (&actor.sees, event.inbox) {
        _ if event.what.kind() == "admin.changed" => actor.require(Scope::Admin).is_ok(),
        (Sees::Everything, _) => true,
        (Sees::Only { inboxes, .. }, Some(inbox)) => inboxes.contains(&inbox),
        // Without an inbox it concerns a customer as a whole; its content is read elsewhere.
        (Sees::Only { .. }, None) => false,
    }
}
