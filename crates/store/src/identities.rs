//! Identities: the addresses of customers.

use std::collections::HashMap;

use diesel::prelude::*;
use throughline_core::id::{CustomerId, IdentityId};
use throughline_core::identity::{EmailAddress, Identity, IdentityKind};
use throughline_core::pushed::hint::Hint;
use throughline_core::time::Instant;

use crate::conn::Conn;
use crate::error::StoreError;
use crate::lock::{self, Named};
use crate::read::{all, known};
use crate::schema::identities;

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
        proof: row.proof,
        source: row.source,
        first_seen_at: Instant::from_micros(row.first_seen_at),
        proved_at: row.proved_at.map(Instant::from_micros),
        shared: row.shared,
    })
}

/// The identity of an e-mail address.
pub fn by_email(conn: &mut Conn, address: &EmailAddress) -> Result<Option<Identity>, StoreError> {
    let row: Option<Row> = identities::table
        .filter(identities::kind.eq(IdentityKind::Email.code()))
        .filter(identities::value.eq(address.as_str()))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(from_row).transpose()
}

/// An identity by its id.
pub fn get(conn: &mut Conn, id: IdentityId) -> Result<Option<Identity>, StoreError> {
    let own = identities::table.filter(identities::id.eq(id.get()));
    let row: Option<Row> = own.select(Row::as_select()).first(conn).optional()?;
    row.map(from_row).transpose()
}

/// Holds addresses, so that of several transactions only one at a time decides whose they are. In
/// one order always, lest two transactions wait for each other.
pub fn hold(conn: &mut Conn, addresses: &[EmailAddress]) -> Result<(), StoreError> {
    let mut sorted: Vec<&EmailAddress> = addresses.iter().collect();
    sorted.sort();
    sorted.dedup();
    sorted.into_iter().try_for_each(|held| lock::name(conn, Named::Address, held.as_str()))
}

/// The identities that these hints name, in no order.
pub fn by_hints(conn: &mut Conn, hints: &[&Hint]) -> Result<Vec<Identity>, StoreError> {
    let mut places: HashMap<(i16, &str), Vec<&str>> = HashMap::new();
    for hint in hints {
        places.entry((hint.kind.code(), &hint.scope)).or_default().push(&hint.value);
    }
    let mut found = Vec::new();
    for ((kind, scope), values) in places {
        let rows: Vec<Row> = identities::table
            .filter(identities::kind.eq(kind))
            .filter(identities::scope.eq(scope))
            .filter(identities::value.eq_any(values))
            .select(Row::as_select())
            .load(conn)?;
        found.extend(all(rows, from_row)?);
    }
    Ok(found)
}

/// Holds what hints name, as [`hold`] does for addresses, and in the same order.
pub fn hold_hints(conn: &mut Conn, hints: &[&Hint]) -> Result<(), StoreError> {
    let mut names: Vec<String> = hints.iter().map(|hint| lock_name(hint)).collect();
    names.sort();
    names.dedup();
    names.into_iter().try_for_each(|held| lock::name(conn, Named::Address, &held))
}

/// An e-mail address is held by its text alone, as [`hold`] does.
fn lock_name(hint: &Hint) -> String {
    match hint.kind {
        IdentityKind::Email => hint.value.clone(),
        kind => format!("{kind} {} {}", hint.scope, hint.value),
    }
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
        proof: identity.proof.clone(),
        source: identity.source.clone(),
        first_seen_at: identity.first_seen_at.as_micros(),
        proved_at: identity.proved_at.map(Instant::as_micros),
        shared: identity.shared,
    };
    diesel::insert_into(identities::table).values(row).execute(conn)?;
    Ok(())
}
