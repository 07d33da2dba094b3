//! The log of what was sent to webhooks, kept for a while.

use diesel::prelude::*;
use throughline_core::id::{EventId, WebhookId};
use throughline_core::query::Span;
use throughline_core::time::Instant;
use throughline_core::webhook::{Attempt, Try};

use crate::conn::Conn;
use crate::error::StoreError;
use crate::schema::webhook_attempts;

/// How many old lines are removed with one statement.
const PURGE_BATCH: i64 = 5_000;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = webhook_attempts, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    webhook_id: i64,
    event_id: i64,
    position: i64,
    kind: String,
    at: i64,
    ms: i64,
    status: Option<i32>,
    error: Option<String>,
    response: Option<String>,
}

fn to_row(webhook: WebhookId, attempt: &Attempt) -> Row {
    Row {
        id: attempt.id,
        webhook_id: webhook.get(),
        event_id: attempt.event.get(),
        position: attempt.position,
        kind: attempt.kind.clone(),
        at: attempt.at.as_micros(),
        ms: attempt.outcome.ms,
        status: attempt.outcome.status.map(i32::from),
        error: attempt.outcome.error.clone(),
        response: attempt.outcome.response.clone(),
    }
}

fn from_row(row: Row) -> Attempt {
    Attempt {
        id: row.id,
        event: EventId::from(row.event_id),
        position: row.position,
        kind: row.kind,
        at: Instant::from_micros(row.at),
        outcome: Try {
            status: row.status.and_then(|status| u16::try_from(status).ok()),
            error: row.error,
            response: row.response,
            retry_after_seconds: None,
            ms: row.ms,
        },
    }
}

/// Adds a line.
pub fn insert(conn: &mut Conn, webhook: WebhookId, attempt: &Attempt) -> Result<(), StoreError> {
    let row = to_row(webhook, attempt);
    diesel::insert_into(webhook_attempts::table).values(row).execute(conn)?;
    Ok(())
}

/// Up to `fetch` lines of a webhook before the id `before`, newest first.
pub fn list(
    conn: &mut Conn,
    webhook: WebhookId,
    sent: Span,
    before: Option<i64>,
    fetch: i64,
) -> Result<Vec<Attempt>, StoreError> {
    let rows: Vec<Row> = webhook_attempts::table
        .filter(webhook_attempts::webhook_id.eq(webhook.get()))
        .filter(webhook_attempts::id.lt(sent.id_before(before)))
        .filter(webhook_attempts::id.ge(sent.first_id()))
        .order(webhook_attempts::id.desc())
        .limit(fetch)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(from_row).collect())
}

/// Removes lines from before an instant, some thousands at a time. Answers how many.
pub fn purge(conn: &mut Conn, before: Instant) -> Result<usize, StoreError> {
    let old: Vec<i64> = webhook_attempts::table
        .filter(webhook_attempts::at.lt(before.as_micros()))
        .order(webhook_attempts::at)
        .limit(PURGE_BATCH)
        .select(webhook_attempts::id)
        .load(conn)?;
    let gone = webhook_attempts::table.filter(webhook_attempts::id.eq_any(old));
    Ok(diesel::delete(gone).execute(conn)?)
}
