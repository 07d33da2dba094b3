//! Mails and replies to chats on their way out, and how fast inboxes may send. When to try again is not
//! decided here.

use diesel::prelude::*;
use throughline_core::id::{CustomerId, InboxId, ItemId, TicketId};
use throughline_core::outgoing::Outgoing;
use throughline_core::time::Instant;
use throughline_core::timeline::SendState;

use crate::conn::{Both, Conn, Kept, each};
use crate::error::StoreError;
use crate::read::{from_json, known, to_json};
use crate::schema::{mail_ids, outgoing_mails, send_paces, timeline_items};

/// Mails of one ticket that wait, read at the most: nobody schedules that many.
const MAX_WAITING: i64 = 200;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = outgoing_mails, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    item_id: i64,
    inbox_id: i64,
    ticket_id: i64,
    message_id: String,
    state: i16,
    /// Not before; after a deferral the next try.
    send_at: i64,
    stop_on_answer: bool,
    automatic: bool,
    deferrals: i32,
    first_tried_at: Option<i64>,
    sending_since: Option<i64>,
    reached: String,
    refused: String,
    words: Option<String>,
    updated_at: i64,
    progress: Option<String>,
}

fn to_row(mail: &Outgoing, now: Instant) -> Result<Row, StoreError> {
    Ok(Row {
        item_id: mail.item.get(),
        inbox_id: mail.inbox.get(),
        ticket_id: mail.ticket.get(),
        message_id: mail.message_id.clone(),
        state: mail.state.code(),
        send_at: mail.due_at.as_micros(),
        stop_on_answer: mail.stop_on_answer,
        automatic: mail.automatic,
        deferrals: i32::try_from(mail.deferrals).unwrap_or(i32::MAX),
        first_tried_at: mail.first_tried_at.map(Instant::as_micros),
        sending_since: mail.sending_since.map(Instant::as_micros),
        reached: to_json(&mail.reached)?,
        refused: to_json(&mail.refused)?,
        words: mail.words.clone(),
        updated_at: now.as_micros(),
        progress: mail.progress.clone(),
    })
}

fn from_row(row: Row) -> Result<Outgoing, StoreError> {
    Ok(Outgoing {
        item: ItemId::from(row.item_id),
        inbox: InboxId::from(row.inbox_id),
        ticket: TicketId::from(row.ticket_id),
        message_id: row.message_id,
        state: known("outgoing_mails.state", row.state, SendState::from_code(row.state))?,
        due_at: Instant::from_micros(row.send_at),
        stop_on_answer: row.stop_on_answer,
        automatic: row.automatic,
        deferrals: u32::try_from(row.deferrals).unwrap_or_default(),
        first_tried_at: row.first_tried_at.map(Instant::from_micros),
        sending_since: row.sending_since.map(Instant::from_micros),
        reached: from_json("outgoing_mails.reached", &row.reached)?,
        refused: from_json("outgoing_mails.refused", &row.refused)?,
        words: row.words,
        progress: row.progress,
    })
}

/// Writes a new one.
pub fn insert(conn: &mut Conn, mail: &Outgoing, now: Instant) -> Result<(), StoreError> {
    let row = to_row(mail, now)?;
    each!(conn, c => diesel::insert_into(outgoing_mails::table).values(&row).execute(c))?;
    Ok(())
}

/// Writes over the one of the same item. Hold it first.
pub fn update(conn: &mut Conn, mail: &Outgoing, now: Instant) -> Result<(), StoreError> {
    let row = to_row(mail, now)?;
    let stored = outgoing_mails::table.filter(outgoing_mails::item_id.eq(row.item_id));
    each!(conn, c => diesel::update(stored).set(&row).execute(c))?;
    Ok(())
}

/// The mail of an item.
pub fn get(conn: &mut Conn, item: ItemId) -> Result<Option<Outgoing>, StoreError> {
    let row: Option<Row> = outgoing_mails::table
        .filter(outgoing_mails::item_id.eq(item.get()))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(from_row).transpose()
}

/// The same, held against other writers until the end of the transaction.
pub fn hold(conn: &mut Conn, item: ItemId) -> Result<Option<Outgoing>, StoreError> {
    if let Conn::Pg(c) = conn {
        let row = outgoing_mails::table.filter(outgoing_mails::item_id.eq(item.get()));
        row.select(outgoing_mails::item_id).for_update().first::<i64>(c).optional()?;
    }
    get(conn, item)
}

/// The mails of a ticket that are not to be sent when its customer writes first, and still wait.
pub fn stopped_by_answer(conn: &mut Conn, ticket: TicketId) -> Result<Vec<ItemId>, StoreError> {
    let waiting = [SendState::Queued, SendState::Deferred].map(SendState::code);
    let stopped = outgoing_mails::table
        .filter(outgoing_mails::ticket_id.eq(ticket.get()))
        .filter(outgoing_mails::state.eq_any(waiting))
        .filter(outgoing_mails::stop_on_answer.eq(true))
        .order(outgoing_mails::item_id)
        .limit(MAX_WAITING)
        .select(outgoing_mails::item_id);
    let rows: Vec<i64> = each!(conn, c => Kept(stopped).load(c))?;
    Ok(rows.into_iter().map(ItemId::from).collect())
}

/// What was sent to a customer by an inbox or waits to be, the newest first; of what is long over, the
/// oldest may be left out.
pub fn sent_or_waiting(
    conn: &mut Conn,
    inbox: InboxId,
    customer: CustomerId,
) -> Result<Vec<ItemId>, StoreError> {
    let states = [SendState::Queued, SendState::Deferred, SendState::Sent].map(SendState::code);
    let found = outgoing_mails::table
        .inner_join(timeline_items::table.on(timeline_items::id.eq(outgoing_mails::item_id)))
        .filter(outgoing_mails::inbox_id.eq(inbox.get()))
        .filter(outgoing_mails::state.eq_any(states))
        .filter(timeline_items::customer_id.eq(customer.get()))
        .order(outgoing_mails::item_id.desc())
        .limit(MAX_WAITING)
        .select(outgoing_mails::item_id);
    let rows: Vec<i64> = each!(conn, c => Kept(found).load(c))?;
    Ok(rows.into_iter().map(ItemId::from).collect())
}

/// Whether anything of a ticket is being handed over, by a try that began since an instant and whose end
/// is not known.
pub fn is_under_way(conn: &mut Conn, ticket: TicketId, since: Instant) -> Result<bool, StoreError> {
    let waiting = [SendState::Queued, SendState::Deferred].map(SendState::code);
    let begun = outgoing_mails::table
        .filter(outgoing_mails::ticket_id.eq(ticket.get()))
        .filter(outgoing_mails::state.eq_any(waiting))
        .filter(outgoing_mails::sending_since.ge(since.as_micros()))
        .select(outgoing_mails::item_id)
        .limit(1);
    let found: Vec<i64> = each!(conn, c => Kept(begun).load(c))?;
    Ok(!found.is_empty())
}

/// The Message-IDs of a ticket's messages that were known when an item was written, newest first: at
/// most `limit` of them. What was never sent is left out, since nobody else knows it.
pub fn thread_of(
    conn: &mut Conn,
    ticket: TicketId,
    item: ItemId,
    known_at: Instant,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    let outgoing = outgoing_mails::table.on(outgoing_mails::item_id.eq(timeline_items::id));
    let sent = outgoing_mails::state.is_null().or(outgoing_mails::state
        .eq_any([SendState::Sent, SendState::Bounced].map(SendState::code))
        .assume_not_null());
    let rows: Vec<String> = mail_ids::table
        .inner_join(timeline_items::table.on(mail_ids::item_id.eq(timeline_items::id.nullable())))
        .left_join(outgoing)
        .filter(mail_ids::ticket_id.eq(ticket.get()))
        .filter(timeline_items::created_at.le(known_at.as_micros()))
        .filter(timeline_items::id.ne(item.get()))
        .filter(sent)
        .order(timeline_items::order_key.desc())
        .limit(limit)
        .select(mail_ids::mail_id)
        .load(conn)?;
    Ok(rows)
}

/// When an inbox's bucket will be full again; `None` when it never sent.
pub fn pace(conn: &mut Conn, inbox: InboxId) -> Result<Option<Instant>, StoreError> {
    let full_at: Option<i64> = send_paces::table
        .filter(send_paces::inbox_id.eq(inbox.get()))
        .select(send_paces::full_at)
        .first(conn)
        .optional()?;
    Ok(full_at.map(Instant::from_micros))
}

/// The same, held against other writers until the end of the transaction; what is not there is not.
pub fn hold_pace(conn: &mut Conn, inbox: InboxId) -> Result<Option<Instant>, StoreError> {
    if let Conn::Pg(c) = conn {
        let row = send_paces::table.filter(send_paces::inbox_id.eq(inbox.get()));
        row.select(send_paces::inbox_id).for_update().first::<i64>(c).optional()?;
    }
    pace(conn, inbox)
}

/// Sets it if it is still what was read before; says whether it was.
pub fn set_pace(
    conn: &mut Conn,
    inbox: InboxId,
    before: Option<Instant>,
    after: Instant,
) -> Result<bool, StoreError> {
    let (id, full_at) = (inbox.get(), after.as_micros());
    let changed = match before {
        Some(before) => {
            let same = send_paces::table
                .filter(send_paces::inbox_id.eq(id))
                .filter(send_paces::full_at.eq(before.as_micros()));
            diesel::update(same).set(send_paces::full_at.eq(full_at)).execute(conn)?
        }
        None => {
            let row = (send_paces::inbox_id.eq(id), send_paces::full_at.eq(full_at));
            let first = diesel::insert_into(send_paces::table).values(row);
            Both(first.on_conflict_do_nothing()).execute(conn)?
        }
    };
    Ok(changed == 1)
}
