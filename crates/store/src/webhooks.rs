//! Webhooks and the log of what was sent to them. A worker that sends to one holds it under a lease;
//! what it writes counts only while it does.

use diesel::prelude::*;
use throughline_core::id::WebhookId;
use throughline_core::time::Instant;
use throughline_core::webhook::{Progress, Webhook, WebhookState};

use crate::conn::{Conn, each};
use crate::error::StoreError;
use crate::read::{all, from_json, known, to_json};
use crate::schema::webhooks;

/// The secrets of a webhook, encrypted; what that means is not known here.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSecrets {
    /// The one in use.
    pub current: String,
    /// The one of before.
    pub old: Option<String>,
}

/// A webhook with its secrets.
#[derive(Clone)]
pub struct Stored {
    /// The webhook.
    pub webhook: Webhook,
    /// Its secrets.
    pub secrets: SealedSecrets,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = webhooks, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    url: String,
    description: Option<String>,
    kinds: String,
    secret: String,
    old_secret: Option<String>,
    old_secret_until: Option<i64>,
    state: i16,
    state_reason: Option<String>,
    position: i64,
    failures: i32,
    failing_since: Option<i64>,
    last_success_at: Option<i64>,
    last_error: Option<String>,
    next_at: i64,
    created_by: String,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

fn to_row(stored: &Stored) -> Result<Row, StoreError> {
    let Stored { webhook, secrets } = stored;
    let progress = &webhook.progress;
    Ok(Row {
        id: webhook.id.get(),
        url: webhook.url.clone(),
        description: webhook.description.clone(),
        kinds: to_json(&webhook.kinds)?,
        secret: secrets.current.clone(),
        old_secret: secrets.old.clone(),
        old_secret_until: webhook.old_secret_until.map(Instant::as_micros),
        state: progress.state.code(),
        state_reason: progress.reason.clone(),
        position: progress.position,
        failures: progress.failures,
        failing_since: progress.failing_since.map(Instant::as_micros),
        last_success_at: progress.last_success_at.map(Instant::as_micros),
        last_error: progress.last_error.clone(),
        next_at: progress.next_at.as_micros(),
        created_by: webhook.created_by.clone(),
        created_at: webhook.created_at.as_micros(),
        updated_at: webhook.updated_at.as_micros(),
        version: webhook.version,
    })
}

fn from_row(row: Row) -> Result<Stored, StoreError> {
    let instant = |micros: Option<i64>| micros.map(Instant::from_micros);
    let progress = Progress {
        state: known("webhooks.state", row.state, WebhookState::from_code(row.state))?,
        reason: row.state_reason,
        position: row.position,
        failures: row.failures,
        failing_since: instant(row.failing_since),
        last_success_at: instant(row.last_success_at),
        last_error: row.last_error,
        next_at: Instant::from_micros(row.next_at),
    };
    let webhook = Webhook {
        id: WebhookId::from(row.id),
        url: row.url,
        description: row.description,
        kinds: from_json("webhooks.kinds", &row.kinds)?,
        old_secret_until: instant(row.old_secret_until),
        progress,
        created_by: row.created_by,
        created_at: Instant::from_micros(row.created_at),
        updated_at: Instant::from_micros(row.updated_at),
        version: row.version,
    };
    Ok(Stored { webhook, secrets: SealedSecrets { current: row.secret, old: row.old_secret } })
}

/// The webhook of this id, with its secrets.
pub fn get(conn: &mut Conn, id: WebhookId) -> Result<Option<Stored>, StoreError> {
    let row = webhooks::table.find(id.get()).select(Row::as_select()).first(conn).optional()?;
    row.map(from_row).transpose()
}

/// The same, held against other changes to the end of the transaction.
pub fn hold(conn: &mut Conn, id: WebhookId) -> Result<Option<Stored>, StoreError> {
    let row = match conn {
        Conn::Pg(c) => {
            let mine = webhooks::table.find(id.get()).select(Row::as_select());
            mine.for_update().first(c).optional()?
        }
        // One writer: nobody else is there.
        Conn::Sqlite(c) => {
            webhooks::table.find(id.get()).select(Row::as_select()).first(c).optional()?
        }
    };
    row.map(from_row).transpose()
}

/// Up to `fetch` webhooks behind the id `after`, oldest first.
pub fn list(conn: &mut Conn, after: Option<i64>, fetch: i64) -> Result<Vec<Webhook>, StoreError> {
    let rows: Vec<Row> = webhooks::table
        .filter(webhooks::id.gt(after.unwrap_or(i64::MIN)))
        .order(webhooks::id)
        .limit(fetch)
        .select(Row::as_select())
        .load(conn)?;
    all(rows, |row| Ok(from_row(row)?.webhook))
}

/// Adds a webhook.
pub fn insert(conn: &mut Conn, stored: &Stored) -> Result<(), StoreError> {
    let row = to_row(stored)?;
    each!(conn, c => diesel::insert_into(webhooks::table).values(&row).execute(c))?;
    Ok(())
}

/// Writes a webhook that is held, and takes it from the worker that sends to it: what that one still
/// does no longer counts.
pub fn save(conn: &mut Conn, stored: &Stored) -> Result<(), StoreError> {
    let row = to_row(stored)?;
    let free = (webhooks::lease_until.eq(None::<i64>), webhooks::lease_token.eq(None::<i64>));
    let mine = webhooks::table.find(row.id);
    each!(conn, c => diesel::update(mine).set((&row, free)).execute(c))?;
    Ok(())
}

/// Removes a webhook with its log; `false` when there was none.
pub fn delete(conn: &mut Conn, id: WebhookId) -> Result<bool, StoreError> {
    Ok(diesel::delete(webhooks::table.find(id.get())).execute(conn)? > 0)
}

/// Which webhooks a worker may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Those whose last try went well.
    Healthy,
    /// Those that failed the last time.
    Failing,
}

/// Takes up to `limit` active webhooks that events behind their place wait for, the longest waiting
/// first, until `now` plus the lease. `top` is the last position given.
pub fn claim(
    conn: &mut Conn,
    lane: Lane,
    limit: i64,
    top: i64,
    lease: (i64, i64),
    now: Instant,
) -> Result<Vec<Stored>, StoreError> {
    let (lease_ms, token) = lease;
    let ids = due(conn, lane, limit, top, now)?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let until = now.plus_millis(lease_ms).as_micros();
    let taken = webhooks::table.filter(webhooks::id.eq_any(&ids));
    diesel::update(taken)
        .set((webhooks::lease_until.eq(until), webhooks::lease_token.eq(token)))
        .execute(conn)?;
    let rows = webhooks::table.filter(webhooks::id.eq_any(&ids)).order(webhooks::next_at);
    all(rows.select(Row::as_select()).load(conn)?, from_row)
}

fn due(
    conn: &mut Conn,
    lane: Lane,
    limit: i64,
    top: i64,
    now: Instant,
) -> Result<Vec<i64>, StoreError> {
    let (least, most) = match lane {
        Lane::Healthy => (0, 0),
        Lane::Failing => (1, i32::MAX),
    };
    macro_rules! query {
        () => {
            webhooks::table
                .filter(webhooks::state.eq(WebhookState::Active.code()))
                .filter(webhooks::next_at.le(now.as_micros()))
                .filter(webhooks::position.lt(top))
                .filter(webhooks::failures.between(least, most))
                .filter(
                    webhooks::lease_until.is_null().or(webhooks::lease_until.le(now.as_micros())),
                )
                .order((webhooks::next_at.asc(), webhooks::id.asc()))
                .select(webhooks::id)
                .limit(limit)
        };
    }
    Ok(match conn {
        // What others are just taking is passed over, not waited for.
        Conn::Pg(c) => query!().for_update().skip_locked().load(c)?,
        Conn::Sqlite(c) => query!().load(c)?,
    })
}

/// Whether any active webhook waits for an event at or before `top`.
pub fn any_behind(conn: &mut Conn, top: i64) -> Result<bool, StoreError> {
    let behind = webhooks::table
        .filter(webhooks::state.eq(WebhookState::Active.code()))
        .filter(webhooks::position.lt(top));
    Ok(behind.select(webhooks::id).first::<i64>(conn).optional()?.is_some())
}

/// Notes how the sending goes and extends the lease, or ends it when `lease_ms` is `None`. `false`
/// when the lease was lost: then nothing is written, and nothing more may be sent.
pub fn advance(
    conn: &mut Conn,
    id: WebhookId,
    progress: &Progress,
    lease: (Option<i64>, i64),
    now: Instant,
) -> Result<bool, StoreError> {
    let (lease_ms, token) = lease;
    let until = lease_ms.map(|ms| now.plus_millis(ms).as_micros());
    let mine =
        webhooks::table.filter(webhooks::id.eq(id.get())).filter(webhooks::lease_token.eq(token));
    let changed = diesel::update(mine)
        .set((
            webhooks::state.eq(progress.state.code()),
            webhooks::state_reason.eq(progress.reason.clone()),
            webhooks::position.eq(progress.position),
            webhooks::failures.eq(progress.failures),
            webhooks::failing_since.eq(progress.failing_since.map(Instant::as_micros)),
            webhooks::last_success_at.eq(progress.last_success_at.map(Instant::as_micros)),
            webhooks::last_error.eq(progress.last_error.clone()),
            webhooks::next_at.eq(progress.next_at.as_micros()),
            webhooks::lease_until.eq(until),
            webhooks::lease_token.eq(until.map(|_| token)),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}
