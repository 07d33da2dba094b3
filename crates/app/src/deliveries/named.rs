//! What a mail names, looked up, and the decision on it. The rules themselves are those of
//! `core::threading`.

use throughline_core::actor::Actor;
use throughline_core::id::{CustomerId, ItemId, TicketId};
use throughline_core::identity::{EmailAddress, Identity};
use throughline_core::inbound::{InboundMessage, Nature};
use throughline_core::inbox::Inbox;
use throughline_core::mail_settings::MailSettings;
use throughline_core::threading::{
    self, Arriving, Candidate, Decision, Header, NamedTicket, Pointers, Sighting, Signed,
};
use throughline_core::ticket::Ticket;
use throughline_mail::token::Named;
use throughline_store::{Conn, correspondence, customers, mail_ids, tickets, timeline};

use super::desk::Desk;
use crate::AppError;

/// Signed ids and addresses looked up per mail at the most: one is what a mail has.
const MAX_SIGNED: usize = 5;
/// Tickets of others of which it is asked whether the sender takes part.
const MAX_OTHERS: usize = 4;
/// Numbers below this are those of tickets, from it on those of rows.
const HIGHEST_NUMBER: i64 = 1 << 40;

/// The decision on a mail, and what was looked up for it.
pub(super) struct Looked {
    /// Where it belongs.
    pub decision: Decision,
    /// The ids that it names, without its own.
    pub named: Vec<String>,
    /// The message that it reports on, when it is a bounce that names one.
    pub bounced: Option<ItemId>,
}

/// Who wrote, as far as the decision goes.
pub(super) struct From<'a> {
    /// The address, when it is one.
    pub address: Option<&'a EmailAddress>,
    /// Its identity, when we know it.
    pub known: Option<&'a Identity>,
    /// Whether it may be forged.
    pub unaligned: bool,
}

/// The ids that a mail has and names, and what is known of them.
pub(super) struct Ids {
    candidates: Vec<Candidate>,
    sightings: Vec<Sighting>,
}

impl Ids {
    /// Looks them up.
    pub fn of(conn: &mut Conn, mail: &InboundMessage) -> Result<Self, AppError> {
        let candidates = threading::candidates(mail);
        let ids: Vec<String> = candidates.iter().map(|c| c.mail_id.clone()).collect();
        let sightings = mail_ids::sightings(conn, &ids)?;
        Ok(Self { candidates, sightings })
    }

    /// Whether this id of the mail was seen before.
    pub fn seen(&self, mail_id: &str) -> bool {
        self.sightings.iter().any(|sighting| sighting.mail_id == mail_id)
    }
}

/// Looks up what else a mail names, and decides.
pub(super) fn decide(
    desk: &Desk,
    conn: &mut Conn,
    inbox: &Inbox,
    settings: &MailSettings,
    mail: &InboundMessage,
    ids: Ids,
    from: &From<'_>,
) -> Result<Looked, AppError> {
    let Ids { candidates, sightings } = ids;
    let signed = signed_ids(desk, conn, &candidates, &sightings)?;
    let bounced = bounced(desk, mail, &candidates, &sightings);
    let numbered = by_subject(conn, mail)?;
    let addresses = addresses(desk, conn, mail)?;
    let pointers = threading::pointers(&candidates, &sightings, addresses, signed, numbered);
    let own = own_records(conn, from, &pointers)?;
    let arriving = Arriving {
        inbox: inbox.id,
        sender: &own,
        part_of: &part_of(conn, inbox, mail, from, &own, &pointers)?,
        unaligned: from.unaligned,
        third_party: settings.third_party,
    };
    let decision = threading::decide(&arriving, &pointers);
    let named = candidates.into_iter().filter(|c| c.header != Header::Own);
    Ok(Looked { decision, named: named.map(|c| c.mail_id).collect(), bounced })
}

/// The tickets of the ids that we signed, in the order of the candidates.
fn signed_ids(
    desk: &Desk,
    conn: &mut Conn,
    candidates: &[Candidate],
    sightings: &[Sighting],
) -> Result<Vec<Signed>, AppError> {
    let mut found = Vec::new();
    for Candidate { mail_id, .. } in candidates {
        let Some(named) = desk.named_by_id(mail_id).filter(|_| found.len() < MAX_SIGNED) else {
            continue;
        };
        // The message may have been moved since: where it is counts, not where it was.
        let carried = sightings.iter().find(|s| s.mail_id == *mail_id && s.carrier.is_some());
        let ticket = match carried {
            Some(sighting) => Some(sighting.ticket.clone()),
            None => ticket_named(conn, named)?.map(|ticket| NamedTicket::from(&ticket)),
        };
        found.extend(ticket.map(|ticket| Signed { text: mail_id.clone(), ticket }));
    }
    Ok(found)
}

/// The ticket that a signed id names: that of its message, and without it the one that is written
/// there.
fn ticket_named(conn: &mut Conn, named: Named) -> Result<Option<Ticket>, AppError> {
    let system = Actor::system();
    let id = match timeline::get(conn, &system, named.item.into())? {
        Some(item) => match item.ticket {
            Some(ticket) => ticket,
            None => return Ok(None),
        },
        None if named.ticket < HIGHEST_NUMBER => {
            return Ok(tickets::by_number(conn, &system, named.ticket)?);
        }
        None => TicketId::from(named.ticket),
    };
    Ok(tickets::get(conn, &system, id)?)
}

/// The tickets of the addresses that we signed and to which the mail was sent.
fn addresses(desk: &Desk, conn: &mut Conn, mail: &InboundMessage) -> Result<Vec<Signed>, AppError> {
    let written = mail.to.iter().chain(&mail.cc).map(|party| &party.address);
    let signed = written.chain(&mail.envelope_to);
    let signed = signed.filter_map(|a| Some((a, desk.ticket_of_address(a)?))).take(MAX_SIGNED);
    let mut found: Vec<Signed> = Vec::new();
    for (address, number) in signed {
        let ticket = tickets::by_number(conn, &Actor::system(), number)?;
        let ticket = ticket.map(|ticket| NamedTicket::from(&ticket));
        found.extend(ticket.map(|ticket| Signed { text: address.clone(), ticket }));
    }
    Ok(found)
}

/// The tickets whose number stands in the subject.
fn by_subject(conn: &mut Conn, mail: &InboundMessage) -> Result<Vec<NamedTicket>, AppError> {
    let mut found = Vec::new();
    for number in threading::numbers(mail.subject.as_deref().unwrap_or_default()) {
        let ticket = tickets::by_number(conn, &Actor::system(), number)?;
        found.extend(ticket.map(|ticket| NamedTicket::from(&ticket)));
    }
    Ok(found)
}

/// The records of the customer with the sender's address. More than the one of the identity are asked
/// for only when something names a ticket of another.
fn own_records(
    conn: &mut Conn,
    from: &From<'_>,
    pointers: &Pointers,
) -> Result<Vec<CustomerId>, AppError> {
    let Some(record) = from.known.map(|identity| identity.customer) else { return Ok(Vec::new()) };
    if pointers.list.iter().all(|pointer| pointer.ticket.customer == record) {
        return Ok(vec![record]);
    }
    let group = customers::group(conn, record)?;
    Ok(group.map(|group| group.members).unwrap_or_default())
}

/// The tickets of others, among those that are named, in which the sender takes part.
fn part_of(
    conn: &mut Conn,
    inbox: &Inbox,
    mail: &InboundMessage,
    from: &From<'_>,
    own: &[CustomerId],
    pointers: &Pointers,
) -> Result<Vec<TicketId>, AppError> {
    let Some(address) = from.address.filter(|_| !from.unaligned && mail.nature != Nature::Bounce)
    else {
        return Ok(Vec::new());
    };
    let is_own = |ticket: &NamedTicket| own.contains(&ticket.customer);
    // The strongest decides where it is his own, as with nearly all mails: no need to ask for more.
    if pointers.list.first().is_some_and(|p| is_own(&p.ticket) && p.ticket.inbox == inbox.id) {
        return Ok(Vec::new());
    }
    let mut others: Vec<TicketId> = Vec::new();
    for pointer in pointers.list.iter().filter(|p| !is_own(&p.ticket)) {
        if !others.contains(&pointer.ticket.id) && others.len() < MAX_OTHERS {
            others.push(pointer.ticket.id);
        }
    }
    let mut part_of = Vec::new();
    for ticket in others {
        let messages = correspondence::of_ticket(conn, ticket)?;
        part_of.extend(threading::takes_part(address, &messages).then_some(ticket));
    }
    Ok(part_of)
}

/// The message on which a bounce reports: the nearest that it names, if that is known.
fn bounced(
    desk: &Desk,
    mail: &InboundMessage,
    candidates: &[Candidate],
    sightings: &[Sighting],
) -> Option<ItemId> {
    mail.bounce.as_ref()?;
    let nearest = candidates.first().filter(|c| c.header == Header::Bounced)?;
    let carried = sightings.iter().filter(|s| s.mail_id == nearest.mail_id);
    let carried = carried.filter_map(|s| s.carrier).map(|carrier| carrier.item).next();
    carried.or_else(|| desk.named_by_id(&nearest.mail_id).map(|named| named.item.into()))
}
