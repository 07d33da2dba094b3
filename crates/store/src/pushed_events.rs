//! The keys of pushed events, by which a repeat is known. The events themselves are timeline items,
//! or wait: see `waiting_events`.

use diesel::prelude::*;
use throughline_core::id::PushedEventId;
use throughline_core::time::Instant;

use crate::conn::{Both, Conn};
use crate::error::StoreError;
use crate::schema::pushed_events;

/// The use of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyed {
    /// The event.
    pub id: PushedEventId,
    /// The hash of what was pushed.
    pub request_hash: String,
}

/// Takes a key of an actor for an event; answers with its first use when it was used before. Of two
/// at the same moment one wins and the other waits for it. Take several in one order always.
pub fn claim(
    conn: &mut Conn,
    actor: &str,
    key: &str,
    event: &Keyed,
    now: Instant,
) -> Result<Option<Keyed>, StoreError> {
    let row = (
        pushed_events::id.eq(event.id.get()),
        pushed_events::actor.eq(actor),
        pushed_events::key.eq(key),
        pushed_events::request_hash.eq(&event.request_hash),
        pushed_events::created_at.eq(now.as_micros()),
    );
    let insert = diesel::insert_into(pushed_events::table).values(row).on_conflict_do_nothing();
    if Both(insert).execute(conn)? == 1 {
        return Ok(None);
    }
    let used: (i64, String) = pushed_events::table
        .filter(pushed_events::actor.eq(actor))
        .filter(pushed_events::key.eq(key))
        .select((pushed_events::id, pushed_events::request_hash))
        .first(conn)?;
    Ok(Some(Keyed { id: PushedEventId::from(used.0), request_hash: used.1 }))
}

/// Gives the keys of events back that were not stored after all.
pub fn release(conn: &mut Conn, events: &[PushedEventId]) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = events.iter().map(|id| id.get()).collect();
    diesel::delete(pushed_events::table.filter(pushed_events::id.eq_any(ids))).execute(conn)?;
    Ok(())
}
