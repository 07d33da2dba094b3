//! Lists of tickets: filters and orders, each a range of one index.

use diesel::prelude::*;
use throughline_core::actor::Actor;
use throughline_core::channel::Channel;
use throughline_core::id::{AgentId, InboxId, TagId, TeamId};
use throughline_core::page::{BadCursor, Cursor, Page, PageRequest};
use throughline_core::query::{AssigneeFilter, Mentioned, TicketQuery, TicketSort};
use throughline_core::ticket::{Priority, StatusCategory, Ticket};
use throughline_core::time::Instant;

use crate::conn::{Conn, MultiBackend};
use crate::error::StoreError;
use crate::read::all;
use crate::schema::{mentions, team_members, ticket_tags, tickets};
use crate::tickets::{Row, from_row, visible_to};

type Boxed<'a> = tickets::BoxedQuery<'a, MultiBackend>;

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The cursor belongs to another order.
    #[error(transparent)]
    Cursor(#[from] BadCursor),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A page of the tickets that an actor may see. The full-text part of the query is not looked at
/// here: see `search`.
pub fn page(
    conn: &mut Conn,
    actor: &Actor,
    query: &TicketQuery,
    request: &PageRequest,
) -> Result<Page<Ticket>, ListError> {
    let by_updated = |t: &Ticket| t.updated_key;
    let by_id = |t: &Ticket| t.id.get();
    let teams = teams_of(conn, actor, query)?;
    let rows = filtered(actor, query, &teams);
    Ok(match query.sort {
        TicketSort::Updated => {
            let before = request.key_for("tud")?.unwrap_or(i64::MAX);
            let rows = rows.filter(tickets::updated_key.lt(before));
            let rows = load(conn, rows.order(tickets::updated_key.desc()), request.fetch())?;
            Page::cut(rows, request, "tud", by_updated)
        }
        TicketSort::UpdatedAsc => {
            let behind = request.key_for("tua")?.unwrap_or(i64::MIN);
            let rows = rows.filter(tickets::updated_key.gt(behind));
            let rows = load(conn, rows.order(tickets::updated_key.asc()), request.fetch())?;
            Page::cut(rows, request, "tua", by_updated)
        }
        TicketSort::Created => {
            let before = request.key_for("tcd")?.unwrap_or(i64::MAX);
            let rows = rows.filter(tickets::id.lt(before));
            let rows = load(conn, rows.order(tickets::id.desc()), request.fetch())?;
            Page::cut(rows, request, "tcd", by_id)
        }
        TicketSort::CreatedAsc => {
            let behind = request.key_for("tca")?.unwrap_or(i64::MIN);
            let rows = rows.filter(tickets::id.gt(behind));
            let rows = load(conn, rows.order(tickets::id.asc()), request.fetch())?;
            Page::cut(rows, request, "tca", by_id)
        }
        TicketSort::Priority => return by_priority(conn, actor, query, request),
    })
}

/// How many tickets fit the query, counted up to `most`: in no order, so that any index serves.
pub fn count(
    conn: &mut Conn,
    actor: &Actor,
    query: &TicketQuery,
    most: i64,
) -> Result<i64, StoreError> {
    let teams = teams_of(conn, actor, query)?;
    let ids: Vec<i64> =
        filtered(actor, query, &teams).limit(most).select(tickets::id).load(conn)?;
    Ok(ids.len() as i64)
}

/// One range per priority, from the most urgent down: two sort keys in one cursor would make the
/// database read everything above it again for each page.
fn by_priority(
    conn: &mut Conn,
    actor: &Actor,
    query: &TicketQuery,
    request: &PageRequest,
) -> Result<Page<Ticket>, ListError> {
    let (start, mut before) = match &request.after {
        None => (Priority::Urgent, i64::MAX),
        Some(cursor) => priority_of(cursor)?,
    };
    let teams = teams_of(conn, actor, query)?;
    let mut found: Vec<Ticket> = Vec::new();
    for priority in Priority::ALL.iter().rev().copied().filter(|p| *p <= start) {
        let wanted = request.fetch() - found.len() as i64;
        let rows = filtered(actor, query, &teams)
            .filter(tickets::priority.eq(priority.code()))
            .filter(tickets::updated_key.lt(before))
            .order(tickets::updated_key.desc());
        found.extend(load(conn, rows, wanted)?);
        before = i64::MAX;
        if found.len() as i64 == request.fetch() {
            break;
        }
    }
    let mut page = Page::cut(found, request, "", |t| t.updated_key);
    if let (Some(next), Some(last)) = (page.next.as_mut(), page.items.last()) {
        next.tag = format!("tp{}", last.priority.code());
    }
    Ok(page)
}

fn priority_of(cursor: &Cursor) -> Result<(Priority, i64), BadCursor> {
    let code = cursor.tag.strip_prefix("tp").and_then(|code| code.parse().ok());
    let priority = code.and_then(Priority::from_code).ok_or(BadCursor)?;
    Ok((priority, cursor.key))
}

fn load(conn: &mut Conn, rows: Boxed<'_>, limit: i64) -> Result<Vec<Ticket>, StoreError> {
    let rows: Vec<Row> = rows.limit(limit).select(Row::as_select()).load(conn)?;
    all(rows, from_row)
}

/// The tickets among these ids that fit the query, in no order.
pub(crate) fn matching(
    conn: &mut Conn,
    actor: &Actor,
    query: &TicketQuery,
    ids: Vec<i64>,
) -> Result<Vec<Ticket>, StoreError> {
    let limit = ids.len() as i64;
    let teams = teams_of(conn, actor, query)?;
    load(conn, filtered(actor, query, &teams).filter(tickets::id.eq_any(ids)), limit)
}

/// The teams of whoever asks, where he asks for theirs. Looked up first: with their ids at hand the
/// database knows that the index by team is the shortest way.
fn teams_of(conn: &mut Conn, actor: &Actor, query: &TicketQuery) -> Result<Vec<i64>, StoreError> {
    let Some(agent) = actor.agent().filter(|_| query.assignee_team == Some(AssigneeFilter::Mine))
    else {
        return Ok(Vec::new());
    };
    let his = team_members::table.filter(team_members::agent_id.eq(agent.get()));
    Ok(his.order(team_members::team_id).select(team_members::team_id).load(conn)?)
}

fn filtered<'a>(actor: &Actor, query: &TicketQuery, teams: &[i64]) -> Boxed<'a> {
    let TicketQuery {
        q: _,
        status,
        category,
        priority,
        assignee_agent,
        assignee_team,
        mentioned,
        tag,
        inbox,
        channel,
        customer,
        created_from,
        created_until,
        updated_from,
        updated_until,
        sort: _,
    } = query;
    let mut rows = tickets::table.into_boxed::<MultiBackend>().filter(visible_to(actor));
    if !status.is_empty() {
        rows = rows.filter(tickets::status_key.eq_any(status.clone()));
    }
    rows = with_codes(rows, category, priority, channel);
    rows = with_agent(rows, actor.agent(), *assignee_agent);
    rows = with_team(rows, teams, *assignee_team);
    if let Some(mentioned) = mentioned {
        rows = with_mentions(rows, actor.agent(), *mentioned);
    }
    if !inbox.is_empty() {
        let inboxes: Vec<i64> = inbox.iter().copied().map(InboxId::get).collect();
        rows = rows.filter(tickets::inbox_id.eq_any(inboxes));
    }
    if let Some(customer) = customer {
        rows = rows.filter(tickets::customer_id.eq_any(customer.iter().map(|id| id.get())));
    }
    for tag in tag.iter().copied().map(TagId::get) {
        let with = ticket_tags::table.filter(ticket_tags::tag_id.eq(tag));
        rows = rows.filter(tickets::id.eq_any(with.select(ticket_tags::ticket_id)));
    }
    with_times(rows, [*created_from, *created_until, *updated_from, *updated_until])
}

fn with_codes<'a>(
    mut rows: Boxed<'a>,
    category: &[StatusCategory],
    priority: &[Priority],
    channel: &[Channel],
) -> Boxed<'a> {
    if let [one] = category {
        // Equality lets the index on (category, updated_key) give the order as well.
        rows = rows.filter(tickets::category.eq(one.code()));
    } else if !category.is_empty() {
        let codes: Vec<i16> = category.iter().map(|c| c.code()).collect();
        rows = rows.filter(tickets::category.eq_any(codes));
    }
    if !priority.is_empty() {
        let codes: Vec<i16> = priority.iter().map(|p| p.code()).collect();
        rows = rows.filter(tickets::priority.eq_any(codes));
    }
    if !channel.is_empty() {
        let codes: Vec<i16> = channel.iter().map(|c| c.code()).collect();
        rows = rows.filter(tickets::channel.eq_any(codes));
    }
    rows
}

/// Those with notes that name whoever asks.
fn with_mentions<'a>(rows: Boxed<'a>, me: Option<AgentId>, mentioned: Mentioned) -> Boxed<'a> {
    let his = mentions::table.filter(mentions::agent_id.nullable().eq(me.map(AgentId::get)));
    let unread = his.filter(mentions::unread);
    match mentioned {
        Mentioned::Ever => rows.filter(tickets::id.eq_any(his.select(mentions::ticket_id))),
        Mentioned::Unread => rows.filter(tickets::id.eq_any(unread.select(mentions::ticket_id))),
    }
}

fn with_agent<'a>(
    rows: Boxed<'a>,
    me: Option<AgentId>,
    agent: Option<AssigneeFilter<AgentId>>,
) -> Boxed<'a> {
    let column = tickets::assignee_agent_id;
    match agent {
        None => rows,
        Some(AssigneeFilter::Mine) => rows.filter(column.eq(me.map(AgentId::get))),
        Some(AssigneeFilter::Is(id)) => rows.filter(column.eq(id.get())),
        Some(AssigneeFilter::Nobody) => rows.filter(column.is_null()),
        Some(AssigneeFilter::Somebody) => rows.filter(column.is_not_null()),
    }
}

/// `mine` are the teams of whoever asks.
fn with_team<'a>(rows: Boxed<'a>, mine: &[i64], team: Option<AssigneeFilter<TeamId>>) -> Boxed<'a> {
    let column = tickets::assignee_team_id;
    match team {
        None => rows,
        Some(AssigneeFilter::Mine) => rows.filter(column.eq_any(mine.to_vec())),
        Some(AssigneeFilter::Is(id)) => rows.filter(column.eq(id.get())),
        Some(AssigneeFilter::Nobody) => rows.filter(column.is_null()),
        Some(AssigneeFilter::Somebody) => rows.filter(column.is_not_null()),
    }
}

/// `times` are: created from, created until, updated from, updated until.
fn with_times(mut rows: Boxed<'_>, times: [Option<Instant>; 4]) -> Boxed<'_> {
    let [created_from, created_until, updated_from, updated_until] =
        times.map(|t| t.map(Instant::as_micros));
    if let Some(from) = created_from {
        rows = rows.filter(tickets::created_at.ge(from));
    }
    if let Some(until) = created_until {
        rows = rows.filter(tickets::created_at.lt(until));
    }
    if let Some(from) = updated_from {
        rows = rows.filter(tickets::updated_at.ge(from));
    }
    if let Some(until) = updated_until {
        rows = rows.filter(tickets::updated_at.lt(until));
    }
    rows
}
