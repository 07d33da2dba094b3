//! How inboxes of channels other than mail are set up. Secrets come and go encrypted.

use diesel::prelude::*;
use serde_json::{Map, Value};
use throughline_core::id::InboxId;
use throughline_core::time::Instant;

use crate::conn::{Both, Conn};
use crate::error::StoreError;
use crate::read::{all, from_json, to_json};
use crate::schema::channel_accounts;

/// The set-up of one inbox.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredAccount {
    /// The inbox.
    pub inbox: InboxId,
    /// The kind of channel, by its name in the registry.
    pub kind: String,
    /// Its fields, secrets apart.
    pub settings: Map<String, Value>,
    /// Its secrets, encrypted; what that means is not known here.
    pub secrets: Option<String>,
    /// When it was last changed.
    pub updated_at: Instant,
    /// Rises with every change.
    pub version: i64,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = channel_accounts, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    inbox_id: i64,
    kind: String,
    settings: String,
    secrets: Option<String>,
    updated_at: i64,
    version: i64,
}

fn to_row(stored: &StoredAccount) -> Result<Row, StoreError> {
    Ok(Row {
        inbox_id: stored.inbox.get(),
        kind: stored.kind.clone(),
        settings: to_json(&stored.settings)?,
        secrets: stored.secrets.clone(),
        updated_at: stored.updated_at.as_micros(),
        version: stored.version,
    })
}

fn from_row(row: Row) -> Result<StoredAccount, StoreError> {
    Ok(StoredAccount {
        inbox: InboxId::from(row.inbox_id),
        kind: row.kind,
        settings: from_json("channel_accounts.settings", &row.settings)?,
        secrets: row.secrets,
        updated_at: Instant::from_micros(row.updated_at),
        version: row.version,
    })
}

/// The set-ups of these inboxes, in no order; those without one are left out.
pub fn of_inboxes(conn: &mut Conn, ids: &[InboxId]) -> Result<Vec<StoredAccount>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
    let rows = channel_accounts::table.filter(channel_accounts::inbox_id.eq_any(ids));
    all(rows.select(Row::as_select()).load(conn)?, from_row)
}

/// The set-ups of these kinds, in no order.
pub fn of_kinds(conn: &mut Conn, kinds: &[&str]) -> Result<Vec<StoredAccount>, StoreError> {
    let kinds: Vec<String> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    let rows = channel_accounts::table.filter(channel_accounts::kind.eq_any(kinds));
    all(rows.select(Row::as_select()).load(conn)?, from_row)
}

/// The set-up of an inbox.
pub fn get(conn: &mut Conn, id: InboxId) -> Result<Option<StoredAccount>, StoreError> {
    Ok(of_inboxes(conn, &[id])?.pop())
}

/// Writes the first set-up of an inbox; `false` when there is one already.
pub fn insert(conn: &mut Conn, new: &StoredAccount) -> Result<bool, StoreError> {
    let row = to_row(new)?;
    let insert = diesel::insert_into(channel_accounts::table).values(&row);
    Ok(Both(insert.on_conflict_do_nothing()).execute(conn)? == 1)
}

/// Writes a set-up back, if the stored version is still the one given.
pub fn update(conn: &mut Conn, after: &StoredAccount, version: i64) -> Result<bool, StoreError> {
    let stored = channel_accounts::table
        .filter(channel_accounts::inbox_id.eq(after.inbox.get()))
        .filter(channel_accounts::version.eq(version));
    Ok(diesel::update(stored).set(to_row(after)?).execute(conn)? == 1)
}

/// Removes a set-up with its secrets.
pub fn delete(conn: &mut Conn, id: InboxId) -> Result<(), StoreError> {
    diesel::delete(channel_accounts::table.find(id.get())).execute(conn)?;
    Ok(())
}
