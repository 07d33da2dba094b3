//! Answers that were written by no person, kept for a day so that nobody gets too many.

use diesel::prelude::*;
use throughline_core::id::InboxId;
use throughline_core::identity::EmailAddress;
use throughline_core::time::Instant;

use crate::conn::Conn;
use crate::error::StoreError;
use crate::lock;
use crate::schema::automatic_answers as answers;

/// How many went to an address, over all inboxes, since each of two instants. Nobody else counts
/// for that address until the end of the transaction.
pub fn since(
    conn: &mut Conn,
    address: &EmailAddress,
    instants: [Instant; 2],
) -> Result<[i64; 2], StoreError> {
    lock::name(conn, lock::Named::Identity, address.as_str())?;
    let mut counts = [0; 2];
    for (count, since) in counts.iter_mut().zip(instants) {
        *count = answers::table
            .filter(answers::address.eq(address.as_str()))
            .filter(answers::sent_at.gt(since.as_micros()))
            .count()
            .get_result(conn)?;
    }
    Ok(counts)
}

/// Notes one.
pub fn insert(
    conn: &mut Conn,
    id: i64,
    inbox: InboxId,
    address: &EmailAddress,
    now: Instant,
) -> Result<(), StoreError> {
    diesel::insert_into(answers::table)
        .values((
            answers::id.eq(id),
            answers::inbox_id.eq(inbox.get()),
            answers::address.eq(address.as_str()),
            answers::sent_at.eq(now.as_micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Forgets those of before an instant. Answers how many.
pub fn purge(conn: &mut Conn, before: Instant) -> Result<usize, StoreError> {
    let old = answers::table.filter(answers::sent_at.lt(before.as_micros()));
    Ok(diesel::delete(old).execute(conn)?)
}
