//! Files whose import has been over for a month: the files go, what was read in stays. And what came of those
//! whose sending died half-way.

use std::time::Duration;

use async_trait::async_trait;
use throughline_app::{App, AppError, imports};

use crate::schedule::Reconciler;

/// See the module.
#[derive(Debug, Clone, Copy, Default)]
pub struct ForgetImportFiles;

#[async_trait]
impl Reconciler for ForgetImportFiles {
    fn name(&self) -> &'static str {
        "forget_import_files"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(60 * 60)
    }

    async fn run(&self, app: &App) -> Result<(), AppError> {
        let forgotten = imports::forget_files(app).await?;
        if forgotten > 0 {
            tracing::info!(forgotten, "files of imports were let go of");
        }
        let swept = imports::forget_uploads(app).await?;
        if swept > 0 {
            tracing::info!(swept, "files that never came whole were removed");
        }
        Ok(())
    }
}
