//! Platforms that are asked for what is new: who asks for an inbox, how far it is recorded, and how that
//! goes. Set-ups are in `channel_accounts`, what was found in `deliveries`.

use diesel::prelude::*;
use serde_json::Value;
use throughline_core::id::InboxId;
use throughline_core::time::Instant;

use crate::conn::{Both, Conn};
use crate::error::StoreError;
use crate::read::{from_json, to_json};
use crate::schema::channel_places;

/// How far asking for one inbox has come.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredPlace {
    /// The inbox.
    pub inbox: InboxId,
    /// The channel's own mark, up to which all is recorded; null before the first question.
    pub cursor: Value,
    /// When the platform was last asked without a failure.
    pub asked_at: Option<Instant>,
    /// Failures in a row.
    pub failures: i32,
    /// When the first of them happened.
    pub failing_since: Option<Instant>,
    /// What the last of them was.
    pub last_error: Option<String>,
    /// Whether it goes on only after an admin has changed something.
    pub needs_change: bool,
    /// The version of the set-up with which it was last asked.
    pub version: i64,
    /// When it is tried again, after a failure.
    pub next_at: Option<Instant>,
    /// Until when a worker asks.
    pub lease_until: Option<Instant>,
}

/// Why asking failed, and when it is tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What went wrong, in words for an admin and without secrets.
    pub words: String,
    /// Whether it goes on only after an admin has changed something.
    pub needs_change: bool,
    /// When it is tried again.
    pub next_at: Instant,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = channel_places)]
struct Row {
    inbox_id: i64,
    cursor: String,
    asked_at: Option<i64>,
    failures: i32,
    failing_since: Option<i64>,
    last_error: Option<String>,
    needs_change: bool,
    version: i64,
    next_at: Option<i64>,
    lease_until: Option<i64>,
}

#[derive(Insertable)]
#[diesel(table_name = channel_places)]
struct NewRow {
    inbox_id: i64,
    cursor: &'static str,
    failures: i32,
    needs_change: bool,
    version: i64,
}

fn from_row(row: Row) -> Result<StoredPlace, StoreError> {
    Ok(StoredPlace {
        inbox: InboxId::from(row.inbox_id),
        cursor: from_json("channel_places.cursor", &row.cursor)?,
        asked_at: row.asked_at.map(Instant::from_micros),
        failures: row.failures,
        failing_since: row.failing_since.map(Instant::from_micros),
        last_error: row.last_error,
        needs_change: row.needs_change,
        version: row.version,
        next_at: row.next_at.map(Instant::from_micros),
        lease_until: row.lease_until.map(Instant::from_micros),
    })
}

/// The row of an inbox, if it is claimed under this token.
macro_rules! mine {
    ($inbox:expr, $token:expr) => {
        channel_places::table
            .filter(channel_places::inbox_id.eq($inbox.get()))
            .filter(channel_places::lease_token.eq($token))
    };
}

/// Takes an inbox for asking until `until`, unless somebody else has it. The token proves it.
pub fn claim(
    conn: &mut Conn,
    inbox: InboxId,
    token: i64,
    now: Instant,
    until: Instant,
) -> Result<Option<StoredPlace>, StoreError> {
    let inbox_id = inbox.get();
    let row = NewRow { inbox_id, cursor: "null", failures: 0, needs_change: false, version: 0 };
    let insert = diesel::insert_into(channel_places::table).values(&row);
    Both(insert.on_conflict_do_nothing()).execute(conn)?;
    let free = channel_places::table.filter(channel_places::inbox_id.eq(inbox_id)).filter(
        channel_places::lease_until.is_null().or(channel_places::lease_until.le(now.as_micros())),
    );
    let leased = (
        channel_places::lease_until.eq(Some(until.as_micros())),
        channel_places::lease_token.eq(Some(token)),
    );
    if diesel::update(free).set(leased).execute(conn)? == 0 {
        return Ok(None);
    }
    get(conn, inbox)
}

/// Holds a claimed inbox for longer; `false` when somebody else has it by now.
pub fn extend(
    conn: &mut Conn,
    inbox: InboxId,
    token: i64,
    until: Instant,
) -> Result<bool, StoreError> {
    let until = channel_places::lease_until.eq(Some(until.as_micros()));
    Ok(diesel::update(mine!(inbox, token)).set(until).execute(conn)? == 1)
}

/// Gives a claimed inbox back.
pub fn release(conn: &mut Conn, inbox: InboxId, token: i64) -> Result<(), StoreError> {
    let free =
        (channel_places::lease_until.eq(None::<i64>), channel_places::lease_token.eq(None::<i64>));
    diesel::update(mine!(inbox, token)).set(free).execute(conn)?;
    Ok(())
}

/// Moves the cursor of a claimed inbox and notes that its platform answered; `false`, and nothing done,
/// when somebody else has it by now. Others who would move it wait for the end of this transaction.
pub fn advance(
    conn: &mut Conn,
    inbox: InboxId,
    token: i64,
    cursor: &Value,
    version: i64,
    now: Instant,
) -> Result<bool, StoreError> {
    let moved = (
        channel_places::cursor.eq(to_json(cursor)?),
        channel_places::asked_at.eq(Some(now.as_micros())),
        channel_places::failures.eq(0),
        channel_places::failing_since.eq(None::<i64>),
        channel_places::last_error.eq(None::<String>),
        channel_places::needs_change.eq(false),
        channel_places::version.eq(version),
        channel_places::next_at.eq(None::<i64>),
    );
    Ok(diesel::update(mine!(inbox, token)).set(moved).execute(conn)? == 1)
}

/// Notes a failure of a claimed inbox.
pub fn note_failure(
    conn: &mut Conn,
    inbox: InboxId,
    token: i64,
    failure: &Failure,
    version: i64,
    now: Instant,
) -> Result<(), StoreError> {
    let failed = (
        channel_places::failures.eq(channel_places::failures + 1),
        channel_places::last_error.eq(Some(failure.words.as_str())),
        channel_places::needs_change.eq(failure.needs_change),
        channel_places::version.eq(version),
        channel_places::next_at.eq(Some(failure.next_at.as_micros())),
    );
    diesel::update(mine!(inbox, token)).set(failed).execute(conn)?;
    let since = channel_places::failing_since.eq(Some(now.as_micros()));
    let first = mine!(inbox, token).filter(channel_places::failing_since.is_null());
    diesel::update(first).set(since).execute(conn)?;
    Ok(())
}

/// How far asking for an inbox has come, if its platform was ever asked.
pub fn get(conn: &mut Conn, inbox: InboxId) -> Result<Option<StoredPlace>, StoreError> {
    let row: Option<Row> =
        channel_places::table.find(inbox.get()).select(Row::as_select()).first(conn).optional()?;
    row.map(from_row).transpose()
}

/// Forgets how far asking for an inbox has come.
pub fn delete(conn: &mut Conn, inbox: InboxId) -> Result<(), StoreError> {
    diesel::delete(channel_places::table.find(inbox.get())).execute(conn)?;
    Ok(())
}
