//! From what a mail names, and what is known of it, to the tickets it points at, strongest first.

use crate::id::{CustomerId, InboxId, ItemId, TicketId};
use crate::threading::{Candidate, Header};
use crate::ticket::Ticket;
use crate::time::Instant;

/// What the decision needs to know of a ticket that is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedTicket {
    /// Its id.
    pub id: TicketId,
    /// Its human number.
    pub number: i64,
    /// Whose it is.
    pub customer: CustomerId,
    /// Its inbox. Each inbox has its own readers.
    pub inbox: InboxId,
    /// When it was resolved, if it is.
    pub resolved_at: Option<Instant>,
}

impl From<&Ticket> for NamedTicket {
    fn from(ticket: &Ticket) -> Self {
        Self {
            id: ticket.id,
            number: ticket.number,
            customer: ticket.customer,
            inbox: ticket.inbox,
            resolved_at: ticket.resolved_at,
        }
    }
}

/// The stored message that carries an id as its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carrier {
    /// The item.
    pub item: ItemId,
    /// Whether it was sent to many, by a list or by a machine: who answers it is no guest.
    pub bulk: bool,
    /// Whether somebody moved it to this ticket: that is stronger than any rule.
    pub moved: bool,
}

/// An id that was seen before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The id.
    pub mail_id: String,
    /// The ticket it led to.
    pub ticket: NamedTicket,
    /// The message that carries it; `None` where it was only named.
    pub carrier: Option<Carrier>,
}

/// Something that we signed, and the ticket for which we did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The address or the Message-ID.
    pub text: String,
    /// The ticket.
    pub ticket: NamedTicket,
}

/// How a mail names a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clue {
    /// It reports that this mail came back.
    Bounced {
        /// The id that came back.
        mail_id: String,
    },
    /// It answers a message that somebody moved to the ticket.
    Moved {
        /// Where it says so.
        header: Header,
        /// The id it answers.
        mail_id: String,
        /// The message.
        item: ItemId,
    },
    /// It was sent to an address that we signed.
    ReplyAddress {
        /// The address.
        address: String,
    },
    /// It names an id that we signed.
    SignedId {
        /// Where it says so.
        header: Header,
        /// The id.
        mail_id: String,
    },
    /// It names the id of a stored message.
    Carried {
        /// Where it says so.
        header: Header,
        /// The id.
        mail_id: String,
        /// The message.
        carrier: Carrier,
    },
    /// It names an id that another mail of the ticket named.
    Seen {
        /// Where it says so.
        header: Header,
        /// The id.
        mail_id: String,
    },
    /// Its subject names the number of the ticket.
    Number,
}

/// A ticket, and how the mail names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer {
    /// How.
    pub clue: Clue,
    /// Which.
    pub ticket: NamedTicket,
}

/// All that a mail points at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pointers {
    /// Strongest first.
    pub list: Vec<Pointer>,
    /// The first id that led to more than one customer, and so leads nowhere.
    pub mass: Option<String>,
    /// Whether the mail names any other mail.
    pub names_any: bool,
}

/// Orders what was found: see the module above. `signed_ids` are in the order of the candidates.
pub fn pointers(
    candidates: &[Candidate],
    sightings: &[Sighting],
    addresses: Vec<Signed>,
    signed_ids: Vec<Signed>,
    numbered: Vec<NamedTicket>,
) -> Pointers {
    let by_ids: Vec<(&Candidate, Vec<&Sighting>)> = candidates
        .iter()
        .map(|c| (c, sightings.iter().filter(|s| s.mail_id == c.mail_id).collect()))
        .collect();
    let (mass, single): (Vec<_>, Vec<_>) = by_ids.into_iter().partition(|(_, seen)| is_mass(seen));
    let mut list = Vec::new();
    list.extend(single.iter().flat_map(|(c, seen)| bounced(c, seen)));
    list.extend(nearest_moved(&single, &signed_ids));
    list.extend(addresses.into_iter().map(|Signed { text: address, ticket }| Pointer {
        clue: Clue::ReplyAddress { address },
        ticket,
    }));
    list.extend(signed_ids.into_iter().filter_map(|signed| signed_id(candidates, signed)));
    list.extend(single.iter().flat_map(|(c, seen)| carried(c, seen)));
    list.extend(single.iter().flat_map(|(c, seen)| only_seen(c, seen)));
    list.extend(numbered.into_iter().map(|ticket| Pointer { clue: Clue::Number, ticket }));
    // One that reuses the id of others names nobody by it.
    let mut named = mass.iter().filter(|(c, _)| c.header != Header::Own);
    Pointers {
        list,
        mass: named.next().map(|(c, _)| c.mail_id.clone()),
        names_any: candidates.iter().any(|c| c.header != Header::Own),
    }
}

/// Whether an id led to more than one customer: it was sent to many, or is no id at all. Where a
/// message carries it, mails that only name it do not count: anybody can name an id.
fn is_mass(seen: &[&Sighting]) -> bool {
    let carried = seen.iter().any(|s| s.carrier.is_some());
    let mut owners = seen.iter().filter(|s| !carried || s.carrier.is_some());
    let first = owners.next().map(|s| s.ticket.customer);
    owners.any(|s| Some(s.ticket.customer) != first)
}

fn bounced<'a>(
    candidate: &'a Candidate,
    seen: &'a [&Sighting],
) -> impl Iterator<Item = Pointer> + 'a {
    let seen = seen.iter().filter(|_| candidate.header == Header::Bounced);
    seen.map(|s| Pointer {
        clue: Clue::Bounced { mail_id: candidate.mail_id.clone() },
        ticket: s.ticket.clone(),
    })
}

/// The message that the mail answers, if it is known and somebody moved it. Only the nearest counts:
/// above it the thread may well be that of the ticket from which it was moved.
fn nearest_moved(single: &[(&Candidate, Vec<&Sighting>)], signed: &[Signed]) -> Option<Pointer> {
    let parents = single.iter().filter(|(c, _)| is_parent(c.header));
    let is_known = |(c, seen): &&(&Candidate, Vec<&Sighting>)| {
        seen.iter().any(|s| s.carrier.is_some()) || signed.iter().any(|s| s.text == c.mail_id)
    };
    let (candidate, seen) = parents.into_iter().find(is_known)?;
    let moved =
        |s: &&Sighting| s.carrier.filter(|carrier| carrier.moved).map(|c| (c, s.ticket.clone()));
    let (carrier, ticket) = seen.iter().find_map(moved)?;
    let (header, mail_id) = (candidate.header, candidate.mail_id.clone());
    Some(Pointer { clue: Clue::Moved { header, mail_id, item: carrier.item }, ticket })
}

fn signed_id(candidates: &[Candidate], signed: Signed) -> Option<Pointer> {
    let Signed { text: mail_id, ticket } = signed;
    let header = candidates.iter().find(|c| c.mail_id == mail_id)?.header;
    let clue = match header {
        Header::Own => return None,
        Header::Bounced => Clue::Bounced { mail_id },
        header => Clue::SignedId { header, mail_id },
    };
    Some(Pointer { clue, ticket })
}

fn carried<'a>(
    candidate: &'a Candidate,
    seen: &'a [&Sighting],
) -> impl Iterator<Item = Pointer> + 'a {
    let (header, mail_id) = (candidate.header, &candidate.mail_id);
    let seen = seen.iter().filter(move |_| is_parent(header));
    seen.filter_map(move |s| {
        let clue = Clue::Carried { header, mail_id: mail_id.clone(), carrier: s.carrier? };
        Some(Pointer { clue, ticket: s.ticket.clone() })
    })
}

/// Those that were only named. A mail that comes behind its answer is known by its own id alone, and
/// one that merely reuses an id answers nothing: its own id never counts as carried.
fn only_seen<'a>(
    candidate: &'a Candidate,
    seen: &'a [&Sighting],
) -> impl Iterator<Item = Pointer> + 'a {
    let (header, mail_id) = (candidate.header, &candidate.mail_id);
    let counts = |s: &&&Sighting| header == Header::Own || s.carrier.is_none();
    let seen = seen.iter().filter(move |_| header != Header::Bounced).filter(counts);
    let seen: Vec<&&Sighting> = seen.collect();
    seen.into_iter().map(move |s| Pointer {
        clue: Clue::Seen { header, mail_id: mail_id.clone() },
        ticket: s.ticket.clone(),
    })
}

fn is_parent(header: Header) -> bool {
    matches!(header, Header::InReplyTo | Header::References)
}
