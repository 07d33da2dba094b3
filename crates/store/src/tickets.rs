//! Tickets. No door to them without the actor's visibility: every read goes through
//! [`visible_to`].

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable};
use throughline_core::actor::{Actor, Sees};
use throughline_core::channel::Channel;
use throughline_core::id::{AgentId, CustomerId, InboxId, TeamId, TicketId};
use throughline_core::ticket::{Priority, StatusCategory, Ticket};
use throughline_core::time::Instant;

use crate::conn::{Conn, Kept, MultiBackend, each};
use crate::error::StoreError;
use crate::read::{all, known};
use crate::schema::{erasures, tickets};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = tickets, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(crate) struct Row {
    id: i64,
    number: i64,
    customer_id: i64,
    inbox_id: i64,
    channel: i16,
    subject: String,
    status_key: String,
    category: i16,
    priority: i16,
    assignee_agent_id: Option<i64>,
    assignee_team_id: Option<i64>,
    created_at: i64,
    updated_at: i64,
    updated_key: i64,
    resolved_at: Option<i64>,
    last_message_at: Option<i64>,
    version: i64,
}

pub(crate) fn from_row(row: Row) -> Result<Ticket, StoreError> {
    let category = StatusCategory::from_code(row.category);
    Ok(Ticket {
        id: TicketId::from(row.id),
        number: row.number,
        customer: CustomerId::from(row.customer_id),
        inbox: InboxId::from(row.inbox_id),
        channel: known("tickets.channel", row.channel, Channel::from_code(row.channel))?,
        subject: row.subject,
        status: row.status_key,
        category: known("tickets.category", row.category, category)?,
        priority: known("tickets.priority", row.priority, Priority::from_code(row.priority))?,
        assignee_agent: row.assignee_agent_id.map(AgentId::from),
        assignee_team: row.assignee_team_id.map(TeamId::from),
        created_at: Instant::from_micros(row.created_at),
        updated_at: Instant::from_micros(row.updated_at),
        updated_key: row.updated_key,
        resolved_at: row.resolved_at.map(Instant::from_micros),
        last_message_at: row.last_message_at.map(Instant::from_micros),
        version: row.version,
    })
}

fn to_row(ticket: &Ticket) -> Row {
    Row {
        id: ticket.id.get(),
        number: ticket.number,
        customer_id: ticket.customer.get(),
        inbox_id: ticket.inbox.get(),
        channel: ticket.channel.code(),
        subject: ticket.subject.clone(),
        status_key: ticket.status.clone(),
        category: ticket.category.code(),
        priority: ticket.priority.code(),
        assignee_agent_id: ticket.assignee_agent.map(AgentId::get),
        assignee_team_id: ticket.assignee_team.map(TeamId::get),
        created_at: ticket.created_at.as_micros(),
        updated_at: ticket.updated_at.as_micros(),
        updated_key: ticket.updated_key,
        resolved_at: ticket.resolved_at.map(Instant::as_micros),
        last_message_at: ticket.last_message_at.map(Instant::as_micros),
        version: ticket.version,
    }
}

type Filter = Box<dyn BoxableExpression<tickets::table, MultiBackend, SqlType = Nullable<Bool>>>;

/// The tickets an actor may see. `NULL` (nobody is assigned) counts as no.
pub(crate) fn visible_to(actor: &Actor) -> Filter {
    match &actor.sees {
        Sees::Everything => Box::new(tickets::id.is_not_null().nullable()),
        Sees::Only { inboxes, agent, teams } => {
            let inboxes: Vec<i64> = inboxes.iter().copied().map(InboxId::get).collect();
            let teams: Vec<i64> = teams.iter().copied().map(TeamId::get).collect();
            let open = tickets::inbox_id.eq_any(inboxes).nullable();
            let mine = tickets::assignee_agent_id.eq(agent.map(AgentId::get));
            Box::new(open.or(mine).or(tickets::assignee_team_id.eq_any(teams)))
        }
    }
}

/// A ticket by id, if the actor may see it.
pub fn get(conn: &mut Conn, actor: &Actor, id: TicketId) -> Result<Option<Ticket>, StoreError> {
    let row: Option<Row> = tickets::table
        .filter(tickets::id.eq(id.get()))
        .filter(visible_to(actor))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(from_row).transpose()
}

/// A ticket by its human number, if the actor may see it.
pub fn by_number(
    conn: &mut Conn,
    actor: &Actor,
    number: i64,
) -> Result<Option<Ticket>, StoreError> {
    let row: Option<Row> = tickets::table
        .filter(tickets::number.eq(number))
        .filter(visible_to(actor))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(from_row).transpose()
}

/// The tickets among these ids that the actor may see, in no order.
pub fn by_ids(conn: &mut Conn, actor: &Actor, ids: &[TicketId]) -> Result<Vec<Ticket>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
    let rows: Vec<Row> = tickets::table
        .filter(tickets::id.eq_any(ids))
        .filter(visible_to(actor))
        .select(Row::as_select())
        .load(conn)?;
    all(rows, from_row)
}

/// Tickets of these customer records that are not resolved and that the actor may see, the newest change
/// first.
pub fn open_of_customers(
    conn: &mut Conn,
    actor: &Actor,
    records: &[CustomerId],
    limit: i64,
) -> Result<Vec<Ticket>, StoreError> {
    let records: Vec<i64> = records.iter().map(|id| id.get()).collect();
    let rows: Vec<Row> = tickets::table
        .filter(tickets::customer_id.eq_any(records))
        .filter(tickets::category.ne(StatusCategory::Resolved.code()))
        .filter(visible_to(actor))
        .order(tickets::updated_key.desc())
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    all(rows, from_row)
}

/// Holds a ticket against other writers until the end of the transaction. SQLite has one writer
/// and needs no lock.
pub fn lock(conn: &mut Conn, id: TicketId) -> Result<(), StoreError> {
    if let Conn::Pg(c) = conn {
        let row = tickets::table.filter(tickets::id.eq(id.get())).select(tickets::id);
        row.for_update().first::<i64>(c).optional()?;
    }
    Ok(())
}

/// The first ticket's number; PostgreSQL's sequence starts with it as well.
const FIRST_NUMBER: i64 = 1_001;

/// The next human number.
pub fn next_number(conn: &mut Conn) -> Result<i64, StoreError> {
    #[derive(QueryableByName)]
    struct Next {
        #[diesel(sql_type = BigInt)]
        number: i64,
    }
    match conn {
        // A sequence: two writers never wait for each other. Numbers of failed ones are skipped.
        Conn::Pg(c) => {
            let next = diesel::sql_query("SELECT nextval('ticket_numbers') AS number");
            Ok(next.get_result::<Next>(c)?.number)
        }
        Conn::Sqlite(c) => {
            let highest = tickets::table.select(diesel::dsl::max(tickets::number));
            // The number of a ticket that was erased is not given again.
            let erased = erasures::table.select(diesel::dsl::max(erasures::highest_number));
            let both = diesel::select((highest.single_value(), erased.single_value()));
            let (highest, erased) = both.first::<(Option<i64>, Option<i64>)>(c)?;
            Ok(highest.unwrap_or(FIRST_NUMBER - 1).max(erased.unwrap_or(0)) + 1)
        }
    }
}

/// Inserts a new ticket.
pub fn insert(conn: &mut Conn, ticket: &Ticket) -> Result<(), StoreError> {
    let row = to_row(ticket);
    each!(conn, c => diesel::insert_into(tickets::table).values(row).execute(c))?;
    Ok(())
}

/// Writes a changed ticket back, if its stored version is still the one given.
pub fn update(conn: &mut Conn, ticket: &Ticket, version: i64) -> Result<bool, StoreError> {
    let stored =
        tickets::table.filter(tickets::id.eq(ticket.id.get())).filter(tickets::version.eq(version));
    let row = to_row(ticket);
    Ok(each!(conn, c => Kept(diesel::update(stored).set(row)).execute(c))? == 1)
}
