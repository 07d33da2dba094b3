//! Items that agents keep in sight. Who may see them is decided by the item.

use diesel::prelude::*;
use throughline_core::id::{CustomerId, ItemId};
use throughline_core::time::Instant;
use throughline_core::timeline::TimelineItem;

use crate::conn::{Conn, each};
use crate::error::StoreError;
use crate::schema::pins;

/// Pins an item; says whether it was not pinned before.
pub fn insert(
    conn: &mut Conn,
    item: &TimelineItem,
    actor: &str,
    now: Instant,
) -> Result<bool, StoreError> {
    let row = (
        pins::item_id.eq(item.id.get()),
        pins::customer_id.eq(item.customer.get()),
        pins::actor.eq(actor),
        pins::pinned_at.eq(now.as_micros()),
    );
    let inserted = each!(conn, c => diesel::insert_into(pins::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(inserted == 1)
}

/// Takes a pin away; says whether there was one.
pub fn delete(conn: &mut Conn, item: ItemId) -> Result<bool, StoreError> {
    Ok(diesel::delete(pins::table.find(item.get())).execute(conn)? == 1)
}

/// The pinned items of these records, in no order.
pub fn of_records(conn: &mut Conn, records: &[CustomerId]) -> Result<Vec<ItemId>, StoreError> {
    let records: Vec<i64> = records.iter().map(|id| id.get()).collect();
    let of = pins::table.filter(pins::customer_id.eq_any(records));
    let ids: Vec<i64> = of.select(pins::item_id).load(conn)?;
    Ok(ids.into_iter().map(ItemId::from).collect())
}

/// Lets the pin of an item follow it to another record.
pub(crate) fn follow(conn: &mut Conn, item: &TimelineItem) -> Result<(), StoreError> {
    diesel::update(pins::table.find(item.id.get()))
        .set(pins::customer_id.eq(item.customer.get()))
        .execute(conn)?;
    Ok(())
}
