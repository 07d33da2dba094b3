//! How much records have together, for whoever is about to make them one.

use std::collections::BTreeMap;

use diesel::dsl::count_star;
use diesel::prelude::*;
use throughline_core::actor::Actor;
use throughline_core::channel::Channel;
use throughline_core::id::CustomerId;

use crate::conn::{Conn, MultiBackend};
use crate::error::StoreError;
use crate::read::known;
use crate::schema::{tickets, timeline_items};
use crate::{tickets as store_tickets, timeline};

/// The items of records that the actor may see, by channel.
pub fn items(
    conn: &mut Conn,
    actor: &Actor,
    records: &[CustomerId],
) -> Result<BTreeMap<Channel, i64>, StoreError> {
    let ids: Vec<i64> = records.iter().map(|id| id.get()).collect();
    let grouped = timeline_items::table.group_by(timeline_items::channel);
    let counted = grouped.select((timeline_items::channel, count_star()));
    let mut rows = counted.into_boxed::<MultiBackend>();
    if let Some(visible) = timeline::visible_to(actor, &[]) {
        rows = rows.filter(visible);
    }
    let rows: Vec<(i16, i64)> = rows.filter(timeline_items::customer_id.eq_any(ids)).load(conn)?;
    let what = "timeline_items.channel";
    let read = |(code, count)| Ok((known(what, code, Channel::from_code(code))?, count));
    rows.into_iter().map(read).collect()
}

/// How many tickets of records the actor may see.
pub fn tickets(conn: &mut Conn, actor: &Actor, records: &[CustomerId]) -> Result<i64, StoreError> {
    let ids: Vec<i64> = records.iter().map(|id| id.get()).collect();
    let rows = tickets::table.filter(store_tickets::visible_to(actor));
    Ok(rows.filter(tickets::customer_id.eq_any(ids)).count().get_result(conn)?)
}
