//! Changing tickets: fields and tags, one or many.

use futures_util::stream::{self, StreamExt};
use throughline_core::actor::{Actor, Scope};
use throughline_core::event::{FieldChange, Happening};
use throughline_core::id::{AgentId, TagId, TeamId, TicketId};
use throughline_core::tag::{Tag, TagName};
use throughline_core::ticket::{Priority, Ticket, TicketView, tidy_subject};
use throughline_core::ticket_change::{self, TicketChange};
use throughline_core::time::Instant;
use throughline_core::timeline::{Detail, ItemKind, OrderKey, TimelineItem, Visibility};
use throughline_store::{Conn, agents, events, tags, teams, tickets, timeline};

use super::{author_of, status_of, view};
use crate::{App, AppError, index, tagging};

/// The most tickets of one bulk change.
pub const MAX_BULK: usize = 200;

/// Changes of a bulk that wait for a commit at one time.
const BULK_WRITES: usize = 16;

/// What is to change; absent fields stay.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TicketPatch {
    /// Another subject.
    pub subject: Option<String>,
    /// The key of another status.
    pub status: Option<String>,
    /// Another priority.
    pub priority: Option<Priority>,
    /// Another agent, or nobody.
    pub assignee_agent: Option<Option<AgentId>>,
    /// Another team, or none.
    pub assignee_team: Option<Option<TeamId>>,
    /// Names of tags to put on; missing ones are made.
    pub add_tags: Vec<String>,
    /// Names of tags to take off; those it does not have are passed over.
    pub remove_tags: Vec<String>,
}

/// What became of one ticket of a bulk change.
#[derive(Debug)]
pub struct BulkOutcome {
    /// The ticket.
    pub ticket: TicketId,
    /// Why it was not changed, if it was not.
    pub error: Option<AppError>,
}

/// Changes a ticket. With `expected_version`, only if it is still that version.
pub async fn update(
    app: &App,
    actor: &Actor,
    id: TicketId,
    patch: TicketPatch,
    expected_version: Option<i64>,
) -> Result<TicketView, AppError> {
    actor.require(Scope::TicketsWrite)?;
    let patch = Checked::from(patch)?;
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    let change = move |conn: &mut Conn| {
        let ticket = held(conn, &actor, id)?;
        if expected_version.is_some_and(|version| version != ticket.version) {
            return Err(AppError::stale());
        }
        let ticket = change(&app2, conn, &actor, ticket, &patch, now)?;
        view(conn, ticket)
    };
    app.store().write(change).await
}

/// Changes many tickets alike. Each is a transaction of its own: one that fails says why and does
/// not hold up the others.
pub async fn bulk_update(
    app: &App,
    actor: &Actor,
    ids: Vec<TicketId>,
    patch: TicketPatch,
) -> Result<Vec<BulkOutcome>, AppError> {
    actor.require(Scope::TicketsWrite)?;
    if ids.is_empty() || ids.len() > MAX_BULK {
        return Err(AppError::invalid("tickets", format!("name 1 to {MAX_BULK} tickets")));
    }
    Checked::from(patch.clone())?;
    let one = |ticket: TicketId| {
        let patch = patch.clone();
        async move {
            let result = update(app, actor, ticket, patch, None).await;
            BulkOutcome { ticket, error: result.err() }
        }
    };
    Ok(stream::iter(ids).map(one).buffered(BULK_WRITES).collect().await)
}

/// What could be checked without the database.
struct Checked {
    patch: TicketPatch,
    add: Vec<TagName>,
    remove: Vec<TagName>,
}

impl Checked {
    fn from(patch: TicketPatch) -> Result<Self, AppError> {
        if patch.subject.as_deref().is_some_and(|s| tidy_subject(s).is_empty()) {
            return Err(AppError::invalid("subject", "a ticket needs a subject"));
        }
        let add = tagging::names("add_tags", &patch.add_tags)?;
        let remove = tagging::names("remove_tags", &patch.remove_tags)?;
        Ok(Self { patch, add, remove })
    }
}

/// A visible ticket, held against other writers.
pub(super) fn held(conn: &mut Conn, actor: &Actor, id: TicketId) -> Result<Ticket, AppError> {
    tickets::lock(conn, id)?;
    tickets::get(conn, actor, id)?.ok_or_else(|| AppError::not_found("ticket"))
}

fn change(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    ticket: Ticket,
    checked: &Checked,
    now: Instant,
) -> Result<Ticket, AppError> {
    let TicketPatch {
        subject,
        status,
        priority,
        assignee_agent,
        assignee_team,
        add_tags: _,
        remove_tags: _,
    } = checked.patch.clone();
    check_assignees(conn, assignee_agent, assignee_team)?;
    let status = status.map(|key| status_of(conn, &key)).transpose()?;
    let wish = TicketChange { subject, status, priority, assignee_agent, assignee_team };
    let (mut after, mut changes) = ticket_change::apply(&ticket, wish, now);
    changes.extend(change_tags(app, conn, ticket.id, checked, now)?);
    if changes.is_empty() {
        return Ok(ticket);
    }
    save(app, conn, &ticket, &mut after, now)?;
    note_changes(app, conn, actor, &after, changes, now)?;
    crate::briefs::hand_over(app, conn, actor, &ticket, &after, now)?;
    Ok(after)
}

/// Writes a changed ticket back with a new version and place in the lists.
pub(crate) fn save(
    app: &App,
    conn: &mut Conn,
    before: &Ticket,
    after: &mut Ticket,
    now: Instant,
) -> Result<(), AppError> {
    after.version = before.version + 1;
    after.updated_at = now;
    after.updated_key = app.ids().stamp(now);
    if tickets::update(conn, after, before.version)? { Ok(()) } else { Err(AppError::stale()) }
}

/// Puts what changed on the timeline, right behind what was said along with it, and among the
/// events.
pub(crate) fn note_changes(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    ticket: &Ticket,
    changes: Vec<FieldChange>,
    now: Instant,
) -> Result<(), AppError> {
    let id = app.ids().make(now);
    let at = now.plus_micros(1);
    let mut item = TimelineItem {
        id,
        customer: ticket.customer,
        key: OrderKey::new(at, id, 0),
        kind: ItemKind::Change,
        channel: ticket.channel,
        visibility: Visibility::Internal,
        ticket: Some(ticket.id),
        inbox: Some(ticket.inbox),
        identity: None,
        author: author_of(actor),
        occurred_at: at,
        created_at: now,
        body: String::new(),
        detail: Detail::Change { changes: changes.clone() },
    };
    timeline::insert(conn, &mut item)?;
    if changes.iter().any(|change| change.field == "subject") {
        // The ticket is from now on found by its new subject, by way of this item.
        index::item(conn, &item, Some(ticket))?;
    }
    let event = app.event(actor, now, Happening::TicketUpdated { changes });
    events::append(conn, &[event.of_ticket(ticket)])?;
    Ok(())
}

/// Refuses agents and teams that are not there.
pub(crate) fn check_assignees(
    conn: &mut Conn,
    agent: Option<Option<AgentId>>,
    team: Option<Option<TeamId>>,
) -> Result<(), AppError> {
    if let Some(Some(agent)) = agent {
        let active = agents::get(conn, agent)?.is_some_and(|agent| agent.active);
        if !active {
            let why = "there is no such agent, or he is not active";
            return Err(AppError::invalid("assignee_agent", why));
        }
    }
    if let Some(Some(team)) = team
        && !teams::exists(conn, team)?
    {
        return Err(AppError::invalid("assignee_team", "there is no such team"));
    }
    Ok(())
}

fn change_tags(
    app: &App,
    conn: &mut Conn,
    ticket: TicketId,
    checked: &Checked,
    now: Instant,
) -> Result<Option<FieldChange>, AppError> {
    if checked.add.is_empty() && checked.remove.is_empty() {
        return Ok(None);
    }
    let before = tag_names(conn, ticket)?;
    let remove: Vec<TagId> = tagging::find(conn, &checked.remove)?;
    let add = tagging::find_or_make(app, conn, &checked.add, now)?;
    tags::take_from_ticket(conn, ticket, &remove)?;
    tags::put_on_ticket(conn, ticket, &add)?;
    let after = tag_names(conn, ticket)?;
    let field = "tags".to_owned();
    Ok((before != after).then_some(FieldChange { field, from: Some(before), to: Some(after) }))
}

fn tag_names(conn: &mut Conn, ticket: TicketId) -> Result<String, AppError> {
    let tags: Vec<Tag> = tags::of_tickets(conn, &[ticket])?.remove(&ticket).unwrap_or_default();
    Ok(tags.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>().join(", "))
}
