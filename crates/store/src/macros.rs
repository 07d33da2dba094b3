//! Macros: answers that are often given. What they say and do is not decided here.

use diesel::prelude::*;
use throughline_core::desk::macros::Macro;
use throughline_core::id::{AgentId, MacroId};
use throughline_core::time::Instant;

use crate::conn::{Conn, each};
use crate::error::StoreError;
use crate::read::{all, from_json, to_json};
use crate::schema::macros;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = macros)]
struct Row {
    id: i64,
    name: String,
    owner_id: i64,
    shared: bool,
    body: String,
    actions: String,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

fn from_row(row: Row) -> Result<Macro, StoreError> {
    Ok(Macro {
        id: MacroId::from(row.id),
        name: row.name,
        owner: AgentId::from(row.owner_id),
        shared: row.shared,
        body: row.body,
        actions: from_json("macros.actions", &row.actions)?,
        created_at: Instant::from_micros(row.created_at),
        updated_at: Instant::from_micros(row.updated_at),
        version: row.version,
    })
}

fn to_row(one: &Macro) -> Result<Row, StoreError> {
    Ok(Row {
        id: one.id.get(),
        name: one.name.clone(),
        owner_id: one.owner.get(),
        shared: one.shared,
        body: one.body.clone(),
        actions: to_json(&one.actions)?,
        created_at: one.created_at.as_micros(),
        updated_at: one.updated_at.as_micros(),
        version: one.version,
    })
}

/// A macro, if the agent has it.
pub fn get(conn: &mut Conn, agent: AgentId, id: MacroId) -> Result<Option<Macro>, StoreError> {
    let row: Option<Row> = macros::table
        .filter(macros::id.eq(id.get()))
        .filter(macros::owner_id.eq(agent.get()).or(macros::shared))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(from_row).transpose()
}

/// The macros that an agent has, oldest first, behind an id: his own, and those of everybody.
pub fn list(
    conn: &mut Conn,
    agent: AgentId,
    after: Option<i64>,
    fetch: i64,
) -> Result<Vec<Macro>, StoreError> {
    let rows: Vec<Row> = macros::table
        .filter(macros::id.gt(after.unwrap_or(i64::MIN)))
        .filter(macros::owner_id.eq(agent.get()).or(macros::shared))
        .order(macros::id)
        .limit(fetch)
        .select(Row::as_select())
        .load(conn)?;
    all(rows, from_row)
}

/// Adds a macro.
pub fn insert(conn: &mut Conn, one: &Macro) -> Result<(), StoreError> {
    let row = to_row(one)?;
    each!(conn, c => diesel::insert_into(macros::table).values(&row).execute(c))?;
    Ok(())
}

/// Writes a macro back, if the stored version is still the one given.
pub fn update(conn: &mut Conn, one: &Macro, version: i64) -> Result<bool, StoreError> {
    let row = to_row(one)?;
    let stored = macros::table.filter(macros::id.eq(row.id)).filter(macros::version.eq(version));
    Ok(each!(conn, c => diesel::update(stored).set(&row).execute(c))? == 1)
}

/// Removes a macro.
pub fn delete(conn: &mut Conn, id: MacroId) -> Result<(), StoreError> {
    diesel::delete(macros::table.find(id.get())).execute(conn)?;
    Ok(())
}
