//! Which items bear which tags. The tags themselves are in `tags`.

use diesel::prelude::*;
use throughline_core::id::{ItemId, TagId};

use crate::conn::{Conn, insert_rows};
use crate::error::StoreError;
use crate::schema::{item_tags, tags};

/// Puts tags on an item; those that it bears already stay.
pub fn put(conn: &mut Conn, item: ItemId, ids: &[TagId]) -> Result<(), StoreError> {
    let row = |tag: &TagId| (item_tags::item_id.eq(item.get()), item_tags::tag_id.eq(tag.get()));
    let rows: Vec<_> = ids.iter().map(row).collect();
    insert_rows!(conn, item_tags::table, rows, on_conflict_do_nothing);
    Ok(())
}

/// Takes tags off an item.
pub fn take_off(conn: &mut Conn, item: ItemId, ids: &[TagId]) -> Result<(), StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
    let of = item_tags::table.filter(item_tags::item_id.eq(item.get()));
    diesel::delete(of.filter(item_tags::tag_id.eq_any(ids))).execute(conn)?;
    Ok(())
}

/// The names of the tags of an item, by name.
pub fn names_of(conn: &mut Conn, item: ItemId) -> Result<Vec<String>, StoreError> {
    let ids = item_tags::table.filter(item_tags::item_id.eq(item.get()));
    let ids: Vec<i64> = ids.select(item_tags::tag_id).load(conn)?;
    let names = tags::table.filter(tags::id.eq_any(ids)).order(tags::folded_name);
    Ok(names.select(tags::name).load(conn)?)
}
