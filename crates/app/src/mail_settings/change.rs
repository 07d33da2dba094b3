//! What admins do with the set-up of an inbox: read, write, remove, pause. Secrets go in and never
//! come out.

use throughline_core::actor::{Actor, Scope};
use throughline_core::channel::Channel;
use throughline_core::id::InboxId;
use throughline_core::mail_settings::MailSettings;
use throughline_core::time::Instant;
use throughline_store::mail_settings::{self as store, StoredMailSettings};
use throughline_store::{Conn, inboxes};

use super::{MailCredentials, MailSecret, account, check};
use crate::admin::{self, Change, Trail};
use crate::{App, AppError};

/// Names the thing in events.
const WHAT: &str = "mail_settings";

/// A set-up to be written.
#[derive(Debug, Clone)]
pub struct NewMailSetUp {
    /// All settings.
    pub settings: MailSettings,
    /// The secrets that are given anew. A stored one stays where none is given, unless the host, the
    /// user or the way to sign in is another.
    pub secrets: MailCredentials,
}

/// What kind of secret is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// None.
    Nothing,
    /// A password.
    Password,
    /// A grant of OAuth 2.
    Grant,
}

impl Held {
    fn of(secret: Option<&MailSecret>) -> Self {
        match secret {
            None => Self::Nothing,
            Some(MailSecret::Password(_)) => Self::Password,
            Some(MailSecret::Grant(_)) => Self::Grant,
        }
    }
}

/// The set-up of an inbox as admins see it.
#[derive(Debug, Clone, PartialEq)]
pub struct MailSetUp {
    /// The inbox.
    pub inbox: InboxId,
    /// Its settings.
    pub settings: MailSettings,
    /// The secret for fetching.
    pub incoming: Held,
    /// The secret for sending alone; the one for fetching serves when there is none.
    pub outgoing: Held,
    /// Why the secrets cannot be read, when they cannot.
    pub trouble: Option<String>,
    /// When it was last changed.
    pub updated_at: Instant,
    /// Rises with every change.
    pub version: i64,
}

impl MailSetUp {
    fn of(app: &App, stored: StoredMailSettings) -> Self {
        let opened = opened(app, &stored);
        let trouble = opened.as_ref().err().map(|error| error.message.clone());
        let held = opened.unwrap_or_default();
        Self {
            inbox: stored.inbox,
            settings: stored.settings,
            incoming: Held::of(held.incoming.as_ref()),
            outgoing: Held::of(held.outgoing.as_ref()),
            trouble,
            updated_at: stored.updated_at,
            version: stored.version,
        }
    }
}

fn opened(app: &App, stored: &StoredMailSettings) -> Result<MailCredentials, AppError> {
    match &stored.credentials {
        Some(sealed) => MailCredentials::open(app, stored.inbox, sealed),
        None => Ok(MailCredentials::default()),
    }
}

/// The set-up of an inbox.
pub async fn get(app: &App, actor: &Actor, id: InboxId) -> Result<MailSetUp, AppError> {
    actor.require(Scope::Admin)?;
    let actor = actor.clone();
    // An inbox of another channel has none either: for a reader there is no more to it.
    let read = move |c: &mut Conn| {
        let seen = inboxes::get(c, id)?.filter(|_| actor.sees(id, None, None));
        let stored = seen.map(|_| store::get(c, id)).transpose()?.flatten();
        stored.ok_or_else(|| AppError::not_found("set-up for e-mail"))
    };
    let stored = app.store().lookup(read).await?;
    Ok(MailSetUp::of(app, stored))
}

/// Writes the whole set-up, the first time or anew.
pub async fn put(
    app: &App,
    actor: &Actor,
    id: InboxId,
    new: NewMailSetUp,
    expected_version: Option<i64>,
) -> Result<MailSetUp, AppError> {
    actor.require(Scope::Admin)?;
    let NewMailSetUp { settings, secrets } = new;
    let settings = check::checked(settings)?;
    check::check_secrets(&secrets)?;
    let (now, actor, app2) = (app.now(), actor.clone(), app.clone());
    let trail = Trail::new(app, &actor, now, WHAT, id, Change::Updated);
    let write = move |c: &mut Conn| {
        mail_inbox(c, &actor, id)?;
        let before = store::get(c, id)?;
        let version = before.as_ref().map_or(0, |stored| stored.version);
        admin::expect_version(version, expected_version)?;
        let credentials = sealed(&app2, id, before.as_ref(), &settings, secrets)?;
        let trail = trail.naming(differences(before.as_ref(), &settings, &credentials));
        let after = StoredMailSettings {
            inbox: id,
            settings,
            credentials,
            updated_at: now,
            version: version + 1,
        };
        save(c, &after, before.map(|stored| stored.version))?;
        trail.append(c)?;
        Ok::<_, AppError>(after)
    };
    let stored = app.store().write(write).await?;
    Ok(MailSetUp::of(app, stored))
}

/// The names of what a new set-up changes. Secrets are encrypted anew whenever some are given.
fn differences(
    before: Option<&StoredMailSettings>,
    settings: &MailSettings,
    credentials: &Option<String>,
) -> Vec<&'static str> {
    let empty = MailSettings::default();
    let old = before.map_or(&empty, |stored| &stored.settings);
    let fields = admin::changed!(
        old, settings; incoming, outgoing, paused, from_name, signature, plus_addressing,
        subject_number, quote, third_party, continue_after_days
    );
    let secrets = before.and_then(|stored| stored.credentials.as_ref()) != credentials.as_ref();
    fields.chain(secrets.then_some("secrets")).collect()
}

/// The secrets after a change, encrypted under the newest key; `None` when there are none.
fn sealed(
    app: &App,
    id: InboxId,
    before: Option<&StoredMailSettings>,
    settings: &MailSettings,
    given: MailCredentials,
) -> Result<Option<String>, AppError> {
    let stored = before.map(|stored| opened(app, stored)).transpose();
    // Secrets that cannot be read any more are no obstacle to giving them anew.
    let (stored, unreadable) = match stored {
        Ok(stored) => (stored, None),
        Err(error) => (None, Some(error)),
    };
    let before = before.map(|stored| &stored.settings).zip(stored.as_ref());
    let merged = account::merged(before, settings, given);
    let merged = merged.map_err(|error| unreadable.unwrap_or(error))?;
    if merged == MailCredentials::default() {
        return Ok(None);
    }
    merged.seal(app, id).map(Some)
}

fn save(c: &mut Conn, after: &StoredMailSettings, before: Option<i64>) -> Result<(), AppError> {
    match before {
        None => Ok(store::insert(c, after)?),
        Some(version) if store::update(c, after, version)? => Ok(()),
        Some(_) => Err(AppError::stale()),
    }
}

/// Removes the set-up with its secrets. What came by the inbox stays, and so does how far its
/// folders were read: set up again, it goes on from there.
pub async fn delete(app: &App, actor: &Actor, id: InboxId) -> Result<(), AppError> {
    actor.require(Scope::Admin)?;
    let actor = actor.clone();
    let trail = Trail::new(app, &actor, app.now(), WHAT, id, Change::Deleted);
    let write = move |c: &mut Conn| {
        existing(c, &actor, id)?;
        store::delete(c, id)?;
        Ok::<_, AppError>(trail.append(c)?)
    };
    app.store().write(write).await
}

/// Pauses fetching and sending, or resumes them. Nothing is lost meanwhile: what arrives waits on its
/// server, what is to go out waits here.
pub async fn set_paused(
    app: &App,
    actor: &Actor,
    id: InboxId,
    paused: bool,
) -> Result<MailSetUp, AppError> {
    actor.require(Scope::Admin)?;
    let (now, actor) = (app.now(), actor.clone());
    let trail = Trail::new(app, &actor, now, WHAT, id, Change::Updated).naming(["paused"]);
    let write = move |c: &mut Conn| {
        let before = existing(c, &actor, id)?;
        if before.settings.paused == paused {
            return Ok::<_, AppError>(before);
        }
        let version = before.version;
        let settings = MailSettings { paused, ..before.settings.clone() };
        let after =
            StoredMailSettings { settings, updated_at: now, version: version + 1, ..before };
        save(c, &after, Some(version))?;
        trail.append(c)?;
        Ok(after)
    };
    let stored = app.store().write(write).await?;
    Ok(MailSetUp::of(app, stored))
}

/// Refuses inboxes that are not there, not visible, or of another channel.
pub(super) fn mail_inbox(c: &mut Conn, actor: &Actor, id: InboxId) -> Result<(), AppError> {
    let inbox = inboxes::get(c, id)?.filter(|_| actor.sees(id, None, None));
    let inbox = inbox.ok_or_else(|| AppError::not_found("inbox"))?;
    match inbox.channel {
        Channel::Email => Ok(()),
        _ => {
            let why = "only inboxes of the channel email fetch and send mail";
            Err(AppError::conflict("not_a_mail_inbox", why))
        }
    }
}

fn existing(c: &mut Conn, actor: &Actor, id: InboxId) -> Result<StoredMailSettings, AppError> {
    mail_inbox(c, actor, id)?;
    store::get(c, id)?.ok_or_else(|| AppError::not_found("set-up for e-mail"))
}
