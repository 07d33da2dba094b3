//! Pairs of records that may be one person.

use diesel::prelude::*;
use throughline_core::id::{CustomerId, SuggestionId};
use throughline_core::merging::{Suggestion, SuggestionState};
use throughline_core::time::Instant;

use crate::conn::{Both, Conn};
use crate::error::StoreError;
use crate::read::{all, from_json, known, to_json};
use crate::schema::merge_suggestions as rows;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = rows, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    first_id: i64,
    second_id: i64,
    score: i16,
    evidence: String,
    state: i16,
    made_at: i64,
    decided_by: Option<String>,
    decided_at: Option<i64>,
}

fn from_row(row: Row) -> Result<Suggestion, StoreError> {
    let state = SuggestionState::from_code(row.state);
    Ok(Suggestion {
        id: SuggestionId::from(row.id),
        first: CustomerId::from(row.first_id),
        second: CustomerId::from(row.second_id),
        score: row.score,
        evidence: from_json("merge_suggestions.evidence", &row.evidence)?,
        state: known("merge_suggestions.state", row.state, state)?,
        made_at: Instant::from_micros(row.made_at),
        decided_by: row.decided_by,
        decided_at: row.decided_at.map(Instant::from_micros),
    })
}

/// Inserts a suggestion, unless there is one for the pair. Answers whether it did.
pub fn insert_if_new(conn: &mut Conn, suggestion: &Suggestion) -> Result<bool, StoreError> {
    let row = Row {
        id: suggestion.id.get(),
        first_id: suggestion.first.get(),
        second_id: suggestion.second.get(),
        score: suggestion.score,
        evidence: to_json(&suggestion.evidence)?,
        state: suggestion.state.code(),
        made_at: suggestion.made_at.as_micros(),
        decided_by: suggestion.decided_by.clone(),
        decided_at: suggestion.decided_at.map(Instant::as_micros),
    };
    let insert = diesel::insert_into(rows::table).values(row).on_conflict_do_nothing();
    Ok(Both(insert).execute(conn)? == 1)
}

/// Writes what may change of a suggestion.
pub fn update(conn: &mut Conn, suggestion: &Suggestion) -> Result<(), StoreError> {
    diesel::update(rows::table.find(suggestion.id.get()))
        .set((
            rows::score.eq(suggestion.score),
            rows::evidence.eq(to_json(&suggestion.evidence)?),
            rows::state.eq(suggestion.state.code()),
            rows::decided_by.eq(&suggestion.decided_by),
            rows::decided_at.eq(suggestion.decided_at.map(Instant::as_micros)),
        ))
        .execute(conn)?;
    Ok(())
}

/// A suggestion by its id.
pub fn get(conn: &mut Conn, id: SuggestionId) -> Result<Option<Suggestion>, StoreError> {
    let row: Option<Row> =
        rows::table.find(id.get()).select(Row::as_select()).first(conn).optional()?;
    row.map(from_row).transpose()
}

/// The suggestions between records of the one and records of the other list.
pub fn between(
    conn: &mut Conn,
    ones: &[CustomerId],
    others: &[CustomerId],
) -> Result<Vec<Suggestion>, StoreError> {
    let ids = |list: &[CustomerId]| list.iter().map(|id| id.get()).collect::<Vec<i64>>();
    let (a, b) = (ids(ones), ids(others));
    let there = rows::first_id.eq_any(a.clone()).and(rows::second_id.eq_any(b.clone()));
    let back = rows::first_id.eq_any(b).and(rows::second_id.eq_any(a));
    let found: Vec<Row> = rows::table.filter(there.or(back)).select(Row::as_select()).load(conn)?;
    all(found, from_row)
}

/// The suggestions of these records, newest first.
pub fn of_records(
    conn: &mut Conn,
    records: &[CustomerId],
    states: &[SuggestionState],
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Suggestion>, StoreError> {
    let ids: Vec<i64> = records.iter().map(|id| id.get()).collect();
    let states: Vec<i16> = states.iter().map(|state| state.code()).collect();
    let found: Vec<Row> = rows::table
        .filter(rows::first_id.eq_any(ids.clone()).or(rows::second_id.eq_any(ids)))
        .filter(rows::state.eq_any(states))
        .filter(rows::id.lt(before.unwrap_or(i64::MAX)))
        .order(rows::id.desc())
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    all(found, from_row)
}

/// The suggestions in one state, newest first.
pub fn list(
    conn: &mut Conn,
    state: SuggestionState,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Suggestion>, StoreError> {
    let found: Vec<Row> = rows::table
        .filter(rows::state.eq(state.code()))
        .filter(rows::id.lt(before.unwrap_or(i64::MAX)))
        .order(rows::id.desc())
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    all(found, from_row)
}
