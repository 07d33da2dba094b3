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
    /// Changing which records are one customer: a merge looks at all edges of two groups.
    Merging = 7_250_927,
    /// Changing which organization is above which: "no circle" is a rule over many rows.
    Organizations = 7_250_928,
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

/// What a name is the name of; each has its own space of locks, apart from those above.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Named {
    /// An identity, or an address in general: whose is it, and what was sent there?
    Identity = 7_250_925,
    /// A tag: is there one of this name?
    Tag = 7_250_926,
    /// An inbox of a platform: which of its events were done, and where do its conversations go on?
    Platform = 7_250_929,
}

/// Waits until no other transaction decides about this name, and holds it to the end of this one.
/// Two names with one hash merely wait for each other.
pub(crate) fn name(conn: &mut Conn, what: Named, name: &str) -> Result<(), StoreError> {
    if let Conn::Pg(c) = conn {
        diesel::sql_query("SELECT pg_advisory_xact_lock($1, hashtext($2))")
            .bind::<diesel::sql_types::Integer, _>(what as i32)
            .bind::<diesel::sql_types::Text, _>(name)
            .execute(c)?;
    }
    Ok(())
}
