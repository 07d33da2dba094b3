//! The secrets of webhooks: `whsec_` and 32 random bytes in base64 (Standard Webhooks). Encrypted in
//! the database, shown once.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use throughline_core::id::WebhookId;
use throughline_core::time::Instant;
use throughline_store::webhooks::Stored;

use super::place;
use crate::secret::Secret;
use crate::{App, AppError, random};

/// A fresh secret, and its sealed form.
pub(super) fn make(app: &App, id: WebhookId) -> Result<(Secret, String), AppError> {
    let secret = Secret::new(format!("whsec_{}", STANDARD.encode(random::bytes())));
    let sealed = app.keyring().seal(&place(id), &secret)?;
    Ok((secret, sealed))
}

/// What signs now: the secret in use first, then the one of before while that holds.
pub(super) fn in_use(app: &App, stored: &Stored, now: Instant) -> Result<Vec<Secret>, AppError> {
    let holds = stored.webhook.old_secret_until.is_some_and(|until| until > now);
    let old = stored.secrets.old.as_ref().filter(|_| holds);
    let place = place(stored.webhook.id);
    let sealed = std::iter::once(&stored.secrets.current).chain(old);
    sealed.map(|sealed| app.keyring().open(&place, sealed)).collect()
}
