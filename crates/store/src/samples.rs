//! The sample data: what of it there is, and its removal. What belongs to it, and in which order it goes, is
//! decided in `app`.

use diesel::prelude::*;
use throughline_core::id::{CustomerId, DeliveryId, InboxId, ItemId, TicketId};
use throughline_core::timeline::{AuthorKind, ItemKind};

use crate::conn::Conn;
use crate::error::StoreError;
use crate::schema::{
    customer_tags, deliveries, domain_events, item_tags, tags, ticket_tags, tickets, timeline_items,
};

/// The most sample mails that are looked for; there are some dozens.
const MOST: i64 = 5_000;

/// A sample mail in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleMail {
    /// The delivery.
    pub delivery: DeliveryId,
    /// What became of it.
    pub item: Option<ItemId>,
    /// Whether it was processed.
    pub done: bool,
}

/// A ticket that a sample mail is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleTicket {
    /// The ticket.
    pub id: TicketId,
    /// Its number.
    pub number: i64,
    /// Whose it is.
    pub customer: CustomerId,
}

/// What agents do in a ticket while they try the product out; everything else came from outside.
fn own_kinds() -> [i16; 6] {
    use ItemKind::{Brief, Change, Merge, Message, Note, Promise};
    [Message, Note, Change, Promise, Brief, Merge].map(ItemKind::code)
}

fn numbers<T: Copy>(ids: &[T], number: impl Fn(T) -> i64) -> Vec<i64> {
    ids.iter().map(|id| number(*id)).collect()
}

/// The sample mails of an inbox: those whose name at their source begins so.
pub fn mails(conn: &mut Conn, inbox: InboxId, prefix: &str) -> Result<Vec<SampleMail>, StoreError> {
    let rows: Vec<(i64, Option<i64>, Option<i64>)> = deliveries::table
        .filter(deliveries::inbox_id.eq(inbox.get()))
        .filter(deliveries::external_id.like(format!("{prefix}%")))
        .order(deliveries::id)
        .limit(MOST)
        .select((deliveries::id, deliveries::item_id, deliveries::processed_at))
        .load(conn)?;
    let mail = |(id, item, processed): (i64, Option<i64>, Option<i64>)| SampleMail {
        delivery: DeliveryId::from(id),
        item: item.map(ItemId::from),
        done: processed.is_some(),
    };
    Ok(rows.into_iter().map(mail).collect())
}

/// The tickets that these items are in, and the customers whose these items are.
pub fn around(
    conn: &mut Conn,
    items: &[ItemId],
) -> Result<(Vec<SampleTicket>, Vec<CustomerId>), StoreError> {
    let ids = numbers(items, ItemId::get);
    let rows: Vec<(i64, Option<i64>)> = timeline_items::table
        .filter(timeline_items::id.eq_any(ids))
        .select((timeline_items::customer_id, timeline_items::ticket_id))
        .load(conn)?;
    let named: Vec<i64> = rows.iter().filter_map(|(_, ticket)| *ticket).collect();
    let of: Vec<(i64, i64, i64)> = tickets::table
        .filter(tickets::id.eq_any(named))
        .order(tickets::id)
        .select((tickets::id, tickets::number, tickets::customer_id))
        .load(conn)?;
    let mut customers: Vec<i64> = rows.into_iter().map(|(customer, _)| customer).collect();
    customers.sort_unstable();
    customers.dedup();
    let ticket = |(id, number, customer)| SampleTicket {
        id: TicketId::from(id),
        number,
        customer: CustomerId::from(customer),
    };
    let tickets = of.into_iter().map(ticket).collect();
    Ok((tickets, customers.into_iter().map(CustomerId::from).collect()))
}

/// Whether something is in a ticket that came from outside and is none of these items.
pub fn is_joined(conn: &mut Conn, ticket: TicketId, own: &[ItemId]) -> Result<bool, StoreError> {
    let came = timeline_items::author_kind
        .eq_any([AuthorKind::Customer.code(), AuthorKind::Key.code()])
        .or(timeline_items::kind.ne_all(own_kinds()));
    let other = timeline_items::table
        .filter(timeline_items::ticket_id.eq(ticket.get()))
        .filter(timeline_items::id.ne_all(numbers(own, ItemId::get)))
        .filter(came)
        .select(timeline_items::id);
    Ok(other.first::<i64>(conn).optional()?.is_some())
}

/// All items of tickets.
pub fn items_of(conn: &mut Conn, of: &[TicketId]) -> Result<Vec<ItemId>, StoreError> {
    let ids: Vec<i64> = timeline_items::table
        .filter(timeline_items::ticket_id.eq_any(numbers(of, TicketId::get)))
        .order(timeline_items::id)
        .select(timeline_items::id)
        .load(conn)?;
    Ok(ids.into_iter().map(ItemId::from).collect())
}

/// The items of a customer that are in no ticket and did not come from outside.
pub fn own_items(conn: &mut Conn, customer: CustomerId) -> Result<Vec<ItemId>, StoreError> {
    let came = [AuthorKind::Customer.code(), AuthorKind::Key.code()];
    let ids: Vec<i64> = timeline_items::table
        .filter(timeline_items::customer_id.eq(customer.get()))
        .filter(timeline_items::ticket_id.is_null())
        .filter(timeline_items::author_kind.ne_all(came))
        .filter(timeline_items::kind.eq_any(own_kinds()))
        .order(timeline_items::order_key)
        .select(timeline_items::id)
        .load(conn)?;
    Ok(ids.into_iter().map(ItemId::from).collect())
}

/// Whether a customer still has anything.
pub fn has_left(conn: &mut Conn, customer: CustomerId) -> Result<bool, StoreError> {
    let item = timeline_items::table.filter(timeline_items::customer_id.eq(customer.get()));
    let ticket = tickets::table.filter(tickets::customer_id.eq(customer.get()));
    Ok(item.select(timeline_items::id).first::<i64>(conn).optional()?.is_some()
        || ticket.select(tickets::id).first::<i64>(conn).optional()?.is_some())
}

/// Removes mails from the ledger. Answers with the blobs that they named.
pub fn drop_mails(conn: &mut Conn, ids: &[DeliveryId]) -> Result<Vec<String>, StoreError> {
    let rows = deliveries::table.filter(deliveries::id.eq_any(numbers(ids, DeliveryId::get)));
    let blobs = rows.clone().select(deliveries::blob).load(conn)?;
    diesel::delete(rows).execute(conn)?;
    Ok(blobs)
}

/// Removes the events of tickets and customers. One that is newer and has its position must stay, since
/// positions are counted on from the highest.
pub fn drop_events(
    conn: &mut Conn,
    of_tickets: &[TicketId],
    of_customers: &[CustomerId],
) -> Result<usize, StoreError> {
    let tickets = numbers(of_tickets, TicketId::get);
    let customers = numbers(of_customers, CustomerId::get);
    let theirs = domain_events::table.filter(domain_events::ticket_id.eq_any(tickets));
    let gone = diesel::delete(theirs).execute(conn)?;
    let theirs = domain_events::table.filter(domain_events::customer_id.eq_any(customers));
    Ok(gone + diesel::delete(theirs).execute(conn)?)
}

/// Removes a tag that nothing has any more.
pub fn drop_unused_tag(conn: &mut Conn, folded: &str) -> Result<bool, StoreError> {
    let tag = tags::table.filter(tags::folded_name.eq(folded)).select(tags::id);
    let Some(id) = tag.first::<i64>(conn).optional()? else { return Ok(false) };
    let on_ticket = ticket_tags::table.filter(ticket_tags::tag_id.eq(id));
    let on_customer = customer_tags::table.filter(customer_tags::tag_id.eq(id));
    let on_item = item_tags::table.filter(item_tags::tag_id.eq(id));
    if on_ticket.select(ticket_tags::tag_id).first::<i64>(conn).optional()?.is_some()
        || on_customer.select(customer_tags::tag_id).first::<i64>(conn).optional()?.is_some()
        || on_item.select(item_tags::tag_id).first::<i64>(conn).optional()?.is_some()
    {
        return Ok(false);
    }
    diesel::delete(tags::table.find(id)).execute(conn)?;
    Ok(true)
}
