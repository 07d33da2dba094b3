//! Events about nobody we know: they wait, and come onto a timeline when somebody turns out to be
//! whom they are about.

use throughline_core::actor::{Actor, Scope};
use throughline_core::id::{CustomerId, PushedEventId};
use throughline_core::identity::{Identity, IdentityKind};
use throughline_core::page::{Page, PageRequest};
use throughline_core::pushed::hint::{Hint, reason_of};
use throughline_core::pushed::{WaitingContent, WaitingEvent};
use throughline_core::reason::Reason;
use throughline_core::time::Instant;
use throughline_store::{Conn, customers, identities, waiting_events};

use super::StoredEvent;
use super::keep::{Arriving, Saved};
use super::owner::{Whose, adopt};
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

/// Brings what waits for an identity that has just been made or proved onto its customer's timeline,
/// at its time of occurrence, in the same transaction. Answers how many events did.
pub(crate) fn bind_waiting(
    app: &App,
    conn: &mut Conn,
    identity: &Identity,
    now: Instant,
) -> Result<usize, AppError> {
    identities::hold_hints(conn, &[&hint_of(identity)])?;
    let mut saved = Saved::default();
    let bound = bind_into(app, conn, vec![identity.clone()], &mut saved, now)?;
    if bound > 0 {
        saved.finish(conn, now)?;
    }
    Ok(bound)
}

/// The same for several identities, as part of what is being saved. An event may name more ids of
/// its customer, for which other events wait.
pub(super) fn bind_into(
    app: &App,
    conn: &mut Conn,
    mut queue: Vec<Identity>,
    saved: &mut Saved,
    now: Instant,
) -> Result<usize, AppError> {
    let mut bound = 0;
    while let Some(identity) = queue.pop() {
        let left = AT_ONCE - i64::try_from(bound).unwrap_or(AT_ONCE);
        if left <= 0 {
            break;
        }
        let events = waiting_events::for_identity(conn, &identity, left)?;
        let ids: Vec<PushedEventId> = events.iter().map(|event| event.id).collect();
        let taken = waiting_events::take(conn, &ids)?;
        for event in events.into_iter().filter(|event| taken.contains(&event.id)) {
            let others: Vec<&Hint> =
                event.content.hints.iter().filter(|hint| !hint.is(&identity)).collect();
            let unknown = unknown(conn, &others)?;
            queue.extend(adopt(app, conn, identity.customer, &unknown, now)?);
            let whose = Whose {
                customer: identity.customer,
                identity: Some(identity.id),
                ticket: None,
                reason: reason_of(&identity),
            };
            saved.item(app, conn, arriving(event), whose, now)?;
            bound += 1;
        }
    }
    Ok(bound)
}

fn unknown<'a>(conn: &mut Conn, hints: &[&'a Hint]) -> Result<Vec<&'a Hint>, AppError> {
    let ids: Vec<&Hint> = hints.iter().copied().filter(|hint| hint.joins_known()).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    identities::hold_hints(conn, &ids)?;
    let known = identities::by_hints(conn, &ids)?;
    Ok(ids.into_iter().filter(|hint| !known.iter().any(|identity| hint.is(identity))).collect())
}

fn arriving(event: WaitingEvent) -> Arriving {
    let WaitingEvent { id: _, actor, event_type: _, occurred_at, created_at: _, content } = event;
    let WaitingContent { kind, channel, body, detail, hints: _ } = content;
    Arriving { actor, occurred_at, kind, channel, body, detail }
}

fn hint_of(identity: &Identity) -> Hint {
    named(identity.kind, identity.scope.clone(), identity.value.clone())
}

fn named(kind: IdentityKind, scope: String, value: String) -> Hint {
    Hint { kind, scope, display: value.clone(), value, name: None }
}

/// A page of the events that wait, pushed last first.
pub async fn list_waiting(
    app: &App,
    actor: &Actor,
    page: &PageRequest,
) -> Result<Page<WaitingEvent>, AppError> {
    admin::require_any(actor, &READ)?;
    page::check(page)?;
    let (before, fetch) = (page.key_for(ORDER)?, page.fetch());
    let rows = app.store().read(move |conn| waiting_events::list(conn, before, fetch)).await?;
    Ok(Page::cut(rows, page, ORDER, |event: &WaitingEvent| event.id.get()))
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
        let event = waiting_events::get(conn, id)?.ok_or_else(missing)?;
        if waiting_events::take(conn, &[id])?.is_empty() {
            return Err(missing());
        }
        let (mut saved, reason) = (Saved::default(), Reason::Chosen);
        let whose = Whose { customer: record.id, identity: None, ticket: None, reason };
        let item = saved.item(&app2, conn, arriving(event), whose, now)?;
        saved.finish(conn, now)?;
        let (item, reason) = (Some(item), Some(Reason::Chosen));
        Ok(StoredEvent { event: id, item, customer: Some(record.known_as()), reason })
    };
    app.store().write(write).await
}

/// Removes a waiting event. Its key stays taken: pushed again, it is a repeat.
pub async fn delete_waiting(app: &App, actor: &Actor, id: PushedEventId) -> Result<(), AppError> {
    admin::require_any(actor, &[Scope::CustomersWrite, Scope::EventsWrite])?;
    let (actor, any) = (actor.name(), actor.scopes.contains(&Scope::CustomersWrite));
    let write = move |conn: &mut Conn| {
        let event = waiting_events::get(conn, id)?;
        let own = event.filter(|event| any || event.actor == actor);
        let there = own.is_some() && !waiting_events::take(conn, &[id])?.is_empty();
        if there { Ok(()) } else { Err(AppError::not_found("waiting event")) }
    };
    app.store().write(write).await
}

/// Brings onto timelines what waits although we know whose it is: more had come than one transaction
/// takes along. Answers how many events; call it again until it answers none.
pub async fn bind_overdue(app: &App) -> Result<usize, AppError> {
    let overdue = app.store().read(|conn| waiting_events::overdue(conn, OVERDUE)).await?;
    let mut bound = 0;
    for (kind, scope, value) in overdue {
        let (app2, now, hint) = (app.clone(), app.now(), named(kind, scope, value));
        let write = move |conn: &mut Conn| {
            let found = identities::by_hints(conn, &[&hint])?.pop();
            found.map_or(Ok(0), |identity| bind_waiting(&app2, conn, &identity, now))
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
