//! Something that happened to messages: it changes those that are here, and waits for the others.

use serde_json::Map;
use throughline_core::actor::Actor;
use throughline_core::event::Happening;
use throughline_core::id::ItemId;
use throughline_core::inbound::{ChannelEvent, Happened};
use throughline_core::platform::refers_to;
use throughline_core::ticket::Ticket;
use throughline_core::time::Instant;
use throughline_core::timeline::{Detail, MessageDetail, PushedDetail, TimelineItem, tidy_body};
use throughline_store::channel_objects::{self as store, Parked};
use throughline_store::{
    Conn, deliveries, events, facts as stored_facts, outgoing as stored_outgoing, redaction,
    tickets, timeline, trash,
};

use super::super::arrive::Arrival;
use super::Here;
use crate::index::{Document, document_of_item};
use crate::timeline::clean_subject;
use crate::{AppError, facts, outgoing, remote_files};

/// Changes what is here, and lets the event wait for what is not.
pub(super) fn refer(here: &Here<'_>, conn: &mut Conn) -> Result<Arrival, AppError> {
    let objects = refers_to(here.event);
    let (mut changed, mut documents) = (Vec::new(), Vec::new());
    for object in objects {
        match store::item_of(conn, here.inbox.id, object)? {
            Some(item) => {
                documents.extend(change(here, conn, item)?);
                changed.push(item);
            }
            None => park(here, conn, object)?,
        }
    }
    let Some((first, others)) = changed.split_first() else {
        let why = match objects.is_empty() {
            true => "it names no message",
            false => "it waits for the message that it refers to",
        };
        return Ok(Arrival::Unshown(why.to_owned()));
    };
    deliveries::note_items(conn, here.delivery.id, others)?;
    Ok(Arrival::Stored(*first, documents))
}

fn park(here: &Here<'_>, conn: &mut Conn, object: &str) -> Result<(), AppError> {
    // What is not needed then does not wait.
    let event = ChannelEvent {
        occurred_at: Some(here.at),
        conversation: None,
        extra: Map::new(),
        ..here.event.clone()
    };
    let parked = Parked {
        id: here.batch.app().ids().stamp(here.batch.now),
        inbox: here.inbox.id,
        object,
        delivery: here.delivery.id,
        event: &event,
        now: here.batch.now,
    };
    Ok(store::park(conn, &parked)?)
}

/// Lets an event change a message, or another thing that came by its platform. Says whether it looks
/// another now.
pub(crate) fn apply(item: &mut TimelineItem, event: &ChannelEvent, at: Instant) -> bool {
    let TimelineItem { body, detail, .. } = item;
    let message = match detail {
        Detail::Message(message) => message,
        Detail::Pushed(pushed) => return apply_to_pushed(body, pushed, event, at),
        _ => return false,
    };
    // What was taken out of a message by our own people does not come back with an edit.
    if message.redacted.is_some() && matches!(event.what, Happened::Edit { .. }) {
        return false;
    }
    if is_anothers(message, event) {
        return false;
    }
    let Some(platform) = &mut message.platform else { return false };
    let (mut text, files) = (body.clone(), platform.fetched().collect::<Vec<_>>());
    let changed = platform.change(&mut text, event, at);
    if text != *body {
        (*body, message.body_cut) = tidy_body(&text);
    }
    if changed && matches!(event.what, Happened::Deletion { .. }) {
        message.subject = None;
    }
    remote_files::forget_gone(item, &files);
    changed
}

/// Whether somebody edits what somebody else wrote. Not every platform checks that: a homeserver of Matrix
/// hands on whatever its users send.
fn is_anothers(message: &MessageDetail, event: &ChannelEvent) -> bool {
    let from = message.from.as_ref().map(|from| from.address.as_str()).unwrap_or_default();
    let hints = &event.who.hints;
    let named = !from.is_empty() && !hints.is_empty();
    let is_edit = matches!(event.what, Happened::Edit { .. });
    is_edit && named && hints.iter().all(|hint| hint.display != from)
}

fn apply_to_pushed(
    body: &mut String,
    pushed: &mut PushedDetail,
    event: &ChannelEvent,
    at: Instant,
) -> bool {
    let Some(platform) = &mut pushed.platform else { return false };
    let changed = platform.change(body, event, at);
    // Events have no files, so nothing would fetch them.
    platform.files.clear();
    *body = tidy_body(body).0;
    if changed && matches!(event.what, Happened::Deletion { .. }) {
        pushed.empty();
    }
    changed
}

/// Changes a message. Answers with what is to be indexed anew.
fn change(here: &Here<'_>, conn: &mut Conn, id: ItemId) -> Result<Option<Document>, AppError> {
    let is_receipt = matches!(here.event.what, Happened::Receipt(_));
    if is_receipt {
        // Whoever sends holds this first.
        stored_outgoing::hold(conn, id)?;
    }
    let Some(before) = timeline::hold(conn, id)? else { return Ok(None) };
    let mut item = before.clone();
    let changed = apply(&mut item, here.event, here.at);
    let is_gone = changed && matches!(here.event.what, Happened::Deletion { .. });
    if item.body != before.body || is_gone {
        renew(here, conn, &mut item, is_gone)?;
    }
    if item != before {
        redaction::save(conn, &item)?;
        remote_files::drop_gone(conn, &before, &item, here.batch.now)?;
    }
    if matches!(here.event.what, Happened::Edit { .. }) {
        remote_files::enqueue(here.batch.app(), conn, &item, true, here.batch.now)?;
    }
    if let Some(why) = outgoing::loss_in(here.event)
        && (changed || store::objects_of(conn, here.inbox.id, id)? > 1)
    {
        // Of several messages one may be lost when another has arrived.
        outgoing::bounced(here.batch.app(), conn, id, &[], &why, here.batch.now)?;
    }
    if !changed {
        return Ok(None);
    }
    let mut ticket = match item.ticket {
        Some(ticket) => tickets::get(conn, &Actor::system(), ticket)?,
        None => None,
    };
    if let (Happened::Deletion { .. }, Some(known)) = (&here.event.what, &ticket) {
        ticket = Some(clean_subject(here.batch.app(), conn, &before, known, here.batch.now)?);
    }
    tell(here, conn, &item, ticket.as_ref())?;
    Ok(Some(document_of_item(&item, ticket.as_ref())))
}

/// What was drawn from the old text goes with it. What an order or the like states beside its text stays
/// as long as it is there.
fn renew(
    here: &Here<'_>,
    conn: &mut Conn,
    item: &mut TimelineItem,
    is_gone: bool,
) -> Result<(), AppError> {
    match item.detail {
        Detail::Pushed(_) if !is_gone => stored_facts::forget_text(conn, item.id)?,
        _ => stored_facts::forget_item(conn, item.id)?,
    };
    facts::of_item_by(&here.batch.desk.fact_rules, here.batch.app(), conn, item)?;
    let Detail::Message(message) = &mut item.detail else { return Ok(()) };
    let html: Vec<String> = message.html_blob.take().into_iter().collect();
    Ok(trash::note(conn, &html, here.batch.now)?)
}

fn tell(
    here: &Here<'_>,
    conn: &mut Conn,
    item: &TimelineItem,
    ticket: Option<&Ticket>,
) -> Result<(), AppError> {
    let what = Happening::MessageChanged { item: item.id };
    let told = here.batch.app().event(&Actor::system(), here.batch.now, what);
    let told = match ticket {
        Some(ticket) => told.of_ticket(ticket),
        None => told.of_customer(item.customer),
    };
    Ok(events::append(conn, &[told])?)
}
