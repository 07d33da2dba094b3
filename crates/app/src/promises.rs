//! Promises that we make to customers: made, kept, withdrawn, and broken when their time goes by.

use throughline_core::actor::{Actor, Scope};
use throughline_core::event::Happening;
use throughline_core::id::{CustomerId, ItemId, PromiseId, TicketId};
use throughline_core::page::{Page, PageRequest};
use throughline_core::promises::{MadePromise, PromiseState};
use throughline_core::time::Instant;
use throughline_core::timeline::{
    Detail, ItemKind, OrderKey, PromiseDetail, TimelineItem, Visibility,
};
use throughline_store::{Conn, events, promises as store, tickets, timeline};

use crate::customers::members;
use crate::tickets::author_of;
use crate::{App, AppError, page};

/// Names the order of the list in cursors.
const ORDER: &str = "prm";
/// How far ahead a promise may be due: ten years.
const FARTHEST_DAYS: i64 = 3_660;
/// How many overdue promises are looked at in one go.
const BATCH: i64 = 200;

/// A promise to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPromise {
    /// What is promised.
    pub text: String,
    /// Until when.
    pub due_at: Instant,
    /// The message that makes it.
    pub item: Option<ItemId>,
}

/// Makes a promise, and puts it on the timeline of the ticket's customer.
pub async fn make(
    app: &App,
    actor: &Actor,
    id: TicketId,
    new: NewPromise,
) -> Result<MadePromise, AppError> {
    actor.require(Scope::TicketsWrite)?;
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    let farthest = now.plus_seconds(FARTHEST_DAYS * 24 * 3600);
    if new.due_at <= now || new.due_at > farthest {
        return Err(AppError::invalid("due_at", "a promise is due after now and within ten years"));
    }
    app.store().write(move |conn| put(&app2, conn, &actor, id, new, now)).await
}

fn put(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    id: TicketId,
    new: NewPromise,
    now: Instant,
) -> Result<MadePromise, AppError> {
    let ticket = tickets::get(conn, actor, id)?.ok_or_else(|| AppError::not_found("ticket"))?;
    if let Some(about) = new.item {
        let item = timeline::get(conn, actor, about)?.filter(|item| item.ticket == Some(id));
        item.ok_or_else(|| AppError::invalid("item", "this ticket has no such item"))?;
    }
    let promise = MadePromise {
        id: app.ids().make(now),
        customer: ticket.customer,
        ticket: ticket.id,
        item: app.ids().make(now),
        about: new.item,
        text: new.text.trim().to_owned(),
        due_at: new.due_at,
        state: PromiseState::Open,
        state_by: None,
        state_at: None,
        made_by: actor.name(),
        created_at: now,
    };
    let detail = PromiseDetail { promise: promise.id, due_at: Some(new.due_at.as_micros()) };
    let mut item = TimelineItem {
        id: promise.item,
        customer: ticket.customer,
        key: OrderKey::new(now, promise.item, 0),
        kind: ItemKind::Promise,
        channel: ticket.channel,
        visibility: Visibility::Internal,
        ticket: Some(ticket.id),
        inbox: Some(ticket.inbox),
        identity: None,
        author: author_of(actor),
        occurred_at: now,
        created_at: now,
        body: promise.text.clone(),
        detail: Detail::Promise(detail),
    };
    timeline::insert(conn, &mut item)?;
    crate::index::item(conn, &item, Some(&ticket))?;
    store::insert(conn, &promise)?;
    let event = app.event(actor, now, Happening::PromiseMade { promise: promise.id });
    events::append(conn, &[event.of_ticket(&ticket)])?;
    Ok(promise)
}

/// A promise.
pub async fn get(app: &App, actor: &Actor, id: PromiseId) -> Result<MadePromise, AppError> {
    actor.require(Scope::TicketsRead)?;
    let actor = actor.clone();
    let promise = app.store().read(move |conn| store::get(conn, &actor, id)).await?;
    promise.ok_or_else(|| AppError::not_found("promise"))
}

/// The promises to a customer, through all his records, the newest first.
pub async fn of_customer(
    app: &App,
    actor: &Actor,
    customer: CustomerId,
    state: Option<PromiseState>,
    request: &PageRequest,
) -> Result<Page<MadePromise>, AppError> {
    actor.require(Scope::CustomersRead)?;
    page::check(request)?;
    let (before, fetch) = (request.key_for(ORDER)?, request.fetch());
    let actor = actor.clone();
    let read = move |conn: &mut Conn| {
        let records = members(conn, &actor, customer)?;
        Ok::<_, AppError>(store::of_customers(conn, &actor, &records, state, before, fetch)?)
    };
    let rows = app.store().read(read).await?;
    Ok(Page::cut(rows, request, ORDER, |promise| promise.id.get()))
}

/// Says what became of a promise. A broken one may still be kept, late.
pub async fn set_state(
    app: &App,
    actor: &Actor,
    id: PromiseId,
    state: PromiseState,
) -> Result<MadePromise, AppError> {
    actor.require(Scope::TicketsWrite)?;
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    let write = move |conn: &mut Conn| {
        let missing = || AppError::not_found("promise");
        let promise = store::get(conn, &actor, id)?.ok_or_else(missing)?;
        if promise.state == state {
            return Ok(promise);
        }
        change(&app2, conn, &actor, promise, state, now)?.ok_or_else(AppError::stale)
    };
    app.store().write(write).await
}

/// Writes a new state; `None` when somebody else was quicker.
fn change(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    promise: MadePromise,
    state: PromiseState,
    now: Instant,
) -> Result<Option<MadePromise>, AppError> {
    let before = promise.state;
    let (state_by, state_at) = (Some(actor.name()), Some(now));
    let after = MadePromise { state, state_by, state_at, ..promise };
    if !store::update(conn, &after, before)? {
        return Ok(None);
    }
    let what = Happening::PromiseChanged { promise: after.id, state: state.to_string() };
    let mut event = app.event(actor, now, what);
    (event.customer, event.ticket) = (Some(after.customer), Some(after.ticket));
    let ticket = tickets::get(conn, &Actor::system(), after.ticket)?;
    event.inbox = ticket.map(|ticket| ticket.inbox);
    events::append(conn, &[event])?;
    Ok(Some(after))
}

/// Marks open promises as broken whose time is over. Answers how many. Running twice changes nothing.
pub async fn break_overdue(app: &App, now: Instant) -> Result<usize, AppError> {
    let mut broken = 0;
    loop {
        let app2 = app.clone();
        let write = move |conn: &mut Conn| {
            let overdue = store::overdue(conn, now, BATCH)?;
            let mut done = 0;
            for promise in overdue {
                let state = PromiseState::Broken;
                let changed = change(&app2, conn, &Actor::system(), promise, state, now)?;
                done += usize::from(changed.is_some());
            }
            Ok::<_, AppError>(done)
        };
        let done = app.store().write(write).await?;
        broken += done;
        if done < BATCH as usize {
            return Ok(broken);
        }
    }
}
