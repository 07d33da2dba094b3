//! What an admin needs who tries a mapping of the generic webhook: the one that the inbox has, and what came.

use serde_json::Value;
use throughline_core::actor::{Actor, Scope};
use throughline_core::id::{DeliveryId, InboxId};

use super::get;
use crate::{App, AppError, deliveries};

/// The kind whose mappings can be tried.
const KIND: &str = "webhook";

/// The mapping of an inbox that is connected to the generic webhook, if it has one.
pub async fn mapping_of(
    app: &App,
    actor: &Actor,
    inbox: InboxId,
) -> Result<Option<Value>, AppError> {
    let account = get(app, actor, inbox).await?;
    if account.kind != KIND {
        let why = "this inbox is not connected to the kind webhook: only that one has mappings";
        return Err(AppError::invalid("id", why));
    }
    Ok(account.settings.get("mapping").cloned())
}

/// The bytes of a delivery that came by an inbox.
pub async fn sample(
    app: &App,
    actor: &Actor,
    inbox: InboxId,
    delivery: DeliveryId,
) -> Result<Vec<u8>, AppError> {
    actor.require(Scope::Admin)?;
    let found = deliveries::get(app, actor, delivery).await?;
    if found.inbox != inbox {
        return Err(AppError::not_found("delivery of this inbox"));
    }
    deliveries::raw(app, actor, delivery).await
}
