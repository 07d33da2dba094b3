//! Keeping facts with their item: those that rules find, those that an agent marks, and those that an
//! integrator pushes.

use throughline_core::actor::{Actor, Scope};
use throughline_core::event::Happening;
use throughline_core::facts::rules::RuleSet;
use throughline_core::facts::{
    self as rules, Fact, FactKind, FactSource, FactState, Found, MAX_VALUE,
};
use throughline_core::id::ItemId;
use throughline_core::inbound::{Nature, TextSpan};
use throughline_core::time::Instant;
use throughline_core::timeline::{Author, Detail, Direction, ItemKind, TimelineItem};
use throughline_store::{Conn, events, facts, timeline};

use crate::{App, AppError};

/// The most characters of a value that an agent gives.
const MAX_CHARACTERS: usize = 200;

/// Finds and keeps the facts of an item that the customer brought about; does nothing for others, for
/// bounces, automatic answers and third parties. Call it in the transaction that saves the item, after
/// the item itself. Once more for the same item changes nothing.
pub(crate) fn of_item(app: &App, conn: &mut Conn, item: &TimelineItem) -> Result<(), AppError> {
    let set = app.fact_rules().rules(conn)?;
    of_item_by(&set, app, conn, item)
}

/// The same by rules that were read before: mails come in batches.
pub(crate) fn of_item_by(
    set: &RuleSet,
    app: &App,
    conn: &mut Conn,
    item: &TimelineItem,
) -> Result<(), AppError> {
    let Some(skip) = told_by_customer(item) else { return Ok(()) };
    keep_found(app, conn, item, rules::extract(&item.body, skip, set))
}

/// The same, for whoever looked for facts beforehand: with the same text, and the stretches left out
/// that the item has.
pub(crate) fn of_studied(
    app: &App,
    conn: &mut Conn,
    item: &TimelineItem,
    found: Vec<Found>,
) -> Result<(), AppError> {
    match told_by_customer(item) {
        Some(_) => keep_found(app, conn, item, found),
        None => Ok(()),
    }
}

fn keep_found(
    app: &App,
    conn: &mut Conn,
    item: &TimelineItem,
    found: Vec<Found>,
) -> Result<(), AppError> {
    let now = app.now();
    let fact = |found: Found| {
        let source = if found.form { FactSource::Form } else { FactSource::Rule };
        Fact {
            kind: found.kind,
            value: found.value,
            display: found.display,
            range: Some((found.start, found.end)),
            rule: found.rule,
            source,
            confidence: found.confidence,
            ..bare(app, item, now)
        }
    };
    let facts: Vec<Fact> = found.into_iter().map(fact).collect();
    store(app, conn, &Actor::system(), item, facts, now)
}

/// Keeps facts that an integrator's event holds beside its text. The kinds are what his type of events
/// says, the values as pushed.
pub(crate) fn of_pushed(
    app: &App,
    conn: &mut Conn,
    item: &TimelineItem,
    values: &[(FactKind, String)],
) -> Result<(), AppError> {
    let now = app.now();
    let fact = |(kind, value): &(FactKind, String)| Fact {
        kind: kind.clone(),
        value: normal(kind, value),
        display: value.clone(),
        rule: "event".to_owned(),
        source: FactSource::Integrator,
        ..bare(app, item, now)
    };
    let given =
        values.iter().filter(|(_, value)| !value.trim().is_empty() && value.len() <= MAX_VALUE);
    let facts = given.take(rules::MAX_FACTS).map(fact).collect();
    store(app, conn, &Actor::system(), item, facts, now)
}

/// What of an item the customer does not say now; `None` when he says nothing of it himself.
fn told_by_customer(item: &TimelineItem) -> Option<&[TextSpan]> {
    match &item.detail {
        Detail::Message(message) if item.author == Author::Customer => {
            let personal = matches!(message.nature, None | Some(Nature::Personal));
            let own = message.direction == Direction::Inbound && !message.third_party;
            (own && personal && message.bounce.is_none()).then_some(&message.spans)
        }
        // An integrator pushes it; the words are the customer's. A platform says whose they are.
        Detail::Pushed(pushed) if item.kind != ItemKind::PageView => {
            let his = pushed.platform.is_none() || item.author == Author::Customer;
            his.then_some(&[])
        }
        _ => None,
    }
}

/// A fact of an item that says nothing yet.
fn bare(app: &App, item: &TimelineItem, now: Instant) -> Fact {
    Fact {
        id: app.ids().make(now),
        customer: item.customer,
        item: item.id,
        ticket: item.ticket,
        channel: item.channel,
        kind: FactKind::ORDER_NUMBER,
        value: String::new(),
        display: String::new(),
        range: None,
        rule: String::new(),
        source: FactSource::Rule,
        confidence: 100,
        said_at: item.occurred_at,
        state: FactState::Stated,
        state_by: None,
        state_at: None,
        created_at: now,
    }
}

/// Stores facts that the item does not have yet, each with its event.
fn store(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    item: &TimelineItem,
    told: Vec<Fact>,
    now: Instant,
) -> Result<(), AppError> {
    let mut said = Vec::new();
    for fact in told {
        if facts::insert(conn, &fact)? {
            let what = Happening::FactStated { fact: fact.id, fact_kind: fact.kind.to_string() };
            let mut event = app.event(actor, now, what);
            (event.customer, event.ticket, event.inbox) =
                (Some(item.customer), item.ticket, item.inbox);
            said.push(event);
        }
    }
    if !said.is_empty() {
        events::append(conn, &said)?;
    }
    Ok(())
}

/// A text that an agent marks as a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFact {
    /// What it is.
    pub kind: FactKind,
    /// Its bytes in the text of the item.
    pub range: Option<(usize, usize)>,
    /// Its value; what stands in the range when absent. Without a range it must stand in the text, or
    /// the item must have no text, as a call has none.
    pub value: Option<String>,
}

/// Marks a part of an item as a fact.
pub async fn mark(app: &App, actor: &Actor, id: ItemId, new: NewFact) -> Result<Fact, AppError> {
    actor.require(Scope::CustomersWrite)?;
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    let write = move |conn: &mut Conn| {
        let item = timeline::get(conn, &actor, id)?.ok_or_else(|| AppError::not_found("item"))?;
        let (range, display) = place(&item, &new)?;
        let value = normal(&new.kind, new.value.as_deref().unwrap_or(&display));
        let fact = Fact {
            kind: new.kind,
            value,
            display,
            range,
            rule: "agent".to_owned(),
            source: FactSource::Agent,
            state: FactState::Confirmed,
            state_by: Some(actor.name()),
            state_at: Some(now),
            ..bare(&app2, &item, now)
        };
        let known = fact.clone();
        store(&app2, conn, &actor, &item, vec![fact], now)?;
        stored(conn, &actor, &known)
    };
    app.store().write(write).await
}

/// The fact as it stands: the one just marked, or the one that the item had already.
fn stored(conn: &mut Conn, actor: &Actor, fact: &Fact) -> Result<Fact, AppError> {
    if let Some(fresh) = facts::get(conn, actor, fact.id)? {
        return Ok(fresh);
    }
    let there = facts::of_item(conn, actor, fact.item, &fact.kind, &fact.value)?;
    there.ok_or_else(|| AppError::not_found("fact"))
}

type Place = (Option<(usize, usize)>, String);

/// Where the fact stands in the item, and how it is written there.
fn place(item: &TimelineItem, new: &NewFact) -> Result<Place, AppError> {
    let checked = |text: &str| {
        let text = text.trim();
        if text.is_empty()
            || text.chars().count() > MAX_CHARACTERS
            || text.chars().any(char::is_control)
        {
            let why = format!("a fact is one line of 1 to {MAX_CHARACTERS} characters");
            return Err(AppError::invalid("value", why));
        }
        Ok(text.to_owned())
    };
    if let Some((start, end)) = new.range {
        let marked = item.body.get(start..end).filter(|_| start < end);
        let why = "the text has no such range; count bytes from 0, and do not cut a character";
        let marked = marked.ok_or_else(|| AppError::invalid("start", why))?;
        return Ok((new.range, checked(marked)?));
    }
    let why = "say which part of the text it is, by `start` and `end` or by `value`";
    let value = new.value.as_deref().ok_or_else(|| AppError::invalid("value", why))?;
    let value = checked(value)?;
    match item.body.find(&value) {
        Some(start) => Ok((Some((start, start + value.len())), value)),
        None if item.body.is_empty() => Ok((None, value)),
        None => Err(AppError::invalid("value", "this does not stand in the text of the item")),
    }
}

/// A value in the form in which values are compared: as the rules find it, where they find it.
fn normal(kind: &FactKind, text: &str) -> String {
    let text = text.trim();
    let found = rules::extract(text, &[], &rules::rules::RuleSet::default());
    if let [only] = found.as_slice()
        && only.kind == *kind
    {
        return only.value.clone();
    }
    let folded = text.chars().filter_map(rules::words::fold).collect::<String>();
    match kind.as_str() {
        "order_number" | "serial_number" | "tracking_number" | "iban" => {
            let code: String = folded.chars().filter(|c| !c.is_whitespace() && *c != '#').collect();
            code.to_uppercase()
        }
        _ => text.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}
