//! What a worker does with webhooks: take those that events wait for, read the next event of one, and
//! note what came of sending it. Each step is one transaction, and the network is between them.

use rand::random;
use throughline_core::actor::Actor;
use throughline_core::id::WebhookId;
use throughline_core::webhook::{Attempt, Progress, Try, Webhook, WebhookState};
use throughline_store::webhooks::{self as store, Lane, Stored};
use throughline_store::{Conn, StoreError, events as event_store, webhook_attempts};

use super::{Letter, Shape, secrets};
use crate::admin::{Change as Changed, Trail};
use crate::changes::{self, Change};
use crate::events::{self, EventPage};
use crate::{App, AppError};

const SECONDS_PER_DAY: i64 = 24 * 60 * 60;

/// A webhook under a lease.
pub struct Claimed {
    /// The webhook as it was when it was taken; its progress goes on with the sending.
    pub webhook: Webhook,
    stored: Stored,
    token: i64,
    lease_ms: i64,
}

/// What is to be sent next.
pub struct Next {
    change: Change,
    position: i64,
    /// The message.
    pub letter: Letter,
}

/// Takes up to `limit` webhooks that events wait for, for `lease_ms` milliseconds.
pub async fn claim(
    app: &App,
    lane: Lane,
    limit: usize,
    lease_ms: i64,
) -> Result<Vec<Claimed>, AppError> {
    let (now, token) = (app.now(), random::<i64>());
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let idle = |c: &mut Conn| {
        let top = event_store::last_position(c)?;
        Ok::<_, StoreError>((top, store::any_behind(c, top)?))
    };
    // Looking costs no write.
    let (top, behind) = app.store().lookup(idle).await?;
    if !behind || limit == 0 {
        return Ok(Vec::new());
    }
    let take = move |c: &mut Conn| store::claim(c, lane, limit, top, (lease_ms, token), now);
    let taken: Result<Vec<Stored>, StoreError> = app.store().write(take).await;
    let claimed =
        |stored: Stored| Claimed { webhook: stored.webhook.clone(), stored, token, lease_ms };
    Ok(taken?.into_iter().map(claimed).collect())
}

/// Whether any active webhook waits for an event.
pub async fn any_behind(app: &App) -> Result<bool, AppError> {
    let behind = |c: &mut Conn| {
        let top = event_store::last_position(c)?;
        store::any_behind(c, top)
    };
    Ok(app.store().lookup(behind).await?)
}

/// The next event for a webhook, as a message. `Err` holds the position up to which there is none.
pub async fn next(
    app: &App,
    claimed: &Claimed,
    shape: &dyn Shape,
) -> Result<Result<Next, i64>, AppError> {
    let now = app.now();
    let (after, kinds) = (claimed.webhook.progress.position, claimed.webhook.kinds.clone());
    let read = move |c: &mut Conn| {
        let EventPage { events, next, more: _ } = events::page(c, after, 1, &kinds)?;
        let change = changes::embed(c, &Actor::system(), events)?.pop();
        Ok::<_, StoreError>((change, next))
    };
    let (change, position) = app.store().lookup(read).await?;
    let Some(change) = change else { return Ok(Err(position)) };
    let letter = Letter {
        url: claimed.webhook.url.clone(),
        secrets: secrets::in_use(app, &claimed.stored, now)?,
        id: change.event.id.to_string(),
        now,
        body: shape.body(&change),
    };
    let position = change.event.position.unwrap_or(position);
    Ok(Ok(Next { change, position, letter }))
}

/// Notes what came of sending: the log, how it goes on, and the lease for longer. `false` when nothing
/// more is to be sent under this claim.
pub async fn settle(
    app: &App,
    claimed: &mut Claimed,
    sent: Next,
    outcome: Try,
) -> Result<bool, AppError> {
    let now = app.now();
    let Next { change, position, letter } = sent;
    let days = app.webhook_rules().pause_after_days;
    let before = &claimed.webhook.progress;
    let progress = before.after(&outcome, position, now, days, random::<f64>());
    let attempt = Attempt {
        // The log is kept in the order of its ids, and asked for by the time that it shows.
        id: app.ids().stamp(letter.now),
        event: change.event.id,
        position,
        kind: change.event.what.kind().to_owned(),
        at: letter.now,
        outcome,
    };
    let goes_on = attempt.outcome.taken();
    let kept = note(app, claimed, progress.clone(), Some(attempt), goes_on).await?;
    claimed.webhook.progress = progress;
    Ok(kept && goes_on)
}

/// Notes that there is nothing to send up to a position, and gives the webhook back.
pub async fn pass(app: &App, claimed: Claimed, position: i64) -> Result<(), AppError> {
    let now = app.now();
    let before = &claimed.webhook.progress;
    let progress =
        Progress { position: position.max(before.position), next_at: now, ..before.clone() };
    note(app, &claimed, progress, None, false).await.map(drop)
}

/// Gives a webhook back as it is.
pub async fn release(app: &App, claimed: Claimed) -> Result<(), AppError> {
    let progress = claimed.webhook.progress.clone();
    note(app, &claimed, progress, None, false).await.map(drop)
}

/// Writes progress and log, if the lease still holds. One that stopped by itself is told as an event.
async fn note(
    app: &App,
    claimed: &Claimed,
    progress: Progress,
    attempt: Option<Attempt>,
    keep: bool,
) -> Result<bool, AppError> {
    let (now, id) = (app.now(), claimed.webhook.id);
    let lease = (keep.then_some(claimed.lease_ms), claimed.token);
    let stopped = progress.state != WebhookState::Active;
    let trail = stopped.then(|| stop_trail(app, id));
    let write = app.store().write(move |c| {
        if !store::advance(c, id, &progress, lease, now)? {
            return Ok(false);
        }
        if let Some(attempt) = &attempt {
            webhook_attempts::insert(c, id, attempt)?;
        }
        trail.map(|trail| trail.append(c)).transpose()?;
        Ok::<_, AppError>(true)
    });
    write.await
}

fn stop_trail(app: &App, id: WebhookId) -> Trail {
    Trail::new(app, &Actor::system(), app.now(), "webhook", id, Changed::Updated).naming(["state"])
}

/// Removes what is too old from the log. Answers how many lines.
pub async fn purge(app: &App) -> Result<usize, AppError> {
    let days = app.webhook_rules().keep_attempts_days;
    let before = app.now().plus_seconds(-days.saturating_mul(SECONDS_PER_DAY));
    let mut all = 0;
    loop {
        let gone = app.store().write(move |c| webhook_attempts::purge(c, before)).await?;
        all += gone;
        if gone == 0 {
            return Ok(all);
        }
    }
}
