//! Phone logs whose import has been over for a month: the files go, what was read in stays.

use std::time::Duration;

use async_trait::async_trait;
use throughline_app::{App, AppError, phone};

use crate::schedule::Reconciler;

/// See the module.
#[derive(Debug, Clone, Copy, Default)]
pub struct ForgetPhoneLogs;

#[async_trait]
impl Reconciler for ForgetPhoneLogs {
    fn name(&self) -> &'static str {
        "forget_phone_logs"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(60 * 60)
    }

    async fn run(&self, app: &App) -> Result<(), AppError> {
        let forgotten = phone::forget_files(app).await?;
        if forgotten > 0 {
            tracing::info!(forgotten, "files of phone logs were let go of");
        }
        Ok(())
    }
}
