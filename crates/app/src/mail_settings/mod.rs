//! How inboxes of the channel e-mail are set up, with their secrets. What admins do with it is
//! beside; here is what the poller and the sender read.

mod account;
mod change;
mod check;
mod probe;
mod rotate;

pub use change::{Held, MailSetUp, NewMailSetUp, delete, get, put, set_paused};
pub use check::checked;
pub use probe::{FolderCount, Probe, ProbeStep, may_set_up, reconcile, test};
pub use rotate::keep_refresh_token;

use serde::{Deserialize, Serialize};
use throughline_core::id::InboxId;
use throughline_core::inbox::Inbox;
use throughline_core::mail_settings::MailSettings;
use throughline_store::mail_settings::{self as store, StoredMailSettings};
use throughline_store::{Conn, inboxes};

use crate::secret::Secret;
use crate::{App, AppError};

/// What proves to a mail server that we may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailSecret {
    /// A password.
    Password(Secret),
    /// A grant of OAuth 2, by which access tokens are fetched (RFC 6749, section 6).
    Grant(OAuthGrant),
}

/// A grant of OAuth 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthGrant {
    /// Where access tokens are given out.
    pub token_url: String,
    /// The client that the provider knows.
    pub client_id: String,
    /// Its secret, where it has one.
    pub client_secret: Option<Secret>,
    /// What access tokens are given for.
    pub refresh_token: Secret,
    /// The scope to ask for, where the provider wants it said.
    pub scope: Option<String>,
}

/// The secrets of one inbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailCredentials {
    /// For fetching.
    pub incoming: Option<MailSecret>,
    /// For sending; those for fetching serve when it is missing.
    pub outgoing: Option<MailSecret>,
}

impl MailCredentials {
    /// What is used for sending.
    pub fn for_sending(&self) -> Option<&MailSecret> {
        self.outgoing.as_ref().or(self.incoming.as_ref())
    }

    /// Encrypts them for this inbox.
    pub fn seal(&self, app: &App, inbox: InboxId) -> Result<String, AppError> {
        let plain = serde_json::to_string(&Plain::of(self)).map_err(|e| broken(&e))?;
        app.keyring().seal(&place(inbox), &Secret::new(plain))
    }

    fn open(app: &App, inbox: InboxId, sealed: &str) -> Result<Self, AppError> {
        let plain = app.keyring().open(&place(inbox), sealed)?;
        let plain: Plain = serde_json::from_str(plain.expose()).map_err(|e| broken(&e))?;
        Ok(plain.into_credentials())
    }
}

/// Serde quotes what it could not read, so its words stay out of the error.
fn broken(_: &serde_json::Error) -> AppError {
    AppError::internal("stored credentials are in no known form")
}

fn place(inbox: InboxId) -> String {
    format!("mail_settings {inbox}")
}

/// An inbox with its set-up and its secrets.
#[derive(Debug, Clone)]
pub struct MailInbox {
    /// The inbox.
    pub inbox: Inbox,
    /// Its settings.
    pub settings: MailSettings,
    /// Its secrets, or why they cannot be read.
    pub credentials: Result<MailCredentials, String>,
    /// Rises with every change of settings or secrets.
    pub version: i64,
}

impl MailInbox {
    pub(crate) fn of(app: &App, inbox: Inbox, stored: StoredMailSettings) -> Self {
        let credentials = match &stored.credentials {
            Some(sealed) => MailCredentials::open(app, inbox.id, sealed).map_err(|e| e.message),
            None => Ok(MailCredentials::default()),
        };
        Self { inbox, settings: stored.settings, credentials, version: stored.version }
    }
}

/// The set-up of an inbox, for the sender; `None` when it was never set up.
pub async fn load(app: &App, id: InboxId) -> Result<Option<MailInbox>, AppError> {
    let read = move |conn: &mut Conn| {
        let pair = inboxes::get(conn, id)?.zip(store::get(conn, id)?);
        Ok::<_, AppError>(pair)
    };
    let pair = app.store().lookup(read).await?;
    Ok(pair.map(|(inbox, stored)| MailInbox::of(app, inbox, stored)))
}

/// The active inboxes that are set up, for the poller, oldest first.
pub async fn load_active(app: &App) -> Result<Vec<MailInbox>, AppError> {
    let read = |conn: &mut Conn| {
        let stored = store::of_active(conn)?;
        let ids: Vec<InboxId> = stored.iter().map(|one| one.inbox).collect();
        Ok::<_, AppError>((inboxes::by_ids(conn, &ids)?, stored))
    };
    let (inboxes, mut stored) = app.store().read(read).await?;
    let mut of = |inbox: Inbox| {
        let at = stored.iter().position(|one| one.inbox == inbox.id)?;
        Some(MailInbox::of(app, inbox, stored.swap_remove(at)))
    };
    Ok(inboxes.into_iter().filter_map(&mut of).collect())
}

/// Credentials as they stand inside the encryption.
#[derive(Serialize, Deserialize)]
struct Plain {
    incoming: Option<PlainSecret>,
    outgoing: Option<PlainSecret>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum PlainSecret {
    Password(String),
    Grant {
        token_url: String,
        client_id: String,
        client_secret: Option<String>,
        refresh_token: String,
        scope: Option<String>,
    },
}

impl Plain {
    fn of(credentials: &MailCredentials) -> Self {
        let MailCredentials { incoming, outgoing } = credentials;
        let plain = |secret: &Option<MailSecret>| secret.as_ref().map(PlainSecret::of);
        Self { incoming: plain(incoming), outgoing: plain(outgoing) }
    }

    fn into_credentials(self) -> MailCredentials {
        let secret = |plain: Option<PlainSecret>| plain.map(PlainSecret::into_secret);
        MailCredentials { incoming: secret(self.incoming), outgoing: secret(self.outgoing) }
    }
}

impl PlainSecret {
    fn of(secret: &MailSecret) -> Self {
        match secret {
            MailSecret::Password(password) => Self::Password(password.expose().clone()),
            MailSecret::Grant(grant) => Self::Grant {
                token_url: grant.token_url.clone(),
                client_id: grant.client_id.clone(),
                client_secret: grant.client_secret.as_ref().map(|s| s.expose().clone()),
                refresh_token: grant.refresh_token.expose().clone(),
                scope: grant.scope.clone(),
            },
        }
    }

    fn into_secret(self) -> MailSecret {
        match self {
            Self::Password(password) => MailSecret::Password(Secret::new(password)),
            Self::Grant { token_url, client_id, client_secret, refresh_token, scope } => {
                MailSecret::Grant(OAuthGrant {
                    token_url,
                    client_id,
                    client_secret: client_secret.map(Secret::new),
                    refresh_token: Secret::new(refresh_token),
                    scope,
                })
            }
        }
    }
}
