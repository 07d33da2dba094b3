//! Agents: who may answer customers, and what each may do.

use throughline_core::access::Access;
use throughline_core::actor::{Actor, Scope, Sees, scopes_of};
use throughline_core::agent::{Agent, Role};
use throughline_core::id::{AgentId, TeamId};
use throughline_core::identity::EmailAddress;
use throughline_core::page::{Page, PageRequest};
use throughline_core::time::Instant;
use throughline_store::accesses::{self, NewAccess};
use throughline_store::{Conn, StoreError, agents as store, sessions as tokens, teams};

use crate::access::{self, Origin};
use crate::admin::{self, Change, Trail};
use crate::secret::Secret;
use crate::{App, AppError, page, random, sessions};

/// Names the order of the list in cursors.
const ORDER: &str = "agt";

/// An agent to be made.
#[derive(Debug, Clone)]
pub struct NewAgent {
    /// The sign-in address.
    pub email: String,
    /// The name shown to colleagues and customers.
    pub name: String,
    /// What he or she may do.
    pub role: Role,
    /// The teams he or she is in.
    pub teams: Vec<TeamId>,
    /// The first password; one is made up when there is none. Either must be changed.
    pub password: Option<Secret>,
}

/// What to change of an agent; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct AgentPatch {
    /// The name.
    pub name: Option<String>,
    /// The sign-in address.
    pub email: Option<String>,
    /// The role.
    pub role: Option<Role>,
    /// Whether he or she may sign in.
    pub active: Option<bool>,
    /// The teams, all of them.
    pub teams: Option<Vec<TeamId>>,
}

/// The agents, oldest first, inactive ones too.
pub async fn list(app: &App, actor: &Actor, page: &PageRequest) -> Result<Page<Agent>, AppError> {
    admin::require_any(actor, &[Scope::TicketsRead, Scope::Admin])?;
    page::check(page)?;
    let (after, fetch) = (page.key_for(ORDER)?, page.fetch());
    let rows = app.store().read(move |c| store::list(c, after, fetch)).await?;
    Ok(Page::cut(rows, page, ORDER, |agent| agent.id.get()))
}

/// One agent.
pub async fn get(app: &App, actor: &Actor, id: AgentId) -> Result<Agent, AppError> {
    admin::require_any(actor, &[Scope::TicketsRead, Scope::Admin])?;
    let found = app.store().lookup(move |c| store::get(c, id)).await?;
    found.ok_or_else(|| AppError::not_found("agent"))
}

/// The agent who asks. Fails for keys and for the product itself, which are no agents.
pub async fn me(app: &App, actor: &Actor) -> Result<Agent, AppError> {
    let none = || AppError::not_found("agent");
    let id = actor.agent().ok_or_else(none)?;
    app.store().lookup(move |c| store::get(c, id)).await?.ok_or_else(none)
}

/// Makes an agent. The second part of the answer is the password to pass on, when none was given.
pub async fn create(
    app: &App,
    actor: &Actor,
    new: NewAgent,
) -> Result<(Agent, Option<Secret>), AppError> {
    actor.require(Scope::Admin)?;
    within_own_rights(actor, new.role)?;
    let now = app.now();
    let NewAgent { email, name, role, teams, password } = new;
    let agent = fresh(app, &email, &name, role, admin::once(teams), now)?;
    let made_up = if password.is_none() { Some(random::one_time_password()) } else { None };
    let hash = hash_of(app, password.as_ref().or(made_up.as_ref())).await?;
    let trail = Trail::new(app, actor, now, "agent", agent.id, Change::Created);
    let agent = app.store().write(move |c| save_new(c, agent, &hash, trail)).await?;
    Ok((agent, made_up))
}

/// Makes the first admin with a made-up password; `None` when there is an agent already.
pub async fn bootstrap_admin(app: &App, email: &str) -> Result<Option<(Agent, Secret)>, AppError> {
    if !app.store().lookup(store::is_empty).await? {
        return Ok(None);
    }
    let now = app.now();
    let agent = fresh(app, email, "Admin", Role::Admin, Vec::new(), now)?;
    let password = random::one_time_password();
    let hash = hash_of(app, Some(&password)).await?;
    let trail = Trail::new(app, &Actor::system(), now, "agent", agent.id, Change::Created);
    let made = app
        .store()
        .write(move |c| {
            // Two nodes may start at the same moment on an empty database.
            store::hold_admins(c)?;
            if !store::is_empty(c)? {
                return Ok(None);
            }
            save_new(c, agent, &hash, trail).map(Some)
        })
        .await?;
    Ok(made.map(|agent| (agent, password)))
}

fn fresh(
    app: &App,
    email: &str,
    name: &str,
    role: Role,
    teams: Vec<TeamId>,
    now: Instant,
) -> Result<Agent, AppError> {
    Ok(Agent {
        id: app.ids().make(now),
        email: address(email)?,
        name: admin::name("name", name)?,
        role,
        teams,
        active: true,
        must_change_password: true,
        created_at: now,
        updated_at: now,
        version: 1,
    })
}

async fn hash_of(app: &App, password: Option<&Secret>) -> Result<String, AppError> {
    let password = password.ok_or_else(|| AppError::internal("no password to hash"))?;
    app.passwords().hash(password).await
}

fn save_new(conn: &mut Conn, agent: Agent, hash: &str, trail: Trail) -> Result<Agent, AppError> {
    known_teams(conn, &agent.teams)?;
    store::insert(conn, &agent, hash).map_err(email_taken)?;
    trail.append(conn)?;
    Ok(agent)
}

/// Changes an agent. The last active admin stays one.
pub async fn update(
    app: &App,
    actor: &Actor,
    id: AgentId,
    patch: AgentPatch,
    expected_version: Option<i64>,
) -> Result<Agent, AppError> {
    actor.require(Scope::Admin)?;
    let (now, actor) = (app.now(), actor.clone());
    let trail = Trail::new(app, &actor, now, "agent", id, Change::Updated);
    app.store()
        .write(move |c| {
            store::hold_admins(c)?;
            let before = store::get(c, id)?.ok_or_else(|| AppError::not_found("agent"))?;
            admin::expect_version(before.version, expected_version)?;
            let after = patched(&before, patch, now)?;
            if after == before {
                return Ok(before);
            }
            within_own_rights(&actor, before.role)?;
            within_own_rights(&actor, after.role)?;
            save(c, &before, &after)?;
            let fields = admin::changed!(before, after; name, email, role, active, teams);
            trail.naming(fields).append(c)?;
            Ok(after)
        })
        .await
}

/// The agent after the change; the same as before when nothing is another.
fn patched(before: &Agent, patch: AgentPatch, now: Instant) -> Result<Agent, AppError> {
    let AgentPatch { name, email, role, active, teams } = patch;
    let mut after = before.clone();
    if let Some(name) = name {
        after.name = admin::name("name", &name)?;
    }
    if let Some(email) = email {
        after.email = address(&email)?;
    }
    after.role = role.unwrap_or(before.role);
    after.active = active.unwrap_or(before.active);
    after.teams = teams.map_or_else(|| before.teams.clone(), admin::once);
    if after != *before {
        after.updated_at = now;
        after.version += 1;
    }
    Ok(after)
}

fn save(conn: &mut Conn, before: &Agent, after: &Agent) -> Result<(), AppError> {
    let is_admin = |agent: &Agent| agent.active && agent.role == Role::Admin;
    if is_admin(before) && !is_admin(after) && store::other_active_admins(conn, after.id)? == 0 {
        let message = "this is the last active admin; make another one first";
        return Err(AppError::conflict("last_admin", message));
    }
    known_teams(conn, &after.teams)?;
    // First, as whoever ends sessions holds the row before the tokens.
    if !store::update(conn, after, before.version).map_err(email_taken)? {
        return Err(AppError::stale());
    }
    if before.active && !after.active {
        tokens::revoke_all(conn, after.id, after.updated_at)?;
    }
    Ok(())
}

/// Gives an agent another password and ends his or her sessions. Agents change their own by
/// proving the current one; admins set another's, who must then change it.
pub async fn set_password(
    app: &App,
    actor: &Actor,
    id: AgentId,
    current: Option<Secret>,
    new: Secret,
    from: Origin,
) -> Result<(), AppError> {
    let now = app.now();
    let own = actor.agent() == Some(id);
    if own {
        let message = "your current password is needed to change it";
        let current = current.ok_or_else(|| AppError::invalid("current_password", message))?;
        sessions::prove(app, id, current.expose(), from, now).await?;
    } else {
        actor.require(Scope::Admin)?;
        within_own_rights(actor, get(app, actor, id).await?.role)?;
    }
    let hash = app.passwords().hash(&new).await?;
    let trail = Trail::new(app, actor, now, "agent", id, Change::Updated).naming(["password"]);
    let access = if own { Access::PasswordChanged } else { Access::PasswordReset };
    // With the id of the event, so that the trail tells of both in one line.
    let line = access::line(app, access, &actor.name(), id, from, now);
    let line = NewAccess { id: trail.id(), ..line };
    app.store()
        .write(move |c| {
            if !store::set_password(c, id, &hash, !own, now)? {
                return Err(AppError::not_found("agent"));
            }
            tokens::revoke_all(c, id, now)?;
            accesses::note(c, &line)?;
            Ok(trail.append(c)?)
        })
        .await
}

/// Nobody makes, changes or takes over an account that may more than he does: an API key with the
/// right to manage agents would otherwise be as good as all rights.
fn within_own_rights(actor: &Actor, role: Role) -> Result<(), AppError> {
    // Who makes an agent chooses what that agent sees, so he has to see all of it himself.
    let sight = actor.sees == Sees::Everything;
    if sight && scopes_of(role).iter().all(|scope| actor.scopes.contains(scope)) {
        return Ok(());
    }
    let message = format!("an agent with the role '{role}' has rights that you do not have");
    Err(AppError::forbidden("beyond_own_rights", message))
}

fn known_teams(conn: &mut Conn, ids: &[TeamId]) -> Result<(), AppError> {
    if teams::count_of(conn, ids)? == ids.len() {
        return Ok(());
    }
    Err(AppError::invalid("teams", "at least one of these teams does not exist"))
}

fn address(email: &str) -> Result<String, AppError> {
    let parsed = EmailAddress::parse(email);
    let parsed = parsed.map_err(|e| AppError::invalid("email", e.to_string()))?;
    Ok(parsed.as_str().to_owned())
}

fn email_taken(error: StoreError) -> AppError {
    if error.is_constraint("agents_email") {
        let message = "another agent signs in with this address, perhaps an inactive one";
        return AppError::conflict("email_taken", message);
    }
    error.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_may_only_manage_makes_no_admin() {
        let mut actor = Actor::system();
        assert!(within_own_rights(&actor, Role::Admin).is_ok());
        actor.scopes.retain(|s| *s != Scope::Ledger);
        assert!(within_own_rights(&actor, Role::Agent).is_ok());
        let error = within_own_rights(&actor, Role::Lead).unwrap_err();
        assert_eq!(error.code, "beyond_own_rights");
        let sees = Sees::Only { inboxes: Vec::new(), agent: None, teams: Vec::new() };
        let narrow = Actor { sees, ..Actor::system() };
        assert!(within_own_rights(&narrow, Role::Lead).is_err());
    }
}
