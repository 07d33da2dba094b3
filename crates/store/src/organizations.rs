//! Organizations that customers belong to.

use diesel::prelude::*;
use throughline_core::customer::Organization;
use throughline_core::id::OrganizationId;
use throughline_core::time::Instant;

use crate::conn::{Conn, Kept, each};
use crate::error::StoreError;
use crate::schema::organizations;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = organizations, treat_none_as_default_value = false)]
struct OrganizationRow {
    id: i64,
    name: String,
    domain: Option<String>,
    created_at: i64,
    parent_id: Option<i64>,
}

impl From<OrganizationRow> for Organization {
    fn from(row: OrganizationRow) -> Self {
        Self {
            id: OrganizationId::from(row.id),
            name: row.name,
            domain: row.domain,
            parent: row.parent_id.map(OrganizationId::from),
            created_at: Instant::from_micros(row.created_at),
        }
    }
}

/// The organization of this id.
pub fn get(conn: &mut Conn, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
    let row = organizations::table
        .find(id.get())
        .select(OrganizationRow::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Organization::from))
}

/// Those right below these organizations.
pub fn below(conn: &mut Conn, above: &[OrganizationId]) -> Result<Vec<OrganizationId>, StoreError> {
    let above: Vec<i64> = above.iter().map(|id| id.get()).collect();
    let rows = organizations::table.filter(organizations::parent_id.eq_any(above));
    let ids: Vec<i64> = rows.select(organizations::id).load(conn)?;
    Ok(ids.into_iter().map(OrganizationId::from).collect())
}

/// The organization whose customers write from this domain (lower-case).
pub fn by_domain(conn: &mut Conn, domain: &str) -> Result<Option<Organization>, StoreError> {
    let row = organizations::table
        .filter(organizations::domain.eq(domain))
        .select(OrganizationRow::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Organization::from))
}

/// The oldest organization of exactly this name.
pub fn by_name(conn: &mut Conn, name: &str) -> Result<Option<Organization>, StoreError> {
    let row = organizations::table
        .filter(organizations::name.eq(name))
        .order(organizations::id)
        .select(OrganizationRow::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Organization::from))
}

/// Up to `fetch` organizations behind the id `after`, oldest first.
pub fn list(
    conn: &mut Conn,
    after: Option<i64>,
    fetch: i64,
) -> Result<Vec<Organization>, StoreError> {
    let rows: Vec<OrganizationRow> = organizations::table
        .filter(organizations::id.gt(after.unwrap_or(i64::MIN)))
        .order(organizations::id)
        .limit(fetch)
        .select(OrganizationRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Organization::from).collect())
}

/// The organization whose domain is this one, or the nearest above it: `mail.example.com` belongs
/// to `example.com`.
pub fn home_of(conn: &mut Conn, domain: &str) -> Result<Option<OrganizationId>, StoreError> {
    let above = domain.match_indices('.').filter_map(|(at, _)| domain.get(at + 1..));
    let all: Vec<&str> =
        std::iter::once(domain).chain(above).filter(|d| d.contains('.')).take(6).collect();
    let homes = organizations::table
        .filter(organizations::domain.eq_any(all))
        .select((organizations::id, organizations::domain));
    let found: Vec<(i64, Option<String>)> = each!(conn, c => Kept(homes).load(c))?;
    let length = |(_, domain): &(i64, Option<String>)| domain.as_ref().map(String::len);
    Ok(found.into_iter().max_by_key(length).map(|(id, _)| OrganizationId::from(id)))
}

/// Waits until nobody else changes what is above what, and holds it to the end of the transaction.
pub fn hold(conn: &mut Conn) -> Result<(), StoreError> {
    crate::lock::alone(conn, crate::lock::Alone::Organizations)
}

/// Adds an organization. Fails with the rule `organizations_domain` when the domain is taken.
pub fn insert(conn: &mut Conn, organization: &Organization) -> Result<(), StoreError> {
    let row = OrganizationRow {
        id: organization.id.get(),
        name: organization.name.clone(),
        domain: organization.domain.clone(),
        created_at: organization.created_at.as_micros(),
        parent_id: organization.parent.map(OrganizationId::get),
    };
    diesel::insert_into(organizations::table).values(row).execute(conn)?;
    Ok(())
}

/// Writes an organization's name and domain; `false` when there is none of this id.
pub fn update(conn: &mut Conn, organization: &Organization) -> Result<bool, StoreError> {
    let changed = diesel::update(organizations::table.find(organization.id.get()))
        .set((
            organizations::name.eq(&organization.name),
            organizations::domain.eq(organization.domain.as_deref()),
            organizations::parent_id.eq(organization.parent.map(OrganizationId::get)),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Removes an organization; its customers stay without it. `false` when there was none.
pub fn delete(conn: &mut Conn, id: OrganizationId) -> Result<bool, StoreError> {
    Ok(diesel::delete(organizations::table.find(id.get())).execute(conn)? == 1)
}
