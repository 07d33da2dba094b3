//! Imports whose job failed for good: they are ended with the reason, so that somebody can start them again.

use std::time::Duration;

use async_trait::async_trait;
use throughline_app::{App, AppError, imports};

use crate::schedule::Reconciler;

/// See the module.
#[derive(Debug, Clone, Copy, Default)]
pub struct GiveUpImports;

#[async_trait]
impl Reconciler for GiveUpImports {
    fn name(&self) -> &'static str {
        "give_up_imports"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(60)
    }

    async fn run(&self, app: &App) -> Result<(), AppError> {
        let ended = imports::give_up(app).await?;
        if ended > 0 {
            tracing::warn!(ended, "imports were given up");
        }
        Ok(())
    }
}
