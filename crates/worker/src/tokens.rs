//! Access tokens for mailboxes: kept while they are good, and fetched once however many ask.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use throughline_app::mail_settings::{OAuthGrant, keep_refresh_token};
use throughline_app::{App, Secret};
use throughline_ingest::email::oauth::{Refresh, Refreshed, refresh};
use tokio::time::Instant;

use crate::access::AccessTokens;

/// So long before its end a token is not handed out any more: signing in takes time.
const MARGIN: Duration = Duration::from_secs(120);

/// So long after its end it is remembered which refresh token followed.
const MEMORY: Duration = Duration::from_secs(24 * 60 * 60);
/// How many refresh tokens in a row are known to mean one grant.
const MAX_NAMES: usize = 10;

/// Fetches access tokens from the providers.
pub struct OAuthTokens {
    app: App,
    extra_roots: Option<String>,
    kept: Mutex<Vec<Kept>>,
}

/// The token of one grant. Whoever holds the lock fetches; the others wait for what comes.
type Slot = Arc<tokio::sync::Mutex<Option<Good>>>;

/// One grant under the refresh tokens that it had, the newest last: who asks may not have heard of
/// the newest yet.
struct Kept {
    names: Vec<OAuthGrant>,
    slot: Slot,
}

struct Good {
    token: Secret,
    until: Instant,
}

impl Kept {
    /// Whether it is of use: somebody waits for it, or it was good not long ago.
    fn is_alive(&self, now: Instant) -> bool {
        let recent = |good: &Good| good.until + MEMORY > now;
        Arc::strong_count(&self.slot) > 1
            || self.slot.try_lock().is_ok_and(|good| good.as_ref().is_some_and(recent))
    }
}

impl OAuthTokens {
    /// With certificates (PEM) that are trusted besides the public ones. New refresh tokens are kept by
    /// `app`.
    pub fn new(app: App, extra_roots: Option<String>) -> Self {
        Self { app, extra_roots, kept: Mutex::default() }
    }

    fn all(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn slot(&self, grant: &OAuthGrant) -> Slot {
        let mut kept = self.all();
        let now = Instant::now();
        kept.retain(|one| one.is_alive(now));
        if let Some(known) = kept.iter().find(|one| one.names.contains(grant)) {
            return Arc::clone(&known.slot);
        }
        let slot = Slot::default();
        kept.push(Kept { names: vec![grant.clone()], slot: Arc::clone(&slot) });
        slot
    }

    /// The grant with the newest refresh token that is known.
    fn newest(&self, grant: &OAuthGrant) -> OAuthGrant {
        let kept = self.all();
        let known = kept.iter().find(|one| one.names.contains(grant));
        known.and_then(|one| one.names.last()).unwrap_or(grant).clone()
    }

    async fn fetch(&self, grant: &OAuthGrant) -> Result<Good, String> {
        let OAuthGrant { token_url, client_id, client_secret, refresh_token, scope } = grant;
        let asked = Refresh {
            token_url: token_url.clone(),
            client_id: client_id.clone(),
            client_secret: client_secret.as_ref().map(|secret| secret.expose().clone()),
            refresh_token: refresh_token.expose().clone(),
            scope: scope.clone(),
            extra_root: self.extra_roots.clone().map(String::into_bytes),
        };
        let Refreshed { access_token, lifetime, refresh_token } =
            refresh(&asked).await.map_err(|error| error.to_string())?;
        let token = Secret::new(access_token.into_exposed());
        let until = Instant::now() + lifetime.min(MEMORY).saturating_sub(MARGIN);
        if let Some(new) = refresh_token.map(|token| Secret::new(token.into_exposed())) {
            self.keep(grant, new).await;
        }
        Ok(Good { token, until })
    }

    /// Keeps the refresh token that came along. A failure is no reason to fail now: the token in hand
    /// is good, and most providers take the old one for a while.
    async fn keep(&self, grant: &OAuthGrant, new: Secret) {
        if new == grant.refresh_token {
            return;
        }
        let renewed = OAuthGrant { refresh_token: new.clone(), ..grant.clone() };
        if let Some(known) = self.all().iter_mut().find(|one| one.names.contains(grant)) {
            known.names.push(renewed);
            let surplus = known.names.len().saturating_sub(MAX_NAMES);
            known.names.drain(..surplus);
        }
        if let Err(error) = keep_refresh_token(&self.app, grant, new).await {
            tracing::warn!(%error, "a new refresh token could not be kept");
        }
    }
}

#[async_trait]
impl AccessTokens for OAuthTokens {
    async fn token(&self, grant: &OAuthGrant) -> Result<Secret, String> {
        let slot = self.slot(grant);
        let mut held = slot.lock().await;
        if let Some(good) = held.as_ref().filter(|good| good.until > Instant::now()) {
            return Ok(good.token.clone());
        }
        let fresh = self.fetch(&self.newest(grant)).await?;
        let token = fresh.token.clone();
        *held = Some(fresh);
        Ok(token)
    }
}
