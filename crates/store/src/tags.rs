//! Tags, and which tickets and customers bear them.

use std::collections::HashMap;

use diesel::prelude::*;
use throughline_core::id::{CustomerId, TagId, TicketId};
use throughline_core::tag::{Tag, TagName};
use throughline_core::time::Instant;

use crate::conn::{Conn, each};
use crate::error::StoreError;
use crate::lock::{self, Named};
use crate::schema::{customer_tags, tags, ticket_tags};

#[derive(Queryable, Selectable)]
#[diesel(table_name = tags)]
struct TagRow {
    id: i64,
    name: String,
    color: Option<String>,
    description: Option<String>,
    created_at: i64,
    version: i64,
}

impl From<TagRow> for Tag {
    fn from(row: TagRow) -> Self {
        Self {
            id: TagId::from(row.id),
            name: row.name,
            color: row.color,
            description: row.description,
            created_at: Instant::from_micros(row.created_at),
            version: row.version,
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = ticket_tags, treat_none_as_default_value = false)]
struct TicketTagRow {
    ticket_id: i64,
    tag_id: i64,
}

#[derive(Insertable)]
#[diesel(table_name = customer_tags, treat_none_as_default_value = false)]
struct CustomerTagRow {
    customer_id: i64,
    tag_id: i64,
}

/// The tag of this id.
pub fn get(conn: &mut Conn, id: TagId) -> Result<Option<Tag>, StoreError> {
    let row = tags::table.find(id.get()).select(TagRow::as_select()).first(conn).optional()?;
    Ok(row.map(Tag::from))
}

/// The tags of these ids by name; unknown ids are left out.
pub fn by_ids(conn: &mut Conn, ids: &[TagId]) -> Result<Vec<Tag>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
    let rows: Vec<TagRow> = tags::table
        .filter(tags::id.eq_any(ids))
        .order(tags::folded_name)
        .select(TagRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Tag::from).collect())
}

/// Holds names of tags, so that of several transactions only one at a time makes a tag of them. In
/// one order always, lest two transactions wait for each other.
pub fn hold(conn: &mut Conn, folded: &[&str]) -> Result<(), StoreError> {
    let mut sorted = folded.to_vec();
    sorted.sort_unstable();
    sorted.into_iter().try_for_each(|held| lock::name(conn, Named::Tag, held))
}

/// The tags with these folded names ([`TagName::folded`]) by name; unknown ones are left out.
pub fn find(conn: &mut Conn, folded: &[&str]) -> Result<Vec<Tag>, StoreError> {
    let rows: Vec<TagRow> = tags::table
        .filter(tags::folded_name.eq_any(folded))
        .order(tags::folded_name)
        .select(TagRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Tag::from).collect())
}

/// Up to `fetch` tags behind the id `after`, oldest first; only those whose folded name starts
/// with `prefix` when one is given.
pub fn list(
    conn: &mut Conn,
    prefix: Option<&str>,
    after: Option<i64>,
    fetch: i64,
) -> Result<Vec<Tag>, StoreError> {
    let mut query = tags::table
        .filter(tags::id.gt(after.unwrap_or(i64::MIN)))
        .order(tags::id)
        .limit(fetch)
        .select(TagRow::as_select())
        .into_boxed();
    if let Some(prefix) = prefix {
        // A range instead of LIKE: nothing to escape, and both databases compare bytes here.
        let end = format!("{prefix}\u{10ffff}");
        query = query.filter(tags::folded_name.ge(prefix)).filter(tags::folded_name.lt(end));
    }
    let rows: Vec<TagRow> = query.load(conn)?;
    Ok(rows.into_iter().map(Tag::from).collect())
}

/// Adds a tag. Fails with the rule `tags_folded_name` when the name is taken.
pub fn insert(conn: &mut Conn, tag: &Tag, name: &TagName) -> Result<(), StoreError> {
    diesel::insert_into(tags::table)
        .values((
            tags::id.eq(tag.id.get()),
            tags::name.eq(name.as_str()),
            tags::folded_name.eq(name.folded()),
            tags::color.eq(tag.color.as_deref()),
            tags::description.eq(tag.description.as_deref()),
            tags::created_at.eq(tag.created_at.as_micros()),
            tags::version.eq(tag.version),
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes a tag's fields over those of the version before; `false` when that is no longer there.
/// The folded name is written only with a new `name`.
pub fn update(
    conn: &mut Conn,
    tag: &Tag,
    name: Option<&TagName>,
    before: i64,
) -> Result<bool, StoreError> {
    let row = tags::table.filter(tags::id.eq(tag.id.get())).filter(tags::version.eq(before));
    let changed = diesel::update(row)
        .set((
            name.map(|n| tags::name.eq(n.as_str().to_owned())),
            name.map(|n| tags::folded_name.eq(n.folded().to_owned())),
            tags::color.eq(tag.color.as_deref()),
            tags::description.eq(tag.description.as_deref()),
            tags::version.eq(tag.version),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Removes a tag from everything and for good; `false` when there was none.
pub fn delete(conn: &mut Conn, id: TagId) -> Result<bool, StoreError> {
    Ok(diesel::delete(tags::table.find(id.get())).execute(conn)? == 1)
}

/// The tags of tickets, each ticket's by name. Tickets without tags are left out.
pub fn of_tickets(
    conn: &mut Conn,
    tickets: &[TicketId],
) -> Result<HashMap<TicketId, Vec<Tag>>, StoreError> {
    let ids: Vec<i64> = tickets.iter().map(|id| id.get()).collect();
    let rows: Vec<(i64, TagRow)> = ticket_tags::table
        .inner_join(tags::table.on(tags::id.eq(ticket_tags::tag_id)))
        .filter(ticket_tags::ticket_id.eq_any(ids))
        .order(tags::folded_name)
        .select((ticket_tags::ticket_id, TagRow::as_select()))
        .load(conn)?;
    Ok(grouped(rows))
}

/// The tags of customers, each customer's by name. Customers without tags are left out.
pub fn of_customers(
    conn: &mut Conn,
    customers: &[CustomerId],
) -> Result<HashMap<CustomerId, Vec<Tag>>, StoreError> {
    let ids: Vec<i64> = customers.iter().map(|id| id.get()).collect();
    let rows: Vec<(i64, TagRow)> = customer_tags::table
        .inner_join(tags::table.on(tags::id.eq(customer_tags::tag_id)))
        .filter(customer_tags::customer_id.eq_any(ids))
        .order(tags::folded_name)
        .select((customer_tags::customer_id, TagRow::as_select()))
        .load(conn)?;
    Ok(grouped(rows))
}

fn grouped<K: From<i64> + Eq + std::hash::Hash>(rows: Vec<(i64, TagRow)>) -> HashMap<K, Vec<Tag>> {
    let mut by_owner: HashMap<K, Vec<Tag>> = HashMap::new();
    for (owner, row) in rows {
        by_owner.entry(K::from(owner)).or_default().push(Tag::from(row));
    }
    by_owner
}

/// Puts tags on a ticket; those it bears already stay. Answers how many are new.
pub fn put_on_ticket(
    conn: &mut Conn,
    ticket: TicketId,
    ids: &[TagId],
) -> Result<usize, StoreError> {
    let row = |id: &TagId| TicketTagRow { ticket_id: ticket.get(), tag_id: id.get() };
    let rows: Vec<TicketTagRow> = ids.iter().map(row).collect();
    if rows.is_empty() {
        return Ok(0);
    }
    let insert = diesel::insert_into(ticket_tags::table).values(&rows).on_conflict_do_nothing();
    Ok(each!(conn, c => insert.execute(c))?)
}

/// Takes tags from a ticket. Answers how many it bore.
pub fn take_from_ticket(
    conn: &mut Conn,
    ticket: TicketId,
    ids: &[TagId],
) -> Result<usize, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
    let of_ticket = ticket_tags::table.filter(ticket_tags::ticket_id.eq(ticket.get()));
    Ok(diesel::delete(of_ticket.filter(ticket_tags::tag_id.eq_any(ids))).execute(conn)?)
}

/// Puts tags on a customer; those it bears already stay. Answers how many are new.
pub fn put_on_customer(
    conn: &mut Conn,
    customer: CustomerId,
    ids: &[TagId],
) -> Result<usize, StoreError> {
    let row = |id: &TagId| CustomerTagRow { customer_id: customer.get(), tag_id: id.get() };
    let rows: Vec<CustomerTagRow> = ids.iter().map(row).collect();
    if rows.is_empty() {
        return Ok(0);
    }
    let insert = diesel::insert_into(customer_tags::table).values(&rows).on_conflict_do_nothing();
    Ok(each!(conn, c => insert.execute(c))?)
}

/// Takes tags from a customer. Answers how many it bore.
pub fn take_from_customer(
    conn: &mut Conn,
    customer: CustomerId,
    ids: &[TagId],
) -> Result<usize, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
    let of_customer = customer_tags::table.filter(customer_tags::customer_id.eq(customer.get()));
    Ok(diesel::delete(of_customer.filter(customer_tags::tag_id.eq_any(ids))).execute(conn)?)
}
