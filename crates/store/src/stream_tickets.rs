//! Tickets by which one live stream is opened. Only their hashes are stored.

use diesel::prelude::*;
use throughline_core::time::Instant;

use crate::conn::Conn;
use crate::error::StoreError;
use crate::schema::stream_tickets;

/// What a ticket is good for.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = stream_tickets, treat_none_as_default_value = false)]
struct Row {
    hash: String,
    actor: String,
    good_until: i64,
    access_until: Option<i64>,
}

/// Who a ticket stands for, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamTicket {
    /// Who, as [`throughline_core::actor::Actor::name`] says.
    pub actor: String,
    /// Until when it can be used.
    pub good_until: Instant,
    /// Until when the access is good that it was got with.
    pub access_until: Option<Instant>,
}

/// Keeps a ticket, and throws away those that nobody used in time.
pub fn insert(
    conn: &mut Conn,
    hash: &str,
    ticket: &StreamTicket,
    now: Instant,
) -> Result<(), StoreError> {
    let late = stream_tickets::table.filter(stream_tickets::good_until.lt(now.as_micros()));
    diesel::delete(late).execute(conn)?;
    let row = Row {
        hash: hash.to_owned(),
        actor: ticket.actor.clone(),
        good_until: ticket.good_until.as_micros(),
        access_until: ticket.access_until.map(Instant::as_micros),
    };
    diesel::insert_into(stream_tickets::table).values(row).execute(conn)?;
    Ok(())
}

/// Takes a ticket out: of two who present it, one gets it.
pub fn take(conn: &mut Conn, hash: &str) -> Result<Option<StreamTicket>, StoreError> {
    let found: Option<Row> = stream_tickets::table.find(hash).first(conn).optional()?;
    let gone = diesel::delete(stream_tickets::table.find(hash)).execute(conn)?;
    Ok(found.filter(|_| gone == 1).map(|row| StreamTicket {
        actor: row.actor,
        good_until: Instant::from_micros(row.good_until),
        access_until: row.access_until.map(Instant::from_micros),
    }))
}
