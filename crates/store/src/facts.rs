//! Facts as stored. Their ticket, channel and sight are those of their item: every read takes the actor.

use std::collections::HashMap;

use diesel::prelude::*;
use throughline_core::actor::Actor;
use throughline_core::channel::Channel;
use throughline_core::facts::{Fact, FactKind, FactSource, FactState};
use throughline_core::id::{CustomerId, FactId, ItemId, TicketId};
use throughline_core::time::Instant;

use crate::conn::{Conn, MultiBackend, each};
use crate::error::StoreError;
use crate::read::known;

use crate::schema::{facts, timeline_items};
use crate::timeline;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = facts, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    customer_id: i64,
    item_id: i64,
    kind: String,
    value: String,
    display: String,
    range_start: Option<i32>,
    range_end: Option<i32>,
    rule: String,
    source: i16,
    confidence: i16,
    said_at: i64,
    state: i16,
    state_by: Option<String>,
    state_at: Option<i64>,
    created_at: i64,
}

fn from_row((row, (ticket, channel)): (Row, (Option<i64>, i16))) -> Result<Fact, StoreError> {
    let kind = |text: &str| {
        let why = "no kind of facts".to_owned();
        text.parse::<FactKind>().map_err(|_| StoreError::Unreadable { what: "facts.kind", why })
    };
    let place = |at: Option<i32>| at.and_then(|at| usize::try_from(at).ok());
    Ok(Fact {
        id: FactId::from(row.id),
        customer: CustomerId::from(row.customer_id),
        item: ItemId::from(row.item_id),
        ticket: ticket.map(TicketId::from),
        channel: known("timeline_items.channel", channel, Channel::from_code(channel))?,
        kind: kind(&row.kind)?,
        value: row.value,
        display: row.display,
        range: place(row.range_start).zip(place(row.range_end)),
        rule: row.rule,
        source: known("facts.source", row.source, FactSource::from_code(row.source))?,
        confidence: u8::try_from(row.confidence).unwrap_or(100),
        said_at: Instant::from_micros(row.said_at),
        state: known("facts.state", row.state, FactState::from_code(row.state))?,
        state_by: row.state_by,
        state_at: row.state_at.map(Instant::from_micros),
        created_at: Instant::from_micros(row.created_at),
    })
}

fn to_row(fact: &Fact) -> Row {
    let place = |at: usize| i32::try_from(at).unwrap_or(i32::MAX);
    Row {
        id: fact.id.get(),
        customer_id: fact.customer.get(),
        item_id: fact.item.get(),
        kind: fact.kind.to_string(),
        value: fact.value.clone(),
        display: fact.display.clone(),
        range_start: fact.range.map(|(start, _)| place(start)),
        range_end: fact.range.map(|(_, end)| place(end)),
        rule: fact.rule.clone(),
        source: fact.source.code(),
        confidence: i16::from(fact.confidence),
        said_at: fact.said_at.as_micros(),
        state: fact.state.code(),
        state_by: fact.state_by.clone(),
        state_at: fact.state_at.map(Instant::as_micros),
        created_at: fact.created_at.as_micros(),
    }
}

/// Inserts a fact; `false` when the item already has it.
pub fn insert(conn: &mut Conn, fact: &Fact) -> Result<bool, StoreError> {
    let row = to_row(fact);
    let insert = diesel::insert_into(facts::table).values(&row).on_conflict_do_nothing();
    Ok(each!(conn, c => insert.execute(c))? == 1)
}

/// Which facts are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Of these kinds; of any when empty.
    pub kinds: Vec<FactKind>,
    /// In these states; in any when empty.
    pub states: Vec<FactState>,
}

type Rows<'a> = facts::BoxedQuery<'a, MultiBackend>;

fn rows<'a>(wanted: &Wanted) -> Rows<'a> {
    let mut rows = facts::table.into_boxed::<MultiBackend>();
    if !wanted.kinds.is_empty() {
        let kinds: Vec<String> = wanted.kinds.iter().map(FactKind::to_string).collect();
        rows = rows.filter(facts::kind.eq_any(kinds));
    }
    if !wanted.states.is_empty() {
        let states: Vec<i16> = wanted.states.iter().map(|state| state.code()).collect();
        rows = rows.filter(facts::state.eq_any(states));
    }
    rows
}

/// The newest of these whose items the actor may see.
fn newest(
    conn: &mut Conn,
    actor: &Actor,
    rows: Rows<'_>,
    limit: i64,
) -> Result<Vec<Fact>, StoreError> {
    let rows: Vec<Row> = rows
        .order((facts::said_at.desc(), facts::id.desc()))
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    let mut items: Vec<i64> = rows.iter().map(|row| row.item_id).collect();
    items.dedup();
    let places =
        if items.is_empty() { HashMap::new() } else { timeline::places(conn, actor, &items)? };
    let seen =
        rows.into_iter().filter_map(|row| places.get(&row.item_id).map(|place| (row, *place)));
    seen.map(from_row).collect()
}

/// The facts of the records of a customer whose items the actor may see, those told last first.
pub fn of_customers(
    conn: &mut Conn,
    actor: &Actor,
    records: &[CustomerId],
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Fact>, StoreError> {
    let records: Vec<i64> = records.iter().map(|id| id.get()).collect();
    let rows = rows(wanted).filter(facts::customer_id.eq_any(records));
    newest(conn, actor, rows, limit)
}

/// The facts of these items, of those that the actor may see, those told last first.
pub fn of_items(
    conn: &mut Conn,
    actor: &Actor,
    items: &[ItemId],
) -> Result<HashMap<ItemId, Vec<Fact>>, StoreError> {
    let ids: Vec<i64> = items.iter().map(|id| id.get()).collect();
    let rows = rows(&Wanted::default()).filter(facts::item_id.eq_any(ids));
    let mut found: HashMap<ItemId, Vec<Fact>> = HashMap::new();
    for fact in newest(conn, actor, rows, i64::MAX)? {
        found.entry(fact.item).or_default().push(fact);
    }
    Ok(found)
}

/// The facts of a ticket whose items the actor may see, those told last first.
pub fn of_ticket(
    conn: &mut Conn,
    actor: &Actor,
    ticket: TicketId,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Fact>, StoreError> {
    let rows = rows(wanted).filter(
        facts::item_id.eq_any(
            timeline_items::table
                .filter(timeline_items::ticket_id.eq(ticket.get()))
                .select(timeline_items::id),
        ),
    );
    newest(conn, actor, rows, limit)
}

/// A fact, if the actor may see its item.
pub fn get(conn: &mut Conn, actor: &Actor, id: FactId) -> Result<Option<Fact>, StoreError> {
    let rows = rows(&Wanted::default()).filter(facts::id.eq(id.get()));
    Ok(newest(conn, actor, rows, 1)?.pop())
}

/// The fact of an item with this value, if the actor may see the item.
pub fn of_item(
    conn: &mut Conn,
    actor: &Actor,
    item: ItemId,
    kind: &FactKind,
    value: &str,
) -> Result<Option<Fact>, StoreError> {
    let rows = rows(&Wanted::default())
        .filter(facts::item_id.eq(item.get()))
        .filter(facts::kind.eq(kind.to_string()))
        .filter(facts::value.eq(value.to_owned()));
    Ok(newest(conn, actor, rows, 1)?.pop())
}

/// Sets what is held of a value for all that these records told so far. Answers how many facts changed.
pub fn set_state(
    conn: &mut Conn,
    records: &[CustomerId],
    kind: &FactKind,
    value: &str,
    state: FactState,
    by: &str,
    at: Instant,
) -> Result<usize, StoreError> {
    let records: Vec<i64> = records.iter().map(|id| id.get()).collect();
    let same = facts::table
        .filter(facts::customer_id.eq_any(records))
        .filter(facts::kind.eq(kind.as_str()))
        .filter(facts::value.eq(value));
    let fields =
        (facts::state.eq(state.code()), facts::state_by.eq(by), facts::state_at.eq(at.as_micros()));
    Ok(diesel::update(same).set(fields).execute(conn)?)
}

/// Gives the facts of an item to the record that the item belongs to now.
pub fn follow_item(conn: &mut Conn, item: ItemId, customer: CustomerId) -> Result<(), StoreError> {
    diesel::update(facts::table.filter(facts::item_id.eq(item.get())))
        .set(facts::customer_id.eq(customer.get()))
        .execute(conn)?;
    Ok(())
}

/// Removes the facts that stood in the text of an item, which is another now. What was stated beside the
/// text stays.
pub fn forget_text(conn: &mut Conn, item: ItemId) -> Result<usize, StoreError> {
    let of_item = facts::table.filter(facts::item_id.eq(item.get()));
    let in_text = of_item.filter(facts::source.ne(FactSource::Integrator.code()));
    Ok(diesel::delete(in_text).execute(conn)?)
}

/// Removes the facts of an item, whose text is no longer there.
pub fn forget_item(conn: &mut Conn, item: ItemId) -> Result<usize, StoreError> {
    Ok(diesel::delete(facts::table.filter(facts::item_id.eq(item.get()))).execute(conn)?)
}
