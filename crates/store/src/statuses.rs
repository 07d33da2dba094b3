//! The statuses a ticket may have.

use diesel::prelude::*;
use throughline_core::ticket::{Status, StatusCategory};

use crate::conn::Conn;
use crate::error::StoreError;
use crate::schema::statuses;

#[derive(Queryable, Selectable)]
#[diesel(table_name = statuses)]
struct StatusRow {
    key: String,
    name: String,
    category: i16,
}

impl StatusRow {
    fn into_core(self) -> Result<Status, StoreError> {
        let category = StatusCategory::from_code(self.category).ok_or_else(|| {
            let why = format!("no category has the number {}", self.category);
            StoreError::Unreadable { what: "statuses.category", why }
        })?;
        Ok(Status { key: self.key, name: self.name, category })
    }
}

/// The status of this key.
pub fn get(conn: &mut Conn, key: &str) -> Result<Option<Status>, StoreError> {
    let row = statuses::table.find(key).select(StatusRow::as_select()).first(conn).optional()?;
    row.map(StatusRow::into_core).transpose()
}

/// All statuses, in the order in which agents read them.
pub fn list(conn: &mut Conn) -> Result<Vec<Status>, StoreError> {
    let rows: Vec<StatusRow> = statuses::table
        .order((statuses::position, statuses::key))
        .select(StatusRow::as_select())
        .load(conn)?;
    rows.into_iter().map(StatusRow::into_core).collect()
}
