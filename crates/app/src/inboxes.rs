//! Inboxes: the configured addresses of channels, and who may see what comes by them.

use throughline_core::actor::{Actor, Scope, Sees};
use throughline_core::channel::Channel;
use throughline_core::id::{InboxId, TeamId};
use throughline_core::identity::EmailAddress;
use throughline_core::inbox::Inbox;
use throughline_core::page::{Page, PageRequest};
use throughline_core::time::Instant;
use throughline_store::{Conn, StoreError, inboxes as store, teams};

use crate::admin::{self, Change, Trail};
use crate::{App, AppError, page};

/// Names the order of the list in cursors.
const ORDER: &str = "inb";
const READ: [Scope; 4] = [Scope::TicketsRead, Scope::Admin, Scope::Ledger, Scope::DeliveriesWrite];

/// An inbox to be made.
#[derive(Debug, Clone)]
pub struct NewInbox {
    /// The channel it belongs to, for ever.
    pub channel: Channel,
    /// Its address in that channel, for ever.
    pub address: String,
    /// What agents call it.
    pub name: String,
    /// Whether only its teams (and leads and admins) see what comes by it.
    pub restricted: bool,
    /// The teams that may see it when it is restricted.
    pub teams: Vec<TeamId>,
    /// The team that new tickets are given to.
    pub default_team: Option<TeamId>,
}

/// What to change of an inbox; `None` stays as it is, `Some(None)` is taken away.
#[derive(Debug, Clone, Default)]
pub struct InboxPatch {
    /// The name.
    pub name: Option<String>,
    /// Whether it takes anything new.
    pub active: Option<bool>,
    /// Whether it is restricted.
    pub restricted: Option<bool>,
    /// Whether others may know that something came by it when it is restricted.
    pub show_placeholders: Option<bool>,
    /// The teams that may see it when it is restricted, all of them.
    pub teams: Option<Vec<TeamId>>,
    /// The team that new tickets are given to.
    pub default_team: Option<Option<TeamId>>,
}

/// The inboxes that the actor sees, oldest first, inactive ones too.
pub async fn list(app: &App, actor: &Actor, page: &PageRequest) -> Result<Page<Inbox>, AppError> {
    admin::require_any(actor, &READ)?;
    page::check(page)?;
    let (after, fetch) = (page.key_for(ORDER)?, page.fetch());
    let among = match &actor.sees {
        Sees::Everything => None,
        Sees::Only { inboxes, .. } => Some(inboxes.clone()),
    };
    let read = app.store().read(move |c| store::list(c, among.as_deref(), after, fetch));
    Ok(Page::cut(read.await?, page, ORDER, |inbox: &Inbox| inbox.id.get()))
}

/// One inbox that the actor sees.
pub async fn get(app: &App, actor: &Actor, id: InboxId) -> Result<Inbox, AppError> {
    admin::require_any(actor, &READ)?;
    let actor = actor.clone();
    app.store().lookup(move |c| visible(c, &actor, id)).await
}

fn visible(conn: &mut Conn, actor: &Actor, id: InboxId) -> Result<Inbox, AppError> {
    let seen = store::get(conn, id)?.filter(|_| actor.sees(id, None, None));
    seen.ok_or_else(|| AppError::not_found("inbox"))
}

/// Makes an inbox.
pub async fn create(app: &App, actor: &Actor, new: NewInbox) -> Result<Inbox, AppError> {
    actor.require(Scope::Admin)?;
    let now = app.now();
    let inbox = fresh(app, new, now)?;
    let trail = Trail::new(app, actor, now, "inbox", inbox.id, Change::Created);
    app.store()
        .write(move |c| {
            known_teams(c, &inbox)?;
            store::insert(c, &inbox).map_err(address_taken)?;
            trail.append(c)?;
            Ok(inbox)
        })
        .await
}

/// The inbox of this address, made when it is missing: for imports and sample data.
pub async fn ensure(
    app: &App,
    channel: Channel,
    address: &str,
    name: &str,
) -> Result<Inbox, AppError> {
    let actor = Actor::system();
    let key = checked_address(channel, address)?;
    let find = move |c: &mut Conn| store::by_address(c, channel, &key);
    if let Some(found) = app.store().lookup(find.clone()).await? {
        return Ok(found);
    }
    let (address, name) = (address.to_owned(), name.to_owned());
    let (restricted, teams, default_team) = (false, Vec::new(), None);
    let new = NewInbox { channel, address, name, restricted, teams, default_team };
    match create(app, &actor, new).await {
        // Another was quicker.
        Err(error) if error.code == ADDRESS_TAKEN => app.store().lookup(find).await?.ok_or(error),
        made => made,
    }
}

fn fresh(app: &App, new: NewInbox, now: Instant) -> Result<Inbox, AppError> {
    let NewInbox { channel, address, name, restricted, teams, default_team } = new;
    Ok(Inbox {
        id: app.ids().make(now),
        channel,
        address: checked_address(channel, &address)?,
        name: admin::name("name", &name)?,
        active: true,
        restricted,
        show_placeholders: false,
        teams: admin::once(teams),
        default_team,
        created_at: now,
        updated_at: now,
        version: 1,
    })
}

/// Changes an inbox.
pub async fn update(
    app: &App,
    actor: &Actor,
    id: InboxId,
    patch: InboxPatch,
    expected_version: Option<i64>,
) -> Result<Inbox, AppError> {
    actor.require(Scope::Admin)?;
    let (now, actor) = (app.now(), actor.clone());
    let trail = Trail::new(app, &actor, now, "inbox", id, Change::Updated);
    app.store()
        .write(move |c| {
            let before = visible(c, &actor, id)?;
            admin::expect_version(before.version, expected_version)?;
            let after = patched(&before, patch, now)?;
            if after == before {
                return Ok(before);
            }
            known_teams(c, &after)?;
            if !store::update(c, &after, before.version)? {
                return Err(AppError::stale());
            }
            let fields = admin::changed!(
                before, after; name, active, restricted, show_placeholders, teams, default_team
            );
            trail.naming(fields).append(c)?;
            Ok(after)
        })
        .await
}

fn patched(before: &Inbox, patch: InboxPatch, now: Instant) -> Result<Inbox, AppError> {
    let InboxPatch { name, active, restricted, show_placeholders, teams, default_team } = patch;
    let mut after = before.clone();
    if let Some(name) = name {
        after.name = admin::name("name", &name)?;
    }
    after.active = active.unwrap_or(before.active);
    after.restricted = restricted.unwrap_or(before.restricted);
    after.show_placeholders = show_placeholders.unwrap_or(before.show_placeholders);
    after.teams = teams.map_or_else(|| before.teams.clone(), admin::once);
    after.default_team = default_team.unwrap_or(before.default_team);
    if after != *before {
        after.updated_at = now;
        after.version += 1;
    }
    Ok(after)
}

/// Removes an inbox by which nothing ever came. One with history can only be made inactive.
pub async fn delete(app: &App, actor: &Actor, id: InboxId) -> Result<(), AppError> {
    actor.require(Scope::Admin)?;
    let actor = actor.clone();
    let trail = Trail::new(app, &actor, app.now(), "inbox", id, Change::Deleted);
    app.store()
        .write(move |c| {
            visible(c, &actor, id)?;
            if store::is_used(c, id)? {
                return Err(in_use());
            }
            // Something may have come in between; the database refuses to let it go then.
            store::delete(c, id).map_err(|error| match error {
                StoreError::Constraint(_) => in_use(),
                other => other.into(),
            })?;
            Ok(trail.append(c)?)
        })
        .await
}

/// An address as kept. Those of other channels than e-mail are names that the set-up chooses.
fn checked_address(channel: Channel, address: &str) -> Result<String, AppError> {
    match channel {
        Channel::Email => match EmailAddress::parse(address) {
            Ok(address) => Ok(address.as_str().to_owned()),
            Err(error) => Err(AppError::invalid("address", error.to_string())),
        },
        _ => admin::name("address", address),
    }
}

fn known_teams(conn: &mut Conn, inbox: &Inbox) -> Result<(), AppError> {
    if teams::count_of(conn, &inbox.teams)? != inbox.teams.len() {
        return Err(AppError::invalid("teams", "at least one of these teams does not exist"));
    }
    match inbox.default_team {
        Some(team) if !teams::exists(conn, team)? => {
            Err(AppError::invalid("default_team", "there is no such team"))
        }
        _ => Ok(()),
    }
}

const ADDRESS_TAKEN: &str = "address_taken";

fn address_taken(error: StoreError) -> AppError {
    if error.is_constraint("inboxes_address") {
        let message = "this channel has an inbox of this address already";
        return AppError::conflict(ADDRESS_TAKEN, message);
    }
    error.into()
}

fn in_use() -> AppError {
    let message = "something came by this inbox; make it inactive instead";
    AppError::conflict("inbox_in_use", message)
}
