//! The sample data: whether it is there, and taking it away without taking anything else. What it holds is
//! written down in the binary; here is by what it is known: its inbox, and the names of its mails at their
//! source. What agents did with it while they tried the product out goes with it.

use std::collections::BTreeSet;

use throughline_core::actor::{Actor, Scope};
use throughline_core::channel::Channel;
use throughline_core::id::{CustomerId, DeliveryId, InboxId, ItemId, TicketId};
use throughline_core::inbox::Inbox;
use throughline_core::tag::TagName;
use throughline_core::time::Instant;
use throughline_store::samples::{self as store, SampleMail, SampleTicket};
use throughline_store::search::{self, Index};
use throughline_store::{
    Conn, customers, erasures, events, inboxes, mail_settings, tickets, trash,
};

use crate::admin::{Change, Trail};
use crate::timeline::{Dropped, drop_wholly, put_aside};
use crate::{App, AppError};

/// The address of its inbox.
pub const ADDRESS: &str = "demo@throughline.example";
/// What the names of its mails at their source begin with.
pub const MAILS: &str = "demo:";
/// The tag that its tickets and customers carry.
pub const TAG: &str = "sample data";

/// What there is of the sample data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Demo {
    /// Its inbox, while that is there.
    pub inbox: Option<InboxId>,
    /// Mails in the ledger.
    pub mails: usize,
    /// Tickets that they are in.
    pub tickets: usize,
    /// Customers who wrote them.
    pub customers: usize,
}

/// What was removed of it, and what was not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Removed {
    /// Mails in the ledger.
    pub mails: usize,
    /// Items on timelines.
    pub items: usize,
    /// Tickets.
    pub tickets: usize,
    /// Customers.
    pub customers: usize,
    /// Domain events.
    pub events: usize,
    /// Whether the inbox went.
    pub inbox: bool,
    /// Tickets that stay since something came to them that is no sample, with their numbers.
    pub kept_tickets: Vec<(TicketId, i64)>,
    /// Customers who stay with those tickets, or with something else of theirs.
    pub kept_customers: Vec<CustomerId>,
}

/// Tells what there is.
pub async fn status(app: &App, actor: &Actor) -> Result<Demo, AppError> {
    actor.require(Scope::TicketsRead)?;
    let read = |conn: &mut Conn| {
        let Some(inbox) = inbox(conn)? else { return Ok(Demo::default()) };
        let mails = store::mails(conn, inbox.id, MAILS)?;
        let (tickets, customers) = store::around(conn, &items(&mails))?;
        Ok::<_, AppError>(Demo {
            inbox: Some(inbox.id),
            mails: mails.len(),
            tickets: tickets.len(),
            customers: customers.len(),
        })
    };
    app.store().read(read).await
}

/// Takes it away, in one transaction. Where there is none, nothing happens.
pub async fn remove(app: &App, actor: &Actor) -> Result<Removed, AppError> {
    actor.require(Scope::Admin)?;
    let now = app.now();
    let trail = Trail::new(app, actor, now, "demo", "sample data", Change::Deleted);
    let write = move |conn: &mut Conn| {
        let Some(inbox) = inbox(conn)? else { return Ok((Removed::default(), Vec::new())) };
        take_away(conn, &inbox, trail, now)
    };
    let (removed, blobs) = app.store().write(write).await?;
    put_aside(app, blobs).await?;
    Ok(removed)
}

fn inbox(conn: &mut Conn) -> Result<Option<Inbox>, AppError> {
    Ok(inboxes::by_address(conn, Channel::Email, ADDRESS)?)
}

fn items(mails: &[SampleMail]) -> Vec<ItemId> {
    mails.iter().filter_map(|mail| mail.item).collect()
}

/// What goes and what stays.
struct Plan {
    own: Vec<ItemId>,
    going: Vec<SampleTicket>,
    staying: Vec<SampleTicket>,
    customers: Vec<CustomerId>,
}

fn take_away(
    conn: &mut Conn,
    inbox: &Inbox,
    trail: Trail,
    now: Instant,
) -> Result<(Removed, Vec<String>), AppError> {
    let mails = store::mails(conn, inbox.id, MAILS)?;
    if mails.iter().any(|mail| !mail.done) {
        let message = "sample mails are still being read in; try again in a moment";
        return Err(AppError::conflict("demo_loading", message));
    }
    let Plan { own, going, staying, customers } = plan(conn, &mails)?;
    let ids: Vec<TicketId> = going.iter().map(|ticket| ticket.id).collect();
    let mut gone = store::items_of(conn, &ids)?;
    let mut blobs = drop_items(conn, &gone, now)?;
    erasures::drop_tickets(conn, &ids.iter().map(|id| id.get()).collect::<Vec<_>>())?;
    let (people, kept_customers) = drop_customers(conn, &customers, &mut gone, &mut blobs, now)?;
    let left: BTreeSet<ItemId> = left_of(conn, &own)?;
    let raw: Vec<DeliveryId> = mails
        .iter()
        .filter(|mail| mail.item.is_none_or(|item| !left.contains(&item)))
        .map(|mail| mail.delivery)
        .collect();
    blobs.extend(store::drop_mails(conn, &raw)?);
    // Before the events go: the next position is counted on from the highest, and must not come twice.
    trail.append(conn)?;
    while events::sequence(conn)? > 0 {}
    let events = store::drop_events(conn, &ids, &people)?;
    let tag = TagName::parse(TAG).map(|name| name.folded().to_owned());
    if let Ok(tag) = tag {
        store::drop_unused_tag(conn, &tag)?;
    }
    // One that was set up to fetch mail is in use, though nothing has come yet.
    let is_set_up = mail_settings::get(conn, inbox.id)?.is_some();
    let is_empty = !is_set_up && !inboxes::is_used(conn, inbox.id)?;
    let removed = Removed {
        mails: raw.len(),
        items: gone.len(),
        tickets: going.len(),
        customers: people.len(),
        events,
        inbox: is_empty && inboxes::delete(conn, inbox.id)?,
        kept_tickets: staying.iter().map(|ticket| (ticket.id, ticket.number)).collect(),
        kept_customers,
    };
    blobs.retain(|blob| !blob.is_empty());
    trash::note(conn, &blobs, now)?;
    Ok((removed, blobs))
}

/// Looks at each ticket, held, for what came to it that is no sample.
fn plan(conn: &mut Conn, mails: &[SampleMail]) -> Result<Plan, AppError> {
    let own = items(mails);
    let (all, mut customers) = store::around(conn, &own)?;
    // A sample mail may have been said to be somebody else's.
    let mut marked = Vec::new();
    for customer in customers.drain(..) {
        if customers::record(conn, customer)?.is_some_and(|record| record.demo) {
            marked.push(customer);
        }
    }
    let customers = marked;
    let (mut going, mut staying) = (Vec::new(), Vec::new());
    for ticket in all {
        tickets::lock(conn, ticket.id)?;
        // One that a sample mail was moved to is somebody else's.
        let is_sample = customers.contains(&ticket.customer);
        match is_sample && !store::is_joined(conn, ticket.id, &own)? {
            true => going.push(ticket),
            false => staying.push(ticket),
        }
    }
    Ok(Plan { own, going, staying, customers })
}

fn drop_items(conn: &mut Conn, items: &[ItemId], now: Instant) -> Result<Vec<String>, AppError> {
    let why = "it was sample data";
    let Dropped { html, files, raw, logs } = drop_wholly(conn, items, why, now)?;
    Ok(html.into_iter().chain(files).chain(raw).chain(logs).collect())
}

/// Removes the customers who have nothing left, and are merged with nobody who has. Answers with them, and
/// with those who stay.
fn drop_customers(
    conn: &mut Conn,
    customers: &[CustomerId],
    gone: &mut Vec<ItemId>,
    blobs: &mut Vec<String>,
    now: Instant,
) -> Result<(Vec<CustomerId>, Vec<CustomerId>), AppError> {
    let mut keeping = BTreeSet::new();
    for customer in customers {
        let own = store::own_items(conn, *customer)?;
        let group = customers::group(conn, *customer)?.map(|group| group.members);
        let group = group.unwrap_or_default();
        let mut stays = group.iter().any(|member| !customers.contains(member));
        if !stays {
            blobs.extend(drop_items(conn, &own, now)?);
            gone.extend(own);
            stays = store::has_left(conn, *customer)?;
        }
        if stays {
            keeping.extend(group);
        }
    }
    let of = |kept: bool| -> Vec<CustomerId> {
        customers.iter().copied().filter(|id| keeping.contains(id) == kept).collect()
    };
    let (going, staying) = (of(false), of(true));
    erasures::hold_records(conn, &going)?;
    erasures::drop_identities(conn, &going)?;
    for customer in &going {
        search::remove(conn, Index::Customers, customer.get())?;
    }
    erasures::drop_records(conn, &going)?;
    Ok((going, staying))
}

/// Those of the items that are still there.
fn left_of(conn: &mut Conn, own: &[ItemId]) -> Result<BTreeSet<ItemId>, AppError> {
    let found = throughline_store::timeline::by_ids(conn, &Actor::system(), own)?;
    Ok(found.into_iter().map(|item| item.id).collect())
}
