//! Macros: answers that are often given, kept, and shown as they would be in a ticket. Applying one is
//! writing a reply and changing the ticket, as by hand.

use throughline_core::actor::{Actor, Scope};
use throughline_core::desk::macros::{self, Actions, Assign, Field, Macro};
use throughline_core::event::FieldChange;
use throughline_core::id::{AgentId, MacroId, TicketId};
use throughline_core::page::{Page, PageRequest};
use throughline_core::ticket::Ticket;
use throughline_core::ticket_change::{self, TicketChange};
use throughline_core::time::Instant;
use throughline_core::timeline::MAX_BODY;
use throughline_store::{Conn, agents, customers, macros as store, tags, tickets};

use super::agent_of;
use crate::admin::{self, Change, Trail};
use crate::tickets::{check_assignees, own_address, status_of};
use crate::{App, AppError, page, tagging};

/// Names the order of the list in cursors.
const ORDER: &str = "mac";

/// A macro to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMacro {
    /// What it is called.
    pub name: String,
    /// Whether all agents have it.
    pub shared: bool,
    /// What it says, with places; it may be empty where it only does something.
    pub body: String,
    /// What it does.
    pub actions: Actions,
}

/// What to change of a macro; `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MacroPatch {
    /// The name.
    pub name: Option<String>,
    /// Whether all agents have it.
    pub shared: Option<bool>,
    /// What it says.
    pub body: Option<String>,
    /// What it does.
    pub actions: Option<Actions>,
}

/// A macro as it would be in a ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// What it would say.
    pub body: String,
    /// Places for which nothing is known; they are empty there.
    pub missing: Vec<Field>,
    /// What it would do, with the agent in the place of whoever applies it.
    pub actions: Actions,
    /// What would change by that.
    pub changes: Vec<FieldChange>,
    /// The version of the ticket that this is about.
    pub version: i64,
}

/// The macros that the agent has, oldest first.
pub async fn list(
    app: &App,
    actor: &Actor,
    request: &PageRequest,
) -> Result<Page<Macro>, AppError> {
    actor.require(Scope::TicketsRead)?;
    page::check(request)?;
    let agent = agent_of(actor)?;
    let (after, fetch) = (request.key_for(ORDER)?, request.fetch());
    let rows = app.store().read(move |conn| store::list(conn, agent, after, fetch)).await?;
    Ok(Page::cut(rows, request, ORDER, |one| one.id.get()))
}

/// One macro that the agent has.
pub async fn get(app: &App, actor: &Actor, id: MacroId) -> Result<Macro, AppError> {
    actor.require(Scope::TicketsRead)?;
    let agent = agent_of(actor)?;
    app.store().lookup(move |conn| seen(conn, agent, id)).await
}

fn seen(conn: &mut Conn, agent: AgentId, id: MacroId) -> Result<Macro, AppError> {
    store::get(conn, agent, id)?.ok_or_else(|| AppError::not_found("macro"))
}

/// Keeps a macro.
pub async fn create(app: &App, actor: &Actor, new: NewMacro) -> Result<Macro, AppError> {
    actor.require(Scope::TicketsWrite)?;
    let (agent, now) = (agent_of(actor)?, app.now());
    let NewMacro { name, shared, body, actions } = new;
    let one = Macro {
        id: app.ids().make(now),
        name: admin::name("name", &name)?,
        owner: agent,
        shared,
        body,
        actions,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    let trail = Trail::new(app, actor, now, "macro", one.id, Change::Created);
    let write = move |conn: &mut Conn| {
        check(conn, &one)?;
        store::insert(conn, &one)?;
        if one.shared {
            trail.append(conn)?;
        }
        Ok(one)
    };
    app.store().write(write).await
}

/// Refuses places and actions that nobody knows.
fn check(conn: &mut Conn, one: &Macro) -> Result<(), AppError> {
    if one.body.len() > MAX_BODY {
        return Err(AppError::invalid("body", format!("at most {MAX_BODY} bytes")));
    }
    macros::check(&one.body).map_err(|e| AppError::invalid("body", e.to_string()))?;
    if one.body.trim().is_empty() && one.actions == Actions::default() {
        return Err(AppError::invalid("body", "a macro says or does something"));
    }
    possible(conn, &one.actions, one.owner)
}

/// Refuses what cannot be done to any ticket.
fn possible(conn: &mut Conn, actions: &Actions, me: AgentId) -> Result<(), AppError> {
    if let Some(key) = &actions.status {
        status_of(conn, key)?;
    }
    tagging::names("add_tags", &actions.add_tags)?;
    tagging::names("remove_tags", &actions.remove_tags)?;
    check_assignees(conn, assignee(actions, me), actions.assignee_team.map(Some))
}

fn assignee(actions: &Actions, me: AgentId) -> Option<Option<AgentId>> {
    actions.assignee_agent.map(|assign| match assign {
        Assign::Me => Some(me),
        Assign::Nobody => None,
        Assign::Agent(id) => Some(id),
    })
}

/// A macro that the agent may change: his own, or with the right of an admin one that is shared.
fn own(conn: &mut Conn, actor: &Actor, agent: AgentId, id: MacroId) -> Result<Macro, AppError> {
    let one = seen(conn, agent, id)?;
    if one.owner == agent || actor.scopes.contains(&Scope::Admin) {
        return Ok(one);
    }
    let message =
        "only whoever made a macro, or an admin, changes or removes it; make one of your own";
    Err(AppError::forbidden("not_yours", message))
}

/// Changes a macro.
pub async fn update(
    app: &App,
    actor: &Actor,
    id: MacroId,
    patch: MacroPatch,
    expected_version: Option<i64>,
) -> Result<Macro, AppError> {
    actor.require(Scope::TicketsWrite)?;
    let (agent, now) = (agent_of(actor)?, app.now());
    let trail = Trail::new(app, actor, now, "macro", id, Change::Updated);
    let actor = actor.clone();
    let write = move |conn: &mut Conn| {
        let before = own(conn, &actor, agent, id)?;
        admin::expect_version(before.version, expected_version)?;
        let mut after = patched(&before, patch)?;
        if after == before {
            return Ok(before);
        }
        check(conn, &after)?;
        (after.updated_at, after.version) = (now, before.version + 1);
        if !store::update(conn, &after, before.version)? {
            return Err(AppError::stale());
        }
        if before.shared || after.shared {
            trail.append(conn)?;
        }
        Ok(after)
    };
    app.store().write(write).await
}

fn patched(before: &Macro, patch: MacroPatch) -> Result<Macro, AppError> {
    let MacroPatch { name, shared, body, actions } = patch;
    let name = name.map(|name| admin::name("name", &name)).transpose()?;
    Ok(Macro {
        name: name.unwrap_or_else(|| before.name.clone()),
        shared: shared.unwrap_or(before.shared),
        body: body.unwrap_or_else(|| before.body.clone()),
        actions: actions.unwrap_or_else(|| before.actions.clone()),
        ..before.clone()
    })
}

/// Removes a macro. Replies that were written by it stay as they are.
pub async fn delete(app: &App, actor: &Actor, id: MacroId) -> Result<(), AppError> {
    actor.require(Scope::TicketsWrite)?;
    let agent = agent_of(actor)?;
    let trail = Trail::new(app, actor, app.now(), "macro", id, Change::Deleted);
    let actor = actor.clone();
    let write = move |conn: &mut Conn| {
        let one = own(conn, &actor, agent, id)?;
        store::delete(conn, id)?;
        if one.shared {
            trail.append(conn)?;
        }
        Ok(())
    };
    app.store().write(write).await
}

/// Shows a macro as it would be in a ticket. Nothing is changed.
pub async fn preview(
    app: &App,
    actor: &Actor,
    id: MacroId,
    ticket: TicketId,
) -> Result<Preview, AppError> {
    actor.require(Scope::TicketsRead)?;
    let (agent, actor, now) = (agent_of(actor)?, actor.clone(), app.now());
    let read = move |conn: &mut Conn| {
        let one = seen(conn, agent, id)?;
        let ticket = tickets::get(conn, &actor, ticket)?;
        let ticket =
            ticket.ok_or_else(|| AppError::invalid("ticket", "there is no such ticket"))?;
        let values = values(conn, &actor, agent, &ticket)?;
        let value =
            |field| values.iter().find(|(known, _)| *known == field).map(|(_, v)| v.clone());
        let (body, missing) = macros::render(&one.body, value)
            .map_err(|e| AppError::invalid("body", e.to_string()))?;
        let changes = foreseen(conn, &ticket, &one.actions, agent, now)?;
        let mut actions = one.actions;
        if actions.assignee_agent == Some(Assign::Me) {
            actions.assignee_agent = Some(Assign::Agent(agent));
        }
        Ok(Preview { body, missing, actions, changes, version: ticket.version })
    };
    app.store().read(read).await
}

/// What stands at the places in a ticket.
fn values(
    conn: &mut Conn,
    actor: &Actor,
    agent: AgentId,
    ticket: &Ticket,
) -> Result<Vec<(Field, String)>, AppError> {
    let mut values = vec![
        (Field::TicketNumber, ticket.number.to_string()),
        (Field::TicketSubject, ticket.subject.clone()),
    ];
    if let Some(agent) = agents::get(conn, agent)? {
        values.push((Field::AgentFirstName, macros::first_name(&agent.name)));
        values.push((Field::AgentName, agent.name));
    }
    let known = customers::get(conn, actor, ticket.customer)?;
    let known = known.map(|root| crate::customers::views(conn, vec![root])).transpose()?;
    let name = known.and_then(|mut views| views.pop()).and_then(|view| view.customer.name);
    if let Some(name) = name {
        values.push((Field::CustomerFirstName, macros::first_name(&name)));
        values.push((Field::CustomerName, name));
    }
    if let Ok(addresses) = own_address(conn, ticket)
        && let Some(address) = addresses.into_iter().next()
    {
        values.push((Field::CustomerEmail, address.address));
    }
    Ok(values)
}

/// What the actions would change in a ticket.
fn foreseen(
    conn: &mut Conn,
    ticket: &Ticket,
    actions: &Actions,
    me: AgentId,
    now: Instant,
) -> Result<Vec<FieldChange>, AppError> {
    possible(conn, actions, me)?;
    let status = actions.status.as_deref().map(|key| status_of(conn, key)).transpose()?;
    let wish = TicketChange {
        subject: None,
        status,
        priority: actions.priority,
        assignee_agent: assignee(actions, me),
        assignee_team: actions.assignee_team.map(Some),
    };
    let (_, mut changes) = ticket_change::apply(ticket, wish, now);
    let add = tagging::names("add_tags", &actions.add_tags)?;
    let remove = tagging::names("remove_tags", &actions.remove_tags)?;
    let borne = tags::of_tickets(conn, &[ticket.id])?.remove(&ticket.id).unwrap_or_default();
    let before: Vec<String> = borne.into_iter().map(|tag| tag.name).collect();
    let folded = |name: &str| throughline_core::text::fold(name);
    let mut after: Vec<String> = before.clone();
    after.retain(|name| !remove.iter().any(|gone| gone.folded() == folded(name)));
    for name in &add {
        if !after.iter().any(|known| folded(known) == name.folded()) {
            after.push(name.as_str().to_owned());
        }
    }
    after.sort_by_key(|name| folded(name));
    if before != after {
        let (from, to) = (Some(before.join(", ")), Some(after.join(", ")));
        changes.push(FieldChange { field: "tags".to_owned(), from, to });
    }
    Ok(changes)
}
