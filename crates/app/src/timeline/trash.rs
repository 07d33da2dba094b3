//! Blobs that were let go of: moved aside at once, so that nobody reads them, and deleted a while later.
//!
//! A blob is named by its content, so a message that arrives at this very moment may name it anew. Had
//! it been deleted at once, that message would have lost it; so it waits aside until whoever was about
//! to name it has done so, and comes back if somebody has.

use throughline_store::trash;

use crate::{App, AppError};

/// How long a blob waits aside, in seconds: far longer than it takes to store a message whose blobs are
/// there.
const ASIDE_SECONDS: i64 = 10 * 60;
/// Blobs looked at together.
const BATCH: i64 = 200;

/// Moves blobs aside that nobody names, and deletes those that have waited there long enough. Answers
/// how many were deleted.
pub async fn purge_blobs(app: &App) -> Result<usize, AppError> {
    let mut deleted = 0;
    loop {
        let until = app.now().plus_seconds(-ASIDE_SECONDS);
        let due = app.store().read(move |conn| trash::due(conn, until, BATCH)).await?;
        let full = due.len() as i64 == BATCH;
        for trashed in due {
            let named = is_named(app, &trashed.blob).await?;
            match (named, trashed.aside_at) {
                (true, _) => keep(app, trashed.blob).await?,
                (false, None) => set_aside(app, trashed.blob).await?,
                (false, Some(_)) => {
                    app.store().blobs().delete_aside(&trashed.blob).await?;
                    forget(app, trashed.blob).await?;
                    deleted += 1;
                }
            }
        }
        if !full {
            return Ok(deleted);
        }
    }
}

/// Moves aside what a transaction has just let go of. What is left undone by a failure or a death is
/// done by [`purge_blobs`].
pub(crate) async fn put_aside(app: &App, blobs: Vec<String>) -> Result<(), AppError> {
    for blob in blobs.into_iter().filter(|blob| !blob.is_empty()) {
        match is_named(app, &blob).await? {
            true => keep(app, blob).await?,
            false => set_aside(app, blob).await?,
        }
    }
    Ok(())
}

async fn is_named(app: &App, blob: &str) -> Result<bool, AppError> {
    let blob = blob.to_owned();
    Ok(app.store().read(move |conn| trash::is_named(conn, &blob)).await?)
}

async fn set_aside(app: &App, blob: String) -> Result<(), AppError> {
    app.store().blobs().set_aside(&blob).await?;
    let now = app.now();
    Ok(app.store().write(move |conn| trash::set_aside(conn, &blob, now)).await?)
}

async fn keep(app: &App, blob: String) -> Result<(), AppError> {
    app.store().blobs().bring_back(&blob).await?;
    forget(app, blob).await
}

async fn forget(app: &App, blob: String) -> Result<(), AppError> {
    let forget = move |conn: &mut _| trash::forget(conn, &blob);
    Ok(app.store().write(forget).await?)
}
