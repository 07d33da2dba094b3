//! Moving a message to another ticket, so that what follows it goes there as well. Moving it back takes
//! all of it back.

use throughline_core::actor::{Actor, Scope};
use throughline_core::event::Happening;
use throughline_core::id::{CustomerId, ItemId, TicketId};
use throughline_core::identity::EmailAddress;
use throughline_core::reason::Reason;
use throughline_core::threading;
use throughline_core::ticket::Ticket;
use throughline_core::ticket_link::LinkKind;
use throughline_core::time::Instant;
use throughline_core::timeline::{Detail, Direction, MessageDetail, TimelineItem};
use throughline_store::{
    Conn, correspondence, customers, deliveries, events, identities, inboxes, mail_ids, moved,
    ticket_links, tickets, timeline,
};

use crate::deliveries::new_ticket;
use crate::tickets::save;
use crate::{App, AppError, index};

/// Where a message is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoveTo {
    /// To this ticket.
    Ticket(TicketId),
    /// To one that is opened for it, in the same inbox.
    New,
}

/// Moves a message to another ticket, in one transaction: the item, what leads to it, and what hangs on
/// it. Moving it to where it is changes nothing.
pub async fn move_message(
    app: &App,
    actor: &Actor,
    id: ItemId,
    to: MoveTo,
) -> Result<TimelineItem, AppError> {
    actor.require(Scope::TicketsWrite)?;
    let named = named_by(app, actor, id).await?;
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    let write = move |conn: &mut Conn| {
        let item = visible(conn, &actor, id)?;
        if to == MoveTo::Ticket(ticket_of(&item)?) {
            return Ok(item);
        }
        let (from, to) = ends(&app2, conn, &actor, &item, to, now)?;
        let item = moved_item(conn, &actor, item, &to)?;
        mail_ids::teach(conn, item.id, from.id, to.id, &named)?;
        customers::touch(conn, to.customer, item.occurred_at)?;
        tell(&app2, conn, &actor, &item, [from, to], now)?;
        Ok(item)
    };
    app.store().write(write).await
}

/// Brings both tickets up to date, and tells of it there. The first is the one that the message left.
fn tell(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    item: &TimelineItem,
    [from, to]: [Ticket; 2],
    now: Instant,
) -> Result<(), AppError> {
    let what = Happening::MessageMoved { item: item.id, from: from.id };
    for ticket in [from, to] {
        let ticket = updated(app, conn, ticket, now)?;
        let event = app.event(actor, now, what.clone()).of_ticket(&ticket);
        events::append(conn, &[event])?;
        if Some(ticket.id) == item.ticket {
            index::item(conn, item, Some(&ticket))?;
        }
    }
    Ok(())
}

/// The ids that a message names, read from the mail as it arrived. Empty for what was no mail.
async fn named_by(app: &App, actor: &Actor, id: ItemId) -> Result<Vec<String>, AppError> {
    let actor = actor.clone();
    let read = move |conn: &mut Conn| {
        visible(conn, &actor, id)?;
        Ok::<_, AppError>(deliveries::blob_of_item(conn, id)?)
    };
    let Some(blob) = app.store().read(read).await? else { return Ok(Vec::new()) };
    let bytes = app.store().blobs().get(&blob).await?;
    let Ok(mail) = throughline_mail::parse(&bytes) else { return Ok(Vec::new()) };
    let named = mail.in_reply_to.iter().chain(mail.references.iter().rev());
    let named = named.filter_map(|id| threading::normalise_id(id));
    Ok(named.take(threading::MAX_CANDIDATES).collect())
}

/// The message, if the actor may see it.
fn visible(conn: &mut Conn, actor: &Actor, id: ItemId) -> Result<TimelineItem, AppError> {
    let item = timeline::get(conn, actor, id)?.ok_or_else(|| AppError::not_found("item"))?;
    match item.detail {
        Detail::Message(_) => Ok(item),
        _ => Err(AppError::invalid("id", "only messages can be moved; this is none")),
    }
}

/// The ticket that a message is in.
fn ticket_of(item: &TimelineItem) -> Result<TicketId, AppError> {
    item.ticket.ok_or_else(|| AppError::internal("a message without its ticket"))
}

/// The two tickets, held against other writers.
fn ends(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    item: &TimelineItem,
    to: MoveTo,
    now: Instant,
) -> Result<(Ticket, Ticket), AppError> {
    let left = ticket_of(item)?;
    let mut ids = vec![left];
    if let MoveTo::Ticket(id) = to {
        ids.push(id);
    }
    // In one order always, lest two who move wait for each other.
    ids.sort_unstable();
    ids.into_iter().try_for_each(|id| tickets::lock(conn, id))?;
    let from = tickets::get(conn, actor, left)?;
    let from = from.ok_or_else(|| AppError::not_found("ticket"))?;
    if visible(conn, actor, item.id)?.ticket != Some(from.id) {
        return Err(AppError::conflict("conflict", "somebody has just moved this message"));
    }
    let to = match to {
        MoveTo::Ticket(id) => tickets::get(conn, actor, id)?
            .ok_or_else(|| AppError::invalid("ticket", "there is no such ticket"))?,
        MoveTo::New => opened(app, conn, actor, item, &from, now)?,
    };
    Ok((from, to))
}

/// A ticket for the message alone, of whoever wrote it, linked to the one that it was in.
fn opened(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    item: &TimelineItem,
    from: &Ticket,
    now: Instant,
) -> Result<Ticket, AppError> {
    let inbox = inboxes::get(conn, from.inbox)?;
    let inbox = inbox.ok_or_else(|| AppError::internal("a ticket without its inbox"))?;
    let customer = writer_of(conn, item)?.unwrap_or(from.customer);
    let subject = message_of(item).and_then(|message| message.subject.as_deref());
    let subject = subject.filter(|subject| !subject.is_empty()).unwrap_or(&from.subject);
    let ticket = new_ticket(app, conn, actor, &inbox, customer, subject, None, now)?;
    ticket_links::link(conn, ticket.id, from.id, LinkKind::Related, now)?;
    Ok(ticket)
}

/// The customer by whose identity a message came.
fn writer_of(conn: &mut Conn, item: &TimelineItem) -> Result<Option<CustomerId>, AppError> {
    let Some(id) = item.identity else { return Ok(None) };
    Ok(identities::get(conn, id)?.map(|identity| identity.customer))
}

fn message_of(item: &TimelineItem) -> Option<&MessageDetail> {
    item.message()
}

/// The item as one of the other ticket, stored.
fn moved_item(
    conn: &mut Conn,
    actor: &Actor,
    mut item: TimelineItem,
    to: &Ticket,
) -> Result<TimelineItem, AppError> {
    let third_party = is_third_party(conn, &item, to)?;
    let from = ticket_of(&item)?;
    if let Detail::Message(message) = &mut item.detail {
        message.thread_reason = Some(Reason::Moved { from, by: actor.name() });
        message.third_party = third_party;
    }
    // Between tickets of one customer it stays with its record, so that a merge can still be undone.
    if !is_one(conn, item.customer, to.customer)? {
        item.customer = to.customer;
    }
    (item.ticket, item.inbox) = (Some(to.id), Some(to.inbox));
    moved::save(conn, &mut item)?;
    Ok(item)
}

fn is_one(conn: &mut Conn, one: CustomerId, other: CustomerId) -> Result<bool, AppError> {
    Ok(one == other || customers::root(conn, one)? == customers::root(conn, other)?)
}

/// Whether who wrote the message takes no part in the ticket otherwise.
fn is_third_party(conn: &mut Conn, item: &TimelineItem, to: &Ticket) -> Result<bool, AppError> {
    let inbound = message_of(item).filter(|message| message.direction == Direction::Inbound);
    let from = inbound.and_then(|message| message.from.as_ref());
    let Some(from) = from.and_then(|from| EmailAddress::parse(&from.address).ok()) else {
        return Ok(false);
    };
    match writer_of(conn, item)? {
        Some(writer) if !is_one(conn, writer, to.customer)? => {
            let messages = correspondence::of_ticket(conn, to.id)?;
            Ok(!threading::takes_part(&from, &messages))
        }
        _ => Ok(false),
    }
}

/// The ticket with the time of its newest message as it is now.
fn updated(app: &App, conn: &mut Conn, before: Ticket, now: Instant) -> Result<Ticket, AppError> {
    let last_message_at = moved::newest_message_at(conn, before.id)?;
    let mut after = Ticket { last_message_at, ..before.clone() };
    save(app, conn, &before, &mut after, now)?;
    Ok(after)
}
