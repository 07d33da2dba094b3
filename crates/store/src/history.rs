//! The timeline of several records read as one: one range of one index for each record, merged by the
//! database as lazily as it can. What one item is stands in [`crate::timeline`].
//!
//! Ties between records are broken by the record and not by the item, since within the range of one
//! record the record does not change: so each range is walked by the index as it is.

use std::collections::HashSet;

use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::BigInt;
use throughline_core::actor::Actor;
use throughline_core::id::{CustomerId, InboxId, ItemId, OrganizationId};
use throughline_core::query::TimelineFilter;
use throughline_core::timeline::TimelineItem;
use throughline_core::walk::{Place, Toward, Walk};

use crate::conn::{Conn, MultiBackend, each};
use crate::error::StoreError;
use crate::read::all;
use crate::schema::{customers, timeline_items};
use crate::timeline::{Row, filtered, from_row};

/// Ranges merged by one statement at the most; more are merged here.
const MAX_RANGES: usize = 50;

/// Several queries over the same columns, merged in the order of the timeline.
struct Merged<Q> {
    ranges: Vec<Q>,
    toward: Toward,
    limit: i64,
    /// PostgreSQL merges ranges that are each ordered and limited themselves, in brackets; SQLite knows
    /// no brackets and needs none.
    brackets: bool,
}

impl<Q: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for Merged<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        for (i, range) in self.ranges.iter().enumerate() {
            if i > 0 {
                out.push_sql(" UNION ALL ");
            }
            if self.brackets {
                out.push_sql("(");
            }
            range.walk_ast(out.reborrow())?;
            if self.brackets {
                out.push_sql(")");
            }
        }
        // By their places among the columns: order key, record.
        out.push_sql(match self.toward {
            Toward::Older => " ORDER BY 3 DESC, 2 DESC LIMIT ",
            Toward::Newer => " ORDER BY 3, 2 LIMIT ",
        });
        out.push_bind_param::<BigInt, _>(&self.limit)
    }
}

impl<Q> QueryId for Merged<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for Merged<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> RunQueryDsl<Conn> for Merged<Q> {}

/// The items of these records that fit and that the actor may see, in the order of the walk. Those of
/// the inboxes `also` are among them too, and must not be shown.
pub fn of_records(
    conn: &mut Conn,
    actor: &Actor,
    records: &[CustomerId],
    filter: &TimelineFilter,
    also: &[InboxId],
    walk: &Walk,
) -> Result<Vec<TimelineItem>, StoreError> {
    let mut found = Vec::new();
    for records in records.chunks(MAX_RANGES) {
        found.extend(merged(conn, actor, records, filter, also, walk)?);
    }
    if records.len() > MAX_RANGES {
        found.sort_by(|a, b| walk.order(Place::of(a), Place::of(b)));
        found.truncate(usize::try_from(walk.limit).unwrap_or_default());
    }
    Ok(found)
}

fn merged(
    conn: &mut Conn,
    actor: &Actor,
    records: &[CustomerId],
    filter: &TimelineFilter,
    also: &[InboxId],
    walk: &Walk,
) -> Result<Vec<TimelineItem>, StoreError> {
    let brackets = matches!(conn, Conn::Pg(_)) && records.len() > 1;
    let alone = records.len() == 1;
    let range = |record: &CustomerId| {
        let bound = walk.bound(record.get());
        let rows =
            filtered(actor, filter, also).filter(timeline_items::customer_id.eq(record.get()));
        let (key, ordered) = (timeline_items::order_key, brackets && !alone);
        let rows = match walk.toward {
            Toward::Older => rows.filter(key.lt(bound)),
            Toward::Newer => rows.filter(key.gt(bound)),
        };
        let rows = match (ordered, walk.toward) {
            (false, _) => rows,
            (true, Toward::Older) => rows.order(key.desc()).limit(walk.limit),
            (true, Toward::Newer) => rows.order(key.asc()).limit(walk.limit),
        };
        rows.select(Row::as_select())
    };
    let ranges: Vec<_> = records.iter().map(range).collect();
    if ranges.is_empty() {
        return Ok(Vec::new());
    }
    let query = Merged { ranges, toward: walk.toward, limit: walk.limit, brackets };
    all(query.load::<Row>(conn)?, from_row)
}

/// The newest items before an order key of a customer who is one record alone; nothing when the customer
/// is several.
///
/// The query that is asked most of all. It never changes its shape, so diesel builds it once; that the
/// record is alone is asked along with it.
pub fn of_lone_record(
    conn: &mut Conn,
    customer: CustomerId,
    before: i64,
    limit: i64,
) -> Result<Vec<TimelineItem>, StoreError> {
    let id = customer.get();
    let surviving = customers::table.filter(customers::id.eq(id));
    let surviving = surviving.filter(customers::canonical_id.is_null()).select(customers::id);
    let others = customers::table.filter(customers::canonical_id.eq(id)).select(customers::id);
    let rows = timeline_items::table
        .filter(timeline_items::customer_id.eq(id))
        .filter(timeline_items::order_key.lt(before))
        .filter(diesel::dsl::exists(surviving))
        .filter(diesel::dsl::not(diesel::dsl::exists(others)))
        .order(timeline_items::order_key.desc())
        .limit(limit);
    // Each row is read while the processor still holds it, not all of them first.
    let read = |row: QueryResult<Row>| from_row(row?);
    each!(conn, c => {
        let rows = rows.select(Row::as_select());
        rows.load_iter::<Row, DefaultLoadingMode>(c)?.map(read).collect()
    })
}

/// Which of these items the actor may really see.
pub fn visible_among(
    conn: &mut Conn,
    actor: &Actor,
    ids: &[ItemId],
) -> Result<Vec<ItemId>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
    let rows: Vec<i64> = filtered(actor, &TimelineFilter::default(), &[])
        .filter(timeline_items::id.eq_any(ids))
        .select(timeline_items::id)
        .load(conn)?;
    Ok(rows.into_iter().map(ItemId::from).collect())
}

/// Those of these items that belong to these records, fit, and are visible to the actor; in no order.
pub fn among(
    conn: &mut Conn,
    actor: &Actor,
    records: &[CustomerId],
    filter: &TimelineFilter,
    ids: &[ItemId],
) -> Result<Vec<TimelineItem>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
    let records: HashSet<i64> = records.iter().map(|id| id.get()).collect();
    // First whose they are, and only of those that are left the items themselves.
    let owners: Vec<(i64, i64)> = timeline_items::table
        .filter(timeline_items::id.eq_any(ids))
        .select((timeline_items::id, timeline_items::customer_id))
        .load(conn)?;
    let theirs = owners.into_iter().filter(|(_, owner)| records.contains(owner));
    let theirs: Vec<i64> = theirs.map(|(id, _)| id).collect();
    let rows: Vec<Row> = filtered(actor, filter, &[])
        .filter(timeline_items::id.eq_any(theirs))
        .select(Row::as_select())
        .load(conn)?;
    all(rows, from_row)
}

#[derive(QueryableByName)]
struct Head {
    #[diesel(sql_type = BigInt)]
    record: i64,
    #[diesel(sql_type = diesel::sql_types::Nullable<BigInt>)]
    head: Option<i64>,
}

/// For each record of the customers of these organizations the place of its first item on a walk,
/// whoever may see that. Records without an item there are left out.
pub fn heads(
    conn: &mut Conn,
    organizations: &[OrganizationId],
    walk: &Walk,
) -> Result<Vec<Place>, StoreError> {
    let (most, side) = match walk.toward {
        Toward::Older => ("max", "<"),
        Toward::Newer => ("min", ">"),
    };
    // A border that no record's own bound passes; what lies on it is told apart below.
    let from = walk.from.map_or_else(|| walk.bound(0), |from| from.key);
    let border = match (walk.from, walk.toward) {
        (None, _) => from,
        (Some(_), Toward::Older) => from.saturating_add(1),
        (Some(_), Toward::Newer) => from.saturating_sub(1),
    };
    let mut found = Vec::new();
    for organization in organizations {
        let sql = format!(
            "SELECT c.id AS record, (SELECT {most}(t.order_key) FROM timeline_items t \
             WHERE t.customer_id = c.id AND t.order_key {side} $1) AS head FROM (\
             SELECT id FROM customers WHERE organization_id = $2 AND canonical_id IS NULL \
             UNION ALL SELECT m.id FROM customers o JOIN customers m ON m.canonical_id = o.id \
             WHERE o.organization_id = $2 AND o.canonical_id IS NULL) AS c"
        );
        let query = diesel::sql_query(sql).bind::<BigInt, _>(border);
        let rows: Vec<Head> = query.bind::<BigInt, _>(organization.get()).load(conn)?;
        let place = |row: Head| Some(Place { key: row.head?, record: row.record });
        found.extend(rows.into_iter().filter_map(place));
    }
    Ok(found)
}

/// Channel, kind and order key of every item of a record that the actor may see, by channel and kind.
/// Who sees everything reads one range of the index `timeline_items_counts` and no item.
pub fn outline(
    conn: &mut Conn,
    actor: &Actor,
    record: CustomerId,
) -> Result<Vec<(i16, i16, i64)>, StoreError> {
    let columns = (timeline_items::channel, timeline_items::kind, timeline_items::order_key);
    let rows = filtered(actor, &TimelineFilter::default(), &[])
        .filter(timeline_items::customer_id.eq(record.get()))
        .order(columns)
        .select(columns);
    Ok(rows.load(conn)?)
}
