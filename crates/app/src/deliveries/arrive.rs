//! A message arrives: what it is, whose, in which ticket, and all that is saved for it, step by step.
//! Each step is done by a module beside this one.

use throughline_core::actor::Actor;
use throughline_core::delivery::Delivery;
use throughline_core::id::ItemId;
use throughline_core::identity::{Identity, Proof};
use throughline_core::inbound::{InboundMessage, Nature, Party, Trust};
use throughline_core::inbox::Inbox;
use throughline_core::mail_settings::MailSettings;
use throughline_core::reason::Reason;
use throughline_core::threading::{self, Decision, Fingerprint, Thread};
use throughline_core::ticket::tidy_subject;
use throughline_core::ticket_link::LinkKind;
use throughline_core::time::Instant;
use throughline_core::timeline::{Detail, TimelineItem, occurrence, tidy_body};
use throughline_store::mail_ids::{self, Noted};
use throughline_store::{Conn, identities, timeline};

use super::desk::Batch;
use super::keep::{keep, trust_of};
use super::named::{self, Ids, Looked};
use super::place::{CameBy, Joining, Opening, Place, Sender, join, open};
use super::returned;
use super::study::Studied;
use crate::index::{Document, document_with};
use crate::{AppError, customers as customer_cases, outgoing};

/// A message whose files are stored.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    /// The message.
    pub message: InboundMessage,
    /// Where each attachment went, in their order; their own bytes are gone.
    pub files: Vec<StoredFile>,
    /// The blob of the HTML.
    pub html_blob: Option<String>,
    /// What its text holds.
    pub studied: Studied,
    /// Its size at its source in bytes, when only its header was taken.
    pub left_at_source: Option<i64>,
}

/// A file in the blob store.
#[derive(Debug, Clone)]
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
    /// It is a mail of ours that came back; the message, if it is still known.
    OwnMail(Option<ItemId>),
    /// There is nothing to show of it; the text says why.
    Unshown(String),
    /// It cannot be placed; the text says why.
    Quarantined(String),
}

/// Places a message on a timeline.
pub(super) fn message(
    batch: &Batch<'_>,
    conn: &mut Conn,
    delivery: &Delivery,
    inbox: &Inbox,
    mut prepared: Prepared,
) -> Result<Arrival, AppError> {
    let tokens = std::mem::take(&mut prepared.studied.tokens);
    let mail = &prepared.message;
    let own_id = mail.message_id.as_deref().and_then(threading::normalise_id);
    let ids = Ids::of(conn, mail)?;
    if let Some(arrival) = known_already(batch, conn, inbox, own_id.as_deref(), mail, &ids)? {
        return Ok(arrival);
    }
    let settings = batch.settings(inbox.id);
    let trust = trust_of(mail, &settings);
    let mut writer = Writer::of(conn, mail, trust.as_ref())?;
    writer.note_proof(conn, batch.now)?;
    let from = writer.for_decision();
    let mut looked = named::decide(batch.desk, conn, inbox, &settings, mail, ids, &from)?;
    by_recipient(conn, inbox, mail, &mut looked, delivery.received_at)?;
    let at = occurrence(mail.written_at, delivery.received_at);
    let history = delivery.import.is_some();
    let when = When { received: delivery.received_at, at, history };
    let place = match place(batch, conn, inbox, mail, &writer, looked.decision, when)? {
        Ok(place) => place,
        Err(why) => return Ok(Arrival::Quarantined(why)),
    };
    let bounce = mail.bounce.clone().map(|report| returned::info(conn, report, looked.bounced));
    let bounce = bounce.transpose()?;
    let bulk = mail.by_list || mail.nature != Nature::Personal;
    if !history {
        answer(batch, conn, inbox, &settings, mail, trust.as_ref(), &place, &writer)?;
    }
    let item = keep(batch, conn, &place, prepared, trust, bounce.clone(), at)?;
    // Whoever may be forged teaches us nothing but his own id.
    let named = if writer.unaligned { &[] } else { looked.named.as_slice() };
    let noted =
        Noted { ticket: place.ticket.id, item: item.id, own: own_id.as_deref(), named, bulk };
    mail_ids::note_message(conn, noted, batch.now)?;
    bounce.iter().try_for_each(|bounce| returned::note(batch, conn, bounce))?;
    let mut documents = place.documents;
    documents.push(document_with(&item, Some(&place.ticket), &tokens));
    Ok(Arrival::Stored(item.id, documents))
}

/// What a message does to mails of ours: replies that were to go only if the customer stayed silent are
/// stopped, and who opens a ticket is told that it arrived.
fn answer(
    batch: &Batch<'_>,
    conn: &mut Conn,
    inbox: &Inbox,
    settings: &MailSettings,
    mail: &InboundMessage,
    trust: Option<&Trust>,
    place: &Place,
    writer: &Writer,
) -> Result<(), AppError> {
    let (app, now) = (batch.app(), batch.now);
    if !place.is_new && !place.third_party {
        outgoing::stop_on_answer(app, conn, &place.ticket, mail, now)?;
    }
    if let (true, Ok(sender)) = (place.is_new, &writer.sender) {
        let to = &sender.address;
        outgoing::acknowledge(app, conn, inbox, settings, mail, trust, &place.ticket, to, now)?;
    }
    Ok(())
}

/// Who wrote.
struct Writer {
    /// The sender, or why there is none that could be a customer.
    sender: Result<Sender, String>,
    /// The identity of that address, when we know it.
    known: Option<Identity>,
    /// Whether the address may be forged.
    unaligned: bool,
}

impl Writer {
    fn of(conn: &mut Conn, mail: &InboundMessage, trust: Option<&Trust>) -> Result<Self, AppError> {
        let unaligned = matches!(trust, Some(Trust::Unaligned { .. }));
        let aligned = matches!(trust, Some(Trust::Aligned { .. }));
        let proof = if aligned { Proof::AlignedMail } else { Proof::None };
        let sender = Sender::of(mail, proof);
        let known = match &sender {
            Ok(sender) => identities::by_email(conn, &sender.address)?,
            Err(_) => None,
        };
        Ok(Self { sender, known, unaligned })
    }

    /// The first mail that proves an address is noted.
    fn note_proof(&mut self, conn: &mut Conn, now: Instant) -> Result<(), AppError> {
        if let (Some(known), Ok(sender)) = (&mut self.known, &self.sender)
            && known.proof == Proof::None
            && sender.proof != Proof::None
        {
            identities::prove(conn, known.id, sender.proof, now)?;
            (known.proof, known.proved_at) = (sender.proof, Some(now));
        }
        Ok(())
    }

    fn for_decision(&self) -> named::From<'_> {
        let address = self.sender.as_ref().ok().map(|sender| &sender.address);
        named::From { address, known: self.known.as_ref(), unaligned: self.unaligned }
    }
}

/// A mail that need not be placed: our own, or a copy of one that is here.
fn known_already(
    batch: &Batch<'_>,
    conn: &mut Conn,
    inbox: &Inbox,
    own_id: Option<&str>,
    mail: &InboundMessage,
    ids: &Ids,
) -> Result<Option<Arrival>, AppError> {
    if let Some(own) = returned::own_mail(batch.desk, conn, mail)? {
        return Ok(Some(Arrival::OwnMail(own.item)));
    }
    let seen = own_id.filter(|own_id| ids.seen(own_id));
    let copy = seen.map(|own_id| copy_of(conn, inbox, own_id, mail)).transpose()?.flatten();
    Ok(copy.map(Arrival::Duplicate))
}

/// When a message reached us, and when it occurred.
#[derive(Clone, Copy)]
pub(super) struct When {
    /// When it reached us.
    pub received: Instant,
    /// When it occurred.
    pub at: Instant,
    /// Whether an import of old mails brought it: then nobody waits for an answer.
    pub history: bool,
}

/// A bounce that names no mail is placed by the address that it names.
fn by_recipient(
    conn: &mut Conn,
    inbox: &Inbox,
    mail: &InboundMessage,
    looked: &mut Looked,
    received: Instant,
) -> Result<(), AppError> {
    let Some(report) = mail.bounce.as_ref().filter(|_| looked.named.is_empty()) else {
        return Ok(());
    };
    if let Some((item, ticket)) = returned::by_recipient(conn, inbox, report, received)? {
        let address = report.recipients.first().cloned().unwrap_or_default();
        let thread = Thread::Existing(ticket);
        let reason = Reason::BounceTo { address };
        looked.decision = Decision { thread, reason, third_party: false, related: None };
        looked.bounced = Some(item);
    }
    Ok(())
}

/// Joins the ticket that was decided on, or opens one. Answers why it can do neither.
fn place(
    batch: &Batch<'_>,
    conn: &mut Conn,
    inbox: &Inbox,
    mail: &InboundMessage,
    writer: &Writer,
    decision: Decision,
    when: When,
) -> Result<Result<Place, String>, AppError> {
    let Decision { thread, mut reason, third_party, related } = decision;
    let mut link = related.map(|ticket| (ticket, LinkKind::Related));
    if let Thread::Existing(id) = thread {
        let customer = writer.known.as_ref().map(|identity| identity.customer);
        match join(batch, conn, id, mail, customer, when)? {
            Joining::Joined(ticket) => {
                let came = came_by(batch, conn, inbox, mail, writer, when)?;
                let place = Place::joined(conn, ticket, came, reason, third_party)?;
                return Ok(Ok(place));
            }
            Joining::Over(ticket) if third_party => {
                reason = Reason::SenderTakesNoPart { named: ticket.id };
                link = Some((ticket.id, LinkKind::Related));
            }
            Joining::Over(ticket) => {
                reason = Reason::Continues { ticket: ticket.id, number: ticket.number };
                link = Some((ticket.id, LinkKind::Continues));
            }
            Joining::Gone => reason = Reason::NoKnownReference,
        }
    }
    match &writer.sender {
        // A server that reports on mail we do not know is nobody's customer.
        Ok(sender) if mail.nature == Nature::Bounce && returned::is_machine(&sender.address) => {
            Ok(Err("it reports on a mail that is not known here".to_owned()))
        }
        Ok(sender) => {
            let known = writer.known.as_ref();
            let opening = Opening { sender, known, message: mail, reason, link, when };
            open(batch, conn, inbox, opening).map(Ok)
        }
        Err(why) => Ok(Err(why.clone())),
    }
}

/// The identity by which a message came that joins a ticket. A sender whom we do not know yet becomes
/// a customer, in his own right and not in that of the ticket; a server that reports does not.
fn came_by(
    batch: &Batch<'_>,
    conn: &mut Conn,
    inbox: &Inbox,
    mail: &InboundMessage,
    writer: &Writer,
    when: When,
) -> Result<CameBy, AppError> {
    let sender = match (&writer.known, &writer.sender) {
        (Some(known), _) => {
            let (identity, record) = (Some(known.id), Some(known.customer));
            return Ok(CameBy { identity, record, ..CameBy::default() });
        }
        (None, Ok(sender)) if mail.nature != Nature::Bounce => sender,
        (None, _) => return Ok(CameBy::default()),
    };
    let (app, system, source) = (batch.app(), Actor::system(), inbox.channel.as_str());
    let Sender { address, party, proof } = sender;
    let (proof, at, now) = (*proof, when.at, batch.now);
    let owner =
        customer_cases::owner_of(app, conn, &system, address, None, party, proof, source, at, now)?;
    Ok(CameBy {
        identity: Some(owner.identity),
        record: Some(owner.customer.id),
        owner: Some(owner.reason),
        documents: owner.document.into_iter().collect(),
    })
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
