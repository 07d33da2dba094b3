//! Teams. Who is in them is kept with the agents.

use diesel::prelude::*;
use throughline_core::agent::Team;
use throughline_core::id::TeamId;
use throughline_core::time::Instant;

use crate::conn::Conn;
use crate::error::StoreError;
use crate::schema::teams;

#[derive(Queryable, Selectable)]
#[diesel(table_name = teams)]
struct TeamRow {
    id: i64,
    name: String,
    created_at: i64,
}

impl From<TeamRow> for Team {
    fn from(row: TeamRow) -> Self {
        let created_at = Instant::from_micros(row.created_at);
        Self { id: TeamId::from(row.id), name: row.name, created_at }
    }
}

/// The team of this id.
pub fn get(conn: &mut Conn, id: TeamId) -> Result<Option<Team>, StoreError> {
    let row = teams::table.find(id.get()).select(TeamRow::as_select()).first(conn).optional()?;
    Ok(row.map(Team::from))
}

/// Whether there is a team of this id.
pub fn exists(conn: &mut Conn, id: TeamId) -> Result<bool, StoreError> {
    Ok(count_of(conn, &[id])? == 1)
}

/// How many of these ids are teams; each must be named once.
pub fn count_of(conn: &mut Conn, ids: &[TeamId]) -> Result<usize, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
    let found: i64 = teams::table.filter(teams::id.eq_any(ids)).count().get_result(conn)?;
    Ok(usize::try_from(found).unwrap_or(0))
}

/// Up to `fetch` teams behind the id `after`, oldest first.
pub fn list(conn: &mut Conn, after: Option<i64>, fetch: i64) -> Result<Vec<Team>, StoreError> {
    let rows: Vec<TeamRow> = teams::table
        .filter(teams::id.gt(after.unwrap_or(i64::MIN)))
        .order(teams::id)
        .limit(fetch)
        .select(TeamRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Team::from).collect())
}

/// Adds a team. Fails with the rule `teams_folded_name` when the name is taken.
pub fn insert(conn: &mut Conn, team: &Team, folded_name: &str) -> Result<(), StoreError> {
    diesel::insert_into(teams::table)
        .values((
            teams::id.eq(team.id.get()),
            teams::name.eq(&team.name),
            teams::folded_name.eq(folded_name),
            teams::created_at.eq(team.created_at.as_micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Gives a team another name; `false` when there is no such team.
pub fn rename(
    conn: &mut Conn,
    id: TeamId,
    name: &str,
    folded_name: &str,
) -> Result<bool, StoreError> {
    let changed = diesel::update(teams::table.find(id.get()))
        .set((teams::name.eq(name), teams::folded_name.eq(folded_name)))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Removes a team; its tickets and inboxes stay without it. `false` when there was none.
pub fn delete(conn: &mut Conn, id: TeamId) -> Result<bool, StoreError> {
    Ok(diesel::delete(teams::table.find(id.get())).execute(conn)? == 1)
}
