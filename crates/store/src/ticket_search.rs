//! From matching items to tickets, each once, at its newest matching item.

use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;

use diesel::prelude::*;
use throughline_core::actor::Actor;
use throughline_core::id::TicketId;
use throughline_core::query::TicketQuery;
use throughline_core::text::Query;
use throughline_core::ticket::Ticket;

use crate::conn::Conn;
use crate::error::StoreError;
use crate::schema::timeline_items;
use crate::search::{Index, among};
use crate::ticket_list;

/// The tickets whose newest matching item is among these hits, with that hit, in their order.
///
/// `shown` are the hits that earlier pages of this walk went through: a ticket with a matching item
/// among them was there. `passed` holds the tickets this page has met already.
pub fn newest(
    conn: &mut Conn,
    actor: &Actor,
    wanted: &TicketQuery,
    query: &Query,
    hits: &[i64],
    shown: Option<RangeInclusive<i64>>,
    passed: &mut HashSet<TicketId>,
) -> Result<Vec<(i64, Ticket)>, StoreError> {
    let tickets_of = tickets_of(conn, hits)?;
    let mut fresh: Vec<(i64, TicketId)> = Vec::new();
    for hit in hits {
        let Some(ticket) = tickets_of.get(hit) else { continue };
        if passed.insert(*ticket) {
            fresh.push((*hit, *ticket));
        }
    }
    if let Some(shown) = shown {
        let earlier = shown_earlier(conn, query, &fresh, shown)?;
        fresh.retain(|(_, ticket)| !earlier.contains(ticket));
    }
    let ids = fresh.iter().map(|(_, ticket)| ticket.get()).collect();
    let fitting = ticket_list::matching(conn, actor, wanted, ids)?;
    let mut fitting: HashMap<TicketId, Ticket> = fitting.into_iter().map(|t| (t.id, t)).collect();
    Ok(fresh.into_iter().filter_map(|(hit, id)| Some((hit, fitting.remove(&id)?))).collect())
}

fn tickets_of(conn: &mut Conn, hits: &[i64]) -> Result<HashMap<i64, TicketId>, StoreError> {
    let rows: Vec<(i64, i64)> = timeline_items::table
        .filter(timeline_items::id.eq_any(hits.to_vec()))
        .filter(timeline_items::ticket_id.is_not_null())
        .select((timeline_items::id, timeline_items::ticket_id.assume_not_null()))
        .load(conn)?;
    Ok(rows.into_iter().map(|(item, ticket)| (item, TicketId::from(ticket))).collect())
}

fn shown_earlier(
    conn: &mut Conn,
    query: &Query,
    fresh: &[(i64, TicketId)],
    shown: RangeInclusive<i64>,
) -> Result<HashSet<TicketId>, StoreError> {
    let ids: Vec<i64> = fresh.iter().map(|(_, ticket)| ticket.get()).collect();
    let newer: Vec<(i64, i64)> = timeline_items::table
        .filter(timeline_items::ticket_id.eq_any(ids))
        .filter(timeline_items::id.between(*shown.start(), *shown.end()))
        .select((timeline_items::id, timeline_items::ticket_id.assume_not_null()))
        .load(conn)?;
    let items: Vec<i64> = newer.iter().map(|(item, _)| *item).collect();
    let matching = among(conn, Index::Items, query, &items)?;
    let earlier = newer.into_iter().filter(|(item, _)| matching.contains(item));
    Ok(earlier.map(|(_, ticket)| TicketId::from(ticket)).collect())
}
