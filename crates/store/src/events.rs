//! Domain events: appended inside the business transaction, read by a cursor that never skips.
//!
//! A number taken inside a transaction is no safe cursor: another with a lower number may commit
//! later. So events are appended without a position, and whoever wants to read first gives
//! positions to all that have become visible, one giver at a time.

use std::cell::Cell;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};
use throughline_core::event::{DomainEvent, Happening};
use throughline_core::id::{CustomerId, EventId, InboxId, TicketId};
use throughline_core::time::Instant;

use crate::conn::{Conn, insert_rows};
use crate::error::StoreError;
use crate::lock::{Alone, alone};
use crate::read::{all, from_json, to_json};
use crate::schema::domain_events;

/// How many events get their position at one time.
const SEQUENCE_BATCH: i64 = 2_000;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = domain_events, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    position: Option<i64>,
    kind: String,
    actor: String,
    customer_id: Option<i64>,
    ticket_id: Option<i64>,
    inbox_id: Option<i64>,
    occurred_at: i64,
    payload: String,
}

fn to_row(event: &DomainEvent) -> Result<Row, StoreError> {
    Ok(Row {
        id: event.id.get(),
        position: event.position,
        kind: event.what.kind().to_owned(),
        actor: event.actor.clone(),
        customer_id: event.customer.map(CustomerId::get),
        ticket_id: event.ticket.map(TicketId::get),
        inbox_id: event.inbox.map(InboxId::get),
        occurred_at: event.occurred_at.as_micros(),
        payload: to_json(&event.what)?,
    })
}

fn from_row(row: Row) -> Result<DomainEvent, StoreError> {
    Ok(DomainEvent {
        id: EventId::from(row.id),
        position: row.position,
        actor: row.actor,
        customer: row.customer_id.map(CustomerId::from),
        ticket: row.ticket_id.map(TicketId::from),
        inbox: row.inbox_id.map(InboxId::from),
        occurred_at: Instant::from_micros(row.occurred_at),
        what: from_json::<Happening>("domain_events.payload", &row.payload)?,
    })
}

thread_local! {
    /// Whether the work that runs on this thread has appended events.
    static APPENDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs the work of one transaction and says whether it appended events.
pub(crate) fn noting_news<T, E>(work: impl FnOnce() -> Result<T, E>) -> Result<(T, bool), E> {
    APPENDED.set(false);
    let value = work()?;
    Ok((value, APPENDED.take()))
}

/// Appends events; they get their positions when somebody next reads.
pub fn append(conn: &mut Conn, events: &[DomainEvent]) -> Result<(), StoreError> {
    let rows: Vec<Row> = events.iter().map(to_row).collect::<Result<_, _>>()?;
    insert_rows!(conn, domain_events::table, rows);
    APPENDED.set(true);
    Ok(())
}

/// Whether some visible event still has no position.
pub fn has_pending(conn: &mut Conn) -> Result<bool, StoreError> {
    let pending = domain_events::table
        .filter(domain_events::position.is_null())
        .select(domain_events::id)
        .first::<i64>(conn)
        .optional()?;
    Ok(pending.is_some())
}

/// Gives the next positions to visible events, oldest first. Call inside a write.
pub fn sequence(conn: &mut Conn) -> Result<usize, StoreError> {
    // One giver at a time, until its commit: the next one sees these positions.
    alone(conn, Alone::EventPositions)?;
    let last = last_position(conn)?;
    let given = diesel::sql_query(
        "UPDATE domain_events SET position = $1 + pending.place FROM (\
         SELECT id AS pending_id, row_number() OVER (ORDER BY id) AS place FROM (\
         SELECT id FROM domain_events WHERE position IS NULL ORDER BY id LIMIT $2) AS due\
         ) AS pending WHERE domain_events.id = pending.pending_id",
    )
    .bind::<BigInt, _>(last)
    .bind::<BigInt, _>(SEQUENCE_BATCH)
    .execute(conn)?;
    Ok(given)
}

/// The highest position given so far; zero before the first.
pub fn last_position(conn: &mut Conn) -> Result<i64, StoreError> {
    let last: Option<i64> =
        domain_events::table.select(diesel::dsl::max(domain_events::position)).first(conn)?;
    Ok(last.unwrap_or(0))
}

/// Events behind a position, in order. `kinds` empty means all.
pub fn after(
    conn: &mut Conn,
    position: i64,
    kinds: &[String],
    limit: i64,
) -> Result<Vec<DomainEvent>, StoreError> {
    let mut query = domain_events::table
        .filter(domain_events::position.gt(position))
        .order(domain_events::position.asc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if !kinds.is_empty() {
        query = query.filter(domain_events::kind.eq_any(kinds));
    }
    all(query.load(conn)?, from_row)
}

/// What the audit trail tells of: the kinds of its index, word for word, so that both databases see that
/// it serves the query.
const AUDITED: &str = "kind IN ('admin.changed', 'customer.erased', 'customer.merged', \
                       'customer.unmerged', 'item.redacted')";

/// The things of which the audit trail tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audited {
    /// Customers that were merged, unmerged or erased.
    Customer,
    /// Items that were taken out.
    Item,
    /// A kind of thing of the set-up, such as `agent`: letters and underscores.
    SetUp(&'static str),
    /// Sessions, passwords or exports, as [`throughline_core::access::Access::what`] names them: of those
    /// no event tells.
    Access(&'static str),
}

/// Which lines of the audit trail are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// By this actor.
    pub actor: Option<String>,
    /// About such things.
    pub what: Option<Audited>,
    /// From this instant on.
    pub since: Option<Instant>,
    /// Up to this instant.
    pub until: Option<Instant>,
}

/// Events of the audit trail, newest first, below an id.
pub fn audited(
    conn: &mut Conn,
    filter: &AuditFilter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<DomainEvent>, StoreError> {
    let AuditFilter { actor, what, since, until } = filter;
    let mut query = domain_events::table
        .filter(sql::<Bool>(AUDITED))
        .filter(domain_events::id.lt(before.unwrap_or(i64::MAX)))
        .order(domain_events::id.desc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(actor) = actor {
        query = query.filter(domain_events::actor.eq(actor));
    }
    if let Some(since) = since {
        query = query.filter(domain_events::occurred_at.ge(since.as_micros()));
    }
    if let Some(until) = until {
        query = query.filter(domain_events::occurred_at.lt(until.as_micros()));
    }
    query = match what {
        None => query,
        Some(Audited::Customer) => query.filter(domain_events::kind.like("customer.%")),
        Some(Audited::Item) => query.filter(domain_events::kind.eq("item.redacted")),
        Some(Audited::Access(_)) => return Ok(Vec::new()),
        Some(Audited::SetUp(name)) => {
            // Written by serde without blanks; quotes within a value would be escaped.
            let told = format!("%\"what\":\"{name}\"%");
            query
                .filter(domain_events::kind.eq("admin.changed"))
                .filter(domain_events::payload.like(told))
        }
    };
    all(query.load(conn)?, from_row)
}

/// The position behind which the events stand that happened at an instant or later; the last one when
/// there are none. Found by halving, since events get their positions nearly in the order in which
/// they happen; where they do not, a few of before may stand behind it, or a few of after before it.
pub fn position_before(conn: &mut Conn, at: Instant) -> Result<i64, StoreError> {
    let (mut low, mut high) = (0, last_position(conn)?);
    while low < high {
        let middle = low + (high - low) / 2;
        let behind: Option<(Option<i64>, i64)> = domain_events::table
            .filter(domain_events::position.gt(middle))
            .order(domain_events::position.asc())
            .select((domain_events::position, domain_events::occurred_at))
            .first(conn)
            .optional()?;
        match behind {
            Some((Some(position), when)) if when < at.as_micros() => low = position,
            _ => high = middle,
        }
    }
    Ok(low)
}
