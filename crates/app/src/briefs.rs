//! Briefs: made for whoever asks, of what he may see; and kept on the timeline at a hand-over, for the
//! receiver to read.

use throughline_core::actor::{Actor, Scope, Sees};
use throughline_core::brief::{self, Brief, MOST, OpenTicket, Promised, Told};
use throughline_core::event::Happening;
use throughline_core::facts::FactState;
use throughline_core::facts::sheet::{Entry, sheet};
use throughline_core::id::{CustomerId, ItemId};
use throughline_core::profile::{VIP, profile};
use throughline_core::promises::PromiseState;
use throughline_core::query::TimelineFilter;
use throughline_core::ticket::Ticket;
use throughline_core::time::Instant;
use throughline_core::timeline::{
    BriefDetail, Detail, ItemKind, OrderKey, TimelineItem, Visibility,
};
use throughline_core::walk::{Toward, Walk};
use throughline_store::facts::Wanted;
use throughline_store::{
    Conn, agents, customers, events, facts, history, inboxes, organizations, profiles, promises,
    tickets, timeline,
};

use crate::customers::members;
use crate::tickets::author_of;
use crate::{App, AppError};

/// The newest items of each record of which a brief is made.
const ITEMS: i64 = 100;
/// The most records that are looked at: those that are more were hardly one person.
const RECORDS: usize = 20;
/// The most statements that are looked at.
const STATEMENTS: i64 = 500;
/// The most values that a brief shows, and of one kind.
const TOLD: usize = 30;
const OF_ONE_KIND: usize = 3;

/// The brief on a customer, as far as the actor may see it.
pub async fn of_customer(
    app: &App,
    actor: &Actor,
    customer: CustomerId,
) -> Result<Brief, AppError> {
    actor.require(Scope::CustomersRead)?;
    let (actor, now) = (actor.clone(), app.now());
    let read = move |conn: &mut Conn| {
        let records = members(conn, &actor, customer)?;
        make(conn, &actor, &records, now)
    };
    app.store().read(read).await
}

/// Makes a brief on a customer with these records, the surviving one first.
fn make(
    conn: &mut Conn,
    actor: &Actor,
    records: &[CustomerId],
    now: Instant,
) -> Result<Brief, AppError> {
    let missing = || AppError::not_found("customer");
    let root = *records.first().ok_or_else(missing)?;
    let near = records.get(..RECORDS.min(records.len())).unwrap_or(records);
    // Whoever may know of one record knows the name of the customer, whichever record has it.
    let customer = customers::record(conn, root)?.ok_or_else(missing)?;
    let others = customers::merged_into(conn, &[root])?.remove(&root).unwrap_or_default();
    let customer = customer.filled_from(&others);
    let organization = customer.organization.map(|id| organizations::get(conn, id)).transpose()?;
    let items = newest_items(conn, actor, near)?;
    Ok(Brief {
        customer: root,
        name: customer.name,
        organization: organization.flatten().map(|organization| organization.name),
        language: brief::language(&items, customer.language.as_deref()),
        vip: vip(conn, records)?,
        open_tickets: open_tickets(conn, actor, records)?,
        contacts: brief::contacts(&items),
        told: told(conn, actor, records)?,
        promises: promised(conn, actor, records)?,
        ratings: brief::ratings(&items),
        open_question: brief::open_question(&items),
        made_at: now,
    })
}

/// Whether somebody said that the customer is specially important, or is not.
fn vip(conn: &mut Conn, records: &[CustomerId]) -> Result<Option<bool>, AppError> {
    let fields = profile(records, profiles::said(conn, records)?);
    let vip = fields.into_iter().find(|field| field.said.field == VIP);
    Ok(vip.and_then(|field| field.said.value.as_bool()))
}

/// The newest items of all records, newest first.
fn newest_items(
    conn: &mut Conn,
    actor: &Actor,
    records: &[CustomerId],
) -> Result<Vec<TimelineItem>, AppError> {
    let walk = Walk { toward: Toward::Older, from: None, limit: ITEMS };
    let filter = TimelineFilter::default();
    Ok(history::of_records(conn, actor, records, &filter, &[], &walk)?)
}

fn open_tickets(
    conn: &mut Conn,
    actor: &Actor,
    records: &[CustomerId],
) -> Result<Vec<OpenTicket>, AppError> {
    let open = tickets::open_of_customers(conn, actor, records, MOST as i64)?;
    let shown = |ticket: Ticket| OpenTicket {
        ticket: ticket.id,
        number: ticket.number,
        subject: ticket.subject,
        category: ticket.category,
        priority: ticket.priority,
        updated_at: ticket.updated_at,
    };
    Ok(open.into_iter().map(shown).collect())
}

/// What stands of the customer's facts, a few of each kind.
fn told(conn: &mut Conn, actor: &Actor, records: &[CustomerId]) -> Result<Vec<Told>, AppError> {
    let states = vec![FactState::Stated, FactState::Confirmed];
    let wanted = Wanted { kinds: Vec::new(), states };
    let entries = sheet(facts::of_customers(conn, actor, records, &wanted, STATEMENTS)?);
    let mut shown: Vec<Told> = Vec::new();
    for Entry { fact, times, .. } in entries {
        let same = shown.iter().filter(|told| told.kind == fact.kind).count();
        if same < OF_ONE_KIND && shown.len() < TOLD {
            shown.push(Told {
                kind: fact.kind,
                value: fact.value,
                display: fact.display,
                said_at: fact.said_at,
                channel: fact.channel,
                item: fact.item,
                times,
            });
        }
    }
    Ok(shown)
}

fn promised(
    conn: &mut Conn,
    actor: &Actor,
    records: &[CustomerId],
) -> Result<Vec<Promised>, AppError> {
    let mut found = Vec::new();
    for state in [PromiseState::Open, PromiseState::Broken] {
        let some = promises::of_customers(conn, actor, records, Some(state), None, MOST as i64)?;
        found.extend(some.into_iter().map(|promise| Promised {
            promise: promise.id,
            text: promise.text,
            due_at: promise.due_at,
            state: promise.state,
        }));
    }
    found.sort_by_key(|promise| promise.due_at);
    Ok(found)
}

/// Writes the brief for who takes a ticket over, on the timeline of its customer. It holds what everybody
/// may see who may see the ticket's inbox: that of the ticket and of the inboxes that are open to all.
pub(crate) fn hand_over(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    before: &Ticket,
    after: &Ticket,
    now: Instant,
) -> Result<(), AppError> {
    // Who takes a ticket himself has the customer before him: nothing is handed over.
    let agent = after
        .assignee_agent
        .filter(|id| Some(*id) != before.assignee_agent && Some(*id) != actor.agent());
    let team = after.assignee_team.filter(|_| after.assignee_team != before.assignee_team);
    if !app.writes_briefs() || (agent.is_none() && team.is_none()) {
        return Ok(());
    }
    let mut seen = inboxes::open_to(conn, &[])?;
    seen.push(after.inbox);
    let sees = Sees::Only { inboxes: seen, agent: None, teams: Vec::new() };
    let reader = Actor { sees, ..Actor::system() };
    let records = customers::all_records(conn, &[after.customer])?;
    let brief = make(conn, &reader, &records, now)?;
    let brief = serde_json::to_value(brief).map_err(AppError::internal)?;
    let id = app.ids().make(now);
    let at = now.plus_micros(2);
    let detail = BriefDetail { agent, team, read_by: None, read_at: None, brief };
    let mut item = TimelineItem {
        id,
        customer: after.customer,
        key: OrderKey::new(at, id, 0),
        kind: ItemKind::Brief,
        channel: after.channel,
        visibility: Visibility::Internal,
        ticket: Some(after.id),
        inbox: Some(after.inbox),
        identity: None,
        author: author_of(actor),
        occurred_at: at,
        created_at: now,
        body: String::new(),
        detail: Detail::Brief(Box::new(detail)),
    };
    timeline::insert(conn, &mut item)?;
    Ok(())
}

/// Marks a brief as read by its receiver: the agent it is for, or one of the team. Once read it stays so.
pub async fn read(app: &App, actor: &Actor, id: ItemId) -> Result<TimelineItem, AppError> {
    actor.require(Scope::TicketsRead)?;
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    app.store().write(move |conn| mark(&app2, conn, &actor, id, now)).await
}

fn mark(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    id: ItemId,
    now: Instant,
) -> Result<TimelineItem, AppError> {
    timeline::get(conn, actor, id)?.ok_or_else(|| AppError::not_found("item"))?;
    let mut item = timeline::hold(conn, id)?.ok_or_else(|| AppError::not_found("item"))?;
    let Detail::Brief(detail) = &mut item.detail else {
        return Err(AppError::invalid("id", "only briefs are marked as read; this is none"));
    };
    if detail.read_at.is_some() {
        return Ok(item);
    }
    let me = actor.agent().map(|id| agents::get(conn, id)).transpose()?.flatten();
    let mine = |detail: &BriefDetail| {
        me.as_ref().filter(|me| {
            detail.agent == Some(me.id) || detail.team.is_some_and(|team| me.teams.contains(&team))
        })
    };
    let Some(reader) = mine(detail) else {
        return Err(AppError::forbidden("not_the_receiver", "this brief is for somebody else"));
    };
    (detail.read_by, detail.read_at) = (Some(reader.id), Some(now.as_micros()));
    timeline::set_detail(conn, id, &item.detail)?;
    let mut event = app.event(actor, now, Happening::BriefRead { item: id });
    (event.customer, event.ticket, event.inbox) = (Some(item.customer), item.ticket, item.inbox);
    events::append(conn, &[event])?;
    Ok(item)
}
