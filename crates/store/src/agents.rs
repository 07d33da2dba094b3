//! Agents, their passwords' hashes and the teams they are in.

use std::collections::HashMap;

use diesel::prelude::*;
use throughline_core::agent::{Agent, Role};
use throughline_core::id::{AgentId, TeamId};
use throughline_core::time::Instant;

use crate::conn::{Conn, each};
use crate::error::StoreError;
use crate::lock::{Alone, alone};
use crate::schema::{agents, team_members};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = agents)]
struct AgentRow {
    id: i64,
    email: String,
    name: String,
    role: i16,
    must_change_password: bool,
    active: bool,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl AgentRow {
    fn of(agent: &Agent) -> Self {
        Self {
            id: agent.id.get(),
            email: agent.email.clone(),
            name: agent.name.clone(),
            role: agent.role.code(),
            must_change_password: agent.must_change_password,
            active: agent.active,
            created_at: agent.created_at.as_micros(),
            updated_at: agent.updated_at.as_micros(),
            version: agent.version,
        }
    }

    fn into_core(self, teams: Vec<TeamId>) -> Result<Agent, StoreError> {
        let role = Role::from_code(self.role).ok_or_else(|| {
            let why = format!("no role has the number {}", self.role);
            StoreError::Unreadable { what: "agents.role", why }
        })?;
        Ok(Agent {
            id: AgentId::from(self.id),
            email: self.email,
            name: self.name,
            role,
            teams,
            active: self.active,
            must_change_password: self.must_change_password,
            created_at: Instant::from_micros(self.created_at),
            updated_at: Instant::from_micros(self.updated_at),
            version: self.version,
        })
    }
}

#[derive(Insertable)]
#[diesel(table_name = agents)]
struct NewAgentRow<'a> {
    #[diesel(embed)]
    agent: AgentRow,
    password_hash: &'a str,
    failed_sign_ins: i32,
}

#[derive(Insertable)]
#[diesel(table_name = team_members, treat_none_as_default_value = false)]
struct MemberRow {
    team_id: i64,
    agent_id: i64,
}

/// What a sign-in is decided by.
#[derive(Clone)]
pub struct Credentials {
    /// Whose.
    pub agent: AgentId,
    /// The PHC string of the password's hash.
    pub password_hash: String,
    /// Whether the agent may sign in at all.
    pub active: bool,
    /// Failures since the last success.
    pub failed_sign_ins: i32,
    /// Until when every attempt is refused.
    pub locked_until: Option<Instant>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("agent", &self.agent).finish_non_exhaustive()
    }
}

type CredentialColumns = (
    agents::id,
    agents::password_hash,
    agents::active,
    agents::failed_sign_ins,
    agents::locked_until,
);
const CREDENTIALS: CredentialColumns = (
    agents::id,
    agents::password_hash,
    agents::active,
    agents::failed_sign_ins,
    agents::locked_until,
);
type CredentialRow = (i64, String, bool, i32, Option<i64>);

fn credentials((id, hash, active, failed, locked): CredentialRow) -> Credentials {
    Credentials {
        agent: AgentId::from(id),
        password_hash: hash,
        active,
        failed_sign_ins: failed,
        locked_until: locked.map(Instant::from_micros),
    }
}

/// The agent of this id.
pub fn get(conn: &mut Conn, id: AgentId) -> Result<Option<Agent>, StoreError> {
    Ok(by_ids(conn, &[id])?.pop())
}

/// Whether there is an agent of this id, active or not.
pub fn exists(conn: &mut Conn, id: AgentId) -> Result<bool, StoreError> {
    let found: i64 = agents::table.filter(agents::id.eq(id.get())).count().get_result(conn)?;
    Ok(found == 1)
}

/// The agents of these ids, oldest first; unknown ids are left out.
pub fn by_ids(conn: &mut Conn, ids: &[AgentId]) -> Result<Vec<Agent>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
    let rows: Vec<AgentRow> = agents::table
        .filter(agents::id.eq_any(ids))
        .order(agents::id)
        .select(AgentRow::as_select())
        .load(conn)?;
    with_teams(conn, rows)
}

/// Up to `fetch` agents behind the id `after`, oldest first, inactive ones too.
pub fn list(conn: &mut Conn, after: Option<i64>, fetch: i64) -> Result<Vec<Agent>, StoreError> {
    let rows: Vec<AgentRow> = agents::table
        .filter(agents::id.gt(after.unwrap_or(i64::MIN)))
        .order(agents::id)
        .limit(fetch)
        .select(AgentRow::as_select())
        .load(conn)?;
    with_teams(conn, rows)
}

fn with_teams(conn: &mut Conn, rows: Vec<AgentRow>) -> Result<Vec<Agent>, StoreError> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let members: Vec<(i64, i64)> = team_members::table
        .filter(team_members::agent_id.eq_any(ids))
        .order(team_members::team_id)
        .select((team_members::agent_id, team_members::team_id))
        .load(conn)?;
    let mut teams: HashMap<i64, Vec<TeamId>> = HashMap::new();
    for (agent, team) in members {
        teams.entry(agent).or_default().push(TeamId::from(team));
    }
    let agent = |row: AgentRow| {
        let own = teams.remove(&row.id).unwrap_or_default();
        row.into_core(own)
    };
    rows.into_iter().map(agent).collect()
}

/// Whether nobody has been made yet.
pub fn is_empty(conn: &mut Conn) -> Result<bool, StoreError> {
    let first: Option<i64> = agents::table.select(agents::id).first(conn).optional()?;
    Ok(first.is_none())
}

/// Adds an agent. Fails with the rule `agents_email` when the address is taken.
pub fn insert(conn: &mut Conn, agent: &Agent, password_hash: &str) -> Result<(), StoreError> {
    let row = NewAgentRow { agent: AgentRow::of(agent), password_hash, failed_sign_ins: 0 };
    diesel::insert_into(agents::table).values(row).execute(conn)?;
    put_in_teams(conn, agent.id, &agent.teams)
}

/// Writes an agent's fields and teams over those of the version before; `false` when that is no
/// longer there. Fails with the rule `agents_email` when the address is taken.
pub fn update(conn: &mut Conn, agent: &Agent, before: i64) -> Result<bool, StoreError> {
    let row = agents::table.filter(agents::id.eq(agent.id.get()));
    let changed = diesel::update(row.filter(agents::version.eq(before)))
        .set((
            agents::email.eq(&agent.email),
            agents::name.eq(&agent.name),
            agents::role.eq(agent.role.code()),
            agents::active.eq(agent.active),
            agents::updated_at.eq(agent.updated_at.as_micros()),
            agents::version.eq(agent.version),
        ))
        .execute(conn)?;
    if changed == 1 {
        let members = team_members::table.filter(team_members::agent_id.eq(agent.id.get()));
        diesel::delete(members).execute(conn)?;
        put_in_teams(conn, agent.id, &agent.teams)?;
    }
    Ok(changed == 1)
}

fn put_in_teams(conn: &mut Conn, id: AgentId, teams: &[TeamId]) -> Result<(), StoreError> {
    let row = |team: &TeamId| MemberRow { team_id: team.get(), agent_id: id.get() };
    let rows: Vec<MemberRow> = teams.iter().map(row).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let insert = diesel::insert_into(team_members::table).values(&rows).on_conflict_do_nothing();
    each!(conn, c => insert.execute(c))?;
    Ok(())
}

/// What to check a password with, by the normalised address. Holds the agent's row to the end of
/// the transaction, so that attempts and changes of one agent pass one after the other.
pub fn hold_by_email(conn: &mut Conn, email: &str) -> Result<Option<Credentials>, StoreError> {
    // Writing a column over itself takes the lock on both databases.
    let held: Option<CredentialRow> = diesel::update(agents::table.filter(agents::email.eq(email)))
        .set(agents::failed_sign_ins.eq(agents::failed_sign_ins))
        .returning(CREDENTIALS)
        .get_result(conn)
        .optional()?;
    Ok(held.map(credentials))
}

/// The same by id.
pub fn hold(conn: &mut Conn, id: AgentId) -> Result<Option<Credentials>, StoreError> {
    let held: Option<CredentialRow> = diesel::update(agents::table.find(id.get()))
        .set(agents::failed_sign_ins.eq(agents::failed_sign_ins))
        .returning(CREDENTIALS)
        .get_result(conn)
        .optional()?;
    Ok(held.map(credentials))
}

/// Keeps how many attempts have failed, and until when none is allowed.
pub fn set_attempts(
    conn: &mut Conn,
    id: AgentId,
    failed: i32,
    locked_until: Option<Instant>,
) -> Result<(), StoreError> {
    diesel::update(agents::table.find(id.get()))
        .set((
            agents::failed_sign_ins.eq(failed),
            agents::locked_until.eq(locked_until.map(Instant::as_micros)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Gives an agent another password, and takes away any lock.
pub fn set_password(
    conn: &mut Conn,
    id: AgentId,
    password_hash: &str,
    must_change: bool,
    now: Instant,
) -> Result<bool, StoreError> {
    let changed = diesel::update(agents::table.find(id.get()))
        .set((
            agents::password_hash.eq(password_hash),
            agents::must_change_password.eq(must_change),
            agents::failed_sign_ins.eq(0),
            agents::locked_until.eq(None::<i64>),
            agents::updated_at.eq(now.as_micros()),
            agents::version.eq(agents::version + 1),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Makes changes of who is an admin wait for one another until the transaction ends.
pub fn hold_admins(conn: &mut Conn) -> Result<(), StoreError> {
    alone(conn, Alone::Admins)
}

/// How many active admins there are beside this agent.
pub fn other_active_admins(conn: &mut Conn, id: AgentId) -> Result<i64, StoreError> {
    let admins = agents::table.filter(agents::role.eq(Role::Admin.code()));
    let active = admins.filter(agents::active.eq(true)).filter(agents::id.ne(id.get()));
    Ok(active.count().get_result(conn)?)
}
