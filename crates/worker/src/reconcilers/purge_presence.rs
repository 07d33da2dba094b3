//! Forgets who had a ticket open and went without a word. They are told to nobody before that, too.

use std::time::Duration;

use async_trait::async_trait;
use throughline_app::{App, AppError, desk};

use crate::schedule::Reconciler;

/// See the module.
#[derive(Debug, Clone, Copy, Default)]
pub struct PurgePresence;

#[async_trait]
impl Reconciler for PurgePresence {
    fn name(&self) -> &'static str {
        "purge_presence"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(60)
    }

    async fn run(&self, app: &App) -> Result<(), AppError> {
        let purged = desk::presence::purge(app).await?;
        if purged > 0 {
            tracing::debug!(purged, "tabs that went without a word were forgotten");
        }
        Ok(())
    }
}
