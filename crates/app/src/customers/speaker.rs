//! Who of those that share an address spoke: an item goes to the record of the speaker, and back.

use throughline_core::actor::{Actor, Scope};
use throughline_core::customer::Customer;
use throughline_core::event::{FieldChange, Happening};
use throughline_core::id::{CustomerId, ItemId};
use throughline_core::reason::Reason;
use throughline_core::time::Instant;
use throughline_core::timeline::{Detail, TimelineItem};
use throughline_store::{Conn, customers, events, identities, moved, timeline};

use super::owner::blank;
use super::{check, suggest};
use crate::{App, AppError, index};

/// Who spoke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Speaker {
    /// A customer we know.
    Customer(CustomerId),
    /// Somebody of this name, made just now.
    New(String),
    /// Nobody knows: the item goes back to the record that it came by.
    Nobody,
}

/// Says who spoke in an item that came by a shared identity. The ticket stays as it is.
pub async fn set_speaker(
    app: &App,
    actor: &Actor,
    item: ItemId,
    speaker: Speaker,
) -> Result<TimelineItem, AppError> {
    actor.require(Scope::TicketsWrite)?;
    actor.require(Scope::CustomersWrite)?;
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    app.store().write(move |conn| assign(&app2, conn, &actor, item, speaker, now)).await
}

fn assign(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    id: ItemId,
    speaker: Speaker,
    now: Instant,
) -> Result<TimelineItem, AppError> {
    let missing = || AppError::not_found("item");
    timeline::get(conn, actor, id)?.ok_or_else(missing)?;
    let mut item = timeline::hold(conn, id)?.ok_or_else(missing)?;
    let before = item.customer;
    let Some(reason) = reason_mut(&mut item) else { return Err(not_shared()) };
    let (home, first) = match reason.take() {
        Some(Reason::Speaker { from, before, .. }) => (from, before.map(|reason| *reason)),
        other => (before, other),
    };
    *reason = first.clone();
    item.customer = match speaker {
        Speaker::Nobody => home,
        Speaker::Customer(id) => known(conn, actor, id)?,
        Speaker::New(name) => new(app, conn, actor, &name, &item, now)?,
    };
    if item.customer != home {
        require_shared(conn, &item)?;
        let by = actor.name();
        let said = Reason::Speaker { from: home, by, before: first.map(Box::new) };
        if let Some(reason) = reason_mut(&mut item) {
            *reason = Some(said);
        }
    }
    moved::save(conn, &mut item)?;
    customers::touch(conn, item.customer, item.occurred_at)?;
    note(app, conn, actor, &item, before, now)?;
    Ok(item)
}

/// Where an item keeps why it is its customer's.
fn reason_mut(item: &mut TimelineItem) -> Option<&mut Option<Reason>> {
    match &mut item.detail {
        Detail::Message(message) => Some(&mut message.owner_reason),
        Detail::Pushed(pushed) => Some(&mut pushed.owner_reason),
        Detail::Call(call) => Some(&mut call.owner_reason),
        _ => None,
    }
}

fn not_shared() -> AppError {
    AppError::conflict("not_shared", "only what came by a shared identity has a speaker to choose")
}

fn require_shared(conn: &mut Conn, item: &TimelineItem) -> Result<(), AppError> {
    let identity = item.identity.map(|id| identities::get(conn, id)).transpose()?.flatten();
    identity.filter(|identity| identity.shared).map(drop).ok_or_else(not_shared)
}

fn known(conn: &mut Conn, actor: &Actor, id: CustomerId) -> Result<CustomerId, AppError> {
    let customer = customers::get(conn, actor, id)?;
    let missing = || AppError::invalid("customer", "there is no such customer");
    Ok(customer.ok_or_else(missing)?.id)
}

fn new(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    name: &str,
    item: &TimelineItem,
    now: Instant,
) -> Result<CustomerId, AppError> {
    let name = Some(check::name(name)?);
    let mut customer = Customer { name, last_activity_at: item.occurred_at, ..blank(app, now) };
    customers::insert(conn, &mut customer)?;
    suggest::note_customer(app, conn, &customer, &[], now)?;
    index::customer(conn, &customer, &[])?;
    let event = app.event(actor, now, Happening::CustomerCreated {});
    events::append(conn, &[event.of_customer(customer.id)])?;
    Ok(customer.id)
}

fn note(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    item: &TimelineItem,
    before: CustomerId,
    now: Instant,
) -> Result<(), AppError> {
    if item.customer == before {
        return Ok(());
    }
    let (from, to) = (Some(before.to_string()), Some(item.customer.to_string()));
    let changes = vec![FieldChange { field: format!("speaker of {}", item.id), from, to }];
    let mut event = app.event(actor, now, Happening::CustomerUpdated { changes });
    event.inbox = item.inbox;
    event.ticket = item.ticket;
    Ok(events::append(conn, &[event.of_customer(item.customer)])?)
}
