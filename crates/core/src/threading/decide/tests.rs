//! The rules one by one, and what holds whatever a mail names.

use super::*;
use crate::id::ItemId;
use crate::threading::{Candidate, Header, Sighting, Signed, pointers};

const HERE: i64 = 1;
const ELSEWHERE: i64 = 2;

fn ticket(id: i64, customer: i64) -> NamedTicket {
    NamedTicket {
        id: TicketId::from(id),
        number: 1000 + id,
        customer: CustomerId::from(customer),
        inbox: InboxId::from(HERE),
        resolved_at: None,
    }
}

fn elsewhere(id: i64, customer: i64) -> NamedTicket {
    NamedTicket { inbox: InboxId::from(ELSEWHERE), ..ticket(id, customer) }
}

fn seen(mail_id: &str, ticket: NamedTicket) -> Sighting {
    Sighting { mail_id: mail_id.into(), ticket, carrier: None }
}

fn carried(mail_id: &str, ticket: NamedTicket) -> Sighting {
    let carrier = Carrier { item: ItemId::from(ticket.id.get()), bulk: false, moved: false };
    Sighting { carrier: Some(carrier), ..seen(mail_id, ticket) }
}

fn with(sighting: Sighting, change: impl FnOnce(&mut Carrier)) -> Sighting {
    let mut carrier = sighting.carrier.unwrap();
    change(&mut carrier);
    Sighting { carrier: Some(carrier), ..sighting }
}

fn parents(ids: &[&str]) -> Vec<Candidate> {
    let header = |at| if at == 0 { Header::InReplyTo } else { Header::References };
    let candidate =
        |(at, id): (usize, &&str)| Candidate { mail_id: (*id).into(), header: header(at) };
    ids.iter().enumerate().map(candidate).collect()
}

fn signed(text: &str, ticket: NamedTicket) -> Vec<Signed> {
    vec![Signed { text: text.into(), ticket }]
}

/// A mail of this customer with nothing special about it.
fn from(customer: i64) -> Arriving<'static> {
    Arriving {
        inbox: InboxId::from(HERE),
        sender: Box::leak(Box::new([CustomerId::from(customer)])),
        part_of: &[],
        unaligned: false,
        third_party: ThirdParty::Attach,
    }
}

fn by_ids(mail: &Arriving<'_>, ids: &[&str], sightings: &[Sighting]) -> Decision {
    decide(mail, &pointers(&parents(ids), sightings, vec![], vec![], vec![]))
}

#[track_caller]
fn joins(decision: &Decision, ticket: i64, third_party: bool) {
    assert_eq!(decision.thread, Thread::Existing(TicketId::from(ticket)), "{decision:?}");
    assert_eq!(decision.third_party, third_party, "{decision:?}");
}

#[track_caller]
fn opens(decision: &Decision, reason: Reason) {
    assert_eq!((decision.thread, &decision.reason), (Thread::New, &reason), "{decision:?}");
}

#[test]
fn the_five_ways_count_in_their_order() {
    let ids = ["ours@x", "known@x", "named@x"];
    let sightings = [carried("known@x", ticket(3, 7)), seen("named@x", ticket(4, 7))];
    let list = |from: usize| {
        let address = if from < 1 { signed("support+t@x", ticket(1, 7)) } else { vec![] };
        let ours = if from < 2 { signed("ours@x", ticket(2, 7)) } else { vec![] };
        let sightings = sightings.get(from.saturating_sub(2)..).unwrap_or_default();
        pointers(&parents(&ids), sightings, address, ours, vec![ticket(5, 7)])
    };
    for (from_way, expected) in [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)] {
        joins(&decide(&from(7), &list(from_way)), expected, false);
    }
}

#[test]
fn the_nearest_parent_is_tried_first() {
    let found = [carried("far@x", ticket(1, 7)), carried("near@x", ticket(2, 7))];
    joins(&by_ids(&from(7), &["near@x", "far@x"], &found), 2, false);
}

#[test]
fn a_guest_joins_or_gets_a_linked_ticket_as_the_inbox_says() {
    let found = [carried("a@x", ticket(1, 7))];
    joins(&by_ids(&from(8), &["a@x"], &found), 1, true);
    let apart = Arriving { third_party: ThirdParty::NewTicket, ..from(8) };
    let decision = by_ids(&apart, &["a@x"], &found);
    opens(&decision, Reason::SenderTakesNoPart { named: TicketId::from(1) });
    assert_eq!(decision.related, Some(TicketId::from(1)));
}

#[test]
fn a_guest_with_a_ticket_of_his_own_gets_no_second_one() {
    let apart = Arriving { third_party: ThirdParty::NewTicket, ..from(8) };
    let found = [carried("ours@x", ticket(1, 7)), seen("ours@x", ticket(2, 8))];
    let ours = || signed("ours@x", ticket(1, 7));
    let again = pointers(&parents(&["ours@x"]), &found, vec![], ours(), vec![]);
    joins(&decide(&apart, &again), 2, false);
    let first = pointers(&parents(&["ours@x"]), &found[..1], vec![], ours(), vec![]);
    assert_eq!(decide(&apart, &first).related, Some(TicketId::from(1)));
}

#[test]
fn who_takes_part_is_no_guest() {
    let part_of = [TicketId::from(1)];
    let colleague = Arriving { part_of: &part_of, ..from(8) };
    joins(&by_ids(&colleague, &["a@x"], &[carried("a@x", ticket(1, 7))]), 1, false);
    joins(&by_ids(&colleague, &["a@x"], &[seen("a@x", ticket(1, 7))]), 1, false);
}

#[test]
fn an_id_that_was_only_named_and_a_number_lead_no_stranger_anywhere() {
    let reason = || Reason::SenderTakesNoPart { named: TicketId::from(1) };
    opens(&by_ids(&from(8), &["a@x"], &[seen("a@x", ticket(1, 7))]), reason());
    let numbered = pointers(&[], &[], vec![], vec![], vec![ticket(1, 7)]);
    opens(&decide(&from(8), &numbered), reason());
    joins(&decide(&from(7), &numbered), 1, false);
}

#[test]
fn who_answers_a_list_is_no_guest() {
    let found = [with(carried("list@x", ticket(1, 7)), |c| c.bulk = true)];
    opens(
        &by_ids(&from(8), &["list@x"], &found),
        Reason::SenderTakesNoPart { named: TicketId::from(1) },
    );
    joins(&by_ids(&from(7), &["list@x"], &found), 1, false);
}

#[test]
fn an_id_that_led_to_many_customers_leads_nowhere() {
    let mass = || Reason::MassId { mail_id: "news@x".into() };
    let named = [seen("news@x", ticket(1, 7)), seen("news@x", ticket(2, 8))];
    opens(&by_ids(&from(8), &["news@x"], &named), mass());
    let sent = [carried("news@x", ticket(1, 7)), carried("news@x", ticket(2, 8))];
    opens(&by_ids(&from(8), &["news@x"], &sent), mass());
    opens(&by_ids(&from(9), &["news@x"], &sent), mass());
}

#[test]
fn nobody_makes_an_id_useless_by_naming_it() {
    let found = [carried("a@x", ticket(1, 7)), seen("a@x", ticket(2, 9))];
    joins(&by_ids(&from(7), &["a@x"], &found), 1, false);
    joins(&by_ids(&from(9), &["a@x"], &found), 2, false);
}

#[test]
fn a_forged_sender_takes_no_part() {
    let forged = Arriving { unaligned: true, ..from(7) };
    joins(&by_ids(&forged, &["a@x"], &[carried("a@x", ticket(1, 7))]), 1, true);
    let named = Reason::SenderTakesNoPart { named: TicketId::from(1) };
    opens(&by_ids(&forged, &["a@x"], &[seen("a@x", ticket(1, 7))]), named.clone());
    let numbered = pointers(&[], &[], vec![], vec![], vec![ticket(1, 7)]);
    opens(&decide(&forged, &numbered), named);
}

#[test]
fn another_inbox_is_reached_only_by_what_we_signed() {
    opens(&by_ids(&from(7), &["a@x"], &[carried("a@x", elsewhere(1, 7))]), Reason::OtherInbox);
    let ours = signed("ours@x", elsewhere(1, 7));
    let signed = pointers(&parents(&["ours@x"]), &[], vec![], ours, vec![]);
    joins(&decide(&from(7), &signed), 1, false);
    let numbered = pointers(&[], &[], vec![], vec![], vec![elsewhere(1, 7)]);
    opens(&decide(&from(7), &numbered), Reason::NoReference);
}

#[test]
fn a_moved_message_takes_its_answers_along() {
    let moved = with(carried("m@x", ticket(2, 7)), |c| c.moved = true);
    let ours = || signed("ours@x", ticket(1, 7));
    let address = || signed("support+t@x", ticket(1, 7));
    let answer = parents(&["m@x", "ours@x"]);
    let list = pointers(&answer, std::slice::from_ref(&moved), address(), ours(), vec![]);
    joins(&decide(&from(7), &list), 2, false);
    // Who answers another message of the thread is not led away by it.
    let other = parents(&["ours@x", "m@x"]);
    let list = pointers(&other, &[moved], address(), ours(), vec![]);
    joins(&decide(&from(7), &list), 1, false);
}

#[test]
fn a_bounce_finds_the_ticket_of_what_bounced_wherever_it_is() {
    let bounced = [Candidate { mail_id: "ours@x".into(), header: Header::Bounced }];
    let known = [carried("ours@x", elsewhere(4, 7))];
    let decision = decide(&from(9), &pointers(&bounced, &known, vec![], vec![], vec![]));
    joins(&decision, 4, false);
    assert_eq!(decision.reason, Reason::BounceOf { mail_id: "ours@x".into() });
    let ours = signed("ours@x", ticket(5, 7));
    joins(&decide(&from(9), &pointers(&bounced, &[], vec![], ours, vec![])), 5, false);
}

#[test]
fn a_mail_that_comes_behind_its_answer_is_known_by_its_own_id() {
    let own = [Candidate { mail_id: "late@x".into(), header: Header::Own }];
    let answer = [seen("late@x", ticket(1, 7))];
    let list = pointers(&own, &answer, vec![], vec![], vec![]);
    joins(&decide(&from(7), &list), 1, false);
    assert!(!list.names_any);
    // One that reuses the id of another customer's message is no guest there.
    let reused = pointers(&own, &[carried("late@x", ticket(1, 7))], vec![], vec![], vec![]);
    assert_eq!(decide(&from(8), &reused).thread, Thread::New);
    let by_many = [carried("late@x", ticket(1, 7)), carried("late@x", ticket(2, 9))];
    let by_many = pointers(&own, &by_many, vec![], vec![], vec![]);
    opens(&decide(&from(8), &by_many), Reason::NoReference);
}

#[test]
fn a_ticket_is_over_long_after_it_was_resolved_or_at_another_matter() {
    let at = |days: i64| Instant::from_micros(0).plus_seconds(days * 86_400);
    let done = NamedTicket { resolved_at: Some(at(10)), ..ticket(1, 7) };
    assert!(!is_over(&done, at(40), 30, false));
    assert!(is_over(&done, at(40).plus_seconds(1), 30, false));
    assert!(is_over(&done, at(11), 30, true));
    assert!(!is_over(&ticket(1, 7), at(400), 30, true), "one that is open goes on");
}

/// A small generator of numbers (xorshift), so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        i64::try_from(self.0 % sides).unwrap()
    }

    fn ticket(&mut self) -> NamedTicket {
        let id = self.below(6);
        NamedTicket { inbox: InboxId::from(1 + id % 2), ..ticket(id, id / 2) }
    }

    fn mail_id(&mut self) -> String {
        format!("{}@x", self.below(6))
    }

    fn sighting(&mut self) -> Sighting {
        let (mail_id, ticket, carried) = (self.mail_id(), self.ticket(), self.below(2) == 0);
        let item = ItemId::from(self.below(99));
        let carrier = Carrier { item, bulk: self.below(3) == 0, moved: self.below(8) == 0 };
        Sighting { mail_id, ticket, carrier: carried.then_some(carrier) }
    }

    fn list<T>(&mut self, most: u64, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| one(self)).collect()
    }

    fn candidates(&mut self) -> Vec<Candidate> {
        let headers = [Header::InReplyTo, Header::References, Header::Own];
        self.list(4, |dice| {
            let header = headers[usize::try_from(dice.below(3)).unwrap()];
            Candidate { mail_id: dice.mail_id(), header }
        })
    }
}

#[test]
fn whatever_a_mail_names_the_answer_is_one_and_no_stranger_comes_in_by_a_weak_way() {
    let mut dice = Dice(0x5eed_1234_dead_beef);
    let mut joined = 0;
    for _ in 0..20_000 {
        let candidates = dice.candidates();
        let sightings = dice.list(6, Dice::sighting);
        let signed = |dice: &mut Dice| Signed { text: dice.mail_id(), ticket: dice.ticket() };
        let (addresses, ids) = match dice.below(4) {
            0 => (dice.list(2, signed), dice.list(2, signed)),
            _ => (vec![], vec![]),
        };
        let numbered = dice.list(2, Dice::ticket);
        let part_of = dice.list(2, |dice| TicketId::from(dice.below(6)));
        let third_party = [ThirdParty::Attach, ThirdParty::NewTicket][dice.below(2) as usize];
        let unaligned = dice.below(4) == 0;
        let mail = Arriving { part_of: &part_of, unaligned, third_party, ..from(dice.below(4)) };
        let list = pointers(&candidates, &sightings, addresses, ids, numbered);
        let decision = decide(&mail, &list);
        assert_eq!(decision, decide(&mail, &list), "the same twice");
        let Thread::Existing(id) = decision.thread else { continue };
        joined += 1;
        let named: Vec<&Pointer> = list.list.iter().filter(|p| p.ticket.id == id).collect();
        assert!(!named.is_empty(), "joined what nothing names: {decision:?}");
        let takes_part = mail.takes_part(&named[0].ticket);
        assert_eq!(decision.third_party, !takes_part, "{decision:?}");
        let weak = matches!(
            decision.reason,
            Reason::SubjectNumber { .. } | Reason::HeaderMatch { item: None, .. }
        );
        assert!(!weak || takes_part, "a stranger came in by {:?}", decision.reason);
        assert!(!weak || named[0].ticket.inbox == mail.inbox, "{decision:?}");
        let guest = decision.third_party;
        assert!(!guest || third_party == ThirdParty::Attach, "{decision:?}");
    }
    assert!(joined > 2_000, "only {joined} mails joined a ticket: the dice are too tame");
}
