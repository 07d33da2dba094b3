//! The statuses a ticket may have.

use throughline_core::ticket::Status;
use throughline_store::statuses as store;

use crate::{App, AppError};

/// All statuses, in the order in which agents read them. They are few and no secret.
pub async fn list(app: &App) -> Result<Vec<Status>, AppError> {
    Ok(app.store().lookup(store::list).await?)
}
