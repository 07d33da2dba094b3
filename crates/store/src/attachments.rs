//! Attachments: which file of which item is which blob.

use diesel::prelude::*;
use throughline_core::id::{AttachmentId, ItemId};
use throughline_core::timeline::AttachmentInfo;

use crate::conn::{Conn, insert_rows};
use crate::error::StoreError;
use crate::schema::attachments;

/// A stored attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// What clients see of it.
    pub info: AttachmentInfo,
    /// The item it belongs to.
    pub item: ItemId,
    /// The name of its blob.
    pub blob: String,
    /// The id by which the HTML refers to it.
    pub content_id: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = attachments, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    item_id: i64,
    position: i16,
    name: Option<String>,
    media_type: String,
    size: i64,
    blob: String,
    content_id: Option<String>,
    inline: bool,
}

/// Inserts the attachments of an item, in their order.
pub fn insert(conn: &mut Conn, new: &[Attachment]) -> Result<(), StoreError> {
    append(conn, 0, new)
}

/// Inserts attachments of an item behind those that it has already.
pub fn append(conn: &mut Conn, behind: usize, new: &[Attachment]) -> Result<(), StoreError> {
    let row = |(at, new): (usize, &Attachment)| {
        to_row(new, i16::try_from(behind + at).unwrap_or(i16::MAX))
    };
    let rows: Vec<Row> = new.iter().enumerate().map(row).collect();
    insert_rows!(conn, attachments::table, rows);
    Ok(())
}

/// Adds an attachment to those of its item, at its place among them.
pub fn add(conn: &mut Conn, new: &Attachment, position: i16) -> Result<(), StoreError> {
    insert_rows!(conn, attachments::table, [to_row(new, position)]);
    Ok(())
}

/// Removes attachments. Answers with the blobs that they named.
pub fn drop_some(conn: &mut Conn, ids: &[AttachmentId]) -> Result<Vec<String>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
    let rows = attachments::table.filter(attachments::id.eq_any(ids));
    let blobs: Vec<String> = rows.clone().select(attachments::blob).load(conn)?;
    diesel::delete(rows).execute(conn)?;
    Ok(blobs)
}

fn to_row(new: &Attachment, position: i16) -> Row {
    let Attachment { info, item, blob, content_id } = new;
    Row {
        id: info.id.get(),
        item_id: item.get(),
        position,
        name: info.name.clone(),
        media_type: info.media_type.clone(),
        size: info.size,
        blob: blob.clone(),
        content_id: content_id.clone(),
        inline: info.inline,
    }
}

/// The attachments of an item, in their order.
pub fn of_item(conn: &mut Conn, item: ItemId) -> Result<Vec<Attachment>, StoreError> {
    let rows: Vec<Row> = attachments::table
        .filter(attachments::item_id.eq(item.get()))
        .order(attachments::position)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(from_row).collect())
}

/// An attachment. Whether the actor may see it is decided by its item.
pub fn get(conn: &mut Conn, id: AttachmentId) -> Result<Option<Attachment>, StoreError> {
    let row: Option<Row> = attachments::table
        .filter(attachments::id.eq(id.get()))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(from_row))
}

fn from_row(row: Row) -> Attachment {
    Attachment {
        info: AttachmentInfo {
            id: AttachmentId::from(row.id),
            name: row.name,
            media_type: row.media_type,
            size: row.size,
            inline: row.inline,
            description: None,
        },
        item: ItemId::from(row.item_id),
        blob: row.blob,
        content_id: row.content_id,
    }
}

/// The files of an item that its text can name, with the names (Content-ID), oldest first.
pub fn named_in_text(
    conn: &mut Conn,
    item: ItemId,
) -> Result<Vec<(String, AttachmentId)>, StoreError> {
    let rows: Vec<(Option<String>, i64)> = attachments::table
        .filter(attachments::item_id.eq(item.get()))
        .filter(attachments::content_id.is_not_null())
        .order(attachments::id)
        .select((attachments::content_id, attachments::id))
        .load(conn)?;
    let named = |(name, id): (Option<String>, i64)| Some((name?, AttachmentId::from(id)));
    Ok(rows.into_iter().filter_map(named).collect())
}
