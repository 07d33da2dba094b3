//! Every Message-ID ever seen, in whichever header, and the tickets it led to.

use diesel::prelude::*;
use throughline_core::id::{CustomerId, InboxId, ItemId, TicketId};
use throughline_core::threading::{Carrier, NamedTicket, Sighting};
use throughline_core::time::Instant;

use crate::conn::{Conn, Kept, each, insert_rows};
use crate::error::StoreError;
use crate::schema::{mail_ids, tickets, timeline_items};

/// Sightings read per lookup at the most: an id of a mass mailing is in many tickets.
const MAX_SIGHTINGS: i64 = 500;

/// An id, the item that carries it with what is known of that, and its ticket.
type Seen = (String, Option<i64>, bool, bool, (i64, i64, i64, i64, Option<i64>));

/// The newest tickets to which ids led.
macro_rules! seen {
    ($which:expr) => {
        mail_ids::table
            .inner_join(tickets::table.on(tickets::id.eq(mail_ids::ticket_id)))
            .filter($which)
            .order(mail_ids::ticket_id.desc())
            .limit(MAX_SIGHTINGS)
            .select((
                mail_ids::mail_id,
                mail_ids::item_id,
                mail_ids::bulk,
                mail_ids::moved,
                (
                    tickets::id,
                    tickets::number,
                    tickets::customer_id,
                    tickets::inbox_id,
                    tickets::resolved_at,
                ),
            ))
    };
}

/// What is known of these ids.
pub fn sightings(conn: &mut Conn, ids: &[String]) -> Result<Vec<Sighting>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Seen> = match conn {
        Conn::Pg(c) => seen!(mail_ids::mail_id.eq_any(ids)).load(c)?,
        // One by one by a statement that stays prepared: a mail names one or two, as a rule.
        Conn::Sqlite(c) => {
            let mut rows = Vec::new();
            for id in ids {
                rows.extend(seen!(mail_ids::mail_id.eq(id)).load::<Seen>(c)?);
            }
            rows
        }
    };
    Ok(rows.into_iter().map(sighting).collect())
}

fn sighting((mail_id, item, bulk, moved, ticket): Seen) -> Sighting {
    let (id, number, customer, inbox, resolved_at) = ticket;
    let ticket = NamedTicket {
        id: TicketId::from(id),
        number,
        customer: CustomerId::from(customer),
        inbox: InboxId::from(inbox),
        resolved_at: resolved_at.map(Instant::from_micros),
    };
    let carrier = item.map(|item| Carrier { item: ItemId::from(item), bulk, moved });
    Sighting { mail_id, ticket, carrier }
}

/// The stored messages that carry this id as their own, in the given inbox.
pub fn carriers(conn: &mut Conn, mail_id: &str, inbox: InboxId) -> Result<Vec<ItemId>, StoreError> {
    let carriers = mail_ids::table
        .inner_join(timeline_items::table.on(mail_ids::item_id.eq(timeline_items::id.nullable())))
        .filter(mail_ids::mail_id.eq(mail_id))
        .filter(timeline_items::inbox_id.eq(inbox.get()))
        .select(timeline_items::id)
        .limit(MAX_SIGHTINGS);
    let rows: Vec<i64> = each!(conn, c => carriers.load(c))?;
    Ok(rows.into_iter().map(ItemId::from).collect())
}

/// The ids that a message carries as its own.
pub fn of_item(conn: &mut Conn, item: ItemId) -> Result<Vec<String>, StoreError> {
    let own = mail_ids::table.filter(mail_ids::item_id.eq(item.get()));
    Ok(own.select(mail_ids::mail_id).limit(MAX_SIGHTINGS).load(conn)?)
}

#[derive(Insertable)]
#[diesel(table_name = mail_ids, treat_none_as_default_value = false)]
struct Row<'a> {
    mail_id: &'a str,
    ticket_id: i64,
    item_id: Option<i64>,
    seen_at: i64,
    bulk: bool,
    moved: bool,
}

/// A message of a ticket, and the ids that lead there from now on.
#[derive(Debug, Clone, Copy)]
pub struct Noted<'a> {
    /// The ticket.
    pub ticket: TicketId,
    /// The message.
    pub item: ItemId,
    /// The id that it carries as its own.
    pub own: Option<&'a str>,
    /// Those that it only names.
    pub named: &'a [String],
    /// Whether it was sent to many, by a list or by a machine.
    pub bulk: bool,
}

/// Notes ids that led to a ticket: `own` is carried by `item`, the others were only named.
pub fn note(
    conn: &mut Conn,
    ticket: TicketId,
    item: ItemId,
    own: Option<&str>,
    named: &[String],
    now: Instant,
) -> Result<(), StoreError> {
    note_message(conn, Noted { ticket, item, own, named, bulk: false }, now)
}

/// Notes the ids of a message.
pub fn note_message(conn: &mut Conn, noted: Noted<'_>, now: Instant) -> Result<(), StoreError> {
    let Noted { ticket, item, own, named, bulk } = noted;
    let row = |mail_id, item_id, bulk| Row {
        mail_id,
        ticket_id: ticket.get(),
        item_id,
        seen_at: now.as_micros(),
        bulk,
        moved: false,
    };
    let named = named.iter().filter(|id| Some(id.as_str()) != own);
    let named: Vec<Row<'_>> = named.map(|id| row(id, None, false)).collect();
    insert_rows!(conn, mail_ids::table, named, on_conflict_do_nothing);
    let Some(own) = own else { return Ok(()) };
    // The id may have been named before its own message came: now there is an item to point at.
    let item_id = Some(item.get());
    let upsert = diesel::insert_into(mail_ids::table)
        .values(row(own, item_id, bulk))
        .on_conflict((mail_ids::mail_id, mail_ids::ticket_id))
        .do_update()
        .set((mail_ids::item_id.eq(item_id), mail_ids::bulk.eq(bulk)));
    each!(conn, c => Kept(upsert).execute(c))?;
    Ok(())
}

/// Lets the ids of a message lead to another ticket: those it carries, and of those it names the ones
/// that no message carries. An id whose message stays where it is goes on leading there.
pub fn teach(
    conn: &mut Conn,
    item: ItemId,
    from: TicketId,
    to: TicketId,
    named: &[String],
) -> Result<(), StoreError> {
    let own = of_item(conn, item)?;
    let carried: Vec<String> = mail_ids::table
        .filter(mail_ids::mail_id.eq_any(named))
        .filter(mail_ids::item_id.is_not_null())
        .select(mail_ids::mail_id)
        .load(conn)?;
    let loose = named.iter().filter(|id| !carried.contains(id));
    for id in own.iter().chain(loose) {
        let there = mail_ids::table
            .filter(mail_ids::mail_id.eq(id))
            .filter(mail_ids::ticket_id.eq(from.get()));
        let known = there.select(mail_ids::mail_id).first::<String>(conn).optional()?;
        if known.is_none() {
            continue;
        }
        let target = mail_ids::table
            .filter(mail_ids::mail_id.eq(id))
            .filter(mail_ids::ticket_id.eq(to.get()));
        diesel::delete(target).execute(conn)?;
        let taught = (mail_ids::ticket_id.eq(to.get()), mail_ids::moved.eq(true));
        diesel::update(there).set(taught).execute(conn)?;
    }
    Ok(())
}
