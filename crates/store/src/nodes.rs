//! Node numbers: each running process leases one, so that its ids are its own.

use diesel::prelude::*;
use diesel::upsert::excluded;
use throughline_core::time::Instant;

use crate::conn::{Both, Conn};
use crate::error::StoreError;
use crate::lock::{Alone, alone};
use crate::schema::nodes;

/// A node number and until when it is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// The number.
    pub number: i16,
    /// Until when its holder has it.
    pub lease_until: Instant,
}

/// All numbers that were ever given out, after waiting for every other giver; the caller may give
/// out one of them before the transaction ends. At most [`throughline_core::id::MAX_NODES`].
pub fn hold(conn: &mut Conn) -> Result<Vec<Node>, StoreError> {
    alone(conn, Alone::NodeNumbers)?;
    let rows: Vec<(i16, i64)> =
        nodes::table.order(nodes::id).select((nodes::id, nodes::lease_until)).load(conn)?;
    let node = |(number, until)| Node { number, lease_until: Instant::from_micros(until) };
    Ok(rows.into_iter().map(node).collect())
}

/// Gives a number to a holder.
pub fn give(conn: &mut Conn, node: Node, holder: i64) -> Result<(), StoreError> {
    let row = (
        nodes::id.eq(node.number),
        nodes::holder.eq(holder),
        nodes::lease_until.eq(node.lease_until.as_micros()),
    );
    let upsert =
        diesel::insert_into(nodes::table).values(row).on_conflict(nodes::id).do_update().set((
            nodes::holder.eq(excluded(nodes::holder)),
            nodes::lease_until.eq(excluded(nodes::lease_until)),
        ));
    Both(upsert).execute(conn)?;
    Ok(())
}

/// Sets until when the holder has its number; `false` when another has it by now.
pub fn extend(conn: &mut Conn, node: Node, holder: i64) -> Result<bool, StoreError> {
    let own = nodes::table.find(node.number).filter(nodes::holder.eq(holder));
    let changed = diesel::update(own)
        .set(nodes::lease_until.eq(node.lease_until.as_micros()))
        .execute(conn)?;
    Ok(changed == 1)
}
