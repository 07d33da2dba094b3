//! Folders of mail servers: who follows one, how far it is recorded and how that goes, and every
//! message ever seen there. Settings are in `mail_settings`, the mails themselves in `deliveries`.

use std::collections::HashMap;

use diesel::dsl::count_star;
use diesel::prelude::*;
use throughline_core::id::{DeliveryId, InboxId};
use throughline_core::mail_settings::AfterRecording;
use throughline_core::time::Instant;

use crate::conn::{Conn, each, insert_rows};
use crate::error::StoreError;
use crate::read::{all, known};
use crate::schema::{mail_folders, mail_uids};

/// A folder of an inbox, by the name it has on its server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FolderKey {
    /// The inbox.
    pub inbox: InboxId,
    /// The folder.
    pub folder: String,
}

/// Up to here a folder is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FolderCursor {
    /// The UIDVALIDITY under which `last_uid` has its meaning.
    pub uid_validity: u32,
    /// The highest UID that was recorded or passed over; 0 before the first.
    pub last_uid: u32,
}

/// A folder as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFolder {
    /// Which one.
    pub key: FolderKey,
    /// How far it is recorded; nothing before the first look.
    pub cursor: Option<FolderCursor>,
    /// When it was last looked at without a failure.
    pub checked_at: Option<Instant>,
    /// Failures in a row.
    pub failures: i32,
    /// When the first of them happened.
    pub failing_since: Option<Instant>,
    /// What the last of them was.
    pub last_error: Option<String>,
    /// Until when a worker follows it.
    pub lease_until: Option<Instant>,
}

/// A message that was seen in a folder and is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenUid {
    /// Its UID.
    pub uid: u32,
    /// The UIDVALIDITY under which the UID means it.
    pub uid_validity: u32,
    /// The row of the ledger with its bytes.
    pub delivery: DeliveryId,
    /// What is still to be done to it on its server.
    pub pending: AfterRecording,
}

/// A recorded message to which something is still to be done on its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PendingUid {
    /// Its UID.
    pub uid: u32,
    /// The UIDVALIDITY under which the UID means it.
    pub uid_validity: u32,
    /// What is to be done.
    pub what: AfterRecording,
}

/// How many messages of a folder are recorded, under all its UIDVALIDITYs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FolderCounts {
    /// Recorded.
    pub recorded: i64,
    /// Of these, those to which something is still to be done on the server.
    pub pending: i64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = mail_folders)]
struct Row {
    inbox_id: i64,
    folder: String,
    uid_validity: i64,
    last_uid: i64,
    checked_at: Option<i64>,
    failures: i32,
    failing_since: Option<i64>,
    last_error: Option<String>,
    lease_until: Option<i64>,
}

#[derive(Insertable)]
#[diesel(table_name = mail_folders)]
struct NewRow<'a> {
    inbox_id: i64,
    folder: &'a str,
    uid_validity: i64,
    last_uid: i64,
    failures: i32,
}

#[derive(Insertable)]
#[diesel(table_name = mail_uids)]
struct UidRow<'a> {
    inbox_id: i64,
    folder: &'a str,
    uid_validity: i64,
    uid: i64,
    delivery_id: i64,
    pending: i16,
    seen_at: i64,
}

fn from_row(row: Row) -> Result<StoredFolder, StoreError> {
    let cursor = FolderCursor {
        uid_validity: number("mail_folders.uid_validity", row.uid_validity)?,
        last_uid: number("mail_folders.last_uid", row.last_uid)?,
    };
    Ok(StoredFolder {
        key: FolderKey { inbox: InboxId::from(row.inbox_id), folder: row.folder },
        // A server never gives 0 (RFC 3501, section 9, `nz-number`): it stands for "not yet".
        cursor: Some(cursor).filter(|cursor| cursor.uid_validity != 0),
        checked_at: row.checked_at.map(Instant::from_micros),
        failures: row.failures,
        failing_since: row.failing_since.map(Instant::from_micros),
        last_error: row.last_error,
        lease_until: row.lease_until.map(Instant::from_micros),
    })
}

fn number(what: &'static str, stored: i64) -> Result<u32, StoreError> {
    let why = || format!("{stored} is out of range");
    u32::try_from(stored).map_err(|_| StoreError::Unreadable { what, why: why() })
}

/// One folder.
macro_rules! folder {
    ($key:expr) => {
        mail_folders::table
            .filter(mail_folders::inbox_id.eq($key.inbox.get()))
            .filter(mail_folders::folder.eq($key.folder.as_str()))
    };
}

/// The messages of one folder under one UIDVALIDITY.
macro_rules! uids {
    ($key:expr, $validity:expr) => {
        mail_uids::table
            .filter(mail_uids::inbox_id.eq($key.inbox.get()))
            .filter(mail_uids::folder.eq($key.folder.as_str()))
            .filter(mail_uids::uid_validity.eq(i64::from($validity)))
    };
}

/// Takes a folder for following until `until`, unless somebody else has it. The token proves it.
pub fn claim(
    conn: &mut Conn,
    key: &FolderKey,
    token: i64,
    now: Instant,
    until: Instant,
) -> Result<Option<StoredFolder>, StoreError> {
    let (inbox_id, folder) = (key.inbox.get(), key.folder.as_str());
    let row = NewRow { inbox_id, folder, uid_validity: 0, last_uid: 0, failures: 0 };
    each!(conn, c => diesel::insert_into(mail_folders::table)
        .values(&row)
        .on_conflict_do_nothing()
        .execute(c))?;
    let free = folder!(key).filter(
        mail_folders::lease_until.is_null().or(mail_folders::lease_until.le(now.as_micros())),
    );
    let leased =
        (mail_folders::lease_until.eq(until.as_micros()), mail_folders::lease_token.eq(token));
    if diesel::update(free).set(leased).execute(conn)? == 0 {
        return Ok(None);
    }
    get(conn, key)
}

/// Holds a claimed folder for longer; `false` when somebody else has it by now.
pub fn extend(
    conn: &mut Conn,
    key: &FolderKey,
    token: i64,
    until: Instant,
) -> Result<bool, StoreError> {
    let mine = folder!(key).filter(mail_folders::lease_token.eq(token));
    let until = mail_folders::lease_until.eq(until.as_micros());
    Ok(diesel::update(mine).set(until).execute(conn)? == 1)
}

/// Gives a claimed folder back.
pub fn release(conn: &mut Conn, key: &FolderKey, token: i64) -> Result<(), StoreError> {
    let mine = folder!(key).filter(mail_folders::lease_token.eq(token));
    let free =
        (mail_folders::lease_until.eq(None::<i64>), mail_folders::lease_token.eq(None::<i64>));
    diesel::update(mine).set(free).execute(conn)?;
    Ok(())
}

/// Moves the cursor of a claimed folder; `false`, and nothing done, when somebody else has it by
/// now. Others who would move it wait for the end of this transaction.
pub fn advance(
    conn: &mut Conn,
    key: &FolderKey,
    token: i64,
    cursor: FolderCursor,
) -> Result<bool, StoreError> {
    let mine = folder!(key).filter(mail_folders::lease_token.eq(token));
    let moved = (
        mail_folders::uid_validity.eq(i64::from(cursor.uid_validity)),
        mail_folders::last_uid.eq(i64::from(cursor.last_uid)),
    );
    Ok(diesel::update(mine).set(moved).execute(conn)? == 1)
}

/// Notes that a claimed folder was looked at without a failure. `trouble` is what still stands in
/// the way of something else than fetching.
pub fn note_success(
    conn: &mut Conn,
    key: &FolderKey,
    token: i64,
    trouble: Option<&str>,
    now: Instant,
) -> Result<(), StoreError> {
    let mine = folder!(key).filter(mail_folders::lease_token.eq(token));
    let checked = (
        mail_folders::checked_at.eq(now.as_micros()),
        mail_folders::failures.eq(0),
        mail_folders::last_error.eq(trouble),
    );
    if trouble.is_some() {
        diesel::update(mine).set(checked).execute(conn)?;
        return since(conn, key, token, now);
    }
    let sound = mail_folders::failing_since.eq(None::<i64>);
    diesel::update(mine).set((checked, sound)).execute(conn)?;
    Ok(())
}

/// Notes a failure of a claimed folder, in words for an admin.
pub fn note_failure(
    conn: &mut Conn,
    key: &FolderKey,
    token: i64,
    words: &str,
    now: Instant,
) -> Result<(), StoreError> {
    let mine = folder!(key).filter(mail_folders::lease_token.eq(token));
    let failed =
        (mail_folders::failures.eq(mail_folders::failures + 1), mail_folders::last_error.eq(words));
    diesel::update(mine).set(failed).execute(conn)?;
    since(conn, key, token, now)
}

/// Keeps since when things go wrong.
fn since(conn: &mut Conn, key: &FolderKey, token: i64, now: Instant) -> Result<(), StoreError> {
    let mine = folder!(key).filter(mail_folders::lease_token.eq(token));
    diesel::update(mine.filter(mail_folders::failing_since.is_null()))
        .set(mail_folders::failing_since.eq(now.as_micros()))
        .execute(conn)?;
    Ok(())
}

/// One folder.
pub fn get(conn: &mut Conn, key: &FolderKey) -> Result<Option<StoredFolder>, StoreError> {
    let row: Option<Row> = folder!(key).select(Row::as_select()).first(conn).optional()?;
    row.map(from_row).transpose()
}

/// The folders of an inbox, by name.
pub fn of_inbox(conn: &mut Conn, inbox: InboxId) -> Result<Vec<StoredFolder>, StoreError> {
    let rows = mail_folders::table
        .filter(mail_folders::inbox_id.eq(inbox.get()))
        .order(mail_folders::folder)
        .select(Row::as_select());
    all(rows.load(conn)?, from_row)
}

/// Adds messages that were seen; one that was seen before stays as it is.
pub fn insert_uids(
    conn: &mut Conn,
    key: &FolderKey,
    seen: &[SeenUid],
    now: Instant,
) -> Result<(), StoreError> {
    let row = |seen: &SeenUid| UidRow {
        inbox_id: key.inbox.get(),
        folder: &key.folder,
        uid_validity: i64::from(seen.uid_validity),
        uid: i64::from(seen.uid),
        delivery_id: seen.delivery.get(),
        pending: seen.pending.code(),
        seen_at: now.as_micros(),
    };
    let rows: Vec<UidRow<'_>> = seen.iter().map(row).collect();
    insert_rows!(conn, mail_uids::table, rows, on_conflict_do_nothing);
    Ok(())
}

/// Recorded messages of a folder to which something is still to be done, in no order, up to a limit.
///
/// The UIDVALIDITY is not asked for, nor an order: with either the database may well walk all
/// messages of the folder to find that nothing is pending, and this is asked after every look.
pub fn pending(
    conn: &mut Conn,
    key: &FolderKey,
    limit: i64,
) -> Result<Vec<PendingUid>, StoreError> {
    let rows: Vec<(i64, i64, i16)> = mail_uids::table
        .filter(mail_uids::inbox_id.eq(key.inbox.get()))
        .filter(mail_uids::folder.eq(key.folder.as_str()))
        .filter(mail_uids::pending.gt(AfterRecording::Leave.code()))
        .select((mail_uids::uid, mail_uids::uid_validity, mail_uids::pending))
        .limit(limit)
        .load(conn)?;
    all(rows, |(uid, uid_validity, code)| {
        Ok(PendingUid {
            uid: number("mail_uids.uid", uid)?,
            uid_validity: number("mail_uids.uid_validity", uid_validity)?,
            what: known("mail_uids.pending", code, AfterRecording::from_code(code))?,
        })
    })
}

/// Notes that nothing is left to be done to these messages.
pub fn settle(
    conn: &mut Conn,
    key: &FolderKey,
    uid_validity: u32,
    settled: &[u32],
) -> Result<(), StoreError> {
    for part in settled.chunks(1_000) {
        let part: Vec<i64> = part.iter().map(|uid| i64::from(*uid)).collect();
        diesel::update(uids!(key, uid_validity).filter(mail_uids::uid.eq_any(part)))
            .set(mail_uids::pending.eq(AfterRecording::Leave.code()))
            .execute(conn)?;
    }
    Ok(())
}

/// Notes that nothing can be done any more to messages whose UIDs have lost their meaning.
pub fn settle_others(
    conn: &mut Conn,
    key: &FolderKey,
    uid_validity: u32,
) -> Result<(), StoreError> {
    let others = mail_uids::table
        .filter(mail_uids::inbox_id.eq(key.inbox.get()))
        .filter(mail_uids::folder.eq(key.folder.as_str()))
        .filter(mail_uids::uid_validity.ne(i64::from(uid_validity)))
        .filter(mail_uids::pending.gt(AfterRecording::Leave.code()));
    diesel::update(others)
        .set(mail_uids::pending.eq(AfterRecording::Leave.code()))
        .execute(conn)?;
    Ok(())
}

/// The recorded UIDs of a folder from `from` to `to` inclusive, ascending.
pub fn recorded(
    conn: &mut Conn,
    key: &FolderKey,
    uid_validity: u32,
    from: u32,
    to: u32,
) -> Result<Vec<u32>, StoreError> {
    let rows: Vec<i64> = uids!(key, uid_validity)
        .filter(mail_uids::uid.between(i64::from(from), i64::from(to)))
        .order(mail_uids::uid)
        .select(mail_uids::uid)
        .load(conn)?;
    all(rows, |uid| number("mail_uids.uid", uid))
}

/// How much of each folder of an inbox is recorded.
pub fn counts(
    conn: &mut Conn,
    inbox: InboxId,
) -> Result<HashMap<String, FolderCounts>, StoreError> {
    let rows: Vec<(String, i16, i64)> = mail_uids::table
        .filter(mail_uids::inbox_id.eq(inbox.get()))
        .group_by((mail_uids::folder, mail_uids::pending))
        .select((mail_uids::folder, mail_uids::pending, count_star()))
        .load(conn)?;
    let mut counts: HashMap<String, FolderCounts> = HashMap::new();
    for (folder, pending, n) in rows {
        let of_folder = counts.entry(folder).or_default();
        of_folder.recorded += n;
        if pending != AfterRecording::Leave.code() {
            of_folder.pending += n;
        }
    }
    Ok(counts)
}
