//! Keys that every node must share and nobody needs to type. Their text is never logged.

use diesel::prelude::*;
use throughline_core::time::Instant;

use crate::conn::{Both, Conn};
use crate::error::StoreError;
use crate::schema::secrets;

/// The stored text of a secret.
pub fn get(conn: &mut Conn, name: &str) -> Result<Option<String>, StoreError> {
    Ok(secrets::table.find(name).select(secrets::value).first(conn).optional()?)
}

/// Stores a secret unless there is one of this name already; answers whether it did.
pub fn insert_if_new(
    conn: &mut Conn,
    name: &str,
    value: &str,
    now: Instant,
) -> Result<bool, StoreError> {
    let row =
        (secrets::name.eq(name), secrets::value.eq(value), secrets::created_at.eq(now.as_micros()));
    let insert = diesel::insert_into(secrets::table).values(row).on_conflict_do_nothing();
    Ok(Both(insert).execute(conn)? == 1)
}

/// Removes a secret; answers whether there was one.
pub fn remove(conn: &mut Conn, name: &str) -> Result<bool, StoreError> {
    Ok(diesel::delete(secrets::table.find(name)).execute(conn)? == 1)
}
