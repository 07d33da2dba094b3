//! Requests that carry an idempotency key: done once, and answered the same when they are repeated.
//!
//! A request that was begun and never answered (its node died) can be taken over after
//! [`ABANDONED_SECONDS`]; until then a repeat is told to wait.

use throughline_core::time::Instant;
use throughline_store::Conn;
use throughline_store::idempotency::{self as store, Record};

use crate::{App, AppError};

/// After how long a request without an answer counts as abandoned; longer than any request takes.
pub const ABANDONED_SECONDS: i64 = 300;
/// The longest key, in bytes.
const MAX_KEY: usize = 200;

pub use throughline_store::idempotency::Answer;

/// What to do with a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Started {
    /// Do it, then [`finish`] or [`forget`] it.
    Fresh,
    /// It was done: answer this again.
    Replay(Answer),
}

/// Begins a request. Fails with `idempotency_in_progress` while the first of its kind is being
/// worked on, and with `idempotency_key_reused` when the key came with another request.
pub async fn begin(
    app: &App,
    actor_name: &str,
    key: &str,
    request_hash: &str,
) -> Result<Started, AppError> {
    let now = app.now();
    if key.is_empty() || key.len() > MAX_KEY || !key.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        let message = format!("an idempotency key is 1 to {MAX_KEY} printable ASCII characters");
        return Err(AppError::refused("invalid_idempotency_key", message));
    }
    let (actor, key) = (actor_name.to_owned(), key.to_owned());
    let request = request_hash.to_owned();
    app.store().write(move |c| start(c, &actor, &key, &request, now)).await
}

fn start(
    conn: &mut Conn,
    actor: &str,
    key: &str,
    request: &str,
    now: Instant,
) -> Result<Started, AppError> {
    if store::begin(conn, actor, key, request, now)? {
        return Ok(Started::Fresh);
    }
    // Gone again already when the first of its kind has just been forgotten.
    let record = store::get(conn, actor, key)?.ok_or_else(in_progress)?;
    let Record { request_hash, answer, created_at } = record;
    match answer {
        _ if request_hash != request => Err(reused()),
        Some(answer) => Ok(Started::Replay(answer)),
        None if created_at.plus_seconds(ABANDONED_SECONDS) > now => Err(in_progress()),
        None if store::take_over(conn, actor, key, created_at, now)? => Ok(Started::Fresh),
        None => Err(in_progress()),
    }
}

/// Keeps the answer to a request that was begun.
pub async fn finish(
    app: &App,
    actor_name: &str,
    key: &str,
    answer: Answer,
) -> Result<(), AppError> {
    let (actor, key) = (actor_name.to_owned(), key.to_owned());
    app.store().write(move |c| store::finish(c, &actor, &key, &answer)).await?;
    Ok(())
}

/// Forgets a request that failed by our fault, so that it may be sent again.
pub async fn forget(app: &App, actor_name: &str, key: &str) -> Result<(), AppError> {
    let (actor, key) = (actor_name.to_owned(), key.to_owned());
    app.store().write(move |c| Ok(store::forget(c, &actor, &key)?)).await
}

/// Forgets what began before `older_than`. Answers how many.
pub async fn purge(app: &App, older_than: Instant) -> Result<usize, AppError> {
    app.store().write(move |c| Ok(store::purge(c, older_than)?)).await
}

fn in_progress() -> AppError {
    let message = "the first request with this idempotency key is still being worked on; \
                   try again in a moment";
    AppError::conflict("idempotency_in_progress", message)
}

fn reused() -> AppError {
    let message = "this idempotency key came with another request; use a key for one request only";
    AppError::refused("idempotency_key_reused", message)
}
