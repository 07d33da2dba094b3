//! What is said of records and binds nobody: those that have the same are alike.

use diesel::prelude::*;
use throughline_core::id::CustomerId;
use throughline_core::merging::Likeness;
use throughline_core::time::Instant;

use crate::conn::{Conn, each};
use crate::error::StoreError;
use crate::schema::likenesses;

/// Notes a likeness of a record. Answers whether it is new.
pub fn note(
    conn: &mut Conn,
    customer: CustomerId,
    likeness: Likeness,
    value: &str,
    at: Instant,
) -> Result<bool, StoreError> {
    let row = (
        likenesses::kind.eq(likeness.code()),
        likenesses::value.eq(value),
        likenesses::customer_id.eq(customer.get()),
        likenesses::seen_at.eq(at.as_micros()),
    );
    let insert = diesel::insert_into(likenesses::table).values(row).on_conflict_do_nothing();
    Ok(each!(conn, c => insert.execute(c))? == 1)
}

/// The records with a likeness, at most `limit`.
pub fn records_with(
    conn: &mut Conn,
    likeness: Likeness,
    value: &str,
    limit: i64,
) -> Result<Vec<CustomerId>, StoreError> {
    let alike = likenesses::table
        .filter(likenesses::kind.eq(likeness.code()))
        .filter(likenesses::value.eq(value))
        .order(likenesses::customer_id.asc())
        .limit(limit)
        .select(likenesses::customer_id);
    let ids: Vec<i64> = each!(conn, c => alike.load(c))?;
    Ok(ids.into_iter().map(CustomerId::from).collect())
}
