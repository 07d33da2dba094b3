//! Links by which platforms fetch files of replies: a hash, the file, and until when.

use diesel::prelude::*;
use throughline_core::id::AttachmentId;
use throughline_core::time::Instant;

use crate::attachments::{self, Attachment};
use crate::conn::{Conn, insert_rows};
use crate::error::StoreError;
use crate::schema::file_links;

/// A link to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLink {
    /// The hash of what stands in it.
    pub token_hash: String,
    /// The file.
    pub attachment: AttachmentId,
    /// Until when it is good.
    pub expires_at: Instant,
}

#[derive(Insertable)]
#[diesel(table_name = file_links)]
struct Row {
    token_hash: String,
    attachment_id: i64,
    expires_at: i64,
    fetched: i32,
}

/// Makes links.
pub fn insert(conn: &mut Conn, new: &[NewLink]) -> Result<(), StoreError> {
    let row = |new: &NewLink| Row {
        token_hash: new.token_hash.clone(),
        attachment_id: new.attachment.get(),
        expires_at: new.expires_at.as_micros(),
        fetched: 0,
    };
    let rows: Vec<Row> = new.iter().map(row).collect();
    insert_rows!(conn, file_links::table, rows);
    Ok(())
}

/// Whether a link is good. It only reads.
pub fn is_good(
    conn: &mut Conn,
    token_hash: &str,
    most: i32,
    now: Instant,
) -> Result<bool, StoreError> {
    let good = file_links::table
        .find(token_hash)
        .filter(file_links::expires_at.gt(now.as_micros()))
        .filter(file_links::fetched.lt(most));
    Ok(good.select(file_links::fetched).first::<i32>(conn).optional()?.is_some())
}

/// The file of a link that is good, which counts as answered once more; nothing when it is over, or was
/// answered `most` times.
pub fn take(
    conn: &mut Conn,
    token_hash: &str,
    most: i32,
    now: Instant,
) -> Result<Option<Attachment>, StoreError> {
    let good = file_links::table
        .find(token_hash)
        .filter(file_links::expires_at.gt(now.as_micros()))
        .filter(file_links::fetched.lt(most));
    let once_more = file_links::fetched.eq(file_links::fetched + 1);
    if diesel::update(good).set(once_more).execute(conn)? == 0 {
        return Ok(None);
    }
    let of: i64 =
        file_links::table.find(token_hash).select(file_links::attachment_id).first(conn)?;
    attachments::get(conn, AttachmentId::from(of))
}

/// Ends all links to a file. Answers how many there were.
pub fn end(conn: &mut Conn, attachment: AttachmentId) -> Result<usize, StoreError> {
    let all = file_links::table.filter(file_links::attachment_id.eq(attachment.get()));
    Ok(diesel::delete(all).execute(conn)?)
}

/// Removes those that are over. Answers how many.
pub fn purge(conn: &mut Conn, now: Instant) -> Result<usize, StoreError> {
    let over = file_links::table.filter(file_links::expires_at.le(now.as_micros()));
    Ok(diesel::delete(over).execute(conn)?)
}
