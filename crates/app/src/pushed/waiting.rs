//! Events about nobody we know: they wait, and come onto a timeline when somebody turns out to be
//! whom they are about.

use throughline_core::actor::{Actor, Scope};
use throughline_core::id::{CustomerId, DeliveryId, ItemId, PushedEventId};
use throughline_core::identity::{Identity, Key};
use throughline_core::page::{Page, PageRequest};
use throughline_core::pushed::{WaitingContent, WaitingEvent};
use throughline_core::reason::Reason;
use throughline_core::time::Instant;
use throughline_store::{
    Conn, channel_objects, customers, identities, redaction, trash, waiting_events,
};

use super::StoredEvent;
use super::came::found;
use super::keep::{Arriving, Saved};
use super::owner::{Made, SOURCE, Whose, by_hints};
use crate::customers::Asking;
use crate::{App, AppError, admin, page};

/// Names the order of the list in cursors: pushed last first.
const ORDER: &str = "wev";
const READ: [Scope; 2] = [Scope::CustomersRead, Scope::EventsWrite];
/// How many events come onto timelines with one new identity; more follow by the schedule. One mail
/// must not take along a year of page views.
const AT_ONCE: i64 = 500;
/// How many identities one run of the schedule looks at.
const OVERDUE: i64 = 200;
/// How many events one run of the schedule removes in one transaction.
const PURGED: i64 = 5_000;

/// Brings what waits for identities that have just been made onto their customer's timeline, at its time
/// of occurrence, in the same transaction. Answers how many events did.
pub(crate) fn bind_waiting(
    app: &App,
    conn: &mut Conn,
    new: Vec<Identity>,
    now: Instant,
) -> Result<usize, AppError> {
    let keys: Vec<Key> = new.iter().map(Identity::key).collect();
    identities::hold(conn, &keys)?;
    let (mut saved, made) = (Saved::default(), Made { identities: new, documents: Vec::new() });
    let bound = bind_into(app, conn, made, &mut saved, now)?;
    saved.finish(conn, now)?;
    Ok(bound)
}

/// The same as part of what is being saved. A waiting event may prove more ids of its customer, for which
/// other events wait; they are taken along one after the other, however long the chain.
pub(super) fn bind_into(
    app: &App,
    conn: &mut Conn,
    mut made: Made,
    saved: &mut Saved,
    now: Instant,
) -> Result<usize, AppError> {
    let mut bound = 0;
    while let Some(identity) = made.identities.pop() {
        let left = AT_ONCE - i64::try_from(bound).unwrap_or(AT_ONCE);
        if left <= 0 {
            break;
        }
        for event in waiting_events::for_identity(conn, &identity.key(), left)? {
            bound += usize::from(take_along(app, conn, event, &mut made, saved, now)?);
        }
    }
    saved.documents(made.documents);
    Ok(bound)
}

/// Puts a waiting event onto its timeline, unless it is still nobody's or another took it.
fn take_along(
    app: &App,
    conn: &mut Conn,
    event: WaitingEvent,
    made: &mut Made,
    saved: &mut Saved,
    now: Instant,
) -> Result<bool, AppError> {
    let hints = &event.content.hints;
    let keys: Vec<Key> = hints.iter().map(|hint| hint.key.clone()).collect();
    identities::hold(conn, &keys)?;
    let at = event.occurred_at.min(now);
    let asking = Asking { actor: &Actor::system(), source: SOURCE, at, makes: false };
    let Some(whose) = by_hints(app, conn, &asking, hints, made, now)? else { return Ok(false) };
    if waiting_events::take(conn, &[event.id])?.is_empty() {
        return Ok(false);
    }
    come(app, conn, event, whose, saved, now)?;
    Ok(true)
}

/// Puts an event that was taken out onto its timeline. Of something of which an earlier state stands on
/// one, it is the newer state.
fn come(
    app: &App,
    conn: &mut Conn,
    event: WaitingEvent,
    whose: Whose,
    saved: &mut Saved,
    now: Instant,
) -> Result<ItemId, AppError> {
    let Some(came) = event.content.came else {
        return saved.item(app, conn, arriving(event), whose, now);
    };
    let object = event.content.detail.platform.as_ref().map(|said| said.object.clone());
    let known = object.map(|object| channel_objects::item_of(conn, came.inbox, &object));
    let item = match known.transpose()?.flatten() {
        Some(item) => {
            saved.renew(app, conn, item, arriving(event), now)?;
            item
        }
        None => saved.item(app, conn, arriving(event), whose, now)?,
    };
    // From now on what is taken out of the item goes from its delivery too.
    found(conn, came, item)?;
    Ok(item)
}

fn arriving(event: WaitingEvent) -> Arriving {
    let WaitingEvent { id: _, actor, event_type: _, occurred_at, created_at: _, content } = event;
    let WaitingContent { kind, channel, body, detail, facts, hints: _, came } = content;
    Arriving { actor, occurred_at, kind, channel, body, detail, facts, came }
}

/// Whether an actor may know of a waiting event: what came by a restricted inbox is its readers' alone.
fn sees(actor: &Actor, event: &WaitingEvent) -> bool {
    event.content.came.is_none_or(|came| actor.sees(came.inbox, None, None))
}

/// A page of the events that wait, pushed last first.
pub async fn list_waiting(
    app: &App,
    actor: &Actor,
    page: &PageRequest,
) -> Result<Page<WaitingEvent>, AppError> {
    admin::require_any(actor, &READ)?;
    page::check(page)?;
    let (before, fetch, actor) = (page.key_for(ORDER)?, page.fetch(), actor.clone());
    let rows = app.store().read(move |conn| visible(conn, &actor, before, fetch)).await?;
    Ok(Page::cut(rows, page, ORDER, |event: &WaitingEvent| event.id.get()))
}

/// As many as wanted of those that the actor may know of, however many lie between them.
fn visible(
    conn: &mut Conn,
    actor: &Actor,
    mut before: Option<i64>,
    wanted: i64,
) -> Result<Vec<WaitingEvent>, AppError> {
    let (mut found, room) = (Vec::new(), usize::try_from(wanted).unwrap_or_default());
    loop {
        let rows = waiting_events::list(conn, before, wanted)?;
        let Some(last) = rows.last().map(|event| event.id.get()) else { return Ok(found) };
        before = Some(last);
        found.extend(rows.into_iter().filter(|event| sees(actor, event)));
        if found.len() >= room {
            found.truncate(room);
            return Ok(found);
        }
    }
}

/// Says whose a waiting event is. It comes onto that customer's timeline; nothing is concluded for
/// other events with the same hints.
pub async fn bind(
    app: &App,
    actor: &Actor,
    id: PushedEventId,
    customer: CustomerId,
) -> Result<StoredEvent, AppError> {
    actor.require(Scope::CustomersWrite)?;
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    let write = move |conn: &mut Conn| {
        let missing = || AppError::not_found("waiting event");
        let record = customers::get(conn, &actor, customer)?;
        let record = record.ok_or_else(|| AppError::not_found("customer"))?;
        let event = waiting_events::get(conn, id)?.filter(|event| sees(&actor, event));
        let event = event.ok_or_else(missing)?;
        if waiting_events::take(conn, &[id])?.is_empty() {
            return Err(missing());
        }
        let (mut saved, reason) = (Saved::default(), Reason::Chosen);
        let whose = Whose { customer: record.id, identity: None, ticket: None, reason };
        let item = come(&app2, conn, event, whose, &mut saved, now)?;
        saved.finish(conn, now)?;
        let (item, reason) = (Some(item), Some(Reason::Chosen));
        Ok(StoredEvent { event: id, item, customer: Some(record.known_as()), reason })
    };
    app.store().write(write).await
}

/// Removes a waiting event. Its key stays taken: pushed again, it is a repeat. What came by a platform goes
/// from the ledger too.
pub async fn delete_waiting(app: &App, actor: &Actor, id: PushedEventId) -> Result<(), AppError> {
    admin::require_any(actor, &[Scope::CustomersWrite, Scope::EventsWrite])?;
    let (actor, now) = (actor.clone(), app.now());
    let any = actor.scopes.contains(&Scope::CustomersWrite);
    let write = move |conn: &mut Conn| {
        let event = waiting_events::get(conn, id)?.filter(|event| sees(&actor, event));
        let own = event.filter(|event| any || event.actor == actor.name());
        let there = own.is_some() && !waiting_events::take(conn, &[id])?.is_empty();
        if !there {
            return Err(AppError::not_found("waiting event"));
        }
        let delivery = own.and_then(|event| event.content.came).map(|came| came.delivery);
        let delivery: Vec<DeliveryId> = delivery.into_iter().collect();
        let blobs = redaction::empty_rows(conn, &delivery, "what it brought was removed")?;
        Ok(trash::note(conn, &blobs, now)?)
    };
    app.store().write(write).await
}

/// Brings onto timelines what waits although we know whose it is: more had come than one transaction
/// takes along. Answers how many events; call it again until it answers none.
pub async fn bind_overdue(app: &App) -> Result<usize, AppError> {
    let overdue = app.store().read(|conn| waiting_events::overdue(conn, OVERDUE)).await?;
    let mut bound = 0;
    for key in overdue {
        let (app2, now) = (app.clone(), app.now());
        let write = move |conn: &mut Conn| {
            let found = identities::by_key(conn, &key)?;
            bind_waiting(&app2, conn, found.into_iter().collect(), now)
        };
        bound += app.store().write::<_, AppError, _>(write).await?;
    }
    Ok(bound)
}

/// Removes what has waited since before `older_than`. Answers how many events.
pub async fn purge_waiting(app: &App, older_than: Instant) -> Result<usize, AppError> {
    let mut purged = 0;
    loop {
        let write = move |conn: &mut Conn| waiting_events::purge(conn, older_than, PURGED);
        let some = app.store().write(write).await?;
        purged += some;
        if some == 0 {
            return Ok(purged);
        }
    }
}
