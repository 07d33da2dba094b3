//! API keys for integrators. The text of a key is shown once, when it is made; only a hash stays.

use throughline_core::actor::{Actor, Scope, Sees};
use throughline_core::id::{ApiKeyId, InboxId};
use throughline_core::page::{Page, PageRequest};
use throughline_core::time::Instant;
use throughline_store::{Conn, api_keys as store, inboxes};

pub use throughline_store::api_keys::ApiKey;

use crate::actors::{KEY_START, PREFIX_LENGTH};
use crate::admin::{self, Change, Trail};
use crate::secret::Secret;
use crate::{App, AppError, page, random};

/// Names the order of the list in cursors.
const ORDER: &str = "key";

/// A key to be made.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// The inboxes it sees; all when `None`.
    pub inboxes: Option<Vec<InboxId>>,
    /// From when it is refused; never when `None`.
    pub expires_at: Option<Instant>,
}

/// The keys, oldest first, revoked and expired ones too.
pub async fn list(app: &App, actor: &Actor, page: &PageRequest) -> Result<Page<ApiKey>, AppError> {
    actor.require(Scope::Admin)?;
    page::check(page)?;
    let (after, fetch) = (page.key_for(ORDER)?, page.fetch());
    let rows = app.store().read(move |c| store::list(c, after, fetch)).await?;
    Ok(Page::cut(rows, page, ORDER, |key| key.id.get()))
}

/// Makes a key that may no more than its maker. The second part of the answer is its text,
/// `tlk_<prefix>_<secret>`, which cannot be had again.
pub async fn create(
    app: &App,
    actor: &Actor,
    new: NewApiKey,
) -> Result<(ApiKey, Secret), AppError> {
    actor.require(Scope::Admin)?;
    let now = app.now();
    let NewApiKey { name, scopes, inboxes, expires_at } = new;
    let key = ApiKey {
        id: app.ids().make(now),
        name: admin::name("name", &name)?,
        prefix: random::legible(PREFIX_LENGTH),
        scopes: admin::once(scopes),
        inboxes: inboxes.map(admin::once),
        created_at: now,
        expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    within_own_rights(actor, &key)?;
    check(&key, now)?;
    let secret = random::token();
    let text = Secret::new(format!("{KEY_START}_{}_{}", key.prefix, secret.expose()));
    let trail = Trail::new(app, actor, now, "api_key", key.id, Change::Created);
    let key = app.store().write(move |c| save_new(c, key, &secret, trail)).await?;
    Ok((key, text))
}

fn save_new(
    conn: &mut Conn,
    key: ApiKey,
    secret: &Secret,
    trail: Trail,
) -> Result<ApiKey, AppError> {
    let named = key.inboxes.as_deref().unwrap_or_default();
    if inboxes::by_ids(conn, named)?.len() != named.len() {
        return Err(AppError::invalid("inboxes", "at least one of these inboxes does not exist"));
    }
    store::insert(conn, &key, &random::hash(secret.expose()))?;
    trail.append(conn)?;
    Ok(key)
}

/// Revokes a key, at once and for good. One that is revoked already stays as it is.
pub async fn revoke(app: &App, actor: &Actor, id: ApiKeyId) -> Result<(), AppError> {
    actor.require(Scope::Admin)?;
    let now = app.now();
    let trail = Trail::new(app, actor, now, "api_key", id, Change::Deleted);
    app.store()
        .write(move |c| {
            if store::revoke(c, id, now)? {
                return Ok(trail.append(c)?);
            }
            store::get(c, id)?.map(drop).ok_or_else(|| AppError::not_found("API key"))
        })
        .await
}

fn check(key: &ApiKey, now: Instant) -> Result<(), AppError> {
    if key.scopes.is_empty() {
        return Err(AppError::invalid("scopes", "must name at least one right"));
    }
    if key.inboxes.as_ref().is_some_and(Vec::is_empty) {
        return Err(AppError::invalid("inboxes", "must name at least one inbox, or be left out"));
    }
    if key.expires_at.is_some_and(|until| until <= now) {
        return Err(AppError::invalid("expires_at", "must be in the future"));
    }
    Ok(())
}

fn within_own_rights(actor: &Actor, key: &ApiKey) -> Result<(), AppError> {
    for scope in &key.scopes {
        actor.require(*scope)?;
    }
    let seen = |id: &InboxId| actor.sees(*id, None, None);
    let within = match &key.inboxes {
        None => actor.sees == Sees::Everything,
        Some(inboxes) => inboxes.iter().all(seen),
    };
    if within {
        return Ok(());
    }
    let message = "a key cannot see more inboxes than its maker; name some of your own";
    Err(AppError::forbidden("beyond_own_rights", message))
}
