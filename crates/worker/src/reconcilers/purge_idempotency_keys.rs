//! Forgets idempotency keys a day after their request, as the API promises to remember them.

use std::time::Duration;

use async_trait::async_trait;
use throughline_app::{App, AppError, idempotency};

use crate::schedule::Reconciler;

/// For how long a key is remembered, in seconds.
const KEPT_SECONDS: i64 = 24 * 60 * 60;

/// See the module.
#[derive(Debug, Clone, Copy, Default)]
pub struct PurgeIdempotencyKeys;

#[async_trait]
impl Reconciler for PurgeIdempotencyKeys {
    fn name(&self) -> &'static str {
        "purge_idempotency_keys"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(10 * 60)
    }

    async fn run(&self, app: &App) -> Result<(), AppError> {
        let purged = idempotency::purge(app, app.now().plus_seconds(-KEPT_SECONDS)).await?;
        if purged > 0 {
            tracing::debug!(purged, "old idempotency keys were forgotten");
        }
        Ok(())
    }
}
