//! What admins read of mailboxes: how far each folder was read, and where a delivery was seen. Written
//! is only what reconciling found.

use diesel::prelude::*;
use throughline_core::id::{DeliveryId, InboxId};
use throughline_core::time::Instant;

use crate::conn::{Conn, insert_rows};
use crate::error::StoreError;
use crate::schema::{mail_folders, mail_uids};

/// How far a folder was read, and how that goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderStatus {
    /// The folder's name.
    pub folder: String,
    /// What its UIDs are good for.
    pub uid_validity: i64,
    /// The highest UID that is recorded.
    pub last_uid: i64,
    /// When it was last looked at with success.
    pub checked_at: Option<Instant>,
    /// Failures in a row.
    pub failures: i32,
    /// Since when it fails.
    pub failing_since: Option<Instant>,
    /// What went wrong last, for an admin.
    pub last_error: Option<String>,
}

/// Where a delivery was seen on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The folder.
    pub folder: String,
    /// What its UIDs were good for.
    pub uid_validity: i64,
    /// The UID there.
    pub uid: i64,
    /// When it was seen.
    pub seen_at: Instant,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = mail_folders)]
struct FolderRow {
    folder: String,
    uid_validity: i64,
    last_uid: i64,
    checked_at: Option<i64>,
    failures: i32,
    failing_since: Option<i64>,
    last_error: Option<String>,
}

/// The folders of an inbox by name, `limit` at most.
pub fn folders(
    conn: &mut Conn,
    inbox: InboxId,
    limit: i64,
) -> Result<Vec<FolderStatus>, StoreError> {
    let rows: Vec<FolderRow> = mail_folders::table
        .filter(mail_folders::inbox_id.eq(inbox.get()))
        .order(mail_folders::folder)
        .limit(limit)
        .select(FolderRow::as_select())
        .load(conn)?;
    let status = |row: FolderRow| FolderStatus {
        folder: row.folder,
        uid_validity: row.uid_validity,
        last_uid: row.last_uid,
        checked_at: row.checked_at.map(Instant::from_micros),
        failures: row.failures,
        failing_since: row.failing_since.map(Instant::from_micros),
        last_error: row.last_error,
    };
    Ok(rows.into_iter().map(status).collect())
}

/// Where a delivery was seen, oldest first, `limit` places at most.
pub fn seen(conn: &mut Conn, delivery: DeliveryId, limit: i64) -> Result<Vec<Seen>, StoreError> {
    let rows: Vec<(String, i64, i64, i64)> = mail_uids::table
        .filter(mail_uids::delivery_id.eq(delivery.get()))
        .order((mail_uids::seen_at, mail_uids::folder, mail_uids::uid))
        .limit(limit)
        .select((mail_uids::folder, mail_uids::uid_validity, mail_uids::uid, mail_uids::seen_at))
        .load(conn)?;
    let seen = |(folder, uid_validity, uid, seen_at)| {
        let seen_at = Instant::from_micros(seen_at);
        Seen { folder, uid_validity, uid, seen_at }
    };
    Ok(rows.into_iter().map(seen).collect())
}

/// Which UIDs of a folder from `from` to `to` inclusive are in the ledger, ascending.
pub fn known_uids(
    conn: &mut Conn,
    inbox: InboxId,
    folder: &str,
    uid_validity: i64,
    (from, to): (i64, i64),
) -> Result<Vec<i64>, StoreError> {
    let rows = mail_uids::table
        .filter(mail_uids::inbox_id.eq(inbox.get()))
        .filter(mail_uids::folder.eq(folder))
        .filter(mail_uids::uid_validity.eq(uid_validity))
        .filter(mail_uids::uid.between(from, to))
        .order(mail_uids::uid)
        .select(mail_uids::uid);
    Ok(rows.load(conn)?)
}

#[derive(Insertable)]
#[diesel(table_name = mail_uids)]
struct NewUid<'a> {
    inbox_id: i64,
    folder: &'a str,
    uid_validity: i64,
    uid: i64,
    delivery_id: i64,
    pending: i16,
    seen_at: i64,
}

/// Notes where deliveries were seen: UIDs of one folder under one UIDVALIDITY. Nothing is left to be
/// done to them there. What is noted already stays.
pub fn note_seen(
    conn: &mut Conn,
    (inbox, folder, uid_validity): (InboxId, &str, i64),
    places: &[(i64, DeliveryId)],
    now: Instant,
) -> Result<(), StoreError> {
    let row = |(uid, delivery): &(i64, DeliveryId)| NewUid {
        inbox_id: inbox.get(),
        folder,
        uid_validity,
        uid: *uid,
        delivery_id: delivery.get(),
        pending: 0,
        seen_at: now.as_micros(),
    };
    let rows: Vec<NewUid<'_>> = places.iter().map(row).collect();
    insert_rows!(conn, mail_uids::table, rows, on_conflict_do_nothing);
    Ok(())
}
