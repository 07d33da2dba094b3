//! Webhooks made, read, changed and removed by admins.

use throughline_core::actor::{Actor, Scope};
use throughline_core::id::WebhookId;
use throughline_core::page::{Page, PageRequest};
use throughline_core::webhook::{Progress, Webhook};
use throughline_store::webhooks::{self as store, SealedSecrets, Stored};

use super::{address, secrets};
use crate::admin::{self, Change, Trail};
use crate::secret::Secret;
use crate::{App, AppError, events, page};

/// Names the order of the list in cursors.
const ORDER: &str = "whk";

/// A webhook to be made.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    /// Where to.
    pub url: String,
    /// What for.
    pub description: Option<String>,
    /// The kinds of events; all when empty.
    pub kinds: Vec<String>,
}

/// A change of a webhook.
#[derive(Debug, Clone, Default)]
pub struct WebhookPatch {
    /// Where to.
    pub url: Option<String>,
    /// What for.
    pub description: Option<Option<String>>,
    /// The kinds of events; all when empty.
    pub kinds: Option<Vec<String>>,
}

/// The webhooks, oldest first.
pub async fn list(app: &App, actor: &Actor, page: &PageRequest) -> Result<Page<Webhook>, AppError> {
    actor.require(Scope::Admin)?;
    page::check(page)?;
    let (after, fetch) = (page.key_for(ORDER)?, page.fetch());
    let rows = app.store().read(move |c| store::list(c, after, fetch)).await?;
    Ok(Page::cut(rows, page, ORDER, |webhook| webhook.id.get()))
}

/// One webhook.
pub async fn get(app: &App, actor: &Actor, id: WebhookId) -> Result<Webhook, AppError> {
    actor.require(Scope::Admin)?;
    let found = app.store().lookup(move |c| store::get(c, id)).await?;
    Ok(found.ok_or_else(unknown)?.webhook)
}

/// Makes a webhook, which gets what happens from now on. The second part of the answer is its secret,
/// which cannot be had again.
pub async fn create(
    app: &App,
    actor: &Actor,
    new: NewWebhook,
) -> Result<(Webhook, Secret), AppError> {
    actor.require(Scope::Admin)?;
    let now = app.now();
    let NewWebhook { url, description, kinds } = new;
    let id = app.ids().make(now);
    let url = address::checked(&url, app.webhook_rules())?;
    let description = admin::description(description.as_deref())?;
    let (secret, sealed) = secrets::make(app, id)?;
    let webhook = Webhook {
        id,
        url,
        description,
        kinds: admin::once(kinds),
        old_secret_until: None,
        progress: Progress::starting(events::end(app).await?, now),
        created_by: actor.name(),
        created_at: now,
        updated_at: now,
        version: 1,
    };
    let trail = Trail::new(app, actor, now, "webhook", id, Change::Created);
    let stored = Stored { webhook, secrets: SealedSecrets { current: sealed, old: None } };
    let write = app.store().write(move |c| {
        store::insert(c, &stored)?;
        trail.append(c)?;
        Ok::<_, AppError>(stored.webhook)
    });
    Ok((write.await?, secret))
}

/// Changes a webhook. What is just being sent may still go to the old address.
pub async fn update(
    app: &App,
    actor: &Actor,
    id: WebhookId,
    patch: WebhookPatch,
    expected_version: Option<i64>,
) -> Result<Webhook, AppError> {
    let WebhookPatch { url, description, kinds } = patch;
    let url = url.map(|url| address::checked(&url, app.webhook_rules())).transpose()?;
    let description = description.map(|text| admin::description(text.as_deref())).transpose()?;
    change(app, actor, id, expected_version, move |stored| {
        let webhook = &mut stored.webhook;
        if let Some(url) = url {
            webhook.url = url;
        }
        if let Some(description) = description {
            webhook.description = description;
        }
        if let Some(kinds) = kinds {
            webhook.kinds = admin::once(kinds);
        }
        Ok(())
    })
    .await
}

/// Removes a webhook with its log.
pub async fn delete(app: &App, actor: &Actor, id: WebhookId) -> Result<(), AppError> {
    actor.require(Scope::Admin)?;
    let trail = Trail::new(app, actor, app.now(), "webhook", id, Change::Deleted);
    let write = app.store().write(move |c| {
        if !store::delete(c, id)? {
            return Err(unknown());
        }
        Ok(trail.append(c)?)
    });
    write.await
}

/// Changes a webhook in one transaction, and takes it from whoever sends to it.
pub(super) async fn change(
    app: &App,
    actor: &Actor,
    id: WebhookId,
    expected_version: Option<i64>,
    change: impl FnOnce(&mut Stored) -> Result<(), AppError> + Send + 'static,
) -> Result<Webhook, AppError> {
    actor.require(Scope::Admin)?;
    let now = app.now();
    let trail = Trail::new(app, actor, now, "webhook", id, Change::Updated);
    let write = app.store().write(move |c| {
        let mut stored = store::hold(c, id)?.ok_or_else(unknown)?;
        admin::expect_version(stored.webhook.version, expected_version)?;
        let before = stored.clone();
        change(&mut stored)?;
        let trail = trail.naming(differences(&before, &stored));
        stored.webhook.version += 1;
        stored.webhook.updated_at = now;
        store::save(c, &stored)?;
        trail.append(c)?;
        Ok::<_, AppError>(stored.webhook)
    });
    write.await
}

/// The names of what a change made another.
fn differences(before: &Stored, after: &Stored) -> Vec<&'static str> {
    let (old, new) = (&before.webhook, &after.webhook);
    let fields = admin::changed!(old, new; url, description, kinds);
    let state = (old.progress.state != new.progress.state).then_some("state");
    let place = (old.progress.position != new.progress.position).then_some("position");
    // The end of the old secret's time comes with a new secret.
    let secret = (old.old_secret_until != new.old_secret_until).then_some("secret");
    fields.chain(state).chain(place).chain(secret).collect()
}

pub(super) fn unknown() -> AppError {
    AppError::not_found("webhook")
}
