//! Goes on with erasures of customers that were begun and are not finished.

use std::time::Duration;

use async_trait::async_trait;
use throughline_app::{App, AppError, timeline};

use crate::schedule::Reconciler;

/// See the module.
#[derive(Debug, Clone, Copy, Default)]
pub struct FinishErasures;

#[async_trait]
impl Reconciler for FinishErasures {
    fn name(&self) -> &'static str {
        "finish_erasures"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(10)
    }

    async fn run(&self, app: &App) -> Result<(), AppError> {
        let open = timeline::finish_erasures(app).await?;
        if open > 0 {
            tracing::info!(erasures = open, "erasures were finished");
        }
        Ok(())
    }
}
