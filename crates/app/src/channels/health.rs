//! How a connected inbox fares, for admins: what came by it, how asking its platform goes, and whether its
//! secrets can be read. What its hook refused is counted where hooks are taken.

use throughline_core::actor::{Actor, Scope};
use throughline_core::id::InboxId;
use throughline_core::time::Instant;
use throughline_store::channel_places::{self, StoredPlace};
use throughline_store::deliveries::{self, Traffic};
use throughline_store::{Conn, inboxes};

use super::{Connected, existing, opened_of};
use crate::{App, AppError};

/// How a connected inbox fares.
#[derive(Debug, Clone)]
pub struct Health {
    /// Its set-up, or why it cannot be used.
    pub connected: Result<Connected, String>,
    /// The kind of channel.
    pub kind: String,
    /// Whether it takes anything new.
    pub active: bool,
    /// What came by it.
    pub traffic: Traffic,
    /// How asking its platform goes, if it was ever asked with the present set-up or another.
    pub place: Option<StoredPlace>,
    /// Whether that is about the set-up as it is now.
    pub is_current: bool,
    /// When all of this was true.
    pub at: Instant,
}

impl Health {
    /// Whether a worker asks its platform at present.
    pub fn is_asked(&self) -> bool {
        let until = self.place.as_ref().and_then(|place| place.lease_until);
        until.is_some_and(|until| until > self.at)
    }

    /// For how long the oldest delivery has waited that nobody has read yet, in seconds.
    pub fn lag_seconds(&self) -> i64 {
        let since = self.traffic.waiting_since.unwrap_or(self.at);
        (self.at.as_micros() - since.as_micros()).max(0) / 1_000_000
    }
}

/// How a connected inbox fares.
pub async fn health(app: &App, actor: &Actor, id: InboxId) -> Result<Health, AppError> {
    actor.require(Scope::Admin)?;
    let actor = actor.clone();
    let read = move |c: &mut Conn| {
        let stored = existing(c, &actor, id)?;
        let inbox = inboxes::get(c, id)?.ok_or_else(|| AppError::not_found("inbox"))?;
        let (place, traffic) = (channel_places::get(c, id)?, deliveries::traffic(c, id)?);
        Ok::<_, AppError>((stored, inbox, place, traffic))
    };
    let (stored, inbox, place, traffic) = app.store().read(read).await?;
    let (kind, active, version) = (stored.kind.clone(), inbox.active, stored.version);
    let connected = opened_of(app, inbox, stored).map_err(|error| error.message);
    let is_current = place.as_ref().is_some_and(|place| place.version == version);
    Ok(Health { connected, kind, active, traffic, place, is_current, at: app.now() })
}
