//! Links between tickets that belong together without being one.

use diesel::prelude::*;
use throughline_core::actor::Actor;
use throughline_core::id::TicketId;
use throughline_core::ticket::Ticket;
use throughline_core::ticket_link::{LinkKind, TicketLink};
use throughline_core::time::Instant;

use crate::conn::{Conn, each};
use crate::error::StoreError;
use crate::read::{all, known};
use crate::schema::{ticket_links, tickets};
use crate::tickets as tickets_table;

#[derive(Insertable)]
#[diesel(table_name = ticket_links)]
struct Row {
    ticket_id: i64,
    other_id: i64,
    kind: i16,
    created_at: i64,
}

/// Links a ticket to an older one. Two tickets are linked once: a second link changes nothing.
pub fn link(
    conn: &mut Conn,
    ticket: TicketId,
    older: TicketId,
    kind: LinkKind,
    now: Instant,
) -> Result<(), StoreError> {
    let (ticket_id, other_id) = (ticket.get(), older.get());
    let there = ticket_links::ticket_id.eq(ticket_id).and(ticket_links::other_id.eq(other_id));
    let back = ticket_links::ticket_id.eq(other_id).and(ticket_links::other_id.eq(ticket_id));
    let linked = ticket_links::table.filter(there.or(back));
    if ticket == older || linked.count().get_result::<i64>(conn)? > 0 {
        return Ok(());
    }
    let row = Row { ticket_id, other_id, kind: kind.code(), created_at: now.as_micros() };
    each!(conn, c => diesel::insert_into(ticket_links::table)
        .values(&row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

/// The newest ticket that continues another.
pub fn continuation(conn: &mut Conn, older: TicketId) -> Result<Option<TicketId>, StoreError> {
    let newest: Option<i64> = ticket_links::table
        .filter(ticket_links::other_id.eq(older.get()))
        .filter(ticket_links::kind.eq(LinkKind::Continues.code()))
        .order(ticket_links::ticket_id.desc())
        .select(ticket_links::ticket_id)
        .first(conn)
        .optional()?;
    Ok(newest.map(TicketId::from))
}

/// The links of a ticket to others that the actor may see, by the newest of the others first, below
/// an id.
pub fn of_ticket(
    conn: &mut Conn,
    actor: &Actor,
    ticket: TicketId,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<TicketLink>, StoreError> {
    let from = ticket_links::table.filter(ticket_links::ticket_id.eq(ticket.get()));
    let to = ticket_links::table.filter(ticket_links::other_id.eq(ticket.get()));
    let linked = tickets::id
        .eq_any(from.select(ticket_links::other_id))
        .or(tickets::id.eq_any(to.select(ticket_links::ticket_id)));
    let others: Vec<tickets_table::Row> = tickets::table
        .filter(linked)
        .filter(tickets::id.lt(before.unwrap_or(i64::MAX)))
        .filter(tickets_table::visible_to(actor))
        .order(tickets::id.desc())
        .limit(limit)
        .select(tickets_table::Row::as_select())
        .load(conn)?;
    let others = all(others, tickets_table::from_row)?;
    with_links(conn, ticket, &others)
}

/// How a ticket is linked to each of these.
fn with_links(
    conn: &mut Conn,
    ticket: TicketId,
    others: &[Ticket],
) -> Result<Vec<TicketLink>, StoreError> {
    let ids: Vec<i64> = others.iter().map(|other| other.id.get()).collect();
    let pair = ticket_links::other_id.eq_any(&ids).or(ticket_links::ticket_id.eq_any(&ids));
    let mine = ticket_links::ticket_id.eq(ticket.get()).or(ticket_links::other_id.eq(ticket.get()));
    let rows: Vec<(i64, i64, i16, i64)> = ticket_links::table
        .filter(mine)
        .filter(pair)
        .select((
            ticket_links::ticket_id,
            ticket_links::other_id,
            ticket_links::kind,
            ticket_links::created_at,
        ))
        .load(conn)?;
    let link = |other: &Ticket| {
        let id = other.id.get();
        let (_, older, kind, at) = rows.iter().find(|(a, b, _, _)| *a == id || *b == id)?;
        Some(from_row(*kind, *at, other, *older == id))
    };
    others.iter().filter_map(link).collect()
}

fn from_row(
    kind: i16,
    created_at: i64,
    other: &Ticket,
    to_older: bool,
) -> Result<TicketLink, StoreError> {
    Ok(TicketLink {
        kind: known("ticket_links.kind", kind, LinkKind::from_code(kind))?,
        to_older,
        other: other.id,
        number: other.number,
        subject: other.subject.clone(),
        category: other.category,
        created_at: Instant::from_micros(created_at),
    })
}
