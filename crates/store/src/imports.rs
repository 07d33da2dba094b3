//! Imports, and the rows that were rejected. What an import does is decided in `app`.

use diesel::prelude::*;
use throughline_core::actor::{Actor, Sees};
use throughline_core::id::{ImportId, InboxId, ItemId};
use throughline_core::import::{Import, ImportKind, ImportState, RejectedRow};
use throughline_core::time::Instant;

use crate::conn::{Conn, each, insert_rows};
use crate::error::StoreError;
use crate::read::{all, from_json, known, to_json};
use crate::schema::{deliveries, delivery_items, import_rejections, imports, phone_calls};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = imports, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    kind: i16,
    inbox_id: Option<i64>,
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

fn to_row(import: &Import) -> Result<Row, StoreError> {
    Ok(Row {
        id: import.id.get(),
        kind: import.kind.code(),
        inbox_id: import.inbox.map(InboxId::get),
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

fn from_row(row: Row) -> Result<Import, StoreError> {
    let source = row.source.map(|text| from_json("imports.source", &text));
    let checked = row.checked.map(|text| from_json("imports.checked", &text));
    Ok(Import {
        id: ImportId::from(row.id),
        kind: known("imports.kind", row.kind, ImportKind::from_code(row.kind))?,
        inbox: row.inbox_id.map(InboxId::from),
        name: row.name,
        blob: row.blob,
        size: row.size,
        actor: row.actor,
        source: source.transpose()?,
        state: known("imports.state", row.state, ImportState::from_code(row.state))?,
        counts: from_json("imports.counts", &row.counts)?,
        checked: checked.transpose()?,
        reason: row.reason,
        created_at: Instant::from_micros(row.created_at),
        started_at: row.started_at.map(Instant::from_micros),
        finished_at: row.finished_at.map(Instant::from_micros),
        version: row.version,
    })
}

/// Writes a new one.
pub fn insert(conn: &mut Conn, import: &Import) -> Result<(), StoreError> {
    let row = to_row(import)?;
    each!(conn, c => diesel::insert_into(imports::table).values(&row).execute(c))?;
    Ok(())
}

/// Writes over it. Hold it first.
pub fn update(conn: &mut Conn, import: &Import) -> Result<(), StoreError> {
    let row = to_row(import)?;
    let stored = imports::table.filter(imports::id.eq(row.id));
    each!(conn, c => diesel::update(stored).set(&row).execute(c))?;
    Ok(())
}

/// Whether the actor may see what belongs to this inbox; what belongs to none is for who sees everything.
fn may_see(actor: &Actor, inbox: Option<InboxId>) -> bool {
    match inbox {
        Some(inbox) => actor.sees(inbox, None, None),
        None => actor.sees == Sees::Everything,
    }
}

/// One import, if the actor may see its inbox.
pub fn get(conn: &mut Conn, actor: &Actor, id: ImportId) -> Result<Option<Import>, StoreError> {
    let row: Option<Row> =
        imports::table.find(id.get()).select(Row::as_select()).first(conn).optional()?;
    let found = row.map(from_row).transpose()?;
    Ok(found.filter(|import| may_see(actor, import.inbox)))
}

/// The same, held against other writers until the end of the transaction.
pub fn hold(conn: &mut Conn, actor: &Actor, id: ImportId) -> Result<Option<Import>, StoreError> {
    if let Conn::Pg(c) = conn {
        let row = imports::table.filter(imports::id.eq(id.get()));
        row.select(imports::id).for_update().first::<i64>(c).optional()?;
    }
    get(conn, actor, id)
}

/// Imports that the actor may see, of these kinds, of one inbox if it is given, newest first, before an id.
pub fn list(
    conn: &mut Conn,
    actor: &Actor,
    kinds: &[ImportKind],
    inbox: Option<InboxId>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Import>, StoreError> {
    let mut rows = imports::table
        .filter(imports::id.lt(before.unwrap_or(i64::MAX)))
        .order(imports::id.desc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    rows = match kinds {
        [kind] => rows.filter(imports::kind.eq(kind.code())),
        kinds => rows.filter(imports::kind.eq_any(kinds.iter().map(|kind| kind.code()))),
    };
    if let Some(inbox) = inbox {
        rows = rows.filter(imports::inbox_id.eq(inbox.get()));
    }
    if let Sees::Only { inboxes, .. } = &actor.sees {
        let open: Vec<i64> = inboxes.iter().map(|inbox| inbox.get()).collect();
        rows = rows.filter(imports::inbox_id.eq_any(open));
    }
    let rows: Vec<Row> = rows.load(conn)?;
    all(rows, from_row)
}

/// The newest import of this kind of a file of these bytes, into an inbox if one is given.
pub fn of_blob(
    conn: &mut Conn,
    kind: ImportKind,
    inbox: Option<InboxId>,
    blob: &str,
) -> Result<Option<Import>, StoreError> {
    let mut rows = imports::table
        .filter(imports::blob.eq(blob))
        .filter(imports::kind.eq(kind.code()))
        .order(imports::id.desc())
        .limit(1)
        .select(Row::as_select())
        .into_boxed();
    if let Some(inbox) = inbox {
        rows = rows.filter(imports::inbox_id.eq(inbox.get()));
    }
    let mut rows: Vec<Row> = rows.load(conn)?;
    rows.pop().map(from_row).transpose()
}

/// Lets go of the files, and of the rejected rows, of these imports. Answers with the blobs.
fn empty(conn: &mut Conn, ids: Vec<i64>) -> Result<Vec<String>, StoreError> {
    let rejected =
        import_rejections::table.filter(import_rejections::import_id.eq_any(ids.clone()));
    diesel::delete(rejected).execute(conn)?;
    let rows = imports::table.filter(imports::id.eq_any(ids));
    let blobs: Vec<String> = rows.clone().select(imports::blob).load(conn)?;
    diesel::update(rows).set(imports::blob.eq("")).execute(conn)?;
    Ok(blobs)
}

/// Lets go of the files, and of the rejected rows, of imports that were over before an instant, and of those
/// that were brought before it and have waited since to be started, or to go on; at most `limit` of each.
/// Answers with the blobs that they named.
pub fn let_go(conn: &mut Conn, before: Instant, limit: i64) -> Result<Vec<String>, StoreError> {
    let mut ids: Vec<i64> = imports::table
        .filter(imports::finished_at.lt(before.as_micros()))
        .filter(imports::blob.ne(""))
        .order(imports::finished_at)
        .limit(limit)
        .select(imports::id)
        .load(conn)?;
    let waiting = [ImportState::Uploaded, ImportState::Paused].map(ImportState::code);
    let begun = imports::started_at.is_null().or(imports::started_at.lt(before.as_micros()));
    let waiting: Vec<i64> = imports::table
        .filter(imports::finished_at.is_null())
        .filter(imports::state.eq_any(waiting))
        .filter(imports::created_at.lt(before.as_micros()))
        .filter(begun.assume_not_null())
        .filter(imports::blob.ne(""))
        .limit(limit)
        .select(imports::id)
        .load(conn)?;
    ids.extend(waiting);
    empty(conn, ids)
}

/// Why an import was ended whose file was let go of.
const NAMED: &str = "what its file may tell of was erased or taken out meanwhile: send the file again, \
                     without it";

/// Lets go of the files, and of the rejected rows, of these imports and of others of the same files. Those
/// that were not over are ended: what they would still read is not to come. Answers with the blobs.
fn end_and_empty(conn: &mut Conn, ids: Vec<i64>, now: Instant) -> Result<Vec<String>, StoreError> {
    let rows = imports::table.filter(imports::id.eq_any(ids));
    let blobs: Vec<String> = rows.select(imports::blob).distinct().load(conn)?;
    let same = imports::table.filter(imports::blob.eq_any(blobs)).order(imports::id);
    let ids: Vec<i64> = same.select(imports::id).load(conn)?;
    let begun = [ImportState::Checking, ImportState::Running, ImportState::Paused];
    let unfinished = imports::table
        .filter(imports::id.eq_any(ids.clone()))
        .filter(imports::state.eq_any(begun.map(ImportState::code)));
    diesel::update(unfinished)
        .set((
            imports::state.eq(ImportState::Cancelled.code()),
            imports::reason.eq(NAMED),
            imports::finished_at.eq(now.as_micros()),
            imports::version.eq(imports::version + 1),
        ))
        .execute(conn)?;
    empty(conn, ids)
}

/// Lets go of the files, and of the rejected rows, of all imports that may tell of these items: of calls and
/// of mails those into the same inboxes, whether they brought them, found them known or were never started.
/// Those that were not over are ended. Answers with the blobs that they named.
pub fn let_go_of_items(
    conn: &mut Conn,
    items: &[ItemId],
    now: Instant,
) -> Result<Vec<String>, StoreError> {
    let items: Vec<i64> = items.iter().map(|id| id.get()).collect();
    let calls: Vec<i64> = phone_calls::table
        .filter(phone_calls::item_id.eq_any(items.clone()))
        .select(phone_calls::inbox_id)
        .distinct()
        .load(conn)?;
    let mut mails: Vec<i64> = deliveries::table
        .filter(deliveries::item_id.eq_any(items.clone()))
        .select(deliveries::inbox_id)
        .distinct()
        .load(conn)?;
    let copies = delivery_items::table
        .filter(delivery_items::item_id.eq_any(items))
        .select(delivery_items::delivery_id);
    let copies: Vec<i64> = copies.load(conn)?;
    let of_copies = deliveries::table.filter(deliveries::id.eq_any(copies));
    mails.extend(of_copies.select(deliveries::inbox_id).distinct().load::<i64>(conn)?);
    let mut ids: Vec<i64> = Vec::new();
    for (kind, inboxes) in [(ImportKind::Calls, calls), (ImportKind::Mail, mails)] {
        let of_kind = imports::table
            .filter(imports::inbox_id.eq_any(inboxes))
            .filter(imports::kind.eq(kind.code()))
            .filter(imports::blob.ne(""));
        ids.extend(of_kind.select(imports::id).load::<i64>(conn)?);
    }
    if ids.is_empty() { Ok(Vec::new()) } else { end_and_empty(conn, ids, now) }
}

/// Lets go of the files, and of the rejected rows, of all imports of contacts: who is erased may be named in
/// any of them, and would come again with one that goes on. Those that were not over are ended. Answers with
/// the blobs that they named.
pub fn let_go_of_contacts(conn: &mut Conn, now: Instant) -> Result<Vec<String>, StoreError> {
    let ids: Vec<i64> = imports::table
        .filter(imports::kind.eq(ImportKind::Contacts.code()))
        .filter(imports::blob.ne(""))
        .select(imports::id)
        .load(conn)?;
    if ids.is_empty() { Ok(Vec::new()) } else { end_and_empty(conn, ids, now) }
}

/// Notes rows that could not be read; those that are noted already stay as they are.
pub fn reject(
    conn: &mut Conn,
    import: ImportId,
    rejected: &[RejectedRow],
) -> Result<(), StoreError> {
    let row = |row: &RejectedRow| {
        (
            import_rejections::import_id.eq(import.get()),
            import_rejections::place.eq(i64::try_from(row.place).unwrap_or(i64::MAX)),
            import_rejections::line.eq(i64::try_from(row.line).unwrap_or(i64::MAX)),
            import_rejections::reason.eq(row.reason.replace('\0', "")),
            import_rejections::raw.eq(row.raw.replace('\0', "")),
        )
    };
    let rows: Vec<_> = rejected.iter().map(row).collect();
    insert_rows!(conn, import_rejections::table, rows, on_conflict_do_nothing);
    Ok(())
}

/// Forgets the rejected rows of an import, as when it begins anew.
pub fn forget_rejected(conn: &mut Conn, import: ImportId) -> Result<(), StoreError> {
    let of = import_rejections::table.filter(import_rejections::import_id.eq(import.get()));
    diesel::delete(of).execute(conn)?;
    Ok(())
}

/// Rejected rows of an import behind a place, in their order.
pub fn rejected(
    conn: &mut Conn,
    import: ImportId,
    after: u64,
    limit: i64,
) -> Result<Vec<RejectedRow>, StoreError> {
    let rows: Vec<(i64, i64, String, String)> = import_rejections::table
        .filter(import_rejections::import_id.eq(import.get()))
        .filter(import_rejections::place.gt(i64::try_from(after).unwrap_or(i64::MAX)))
        .order(import_rejections::place)
        .limit(limit)
        .select((
            import_rejections::place,
            import_rejections::line,
            import_rejections::reason,
            import_rejections::raw,
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
