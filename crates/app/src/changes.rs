//! Incremental export: events with the present state of what they concern.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use throughline_core::access::Access;
use throughline_core::actor::{Actor, Scope};
use throughline_core::customer::CustomerView;
use throughline_core::event::DomainEvent;
use throughline_core::id::{CustomerId, ItemId, TicketId};
use throughline_core::ticket::TicketView;
use throughline_core::timeline::TimelineItem;
use throughline_store::{Conn, StoreError, customers, tickets, timeline};

use crate::access::{self, Origin};
use crate::events::{self, EventPage};
use crate::{App, AppError};

/// The most changes of one page: each may carry a long text.
pub const MAX_CHANGES: u32 = 200;

/// The present state of a thing: `None` when the event concerns no such thing, or when a later change
/// of the page carries it; `Some(None)` when it is gone or not visible.
pub type Now<T> = Option<Option<Box<T>>>;

/// An event with the present state of what it concerns.
#[derive(Debug, Clone)]
pub struct Change {
    /// The event.
    pub event: DomainEvent,
    /// The customer, by the record that survives.
    pub customer: Now<CustomerView>,
    /// The ticket.
    pub ticket: Now<TicketView>,
    /// The item on the timeline.
    pub item: Now<TimelineItem>,
}

/// Changes behind a position.
#[derive(Debug, Clone)]
pub struct ChangePage {
    /// Those that the actor may see, in order.
    pub changes: Vec<Change>,
    /// Where to go on.
    pub next: i64,
    /// Whether there may be more at once.
    pub more: bool,
}

/// Changes behind `after`. A thing that several of them concern comes with the last of those. The audit trail
/// tells who reads them, once an hour.
pub async fn list(
    app: &App,
    actor: &Actor,
    after: Option<i64>,
    limit: u32,
    kinds: Vec<String>,
    from: Origin,
) -> Result<ChangePage, AppError> {
    if !(1..=MAX_CHANGES).contains(&limit) {
        return Err(AppError::invalid("limit", format!("1 to {MAX_CHANGES} changes")));
    }
    let EventPage { events, next, more } = events::list(app, actor, after, limit, kinds).await?;
    // An empty page takes nothing out.
    if !events.is_empty() {
        access::note_export(app, Access::ChangesRead, actor, "changes", from).await?;
    }
    let actor = actor.clone();
    let changes = app.store().read(move |conn| embed(conn, &actor, events)).await?;
    Ok(ChangePage { changes, next, more })
}

/// Puts the present state beside each event.
pub(crate) fn embed(
    conn: &mut Conn,
    actor: &Actor,
    events: Vec<DomainEvent>,
) -> Result<Vec<Change>, StoreError> {
    let roots = roots_of(conn, &events)?;
    let root = |event: &DomainEvent| event.customer.map(|id| *roots.get(&id).unwrap_or(&id));
    let mut customers = Once::new(customers_of(conn, actor, events.iter().filter_map(root))?);
    let mut tickets = Once::new(tickets_of(conn, actor, events.iter().filter_map(|e| e.ticket))?);
    let items = events.iter().filter_map(|event| event.what.item());
    let mut items = Once::new(items_of(conn, actor, items)?);
    let mut changes: Vec<Change> = Vec::with_capacity(events.len());
    for event in events.into_iter().rev() {
        changes.push(Change {
            customer: customers.take(root(&event)),
            ticket: tickets.take(event.ticket),
            item: items.take(event.what.item()),
            event,
        });
    }
    changes.reverse();
    Ok(changes)
}

/// Things that are each given out once.
struct Once<K, T> {
    there: HashMap<K, T>,
    given: HashSet<K>,
}

impl<K: Copy + Eq + Hash, T> Once<K, T> {
    fn new(there: HashMap<K, T>) -> Self {
        Self { there, given: HashSet::new() }
    }

    fn take(&mut self, key: Option<K>) -> Now<T> {
        let key = key.filter(|key| self.given.insert(*key))?;
        Some(self.there.remove(&key).map(Box::new))
    }
}

/// The surviving record of each customer that is named.
fn roots_of(
    conn: &mut Conn,
    events: &[DomainEvent],
) -> Result<HashMap<CustomerId, CustomerId>, StoreError> {
    let named: HashSet<CustomerId> = events.iter().filter_map(|event| event.customer).collect();
    let mut roots = HashMap::with_capacity(named.len());
    for id in named {
        if let Some(group) = customers::group(conn, id)? {
            roots.insert(id, group.root);
        }
    }
    Ok(roots)
}

fn customers_of(
    conn: &mut Conn,
    actor: &Actor,
    ids: impl Iterator<Item = CustomerId>,
) -> Result<HashMap<CustomerId, CustomerView>, StoreError> {
    let ids: Vec<CustomerId> = ids.collect::<HashSet<_>>().into_iter().collect();
    if ids.is_empty() || actor.require(Scope::CustomersRead).is_err() {
        return Ok(HashMap::new());
    }
    let found = customers::by_ids(conn, actor, &ids)?;
    let views = crate::customers::views(conn, found)?;
    Ok(views.into_iter().map(|view| (view.customer.id, view)).collect())
}

fn tickets_of(
    conn: &mut Conn,
    actor: &Actor,
    ids: impl Iterator<Item = TicketId>,
) -> Result<HashMap<TicketId, TicketView>, StoreError> {
    let ids: Vec<TicketId> = ids.collect::<HashSet<_>>().into_iter().collect();
    if ids.is_empty() || actor.require(Scope::TicketsRead).is_err() {
        return Ok(HashMap::new());
    }
    let found = tickets::by_ids(conn, actor, &ids)?;
    let views = crate::tickets::views(conn, found)?;
    Ok(views.into_iter().map(|view| (view.ticket.id, view)).collect())
}

fn items_of(
    conn: &mut Conn,
    actor: &Actor,
    ids: impl Iterator<Item = ItemId>,
) -> Result<HashMap<ItemId, TimelineItem>, StoreError> {
    let ids: Vec<ItemId> = ids.collect::<HashSet<_>>().into_iter().collect();
    if ids.is_empty() || actor.require(Scope::TicketsRead).is_err() {
        return Ok(HashMap::new());
    }
    let found = timeline::by_ids(conn, actor, &ids)?;
    Ok(found.into_iter().map(|item| (item.id, item)).collect())
}
