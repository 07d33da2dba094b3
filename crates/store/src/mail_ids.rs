//! Every Message-ID ever seen, in whichever header, and the tickets it led to.

use diesel::prelude::*;
use throughline_core::id::{CustomerId, InboxId, ItemId, TicketId};
use throughline_core::threading::Sighting;
use throughline_core::time::Instant;

use crate::conn::{Conn, each, insert_rows};
use crate::error::StoreError;
use crate::schema::{mail_ids, tickets, timeline_items};

/// Sightings read per lookup at the most: an id of a mass mailing is in many tickets.
const MAX_SIGHTINGS: i64 = 500;

/// An id, its ticket, its item, and the ticket's customer and inbox.
type Seen = (String, i64, Option<i64>, i64, i64);

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
                mail_ids::ticket_id,
                mail_ids::item_id,
                tickets::customer_id,
                tickets::inbox_id,
            ))
    };
}

/// What is known of these ids, for a mail from this customer into this inbox.
pub fn sightings(
    conn: &mut Conn,
    ids: &[String],
    inbox: InboxId,
    sender: Option<CustomerId>,
) -> Result<Vec<Sighting>, StoreError> {
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
    let sighting = |(mail_id, ticket, item, customer, its_inbox): Seen| Sighting {
        mail_id,
        ticket: TicketId::from(ticket),
        item: item.map(ItemId::from),
        sender_takes_part: sender.is_some_and(|s| s.get() == customer),
        same_inbox: inbox.get() == its_inbox,
    };
    Ok(rows.into_iter().map(sighting).collect())
}

/// The stored messages that carry this id as their own, in the given inbox.
pub fn carriers(conn: &mut Conn, mail_id: &str, inbox: InboxId) -> Result<Vec<ItemId>, StoreError> {
    let rows: Vec<i64> = mail_ids::table
        .inner_join(timeline_items::table.on(mail_ids::item_id.eq(timeline_items::id.nullable())))
        .filter(mail_ids::mail_id.eq(mail_id))
        .filter(timeline_items::inbox_id.eq(inbox.get()))
        .select(timeline_items::id)
        .limit(MAX_SIGHTINGS)
        .load(conn)?;
    Ok(rows.into_iter().map(ItemId::from).collect())
}

#[derive(Insertable)]
#[diesel(table_name = mail_ids, treat_none_as_default_value = false)]
struct Row<'a> {
    mail_id: &'a str,
    ticket_id: i64,
    item_id: Option<i64>,
    seen_at: i64,
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
    let row = |mail_id, item_id| Row {
        mail_id,
        ticket_id: ticket.get(),
        item_id,
        seen_at: now.as_micros(),
    };
    let named: Vec<Row<'_>> =
        named.iter().filter(|id| Some(id.as_str()) != own).map(|id| row(id, None)).collect();
    insert_rows!(conn, mail_ids::table, named, on_conflict_do_nothing);
    let Some(own) = own else { return Ok(()) };
    // The id may have been named before its own message came: now there is an item to point at.
    let item_id = Some(item.get());
    each!(conn, c => diesel::insert_into(mail_ids::table)
        .values(row(own, item_id))
        .on_conflict((mail_ids::mail_id, mail_ids::ticket_id))
        .do_update()
        .set(mail_ids::item_id.eq(item_id))
        .execute(c))?;
    Ok(())
}
