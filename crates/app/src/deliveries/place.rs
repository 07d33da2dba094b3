//! The place of a message: it joins a ticket, or opens one, which may continue or be linked to another.

use throughline_core::actor::Actor;
use throughline_core::event::Happening;
use throughline_core::id::{CustomerId, IdentityId, TicketId};
use throughline_core::identity::{EmailAddress, Identity, Proof};
use throughline_core::inbound::{InboundMessage, Nature, Party};
use throughline_core::inbox::Inbox;
use throughline_core::reason::Reason;
use throughline_core::threading::{self, NamedTicket};
use throughline_core::ticket::{Priority, StatusCategory, Ticket, tidy_subject};
use throughline_core::ticket_change::{self, TicketChange};
use throughline_core::ticket_link::LinkKind;
use throughline_core::time::Instant;
use throughline_store::{Conn, correspondence, customers, events, statuses, ticket_links, tickets};

use super::arrive::When;
use super::desk::Batch;
use crate::index::Document;
use crate::tickets::{note_changes, save};
use crate::{App, AppError, customers as customer_cases, profiles};

/// How many tickets that continue each other are followed to one that is not over.
const MAX_CONTINUATIONS: usize = 10;

/// Who wrote, in the form by which customers are found and in the form as written.
pub(super) struct Sender {
    /// The form by which customers are found.
    pub address: EmailAddress,
    /// As written.
    pub party: Party,
    /// How it was proved that the address is his.
    pub proof: Proof,
}

impl Sender {
    /// The sender, or why there is none that could be a customer. Bounces often have none; they
    /// are placed by what they bounce.
    pub fn of(message: &InboundMessage, proof: Proof) -> Result<Self, String> {
        let Some(party) = message.from.clone() else {
            return Err("it names no sender: there is no From address".to_owned());
        };
        match EmailAddress::parse(&party.address) {
            Ok(address) => Ok(Self { address, party, proof }),
            Err(error) => Err(format!("its sender is not usable: {error}")),
        }
    }
}

/// Where a message goes, and why.
pub(super) struct Place {
    /// The ticket.
    pub ticket: Ticket,
    /// The record that the message is stored with: that of its identity where it is one customer with
    /// that of the ticket, and else that of the ticket.
    pub record: CustomerId,
    /// Whether it was opened for this message.
    pub is_new: bool,
    /// The identity by which the message came.
    pub identity: Option<IdentityId>,
    /// Why it is this customer's, when that was decided anew.
    pub owner: Option<Reason>,
    /// Why it is in this ticket.
    pub reason: Reason,
    /// Whether its sender takes no part in the ticket otherwise.
    pub third_party: bool,
    /// What was made on the way and is to be indexed.
    pub documents: Vec<Document>,
}

/// By whom a message came that joins a ticket.
#[derive(Default)]
pub(super) struct CameBy {
    /// The identity.
    pub identity: Option<IdentityId>,
    /// Its record.
    pub record: Option<CustomerId>,
    /// Why it is this customer's, when that was decided anew.
    pub owner: Option<Reason>,
    /// What was made on the way and is to be indexed.
    pub documents: Vec<Document>,
}

impl Place {
    /// A place in a ticket that was there.
    pub fn joined(
        conn: &mut Conn,
        ticket: Ticket,
        came: CameBy,
        reason: Reason,
        third_party: bool,
    ) -> Result<Self, AppError> {
        let CameBy { identity, record, owner, documents } = came;
        let own = record.filter(|_| !third_party).unwrap_or(ticket.customer);
        let same = own == ticket.customer || is_one(conn, own, ticket.customer)?;
        let record = if same { own } else { ticket.customer };
        Ok(Self { ticket, record, is_new: false, identity, owner, reason, third_party, documents })
    }
}

/// Whether two records are one customer.
pub(super) fn is_one(
    conn: &mut Conn,
    one: CustomerId,
    other: CustomerId,
) -> Result<bool, AppError> {
    Ok(one == other || customers::root(conn, one)? == customers::root(conn, other)?)
}

/// What became of the wish to join a ticket.
pub(super) enum Joining {
    /// It is joined.
    Joined(Ticket),
    /// It is over: open another that is linked to this one.
    Over(Ticket),
    /// It is not there any more.
    Gone,
}

/// A message joins a ticket: it reopens it if a person wrote, and moves it up in the lists. One that is
/// over is left alone, and its continuation is joined where the sender has one.
pub(super) fn join(
    batch: &Batch<'_>,
    conn: &mut Conn,
    id: TicketId,
    message: &InboundMessage,
    sender: Option<CustomerId>,
    when: When,
) -> Result<Joining, AppError> {
    let (mut next, mut over) = (Some(id), None);
    for _ in 0..MAX_CONTINUATIONS {
        let Some(ticket) = next.map(|id| held(conn, id)).transpose()?.flatten() else { break };
        // Whoever continues a ticket goes on in his own; that of another is no place for him.
        let his = |conn: &mut Conn| sender.map_or(Ok(false), |s| is_one(conn, s, ticket.customer));
        if over.is_some() && !his(conn)? {
            break;
        }
        // What is brought in later belongs where it belonged, and wakes nobody.
        if when.history || !is_over(batch, conn, &ticket, message, when.received)? {
            let reopens = message.nature == Nature::Personal && !when.history;
            let entered = enter(batch.app(), conn, ticket, reopens, when.at, batch.now)?;
            return Ok(Joining::Joined(entered));
        }
        next = ticket_links::continuation(conn, ticket.id)?;
        over = Some(ticket);
    }
    Ok(over.map_or(Joining::Gone, Joining::Over))
}

/// A ticket, held until the end of the transaction.
pub(super) fn held(conn: &mut Conn, id: TicketId) -> Result<Option<Ticket>, AppError> {
    tickets::lock(conn, id)?;
    Ok(tickets::get(conn, &Actor::system(), id)?)
}

fn is_over(
    batch: &Batch<'_>,
    conn: &mut Conn,
    ticket: &Ticket,
    message: &InboundMessage,
    received: Instant,
) -> Result<bool, AppError> {
    // What a machine reports belongs to what it reports on, however old that is.
    let opens = matches!(message.nature, Nature::Personal | Nature::AutoGenerated);
    if !opens || ticket.resolved_at.is_none() {
        return Ok(false);
    }
    let days = batch.settings(ticket.inbox).continue_after_days;
    let other = is_other_matter(conn, ticket, message)?;
    Ok(threading::is_over(&NamedTicket::from(ticket), received, days, other))
}

/// Whether no subject of the ticket is that of the message. Agents rename tickets while customers go on
/// under the old subject, so those of its messages count as well.
fn is_other_matter(
    conn: &mut Conn,
    ticket: &Ticket,
    message: &InboundMessage,
) -> Result<bool, AppError> {
    let subject = message.subject.as_deref().unwrap_or_default();
    if threading::same_matter(&ticket.subject, subject) {
        return Ok(false);
    }
    let messages = correspondence::of_ticket(conn, ticket.id)?;
    let mut subjects = messages.iter().filter_map(|message| message.subject.as_deref());
    Ok(!subjects.any(|known| threading::same_matter(known, subject)))
}

/// A message enters a ticket: it reopens it if a person wrote, and moves it up in the lists.
pub(super) fn enter(
    app: &App,
    conn: &mut Conn,
    before: Ticket,
    reopens: bool,
    at: Instant,
    now: Instant,
) -> Result<Ticket, AppError> {
    let system = Actor::system();
    let reopen = reopens && before.category != StatusCategory::Open;
    let all = if reopen { statuses::list(conn)? } else { Vec::new() };
    let status = all.into_iter().find(|status| status.category == StatusCategory::Open);
    let wish = TicketChange { status, ..TicketChange::default() };
    let (mut after, changes) = ticket_change::apply(&before, wish, now);
    after.last_message_at = before.last_message_at.max(Some(at));
    save(app, conn, &before, &mut after, now)?;
    if !changes.is_empty() {
        note_changes(app, conn, &system, &after, changes, now)?;
    }
    Ok(after)
}

/// For what a ticket is opened.
pub(super) struct Opening<'a> {
    /// Who wrote.
    pub sender: &'a Sender,
    /// The identity of his address, if we know it.
    pub known: Option<&'a Identity>,
    /// What he wrote.
    pub message: &'a InboundMessage,
    /// Why it joins no other ticket.
    pub reason: Reason,
    /// The older ticket that it is linked to.
    pub link: Option<(TicketId, LinkKind)>,
    /// When it came.
    pub when: When,
}

/// Opens a ticket for a message; for one that is history, a ticket that is resolved.
pub(super) fn open(
    batch: &Batch<'_>,
    conn: &mut Conn,
    inbox: &Inbox,
    opening: Opening<'_>,
) -> Result<Place, AppError> {
    let Opening { sender, known, message, reason, link, when } = opening;
    let at = when.at;
    let (app, now) = (batch.app(), batch.now);
    let Sender { address, party, proof } = sender;
    let (system, source) = (Actor::system(), inbox.channel.as_str());
    let mut owner = customer_cases::owner_of(
        app, conn, &system, address, known, party, *proof, source, at, now,
    )?;
    if message.nature == Nature::Personal {
        profiles::heard_text(app, conn, &mut owner.customer, &message.text, now)?;
    }
    let subject = message.subject.as_deref().unwrap_or_default();
    let mut ticket = blank_ticket(app, conn, inbox, owner.customer.id, subject, Some(at), now)?;
    if when.history {
        resolve(conn, &mut ticket, at)?;
    }
    insert_ticket(app, conn, &system, &ticket, now)?;
    if let Some((older, kind)) = link {
        ticket_links::link(conn, ticket.id, older, kind, now)?;
    }
    Ok(Place {
        record: ticket.customer,
        ticket,
        is_new: true,
        identity: Some(owner.identity),
        owner: Some(owner.reason),
        reason,
        third_party: false,
        documents: owner.document.into_iter().collect(),
    })
}

/// Inserts a ticket that nobody has touched yet, with its event.
pub(crate) fn new_ticket(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    inbox: &Inbox,
    customer: CustomerId,
    subject: &str,
    last_message_at: Option<Instant>,
    now: Instant,
) -> Result<Ticket, AppError> {
    let ticket = blank_ticket(app, conn, inbox, customer, subject, last_message_at, now)?;
    insert_ticket(app, conn, actor, &ticket, now)?;
    Ok(ticket)
}

fn blank_ticket(
    app: &App,
    conn: &mut Conn,
    inbox: &Inbox,
    customer: CustomerId,
    subject: &str,
    last_message_at: Option<Instant>,
    now: Instant,
) -> Result<Ticket, AppError> {
    Ok(Ticket {
        id: app.ids().make(now),
        number: tickets::next_number(conn)?,
        customer,
        inbox: inbox.id,
        channel: inbox.channel,
        subject: tidy_subject(subject),
        status: "open".to_owned(),
        category: StatusCategory::Open,
        priority: Priority::Normal,
        assignee_agent: None,
        assignee_team: inbox.default_team,
        created_at: now,
        updated_at: now,
        updated_key: app.ids().stamp(now),
        resolved_at: None,
        last_message_at,
        version: 1,
    })
}

/// Makes a ticket one that was resolved when its only message came, which was long ago.
fn resolve(conn: &mut Conn, ticket: &mut Ticket, at: Instant) -> Result<(), AppError> {
    let all = statuses::list(conn)?;
    if let Some(status) = all.into_iter().find(|one| one.category == StatusCategory::Resolved) {
        (ticket.status, ticket.category) = (status.key, status.category);
        (ticket.created_at, ticket.resolved_at) = (at, Some(at));
    }
    Ok(())
}

fn insert_ticket(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    ticket: &Ticket,
    now: Instant,
) -> Result<(), AppError> {
    tickets::insert(conn, ticket)?;
    let what = Happening::TicketCreated { number: ticket.number };
    let opened = app.event(actor, now, what);
    Ok(events::append(conn, &[opened.of_ticket(ticket)])?)
}
