//! Something came by a channel other than mail: it becomes an item, or changes one, or waits for the one
//! that it refers to. What it does is decided by its key once, however often and by whichever way it comes.

use throughline_core::actor::Actor;
use throughline_core::event::Happening;
use throughline_core::id::{ItemId, PushedEventId, TicketId};
use throughline_core::identity::Key;
use throughline_core::inbound::{ChannelEvent, Content, Conversation, Happened, Party, Role};
use throughline_core::inbox::Inbox;
use throughline_core::platform::{Platform, refers_to};
use throughline_core::reason::Reason;
use throughline_core::ticket::Ticket;
use throughline_core::ticket_link::LinkKind;
use throughline_core::time::Instant;
use throughline_core::timeline::{
    Author, Detail, Direction, ItemKind, MessageDetail, OrderKey, PushedDetail, TimelineItem,
    Visibility, occurrence, tidy_body,
};
use throughline_store::{
    Conn, channel_objects as store, customers, events, redaction, ticket_links, tickets, timeline,
};

use super::arrive::Arrival;
use super::desk::Batch;
use super::place::{CameBy, Place, enter, held, is_one, new_ticket};
use crate::customers::owner_of_hints;
use crate::index::{Document, document_of_item};
use crate::{AppError, facts, profiles};

/// The longest subject that is made of a text, in characters.
const MAX_SUBJECT: usize = 80;

/// By what the sender of an event is found.
pub(super) fn keys(event: &ChannelEvent) -> Vec<Key> {
    event.who.hints.iter().map(|hint| hint.key.clone()).collect()
}

/// Does what an event says.
pub(super) fn event(
    batch: &Batch<'_>,
    conn: &mut Conn,
    received: Instant,
    inbox: &Inbox,
    event: &ChannelEvent,
) -> Result<Arrival, AppError> {
    let at = occurrence(event.occurred_at, received);
    if store::is_done(conn, inbox.id, &event.key)? {
        return Ok(match item_made(conn, inbox, event)? {
            Some(item) => Arrival::Duplicate(item),
            None => Arrival::Unshown("it had come before".to_owned()),
        });
    }
    let arrival = match &event.what {
        Happened::Nothing { why } => return Ok(Arrival::Unshown(why.clone())),
        Happened::Message { object, content } => {
            if let Some(item) = store::item_of(conn, inbox.id, object)? {
                return Ok(Arrival::Duplicate(item));
            }
            message(batch, conn, inbox, event, object, content, at)?
        }
        Happened::Unknown { object, content } => {
            unknown(batch, conn, inbox, event, object.as_deref(), content, at)?
        }
        Happened::Edit { .. }
        | Happened::Deletion { .. }
        | Happened::Reaction { .. }
        | Happened::Receipt(_) => refer(batch, conn, inbox, event, at)?,
    };
    // What could not be placed is tried again when its delivery is replayed.
    let done = !matches!(arrival, Arrival::Quarantined(_));
    if done && !store::note_event(conn, inbox.id, &event.key, batch.now)? {
        // Another worker was quicker: nothing of this is kept, and the job finds it done.
        return Err(AppError::internal("an event was done by another worker meanwhile"));
    }
    Ok(arrival)
}

/// The item that an event made or changed.
fn item_made(
    conn: &mut Conn,
    inbox: &Inbox,
    event: &ChannelEvent,
) -> Result<Option<ItemId>, AppError> {
    let object = match &event.what {
        Happened::Message { object, .. } => Some(object),
        Happened::Unknown { object, .. } => object.as_ref(),
        _ => refers_to(event).first(),
    };
    let item = object.map(|object| store::item_of(conn, inbox.id, object)).transpose()?;
    Ok(item.flatten())
}

/// A message, on the timeline of who wrote it, in the ticket of its conversation.
fn message(
    batch: &Batch<'_>,
    conn: &mut Conn,
    inbox: &Inbox,
    event: &ChannelEvent,
    object: &str,
    content: &Content,
    at: Instant,
) -> Result<Arrival, AppError> {
    let conversation = conversation_of(event);
    let place = match place(batch, conn, inbox, event, &conversation, content, at)? {
        Ok(place) => place,
        Err(why) => return Ok(Arrival::Quarantined(why)),
    };
    let mut item = item_of(batch, &place, event, object, content, &conversation, at);
    let waiting = store::take_parked(conn, inbox.id, object)?;
    change_by(&mut item, &waiting, at);
    timeline::insert(conn, &mut item)?;
    store::note_object(conn, inbox.id, object, item.id)?;
    facts::of_item_by(&batch.fact_rules, batch.app(), conn, &item)?;
    customers::touch(conn, item.customer, at)?;
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

fn change_by(item: &mut TimelineItem, waiting: &[ChannelEvent], at: Instant) {
    let TimelineItem { body, detail: Detail::Message(message), .. } = item else { return };
    let Some(platform) = &mut message.platform else { return };
    for event in waiting {
        platform.change(body, event, event.occurred_at.unwrap_or(at));
    }
}

/// What stands alone is a conversation of its own.
fn conversation_of(event: &ChannelEvent) -> Conversation {
    let alone = || Conversation { key: event.key.clone(), ..Conversation::default() };
    event.conversation.clone().unwrap_or_else(alone)
}

/// The ticket in which the conversation goes on, or a new one. Answers why there is neither.
fn place(
    batch: &Batch<'_>,
    conn: &mut Conn,
    inbox: &Inbox,
    event: &ChannelEvent,
    conversation: &Conversation,
    content: &Content,
    at: Instant,
) -> Result<Result<Place, String>, AppError> {
    let ours = event.direction == Direction::Outbound || event.who.role != Role::Customer;
    let known = store::ticket_of(conn, inbox.id, &conversation.key)?;
    let before = known.map(|id| held(conn, id)).transpose()?.flatten();
    let over = before.as_ref().is_some_and(|ticket| is_over(batch, inbox, ticket, at));
    match before {
        Some(ticket) if ours => {
            let ticket = enter(batch.app(), conn, ticket, false, at, batch.now)?;
            let reason = same(conversation);
            Ok(Ok(Place::joined(conn, ticket, CameBy::default(), reason, false)?))
        }
        None if ours => Ok(Err("it is ours, and nothing of its conversation is here".to_owned())),
        _ if event.who.hints.is_empty() => Ok(Err("it does not say who wrote it".to_owned())),
        Some(ticket) if !over => join(batch, conn, inbox, event, ticket, conversation, at).map(Ok),
        older => {
            let older = older.map(|ticket| ticket.id);
            open(batch, conn, inbox, event, conversation, content, older, at).map(Ok)
        }
    }
}

fn same(conversation: &Conversation) -> Reason {
    Reason::SameConversation { conversation: conversation.key.clone() }
}

/// Whether a ticket was resolved so long ago that what is written now is another matter.
fn is_over(batch: &Batch<'_>, inbox: &Inbox, ticket: &Ticket, at: Instant) -> bool {
    let days = i64::from(batch.settings(inbox.id).continue_after_days);
    let end = ticket.resolved_at.map(|resolved| resolved.plus_seconds(days * 24 * 60 * 60));
    end.is_some_and(|end| at > end)
}

/// Another message of a conversation: of the customer of its ticket, or of somebody who takes part.
fn join(
    batch: &Batch<'_>,
    conn: &mut Conn,
    inbox: &Inbox,
    event: &ChannelEvent,
    ticket: Ticket,
    conversation: &Conversation,
    at: Instant,
) -> Result<Place, AppError> {
    let (app, system) = (batch.app(), Actor::system());
    let source = inbox.channel.as_str();
    let owned = owner_of_hints(app, conn, &system, &event.who.hints, source, at, batch.now)?;
    let ticket = enter(app, conn, ticket, true, at, batch.now)?;
    let third_party = !is_one(conn, owned.customer.id, ticket.customer)?;
    let came = CameBy {
        identity: Some(owned.identity),
        record: Some(owned.customer.id),
        owner: Some(owned.reason),
        documents: owned.document.into_iter().collect(),
    };
    Place::joined(conn, ticket, came, same(conversation), third_party)
}

/// The first message of a conversation, or the first since its ticket was over.
fn open(
    batch: &Batch<'_>,
    conn: &mut Conn,
    inbox: &Inbox,
    event: &ChannelEvent,
    conversation: &Conversation,
    content: &Content,
    older: Option<TicketId>,
    at: Instant,
) -> Result<Place, AppError> {
    let (app, now, system) = (batch.app(), batch.now, Actor::system());
    let source = inbox.channel.as_str();
    let mut owned = owner_of_hints(app, conn, &system, &event.who.hints, source, at, now)?;
    profiles::heard_text(app, conn, &mut owned.customer, &content.text, now)?;
    let subject = subject_of(conversation, content);
    let record = owned.customer.id;
    let ticket = new_ticket(app, conn, &system, inbox, record, &subject, Some(at), now)?;
    if let Some(older) = older {
        ticket_links::link(conn, ticket.id, older, LinkKind::Continues, now)?;
    }
    store::continue_in(conn, inbox.id, &conversation.key, ticket.id)?;
    Ok(Place {
        record,
        ticket,
        is_new: true,
        identity: Some(owned.identity),
        owner: Some(owned.reason),
        reason: Reason::NewConversation { conversation: conversation.key.clone() },
        third_party: false,
        documents: owned.document.into_iter().collect(),
    })
}

/// What the platform says it is about; else how it begins.
fn subject_of(conversation: &Conversation, content: &Content) -> String {
    let given = conversation.subject.as_deref().filter(|subject| !subject.trim().is_empty());
    let line = || content.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let text = given.unwrap_or_else(line);
    match text.char_indices().nth(MAX_SUBJECT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default().trim_end()),
        None => text.to_owned(),
    }
}

fn item_of(
    batch: &Batch<'_>,
    place: &Place,
    event: &ChannelEvent,
    object: &str,
    content: &Content,
    conversation: &Conversation,
    at: Instant,
) -> TimelineItem {
    let id: ItemId = batch.app().ids().make(batch.now);
    let (body, body_cut) = tidy_body(&content.text);
    let platform = Platform {
        kind: event.provider_kind.clone(),
        object: object.to_owned(),
        audience: conversation.audience,
        url: conversation.url.clone(),
        answers: conversation.answers.clone(),
        files: content.files.clone(),
        extra: event.extra.clone(),
        ..Platform::default()
    };
    let detail = MessageDetail {
        from: from_of(event),
        third_party: place.third_party,
        body_cut,
        platform: Some(Box::new(platform)),
        owner_reason: place.owner.clone(),
        thread_reason: Some(place.reason.clone()),
        ..MessageDetail::new(event.direction)
    };
    TimelineItem {
        id,
        customer: place.record,
        key: OrderKey::new(at, id, 0),
        kind: ItemKind::Message,
        channel: place.ticket.channel,
        visibility: Visibility::Public,
        ticket: Some(place.ticket.id),
        inbox: Some(place.ticket.inbox),
        identity: place.identity,
        author: author_of(event),
        occurred_at: at,
        created_at: batch.now,
        body,
        detail: Detail::Message(Box::new(detail)),
    }
}

fn author_of(event: &ChannelEvent) -> Author {
    match (event.direction, event.who.role) {
        (Direction::Inbound, Role::Customer) => Author::Customer,
        _ => Author::System,
    }
}

fn from_of(event: &ChannelEvent) -> Option<Party> {
    let address = event.who.hints.first().map(|hint| hint.display.clone()).unwrap_or_default();
    let name = event.who.name.clone();
    (name.is_some() || !address.is_empty()).then_some(Party { address, name })
}

/// Something that nobody here knows: it stands on the timeline under the platform's name for it.
fn unknown(
    batch: &Batch<'_>,
    conn: &mut Conn,
    inbox: &Inbox,
    event: &ChannelEvent,
    object: Option<&str>,
    content: &Content,
    at: Instant,
) -> Result<Arrival, AppError> {
    let (app, now) = (batch.app(), batch.now);
    if event.who.hints.is_empty() {
        let why =
            format!("{} is not known here, and does not say whose it is", event.provider_kind);
        return Ok(Arrival::Unshown(why));
    }
    let (system, source) = (Actor::system(), inbox.channel.as_str());
    let owned = owner_of_hints(app, conn, &system, &event.who.hints, source, at, now)?;
    let ticket = match &event.conversation {
        Some(conversation) => store::ticket_of(conn, inbox.id, &conversation.key)?,
        None => None,
    };
    let pushed: PushedEventId = app.ids().make(now);
    let id = ItemId::from(pushed.get());
    let detail = PushedDetail {
        event: pushed,
        event_type: event.provider_kind.clone(),
        title: event.provider_kind.clone(),
        icon: None,
        fields: Vec::new(),
        data: serde_json::Value::Object(event.extra.clone()),
        owner_reason: Some(owned.reason),
    };
    let mut item = TimelineItem {
        id,
        customer: owned.customer.id,
        key: OrderKey::new(at, id, 0),
        kind: ItemKind::Event,
        channel: inbox.channel,
        visibility: Visibility::Internal,
        ticket,
        inbox: Some(inbox.id),
        identity: Some(owned.identity),
        author: author_of(event),
        occurred_at: at,
        created_at: now,
        body: tidy_body(&content.text).0,
        detail: Detail::Pushed(Box::new(detail)),
    };
    timeline::insert(conn, &mut item)?;
    if let Some(object) = object {
        store::note_object(conn, inbox.id, object, item.id)?;
    }
    customers::touch(conn, item.customer, at)?;
    let mut documents: Vec<Document> = owned.document.into_iter().collect();
    documents.push(document_of_item(&item, None));
    Ok(Arrival::Stored(item.id, documents))
}

/// Something that happened to messages: it changes those that are here, and waits for the others.
fn refer(
    batch: &Batch<'_>,
    conn: &mut Conn,
    inbox: &Inbox,
    event: &ChannelEvent,
    at: Instant,
) -> Result<Arrival, AppError> {
    let (mut first, mut documents) = (None, Vec::new());
    for object in refers_to(event) {
        match store::item_of(conn, inbox.id, object)? {
            Some(item) => {
                documents.extend(change(batch, conn, item, event, at)?);
                first.get_or_insert(item);
            }
            None => {
                let event = ChannelEvent { occurred_at: Some(at), ..event.clone() };
                let id = batch.app().ids().stamp(batch.now);
                store::park(conn, id, inbox.id, object, &event, batch.now)?;
            }
        }
    }
    Ok(match first {
        Some(item) => Arrival::Stored(item, documents),
        None => Arrival::Unshown("it waits for the message that it refers to".to_owned()),
    })
}

/// Changes a message. Answers with what is to be indexed anew.
fn change(
    batch: &Batch<'_>,
    conn: &mut Conn,
    id: ItemId,
    event: &ChannelEvent,
    at: Instant,
) -> Result<Option<Document>, AppError> {
    let Some(mut item) = timeline::hold(conn, id)? else { return Ok(None) };
    let TimelineItem { body, detail: Detail::Message(message), .. } = &mut item else {
        return Ok(None);
    };
    let Some(platform) = &mut message.platform else { return Ok(None) };
    let mut text = std::mem::take(body);
    let changed = platform.change(&mut text, event, at);
    (*body, message.body_cut) = tidy_body(&text);
    if !changed {
        return Ok(None);
    }
    redaction::save(conn, &item)?;
    let system = Actor::system();
    let ticket = match item.ticket {
        Some(ticket) => tickets::get(conn, &system, ticket)?,
        None => None,
    };
    let told = batch.app().event(&system, batch.now, Happening::MessageChanged { item: id });
    let told = match &ticket {
        Some(ticket) => told.of_ticket(ticket),
        None => told.of_customer(item.customer),
    };
    events::append(conn, &[told])?;
    Ok(Some(document_of_item(&item, ticket.as_ref())))
}
