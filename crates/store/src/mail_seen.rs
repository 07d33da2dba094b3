//! Where deliveries were seen on mail servers. Writing that down is done with recording: see `mailboxes`.

use diesel::prelude::*;
use throughline_core::id::DeliveryId;
use throughline_core::time::Instant;

use crate::conn::Conn;
use crate::error::StoreError;
use crate::schema::mail_uids;

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
