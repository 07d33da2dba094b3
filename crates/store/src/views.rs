//! Views: lists of tickets that agents keep. What their parameters mean is not decided here.

use diesel::prelude::*;
use throughline_core::desk::{Sharing, View};
use throughline_core::id::{AgentId, TeamId, ViewId};
use throughline_core::time::Instant;

use crate::conn::{Conn, each};
use crate::error::StoreError;
use crate::read::{all, from_json, known, to_json};
use crate::schema::{team_members, views};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = views, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    name: String,
    owner_id: i64,
    shared: i16,
    team_id: Option<i64>,
    filter: String,
    position: i32,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

fn from_row(row: Row) -> Result<View, StoreError> {
    Ok(View {
        id: ViewId::from(row.id),
        name: row.name,
        owner: AgentId::from(row.owner_id),
        shared: known("views.shared", row.shared, Sharing::from_code(row.shared))?,
        team: row.team_id.map(TeamId::from),
        filter: from_json("views.filter", &row.filter)?,
        position: row.position,
        created_at: Instant::from_micros(row.created_at),
        updated_at: Instant::from_micros(row.updated_at),
        version: row.version,
    })
}

fn to_row(view: &View) -> Result<Row, StoreError> {
    Ok(Row {
        id: view.id.get(),
        name: view.name.clone(),
        owner_id: view.owner.get(),
        shared: view.shared.code(),
        team_id: view.team.map(TeamId::get),
        filter: to_json(&view.filter)?,
        position: view.position,
        created_at: view.created_at.as_micros(),
        updated_at: view.updated_at.as_micros(),
        version: view.version,
    })
}

/// A view, if the agent has it.
pub fn get(conn: &mut Conn, agent: AgentId, id: ViewId) -> Result<Option<View>, StoreError> {
    let mut found = some(conn, agent, Some(id), None, 1)?;
    Ok(found.pop())
}

/// The views that an agent has, oldest first, behind an id: his own, those of his teams, and those of
/// everybody.
pub fn list(
    conn: &mut Conn,
    agent: AgentId,
    after: Option<i64>,
    fetch: i64,
) -> Result<Vec<View>, StoreError> {
    some(conn, agent, None, after, fetch)
}

fn some(
    conn: &mut Conn,
    agent: AgentId,
    id: Option<ViewId>,
    after: Option<i64>,
    fetch: i64,
) -> Result<Vec<View>, StoreError> {
    let teams = team_members::table.filter(team_members::agent_id.eq(agent.get()));
    let teams = teams.select(team_members::team_id.nullable());
    let his = views::owner_id.eq(agent.get()).or(views::shared.eq(Sharing::All.code()));
    let his = his.nullable().or(views::team_id.eq_any(teams));
    let (least, most) = id.map_or((i64::MIN, i64::MAX), |id| (id.get(), id.get()));
    let rows: Vec<Row> = views::table
        .filter(views::id.gt(after.unwrap_or(i64::MIN)))
        .filter(views::id.between(least, most))
        .filter(his)
        .order(views::id)
        .limit(fetch)
        .select(Row::as_select())
        .load(conn)?;
    all(rows, from_row)
}

/// How many views an agent made.
pub fn count_of(conn: &mut Conn, agent: AgentId) -> Result<i64, StoreError> {
    Ok(views::table.filter(views::owner_id.eq(agent.get())).count().get_result(conn)?)
}

/// Adds a view.
pub fn insert(conn: &mut Conn, view: &View) -> Result<(), StoreError> {
    let row = to_row(view)?;
    each!(conn, c => diesel::insert_into(views::table).values(&row).execute(c))?;
    Ok(())
}

/// Writes a view back, if the stored version is still the one given.
pub fn update(conn: &mut Conn, view: &View, version: i64) -> Result<bool, StoreError> {
    let row = to_row(view)?;
    let stored = views::table.filter(views::id.eq(row.id)).filter(views::version.eq(version));
    Ok(each!(conn, c => diesel::update(stored).set(&row).execute(c))? == 1)
}

/// Removes a view.
pub fn delete(conn: &mut Conn, id: ViewId) -> Result<(), StoreError> {
    diesel::delete(views::table.find(id.get())).execute(conn)?;
    Ok(())
}
