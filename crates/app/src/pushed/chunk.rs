//! Storing a part of what was pushed, in one transaction.

use std::collections::{HashMap, HashSet};

use throughline_core::actor::Actor;
use throughline_core::id::{CustomerId, ItemId, PushedEventId};
use throughline_core::identity::{Hint, Key};
use throughline_core::pushed::{WaitingContent, WaitingEvent};
use throughline_core::time::Instant;
use throughline_core::timeline::{Detail, TimelineItem};
use throughline_store::pushed_events::{self, Keyed};
use throughline_store::{Conn, customers, identities, timeline, waiting_events};

use super::check::Ready;
use super::keep::{Arriving, Saved};
use super::owner::{self, Found, Made};
use super::{PushOutcome, StoredEvent, waiting};
use crate::{App, AppError, ErrorKind, customers as customer_cases};

/// Stores events; the answer has one outcome for each, in their order.
pub(super) fn store(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    events: &[Ready],
    now: Instant,
) -> Result<Vec<PushOutcome>, AppError> {
    let used = claim(conn, actor, events, now)?;
    let fresh = events.iter().zip(&used).filter(|(_, used)| used.is_none()).map(|(e, _)| e);
    let mut outcomes: HashMap<PushedEventId, PushOutcome> = HashMap::new();
    let mut told = Vec::new();
    for event in fresh {
        match hints_of(app, conn, actor, event)? {
            Ok(hints) => told.push((event, hints)),
            Err(error) => {
                outcomes.insert(event.id, PushOutcome::Refused(error));
            }
        }
    }
    let keys: Vec<Key> = told.iter().flat_map(|(_, h)| h).map(|hint| hint.key.clone()).collect();
    identities::hold(conn, &keys)?;
    let (mut made, mut saved) = (Made::default(), Saved::default());
    for (event, hints) in told {
        let outcome = place(app, conn, actor, event, hints, &mut made, &mut saved, now)?;
        outcomes.insert(event.id, outcome);
    }
    waiting::bind_into(app, conn, made, &mut saved, now)?;
    saved.finish(conn, now)?;
    let refused = |(id, outcome): (&PushedEventId, &PushOutcome)| {
        matches!(outcome, PushOutcome::Refused(_)).then_some(*id)
    };
    pushed_events::release(conn, &outcomes.iter().filter_map(refused).collect::<Vec<_>>())?;
    answer(conn, actor, events, used, outcomes)
}

/// Takes the keys, in one order always, lest two transactions wait for each other. Answers for each
/// event with the first use of its key, when it was used.
fn claim(
    conn: &mut Conn,
    actor: &Actor,
    events: &[Ready],
    now: Instant,
) -> Result<Vec<Option<Keyed>>, AppError> {
    let name = actor.name();
    let mut order: Vec<usize> = (0..events.len()).collect();
    order.sort_by_key(|at| events.get(*at).and_then(|event| event.key.clone()));
    let mut used = vec![None; events.len()];
    for at in order {
        let Some(event) = events.get(at) else { continue };
        let Some(key) = &event.key else { continue };
        let own = Keyed { id: event.id, request_hash: event.hash.clone() };
        let first = pushed_events::claim(conn, &name, key, &own, now)?;
        if let (Some(slot), Some(first)) = (used.get_mut(at), first) {
            *slot = Some(first);
        }
    }
    Ok(used)
}

/// The hints of an event with their proofs, or why it is refused. Whoever names a customer or ticket
/// needs none.
fn hints_of(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    event: &Ready,
) -> Result<Result<Vec<Hint>, AppError>, AppError> {
    if event.customer.is_some() || event.ticket.is_some() {
        return Ok(Ok(Vec::new()));
    }
    match customer_cases::hints(app, conn, actor, &event.hints) {
        Err(error) if matches!(error.kind, ErrorKind::Unavailable | ErrorKind::Internal) => {
            Err(error)
        }
        answer => Ok(answer),
    }
}

fn place(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    event: &Ready,
    hints: Vec<Hint>,
    made: &mut Made,
    saved: &mut Saved,
    now: Instant,
) -> Result<PushOutcome, AppError> {
    let whose = match owner::find(app, conn, actor, event, &hints, made, now)? {
        Found::Refused(error) => return Ok(PushOutcome::Refused(error)),
        Found::Nobody => {
            waiting_events::insert(conn, &[to_wait(actor, event, hints, now)])?;
            return Ok(PushOutcome::Waiting(event.id));
        }
        Found::Owner(whose) => whose,
    };
    let (customer, reason) = (whose.customer, whose.reason.clone());
    let arriving = Arriving {
        actor: actor.name(),
        occurred_at: event.occurred_at,
        kind: event.kind,
        channel: event.channel,
        body: event.body.clone(),
        detail: event.detail.clone(),
        facts: event.facts.clone(),
        came: None,
    };
    let item = saved.item(app, conn, arriving, whose, now)?;
    let (item, customer, reason) = (Some(item), Some(customer), Some(reason));
    Ok(PushOutcome::Stored(StoredEvent { event: event.id, item, customer, reason }))
}

fn to_wait(actor: &Actor, event: &Ready, hints: Vec<Hint>, now: Instant) -> WaitingEvent {
    WaitingEvent {
        id: event.id,
        actor: actor.name(),
        event_type: event.detail.event_type.clone(),
        occurred_at: event.occurred_at,
        created_at: now,
        content: WaitingContent {
            kind: event.kind,
            channel: event.channel,
            body: event.body.clone(),
            detail: event.detail.clone(),
            facts: event.facts.clone(),
            hints,
            came: None,
        },
    }
}

/// The outcomes in the order of the events, with what the actor may know.
fn answer(
    conn: &mut Conn,
    actor: &Actor,
    events: &[Ready],
    used: Vec<Option<Keyed>>,
    mut outcomes: HashMap<PushedEventId, PushOutcome>,
) -> Result<Vec<PushOutcome>, AppError> {
    let earlier: Vec<ItemId> =
        used.iter().flatten().map(|first| ItemId::from(first.id.get())).collect();
    let items = timeline::by_ids(conn, &Actor::system(), &earlier)?;
    let items: HashMap<i64, TimelineItem> = items.into_iter().map(|i| (i.id.get(), i)).collect();
    let mut answers: Vec<PushOutcome> = Vec::new();
    for (event, first) in events.iter().zip(used) {
        answers.push(match first {
            Some(first) => repeated(event, &first, items.get(&first.id.get())),
            None => outcomes.remove(&event.id).ok_or_else(|| AppError::internal("no outcome"))?,
        });
    }
    hide(conn, actor, &mut answers)?;
    Ok(answers)
}

fn repeated(event: &Ready, first: &Keyed, item: Option<&TimelineItem>) -> PushOutcome {
    if first.request_hash != event.hash {
        let message = "this key came with another event; use a key for one event only";
        return PushOutcome::Refused(AppError::conflict("event_key_reused", message));
    }
    let reason = item.and_then(|item| match &item.detail {
        Detail::Pushed(pushed) => pushed.owner_reason.clone(),
        _ => None,
    });
    PushOutcome::Duplicate(StoredEvent {
        event: first.id,
        item: item.map(|item| item.id),
        customer: item.map(|item| item.customer),
        reason,
    })
}

/// Customers are named by the surviving record; whoever may not know of one is not told whose an
/// event was, nor why.
fn hide(conn: &mut Conn, actor: &Actor, answers: &mut [PushOutcome]) -> Result<(), AppError> {
    let stored = |outcome: &PushOutcome| match outcome {
        PushOutcome::Stored(stored) | PushOutcome::Duplicate(stored) => stored.customer,
        PushOutcome::Waiting(_) | PushOutcome::Refused(_) => None,
    };
    let all: HashSet<i64> = answers.iter().filter_map(stored).map(CustomerId::get).collect();
    let all: Vec<i64> = all.into_iter().collect();
    let roots = customers::roots(conn, &all)?;
    let known: Vec<CustomerId> = roots.values().copied().collect();
    let seen = customers::by_ids(conn, actor, &known)?;
    let seen: HashSet<CustomerId> = seen.into_iter().map(|customer| customer.id).collect();
    for answer in answers {
        let (PushOutcome::Stored(stored) | PushOutcome::Duplicate(stored)) = answer else {
            continue;
        };
        let root = stored.customer.and_then(|id| roots.get(&id.get()).copied());
        stored.customer = root.filter(|root| seen.contains(root));
        if stored.customer.is_none() {
            (stored.item, stored.reason) = (None, None);
        }
    }
    Ok(())
}
