//! Identities: the addresses, numbers and ids of customers.

use std::collections::HashMap;

use diesel::prelude::*;
use throughline_core::id::{CustomerId, IdentityId};
use throughline_core::identity::{EmailAddress, Identity, IdentityKind, Key, Proof};
use throughline_core::time::Instant;

use crate::conn::{Conn, each};
use crate::error::StoreError;
use crate::lock::{self, Named};
use crate::read::{all, known};
use crate::schema::{identities, timeline_items};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = identities, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    customer_id: i64,
    kind: i16,
    scope: String,
    value: String,
    display: String,
    name: Option<String>,
    proof: String,
    source: String,
    first_seen_at: i64,
    proved_at: Option<i64>,
    shared: bool,
}

fn from_row(row: Row) -> Result<Identity, StoreError> {
    Ok(Identity {
        id: IdentityId::from(row.id),
        customer: CustomerId::from(row.customer_id),
        kind: known("identities.kind", row.kind, IdentityKind::from_code(row.kind))?,
        scope: row.scope,
        value: row.value,
        display: row.display,
        name: row.name,
        proof: known_proof(&row.proof)?,
        source: row.source,
        first_seen_at: Instant::from_micros(row.first_seen_at),
        proved_at: row.proved_at.map(Instant::from_micros),
        shared: row.shared,
    })
}

fn known_proof(name: &str) -> Result<Proof, StoreError> {
    let what = "identities.proof";
    name.parse().map_err(|_| StoreError::Unreadable { what, why: format!("unknown proof {name}") })
}

/// The identity of an e-mail address.
pub fn by_email(conn: &mut Conn, address: &EmailAddress) -> Result<Option<Identity>, StoreError> {
    let own = identities::table
        .filter(identities::kind.eq(IdentityKind::Email.code()))
        .filter(identities::value.eq(address.as_str()));
    let row: Option<Row> = each!(conn, c => own.select(Row::as_select()).first(c)).optional()?;
    row.map(from_row).transpose()
}

/// An identity by its id.
pub fn get(conn: &mut Conn, id: IdentityId) -> Result<Option<Identity>, StoreError> {
    let own = identities::table.filter(identities::id.eq(id.get()));
    let row: Option<Row> = own.select(Row::as_select()).first(conn).optional()?;
    row.map(from_row).transpose()
}

/// The identity with this key.
pub fn by_key(conn: &mut Conn, key: &Key) -> Result<Option<Identity>, StoreError> {
    let own = identities::table
        .filter(identities::kind.eq(key.kind.code()))
        .filter(identities::scope.eq(&key.scope))
        .filter(identities::value.eq(&key.value));
    let row: Option<Row> = each!(conn, c => own.select(Row::as_select()).first(c)).optional()?;
    row.map(from_row).transpose()
}

/// Holds keys, so that of several transactions only one at a time decides whose they are. In one
/// order always, lest two transactions wait for each other.
pub fn hold(conn: &mut Conn, keys: &[Key]) -> Result<(), StoreError> {
    let name = |key: &Key| match key.kind {
        IdentityKind::Email => key.value.clone(),
        kind => format!("{kind} {} {}", key.scope, key.value),
    };
    let mut names: Vec<String> = keys.iter().map(name).collect();
    names.sort();
    names.dedup();
    names.iter().try_for_each(|held| lock::name(conn, Named::Identity, held))
}

/// Notes how an identity was proved.
pub fn prove(conn: &mut Conn, id: IdentityId, proof: Proof, at: Instant) -> Result<(), StoreError> {
    diesel::update(identities::table.find(id.get()))
        .set((identities::proof.eq(proof.as_str()), identities::proved_at.eq(at.as_micros())))
        .execute(conn)?;
    Ok(())
}

/// Writes what may be changed of an identity: its name, and whether it is shared.
pub fn update(conn: &mut Conn, identity: &Identity) -> Result<(), StoreError> {
    diesel::update(identities::table.find(identity.id.get()))
        .set((identities::name.eq(&identity.name), identities::shared.eq(identity.shared)))
        .execute(conn)?;
    Ok(())
}

/// Whether any item came by this identity.
pub fn is_used(conn: &mut Conn, id: IdentityId) -> Result<bool, StoreError> {
    let items = timeline_items::table.filter(timeline_items::identity_id.eq(id.get()));
    Ok(items.select(timeline_items::id).first::<i64>(conn).optional()?.is_some())
}

/// Removes an identity.
pub fn remove(conn: &mut Conn, id: IdentityId) -> Result<(), StoreError> {
    diesel::delete(identities::table.find(id.get())).execute(conn)?;
    Ok(())
}

/// The identities of customers, oldest first.
pub fn of_customers(
    conn: &mut Conn,
    customers: &[CustomerId],
) -> Result<HashMap<CustomerId, Vec<Identity>>, StoreError> {
    let ids: Vec<i64> = customers.iter().map(|id| id.get()).collect();
    let rows: Vec<Row> = identities::table
        .filter(identities::customer_id.eq_any(ids))
        .order(identities::id.asc())
        .select(Row::as_select())
        .load(conn)?;
    let mut found: HashMap<CustomerId, Vec<Identity>> = HashMap::new();
    for identity in all(rows, from_row)? {
        found.entry(identity.customer).or_default().push(identity);
    }
    Ok(found)
}

/// Inserts a new identity. `identities_value` refuses one that is there already.
pub fn insert(conn: &mut Conn, identity: &Identity) -> Result<(), StoreError> {
    let row = Row {
        id: identity.id.get(),
        customer_id: identity.customer.get(),
        kind: identity.kind.code(),
        scope: identity.scope.clone(),
        value: identity.value.clone(),
        display: identity.display.clone(),
        name: identity.name.clone(),
        proof: identity.proof.as_str().to_owned(),
        source: identity.source.clone(),
        first_seen_at: identity.first_seen_at.as_micros(),
        proved_at: identity.proved_at.map(Instant::as_micros),
        shared: identity.shared,
    };
    each!(conn, c => diesel::insert_into(identities::table).values(row).execute(c))?;
    Ok(())
}
