//! Inboxes, and the teams that may see the restricted ones.

use std::collections::HashMap;

use diesel::prelude::*;
use throughline_core::channel::Channel;
use throughline_core::id::{InboxId, TeamId};
use throughline_core::inbox::Inbox;
use throughline_core::time::Instant;

use crate::conn::{Conn, each};
use crate::error::StoreError;
use crate::schema::{deliveries, imports, inbox_teams, inboxes, tickets, timeline_items};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = inboxes, treat_none_as_default_value = false)]
struct InboxRow {
    id: i64,
    channel: i16,
    address: String,
    name: String,
    active: bool,
    restricted: bool,
    default_team_id: Option<i64>,
    created_at: i64,
    updated_at: i64,
    version: i64,
    show_placeholders: bool,
}

impl InboxRow {
    fn of(inbox: &Inbox) -> Self {
        Self {
            id: inbox.id.get(),
            channel: inbox.channel.code(),
            address: inbox.address.clone(),
            name: inbox.name.clone(),
            active: inbox.active,
            restricted: inbox.restricted,
            default_team_id: inbox.default_team.map(TeamId::get),
            created_at: inbox.created_at.as_micros(),
            updated_at: inbox.updated_at.as_micros(),
            version: inbox.version,
            show_placeholders: inbox.show_placeholders,
        }
    }

    fn into_core(self, teams: Vec<TeamId>) -> Result<Inbox, StoreError> {
        let channel = Channel::from_code(self.channel).ok_or_else(|| {
            let why = format!("no channel has the number {}", self.channel);
            StoreError::Unreadable { what: "inboxes.channel", why }
        })?;
        Ok(Inbox {
            id: InboxId::from(self.id),
            channel,
            address: self.address,
            name: self.name,
            active: self.active,
            restricted: self.restricted,
            show_placeholders: self.show_placeholders,
            teams,
            default_team: self.default_team_id.map(TeamId::from),
            created_at: Instant::from_micros(self.created_at),
            updated_at: Instant::from_micros(self.updated_at),
            version: self.version,
        })
    }
}

#[derive(Insertable)]
#[diesel(table_name = inbox_teams, treat_none_as_default_value = false)]
struct InboxTeamRow {
    inbox_id: i64,
    team_id: i64,
}

/// The inbox of this id.
pub fn get(conn: &mut Conn, id: InboxId) -> Result<Option<Inbox>, StoreError> {
    Ok(by_ids(conn, &[id])?.pop())
}

/// The inboxes of these ids, oldest first; unknown ids are left out.
pub fn by_ids(conn: &mut Conn, ids: &[InboxId]) -> Result<Vec<Inbox>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
    let rows: Vec<InboxRow> = inboxes::table
        .filter(inboxes::id.eq_any(ids))
        .order(inboxes::id)
        .select(InboxRow::as_select())
        .load(conn)?;
    with_teams(conn, rows)
}

/// The inbox of this normalised address.
pub fn by_address(
    conn: &mut Conn,
    channel: Channel,
    address: &str,
) -> Result<Option<Inbox>, StoreError> {
    let row: Option<InboxRow> = inboxes::table
        .filter(inboxes::channel.eq(channel.code()))
        .filter(inboxes::address.eq(address))
        .select(InboxRow::as_select())
        .first(conn)
        .optional()?;
    Ok(with_teams(conn, row.into_iter().collect())?.pop())
}

/// The restricted inboxes of which everybody may know that something came by them.
pub fn with_placeholders(conn: &mut Conn) -> Result<Vec<InboxId>, StoreError> {
    let shown = inboxes::table
        .filter(inboxes::restricted.eq(true))
        .filter(inboxes::show_placeholders.eq(true));
    let ids: Vec<i64> = shown.select(inboxes::id).load(conn)?;
    Ok(ids.into_iter().map(InboxId::from).collect())
}

/// The oldest active inbox of a channel: what a ticket without a named inbox goes to.
pub fn first_active(conn: &mut Conn, channel: Channel) -> Result<Option<Inbox>, StoreError> {
    let row: Option<InboxRow> = inboxes::table
        .filter(inboxes::channel.eq(channel.code()))
        .filter(inboxes::active.eq(true))
        .order(inboxes::id)
        .select(InboxRow::as_select())
        .first(conn)
        .optional()?;
    Ok(with_teams(conn, row.into_iter().collect())?.pop())
}

/// Up to `fetch` inboxes behind the id `after`, oldest first; only those named in `among` when
/// that is given.
pub fn list(
    conn: &mut Conn,
    among: Option<&[InboxId]>,
    after: Option<i64>,
    fetch: i64,
) -> Result<Vec<Inbox>, StoreError> {
    let mut query = inboxes::table
        .filter(inboxes::id.gt(after.unwrap_or(i64::MIN)))
        .order(inboxes::id)
        .limit(fetch)
        .select(InboxRow::as_select())
        .into_boxed();
    if let Some(among) = among {
        let ids: Vec<i64> = among.iter().map(|id| id.get()).collect();
        query = query.filter(inboxes::id.eq_any(ids));
    }
    let rows: Vec<InboxRow> = query.load(conn)?;
    with_teams(conn, rows)
}

fn with_teams(conn: &mut Conn, rows: Vec<InboxRow>) -> Result<Vec<Inbox>, StoreError> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let pairs: Vec<(i64, i64)> = inbox_teams::table
        .filter(inbox_teams::inbox_id.eq_any(ids))
        .order(inbox_teams::team_id)
        .select((inbox_teams::inbox_id, inbox_teams::team_id))
        .load(conn)?;
    let mut teams: HashMap<i64, Vec<TeamId>> = HashMap::new();
    for (inbox, team) in pairs {
        teams.entry(inbox).or_default().push(TeamId::from(team));
    }
    let inbox = |row: InboxRow| {
        let own = teams.remove(&row.id).unwrap_or_default();
        row.into_core(own)
    };
    rows.into_iter().map(inbox).collect()
}

/// Whether any inbox is restricted: when none is, everybody sees everything.
pub fn any_restricted(conn: &mut Conn) -> Result<bool, StoreError> {
    let restricted = inboxes::table.filter(inboxes::restricted.eq(true));
    let first: Option<i64> = restricted.select(inboxes::id).first(conn).optional()?;
    Ok(first.is_some())
}

/// The inboxes that members of these teams may see: all open ones, and the restricted ones that
/// name one of the teams.
pub fn open_to(conn: &mut Conn, teams: &[TeamId]) -> Result<Vec<InboxId>, StoreError> {
    let teams: Vec<i64> = teams.iter().map(|id| id.get()).collect();
    let theirs =
        inbox_teams::table.filter(inbox_teams::team_id.eq_any(teams)).select(inbox_teams::inbox_id);
    let ids: Vec<i64> = inboxes::table
        .filter(inboxes::restricted.eq(false).or(inboxes::id.eq_any(theirs)))
        .order(inboxes::id)
        .select(inboxes::id)
        .load(conn)?;
    Ok(ids.into_iter().map(InboxId::from).collect())
}

/// Adds an inbox. Fails with the rule `inboxes_address` when the channel has this address.
pub fn insert(conn: &mut Conn, inbox: &Inbox) -> Result<(), StoreError> {
    diesel::insert_into(inboxes::table).values(InboxRow::of(inbox)).execute(conn)?;
    put_teams(conn, inbox)
}

/// Writes an inbox's fields and teams over those of the version before; `false` when that is no
/// longer there. Channel and address are for ever.
pub fn update(conn: &mut Conn, inbox: &Inbox, before: i64) -> Result<bool, StoreError> {
    let row = inboxes::table.filter(inboxes::id.eq(inbox.id.get()));
    let changed = diesel::update(row.filter(inboxes::version.eq(before)))
        .set((
            inboxes::name.eq(&inbox.name),
            inboxes::active.eq(inbox.active),
            inboxes::restricted.eq(inbox.restricted),
            inboxes::show_placeholders.eq(inbox.show_placeholders),
            inboxes::default_team_id.eq(inbox.default_team.map(TeamId::get)),
            inboxes::updated_at.eq(inbox.updated_at.as_micros()),
            inboxes::version.eq(inbox.version),
        ))
        .execute(conn)?;
    if changed == 1 {
        let old = inbox_teams::table.filter(inbox_teams::inbox_id.eq(inbox.id.get()));
        diesel::delete(old).execute(conn)?;
        put_teams(conn, inbox)?;
    }
    Ok(changed == 1)
}

fn put_teams(conn: &mut Conn, inbox: &Inbox) -> Result<(), StoreError> {
    let row = |team: &TeamId| InboxTeamRow { inbox_id: inbox.id.get(), team_id: team.get() };
    let rows: Vec<InboxTeamRow> = inbox.teams.iter().map(row).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let insert = diesel::insert_into(inbox_teams::table).values(&rows).on_conflict_do_nothing();
    each!(conn, c => insert.execute(c))?;
    Ok(())
}

/// Whether anything came by this inbox, so that it must stay.
pub fn is_used(conn: &mut Conn, id: InboxId) -> Result<bool, StoreError> {
    let of_tickets = tickets::table.filter(tickets::inbox_id.eq(id.get()));
    let of_items = timeline_items::table.filter(timeline_items::inbox_id.eq(id.get()));
    let of_deliveries = deliveries::table.filter(deliveries::inbox_id.eq(id.get()));
    let ticket: Option<i64> = of_tickets.select(tickets::id).first(conn).optional()?;
    let item: Option<i64> = of_items.select(timeline_items::id).first(conn).optional()?;
    let delivery: Option<i64> = of_deliveries.select(deliveries::id).first(conn).optional()?;
    let of_imports = imports::table.filter(imports::inbox_id.eq(id.get()));
    let import: Option<i64> = of_imports.select(imports::id).first(conn).optional()?;
    Ok(ticket.or(item).or(delivery).or(import).is_some())
}

/// Removes an inbox; `false` when there was none. Fails with a rule of the database when anything
/// came by it.
pub fn delete(conn: &mut Conn, id: InboxId) -> Result<bool, StoreError> {
    Ok(diesel::delete(inboxes::table.find(id.get())).execute(conn)? == 1)
}
