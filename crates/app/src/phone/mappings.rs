//! How files are read, saved by name; and what holds for the calls of one inbox.

use serde_json::Value;
use throughline_core::actor::{Actor, Scope};
use throughline_core::channel::Channel;
use throughline_core::id::InboxId;
use throughline_core::phone_settings::{PhoneMapping, PhoneSettings};
use throughline_store::{Conn, inboxes, phone_mappings as store, phone_settings};

use super::may_read;
use crate::admin::{self, Change, Trail};
use crate::{App, AppError};

/// The most mappings; a phone system has one or two.
const MAX_MAPPINGS: i64 = 200;

fn missing() -> AppError {
    AppError::not_found("mapping")
}

/// All mappings by name.
pub async fn mappings(app: &App, actor: &Actor) -> Result<Vec<PhoneMapping>, AppError> {
    may_read(actor)?;
    Ok(app.store().read(|conn| store::list(conn, MAX_MAPPINGS)).await?)
}

/// One mapping.
pub async fn mapping(app: &App, actor: &Actor, name: &str) -> Result<PhoneMapping, AppError> {
    may_read(actor)?;
    let name = name.to_owned();
    app.store().lookup(move |conn| store::get(conn, &name)).await?.ok_or_else(missing)
}

/// Saves a mapping under a name, in place of what stood there.
pub async fn put_mapping(
    app: &App,
    actor: &Actor,
    name: &str,
    source: Value,
    expected_version: Option<i64>,
) -> Result<PhoneMapping, AppError> {
    actor.require(Scope::Admin)?;
    let (name, now) = (admin::name("name", name)?, app.now());
    let trail =
        Trail::new(app, actor, now, "phone_mapping", &name, Change::Updated).naming(["source"]);
    let write = move |conn: &mut Conn| {
        let before = store::get(conn, &name)?;
        let there = before.as_ref().map_or(0, |mapping| mapping.version);
        admin::expect_version(there, expected_version)?;
        if before.is_none() && store::list(conn, MAX_MAPPINGS)?.len() as i64 >= MAX_MAPPINGS {
            let why = format!("there are {MAX_MAPPINGS} mappings already: remove one first");
            return Err(AppError::conflict("too_many_mappings", why));
        }
        let mapping = PhoneMapping { name, source, updated_at: now, version: there + 1 };
        store::put(conn, &mapping)?;
        trail.append(conn)?;
        Ok(mapping)
    };
    app.store().write(write).await
}

/// Removes a mapping. Imports that were made by it stay.
pub async fn delete_mapping(app: &App, actor: &Actor, name: &str) -> Result<(), AppError> {
    actor.require(Scope::Admin)?;
    let name = name.to_owned();
    let trail = Trail::new(app, actor, app.now(), "phone_mapping", &name, Change::Deleted);
    let write = move |conn: &mut Conn| {
        if !store::delete(conn, &name)? {
            return Err(missing());
        }
        Ok(trail.append(conn)?)
    };
    app.store().write(write).await
}

fn phone_inbox(conn: &mut Conn, actor: &Actor, id: InboxId) -> Result<(), AppError> {
    let found = inboxes::get(conn, id)?.filter(|inbox| actor.sees(inbox.id, None, None));
    let inbox = found.ok_or_else(|| AppError::not_found("inbox"))?;
    if inbox.channel == Channel::Phone {
        return Ok(());
    }
    Err(AppError::invalid("id", "only inboxes of the channel phone have these settings"))
}

/// What holds for the calls of an inbox, with its version.
pub async fn settings(
    app: &App,
    actor: &Actor,
    inbox: InboxId,
) -> Result<(PhoneSettings, i64), AppError> {
    admin::require_any(actor, &[Scope::Admin, Scope::DeliveriesWrite])?;
    let actor = actor.clone();
    let read = move |conn: &mut Conn| {
        let seen = inboxes::get(conn, inbox)?.filter(|found| actor.sees(found.id, None, None));
        let phone = seen.filter(|found| found.channel == Channel::Phone);
        phone.ok_or_else(|| AppError::not_found("inbox of telephones"))?;
        Ok::<_, AppError>(phone_settings::get(conn, inbox)?)
    };
    app.store().lookup(read).await
}

/// Sets what holds for the calls of an inbox.
pub async fn put_settings(
    app: &App,
    actor: &Actor,
    inbox: InboxId,
    new: PhoneSettings,
    expected_version: Option<i64>,
) -> Result<(PhoneSettings, i64), AppError> {
    actor.require(Scope::Admin)?;
    let (actor, now) = (actor.clone(), app.now());
    let trail = Trail::new(app, &actor, now, "phone_settings", inbox, Change::Updated);
    let write = move |conn: &mut Conn| {
        phone_inbox(conn, &actor, inbox)?;
        let (before, version) = phone_settings::get(conn, inbox)?;
        let trail = trail.naming(admin::changed!(before, new; missed_calls_open_tickets, mapping));
        admin::expect_version(version, expected_version)?;
        if let Some(name) = &new.mapping
            && store::get(conn, name)?.is_none()
        {
            return Err(AppError::invalid("mapping", "there is no such mapping"));
        }
        if new.folder.is_some() && new.mapping.is_none() {
            let why = "name the mapping by which the files of the folder are read";
            return Err(AppError::invalid("mapping", why));
        }
        phone_settings::put(conn, inbox, &new, version + 1)?;
        trail.append(conn)?;
        Ok((new, version + 1))
    };
    app.store().write(write).await
}

/// How files of an inbox are read when nothing is said: by the mapping that its settings name.
pub async fn source_of(
    app: &App,
    actor: &Actor,
    inbox: InboxId,
) -> Result<Option<Value>, AppError> {
    may_read(actor)?;
    let read = move |conn: &mut Conn| {
        let (settings, _) = phone_settings::get(conn, inbox)?;
        let Some(name) = settings.mapping else { return Ok(None) };
        Ok::<_, AppError>(store::get(conn, &name)?.map(|mapping| mapping.source))
    };
    app.store().lookup(read).await
}
