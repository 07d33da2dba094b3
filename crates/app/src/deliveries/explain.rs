//! Why a delivery became what it became: all that the ledger and the timeline know about it.

use throughline_core::actor::{Actor, Scope};
use throughline_core::delivery::Delivery;
use throughline_core::id::DeliveryId;
use throughline_core::timeline::TimelineItem;
use throughline_store::mail_seen::{self, Seen};
use throughline_store::{Conn, timeline};

use crate::{App, AppError};

/// The most places on servers that are named.
const MAX_SEEN: i64 = 100;

/// All that is known about a delivery.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// Its row in the ledger, with outcome and reason.
    pub delivery: Delivery,
    /// Its Message-ID, once it was read and had one.
    pub message_id: Option<String>,
    /// Where it was seen on its server; nowhere when it came another way.
    pub seen: Vec<Seen>,
    /// The item that it became or repeats, with the reasons for owner and ticket; absent when the
    /// actor may not read it.
    pub item: Option<TimelineItem>,
}

/// Explains a delivery.
pub async fn explain(app: &App, actor: &Actor, id: DeliveryId) -> Result<Explanation, AppError> {
    let delivery = super::get(app, actor, id).await?;
    let reader = actor.require(Scope::TicketsRead).is_ok().then(|| actor.clone());
    let read = move |c: &mut Conn| {
        let item = match (delivery.item, &reader) {
            (Some(item), Some(reader)) => timeline::get(c, reader, item)?,
            _ => None,
        };
        let message_id = delivery.message_id.clone();
        let seen = mail_seen::seen(c, id, MAX_SEEN)?;
        Ok::<_, AppError>(Explanation { delivery, message_id, seen, item })
    };
    app.store().lookup(read).await
}
