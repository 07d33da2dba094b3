//! Views: lists of tickets that agents keep, for themselves or with others, and how much is in them.

use throughline_core::actor::{Actor, Scope};
use throughline_core::desk::{Sharing, View};
use throughline_core::id::{AgentId, TeamId, ViewId};
use throughline_core::page::{Page, PageRequest};
use throughline_core::query::TicketQuery;
use throughline_store::{Conn, agents, customers, ticket_list, views as store};

use super::agent_of;
use crate::admin::{self, Change, Trail};
use crate::{App, AppError, page};

/// Names the order of the list in cursors.
const ORDER: &str = "viw";
/// The most views that one agent makes.
const MAX_VIEWS: i64 = 100;
/// The most that is counted in one view.
pub const MOST: i64 = 1_000;

/// A view to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewView {
    /// What it is called.
    pub name: String,
    /// Who else has it.
    pub shared: Sharing,
    /// The team that has it, where it is shared with one.
    pub team: Option<TeamId>,
    /// The parameters of the list, checked by whoever knows them.
    pub filter: Vec<(String, Vec<String>)>,
    /// Its place among others.
    pub position: i32,
}

/// What to change of a view; `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ViewPatch {
    /// The name.
    pub name: Option<String>,
    /// Who else has it.
    pub shared: Option<Sharing>,
    /// The team that has it.
    pub team: Option<Option<TeamId>>,
    /// The parameters of the list.
    pub filter: Option<Vec<(String, Vec<String>)>>,
    /// Its place among others.
    pub position: Option<i32>,
}

/// How many tickets there are in a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// How many, up to [`MOST`].
    pub count: i64,
    /// Whether there are more than that.
    pub more: bool,
}

/// The views that the agent has, oldest first.
pub async fn list(app: &App, actor: &Actor, request: &PageRequest) -> Result<Page<View>, AppError> {
    actor.require(Scope::TicketsRead)?;
    page::check(request)?;
    let agent = agent_of(actor)?;
    let (after, fetch) = (request.key_for(ORDER)?, request.fetch());
    let rows = app.store().read(move |conn| store::list(conn, agent, after, fetch)).await?;
    Ok(Page::cut(rows, request, ORDER, |view| view.id.get()))
}

/// One view that the agent has.
pub async fn get(app: &App, actor: &Actor, id: ViewId) -> Result<View, AppError> {
    actor.require(Scope::TicketsRead)?;
    let agent = agent_of(actor)?;
    let found = app.store().lookup(move |conn| store::get(conn, agent, id)).await?;
    found.ok_or_else(|| AppError::not_found("view"))
}

/// Keeps a view.
pub async fn create(app: &App, actor: &Actor, new: NewView) -> Result<View, AppError> {
    actor.require(Scope::TicketsRead)?;
    let (agent, now) = (agent_of(actor)?, app.now());
    let NewView { name, shared, team, filter, position } = new;
    let view = View {
        id: app.ids().make(now),
        name: admin::name("name", &name)?,
        owner: agent,
        shared,
        team,
        filter,
        position,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    let trail = Trail::new(app, actor, now, "view", view.id, Change::Created);
    let actor = actor.clone();
    let write = move |conn: &mut Conn| {
        if store::count_of(conn, agent)? >= MAX_VIEWS {
            let message = format!("you have {MAX_VIEWS} views; remove one first");
            return Err(AppError::conflict("too_many_views", message));
        }
        check_team(conn, &actor, agent, &view)?;
        store::insert(conn, &view)?;
        if view.shared != Sharing::Private {
            trail.append(conn)?;
        }
        Ok(view)
    };
    app.store().write(write).await
}

/// Whom a view is shared with has to make sense, and a team has to be the agent's own.
fn check_team(conn: &mut Conn, actor: &Actor, agent: AgentId, view: &View) -> Result<(), AppError> {
    let wrong = |why: &str| Err(AppError::invalid("team", why));
    match (view.shared, view.team) {
        (Sharing::Team, None) => wrong("say with which team it is shared"),
        (Sharing::Private | Sharing::All, Some(_)) => {
            wrong("only what is shared with a team names one")
        }
        (Sharing::Private | Sharing::All, None) => Ok(()),
        (Sharing::Team, Some(team)) => {
            let teams = agents::get(conn, agent)?.map(|agent| agent.teams).unwrap_or_default();
            let known = throughline_store::teams::exists(conn, team)?;
            let may = teams.contains(&team) || actor.scopes.contains(&Scope::Admin);
            if known && may { Ok(()) } else { wrong("you are in no such team") }
        }
    }
}

/// A view that the agent may change: his own, or with the right of an admin one that is shared.
fn own(conn: &mut Conn, actor: &Actor, agent: AgentId, id: ViewId) -> Result<View, AppError> {
    let view = store::get(conn, agent, id)?.ok_or_else(|| AppError::not_found("view"))?;
    if view.owner == agent || actor.scopes.contains(&Scope::Admin) {
        return Ok(view);
    }
    let message =
        "only whoever made a view, or an admin, changes or removes it; make one of your own";
    Err(AppError::forbidden("not_yours", message))
}

/// Changes a view.
pub async fn update(
    app: &App,
    actor: &Actor,
    id: ViewId,
    patch: ViewPatch,
    expected_version: Option<i64>,
) -> Result<View, AppError> {
    actor.require(Scope::TicketsRead)?;
    let (agent, now) = (agent_of(actor)?, app.now());
    let trail = Trail::new(app, actor, now, "view", id, Change::Updated);
    let actor = actor.clone();
    let write = move |conn: &mut Conn| {
        let before = own(conn, &actor, agent, id)?;
        admin::expect_version(before.version, expected_version)?;
        let mut after = patched(&before, patch)?;
        if after == before {
            return Ok(before);
        }
        check_team(conn, &actor, agent, &after)?;
        (after.updated_at, after.version) = (now, before.version + 1);
        if !store::update(conn, &after, before.version)? {
            return Err(AppError::stale());
        }
        if before.shared != Sharing::Private || after.shared != Sharing::Private {
            trail.append(conn)?;
        }
        Ok(after)
    };
    app.store().write(write).await
}

fn patched(before: &View, patch: ViewPatch) -> Result<View, AppError> {
    let ViewPatch { name, shared, team, filter, position } = patch;
    let name = name.map(|name| admin::name("name", &name)).transpose()?;
    Ok(View {
        name: name.unwrap_or_else(|| before.name.clone()),
        shared: shared.unwrap_or(before.shared),
        team: team.unwrap_or(before.team),
        filter: filter.unwrap_or_else(|| before.filter.clone()),
        position: position.unwrap_or(before.position),
        ..before.clone()
    })
}

/// Removes a view.
pub async fn delete(app: &App, actor: &Actor, id: ViewId) -> Result<(), AppError> {
    actor.require(Scope::TicketsRead)?;
    let agent = agent_of(actor)?;
    let trail = Trail::new(app, actor, app.now(), "view", id, Change::Deleted);
    let actor = actor.clone();
    let write = move |conn: &mut Conn| {
        let view = own(conn, &actor, agent, id)?;
        store::delete(conn, id)?;
        if view.shared != Sharing::Private {
            trail.append(conn)?;
        }
        Ok(())
    };
    app.store().write(write).await
}

/// How many tickets the agent sees by each of these lists, at most [`MOST`] each, so that it costs no
/// more with a hundred thousand. A full-text list is not counted.
pub async fn counts(
    app: &App,
    actor: &Actor,
    queries: Vec<TicketQuery>,
) -> Result<Vec<Option<Counted>>, AppError> {
    actor.require(Scope::TicketsRead)?;
    agent_of(actor)?;
    let actor = actor.clone();
    let count = move |conn: &mut Conn| {
        let one = |mut query: TicketQuery| {
            if query.q.is_some() {
                return Ok(None);
            }
            if let Some(of) = &query.customer {
                query.customer = Some(customers::all_records(conn, of)?);
            }
            let found = ticket_list::count(conn, &actor, &query, MOST + 1)?;
            Ok(Some(Counted { count: found.min(MOST), more: found > MOST }))
        };
        queries.into_iter().map(one).collect()
    };
    app.store().read(count).await
}
