//! What was answered to requests that carried an idempotency key.

use diesel::prelude::*;
use throughline_core::time::Instant;

use crate::conn::{Both, Conn};
use crate::error::StoreError;
use crate::schema::idempotency_keys as keys;

/// A request that came with a key.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The hash of the request.
    pub request_hash: String,
    /// The answer; `None` while the request is being worked on.
    pub answer: Option<Answer>,
    /// When the request began.
    pub created_at: Instant,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Headers worth repeating, as the border wrote them.
    pub headers: String,
    /// The body.
    pub body: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = keys)]
struct RecordRow {
    request_hash: String,
    status: Option<i16>,
    headers: Option<String>,
    body: Option<String>,
    created_at: i64,
}

impl RecordRow {
    fn into_core(self) -> Result<Record, StoreError> {
        let unreadable = |e: std::num::TryFromIntError| StoreError::Unreadable {
            what: "idempotency_keys.status",
            why: e.to_string(),
        };
        let status = self.status.map(u16::try_from).transpose().map_err(unreadable)?;
        let (headers, body) = (self.headers.unwrap_or_default(), self.body.unwrap_or_default());
        Ok(Record {
            request_hash: self.request_hash,
            answer: status.map(|status| Answer { status, headers, body }),
            created_at: Instant::from_micros(self.created_at),
        })
    }
}

/// Notes that a request has begun, unless this actor has used the key before; answers whether it
/// did. Of two at the same moment one wins, on both databases.
pub fn begin(
    conn: &mut Conn,
    actor: &str,
    key: &str,
    request_hash: &str,
    now: Instant,
) -> Result<bool, StoreError> {
    let row = (
        keys::actor.eq(actor),
        keys::key.eq(key),
        keys::request_hash.eq(request_hash),
        keys::created_at.eq(now.as_micros()),
    );
    let insert = diesel::insert_into(keys::table).values(row).on_conflict_do_nothing();
    Ok(Both(insert).execute(conn)? == 1)
}

/// What is known of a key.
pub fn get(conn: &mut Conn, actor: &str, key: &str) -> Result<Option<Record>, StoreError> {
    let row: Option<RecordRow> =
        keys::table.find((actor, key)).select(RecordRow::as_select()).first(conn).optional()?;
    row.map(RecordRow::into_core).transpose()
}

/// Takes over a request that began at `began` and was never answered; `false` when another has.
pub fn take_over(
    conn: &mut Conn,
    actor: &str,
    key: &str,
    began: Instant,
    now: Instant,
) -> Result<bool, StoreError> {
    let open = keys::table.find((actor, key)).filter(keys::status.is_null());
    let changed = diesel::update(open.filter(keys::created_at.eq(began.as_micros())))
        .set(keys::created_at.eq(now.as_micros()))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Keeps the answer to a request that has begun.
pub fn finish(
    conn: &mut Conn,
    actor: &str,
    key: &str,
    answer: &Answer,
) -> Result<bool, StoreError> {
    let open = keys::table.find((actor, key)).filter(keys::status.is_null());
    let changed = diesel::update(open)
        .set((
            keys::status.eq(i16::try_from(answer.status).unwrap_or(i16::MAX)),
            keys::headers.eq(&answer.headers),
            keys::body.eq(&answer.body),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Forgets a request that was not answered, so that it may be sent again.
pub fn forget(conn: &mut Conn, actor: &str, key: &str) -> Result<(), StoreError> {
    let open = keys::table.find((actor, key)).filter(keys::status.is_null());
    diesel::delete(open).execute(conn)?;
    Ok(())
}

/// Forgets what began before `before`. Answers how many.
pub fn purge(conn: &mut Conn, before: Instant) -> Result<usize, StoreError> {
    let old = keys::table.filter(keys::created_at.lt(before.as_micros()));
    Ok(diesel::delete(old).execute(conn)?)
}
