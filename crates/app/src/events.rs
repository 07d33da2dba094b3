//! Reading domain events: one append-only table, one cursor.

use throughline_core::actor::{Actor, Scope, Sees};
use throughline_core::event::DomainEvent;
use throughline_store::events;

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
    if app.store().read(events::has_pending).await? {
        app.store().write(events::sequence).await?;
    }
    let after = after.unwrap_or(0);
    let read = move |conn: &mut _| {
        // Read first: positions rise, so that nothing below it can still appear.
        let top = events::last_position(conn)?;
        let all = events::after(conn, after, &kinds, i64::from(limit))?;
        Ok::<_, AppError>((top, all, events::has_pending(conn)?))
    };
    let (top, all, pending) = app.store().read(read).await?;
    let full = all.len() == limit as usize;
    let last = all.last().and_then(|e| e.position).unwrap_or(after);
    // A filter must not make the next reading begin at the same place again.
    let next = if full { last } else { last.max(top) };
    let more = full || pending;
    let events = all.into_iter().filter(|event| may_see(actor, event)).collect();
    Ok(EventPage { events, next, more })
}

/// Set-up changes are for admins; what concerns an inbox is for those to whom it is open.
fn may_see(actor: &Actor, event: &DomainEvent) -> bool {
    match (&actor.sees, event.inbox) {
        _ if event.what.kind() == "admin.changed" => actor.require(Scope::Admin).is_ok(),
        (Sees::Everything, _) => true,
        (Sees::Only { inboxes, .. }, Some(inbox)) => inboxes.contains(&inbox),
        // Without an inbox it concerns a customer as a whole; its content is read elsewhere.
        (Sees::Only { .. }, None) => false,
    }
}
