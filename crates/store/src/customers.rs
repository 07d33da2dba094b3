//! Customer records. No door to them without the actor's visibility.

use std::collections::HashMap;

use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable};
use throughline_core::actor::{Actor, Sees};
use throughline_core::customer::Customer;
use throughline_core::id::{AgentId, CustomerId, InboxId, ItemId, OrganizationId, TagId, TeamId};
use throughline_core::query::CustomerQuery;
use throughline_core::time::Instant;
use throughline_core::timeline::OrderKey;

use crate::conn::{Conn, MultiBackend};
use crate::error::StoreError;
use crate::merges::absorbed;
use crate::schema::{customer_tags, customers, identities, profile_fields, tickets};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = customers, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    name: Option<String>,
    organization_id: Option<i64>,
    language: Option<String>,
    time_zone: Option<String>,
    demo: bool,
    created_at: i64,
    updated_at: i64,
    last_activity_at: i64,
    activity_key: i64,
    version: i64,
    canonical_id: Option<i64>,
}

fn from_row(row: Row) -> Customer {
    Customer {
        id: CustomerId::from(row.id),
        name: row.name,
        organization: row.organization_id.map(OrganizationId::from),
        language: row.language,
        time_zone: row.time_zone,
        canonical: row.canonical_id.map(CustomerId::from),
        demo: row.demo,
        created_at: Instant::from_micros(row.created_at),
        updated_at: Instant::from_micros(row.updated_at),
        last_activity_at: Instant::from_micros(row.last_activity_at),
        activity_key: row.activity_key,
        version: row.version,
    }
}

fn to_row(customer: &Customer) -> Row {
    Row {
        id: customer.id.get(),
        name: customer.name.clone(),
        organization_id: customer.organization.map(OrganizationId::get),
        language: customer.language.clone(),
        time_zone: customer.time_zone.clone(),
        demo: customer.demo,
        created_at: customer.created_at.as_micros(),
        updated_at: customer.updated_at.as_micros(),
        last_activity_at: customer.last_activity_at.as_micros(),
        activity_key: customer.activity_key,
        version: customer.version,
        canonical_id: customer.canonical.map(CustomerId::get),
    }
}

type Filter = Box<dyn BoxableExpression<customers::table, MultiBackend, SqlType = Nullable<Bool>>>;

/// The customers an actor may know of: those with a ticket that he may see, on any of their records. A
/// customer without any ticket is known to all: somebody has just made it. Of surviving records alone.
fn visible_to(actor: &Actor) -> Filter {
    match &actor.sees {
        Sees::Everything => Box::new(customers::id.is_not_null().nullable()),
        Sees::Only { inboxes, agent, teams } => {
            let inboxes: Vec<i64> = inboxes.iter().copied().map(InboxId::get).collect();
            let teams: Vec<i64> = teams.iter().copied().map(TeamId::get).collect();
            let his = || {
                tickets::inbox_id
                    .eq_any(inboxes.clone())
                    .nullable()
                    .or(tickets::assignee_agent_id.eq(agent.map(AgentId::get)))
                    .or(tickets::assignee_team_id.eq_any(teams.clone()))
            };
            let own = || tickets::table.filter(tickets::customer_id.eq(customers::id));
            let others = || {
                let of_record = tickets::customer_id.eq(absorbed.field(customers::id));
                let of_group = absorbed.field(customers::canonical_id).eq(customers::id.nullable());
                tickets::table.inner_join(absorbed.on(of_record)).filter(of_group)
            };
            let seen = exists(own().filter(his()).select(tickets::id));
            let seen = seen.or(exists(others().filter(his()).select(tickets::id)));
            let fresh = not(exists(own().select(tickets::id)));
            let fresh = fresh.and(not(exists(others().select(tickets::id))));
            Box::new(seen.or(fresh).nullable())
        }
    }
}

/// A customer by the id of any of its records, if the actor may know of it: the surviving record.
pub fn get(conn: &mut Conn, actor: &Actor, id: CustomerId) -> Result<Option<Customer>, StoreError> {
    let Some(root) = root(conn, id)? else { return Ok(None) };
    let row = customers::table
        .filter(customers::id.eq(root.get()))
        .filter(visible_to(actor))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(from_row))
}

/// The surviving records among these ids whose customers the actor may know of, in no order.
pub fn by_ids(
    conn: &mut Conn,
    actor: &Actor,
    ids: &[CustomerId],
) -> Result<Vec<Customer>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
    let rows = customers::table
        .filter(customers::id.eq_any(ids))
        .filter(customers::canonical_id.is_null())
        .filter(visible_to(actor))
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(from_row).collect())
}

/// A record itself, whoever asks.
pub fn record(conn: &mut Conn, id: CustomerId) -> Result<Option<Customer>, StoreError> {
    let row = customers::table.find(id.get()).select(Row::as_select()).first(conn).optional()?;
    Ok(row.map(from_row))
}

/// The id by which the customer of a record is known; `None` when there is no such record.
pub fn root(conn: &mut Conn, id: CustomerId) -> Result<Option<CustomerId>, StoreError> {
    let own = customers::table.find(id.get()).select(customers::canonical_id);
    let canonical = own.first::<Option<i64>>(conn).optional()?;
    Ok(canonical.map(|canonical| canonical.map_or(id, CustomerId::from)))
}

/// By whose id the customers of these records are known.
pub fn roots(conn: &mut Conn, ids: &[i64]) -> Result<HashMap<i64, CustomerId>, StoreError> {
    let rows: Vec<(i64, Option<i64>)> = customers::table
        .filter(customers::id.eq_any(ids.to_vec()))
        .select((customers::id, customers::canonical_id))
        .load(conn)?;
    let root =
        |(id, canonical): (i64, Option<i64>)| (id, CustomerId::from(canonical.unwrap_or(id)));
    Ok(rows.into_iter().map(root).collect())
}

/// The records of the customers of these records.
pub fn all_records(conn: &mut Conn, ids: &[CustomerId]) -> Result<Vec<CustomerId>, StoreError> {
    let mut all = Vec::new();
    for id in ids {
        all.extend(group(conn, *id)?.map(|group| group.members).unwrap_or_default());
    }
    Ok(all)
}

/// The records that were merged into these, by the surviving one, oldest first.
pub fn merged_into(
    conn: &mut Conn,
    roots: &[CustomerId],
) -> Result<HashMap<CustomerId, Vec<Customer>>, StoreError> {
    let ids: Vec<Option<i64>> = roots.iter().map(|id| Some(id.get())).collect();
    let rows: Vec<Row> = customers::table
        .filter(customers::canonical_id.eq_any(ids))
        .order(customers::id.asc())
        .select(Row::as_select())
        .load(conn)?;
    let mut found: HashMap<CustomerId, Vec<Customer>> = HashMap::new();
    for record in rows.into_iter().map(from_row) {
        found.entry(record.known_as()).or_default().push(record);
    }
    Ok(found)
}

/// The records that are one customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The surviving record, by whose id the customer is known.
    pub root: CustomerId,
    /// All of them, the surviving one first and the others in the order of their ids.
    pub members: Vec<CustomerId>,
}

/// The records that are one customer with this one, whoever asks; `None` when there is no such record.
pub fn group(conn: &mut Conn, id: CustomerId) -> Result<Option<Group>, StoreError> {
    let own = customers::table.filter(customers::id.eq(id.get()));
    let own = own.select(customers::canonical_id).first::<Option<i64>>(conn).optional()?;
    let Some(canonical) = own else { return Ok(None) };
    let root = canonical.unwrap_or(id.get());
    let others = customers::table.filter(customers::canonical_id.eq(root)).order(customers::id);
    let others: Vec<i64> = others.select(customers::id).load(conn)?;
    let members = std::iter::once(root).chain(others).map(CustomerId::from).collect();
    Ok(Some(Group { root: CustomerId::from(root), members }))
}

/// Customers by newest activity, behind an activity key. The full-text part of the query is not
/// looked at here: see `search`.
pub fn list(
    conn: &mut Conn,
    actor: &Actor,
    query: &CustomerQuery,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Customer>, StoreError> {
    let rows = filtered(actor, query)
        .filter(customers::activity_key.lt(before.unwrap_or(i64::MAX)))
        .order(customers::activity_key.desc())
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(from_row).collect())
}

/// The surviving records among these ids that fit the query, in no order.
pub fn matching(
    conn: &mut Conn,
    actor: &Actor,
    query: &CustomerQuery,
    ids: &[i64],
) -> Result<Vec<Customer>, StoreError> {
    let rows = filtered(actor, query)
        .filter(customers::id.eq_any(ids.to_vec()))
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(from_row).collect())
}

fn filtered<'a>(actor: &Actor, query: &CustomerQuery) -> customers::BoxedQuery<'a, MultiBackend> {
    let CustomerQuery { q: _, email, phone, external, organization, tag, fields } = query;
    let mut rows = customers::table.into_boxed::<MultiBackend>();
    rows = rows.filter(customers::canonical_id.is_null()).filter(visible_to(actor));
    for key in [email, phone, external].into_iter().flatten() {
        let own = identities::table
            .filter(identities::kind.eq(key.kind.code()))
            .filter(identities::scope.eq(key.scope.clone()))
            .filter(identities::value.eq(key.value.clone()));
        let merged = own
            .clone()
            .inner_join(absorbed.on(absorbed.field(customers::id).eq(identities::customer_id)));
        let merged = merged.select(absorbed.field(customers::canonical_id));
        let own = customers::id.eq_any(own.select(identities::customer_id));
        rows = rows.filter(own.nullable().or(customers::id.nullable().eq_any(merged)));
    }
    if let Some(organization) = organization.map(OrganizationId::get) {
        // A merged record's organization counts where the surviving one has none.
        let merged = absorbed.filter(absorbed.field(customers::organization_id).eq(organization));
        let merged = merged.select(absorbed.field(customers::canonical_id));
        let merged = customers::id.nullable().eq_any(merged);
        let merged = customers::organization_id.is_null().nullable().and(merged);
        rows = rows.filter(customers::organization_id.eq(organization).or(merged));
    }
    for tag in tag.iter().copied().map(TagId::get) {
        let own = customer_tags::table.filter(customer_tags::tag_id.eq(tag));
        let merged = own
            .inner_join(absorbed.on(absorbed.field(customers::id).eq(customer_tags::customer_id)));
        let merged = merged.select(absorbed.field(customers::canonical_id));
        let own = customers::id.eq_any(own.select(customer_tags::customer_id));
        rows = rows.filter(own.nullable().or(customers::id.nullable().eq_any(merged)));
    }
    for (field, value) in fields {
        let said = profile_fields::table.filter(profile_fields::field.eq(field.clone()));
        let with = said
            .clone()
            .filter(profile_fields::value_key.eq(value.clone()))
            .filter(profile_fields::wins.eq(true));
        let of_record = absorbed.field(customers::id).eq(profile_fields::customer_id);
        let merged = with.clone().inner_join(absorbed.on(of_record));
        let merged = merged.select(absorbed.field(customers::canonical_id));
        // What a merged record says counts where the surviving one says nothing.
        let silent = customers::id.ne_all(said.select(profile_fields::customer_id));
        let merged = silent.nullable().and(customers::id.nullable().eq_any(merged));
        let own = customers::id.eq_any(with.select(profile_fields::customer_id));
        rows = rows.filter(own.nullable().or(merged));
    }
    rows
}

/// How many tie-breaks are tried for a place in the list of activity.
const MAX_TIES: u32 = 64;

/// A free place in the list by newest activity, for something that occurred at this time.
fn activity_key(conn: &mut Conn, id: CustomerId, at: Instant) -> Result<i64, StoreError> {
    for attempt in 0..MAX_TIES {
        let key = OrderKey::new(at, ItemId::from(id.get()), attempt).get();
        let taken = customers::table
            .filter(customers::activity_key.eq(key))
            .filter(customers::id.ne(id.get()))
            .select(customers::id);
        if taken.first::<i64>(conn).optional()?.is_none() {
            return Ok(key);
        }
    }
    Err(StoreError::Internal("no free place in the list of activity".to_owned()))
}

/// Inserts a new record, and gives it its place in the list by activity.
pub fn insert(conn: &mut Conn, customer: &mut Customer) -> Result<(), StoreError> {
    customer.activity_key = activity_key(conn, customer.id, customer.last_activity_at)?;
    diesel::insert_into(customers::table).values(to_row(customer)).execute(conn)?;
    Ok(())
}

/// Writes changed fields back, if the stored version is still the one given. The activity is not
/// among them: it changes without a new version.
pub fn update(conn: &mut Conn, customer: &Customer, version: i64) -> Result<bool, StoreError> {
    let stored = customers::table
        .filter(customers::id.eq(customer.id.get()))
        .filter(customers::version.eq(version));
    let fields = (
        customers::name.eq(&customer.name),
        customers::organization_id.eq(customer.organization.map(OrganizationId::get)),
        customers::language.eq(&customer.language),
        customers::time_zone.eq(&customer.time_zone),
        customers::demo.eq(customer.demo),
        customers::updated_at.eq(customer.updated_at.as_micros()),
        customers::version.eq(customer.version),
    );
    Ok(diesel::update(stored).set(fields).execute(conn)? == 1)
}

/// Notes that something happened with the customer of this record at this time: on the record and on
/// the surviving one. The fields' version stays.
pub fn touch(conn: &mut Conn, id: CustomerId, at: Instant) -> Result<(), StoreError> {
    let own = customers::table.find(id.get());
    let columns = (customers::last_activity_at, customers::canonical_id);
    let Some((last, canonical)) =
        own.select(columns).first::<(i64, Option<i64>)>(conn).optional()?
    else {
        return Ok(());
    };
    if last < at.as_micros() {
        set_activity(conn, id, at)?;
    }
    match canonical {
        Some(root) => touch(conn, CustomerId::from(root), at),
        None => Ok(()),
    }
}

/// Writes when the newest item of a record occurred.
pub fn set_activity(conn: &mut Conn, id: CustomerId, at: Instant) -> Result<(), StoreError> {
    let key = activity_key(conn, id, at)?;
    diesel::update(customers::table.find(id.get()))
        .set((customers::last_activity_at.eq(at.as_micros()), customers::activity_key.eq(key)))
        .execute(conn)?;
    Ok(())
}

/// Gives a record another version without changing a field: what is shown under its id is another.
pub fn set_version(conn: &mut Conn, id: CustomerId, version: i64) -> Result<(), StoreError> {
    diesel::update(customers::table.find(id.get()))
        .set(customers::version.eq(version))
        .execute(conn)?;
    Ok(())
}
