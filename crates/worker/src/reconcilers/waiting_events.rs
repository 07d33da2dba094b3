//! Pushed events about nobody we know: brings onto timelines what was too much for one transaction,
//! and forgets what nobody claimed. So it does with edits and the like whose message never came.

use std::time::Duration;

use async_trait::async_trait;
use throughline_app::{App, AppError, channels, pushed};

use crate::schedule::Reconciler;

/// For how long an event waits, in seconds.
const KEPT_SECONDS: i64 = 90 * 24 * 60 * 60;

/// See the module.
#[derive(Debug, Clone, Copy, Default)]
pub struct WaitingEvents;

#[async_trait]
impl Reconciler for WaitingEvents {
    fn name(&self) -> &'static str {
        "waiting_events"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(5 * 60)
    }

    async fn run(&self, app: &App) -> Result<(), AppError> {
        while pushed::bind_overdue(app).await? > 0 {}
        let purged = pushed::purge_waiting(app, app.now().plus_seconds(-KEPT_SECONDS)).await?;
        if purged > 0 {
            tracing::info!(purged, "events that nobody claimed were forgotten");
        }
        let parked = channels::purge_parked(app).await?;
        if parked > 0 {
            tracing::info!(parked, "events whose message never came were forgotten");
        }
        Ok(())
    }
}
