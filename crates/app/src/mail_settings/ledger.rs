//! What the reconciling of a mailbox reads from the ledger and adds to it.

use throughline_core::actor::Actor;
use throughline_core::id::InboxId;
use throughline_core::inbound::RawDelivery;
use throughline_store::{Conn, blob_name_of, mail_status};

use crate::{App, AppError, deliveries};

/// Which UIDs of a folder from `from` to `to` inclusive are in the ledger, ascending.
pub async fn known_uids(
    app: &App,
    inbox: InboxId,
    folder: &str,
    uid_validity: u32,
    (from, to): (u32, u32),
) -> Result<Vec<u32>, AppError> {
    let (folder, range) = (folder.to_owned(), (i64::from(from), i64::from(to)));
    let read = move |c: &mut Conn| {
        mail_status::known_uids(c, inbox, &folder, i64::from(uid_validity), range)
    };
    let known: Vec<i64> = app.store().read(read).await?;
    Ok(known.into_iter().filter_map(|uid| u32::try_from(uid).ok()).collect())
}

/// Records messages of a folder (UID and bytes) that were not in the ledger; answers how many. The
/// cursor of the folder stays. A message that is in the ledger already is only noted as seen here too.
pub async fn record(
    app: &App,
    inbox: InboxId,
    folder: &str,
    uid_validity: u32,
    messages: Vec<(u32, Vec<u8>)>,
) -> Result<u64, AppError> {
    let received_at = app.now();
    let raw = |(_, bytes): &(u32, Vec<u8>)| RawDelivery {
        inbox,
        external_id: format!("blake3:{}", blob_name_of(bytes)),
        bytes: bytes.clone(),
        received_at,
    };
    let raws = messages.iter().map(raw).collect();
    let recorded = deliveries::record(app, &Actor::system(), raws).await?;
    let uids = messages.iter().map(|(uid, _)| i64::from(*uid));
    let places: Vec<_> = uids.zip(recorded.iter().map(|one| one.delivery)).collect();
    let folder = folder.to_owned();
    let note = move |c: &mut Conn| {
        let place = (inbox, folder.as_str(), i64::from(uid_validity));
        mail_status::note_seen(c, place, &places, received_at)
    };
    app.store().write(note).await?;
    Ok(recorded.len() as u64)
}
