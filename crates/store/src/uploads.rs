//! Files that were sent here to be attached and are not yet.

use diesel::prelude::*;
use throughline_core::id::AttachmentId;
use throughline_core::time::Instant;
use throughline_core::timeline::AttachmentInfo;

use crate::conn::{Conn, each};
use crate::error::StoreError;
use crate::schema::{draft_files, uploads};

/// A file that waits to be attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// What clients see of it. Its id becomes the attachment's.
    pub info: AttachmentInfo,
    /// Who sent it, as events name an actor.
    pub actor: String,
    /// The name of its blob.
    pub blob: String,
    /// When it came.
    pub created_at: Instant,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = uploads, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    actor: String,
    blob: String,
    name: Option<String>,
    media_type: String,
    size: i64,
    created_at: i64,
}

fn from_row(row: Row) -> Upload {
    Upload {
        info: AttachmentInfo {
            id: AttachmentId::from(row.id),
            name: row.name,
            media_type: row.media_type,
            size: row.size,
            inline: false,
            description: None,
        },
        actor: row.actor,
        blob: row.blob,
        created_at: Instant::from_micros(row.created_at),
    }
}

/// Notes a file.
pub fn insert(conn: &mut Conn, new: &Upload) -> Result<(), StoreError> {
    let row = Row {
        id: new.info.id.get(),
        actor: new.actor.clone(),
        blob: new.blob.clone(),
        name: new.info.name.clone(),
        media_type: new.info.media_type.clone(),
        size: new.info.size,
        created_at: new.created_at.as_micros(),
    };
    each!(conn, c => diesel::insert_into(uploads::table).values(&row).execute(c))?;
    Ok(())
}

/// Takes files that this actor sent since an instant, or that a draft of his names, in the order asked
/// for: they are gone from here, and of two who take one at the same moment one gets it. Those that cannot be had are left
/// out.
pub fn take(
    conn: &mut Conn,
    ids: &[AttachmentId],
    actor: &str,
    since: Instant,
) -> Result<Vec<Upload>, StoreError> {
    let mut taken = Vec::with_capacity(ids.len());
    for id in ids {
        let own = uploads::table
            .filter(uploads::id.eq(id.get()))
            .filter(uploads::actor.eq(actor))
            .filter(uploads::created_at.gt(since.as_micros()).or(uploads::id.eq_any(drafted())));
        let row: Option<Row> = own.select(Row::as_select()).first(conn).optional()?;
        if diesel::delete(own).execute(conn)? == 1 {
            taken.extend(row.map(from_row));
        }
    }
    Ok(taken)
}

/// The files that drafts name.
#[diesel::dsl::auto_type(no_type_alias)]
fn drafted() -> _ {
    draft_files::table.select(draft_files::upload_id)
}

/// Forgets those of before an instant that no draft names. Answers how many.
pub fn purge(conn: &mut Conn, before: Instant) -> Result<usize, StoreError> {
    let old = uploads::table
        .filter(uploads::created_at.lt(before.as_micros()))
        .filter(uploads::id.ne_all(drafted()));
    Ok(diesel::delete(old).execute(conn)?)
}
