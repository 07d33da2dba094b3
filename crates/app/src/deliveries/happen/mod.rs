//! Something came by a channel other than mail: it becomes an item, or changes one, or waits for the one
//! that it refers to. What it does is decided by its key once, however often and by whichever way it comes.
//!
//! Where a message goes is decided in `conversation`; what is no message is shown by `occur`; what nobody
//! knows by `unknown`; what happened to messages is done by `refer`. Whoever calls holds the inbox.

mod conversation;
mod occur;
mod owned;
mod refer;
mod unknown;

pub(crate) use refer::apply;

use serde_json::json;
use throughline_core::actor::Actor;
use throughline_core::delivery::Delivery;
use throughline_core::event::Happening;
use throughline_core::id::ItemId;
use throughline_core::identity::Key;
use throughline_core::inbound::{ChannelEvent, Content, Conversation, Happened, Party, Role};
use throughline_core::inbox::Inbox;
use throughline_core::platform::{Platform, SentFile, refers_to};
use throughline_core::time::Instant;
use throughline_core::timeline::{
    Author, Detail, Direction, ItemKind, MessageDetail, OrderKey, TimelineItem, Visibility,
    occurrence, tidy_body,
};
use throughline_store::jobs::{self, NewJob};
use throughline_store::{
    Conn, channel_objects as store, customers, deliveries, events, outgoing as stored_outgoing,
    timeline,
};

use super::arrive::Arrival;
use super::desk::Batch;
use super::place::Place;
use crate::index::document_of_item;
use crate::jobs::ENTER_CONVERSATION;
use crate::{AppError, facts, outgoing, remote_files};

/// The code of the failure when a delivery may repeat what is being sent at this moment.
pub const UNDER_WAY: &str = "under_way";

/// An event whose HTML is stored.
pub(super) struct Said {
    /// What the platform says.
    pub event: ChannelEvent,
    /// The blob of its HTML.
    pub html_blob: Option<String>,
}

impl Said {
    /// By what its sender is found.
    pub fn keys(&self) -> Vec<Key> {
        self.event.who.hints.iter().map(|hint| hint.key.clone()).collect()
    }
}

/// An event where it came.
struct Here<'a> {
    batch: &'a Batch<'a>,
    delivery: &'a Delivery,
    inbox: &'a Inbox,
    said: &'a Said,
    event: &'a ChannelEvent,
    /// What stands alone is a conversation of its own.
    conversation: Conversation,
    /// When it happened, as far as that can be believed.
    at: Instant,
}

impl Here<'_> {
    /// Whether somebody else than a customer brought it about.
    fn is_no_customers(&self) -> bool {
        self.event.direction == Direction::Outbound || self.event.who.role != Role::Customer
    }

    fn author(&self) -> Author {
        if self.is_no_customers() { Author::System } else { Author::Customer }
    }
}

/// Does what an event says.
pub(super) fn event(
    batch: &Batch<'_>,
    conn: &mut Conn,
    delivery: &Delivery,
    inbox: &Inbox,
    said: &Said,
) -> Result<Arrival, AppError> {
    let event = &said.event;
    let alone = || Conversation { key: event.key.clone(), ..Conversation::default() };
    let conversation = event.conversation.clone().unwrap_or_else(alone);
    let at = occurrence(event.occurred_at, delivery.received_at);
    let here = Here { batch, delivery, inbox, said, event, conversation, at };
    if store::is_done(conn, inbox.id, &event.key)? {
        return Ok(match item_made(conn, &here)? {
            Some(item) => Arrival::Duplicate(item),
            None => Arrival::Unshown("it had come before".to_owned()),
        });
    }
    let arrival = done(&here, conn)?;
    // What could not be placed is tried again when its delivery is replayed; of what is nothing, nothing
    // need be known.
    let is_nothing = matches!(event.what, Happened::Nothing { .. });
    if !is_nothing && !matches!(arrival, Arrival::Quarantined(_)) {
        store::note_event(conn, inbox.id, &event.key, batch.now)?;
    }
    Ok(arrival)
}

fn done(here: &Here<'_>, conn: &mut Conn) -> Result<Arrival, AppError> {
    match &here.event.what {
        Happened::Nothing { why } => Ok(Arrival::Unshown(why.clone())),
        Happened::Message { object, content } => {
            match store::item_of(conn, here.inbox.id, object)? {
                Some(item) => Ok(Arrival::Duplicate(item)),
                None if is_under_way(here, conn)? => Err(under_way()),
                None => message(here, conn, object, content),
            }
        }
        Happened::Invitation {} => invited(here, conn),
        Happened::Event(event) => occur::occur(here, conn, event),
        Happened::Unknown { object, content } => {
            unknown::show(here, conn, object.as_deref(), content)
        }
        Happened::Edit { .. }
        | Happened::Deletion { .. }
        | Happened::Reaction { .. }
        | Happened::Receipt(_) => refer::refer(here, conn),
    }
}

/// We go in; what is said there then reaches us.
fn invited(here: &Here<'_>, conn: &mut Conn) -> Result<Arrival, AppError> {
    let (app, now) = (here.batch.app(), here.batch.now);
    let key = &here.conversation.key;
    let enter = NewJob {
        id: app.ids().make(now),
        kind: ENTER_CONVERSATION,
        payload: json!({ "inbox": here.inbox.id, "conversation": key }).to_string(),
        run_at: now,
        dedup_key: Some(format!("{} {key}", here.inbox.id)),
    };
    jobs::enqueue(conn, &[enter], now)?;
    Ok(Arrival::Unshown("we were asked into the conversation, and go in".to_owned()))
}

/// Whether it may be a reply of ours that the platform repeats to us before we know its id: one is being
/// handed over in this conversation at this moment.
fn is_under_way(here: &Here<'_>, conn: &mut Conn) -> Result<bool, AppError> {
    if !here.is_no_customers() {
        return Ok(false);
    }
    let Some(ticket) = store::ticket_of(conn, here.inbox.id, &here.conversation.key)? else {
        return Ok(false);
    };
    let since = here.batch.now.plus_seconds(-outgoing::GRACE_SECONDS);
    Ok(stored_outgoing::is_under_way(conn, ticket, since)?)
}

/// Its delivery is looked at again when the id is known, or the time of grace is over.
fn under_way() -> AppError {
    let why = "it may be a reply of ours that is being sent at this moment";
    AppError::unavailable(UNDER_WAY, why)
}

/// The item that an event made or changed.
fn item_made(conn: &mut Conn, here: &Here<'_>) -> Result<Option<ItemId>, AppError> {
    let object = match &here.event.what {
        Happened::Message { object, .. } => Some(object),
        Happened::Event(event) => Some(&event.object),
        Happened::Unknown { object, .. } => object.as_ref(),
        _ => refers_to(here.event).first(),
    };
    let item = object.map(|object| store::item_of(conn, here.inbox.id, object)).transpose()?;
    Ok(item.flatten())
}

/// A message, on the timeline of who wrote it, in the ticket of its conversation.
fn message(
    here: &Here<'_>,
    conn: &mut Conn,
    object: &str,
    content: &Content,
) -> Result<Arrival, AppError> {
    let Here { batch, inbox, event, at, .. } = here;
    let (place, subject) = match conversation::place(here, conn, content)? {
        Ok(place) => place,
        Err(why) => return Ok(Arrival::Quarantined(why)),
    };
    let mut item = item_of(here, &place, subject, object, content);
    let waiting = store::take_parked(conn, inbox.id, object)?;
    for (_, event) in &waiting {
        refer::apply(&mut item, event, event.occurred_at.unwrap_or(*at));
    }
    timeline::insert(conn, &mut item)?;
    store::note_object(conn, inbox.id, object, item.id)?;
    for (delivery, _) in &waiting {
        deliveries::found_item(conn, *delivery, item.id)?;
    }
    facts::of_item_by(&batch.desk.fact_rules, batch.app(), conn, &item)?;
    remote_files::enqueue(batch.app(), conn, &item, false, batch.now)?;
    customers::touch(conn, item.customer, *at)?;
    if matches!(here.author(), Author::Customer) && !place.is_new && !place.third_party {
        outgoing::stop_waiting(batch.app(), conn, &place.ticket, batch.now)?;
    }
    let what = match event.direction {
        Direction::Inbound => Happening::MessageReceived { item: item.id },
        Direction::Outbound => Happening::MessageCreated { item: item.id },
    };
    let told = batch.app().event(&Actor::system(), batch.now, what);
    events::append(conn, &[told.of_ticket(&place.ticket)])?;
    let mut documents = place.documents;
    documents.push(document_of_item(&item, Some(&place.ticket)));
    Ok(Arrival::Stored(item.id, documents))
}

fn item_of(
    here: &Here<'_>,
    place: &Place,
    subject: Option<String>,
    object: &str,
    content: &Content,
) -> TimelineItem {
    let Here { batch, said, event, at, .. } = here;
    let id: ItemId = batch.app().ids().make(batch.now);
    let (body, body_cut) = tidy_body(&content.text);
    let detail = MessageDetail {
        subject,
        from: from_of(event),
        third_party: place.third_party,
        body_cut,
        html_blob: said.html_blob.clone(),
        platform: Some(Box::new(platform_of(here, object, content))),
        owner_reason: place.owner.clone(),
        thread_reason: Some(place.reason.clone()),
        ..MessageDetail::new(event.direction)
    };
    TimelineItem {
        id,
        customer: place.record,
        key: OrderKey::new(*at, id, 0),
        kind: ItemKind::Message,
        channel: place.ticket.channel,
        visibility: Visibility::Public,
        ticket: Some(place.ticket.id),
        inbox: Some(place.ticket.inbox),
        identity: place.identity,
        author: here.author(),
        occurred_at: *at,
        created_at: batch.now,
        body,
        detail: Detail::Message(Box::new(detail)),
    }
}

fn platform_of(here: &Here<'_>, object: &str, content: &Content) -> Platform {
    let Here { event, conversation, .. } = here;
    Platform {
        kind: event.provider_kind.clone(),
        object: object.to_owned(),
        audience: conversation.audience,
        url: conversation.url.clone(),
        answers: conversation.answers.clone(),
        files: content.files.iter().cloned().map(SentFile::new).collect(),
        extra: event.extra.clone(),
        ..Platform::default()
    }
}

fn from_of(event: &ChannelEvent) -> Option<Party> {
    let address = event.who.hints.first().map(|hint| hint.display.clone()).unwrap_or_default();
    let name = event.who.name.clone();
    (name.is_some() || !address.is_empty()).then_some(Party { address, name })
}
