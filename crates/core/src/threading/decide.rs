//! The decision itself: joins a ticket, as a part of it or as a guest, or opens one.

use crate::id::{CustomerId, InboxId, TicketId};
use crate::mail_settings::ThirdParty;
use crate::reason::Reason;
use crate::threading::{Carrier, Clue, NamedTicket, Pointer, Pointers};
use crate::time::Instant;

/// What of a mail decides, besides what it names.
#[derive(Debug, Clone, Copy)]
pub struct Arriving<'a> {
    /// The inbox by which it came.
    pub inbox: InboxId,
    /// The records of the customer with the sender's address; none when there is none.
    pub sender: &'a [CustomerId],
    /// The tickets of others in which the sender's address takes part.
    pub part_of: &'a [TicketId],
    /// Whether a server of ours found that the sender's address may be forged: then it proves no
    /// part in anything.
    pub unaligned: bool,
    /// What becomes of a mail whose sender takes no part.
    pub third_party: ThirdParty,
}

/// Where a mail belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thread {
    /// To this ticket.
    Existing(TicketId),
    /// To none: open one.
    New,
}

/// What was decided, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Where the mail belongs.
    pub thread: Thread,
    /// Why.
    pub reason: Reason,
    /// Whether its sender takes no part in the ticket that it joins.
    pub third_party: bool,
    /// The ticket to which a new one is to be linked.
    pub related: Option<TicketId>,
}

/// Decides the ticket of a mail.
pub fn decide(mail: &Arriving<'_>, pointers: &Pointers) -> Decision {
    let list = pointers.list.as_slice();
    by_proof(mail, list)
        .or_else(|| by_message(mail, list))
        .or_else(|| by_name(mail, list))
        .unwrap_or_else(|| alone(mail, pointers))
}

/// Whether a ticket is over, so that a mail to it opens another: it was resolved more than `days`
/// before, or it is resolved and the mail is about something else.
pub fn is_over(ticket: &NamedTicket, at: Instant, days: u16, other_matter: bool) -> bool {
    let long_ago = |resolved: Instant| resolved.plus_seconds(i64::from(days) * 86_400) < at;
    ticket.resolved_at.is_some_and(|resolved| other_matter || long_ago(resolved))
}

impl Arriving<'_> {
    fn takes_part(&self, ticket: &NamedTicket) -> bool {
        let is_his = self.sender.contains(&ticket.customer) || self.part_of.contains(&ticket.id);
        is_his && !self.unaligned
    }

    fn is_here(&self, pointer: &Pointer) -> bool {
        pointer.ticket.inbox == self.inbox
    }

    /// Joins as a part of the ticket, or as the rule for those who are none says.
    fn join(&self, pointer: &Pointer) -> Decision {
        let (ticket, reason) = (pointer.ticket.id, reason_of(pointer));
        if self.takes_part(&pointer.ticket) {
            let thread = Thread::Existing(ticket);
            return Decision { thread, reason, third_party: false, related: None };
        }
        match self.third_party {
            ThirdParty::Attach => {
                let thread = Thread::Existing(ticket);
                Decision { thread, reason, third_party: true, related: None }
            }
            ThirdParty::NewTicket => {
                let reason = Reason::SenderTakesNoPart { named: ticket };
                Decision { thread: Thread::New, reason, third_party: false, related: Some(ticket) }
            }
        }
    }
}

/// What we signed, and what somebody moved by hand, counts whoever writes and wherever he writes to.
fn by_proof(mail: &Arriving<'_>, list: &[Pointer]) -> Option<Decision> {
    let pointer = list.iter().find(|p| {
        matches!(
            p.clue,
            Clue::Bounced { .. }
                | Clue::Moved { .. }
                | Clue::ReplyAddress { .. }
                | Clue::SignedId { .. }
        )
    })?;
    if let Clue::Bounced { .. } = pointer.clue {
        // Who reports a bounce is a machine that takes part in nothing.
        let thread = Thread::Existing(pointer.ticket.id);
        let reason = reason_of(pointer);
        return Some(Decision { thread, reason, third_party: false, related: None });
    }
    let decision = mail.join(pointer);
    // Before it opens another ticket beside that one: his earlier mail may have got one already.
    match decision.thread {
        Thread::Existing(_) => Some(decision),
        Thread::New => own(mail, list).or(Some(decision)),
    }
}

/// An id that a stored message carries: first a ticket of the sender's own, then one whose message
/// he has had from somebody.
fn by_message(mail: &Arriving<'_>, list: &[Pointer]) -> Option<Decision> {
    // Who answers what was sent to many has had it as anybody could.
    let is_guest = |p: &&Pointer| carrier(p).is_some_and(|carrier| !carrier.bulk);
    let guest = || list.iter().filter(|p| mail.is_here(p)).find(is_guest);
    own(mail, list).or_else(|| guest().map(|p| mail.join(p)))
}

/// A ticket in which the sender takes part, by an id that a stored message carries.
fn own(mail: &Arriving<'_>, list: &[Pointer]) -> Option<Decision> {
    let carried = || list.iter().filter(|p| mail.is_here(p) && carrier(p).is_some());
    let by_part = carried().find(|p| mail.takes_part(&p.ticket));
    // His earlier mail that named the same message may have got a ticket of its own.
    let named_so =
        |p: &&Pointer| mail_id(p).is_some() && carried().any(|c| mail_id(c) == mail_id(p));
    let his = || list.iter().filter(|p| mail.is_here(p) && mail.takes_part(&p.ticket));
    by_part.or_else(|| his().find(named_so)).map(|p| mail.join(p))
}

/// An id that was only named, and a number in the subject: these anybody can know, so they lead to a
/// ticket only those who take part in it.
fn by_name(mail: &Arriving<'_>, list: &[Pointer]) -> Option<Decision> {
    let named = |p: &&Pointer| matches!(p.clue, Clue::Seen { .. } | Clue::Number);
    let mut own = list.iter().filter(named).filter(|p| mail.is_here(p));
    own.find(|p| mail.takes_part(&p.ticket)).map(|p| mail.join(p))
}

/// None of what it names will do.
fn alone(mail: &Arriving<'_>, pointers: &Pointers) -> Decision {
    let here = |by_number: bool| {
        let mut list = pointers.list.iter().filter(|p| mail.is_here(p));
        let found = list.find(|p| (p.clue == Clue::Number) == by_number);
        found.map(|p| Reason::SenderTakesNoPart { named: p.ticket.id })
    };
    let by_id = |p: &Pointer| p.clue != Clue::Number;
    let reason = here(false)
        .or_else(|| pointers.mass.clone().map(|mail_id| Reason::MassId { mail_id }))
        .or_else(|| here(true))
        .or_else(|| pointers.list.iter().any(by_id).then_some(Reason::OtherInbox))
        .or_else(|| pointers.names_any.then_some(Reason::NoKnownReference))
        .unwrap_or(Reason::NoReference);
    Decision { thread: Thread::New, reason, third_party: false, related: None }
}

fn carrier(pointer: &Pointer) -> Option<Carrier> {
    match pointer.clue {
        Clue::Carried { carrier, .. } => Some(carrier),
        _ => None,
    }
}

fn mail_id(pointer: &Pointer) -> Option<&str> {
    match &pointer.clue {
        Clue::Carried { mail_id, .. } | Clue::Seen { mail_id, .. } => Some(mail_id),
        _ => None,
    }
}

fn reason_of(pointer: &Pointer) -> Reason {
    match pointer.clue.clone() {
        Clue::Bounced { mail_id } => Reason::BounceOf { mail_id },
        Clue::ReplyAddress { address } => Reason::ReplyAddress { address },
        Clue::SignedId { header, mail_id } => {
            Reason::SignedId { header: header.as_str().to_owned(), mail_id }
        }
        Clue::Moved { header, mail_id, item } => {
            Reason::HeaderMatch { header: header.as_str().to_owned(), mail_id, item: Some(item) }
        }
        Clue::Carried { header, mail_id, carrier } => {
            let header = header.as_str().to_owned();
            Reason::HeaderMatch { header, mail_id, item: Some(carrier.item) }
        }
        Clue::Seen { header, mail_id } => {
            Reason::HeaderMatch { header: header.as_str().to_owned(), mail_id, item: None }
        }
        Clue::Number => Reason::SubjectNumber { number: pointer.ticket.number },
    }
}

#[cfg(test)]
mod tests;
