//! Marks promises as broken whose time went by.

use std::time::Duration;

use async_trait::async_trait;
use throughline_app::{App, AppError, promises};

use crate::schedule::Reconciler;

/// See the module.
#[derive(Debug, Clone, Copy, Default)]
pub struct BreakPromises;

#[async_trait]
impl Reconciler for BreakPromises {
    fn name(&self) -> &'static str {
        "break_promises"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(60)
    }

    async fn run(&self, app: &App) -> Result<(), AppError> {
        let broken = promises::break_overdue(app, app.now()).await?;
        if broken > 0 {
            tracing::info!(broken, "promises went by");
        }
        Ok(())
    }
}
