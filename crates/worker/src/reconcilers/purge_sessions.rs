//! Removes refresh tokens that have expired; nobody can sign in with them any more.

use std::time::Duration;

use async_trait::async_trait;
use throughline_app::{App, AppError, sessions};

use crate::schedule::Reconciler;

/// See the module.
#[derive(Debug, Clone, Copy, Default)]
pub struct PurgeSessions;

#[async_trait]
impl Reconciler for PurgeSessions {
    fn name(&self) -> &'static str {
        "purge_sessions"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(60 * 60)
    }

    async fn run(&self, app: &App) -> Result<(), AppError> {
        let purged = sessions::purge(app, app.now()).await?;
        if purged > 0 {
            tracing::debug!(purged, "expired refresh tokens were removed");
        }
        Ok(())
    }
}
