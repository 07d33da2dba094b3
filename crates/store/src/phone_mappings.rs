//! How files of phone logs are read, by name.

use diesel::prelude::*;
use throughline_core::phone_settings::PhoneMapping;
use throughline_core::time::Instant;

use crate::conn::{Both, Conn};
use crate::error::StoreError;
use crate::read::{all, from_json, to_json};
use crate::schema::phone_mappings;

type Row = (String, String, i64, i64);

fn from_row((name, source, updated_at, version): Row) -> Result<PhoneMapping, StoreError> {
    let source = from_json("phone_mappings.source", &source)?;
    Ok(PhoneMapping { name, source, updated_at: Instant::from_micros(updated_at), version })
}

/// The mapping of this name.
pub fn get(conn: &mut Conn, name: &str) -> Result<Option<PhoneMapping>, StoreError> {
    let row: Option<Row> = phone_mappings::table.find(name).first(conn).optional()?;
    row.map(from_row).transpose()
}

/// All of them by name; at most `limit`.
pub fn list(conn: &mut Conn, limit: i64) -> Result<Vec<PhoneMapping>, StoreError> {
    let rows: Vec<Row> =
        phone_mappings::table.order(phone_mappings::name).limit(limit).load(conn)?;
    all(rows, from_row)
}

/// Writes one, in place of what stood under its name.
pub fn put(conn: &mut Conn, mapping: &PhoneMapping) -> Result<(), StoreError> {
    let (source, at) = (to_json(&mapping.source)?, mapping.updated_at.as_micros());
    let row = (
        phone_mappings::name.eq(&mapping.name),
        phone_mappings::source.eq(&source),
        phone_mappings::updated_at.eq(at),
        phone_mappings::version.eq(mapping.version),
    );
    let insert = diesel::insert_into(phone_mappings::table)
        .values(row)
        .on_conflict(phone_mappings::name)
        .do_update()
        .set((
            phone_mappings::source.eq(&source),
            phone_mappings::updated_at.eq(at),
            phone_mappings::version.eq(mapping.version),
        ));
    Both(insert).execute(conn)?;
    Ok(())
}

/// Removes one; says whether it was there.
pub fn delete(conn: &mut Conn, name: &str) -> Result<bool, StoreError> {
    Ok(diesel::delete(phone_mappings::table.find(name)).execute(conn)? == 1)
}
