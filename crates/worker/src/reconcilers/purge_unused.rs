//! Removes what was only kept for a while: files that nobody attached, and the count of answers by
//! machine.

use std::time::Duration;

use async_trait::async_trait;
use throughline_app::{App, AppError, attachments, outgoing};

use crate::schedule::Reconciler;

/// See the module.
#[derive(Debug, Clone, Copy, Default)]
pub struct PurgeUnused;

#[async_trait]
impl Reconciler for PurgeUnused {
    fn name(&self) -> &'static str {
        "purge_unused"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(60 * 60)
    }

    async fn run(&self, app: &App) -> Result<(), AppError> {
        let (files, answers) = (attachments::purge(app).await?, outgoing::purge(app).await?);
        if files + answers > 0 {
            tracing::debug!(files, answers, "files that nobody used and old counts were removed");
        }
        Ok(())
    }
}
