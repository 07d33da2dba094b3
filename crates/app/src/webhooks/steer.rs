//! How an admin steers the sending: pause, resume, go back, change the secret, try it out, look at
//! what was sent.

use serde_json::json;
use throughline_core::actor::{Actor, Scope};
use throughline_core::id::{EventId, WebhookId};
use throughline_core::page::{Page, PageRequest};
use throughline_core::query::Span;
use throughline_core::time::Instant;
use throughline_core::webhook::{Attempt, Progress, Try, Webhook, WebhookState};
use throughline_store::{
    Conn, StoreError, events as event_store, webhook_attempts, webhooks as store,
};

use super::set_up::{change, unknown};
use super::{Courier, Letter, secrets};
use crate::secret::Secret;
use crate::{App, AppError, events, page};

/// The longest time for which an old secret stays in use, in seconds.
const MAX_KEPT: i64 = 7 * 24 * 60 * 60;
/// Names the order of the log in cursors.
const ORDER: &str = "wat";

/// From where events are sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// From behind this position.
    After(i64),
    /// From the first event that happened at this instant or later.
    Since(Instant),
}

/// Stops the sending; what happens meanwhile is sent when it is resumed.
pub async fn pause(app: &App, actor: &Actor, id: WebhookId) -> Result<Webhook, AppError> {
    let reason = format!("paused by {}", actor.name());
    change(app, actor, id, None, move |stored| {
        let progress = stored.webhook.progress.clone();
        stored.webhook.progress = progress.stopped(WebhookState::Paused, reason);
        Ok(())
    })
    .await
}

/// Goes on where it stopped, at once: after a pause, or after the receiver ended it with 410.
pub async fn resume(app: &App, actor: &Actor, id: WebhookId) -> Result<Webhook, AppError> {
    let now = app.now();
    change(app, actor, id, None, move |stored| {
        stored.webhook.progress = restarted(&stored.webhook.progress, now);
        Ok(())
    })
    .await
}

fn restarted(progress: &Progress, now: Instant) -> Progress {
    let last_success_at = progress.last_success_at;
    Progress { last_success_at, ..Progress::starting(progress.position, now) }
}

/// Sends all events from an earlier place on once more, with the ids that they had, or skips to a
/// later one. Whether it is paused stays as it is.
pub async fn replay(
    app: &App,
    actor: &Actor,
    id: WebhookId,
    from: Origin,
) -> Result<Webhook, AppError> {
    actor.require(Scope::Admin)?;
    let (now, end) = (app.now(), events::end(app).await?);
    let position = match from {
        Origin::After(position) => position.min(end),
        Origin::Since(at) => {
            let before = move |c: &mut Conn| event_store::position_before(c, at);
            app.store().read(before).await?
        }
    };
    change(app, actor, id, None, move |stored| {
        let progress = &mut stored.webhook.progress;
        progress.position = position;
        progress.next_at = now;
        Ok(())
    })
    .await
}

/// Makes a new secret. The one of before signs as well for `keep_old_for` seconds, so that receivers
/// can change theirs without a gap. The second part of the answer cannot be had again.
pub async fn rotate_secret(
    app: &App,
    actor: &Actor,
    id: WebhookId,
    keep_old_for: i64,
) -> Result<(Webhook, Secret), AppError> {
    actor.require(Scope::Admin)?;
    if !(0..=MAX_KEPT).contains(&keep_old_for) {
        let message = format!("0 to {MAX_KEPT} seconds");
        return Err(AppError::invalid("keep_old_for_seconds", message));
    }
    let now = app.now();
    let (secret, sealed) = secrets::make(app, id)?;
    let changed = change(app, actor, id, None, move |stored| {
        let before = std::mem::replace(&mut stored.secrets.current, sealed);
        stored.secrets.old = Some(before).filter(|_| keep_old_for > 0);
        let until = now.plus_seconds(keep_old_for);
        stored.webhook.old_secret_until = Some(until).filter(|_| keep_old_for > 0);
        Ok(())
    });
    Ok((changed.await?, secret))
}

/// Sends a message of the type `webhook.ping` and says what came of it. It is not in the log, and
/// changes nothing about the sending.
pub async fn test(
    app: &App,
    actor: &Actor,
    id: WebhookId,
    courier: &dyn Courier,
) -> Result<Try, AppError> {
    actor.require(Scope::Admin)?;
    let now = app.now();
    let stored = app.store().lookup(move |c| store::get(c, id)).await?.ok_or_else(unknown)?;
    let event: EventId = app.ids().make(now);
    let body = json!({ "type": "webhook.ping", "timestamp": now, "data": { "webhook": id } });
    let letter = Letter {
        url: stored.webhook.url.clone(),
        secrets: secrets::in_use(app, &stored, now)?,
        id: event.to_string(),
        now,
        body: body.to_string().into_bytes(),
    };
    Ok(courier.send(&letter).await)
}

/// What was sent to a webhook, newest first.
pub async fn attempts(
    app: &App,
    actor: &Actor,
    id: WebhookId,
    sent: Span,
    page: &PageRequest,
) -> Result<Page<Attempt>, AppError> {
    actor.require(Scope::Admin)?;
    page::check(page)?;
    let (before, fetch) = (page.key_for(ORDER)?, page.fetch());
    let read = move |c: &mut Conn| {
        let known = store::get(c, id)?.is_some();
        Ok::<_, StoreError>((known, webhook_attempts::list(c, id, sent, before, fetch)?))
    };
    let (known, rows) = app.store().read(read).await?;
    if !known {
        return Err(unknown());
    }
    Ok(Page::cut(rows, page, ORDER, |attempt| attempt.id))
}
