//! How inboxes of the channel e-mail are set up. Credentials come and go encrypted.

use diesel::prelude::*;
use throughline_core::id::InboxId;
use throughline_core::mail_settings::MailSettings;
use throughline_core::time::Instant;

use crate::conn::{Conn, each};
use crate::error::StoreError;
use crate::read::{all, from_json, to_json};
use crate::schema::{inboxes, mail_settings};

/// The set-up of one inbox.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredMailSettings {
    /// The inbox.
    pub inbox: InboxId,
    /// Its settings.
    pub settings: MailSettings,
    /// Its secrets, encrypted; what that means is not known here.
    pub credentials: Option<String>,
    /// When they were last changed.
    pub updated_at: Instant,
    /// Rises with every change.
    pub version: i64,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = mail_settings, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    inbox_id: i64,
    settings: String,
    credentials: Option<String>,
    updated_at: i64,
    version: i64,
}

fn to_row(stored: &StoredMailSettings) -> Result<Row, StoreError> {
    Ok(Row {
        inbox_id: stored.inbox.get(),
        settings: to_json(&stored.settings)?,
        credentials: stored.credentials.clone(),
        updated_at: stored.updated_at.as_micros(),
        version: stored.version,
    })
}

fn from_row(row: Row) -> Result<StoredMailSettings, StoreError> {
    Ok(StoredMailSettings {
        inbox: InboxId::from(row.inbox_id),
        settings: from_json("mail_settings.settings", &row.settings)?,
        credentials: row.credentials,
        updated_at: Instant::from_micros(row.updated_at),
        version: row.version,
    })
}

/// The set-up of these inboxes, in no order; those without one are left out.
pub fn of_inboxes(conn: &mut Conn, ids: &[InboxId]) -> Result<Vec<StoredMailSettings>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
    let rows = mail_settings::table.filter(mail_settings::inbox_id.eq_any(ids));
    all(rows.select(Row::as_select()).load(conn)?, from_row)
}

/// The set-up of an inbox.
pub fn get(conn: &mut Conn, id: InboxId) -> Result<Option<StoredMailSettings>, StoreError> {
    Ok(of_inboxes(conn, &[id])?.pop())
}

/// The set-ups of all active inboxes, oldest first.
pub fn of_active(conn: &mut Conn) -> Result<Vec<StoredMailSettings>, StoreError> {
    let rows = mail_settings::table
        .inner_join(inboxes::table.on(inboxes::id.eq(mail_settings::inbox_id)))
        .filter(inboxes::active.eq(true))
        .order(mail_settings::inbox_id);
    all(rows.select(Row::as_select()).load(conn)?, from_row)
}

/// Writes the first set-up of an inbox. Fails with a rule of the database when there is one.
pub fn insert(conn: &mut Conn, new: &StoredMailSettings) -> Result<(), StoreError> {
    let row = to_row(new)?;
    each!(conn, c => diesel::insert_into(mail_settings::table).values(&row).execute(c))?;
    Ok(())
}

/// Writes over the version before; `false` when that is no longer there.
pub fn update(conn: &mut Conn, new: &StoredMailSettings, before: i64) -> Result<bool, StoreError> {
    let row = to_row(new)?;
    let old = mail_settings::table
        .filter(mail_settings::inbox_id.eq(row.inbox_id))
        .filter(mail_settings::version.eq(before));
    let changed = each!(conn, c => diesel::update(old).set(&row).execute(c))?;
    Ok(changed == 1)
}

/// Removes the set-up of an inbox with its secrets; `false` when there was none.
pub fn delete(conn: &mut Conn, id: InboxId) -> Result<bool, StoreError> {
    let gone = mail_settings::table.filter(mail_settings::inbox_id.eq(id.get()));
    Ok(diesel::delete(gone).execute(conn)? > 0)
}

/// Writes other secrets where those of before still stand; `false` when they do not. The version
/// stays: nothing changed that anybody can see.
pub fn swap_credentials(
    conn: &mut Conn,
    id: InboxId,
    before: &str,
    after: &str,
) -> Result<bool, StoreError> {
    let old = mail_settings::table
        .filter(mail_settings::inbox_id.eq(id.get()))
        .filter(mail_settings::credentials.eq(before));
    let changed = diesel::update(old).set(mail_settings::credentials.eq(after)).execute(conn)?;
    Ok(changed == 1)
}
