//! Refresh tokens that a provider replaces: with many of them the old one ends, and with it the access.

use throughline_store::mail_settings::{self as store, StoredMailSettings};

use super::{MailCredentials, MailSecret, OAuthGrant};
use crate::{App, AppError, Secret};

/// Keeps the refresh token that a provider gave in the place of `old`'s, wherever that grant is
/// stored. Answers how many inboxes had it.
pub async fn keep_refresh_token(
    app: &App,
    old: &OAuthGrant,
    new: Secret,
) -> Result<usize, AppError> {
    let stored: Vec<StoredMailSettings> =
        app.store().read(|c| Ok::<_, AppError>(store::of_active(c)?)).await?;
    let changes = stored.into_iter().filter_map(|one| replaced(app, one, old, &new).transpose());
    let changes: Vec<(StoredMailSettings, String)> = changes.collect::<Result<_, _>>()?;
    let write = move |c: &mut throughline_store::Conn| {
        let mut kept = 0;
        for (one, after) in &changes {
            let before = one.credentials.as_deref().unwrap_or_default();
            // An admin who gave another grant meanwhile knows better.
            kept += usize::from(store::swap_credentials(c, one.inbox, before, after)?);
        }
        Ok::<_, AppError>(kept)
    };
    app.store().write(write).await
}

/// The secrets of an inbox with the new token in them, encrypted; `None` when they hold another grant.
fn replaced(
    app: &App,
    stored: StoredMailSettings,
    old: &OAuthGrant,
    new: &Secret,
) -> Result<Option<(StoredMailSettings, String)>, AppError> {
    let Some(sealed) = &stored.credentials else { return Ok(None) };
    // Secrets of another inbox that cannot be read are told where they are needed.
    let Ok(mut credentials) = MailCredentials::open(app, stored.inbox, sealed) else {
        return Ok(None);
    };
    let mut found = false;
    for secret in [&mut credentials.incoming, &mut credentials.outgoing] {
        if let Some(MailSecret::Grant(grant)) = secret
            && grant == old
        {
            grant.refresh_token = new.clone();
            found = true;
        }
    }
    let sealed = found.then(|| credentials.seal(app, stored.inbox)).transpose()?;
    Ok(sealed.map(|sealed| (stored, sealed)))
}
