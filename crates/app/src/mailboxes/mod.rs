//! Mailboxes as they are followed: who follows a folder, recording what comes, and how it goes.
//!
//! Nothing here speaks to a mail server: the worker does, and brings what it got.

mod record;
mod status;

use std::time::Duration;

use throughline_store::mailboxes as store;

pub use record::{Message, record, record_missing};
pub use status::{FolderStatus, status};
pub use store::{FolderCounts, FolderCursor, FolderKey, PendingUid};

use crate::{App, AppError};

/// How many messages [`pending`] gives at once.
const PENDING_AT_ONCE: i64 = 500;

/// The right to follow a folder, for a time. Others wait until it is given back or has run out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The folder.
    pub key: FolderKey,
    token: i64,
}

/// Takes a folder for `lease`, unless another has it; with it comes how far it is recorded.
pub async fn claim(
    app: &App,
    key: FolderKey,
    lease: Duration,
) -> Result<Option<(Claim, Option<FolderCursor>)>, AppError> {
    let now = app.now();
    let (token, until) = (app.ids().stamp(now), now.plus_millis(millis(lease)));
    let named = key.clone();
    let taken =
        app.store().write(move |conn| store::claim(conn, &named, token, now, until)).await?;
    Ok(taken.map(|folder| (Claim { key, token }, folder.cursor)))
}

/// Holds a folder for another `lease`; `false` when another has it by now.
pub async fn hold(app: &App, claim: &Claim, lease: Duration) -> Result<bool, AppError> {
    let (claim, until) = (claim.clone(), app.now().plus_millis(millis(lease)));
    let extend = move |conn: &mut _| store::extend(conn, &claim.key, claim.token, until);
    Ok(app.store().write(extend).await?)
}

/// Gives a folder back, so that another may follow it at once.
pub async fn release(app: &App, claim: &Claim) -> Result<(), AppError> {
    let claim = claim.clone();
    Ok(app.store().write(move |conn| store::release(conn, &claim.key, claim.token)).await?)
}

/// Puts the cursor of a folder somewhere without recording anything: on a message that is passed
/// over, or at the start under another UIDVALIDITY. `false`, and nothing done, when another follows
/// the folder by now.
pub async fn put_cursor(app: &App, claim: &Claim, cursor: FolderCursor) -> Result<bool, AppError> {
    let claim = claim.clone();
    let put = move |conn: &mut _| store::advance(conn, &claim.key, claim.token, cursor);
    Ok(app.store().write(put).await?)
}

/// Notes that a folder was looked at. `trouble` says what still goes wrong beside fetching.
pub async fn note_success(
    app: &App,
    claim: &Claim,
    trouble: Option<String>,
) -> Result<(), AppError> {
    let (claim, now) = (claim.clone(), app.now());
    let note = move |conn: &mut _| {
        store::note_success(conn, &claim.key, claim.token, trouble.as_deref(), now)
    };
    Ok(app.store().write(note).await?)
}

/// Notes that a folder cannot be followed at present, in words for an admin and without secrets.
pub async fn note_failure(app: &App, claim: &Claim, words: String) -> Result<(), AppError> {
    let (claim, now) = (claim.clone(), app.now());
    let note = move |conn: &mut _| store::note_failure(conn, &claim.key, claim.token, &words, now);
    Ok(app.store().write(note).await?)
}

/// Recorded messages of a folder to which something is still to be done on their server, in no order,
/// up to 500.
pub async fn pending(app: &App, key: &FolderKey) -> Result<Vec<PendingUid>, AppError> {
    let key = key.clone();
    let read = move |conn: &mut _| store::pending(conn, &key, PENDING_AT_ONCE);
    Ok(app.store().lookup(read).await?)
}

/// Gives up what is pending in a folder under another UIDVALIDITY than this: its UIDs mean other
/// messages now, and the messages themselves have come again.
pub async fn give_up_others(app: &App, key: &FolderKey, uid_validity: u32) -> Result<(), AppError> {
    let key = key.clone();
    let settle = move |conn: &mut _| store::settle_others(conn, &key, uid_validity);
    Ok(app.store().write(settle).await?)
}

/// Notes that nothing is left to be done to messages on their server.
pub async fn settle(
    app: &App,
    key: &FolderKey,
    uid_validity: u32,
    uids: Vec<u32>,
) -> Result<(), AppError> {
    let key = key.clone();
    let settle = move |conn: &mut _| store::settle(conn, &key, uid_validity, &uids);
    Ok(app.store().write(settle).await?)
}

/// Which of these messages (UIDs ascending) of a folder are recorded, ascending.
pub async fn recorded_among(
    app: &App,
    key: &FolderKey,
    uid_validity: u32,
    uids: &[u32],
) -> Result<Vec<u32>, AppError> {
    /// UIDs asked about with one query.
    const WINDOW: usize = 10_000;
    let mut found = Vec::new();
    for window in uids.chunks(WINDOW) {
        let (Some(&from), Some(&to)) = (window.first(), window.last()) else { continue };
        let key = key.clone();
        let read = move |conn: &mut _| store::recorded(conn, &key, uid_validity, from, to);
        let recorded: Vec<u32> = app.store().read(read).await?;
        found.extend(recorded.into_iter().filter(|uid| window.binary_search(uid).is_ok()));
    }
    Ok(found)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
