//! Integrators' API keys. Only the hash of a key's secret is stored.

use diesel::prelude::*;
use throughline_core::actor::Scope;
use throughline_core::id::{ApiKeyId, InboxId};
use throughline_core::time::Instant;

use crate::conn::Conn;
use crate::error::StoreError;
use crate::schema::api_keys;

/// An API key, without its secret.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What it is for, in its maker's words.
    pub name: String,
    /// The part of its text that may be shown, by which a key is recognised.
    pub prefix: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// The inboxes it sees; all when `None`.
    pub inboxes: Option<Vec<InboxId>>,
    /// When it was made.
    pub created_at: Instant,
    /// From when it is refused.
    pub expires_at: Option<Instant>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Instant>,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = api_keys, treat_none_as_default_value = false)]
struct ApiKeyRow {
    id: i64,
    name: String,
    prefix: String,
    scopes: String,
    inboxes: Option<String>,
    created_at: i64,
    expires_at: Option<i64>,
    last_used_at: Option<i64>,
    revoked_at: Option<i64>,
}

#[derive(Insertable)]
#[diesel(table_name = api_keys, treat_none_as_default_value = false)]
struct NewApiKeyRow<'a> {
    #[diesel(embed)]
    key: ApiKeyRow,
    key_hash: &'a str,
}

impl ApiKeyRow {
    fn of(key: &ApiKey) -> Self {
        Self {
            id: key.id.get(),
            name: key.name.clone(),
            prefix: key.prefix.clone(),
            scopes: words(&key.scopes),
            inboxes: key.inboxes.as_deref().map(words),
            created_at: key.created_at.as_micros(),
            expires_at: key.expires_at.map(Instant::as_micros),
            last_used_at: key.last_used_at.map(Instant::as_micros),
            revoked_at: key.revoked_at.map(Instant::as_micros),
        }
    }

    fn into_core(self) -> Result<ApiKey, StoreError> {
        let inboxes = self.inboxes.as_deref().map(|text| parsed("api_keys.inboxes", text));
        Ok(ApiKey {
            id: ApiKeyId::from(self.id),
            scopes: parsed("api_keys.scopes", &self.scopes)?,
            inboxes: inboxes.transpose()?,
            name: self.name,
            prefix: self.prefix,
            created_at: Instant::from_micros(self.created_at),
            expires_at: self.expires_at.map(Instant::from_micros),
            last_used_at: self.last_used_at.map(Instant::from_micros),
            revoked_at: self.revoked_at.map(Instant::from_micros),
        })
    }
}

/// Scopes and ids are stored by their wire names, with spaces between them.
fn words<T: ToString>(values: &[T]) -> String {
    values.iter().map(T::to_string).collect::<Vec<_>>().join(" ")
}

/// A name that this version does not know is an error, not one right less: a key must not change
/// its meaning silently.
fn parsed<T>(what: &'static str, text: &str) -> Result<Vec<T>, StoreError>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    let word =
        |w: &str| w.parse::<T>().map_err(|e| StoreError::Unreadable { what, why: e.to_string() });
    text.split_whitespace().map(word).collect()
}

/// The key of this id, revoked or not.
pub fn get(conn: &mut Conn, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
    let row: Option<ApiKeyRow> =
        api_keys::table.find(id.get()).select(ApiKeyRow::as_select()).first(conn).optional()?;
    row.map(ApiKeyRow::into_core).transpose()
}

/// The key whose secret has this hash, revoked or not.
pub fn by_hash(conn: &mut Conn, key_hash: &str) -> Result<Option<ApiKey>, StoreError> {
    let row: Option<ApiKeyRow> = api_keys::table
        .filter(api_keys::key_hash.eq(key_hash))
        .select(ApiKeyRow::as_select())
        .first(conn)
        .optional()?;
    row.map(ApiKeyRow::into_core).transpose()
}

/// Up to `fetch` keys behind the id `after`, oldest first, revoked ones too.
pub fn list(conn: &mut Conn, after: Option<i64>, fetch: i64) -> Result<Vec<ApiKey>, StoreError> {
    let rows: Vec<ApiKeyRow> = api_keys::table
        .filter(api_keys::id.gt(after.unwrap_or(i64::MIN)))
        .order(api_keys::id)
        .limit(fetch)
        .select(ApiKeyRow::as_select())
        .load(conn)?;
    rows.into_iter().map(ApiKeyRow::into_core).collect()
}

/// Adds a key with the hash of its secret.
pub fn insert(conn: &mut Conn, key: &ApiKey, key_hash: &str) -> Result<(), StoreError> {
    let row = NewApiKeyRow { key: ApiKeyRow::of(key), key_hash };
    diesel::insert_into(api_keys::table).values(row).execute(conn)?;
    Ok(())
}

/// Revokes a key; `false` when there is none that still works.
pub fn revoke(conn: &mut Conn, id: ApiKeyId, now: Instant) -> Result<bool, StoreError> {
    let live = api_keys::table.filter(api_keys::id.eq(id.get()));
    let changed = diesel::update(live.filter(api_keys::revoked_at.is_null()))
        .set(api_keys::revoked_at.eq(now.as_micros()))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Notes that a key was used.
pub fn touch(conn: &mut Conn, id: ApiKeyId, now: Instant) -> Result<(), StoreError> {
    diesel::update(api_keys::table.find(id.get()))
        .set(api_keys::last_used_at.eq(now.as_micros()))
        .execute(conn)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_stored_by_name_and_unknown_ones_are_an_error() {
        let scopes = vec![Scope::TicketsRead, Scope::Ledger];
        assert_eq!(words(&scopes), "tickets:read ledger");
        assert_eq!(parsed::<Scope>("scopes", "tickets:read ledger").unwrap(), scopes);
        assert_eq!(parsed::<Scope>("scopes", "").unwrap(), []);
        assert!(parsed::<Scope>("scopes", "tickets:burn").is_err());
    }
}
