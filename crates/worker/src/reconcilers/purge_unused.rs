//! Removes what was only kept for a while: files that nobody attached, the count of answers by
//! machine, the log of what was sent to webhooks, that drafts are gone, links that are over, and who signed in
//! and took something out.

use std::time::Duration;

use async_trait::async_trait;
use throughline_app::{App, AppError, access, attachments, desk, file_links, outgoing, webhooks};

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
        let attempts = webhooks::purge(app).await?;
        let drafts = desk::drafts::purge(app).await?;
        let links = file_links::purge(app).await?;
        let accesses = access::purge(app).await?;
        if files + answers + attempts + drafts + links + accesses > 0 {
            tracing::debug!(
                files,
                answers,
                attempts,
                drafts,
                links,
                accesses,
                "what was only kept for a while was removed"
            );
        }
        Ok(())
    }
}
