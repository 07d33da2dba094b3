//! Which ticket a mail belongs to, and whether it has come before. Pure: the caller looks the ids
//! up and hands in what it found.
//!
//! First rules: the nearest named Message-ID that we know, and only if the sender takes part in
//! that ticket. Signed addresses, signed ids and subject tokens have their place in front of these.

use crate::id::{ItemId, TicketId};
use crate::inbound::InboundMessage;
use crate::reason::Reason;

/// Ids looked up per mail at the most; a mailing list's References can name hundreds.
pub const MAX_CANDIDATES: usize = 50;
/// The longest Message-ID that is looked up or stored, in bytes (RFC 5322 lines end at 998).
pub const MAX_MAIL_ID: usize = 998;

/// A Message-ID that a mail names, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The id, normalised by [`normalise_id`].
    pub mail_id: String,
    /// The header that named it: `bounced`, `in_reply_to` or `references`.
    pub header: &'static str,
}

/// A named id that we have seen before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The id.
    pub mail_id: String,
    /// The ticket it led to.
    pub ticket: TicketId,
    /// The stored message that carries it as its own, if any.
    pub item: Option<ItemId>,
    /// Whether the sender of the mail at hand takes part in that ticket.
    pub sender_takes_part: bool,
    /// Whether that ticket is of the inbox by which the mail at hand came. Each inbox has its own
    /// readers: a mail to one must not be shown to those of another.
    pub same_inbox: bool,
}

/// Where a mail belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Thread {
    /// To this ticket.
    Existing(TicketId),
    /// To none: open one.
    New,
}

/// The form in which Message-IDs are stored and compared: no brackets, no white space.
pub fn normalise_id(id: &str) -> Option<String> {
    let plain: String = id.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    let plain = plain.trim_start_matches('<').trim_end_matches('>');
    (!plain.is_empty() && plain.len() <= MAX_MAIL_ID).then(|| plain.to_owned())
}

/// The ids a mail names, in the order in which they are to be tried: what bounced, In-Reply-To,
/// then References from the nearest parent back.
pub fn candidates(mail: &InboundMessage) -> Vec<Candidate> {
    let bounced =
        mail.bounce.iter().filter_map(|b| b.original_id.as_ref()).map(|id| (id, "bounced"));
    let parents = mail.in_reply_to.iter().map(|id| (id, "in_reply_to"));
    let ancestors = mail.references.iter().rev().map(|id| (id, "references"));
    let mut found: Vec<Candidate> = Vec::new();
    for (id, header) in bounced.chain(parents).chain(ancestors) {
        let Some(mail_id) = normalise_id(id) else { continue };
        if !found.iter().any(|c| c.mail_id == mail_id) {
            found.push(Candidate { mail_id, header });
        }
        if found.len() == MAX_CANDIDATES {
            break;
        }
    }
    found
}

/// Decides the ticket of a mail from the ids it names and what we know of them.
pub fn decide(candidates: &[Candidate], sightings: &[Sighting]) -> (Thread, Reason) {
    let mut strangers = None;
    let mut elsewhere = false;
    for candidate in candidates {
        for seen in sightings.iter().filter(|s| s.mail_id == candidate.mail_id) {
            // Who reports a bounce is a machine that takes part in nothing.
            if candidate.header == "bounced" {
                let reason = Reason::BounceOf { mail_id: candidate.mail_id.clone() };
                return (Thread::Existing(seen.ticket), reason);
            }
            if !seen.same_inbox {
                elsewhere = true;
                continue;
            }
            if seen.sender_takes_part {
                return (Thread::Existing(seen.ticket), matched(candidate, seen));
            }
            strangers.get_or_insert(seen.ticket);
        }
    }
    let reason = match strangers {
        Some(named) => Reason::SenderTakesNoPart { named },
        None if elsewhere => Reason::OtherInbox,
        None if candidates.is_empty() => Reason::NoReference,
        None => Reason::NoKnownReference,
    };
    (Thread::New, reason)
}

fn matched(candidate: &Candidate, seen: &Sighting) -> Reason {
    Reason::HeaderMatch {
        header: candidate.header.to_owned(),
        mail_id: candidate.mail_id.clone(),
        item: seen.item,
    }
}

/// What is compared to tell a second copy of a mail from another mail that reuses its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// The sender's address, normalised.
    pub from: String,
    /// The subject as kept.
    pub subject: String,
    /// The body as kept.
    pub body: String,
}

/// Whether two mails with one Message-ID are copies of one. Careless senders reuse ids, and a mail
/// must never be lost for it: everything a person would read has to agree.
pub fn is_copy(a: &Fingerprint, b: &Fingerprint) -> bool {
    let words = |s: &str| s.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    a.from == b.from && a.subject == b.subject && words(&a.body) == words(&b.body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbound::BounceReport;

    fn mail(in_reply_to: &[&str], references: &[&str]) -> InboundMessage {
        let own = |ids: &[&str]| ids.iter().map(|s| (*s).to_owned()).collect();
        let (in_reply_to, references) = (own(in_reply_to), own(references));
        InboundMessage { in_reply_to, references, ..InboundMessage::default() }
    }

    fn seen(id: &str, ticket: i64, sender_takes_part: bool) -> Sighting {
        let ticket = TicketId::from(ticket);
        Sighting { mail_id: id.to_owned(), ticket, item: None, sender_takes_part, same_inbox: true }
    }

    #[test]
    fn the_nearest_parent_is_tried_first() {
        let ids = candidates(&mail(&["<c@x>"], &["<a@x>", "<b@x>", "< c@x >"]));
        let order: Vec<&str> = ids.iter().map(|c| c.mail_id.as_str()).collect();
        assert_eq!(order, ["c@x", "b@x", "a@x"]);
        let (thread, reason) = decide(&ids, &[seen("a@x", 1, true), seen("b@x", 2, true)]);
        assert_eq!(thread, Thread::Existing(TicketId::from(2)));
        assert!(matches!(reason, Reason::HeaderMatch { mail_id, .. } if mail_id == "b@x"));
    }

    #[test]
    fn a_stranger_who_names_an_id_gets_a_ticket_of_his_own() {
        let ids = candidates(&mail(&["<a@x>"], &[]));
        let (thread, reason) = decide(&ids, &[seen("a@x", 1, false)]);
        assert_eq!(thread, Thread::New);
        assert_eq!(reason, Reason::SenderTakesNoPart { named: TicketId::from(1) });
    }

    #[test]
    fn a_mail_to_another_inbox_opens_a_ticket_there() {
        let ids = candidates(&mail(&["<a@x>"], &[]));
        let elsewhere = Sighting { same_inbox: false, ..seen("a@x", 1, true) };
        assert_eq!(decide(&ids, &[elsewhere]), (Thread::New, Reason::OtherInbox));
    }

    #[test]
    fn a_newsletter_id_in_many_tickets_leads_to_the_senders_own() {
        let ids = candidates(&mail(&["<news@x>"], &[]));
        let found = [seen("news@x", 1, false), seen("news@x", 2, true)];
        assert_eq!(decide(&ids, &found).0, Thread::Existing(TicketId::from(2)));
    }

    #[test]
    fn a_bounce_finds_the_ticket_of_what_bounced() {
        let mut bounce = mail(&[], &[]);
        let original_id = Some("<ours@x>".into());
        bounce.bounce = Some(BounceReport { original_id, ..BounceReport::default() });
        let ids = candidates(&bounce);
        let (thread, reason) = decide(&ids, &[seen("ours@x", 4, false)]);
        assert_eq!(thread, Thread::Existing(TicketId::from(4)));
        assert_eq!(reason, Reason::BounceOf { mail_id: "ours@x".into() });
    }

    #[test]
    fn endless_references_are_bounded_and_nonsense_is_passed_over() {
        let many: Vec<String> = (0..1000).map(|i| format!("<{i}@x>")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(candidates(&mail(&["", "<>", " "], &many)).len(), MAX_CANDIDATES);
        assert_eq!(normalise_id(&"x".repeat(MAX_MAIL_ID + 1)), None);
    }

    #[test]
    fn copies_agree_in_all_that_a_person_reads() {
        let a =
            Fingerprint { from: "a@x".into(), subject: "s".into(), body: "hi  there\r\n".into() };
        let same = Fingerprint { body: "hi there".into(), ..a.clone() };
        let other = Fingerprint { body: "hi you".into(), ..a.clone() };
        assert!(is_copy(&a, &same));
        assert!(!is_copy(&a, &other));
    }
}
