//! Full-text search within a customer's timeline, in its order and with bounded work.

use throughline_core::actor::Actor;
use throughline_core::id::{CustomerId, ItemId};
use throughline_core::text::Query;
use throughline_core::timeline::TimelineItem;
use throughline_core::walk::{Place, Walk};
use throughline_store::search::{self, Index};
use throughline_store::{Conn, history};

use super::{Found, Wanted};
use crate::AppError;

/// With fewer hits than this in all timelines, those of the customer are picked out of them.
const FEW: i64 = 1_000;
/// Items of the timeline looked at together.
const CHUNK: i64 = 200;
/// How often that is done for one page; it may then be short and still have a next one.
const CHUNKS: usize = 10;

/// The matching items behind where the walk begins. A rare word is looked up in the index; for a common
/// one the timeline is walked, a bounded stretch of it for each page.
pub(super) fn matching(
    conn: &mut Conn,
    actor: &Actor,
    records: &[CustomerId],
    wanted: &Wanted,
    text: &Query,
    walk: &Walk,
) -> Result<Found, AppError> {
    let hits = search::hits(conn, Index::Items, text, None, FEW)?;
    if (hits.len() as i64) < FEW {
        let ids: Vec<ItemId> = hits.into_iter().map(ItemId::from).collect();
        let all = history::among(conn, actor, records, &wanted.filter, &ids)?;
        return Ok(Found { items: in_order(all, walk), reached: None });
    }
    walked(conn, actor, records, wanted, text, walk)
}

fn walked(
    conn: &mut Conn,
    actor: &Actor,
    records: &[CustomerId],
    wanted: &Wanted,
    text: &Query,
    walk: &Walk,
) -> Result<Found, AppError> {
    let mut here = Walk { limit: CHUNK, ..*walk };
    let mut found = Vec::new();
    for _ in 0..CHUNKS {
        let rows = history::of_records(conn, actor, records, &wanted.filter, &[], &here)?;
        let end = (rows.len() as i64) < CHUNK;
        here.from = rows.last().map(Place::of).or(here.from);
        let ids: Vec<i64> = rows.iter().map(|item| item.id.get()).collect();
        let hits = search::among(conn, Index::Items, text, &ids)?;
        found.extend(rows.into_iter().filter(|item| hits.contains(&item.id.get())));
        if end || found.len() as i64 >= walk.limit {
            found.truncate(usize::try_from(walk.limit).unwrap_or_default());
            return Ok(Found { items: found, reached: None });
        }
    }
    Ok(Found { items: found, reached: here.from })
}

/// Of all these items those behind where the walk begins, in its order and no more than it wants.
pub(super) fn in_order(mut items: Vec<TimelineItem>, walk: &Walk) -> Vec<TimelineItem> {
    items.retain(|item| walk.reaches(Place::of(item)));
    items.sort_by(|a, b| walk.order(Place::of(a), Place::of(b)));
    items.truncate(usize::try_from(walk.limit).unwrap_or_default());
    items
}
