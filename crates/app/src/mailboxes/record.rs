//! Recording what was fetched from a folder: bytes first, then one transaction with the ledger, the
//! jobs, the list of seen messages and the cursor. What is in it is safe; what is not comes again.

use futures_util::stream::{self, StreamExt, TryStreamExt};
use throughline_core::delivery::Delivery;
use throughline_core::inbound::RawDelivery;
use throughline_core::mail_settings::AfterRecording;
use throughline_core::time::Instant;
use throughline_store::Conn;
use throughline_store::mailboxes::{self as store, FolderCursor, FolderKey, SeenUid};

use super::Claim;
use crate::deliveries::{BLOB_WRITES, Recorded, insert, put_blob};
use crate::{App, AppError};

/// A message as it was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its UID.
    pub uid: u32,
    /// The UIDVALIDITY under which the UID means it.
    pub uid_validity: u32,
    /// When its server received it, if the server says so.
    pub received_at: Option<Instant>,
    /// The message, or only its header when `full_size` is set.
    pub bytes: Vec<u8>,
    /// Its size on the server in bytes, when it is too large and only its header was fetched.
    pub full_size: Option<i64>,
}

/// Records a batch of a claimed folder with the cursor that then holds, and enqueues the processing
/// of what is new. The same bytes are one delivery in an inbox, however often and wherever they
/// come. `after` is noted as still to be done to each on its server. The answers are in the order of
/// the batch; `None`, and nothing recorded, when another follows the folder by now.
pub async fn record(
    app: &App,
    claim: &Claim,
    after: AfterRecording,
    batch: Vec<Message>,
    cursor: FolderCursor,
) -> Result<Option<Vec<Recorded>>, AppError> {
    let (rows, places) = prepare(app, &claim.key, batch).await?;
    let (app2, claim, now) = (app.clone(), claim.clone(), app.now());
    let write = move |conn: &mut Conn| {
        if !store::advance(conn, &claim.key, claim.token, cursor)? {
            return Ok(None);
        }
        save(&app2, conn, &claim.key, after, (rows, places), now).map(Some)
    };
    app.store().write(write).await
}

/// Records messages of a folder that were passed over, whoever follows it, and leaves its cursor.
pub async fn record_missing(
    app: &App,
    key: &FolderKey,
    after: AfterRecording,
    batch: Vec<Message>,
) -> Result<Vec<Recorded>, AppError> {
    let prepared = prepare(app, key, batch).await?;
    let (app2, key, now) = (app.clone(), key.clone(), app.now());
    app.store().write(move |conn| save(&app2, conn, &key, after, prepared, now)).await
}

/// Where a message was seen: UID and UIDVALIDITY.
type Place = (u32, u32);

/// Keeps the bytes and makes the rows of the ledger.
async fn prepare(
    app: &App,
    key: &FolderKey,
    batch: Vec<Message>,
) -> Result<(Vec<Delivery>, Vec<Place>), AppError> {
    let places = batch.iter().map(|message| (message.uid, message.uid_validity)).collect();
    let rows = stream::iter(batch).map(|message| row_of(app, key, message));
    Ok((rows.buffered(BLOB_WRITES).try_collect().await?, places))
}

async fn row_of(app: &App, key: &FolderKey, message: Message) -> Result<Delivery, AppError> {
    let Message { received_at, bytes, full_size, .. } = message;
    let now = app.now();
    let sane = |at: &Instant| *at <= now && at.as_micros() >= 0;
    let received_at = received_at.filter(sane).unwrap_or(now);
    let (inbox, external_id) = (key.inbox, String::new());
    let row = put_blob(app, RawDelivery { inbox, external_id, bytes, received_at }).await?;
    let external_id = match full_size {
        None => format!("blake3:{}", row.blob),
        // Two messages may have one header; of those their sizes are all else that is known.
        Some(size) => format!("blake3:{}+{size}", row.blob),
    };
    Ok(Delivery { external_id, full_size, ..row })
}

fn save(
    app: &App,
    conn: &mut Conn,
    key: &FolderKey,
    after: AfterRecording,
    (rows, places): (Vec<Delivery>, Vec<Place>),
    now: Instant,
) -> Result<Vec<Recorded>, AppError> {
    let pending: Vec<AfterRecording> = rows.iter().map(|row| still_to_do(after, row)).collect();
    let recorded = insert(app, conn, rows, now)?;
    let seen: Vec<SeenUid> = places
        .into_iter()
        .zip(&recorded)
        .zip(pending)
        .map(|(((uid, uid_validity), recorded), pending)| SeenUid {
            uid,
            uid_validity,
            delivery: recorded.delivery,
            pending,
        })
        .collect();
    store::insert_uids(conn, key, &seen, now)?;
    Ok(recorded)
}

/// A message of which only the header is here is not deleted: the rest of it would be lost.
fn still_to_do(after: AfterRecording, row: &Delivery) -> AfterRecording {
    match after {
        AfterRecording::Delete if row.full_size.is_some() => AfterRecording::Leave,
        _ => after,
    }
}
