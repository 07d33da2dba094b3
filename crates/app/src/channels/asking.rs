//! Platforms that are asked for what is new: whose turn it is to ask, recording what was found, and how
//! it goes. Nothing here asks: the worker does, and brings what it got.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::Value;
use throughline_core::delivery::Delivery;
use throughline_core::id::InboxId;
use throughline_core::inbound::RawDelivery;
use throughline_core::inbox::Inbox;
use throughline_core::time::Instant;
use throughline_store::channel_accounts::{self as accounts, StoredAccount};
use throughline_store::{Conn, channel_places as store, inboxes};

pub use store::{Failure, StoredPlace};

use super::{Connected, opened_of};
use crate::deliveries::{BLOB_WRITES, Recorded, insert, name_given, put_blob};
use crate::{App, AppError};

/// An inbox whose platform may have to be asked.
#[derive(Debug, Clone)]
pub struct ToAsk {
    /// The inbox with its set-up.
    pub connected: Connected,
    /// The version of the set-up.
    pub version: i64,
}

/// The right to ask for an inbox, for a time. Others wait until it is given back or has run out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The inbox.
    pub inbox: InboxId,
    token: i64,
}

/// Something new, as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What names it at the platform, as its hook would name it.
    pub name: Option<String>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The active inboxes that are connected to platforms of these kinds. One whose secrets cannot be read is
/// left out and logged: it is no obstacle to the others.
pub async fn to_ask(app: &App, kinds: Vec<&'static str>) -> Result<Vec<ToAsk>, AppError> {
    let read = move |conn: &mut Conn| {
        let stored = accounts::of_kinds(conn, &kinds)?;
        let ids: Vec<InboxId> = stored.iter().map(|account| account.inbox).collect();
        Ok::<_, AppError>((stored, inboxes::by_ids(conn, &ids)?))
    };
    let (stored, found): (Vec<StoredAccount>, Vec<Inbox>) = app.store().read(read).await?;
    let mut active: HashMap<InboxId, Inbox> =
        found.into_iter().filter(|inbox| inbox.active).map(|inbox| (inbox.id, inbox)).collect();
    let opened = |account: StoredAccount| {
        let (inbox, version) = (active.remove(&account.inbox)?, account.version);
        match opened_of(app, inbox, account) {
            Ok(connected) => Some(ToAsk { connected, version }),
            Err(error) => {
                let cause = error.cause.as_deref().map(ToString::to_string);
                tracing::warn!(%error, cause, "a platform is not asked");
                None
            }
        }
    };
    Ok(stored.into_iter().filter_map(opened).collect())
}

/// Takes an inbox for `lease`, unless another asks for it; with it comes how far it is recorded.
pub async fn claim(
    app: &App,
    inbox: InboxId,
    lease: Duration,
) -> Result<Option<(Claim, StoredPlace)>, AppError> {
    let now = app.now();
    let (token, until) = (app.ids().stamp(now), now.plus_millis(millis(lease)));
    let take = move |conn: &mut Conn| store::claim(conn, inbox, token, now, until);
    let taken = app.store().write(take).await?;
    Ok(taken.map(|place| (Claim { inbox, token }, place)))
}

/// Holds an inbox for another `lease`; `false` when another asks for it by now.
pub async fn hold(app: &App, claim: Claim, lease: Duration) -> Result<bool, AppError> {
    let until = app.now().plus_millis(millis(lease));
    let extend = move |conn: &mut Conn| store::extend(conn, claim.inbox, claim.token, until);
    Ok(app.store().write(extend).await?)
}

/// Gives an inbox back, so that another may ask at once.
pub async fn release(app: &App, claim: Claim) -> Result<(), AppError> {
    let release = move |conn: &mut Conn| store::release(conn, claim.inbox, claim.token);
    Ok(app.store().write(release).await?)
}

/// Records what was found, and the cursor behind it, in one transaction, and enqueues the processing of
/// what is new. `version` is that of the set-up with which it was asked. `None`, and nothing recorded,
/// when another asks for the inbox by now.
pub async fn record(
    app: &App,
    claim: Claim,
    found: Vec<Found>,
    cursor: Value,
    version: i64,
    received_at: Instant,
) -> Result<Option<Vec<Recorded>>, AppError> {
    let row = |Found { name, bytes }: Found| {
        let external_id = name_given(name, &bytes);
        put_blob(app, RawDelivery { inbox: claim.inbox, external_id, bytes, received_at })
    };
    let rows: Vec<Delivery> =
        stream::iter(found).map(row).buffered(BLOB_WRITES).try_collect().await?;
    let (app2, now) = (app.clone(), app.now());
    let write = move |conn: &mut Conn| {
        let Claim { inbox, token } = claim;
        if !store::advance(conn, inbox, token, &cursor, version, now)? {
            return Ok(None);
        }
        insert(&app2, conn, rows, now).map(Some)
    };
    app.store().write(write).await
}

/// Notes that asking failed.
pub async fn note_failure(
    app: &App,
    claim: Claim,
    failure: Failure,
    version: i64,
) -> Result<(), AppError> {
    let now = app.now();
    let note = move |conn: &mut Conn| {
        store::note_failure(conn, claim.inbox, claim.token, &failure, version, now)
    };
    Ok(app.store().write(note).await?)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
