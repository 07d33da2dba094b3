//! Pushed events about nobody we know yet, and the hints by which they are found.

use diesel::prelude::*;
use throughline_core::id::PushedEventId;
use throughline_core::identity::{Hint, IdentityKind, Key, leaders};
use throughline_core::pushed::WaitingEvent;
use throughline_core::time::Instant;

use crate::conn::{Conn, each, insert_rows};
use crate::error::StoreError;
use crate::read::{all, from_json, known, to_json};
use crate::schema::{identities, waiting_events, waiting_hints};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = waiting_events)]
struct Row {
    id: i64,
    actor: String,
    event_type: String,
    occurred_at: i64,
    created_at: i64,
    content: String,
}

#[derive(Insertable)]
#[diesel(table_name = waiting_hints)]
struct HintRow {
    kind: i16,
    scope: String,
    value: String,
    event_id: i64,
}

fn from_row(row: Row) -> Result<WaitingEvent, StoreError> {
    Ok(WaitingEvent {
        id: PushedEventId::from(row.id),
        actor: row.actor,
        event_type: row.event_type,
        occurred_at: Instant::from_micros(row.occurred_at),
        created_at: Instant::from_micros(row.created_at),
        content: from_json("waiting_events.content", &row.content)?,
    })
}

fn to_row(event: &WaitingEvent) -> Result<Row, StoreError> {
    Ok(Row {
        id: event.id.get(),
        actor: event.actor.clone(),
        event_type: event.event_type.clone(),
        occurred_at: event.occurred_at.as_micros(),
        created_at: event.created_at.as_micros(),
        content: to_json(&event.content)?,
    })
}

/// Lets events wait for whom they are about, by the hints that say so once they are known. Each hint of
/// an event is given once.
pub fn insert(conn: &mut Conn, events: &[WaitingEvent]) -> Result<(), StoreError> {
    let rows: Vec<Row> = events.iter().map(to_row).collect::<Result<_, _>>()?;
    insert_rows!(conn, waiting_events::table, rows);
    let hints = |event: &WaitingEvent| {
        let id = event.id.get();
        let row = move |hint: &Hint| HintRow {
            kind: hint.key.kind.code(),
            scope: hint.key.scope.clone(),
            value: hint.key.value.clone(),
            event_id: id,
        };
        leaders(&event.content.hints).into_iter().map(row).collect::<Vec<_>>()
    };
    let rows: Vec<HintRow> = events.iter().flat_map(hints).collect();
    insert_rows!(conn, waiting_hints::table, rows);
    Ok(())
}

/// Up to `limit` events that wait for this identity, oldest first.
pub fn for_identity(
    conn: &mut Conn,
    key: &Key,
    limit: i64,
) -> Result<Vec<WaitingEvent>, StoreError> {
    let waiting = waiting_hints::table
        .filter(waiting_hints::kind.eq(key.kind.code()))
        .filter(waiting_hints::scope.eq(&key.scope))
        .filter(waiting_hints::value.eq(&key.value))
        .order(waiting_hints::event_id)
        .limit(limit)
        .select(waiting_hints::event_id);
    let ids: Vec<i64> = each!(conn, c => waiting.load(c))?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = waiting_events::table
        .filter(waiting_events::id.eq_any(ids))
        .order(waiting_events::id)
        .select(Row::as_select())
        .load(conn)?;
    all(rows, from_row)
}

/// Identities for which something waits although we know them, up to `limit`: more had come than
/// are taken along at one time.
pub fn overdue(conn: &mut Conn, limit: i64) -> Result<Vec<Key>, StoreError> {
    let same = waiting_hints::kind
        .eq(identities::kind)
        .and(waiting_hints::scope.eq(identities::scope))
        .and(waiting_hints::value.eq(identities::value));
    let rows: Vec<(i16, String, String)> = waiting_hints::table
        .inner_join(identities::table.on(same))
        .select((waiting_hints::kind, waiting_hints::scope, waiting_hints::value))
        .distinct()
        .limit(limit)
        .load(conn)?;
    let key = |(code, scope, value): (i16, String, String)| {
        let kind = known("waiting_hints.kind", code, IdentityKind::from_code(code))?;
        Ok(Key { kind, scope, value })
    };
    rows.into_iter().map(key).collect()
}

/// One waiting event.
pub fn get(conn: &mut Conn, id: PushedEventId) -> Result<Option<WaitingEvent>, StoreError> {
    let row: Option<Row> =
        waiting_events::table.find(id.get()).select(Row::as_select()).first(conn).optional()?;
    row.map(from_row).transpose()
}

/// Up to `fetch` waiting events before the id `before`, pushed last first.
pub fn list(
    conn: &mut Conn,
    before: Option<i64>,
    fetch: i64,
) -> Result<Vec<WaitingEvent>, StoreError> {
    let rows: Vec<Row> = waiting_events::table
        .filter(waiting_events::id.lt(before.unwrap_or(i64::MAX)))
        .order(waiting_events::id.desc())
        .limit(fetch)
        .select(Row::as_select())
        .load(conn)?;
    all(rows, from_row)
}

/// Which of these events wait.
pub fn among(conn: &mut Conn, ids: &[PushedEventId]) -> Result<Vec<PushedEventId>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
    let found: Vec<i64> = waiting_events::table
        .filter(waiting_events::id.eq_any(ids))
        .select(waiting_events::id)
        .load(conn)?;
    Ok(found.into_iter().map(PushedEventId::from).collect())
}

/// Takes events out that wait no longer. Answers which were there: another may have taken one.
pub fn take(conn: &mut Conn, ids: &[PushedEventId]) -> Result<Vec<PushedEventId>, StoreError> {
    let mut taken = Vec::new();
    for id in ids {
        if diesel::delete(waiting_events::table.find(id.get())).execute(conn)? == 1 {
            taken.push(*id);
        }
    }
    Ok(taken)
}

/// Removes up to `limit` events that have waited since before `before`. Answers how many.
pub fn purge(conn: &mut Conn, before: Instant, limit: i64) -> Result<usize, StoreError> {
    let ids: Vec<i64> = waiting_events::table
        .filter(waiting_events::created_at.lt(before.as_micros()))
        .order(waiting_events::created_at)
        .limit(limit)
        .select(waiting_events::id)
        .load(conn)?;
    let old = waiting_events::table.filter(waiting_events::id.eq_any(ids));
    Ok(diesel::delete(old).execute(conn)?)
}
