//! Facts that customers told: kept with the item that holds them, shown as a sheet, corrected by agents.
//! The rules by which they are found are those of `core`; the admin's stand in `rules`.

mod cache;
mod keep;
mod rules;

use throughline_core::actor::{Actor, Scope};
use throughline_core::event::Happening;
use throughline_core::facts::sheet::{self, Entry};
use throughline_core::facts::{Fact, FactState};
use throughline_core::id::{CustomerId, FactId, TicketId};
use throughline_core::page::{BadCursor, Page, PageRequest};
use throughline_core::time::Instant;
use throughline_store::{Conn, customers, events, facts, tickets};

pub use keep::{NewFact, mark};
pub(crate) use keep::{of_item, of_item_by, of_pushed};
pub use rules::{
    FactRulePatch, NewFactRule, create_rule, delete_rule, get_rule, list_rules, try_text,
    update_rule,
};
pub use throughline_store::facts::Wanted;

pub(crate) use cache::RuleCache;

use crate::customers::members;
use crate::{App, AppError, page};

/// Names the order of a sheet in cursors.
const TAG: &str = "fct";
/// The most statements of which a sheet is made: the newest of a customer.
const STATEMENTS: i64 = 2_000;

/// The sheet of a customer: what he told, through all records that are one with this one.
pub async fn of_customer(
    app: &App,
    actor: &Actor,
    customer: CustomerId,
    wanted: &Wanted,
    request: &PageRequest,
) -> Result<Page<Entry>, AppError> {
    actor.require(Scope::CustomersRead)?;
    page::check(request)?;
    let (actor, wanted) = (actor.clone(), wanted.clone());
    let read = move |conn: &mut Conn| {
        let records = members(conn, &actor, customer)?;
        let kinds = Wanted { kinds: wanted.kinds.clone(), states: Vec::new() };
        let told = facts::of_customers(conn, &actor, &records, &kinds, STATEMENTS)?;
        Ok::<_, AppError>(sheet_of(told, &wanted))
    };
    cut(app.store().read(read).await?, request)
}

/// The sheet of a ticket: what was told in it.
pub async fn of_ticket(
    app: &App,
    actor: &Actor,
    ticket: TicketId,
    wanted: &Wanted,
    request: &PageRequest,
) -> Result<Page<Entry>, AppError> {
    actor.require(Scope::TicketsRead)?;
    page::check(request)?;
    let (actor, wanted) = (actor.clone(), wanted.clone());
    let read = move |conn: &mut Conn| {
        tickets::get(conn, &actor, ticket)?.ok_or_else(|| AppError::not_found("ticket"))?;
        let kinds = Wanted { kinds: wanted.kinds.clone(), states: Vec::new() };
        let told = facts::of_ticket(conn, &actor, ticket, &kinds, STATEMENTS)?;
        Ok::<_, AppError>(sheet_of(told, &wanted))
    };
    cut(app.store().read(read).await?, request)
}

/// The state of an entry is that of its newest statement, so it is looked at after the sheet is made.
fn sheet_of(told: Vec<Fact>, wanted: &Wanted) -> Vec<Entry> {
    let mut entries = sheet::sheet(told);
    entries.retain(|e| wanted.states.is_empty() || wanted.states.contains(&e.fact.state));
    entries
}

fn cut(mut entries: Vec<Entry>, request: &PageRequest) -> Result<Page<Entry>, AppError> {
    if let Some(key) = request.key_for(TAG)? {
        let seen = entries.iter().position(|entry| entry.key == key).ok_or(BadCursor)?;
        entries.drain(..=seen);
    }
    Ok(Page::cut(entries, request, TAG, |entry| entry.key))
}

/// A fact.
pub async fn get(app: &App, actor: &Actor, id: FactId) -> Result<Fact, AppError> {
    actor.require(Scope::CustomersRead)?;
    let actor = actor.clone();
    let fact = app.store().lookup(move |conn| facts::get(conn, &actor, id)).await?;
    fact.ok_or_else(|| AppError::not_found("fact"))
}

/// Says what is held of a fact. It counts for all that the customer said of this value so far; what he
/// says later is stated anew.
pub async fn set_state(
    app: &App,
    actor: &Actor,
    id: FactId,
    state: FactState,
) -> Result<Fact, AppError> {
    actor.require(Scope::CustomersWrite)?;
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    app.store().write(move |conn| change(&app2, conn, &actor, id, state, now)).await
}

fn change(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    id: FactId,
    state: FactState,
    now: Instant,
) -> Result<Fact, AppError> {
    let missing = || AppError::not_found("fact");
    let fact = facts::get(conn, actor, id)?.ok_or_else(missing)?;
    if fact.state == state {
        return Ok(fact);
    }
    let group = customers::group(conn, fact.customer)?.ok_or_else(missing)?;
    facts::set_state(conn, &group.members, &fact.kind, &fact.value, state, &actor.name(), now)?;
    let what = Happening::FactChanged { fact: id, state: state.to_string() };
    let mut event = app.event(actor, now, what);
    (event.customer, event.ticket) = (Some(fact.customer), fact.ticket);
    events::append(conn, &[event])?;
    facts::get(conn, actor, id)?.ok_or_else(missing)
}
