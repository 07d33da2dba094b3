//! What agents have begun to write. Which write counts is not decided here.

use std::collections::HashMap;

use diesel::prelude::*;
use throughline_core::actor::Actor;
use throughline_core::desk::{Draft, DraftContent, DraftKind};
use throughline_core::id::{AgentId, AttachmentId, TicketId};
use throughline_core::time::Instant;
use throughline_core::timeline::AttachmentInfo;

use crate::conn::{Conn, each, insert_rows};
use crate::error::StoreError;
use crate::read::{from_json, known, to_json};
use crate::schema::{draft_files, drafts, uploads};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = drafts, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    agent_id: i64,
    ticket_id: i64,
    kind: i16,
    revision: i64,
    content: Option<String>,
    updated_at: i64,
    updated_key: i64,
}

/// A draft with the number of its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The number of its row.
    pub row: i64,
    /// The draft.
    pub draft: Draft,
}

fn from_row(row: Row, attachments: Vec<AttachmentInfo>) -> Result<Kept, StoreError> {
    let content = row.content.as_deref();
    let content: Option<DraftContent> =
        content.map(|json| from_json("drafts.content", json)).transpose()?;
    let draft = Draft {
        ticket: TicketId::from(row.ticket_id),
        kind: known("drafts.kind", row.kind, DraftKind::from_code(row.kind))?,
        revision: row.revision,
        content,
        attachments,
        updated_at: Instant::from_micros(row.updated_at),
        updated_key: row.updated_key,
    };
    Ok(Kept { row: row.id, draft })
}

/// An agent's draft in a ticket, be it gone, held against other writers until the end of the transaction.
pub fn hold(
    conn: &mut Conn,
    agent: AgentId,
    ticket: TicketId,
    kind: DraftKind,
) -> Result<Option<Kept>, StoreError> {
    if let Conn::Pg(c) = conn {
        let place = drafts::agent_id.eq(agent.get()).and(drafts::ticket_id.eq(ticket.get()));
        let row = drafts::table.filter(place).filter(drafts::kind.eq(kind.code()));
        row.select(drafts::id).for_update().first::<i64>(c).optional()?;
    }
    get(conn, agent, ticket, kind)
}

/// An agent's draft in a ticket, be it gone.
pub fn get(
    conn: &mut Conn,
    agent: AgentId,
    ticket: TicketId,
    kind: DraftKind,
) -> Result<Option<Kept>, StoreError> {
    let row: Option<Row> = drafts::table
        .filter(drafts::agent_id.eq(agent.get()))
        .filter(drafts::ticket_id.eq(ticket.get()))
        .filter(drafts::kind.eq(kind.code()))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    let files = files_of(conn, &[row.id])?.remove(&row.id).unwrap_or_default();
    from_row(row, files).map(Some)
}

/// The drafts of an agent, last written first, before a key; also those in tickets that he may no longer
/// see.
pub fn list(
    conn: &mut Conn,
    agent: AgentId,
    before: Option<i64>,
    fetch: i64,
) -> Result<Vec<Draft>, StoreError> {
    let rows: Vec<Row> = drafts::table
        .filter(drafts::agent_id.eq(agent.get()))
        .filter(drafts::content.is_not_null())
        .filter(drafts::updated_key.lt(before.unwrap_or(i64::MAX)))
        .order(drafts::updated_key.desc())
        .limit(fetch)
        .select(Row::as_select())
        .load(conn)?;
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut files = files_of(conn, &ids)?;
    let draft = |row: Row| {
        let own = files.remove(&row.id).unwrap_or_default();
        from_row(row, own).map(|kept| kept.draft)
    };
    rows.into_iter().map(draft).collect()
}

fn files_of(
    conn: &mut Conn,
    rows: &[i64],
) -> Result<HashMap<i64, Vec<AttachmentInfo>>, StoreError> {
    let found: Vec<(i64, i64, Option<String>, String, i64)> = draft_files::table
        .inner_join(uploads::table.on(uploads::id.eq(draft_files::upload_id)))
        .filter(draft_files::draft_id.eq_any(rows.to_vec()))
        .order((draft_files::draft_id, draft_files::position))
        .select((
            draft_files::draft_id,
            uploads::id,
            uploads::name,
            uploads::media_type,
            uploads::size,
        ))
        .load(conn)?;
    let mut files: HashMap<i64, Vec<AttachmentInfo>> = HashMap::new();
    for (draft, id, name, media_type, size) in found {
        let info = AttachmentInfo {
            id: AttachmentId::from(id),
            name,
            media_type,
            size,
            inline: false,
            description: None,
        };
        files.entry(draft).or_default().push(info);
    }
    Ok(files)
}

/// Writes a draft of an agent, new or over what stood there under the same number. Its files are written
/// by [`name_files`].
pub fn save(conn: &mut Conn, agent: AgentId, kept: &Kept) -> Result<(), StoreError> {
    let Kept { row: id, draft } = kept;
    let row = Row {
        id: *id,
        agent_id: agent.get(),
        ticket_id: draft.ticket.get(),
        kind: draft.kind.code(),
        revision: draft.revision,
        content: draft.content.as_ref().map(to_json).transpose()?,
        updated_at: draft.updated_at.as_micros(),
        updated_key: draft.updated_key,
    };
    each!(conn, c => diesel::insert_into(drafts::table)
        .values(&row)
        .on_conflict(drafts::id)
        .do_update()
        .set(&row)
        .execute(c))?;
    Ok(())
}

/// Which of these files an actor sent here and nobody attached; those that another draft names are left
/// out.
pub fn free_files(
    conn: &mut Conn,
    actor: &Actor,
    row: i64,
    files: &[AttachmentId],
) -> Result<Vec<AttachmentId>, StoreError> {
    let ids: Vec<i64> = files.iter().map(|id| id.get()).collect();
    let elsewhere = draft_files::table
        .filter(draft_files::upload_id.eq_any(ids.clone()))
        .filter(draft_files::draft_id.ne(row))
        .select(draft_files::upload_id);
    let free: Vec<i64> = uploads::table
        .filter(uploads::id.eq_any(ids))
        .filter(uploads::actor.eq(actor.name()))
        .filter(uploads::id.ne_all(elsewhere))
        .select(uploads::id)
        .load(conn)?;
    Ok(free.into_iter().map(AttachmentId::from).collect())
}

/// Says which files a draft names, instead of those that it named.
pub fn name_files(conn: &mut Conn, row: i64, files: &[AttachmentId]) -> Result<(), StoreError> {
    diesel::delete(draft_files::table.filter(draft_files::draft_id.eq(row))).execute(conn)?;
    let named = |(position, id): (i16, &AttachmentId)| {
        (
            draft_files::upload_id.eq(id.get()),
            draft_files::draft_id.eq(row),
            draft_files::position.eq(position),
        )
    };
    let rows: Vec<_> = (0_i16..).zip(files).map(named).collect();
    insert_rows!(conn, draft_files::table, rows);
    Ok(())
}

/// Removes the files that drafts in these tickets name. Answers with their blobs.
pub fn drop_files(conn: &mut Conn, tickets: &[i64]) -> Result<Vec<String>, StoreError> {
    let named: Vec<(i64, String)> = draft_files::table
        .inner_join(drafts::table.on(drafts::id.eq(draft_files::draft_id)))
        .inner_join(uploads::table.on(uploads::id.eq(draft_files::upload_id)))
        .filter(drafts::ticket_id.eq_any(tickets.to_vec()))
        .select((uploads::id, uploads::blob))
        .load(conn)?;
    let (ids, blobs): (Vec<i64>, Vec<String>) = named.into_iter().unzip();
    diesel::delete(uploads::table.filter(uploads::id.eq_any(ids))).execute(conn)?;
    Ok(blobs)
}

/// Forgets drafts that were gone before an instant. Answers how many.
pub fn purge(conn: &mut Conn, before: Instant) -> Result<usize, StoreError> {
    let gone = drafts::table.filter(drafts::content.is_null());
    let old = gone.filter(drafts::updated_at.lt(before.as_micros()));
    Ok(diesel::delete(old).execute(conn)?)
}
