//! Imports of phone logs, and the rows that were rejected. What an import does is decided in `app`.

use diesel::prelude::*;
use throughline_core::actor::{Actor, Sees};
use throughline_core::id::{InboxId, ItemId, PhoneImportId};
use throughline_core::phone_import::{ImportState, PhoneImport, RejectedRow};
use throughline_core::time::Instant;

use crate::conn::{Conn, each, insert_rows};
use crate::error::StoreError;
use crate::read::{all, from_json, known, to_json};
use crate::schema::{phone_calls, phone_imports, phone_rejections};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = phone_imports, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    inbox_id: i64,
    name: String,
    blob: String,
    size: i64,
    actor: String,
    source: Option<String>,
    state: i16,
    counts: String,
    checked: Option<String>,
    reason: Option<String>,
    created_at: i64,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    version: i64,
}

fn to_row(import: &PhoneImport) -> Result<Row, StoreError> {
    Ok(Row {
        id: import.id.get(),
        inbox_id: import.inbox.get(),
        name: import.name.clone(),
        blob: import.blob.clone(),
        size: import.size,
        actor: import.actor.clone(),
        source: import.source.as_ref().map(to_json).transpose()?,
        state: import.state.code(),
        counts: to_json(&import.counts)?,
        checked: import.checked.as_ref().map(to_json).transpose()?,
        reason: import.reason.clone(),
        created_at: import.created_at.as_micros(),
        started_at: import.started_at.map(Instant::as_micros),
        finished_at: import.finished_at.map(Instant::as_micros),
        version: import.version,
    })
}

fn from_row(row: Row) -> Result<PhoneImport, StoreError> {
    let source = row.source.map(|text| from_json("phone_imports.source", &text));
    let checked = row.checked.map(|text| from_json("phone_imports.checked", &text));
    Ok(PhoneImport {
        id: PhoneImportId::from(row.id),
        inbox: InboxId::from(row.inbox_id),
        name: row.name,
        blob: row.blob,
        size: row.size,
        actor: row.actor,
        source: source.transpose()?,
        state: known("phone_imports.state", row.state, ImportState::from_code(row.state))?,
        counts: from_json("phone_imports.counts", &row.counts)?,
        checked: checked.transpose()?,
        reason: row.reason,
        created_at: Instant::from_micros(row.created_at),
        started_at: row.started_at.map(Instant::from_micros),
        finished_at: row.finished_at.map(Instant::from_micros),
        version: row.version,
    })
}

/// Writes a new one.
pub fn insert(conn: &mut Conn, import: &PhoneImport) -> Result<(), StoreError> {
    let row = to_row(import)?;
    each!(conn, c => diesel::insert_into(phone_imports::table).values(&row).execute(c))?;
    Ok(())
}

/// Writes over it. Hold it first.
pub fn update(conn: &mut Conn, import: &PhoneImport) -> Result<(), StoreError> {
    let row = to_row(import)?;
    let stored = phone_imports::table.filter(phone_imports::id.eq(row.id));
    each!(conn, c => diesel::update(stored).set(&row).execute(c))?;
    Ok(())
}

/// One import, if the actor may see its inbox.
pub fn get(
    conn: &mut Conn,
    actor: &Actor,
    id: PhoneImportId,
) -> Result<Option<PhoneImport>, StoreError> {
    let row: Option<Row> =
        phone_imports::table.find(id.get()).select(Row::as_select()).first(conn).optional()?;
    let found = row.map(from_row).transpose()?;
    Ok(found.filter(|import| actor.sees(import.inbox, None, None)))
}

/// The same, held against other writers until the end of the transaction.
pub fn hold(
    conn: &mut Conn,
    actor: &Actor,
    id: PhoneImportId,
) -> Result<Option<PhoneImport>, StoreError> {
    if let Conn::Pg(c) = conn {
        let row = phone_imports::table.filter(phone_imports::id.eq(id.get()));
        row.select(phone_imports::id).for_update().first::<i64>(c).optional()?;
    }
    get(conn, actor, id)
}

/// Imports that the actor may see, of one inbox if one is given, newest first, before an id.
pub fn list(
    conn: &mut Conn,
    actor: &Actor,
    inbox: Option<InboxId>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<PhoneImport>, StoreError> {
    let mut rows = phone_imports::table
        .filter(phone_imports::id.lt(before.unwrap_or(i64::MAX)))
        .order(phone_imports::id.desc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(inbox) = inbox {
        rows = rows.filter(phone_imports::inbox_id.eq(inbox.get()));
    }
    if let Sees::Only { inboxes, .. } = &actor.sees {
        let open: Vec<i64> = inboxes.iter().map(|inbox| inbox.get()).collect();
        rows = rows.filter(phone_imports::inbox_id.eq_any(open));
    }
    let rows: Vec<Row> = rows.load(conn)?;
    all(rows, from_row)
}

/// The newest import of a file of these bytes in an inbox.
pub fn of_blob(
    conn: &mut Conn,
    inbox: InboxId,
    blob: &str,
) -> Result<Option<PhoneImport>, StoreError> {
    let row: Option<Row> = phone_imports::table
        .filter(phone_imports::blob.eq(blob))
        .filter(phone_imports::inbox_id.eq(inbox.get()))
        .order(phone_imports::id.desc())
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(from_row).transpose()
}

/// Lets go of the files of imports that are over and matched by `which`. Answers with the blobs.
fn empty(conn: &mut Conn, ids: Vec<i64>) -> Result<Vec<String>, StoreError> {
    let rejected = phone_rejections::table.filter(phone_rejections::import_id.eq_any(ids.clone()));
    diesel::delete(rejected).execute(conn)?;
    let rows = phone_imports::table.filter(phone_imports::id.eq_any(ids));
    let blobs: Vec<String> = rows.clone().select(phone_imports::blob).load(conn)?;
    diesel::update(rows).set(phone_imports::blob.eq("")).execute(conn)?;
    Ok(blobs)
}

/// Lets go of the files, and of the rejected rows, of imports that were over before an instant; at most
/// `limit`. Answers with the blobs that they named.
pub fn let_go(conn: &mut Conn, before: Instant, limit: i64) -> Result<Vec<String>, StoreError> {
    let ids: Vec<i64> = phone_imports::table
        .filter(phone_imports::finished_at.lt(before.as_micros()))
        .filter(phone_imports::blob.ne(""))
        .order(phone_imports::finished_at)
        .limit(limit)
        .select(phone_imports::id)
        .load(conn)?;
    empty(conn, ids)
}

/// Lets go of the files, and of the rejected rows, of all imports into the inboxes by which calls among
/// these items came: the files tell of them, too. Those that are being read are left. Answers with the
/// blobs that they named.
pub fn let_go_of_items(conn: &mut Conn, items: &[ItemId]) -> Result<Vec<String>, StoreError> {
    let items: Vec<i64> = items.iter().map(|id| id.get()).collect();
    let inboxes: Vec<i64> = phone_calls::table
        .filter(phone_calls::item_id.eq_any(items))
        .select(phone_calls::inbox_id)
        .distinct()
        .load(conn)?;
    if inboxes.is_empty() {
        return Ok(Vec::new());
    }
    let working = [ImportState::Checking, ImportState::Running, ImportState::Paused];
    let working: Vec<i16> = working.into_iter().map(ImportState::code).collect();
    let ids: Vec<i64> = phone_imports::table
        .filter(phone_imports::inbox_id.eq_any(inboxes))
        .filter(phone_imports::blob.ne(""))
        .filter(diesel::dsl::not(phone_imports::state.eq_any(working)))
        .select(phone_imports::id)
        .load(conn)?;
    empty(conn, ids)
}

/// Notes rows that could not be read; those that are noted already stay as they are.
pub fn reject(
    conn: &mut Conn,
    import: PhoneImportId,
    rejected: &[RejectedRow],
) -> Result<(), StoreError> {
    let row = |row: &RejectedRow| {
        (
            phone_rejections::import_id.eq(import.get()),
            phone_rejections::place.eq(i64::try_from(row.place).unwrap_or(i64::MAX)),
            phone_rejections::line.eq(i64::try_from(row.line).unwrap_or(i64::MAX)),
            phone_rejections::reason.eq(row.reason.replace('\0', "")),
            phone_rejections::raw.eq(row.raw.replace('\0', "")),
        )
    };
    let rows: Vec<_> = rejected.iter().map(row).collect();
    insert_rows!(conn, phone_rejections::table, rows, on_conflict_do_nothing);
    Ok(())
}

/// Forgets the rejected rows of an import, as when it begins anew.
pub fn forget_rejected(conn: &mut Conn, import: PhoneImportId) -> Result<(), StoreError> {
    let of = phone_rejections::table.filter(phone_rejections::import_id.eq(import.get()));
    diesel::delete(of).execute(conn)?;
    Ok(())
}

/// Rejected rows of an import behind a place, in their order.
pub fn rejected(
    conn: &mut Conn,
    import: PhoneImportId,
    after: u64,
    limit: i64,
) -> Result<Vec<RejectedRow>, StoreError> {
    let rows: Vec<(i64, i64, String, String)> = phone_rejections::table
        .filter(phone_rejections::import_id.eq(import.get()))
        .filter(phone_rejections::place.gt(i64::try_from(after).unwrap_or(i64::MAX)))
        .order(phone_rejections::place)
        .limit(limit)
        .select((
            phone_rejections::place,
            phone_rejections::line,
            phone_rejections::reason,
            phone_rejections::raw,
        ))
        .load(conn)?;
    let row = |(place, line, reason, raw): (i64, i64, String, String)| RejectedRow {
        place: u64::try_from(place).unwrap_or_default(),
        line: u64::try_from(line).unwrap_or_default(),
        reason,
        raw,
    };
    Ok(rows.into_iter().map(row).collect())
}
