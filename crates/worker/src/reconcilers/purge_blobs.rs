//! Moves blobs aside that nobody names any more, and deletes them a while later.

use std::time::Duration;

use async_trait::async_trait;
use throughline_app::{App, AppError, timeline};

use crate::schedule::Reconciler;

/// See the module.
#[derive(Debug, Clone, Copy, Default)]
pub struct PurgeBlobs;

#[async_trait]
impl Reconciler for PurgeBlobs {
    fn name(&self) -> &'static str {
        "purge_blobs"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(60)
    }

    async fn run(&self, app: &App) -> Result<(), AppError> {
        let deleted = timeline::purge_blobs(app).await?;
        if deleted > 0 {
            tracing::info!(blobs = deleted, "blobs that nobody named were deleted");
        }
        Ok(())
    }
}
