//! Whose something is that is no message, and the ticket that it belongs to: the one in which its
//! conversation goes on, the one that it names, or one that it opens because somebody is not content.

use throughline_core::actor::Actor;
use throughline_core::id::CustomerId;
use throughline_core::identity::{Hint, Identity, IdentityKind};
use throughline_core::inbound::{Event, Role, TicketName};
use throughline_core::pushed::kind_by_name;
use throughline_core::rating::OPEN_TICKET_BELOW;
use throughline_core::reason::Reason;
use throughline_core::ticket::Ticket;
use throughline_core::timeline::ItemKind;
use throughline_store::{Conn, channel_accounts, channel_objects as store, tickets, timeline};

use super::super::place::{enter, held, is_one, new_ticket};
use super::Here;
use crate::customers::{Asking, Owned, owner_among};
use crate::index::Document;
use crate::pushed::Whose;
use crate::{AppError, profiles};

/// Whose something is, with what was made on the way.
pub(super) struct Owner {
    /// Whose it is.
    pub whose: Whose,
    /// Identities made just now, for which other events may wait.
    pub new: Vec<Identity>,
    /// What is to be indexed.
    pub documents: Vec<Document>,
}

/// Says whose an event is; none where it does not tell. The keys of its hints must be held.
pub(super) fn owner(
    here: &Here<'_>,
    conn: &mut Conn,
    event: &Event,
) -> Result<Option<Owner>, AppError> {
    let mut new = Vec::new();
    let owned = somebody(here, conn, &event.event_type, &mut new)?;
    if owned.is_none()
        && let Some(whose) = answered(here, conn)?
    {
        return Ok(Some(Owner { whose, new, documents: Vec::new() }));
    }
    let ticket = ticket_of(here, conn, owned.as_ref())?;
    let is_low = is_low(here, conn, event)?;
    let Some(owned) = owned else {
        let Some((mut ticket, reason)) = ticket else { return Ok(None) };
        let customer = ticket.customer;
        if is_low {
            ticket = looked_after(here, conn, event, customer, Some(ticket))?;
        }
        let whose = Whose { customer, identity: None, ticket: Some(ticket), reason };
        return Ok(Some(Owner { whose, new, documents: Vec::new() }));
    };
    let Owned { mut customer, identity, reason, document } = owned;
    let (app, now) = (here.batch.app(), here.batch.now);
    profiles::heard_text(app, conn, &mut customer, &event.text, now)?;
    if let Some(language) = &here.event.who.language {
        let source = here.inbox.channel.as_str();
        profiles::heard_from(app, conn, &mut customer, language, source, now)?;
    }
    let ticket = ticket.map(|(ticket, _)| ticket);
    let ticket = match is_low {
        true => Some(looked_after(here, conn, event, customer.id, ticket)?),
        false => ticket,
    };
    let whose = Whose { customer: customer.id, identity: Some(identity), ticket, reason };
    Ok(Some(Owner { whose, new, documents: document.into_iter().collect() }))
}

/// Who brought it about, or whom it concerns. A name that its owner may give up makes no customer, nor
/// does an event of a kind that says nothing of what he did.
fn somebody(
    here: &Here<'_>,
    conn: &mut Conn,
    event_type: &str,
    new: &mut Vec<Identity>,
) -> Result<Option<Owned>, AppError> {
    let who = &here.event.who;
    if who.role != Role::Customer || who.hints.is_empty() {
        return Ok(None);
    }
    let named =
        |hint: &Hint| Hint { name: hint.name.clone().or_else(|| who.name.clone()), ..hint.clone() };
    let hints: Vec<Hint> = who.hints.iter().map(named).collect();
    let asking = Asking {
        actor: &Actor::system(),
        source: here.inbox.channel.as_str(),
        at: here.at.min(here.batch.now),
        makes: kind_by_name(event_type).0 != ItemKind::Event
            && hints.iter().any(|hint| hint.key.kind != IdentityKind::Username),
    };
    owner_among(here.batch.app(), conn, &asking, &hints, new, here.batch.now)
}

/// Whose it is by what it belongs to, such as a refund's order.
fn answered(here: &Here<'_>, conn: &mut Conn) -> Result<Option<Whose>, AppError> {
    let Some(object) = &here.conversation.answers else { return Ok(None) };
    let Some(id) = store::item_of(conn, here.inbox.id, object)? else { return Ok(None) };
    let system = Actor::system();
    let Some(item) = timeline::get(conn, &system, id)? else { return Ok(None) };
    let ticket = item.ticket.map(|id| tickets::get(conn, &system, id)).transpose()?.flatten();
    Ok(Some(Whose::of_item(&item, ticket)))
}

/// The ticket that it belongs to, and why: only one of its own customer, where it says who that is. Whoever
/// knows nobody's name but a ticket's is believed: nothing of the ticket is shown to him.
fn ticket_of(
    here: &Here<'_>,
    conn: &mut Conn,
    owned: Option<&Owned>,
) -> Result<Option<(Ticket, Reason)>, AppError> {
    let system = Actor::system();
    let key = &here.conversation.key;
    let (found, reason) = match here.conversation.ticket() {
        Some(TicketName::Number(number)) => {
            let ticket = tickets::by_number(conn, &system, number)?;
            (ticket, Reason::NamesTicket { number })
        }
        Some(TicketName::Id(id)) => {
            let ticket = tickets::get(conn, &system, id)?;
            let number = ticket.as_ref().map_or(0, |ticket| ticket.number);
            (ticket, Reason::NamesTicket { number })
        }
        None => {
            let known = store::ticket_of(conn, here.inbox.id, key)?;
            let ticket = known.map(|id| tickets::get(conn, &system, id)).transpose()?.flatten();
            (ticket, Reason::SameConversation { conversation: key.clone() })
        }
    };
    let Some(ticket) = found else { return Ok(None) };
    let his = match owned {
        Some(owned) => is_one(conn, owned.customer.id, ticket.customer)?,
        None => true,
    };
    Ok(his.then_some((ticket, reason)))
}

/// Whether it is a review or an answer to a survey with a rating so low that the inbox wants a ticket.
fn is_low(here: &Here<'_>, conn: &mut Conn, event: &Event) -> Result<bool, AppError> {
    let (kind, _) = kind_by_name(&event.event_type);
    let rating = event.rating.filter(|_| {
        matches!(kind, ItemKind::Review | ItemKind::SurveyResponse)
            && here.event.who.role == Role::Customer
    });
    let Some(rating) = rating else { return Ok(false) };
    let account = channel_accounts::get(conn, here.inbox.id)?;
    let limit = account.and_then(|account| {
        account.settings.get(OPEN_TICKET_BELOW)?.as_str()?.trim().parse::<i32>().ok()
    });
    Ok(limit.is_some_and(|limit| rating.value < limit))
}

/// The ticket in which somebody looks after it: the one that it belongs to, opened again, or a new one.
fn looked_after(
    here: &Here<'_>,
    conn: &mut Conn,
    event: &Event,
    customer: CustomerId,
    ticket: Option<Ticket>,
) -> Result<Ticket, AppError> {
    let (app, now, at) = (here.batch.app(), here.batch.now, here.at.min(here.batch.now));
    if let Some(ticket) = ticket.map(|ticket| held(conn, ticket.id)).transpose()?.flatten() {
        return enter(app, conn, ticket, true, at, now);
    }
    let system = Actor::system();
    let ticket = new_ticket(app, conn, &system, here.inbox, customer, &event.title, Some(at), now)?;
    if here.conversation.ticket().is_none() {
        store::continue_in(conn, here.inbox.id, &here.conversation.key, ticket.id)?;
    }
    Ok(ticket)
}
