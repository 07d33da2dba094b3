//! A message arrives: whose it is, which ticket, and all that is saved for it.

use throughline_core::actor::Actor;
use throughline_core::delivery::Delivery;
use throughline_core::event::Happening;
use throughline_core::id::{IdentityId, ItemId};
use throughline_core::identity::EmailAddress;
use throughline_core::inbound::{InboundAttachment, InboundMessage, Nature, Party};
use throughline_core::inbox::Inbox;
use throughline_core::reason::Reason;
use throughline_core::threading::{self, Fingerprint, Thread};
use throughline_core::ticket::{Priority, StatusCategory, Ticket, tidy_subject};
use throughline_core::ticket_change::{self, TicketChange};
use throughline_core::time::Instant;
use throughline_core::timeline::{
    AttachmentInfo, Author, Detail, Direction, ItemKind, MessageDetail, OrderKey, TimelineItem,
    Visibility, occurrence, tidy_body,
};
use throughline_store::attachments::Attachment;
use throughline_store::{
    Conn, attachments, customers, events, identities, mail_ids, statuses, tickets, timeline,
};

use crate::index::{Document, document_of_item};
use crate::tickets::{note_changes, save};
use crate::{App, AppError, customers as customer_cases};

/// A message whose files are stored.
#[derive(Clone)]
pub(super) struct Prepared {
    /// The message.
    pub message: InboundMessage,
    /// Where each attachment went, in their order; their own bytes are gone.
    pub files: Vec<StoredFile>,
    /// The blob of the HTML.
    pub html_blob: Option<String>,
}

/// A file in the blob store.
#[derive(Clone)]
pub(super) struct StoredFile {
    /// The name of its blob.
    pub blob: String,
    /// Its size in bytes.
    pub size: i64,
}

/// What became of a message.
pub(super) enum Arrival {
    /// It is on a timeline; the documents are to be indexed.
    Stored(ItemId, Vec<Document>),
    /// The same message had come before.
    Duplicate(ItemId),
    /// It cannot be placed; the text says why.
    Quarantined(String),
}

/// Places a message on a timeline.
pub(super) fn message(
    app: &App,
    conn: &mut Conn,
    delivery: &Delivery,
    inbox: &Inbox,
    prepared: Prepared,
    now: Instant,
) -> Result<Arrival, AppError> {
    let sender = Sender::of(&prepared.message);
    let own_id = prepared.message.message_id.as_deref().and_then(threading::normalise_id);
    if let Some(own_id) = &own_id
        && let Some(copy) = copy_of(conn, inbox, own_id, &prepared.message)?
    {
        return Ok(Arrival::Duplicate(copy));
    }
    let mut named = threading::candidates(&prepared.message);
    if let Some(mail_id) = own_id.clone() {
        // Another mail may have named this one before it came.
        named.push(threading::Candidate { mail_id, header: "named_before" });
    }
    let ids: Vec<String> = named.iter().map(|candidate| candidate.mail_id.clone()).collect();
    let known = match &sender {
        Ok(sender) => identities::by_email(conn, &sender.address)?,
        Err(_) => None,
    };
    let sightings = mail_ids::sightings(conn, &ids, inbox.id, known.as_ref().map(|i| i.customer))?;
    let (thread, reason) = threading::decide(&named, &sightings);
    let at = occurrence(prepared.message.written_at, delivery.received_at);
    let place = match thread {
        Thread::Existing(id) => join(app, conn, id, &prepared.message, at, now)?,
        Thread::New => None,
    };
    let place = match (place, &sender) {
        (Some(ticket), _) => Place {
            ticket,
            identity: known.map(|i| i.id),
            owner: None,
            reason,
            documents: Vec::new(),
        },
        (None, Ok(from)) => open(app, conn, inbox, from, &prepared.message, reason, at, now)?,
        (None, Err(why)) => return Ok(Arrival::Quarantined(why.clone())),
    };
    let item = keep(app, conn, &place, prepared, at, now)?;
    mail_ids::note(conn, place.ticket.id, item.id, own_id.as_deref(), &ids, now)?;
    let mut documents = place.documents;
    documents.push(document_of_item(&item, &place.ticket));
    Ok(Arrival::Stored(item.id, documents))
}

/// Who wrote, in the form by which customers are found and in the form as written.
struct Sender {
    address: EmailAddress,
    party: Party,
}

impl Sender {
    /// The sender, or why there is none that could be a customer. Bounces often have none; they
    /// are placed by what they bounce.
    fn of(message: &InboundMessage) -> Result<Self, String> {
        let Some(party) = message.from.clone() else {
            return Err("it names no sender: there is no From address".to_owned());
        };
        match EmailAddress::parse(&party.address) {
            Ok(address) => Ok(Self { address, party }),
            Err(error) => Err(format!("its sender is not usable: {error}")),
        }
    }
}

/// Where a message goes, and why.
struct Place {
    ticket: Ticket,
    identity: Option<IdentityId>,
    /// Why it is this customer's, when that was decided anew.
    owner: Option<Reason>,
    /// Why it is in this ticket.
    reason: Reason,
    /// What was made on the way and is to be indexed.
    documents: Vec<Document>,
}

/// The stored message of which this is a copy.
fn copy_of(
    conn: &mut Conn,
    inbox: &Inbox,
    own_id: &str,
    message: &InboundMessage,
) -> Result<Option<ItemId>, AppError> {
    let carriers = mail_ids::carriers(conn, own_id, inbox.id)?;
    if carriers.is_empty() {
        return Ok(None);
    }
    let new = Fingerprint {
        from: from_of(message.from.as_ref()),
        subject: tidy_subject(message.subject.as_deref().unwrap_or_default()),
        body: tidy_body(&message.text).0,
    };
    let stored = timeline::by_ids(conn, &Actor::system(), &carriers)?;
    let copy = stored.into_iter().find(|item| threading::is_copy(&fingerprint(item), &new));
    Ok(copy.map(|item| item.id))
}

fn fingerprint(item: &TimelineItem) -> Fingerprint {
    let Detail::Message(message) = &item.detail else {
        return Fingerprint { from: String::new(), subject: String::new(), body: String::new() };
    };
    Fingerprint {
        from: from_of(message.from.as_ref()),
        subject: message.subject.clone().unwrap_or_default(),
        body: item.body.clone(),
    }
}

fn from_of(party: Option<&Party>) -> String {
    party.map(|party| party.address.trim().to_lowercase()).unwrap_or_default()
}

/// A message joins a ticket: it reopens it if a person wrote, and moves it up in the lists.
fn join(
    app: &App,
    conn: &mut Conn,
    id: throughline_core::id::TicketId,
    message: &InboundMessage,
    at: Instant,
    now: Instant,
) -> Result<Option<Ticket>, AppError> {
    let system = Actor::system();
    tickets::lock(conn, id)?;
    let Some(before) = tickets::get(conn, &system, id)? else { return Ok(None) };
    let reopen = message.nature == Nature::Personal && before.category != StatusCategory::Open;
    let all = if reopen { statuses::list(conn)? } else { Vec::new() };
    let status = all.into_iter().find(|status| status.category == StatusCategory::Open);
    let wish = TicketChange { status, ..TicketChange::default() };
    let (mut after, changes) = ticket_change::apply(&before, wish, now);
    after.last_message_at = before.last_message_at.max(Some(at));
    save(app, conn, &before, &mut after, now)?;
    if !changes.is_empty() {
        note_changes(app, conn, &system, &after, changes, now)?;
    }
    Ok(Some(after))
}

fn open(
    app: &App,
    conn: &mut Conn,
    inbox: &Inbox,
    sender: &Sender,
    message: &InboundMessage,
    reason: Reason,
    at: Instant,
    now: Instant,
) -> Result<Place, AppError> {
    let system = Actor::system();
    let source = inbox.channel.as_str();
    let Sender { address, party } = sender;
    let owner = customer_cases::owner_of(app, conn, &system, address, party, source, at, now)?;
    let subject = tidy_subject(message.subject.as_deref().unwrap_or_default());
    let ticket = Ticket {
        id: app.ids().make(now),
        number: tickets::next_number(conn)?,
        customer: owner.customer.id,
        inbox: inbox.id,
        channel: inbox.channel,
        subject,
        status: "open".to_owned(),
        category: StatusCategory::Open,
        priority: Priority::Normal,
        assignee_agent: None,
        assignee_team: inbox.default_team,
        created_at: now,
        updated_at: now,
        updated_key: app.ids().stamp(now),
        resolved_at: None,
        last_message_at: Some(at),
        version: 1,
    };
    tickets::insert(conn, &ticket)?;
    let opened = app.event(&system, now, Happening::TicketCreated { number: ticket.number });
    events::append(conn, &[opened.of_ticket(&ticket)])?;
    let documents = owner.document.into_iter().collect();
    Ok(Place {
        ticket,
        identity: Some(owner.identity),
        owner: Some(owner.reason),
        reason,
        documents,
    })
}

/// Saves the item, its files, its event, and the customer's activity.
fn keep(
    app: &App,
    conn: &mut Conn,
    place: &Place,
    prepared: Prepared,
    at: Instant,
    now: Instant,
) -> Result<TimelineItem, AppError> {
    let id = app.ids().make(now);
    let files = files_of(app, id, &prepared, now);
    let Prepared { message, files: _, html_blob } = prepared;
    let (body, body_cut) = tidy_body(&message.text);
    let detail = MessageDetail {
        subject: Some(tidy_subject(message.subject.as_deref().unwrap_or_default())),
        from: message.from,
        to: message.to,
        cc: message.cc,
        message_id: message.message_id.as_deref().and_then(threading::normalise_id),
        nature: Some(message.nature),
        body_cut,
        html_blob,
        attachments: files.iter().map(|file| file.info.clone()).collect(),
        owner_reason: place.owner.clone(),
        thread_reason: Some(place.reason.clone()),
        ..MessageDetail::new(Direction::Inbound)
    };
    let machine = message.nature == Nature::Bounce;
    let mut item = TimelineItem {
        id,
        customer: place.ticket.customer,
        key: OrderKey::new(at, id, 0),
        kind: ItemKind::Message,
        channel: place.ticket.channel,
        visibility: Visibility::Public,
        ticket: place.ticket.id,
        inbox: place.ticket.inbox,
        identity: place.identity,
        author: if machine { Author::System } else { Author::Customer },
        occurred_at: at,
        created_at: now,
        body,
        detail: Detail::Message(Box::new(detail)),
    };
    timeline::insert(conn, &mut item)?;
    attachments::insert(conn, &files)?;
    customers::touch(conn, item.customer, at)?;
    let event = app.event(&Actor::system(), now, Happening::MessageReceived { item: id });
    events::append(conn, &[event.of_ticket(&place.ticket)])?;
    Ok(item)
}

fn files_of(app: &App, item: ItemId, prepared: &Prepared, now: Instant) -> Vec<Attachment> {
    let file = |(file, stored): (&InboundAttachment, &StoredFile)| Attachment {
        info: AttachmentInfo {
            id: app.ids().make(now),
            name: file.name.as_deref().map(clean),
            media_type: clean(&file.media_type),
            size: stored.size,
            inline: file.inline,
        },
        item,
        blob: stored.blob.clone(),
        content_id: file.content_id.as_deref().map(clean),
    };
    prepared.message.attachments.iter().zip(&prepared.files).map(file).collect()
}

/// Without control characters: PostgreSQL cannot hold NUL, and nobody can read the others.
fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
