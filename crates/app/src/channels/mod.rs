//! How inboxes of channels other than mail are set up, with their secrets: what admins do with it, and
//! what hooks and workers read. What the fields mean is known to `ingest` alone.

mod asking;
mod health;
mod probe;
mod sample;
mod templates;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use throughline_core::actor::{Actor, Scope};
use throughline_core::channel::Channel;
use throughline_core::id::InboxId;
use throughline_core::inbox::Inbox;
use throughline_core::time::Instant;
use throughline_store::channel_accounts::{self as store, StoredAccount};
use throughline_store::{Conn, channel_objects, channel_places, channel_templates, inboxes};

pub use asking::{
    Claim, Failure, Found, StoredPlace, ToAsk, claim, hold, note_failure, record, release, to_ask,
};

use crate::admin::{self, Change, Trail};
use crate::secret::Secret;
use crate::{App, AppError};
pub use health::{Health, health};
pub use probe::{ChannelProbe, ProbeStep, TestSent, test, test_message};
pub use sample::{mapping_of, sample};
pub use templates::{Choice, Told, Untold, templates};
pub(crate) use templates::{filled, has_templates};

/// Names the thing in events.
const WHAT: &str = "channel_account";
/// The most secrets of one name: one is being replaced by another.
pub const MAX_SECRETS: usize = 3;
/// For how long an event waits for the message that it refers to, in seconds.
const PARKED_SECONDS: i64 = 90 * 24 * 60 * 60;
/// How many of them are removed in one transaction.
const PURGED: i64 = 5_000;

/// Secrets by name; several of one name are all good.
pub type Secrets = BTreeMap<String, Vec<Secret>>;

/// A set-up to be written. The fields were checked by who knows the channel.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The kind of channel, by its name in the registry.
    pub kind: &'static str,
    /// The channel that inboxes of this kind belong to.
    pub channel: Channel,
    /// Its fields, secrets apart.
    pub settings: Map<String, Value>,
    /// The secrets that are given anew, by name. Those that are not named stay; an empty list takes a
    /// secret away.
    pub secrets: Secrets,
}

/// The set-up of an inbox as admins see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// The inbox.
    pub inbox: InboxId,
    /// The kind of channel.
    pub kind: String,
    /// Its fields, secrets apart.
    pub settings: Map<String, Value>,
    /// How many secrets are held of each name.
    pub held: BTreeMap<String, usize>,
    /// Why the secrets cannot be read, when they cannot.
    pub trouble: Option<String>,
    /// When it was last changed.
    pub updated_at: Instant,
    /// Rises with every change.
    pub version: i64,
}

/// An inbox with its set-up and its secrets, for hooks and workers.
#[derive(Debug, Clone)]
pub struct Connected {
    /// The inbox.
    pub inbox: Inbox,
    /// The kind of channel.
    pub kind: String,
    /// Its fields, secrets apart.
    pub settings: Map<String, Value>,
    /// Its secrets.
    pub secrets: Secrets,
}

/// The set-up of an inbox.
pub async fn get(app: &App, actor: &Actor, id: InboxId) -> Result<Account, AppError> {
    actor.require(Scope::Admin)?;
    let (app2, actor) = (app.clone(), actor.clone());
    let read = move |c: &mut Conn| Ok(shown(&app2, existing(c, &actor, id)?));
    app.store().lookup(read).await
}

/// Writes the whole set-up, the first time or anew. The kind of an inbox stays what it is.
pub async fn put(
    app: &App,
    actor: &Actor,
    id: InboxId,
    new: NewAccount,
    expected_version: Option<i64>,
) -> Result<Account, AppError> {
    actor.require(Scope::Admin)?;
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    let trail = Trail::new(app, &actor, now, WHAT, id, Change::Updated);
    let write = move |c: &mut Conn| {
        inbox_of(c, &actor, id, new.channel)?;
        let before = store::get(c, id)?;
        let version = before.as_ref().map_or(0, |stored| stored.version);
        admin::expect_version(version, expected_version)?;
        // Given secrets are told by their names alone.
        let given: Vec<String> = new.secrets.keys().map(|name| format!("secrets.{name}")).collect();
        let after = changed(&app2, id, before.as_ref(), new, now)?;
        let old = before.as_ref().map(|stored| &stored.settings);
        let trail = trail.naming(differing(old, &after.settings)).naming(given);
        let written = match before {
            None => store::insert(c, &after)?,
            Some(_) => store::update(c, &after, version)?,
        };
        if !written {
            return Err(AppError::stale());
        }
        trail.append(c)?;
        Ok(shown(&app2, after))
    };
    app.store().write(write).await
}

/// Removes the set-up with its secrets. What came by the inbox stays.
pub async fn delete(app: &App, actor: &Actor, id: InboxId) -> Result<(), AppError> {
    actor.require(Scope::Admin)?;
    let actor = actor.clone();
    let trail = Trail::new(app, &actor, app.now(), WHAT, id, Change::Deleted);
    let write = move |c: &mut Conn| {
        existing(c, &actor, id)?;
        store::delete(c, id)?;
        channel_places::delete(c, id)?;
        channel_templates::delete(c, id)?;
        Ok::<_, AppError>(trail.append(c)?)
    };
    app.store().write(write).await
}

/// The set-up of an inbox for its hook; `None` when there is none, or the inbox takes nothing new.
/// Nobody is asked who he is: whoever calls checks the request by what this answers.
pub async fn connected(app: &App, id: InboxId) -> Result<Option<Connected>, AppError> {
    let read = move |c: &mut Conn| {
        let inbox = inboxes::get(c, id)?.filter(|inbox| inbox.active);
        Ok::<_, AppError>(inbox.zip(store::get(c, id)?))
    };
    let Some((inbox, stored)) = app.store().lookup(read).await? else { return Ok(None) };
    opened_of(app, inbox, stored).map(Some)
}

/// A set-up with its secrets.
pub(crate) fn opened_of(
    app: &App,
    inbox: Inbox,
    stored: StoredAccount,
) -> Result<Connected, AppError> {
    // A platform is told nothing of our keys; it comes again.
    let locked = |error: AppError| {
        let why = "the set-up of this inbox cannot be used now";
        AppError { cause: Some(error.into()), ..AppError::unavailable("unavailable", why) }
    };
    let secrets = opened(app, &stored).map_err(locked)?;
    let StoredAccount { kind, settings, .. } = stored;
    Ok(Connected { inbox, kind, settings, secrets })
}

/// Forgets what waited too long for a message that never came. Answers how many events. Their deliveries
/// stay in the ledger.
pub async fn purge_parked(app: &App) -> Result<usize, AppError> {
    let before = app.now().plus_seconds(-PARKED_SECONDS);
    let mut purged = 0;
    loop {
        let some = move |c: &mut Conn| channel_objects::purge_parked(c, before, PURGED);
        match app.store().write(some).await? {
            0 => return Ok(purged),
            some => purged += some,
        }
    }
}

fn inbox_of(c: &mut Conn, actor: &Actor, id: InboxId, channel: Channel) -> Result<Inbox, AppError> {
    let inbox = inboxes::get(c, id)?.filter(|_| actor.sees(id, None, None));
    let inbox = inbox.ok_or_else(|| AppError::not_found("inbox"))?;
    if inbox.channel == channel {
        return Ok(inbox);
    }
    let why = format!("this is an inbox of the channel {}; it takes {channel}", inbox.channel);
    Err(AppError::conflict("other_channel", why))
}

fn existing(c: &mut Conn, actor: &Actor, id: InboxId) -> Result<StoredAccount, AppError> {
    let seen = inboxes::get(c, id)?.filter(|_| actor.sees(id, None, None));
    let stored = seen.map(|_| store::get(c, id)).transpose()?.flatten();
    stored.ok_or_else(|| AppError::not_found("set-up of the channel"))
}

fn changed(
    app: &App,
    id: InboxId,
    before: Option<&StoredAccount>,
    new: NewAccount,
    now: Instant,
) -> Result<StoredAccount, AppError> {
    let NewAccount { kind, channel: _, settings, secrets: given } = new;
    if before.is_some_and(|before| before.kind != kind) {
        let why = "it is connected to another platform; disconnect it first, or make another inbox";
        return Err(AppError::conflict("other_kind", why));
    }
    // Secrets that cannot be read any more are no obstacle to giving them anew.
    let held = before.map(|before| opened(app, before)).transpose().unwrap_or_default();
    let mut secrets = held.unwrap_or_default();
    for (name, values) in given {
        match values.is_empty() {
            true => drop(secrets.remove(&name)),
            false => drop(secrets.insert(name, values)),
        }
    }
    let secrets = if secrets.is_empty() { None } else { Some(sealed(app, id, &secrets)?) };
    let version = before.map_or(1, |before| before.version + 1);
    Ok(StoredAccount {
        inbox: id,
        kind: kind.to_owned(),
        settings,
        secrets,
        updated_at: now,
        version,
    })
}

/// The names of the fields that differ, of those before and those after.
fn differing(before: Option<&Map<String, Value>>, after: &Map<String, Value>) -> Vec<String> {
    let empty = Map::new();
    let before = before.unwrap_or(&empty);
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differs = |name: &&&String| before.get(name.as_str()) != after.get(name.as_str());
    names.iter().filter(differs).map(|name| (*name).clone()).collect()
}

fn place(inbox: InboxId) -> String {
    format!("channel_accounts {inbox}")
}

fn sealed(app: &App, id: InboxId, secrets: &Secrets) -> Result<String, AppError> {
    let plain: BTreeMap<&String, Vec<&String>> = secrets
        .iter()
        .map(|(name, values)| (name, values.iter().map(Secret::expose).collect()))
        .collect();
    let plain = serde_json::to_string(&plain).map_err(|_| broken())?;
    app.keyring().seal(&place(id), &Secret::new(plain))
}

fn opened(app: &App, stored: &StoredAccount) -> Result<Secrets, AppError> {
    let Some(sealed) = &stored.secrets else { return Ok(Secrets::new()) };
    let plain = app.keyring().open(&place(stored.inbox), sealed)?;
    let plain: BTreeMap<String, Vec<String>> =
        serde_json::from_str(plain.expose()).map_err(|_| broken())?;
    let secret = |(name, values): (String, Vec<String>)| {
        (name, values.into_iter().map(Secret::new).collect())
    };
    Ok(plain.into_iter().map(secret).collect())
}

/// Serde quotes what it could not read, so its words stay out of the error.
fn broken() -> AppError {
    AppError::internal("stored secrets are in no known form")
}

fn shown(app: &App, stored: StoredAccount) -> Account {
    let opened = opened(app, &stored);
    let trouble = opened.as_ref().err().map(|error| error.message.clone());
    let held = opened.unwrap_or_default();
    let held = held.into_iter().map(|(name, values)| (name, values.len())).collect();
    let StoredAccount { inbox, kind, settings, secrets: _, updated_at, version } = stored;
    Account { inbox, kind, settings, held, trouble, updated_at, version }
}
