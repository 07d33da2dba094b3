//! What is done with a call that is there: tags, a ticket, recordings; and the calls that name nobody.

use throughline_core::actor::{Actor, Scope};
use throughline_core::call::{Call, CallDirection, Disposition};
use throughline_core::channel::Channel;
use throughline_core::event::Happening;
use throughline_core::id::{AttachmentId, InboxId, ItemId, PhoneCallId, TicketId};
use throughline_core::page::{Page, PageRequest};
use throughline_core::ticket::{Ticket, TicketView};
use throughline_core::time::Instant;
use throughline_core::timeline::{Detail, ItemKind, TimelineItem};
use throughline_store::{
    Conn, attachments, customers, events, inboxes, item_tags, phone_calls, tickets, timeline,
};

use super::may_read;
use crate::deliveries::new_ticket;
use crate::tickets::{API_INBOX, save, view};
use crate::{App, AppError, attachments as files, index, page, tagging};

/// The order of calls that name nobody: newest first.
const TAG: &str = "cal";
/// The most files of one call.
const MAX_FILES: usize = 20;

/// Which ticket a call is to be in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallTicket {
    /// One that is there, of the same customer.
    Join(TicketId),
    /// One that is opened for it, with this subject or one that says what the call was.
    New(Option<String>),
}

/// A call that names nobody: it is on no timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct NamelessCall {
    /// Its id.
    pub id: PhoneCallId,
    /// The call.
    pub call: Call,
}

/// What a call was, in a line.
pub(super) fn subject(call: &Call) -> String {
    let party = call.customer.as_ref();
    let number = party.and_then(|party| party.number.as_ref()).map(|number| number.raw.as_str());
    let who = party.and_then(|party| party.name.as_deref()).or(number).unwrap_or("somebody");
    let what = match (call.direction, call.disposition) {
        (_, Disposition::Voicemail) => "Voicemail of",
        (CallDirection::Inbound, Disposition::Missed | Disposition::Abandoned) => "Missed call of",
        (CallDirection::Inbound, _) => "Call of",
        _ => "Call to",
    };
    format!("{what} {who}")
}

/// The call, held, if the actor may see it.
fn held(conn: &mut Conn, actor: &Actor, id: ItemId) -> Result<TimelineItem, AppError> {
    timeline::hold(conn, id)?;
    seen(conn, actor, id)
}

fn seen(conn: &mut Conn, actor: &Actor, id: ItemId) -> Result<TimelineItem, AppError> {
    let item = timeline::get(conn, actor, id)?.ok_or_else(|| AppError::not_found("item"))?;
    match item.kind {
        ItemKind::Call => Ok(item),
        kind => Err(AppError::invalid("id", format!("this is a {kind}, and no call"))),
    }
}

/// The names of the tags of a call.
pub async fn tags_of(app: &App, actor: &Actor, id: ItemId) -> Result<Vec<String>, AppError> {
    actor.require(Scope::TicketsRead)?;
    let actor = actor.clone();
    let read = move |conn: &mut Conn| {
        let call = timeline::get(conn, &actor, id)?.filter(|item| item.kind == ItemKind::Call);
        call.ok_or_else(|| AppError::not_found("call"))?;
        Ok::<_, AppError>(item_tags::names_of(conn, id)?)
    };
    app.store().lookup(read).await
}

/// Puts tags on a call by their names, making those that are missing, and takes others off; those that it
/// does not bear are passed over. Answers with all that it bears then.
pub async fn change_tags(
    app: &App,
    actor: &Actor,
    id: ItemId,
    add: &[String],
    remove: &[String],
) -> Result<Vec<String>, AppError> {
    actor.require(Scope::TicketsWrite)?;
    let add = tagging::names("add_tags", add)?;
    let remove = tagging::names("remove_tags", remove)?;
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    let write = move |conn: &mut Conn| {
        let item = held(conn, &actor, id)?;
        let before = item_tags::names_of(conn, id)?;
        let gone = tagging::find(conn, &remove)?;
        item_tags::take_off(conn, id, &gone)?;
        let new = tagging::find_or_make(&app2, conn, &add, now)?;
        item_tags::put(conn, id, &new)?;
        let after = item_tags::names_of(conn, id)?;
        if after != before {
            tell(&app2, conn, &actor, &item, now)?;
        }
        Ok::<_, AppError>(after)
    };
    app.store().write(write).await
}

fn tell(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    item: &TimelineItem,
    now: Instant,
) -> Result<(), AppError> {
    let what = Happening::CallUpdated { item: item.id };
    let mut event = app.event(actor, now, what).of_customer(item.customer);
    (event.ticket, event.inbox) = (item.ticket, item.inbox);
    Ok(events::append(conn, &[event])?)
}

/// Opens a ticket for a call, or lets it join one of the same customer. The ticket's inbox decides from
/// then on who may see the call.
pub async fn to_ticket(
    app: &App,
    actor: &Actor,
    id: ItemId,
    to: CallTicket,
) -> Result<TicketView, AppError> {
    actor.require(Scope::TicketsWrite)?;
    // A call that was pushed came by no inbox.
    crate::inboxes::ensure(app, Channel::Api, API_INBOX, "API").await?;
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    let write = move |conn: &mut Conn| {
        let mut item = held(conn, &actor, id)?;
        let ticket = match to {
            CallTicket::Join(ticket) => joined(&app2, conn, &actor, &item, ticket, now)?,
            CallTicket::New(subject) => opened(&app2, conn, &actor, &item, subject, now)?,
        };
        (item.ticket, item.inbox) = (Some(ticket.id), Some(ticket.inbox));
        phone_calls::join(conn, item.id, &ticket)?;
        index::item(conn, &item, Some(&ticket))?;
        tell(&app2, conn, &actor, &item, now)?;
        view(conn, ticket)
    };
    app.store().write(write).await
}

fn joined(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    item: &TimelineItem,
    id: TicketId,
    now: Instant,
) -> Result<Ticket, AppError> {
    tickets::lock(conn, id)?;
    let found = tickets::get(conn, actor, id)?;
    let before = found.ok_or_else(|| AppError::invalid("ticket", "there is no such ticket"))?;
    if item.ticket == Some(before.id) {
        return Ok(before);
    }
    if customers::root(conn, before.customer)? != customers::root(conn, item.customer)? {
        let why = "this ticket is another customer's; merge the two first if they are one";
        return Err(AppError::invalid("ticket", why));
    }
    let mut after = before.clone();
    save(app, conn, &before, &mut after, now)?;
    Ok(after)
}

fn opened(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    item: &TimelineItem,
    subject_given: Option<String>,
    now: Instant,
) -> Result<Ticket, AppError> {
    if item.ticket.is_some() {
        let why = "this call is in a ticket already; name another ticket to put it there";
        return Err(AppError::conflict("call_in_ticket", why));
    }
    let inbox = match item.inbox {
        Some(id) => inboxes::get(conn, id)?,
        None => inboxes::by_address(conn, Channel::Api, API_INBOX)?,
    };
    let inbox = inbox.ok_or_else(|| AppError::internal("a call without its inbox"))?;
    let made = match &item.detail {
        Detail::Call(detail) => subject(&detail.call),
        Detail::Pushed(pushed) => pushed.title.clone(),
        _ => "A call".to_owned(),
    };
    let subject = subject_given.filter(|given| !given.trim().is_empty()).unwrap_or(made);
    let at = Some(item.occurred_at.min(now));
    new_ticket(app, conn, actor, &inbox, item.customer, &subject, at, now)
}

/// Attaches files that the same actor has sent here to a call, such as a recording.
pub async fn attach(
    app: &App,
    actor: &Actor,
    id: ItemId,
    ids: Vec<AttachmentId>,
) -> Result<TimelineItem, AppError> {
    actor.require(Scope::TicketsWrite)?;
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    let write = move |conn: &mut Conn| {
        let mut item = held(conn, &actor, id)?;
        let Detail::Call(detail) = &mut item.detail else {
            let why = "only a call that a phone log tells of can have files";
            return Err(AppError::invalid("id", why));
        };
        if detail.attachments.len() + ids.len() > MAX_FILES {
            return Err(AppError::invalid("attachments", format!("at most {MAX_FILES} files")));
        }
        let taken = files::take(conn, &actor, &ids, id, now)?;
        attachments::append(conn, detail.attachments.len(), &taken)?;
        detail.attachments.extend(taken.into_iter().map(|file| file.info));
        timeline::set_detail(conn, id, &item.detail)?;
        tell(&app2, conn, &actor, &item, now)?;
        Ok(item)
    };
    app.store().write(write).await
}

/// A page of the calls of an inbox that name nobody, such as those of withheld numbers; newest first.
pub async fn nameless(
    app: &App,
    actor: &Actor,
    inbox: InboxId,
    request: &PageRequest,
) -> Result<Page<NamelessCall>, AppError> {
    may_read(actor)?;
    page::check(request)?;
    if !actor.sees(inbox, None, None) {
        return Err(AppError::not_found("inbox"));
    }
    let (before, fetch) = (request.key_for(TAG)?, request.fetch());
    let read = move |conn: &mut Conn| phone_calls::without_item(conn, inbox, before, fetch);
    let rows = app.store().read(read).await?;
    let call =
        |known: phone_calls::KnownCall| Some(NamelessCall { id: known.id, call: known.content? });
    let rows: Vec<NamelessCall> = rows.into_iter().filter_map(call).collect();
    Ok(Page::cut(rows, request, TAG, |call: &NamelessCall| call.id.get()))
}
