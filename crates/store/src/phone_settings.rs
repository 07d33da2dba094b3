//! What holds for the calls of one inbox.

use diesel::dsl::exists;
use diesel::prelude::*;
use throughline_core::id::InboxId;
use throughline_core::phone_settings::PhoneSettings;

use crate::conn::{Both, Conn};
use crate::error::StoreError;
use crate::read::{all, from_json, to_json};
use crate::schema::{inboxes, phone_settings};

/// The settings of an inbox with their version; the usual ones under version 0 when none were set.
pub fn get(conn: &mut Conn, inbox: InboxId) -> Result<(PhoneSettings, i64), StoreError> {
    let row: Option<(String, i64)> = phone_settings::table
        .find(inbox.get())
        .select((phone_settings::settings, phone_settings::version))
        .first(conn)
        .optional()?;
    let Some((text, version)) = row else { return Ok((PhoneSettings::default(), 0)) };
    Ok((from_json("phone_settings.settings", &text)?, version))
}

/// The settings of inboxes that take calls, behind an inbox, in the order of their ids.
pub fn active(
    conn: &mut Conn,
    after: Option<InboxId>,
    limit: i64,
) -> Result<Vec<(InboxId, PhoneSettings)>, StoreError> {
    let rows: Vec<(i64, String)> = phone_settings::table
        .filter(phone_settings::inbox_id.gt(after.map_or(i64::MIN, InboxId::get)))
        .filter(exists(
            inboxes::table
                .filter(inboxes::id.eq(phone_settings::inbox_id))
                .filter(inboxes::active.eq(true)),
        ))
        .order(phone_settings::inbox_id)
        .limit(limit)
        .select((phone_settings::inbox_id, phone_settings::settings))
        .load(conn)?;
    all(rows, |(inbox, text)| {
        Ok((InboxId::from(inbox), from_json("phone_settings.settings", &text)?))
    })
}

/// Writes the settings of an inbox.
pub fn put(
    conn: &mut Conn,
    inbox: InboxId,
    settings: &PhoneSettings,
    version: i64,
) -> Result<(), StoreError> {
    let text = to_json(settings)?;
    let row = (
        phone_settings::inbox_id.eq(inbox.get()),
        phone_settings::settings.eq(&text),
        phone_settings::version.eq(version),
    );
    let insert = diesel::insert_into(phone_settings::table)
        .values(row)
        .on_conflict(phone_settings::inbox_id)
        .do_update()
        .set((phone_settings::settings.eq(&text), phone_settings::version.eq(version)));
    Both(insert).execute(conn)?;
    Ok(())
}
