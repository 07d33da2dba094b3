//! Transactions of one kind that must not run beside each other.

use diesel::RunQueryDsl;
use diesel::sql_types::BigInt;

use crate::conn::Conn;
use crate::error::StoreError;

/// What is done by one transaction at a time, over all nodes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Alone {
    /// Giving out node numbers.
    NodeNumbers = 7_250_922,
    /// Changing who is an admin: "one must stay" is a rule over many rows.
    Admins = 7_250_923,
    /// Giving positions to domain events.
    EventPositions = 7_250_924,
}

/// Waits until no other transaction holds the lock, and holds it to the end of this one. SQLite
/// has one writer, so nothing needs to wait there.
pub(crate) fn alone(conn: &mut Conn, what: Alone) -> Result<(), StoreError> {
    if let Conn::Pg(c) = conn {
        let key = what as i64;
        diesel::sql_query("SELECT pg_advisory_xact_lock($1)").bind::<BigInt, _>(key).execute(c)?;
    }
    Ok(())
}

/// The space of locks on single addresses, apart from the locks above.
const ADDRESSES: i32 = 7_250_925;

/// Waits until no other transaction decides whose this address is, and holds it to the end of this
/// one. Two addresses with one hash merely wait for each other.
pub(crate) fn address(conn: &mut Conn, address: &str) -> Result<(), StoreError> {
    if let Conn::Pg(c) = conn {
        diesel::sql_query("SELECT pg_advisory_xact_lock($1, hashtext($2))")
            .bind::<diesel::sql_types::Integer, _>(ADDRESSES)
            .bind::<diesel::sql_types::Text, _>(address)
            .execute(c)?;
    }
    Ok(())
}
