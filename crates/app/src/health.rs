//! Whether requests can be served: asked by load balancers, answered by part.

use throughline_store::migrate;

use crate::{App, AppError};

/// The state of the parts.
#[derive(Debug)]
pub struct Health {
    /// How many migrations have not run yet, if the database answers.
    pub pending_migrations: Result<u32, AppError>,
    /// Whether the blob store answers.
    pub blobs: Result<(), AppError>,
}

impl Health {
    /// Whether every part answers and the database is up to date.
    pub fn is_ready(&self) -> bool {
        matches!(self.pending_migrations, Ok(0)) && self.blobs.is_ok()
    }

    /// What went wrong, for the log.
    pub fn failures(&self) -> impl Iterator<Item = &AppError> {
        self.pending_migrations.as_ref().err().into_iter().chain(self.blobs.as_ref().err())
    }
}

/// Asks every part. Needs no actor and tells nothing about content.
pub async fn check(app: &App) -> Health {
    let pending = app.store().read(|conn| Ok::<_, AppError>(migrate::pending(conn)?));
    let pending_migrations = pending.await.map(|n| u32::try_from(n).unwrap_or(u32::MAX));
    let blobs = app.store().blobs().check().await.map_err(AppError::from);
    Health { pending_migrations, blobs }
}
