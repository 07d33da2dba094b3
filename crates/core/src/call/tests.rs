//! Tests of calls made of legs: the story of a transfer, and what holds for any legs.

use proptest::prelude::*;

use super::*;

fn number(raw: &str) -> Option<Number> {
    NumberPlan::default().read(raw)
}

fn party(raw: &str, channel: &str) -> Party {
    let channel = Some(channel.to_owned()).filter(|c| !c.is_empty());
    Party { number: number(raw), name: None, channel }
}

fn at(seconds: i64) -> Instant {
    Instant::from_micros(1_700_000_000_000_000).plus_seconds(seconds)
}

/// A leg that began after `start` seconds, rang for ten and was talked over for `talk`.
fn leg(key: &str, direction: CallDirection, ends: (Party, Party), start: i64, talk: u32) -> Leg {
    Leg {
        call: "c".to_owned(),
        key: key.to_owned(),
        hash: format!("hash of {key}"),
        sequence: None,
        direction,
        from: ends.0,
        to: ends.1,
        our_number: None,
        queue: None,
        mirror: false,
        extensions: Vec::new(),
        started: at(start),
        answered: (talk > 0).then(|| at(start + 10)),
        ended: Some(at(start + 10 + i64::from(talk))),
        time_quality: TimeQuality::Local,
        duration_seconds: Some(talk + 10),
        talk_seconds: Some(talk),
        wait_seconds: None,
        hold_seconds: None,
        disposition: if talk > 0 { Disposition::Answered } else { Disposition::Missed },
        disposition_words: if talk > 0 { "ANSWERED" } else { "NO ANSWER" }.to_owned(),
        hangup_cause: None,
        recordings: Vec::new(),
        voicemails: Vec::new(),
        transferred_to: None,
        cost: None,
        data: BTreeMap::new(),
    }
}

const CUSTOMER: &str = "+491710000000";

fn transferred() -> Vec<Leg> {
    let customer = || party(CUSTOMER, "trunk-1");
    vec![
        leg("1", CallDirection::Inbound, (customer(), party("101", "phone-1")), 0, 50),
        leg(
            "2",
            CallDirection::Internal,
            (party("101", "phone-2"), party("102", "phone-3")),
            30,
            26,
        ),
        leg("3", CallDirection::Inbound, (customer(), party("102", "phone-3")), 60, 45),
    ]
}

#[test]
fn a_call_that_was_handed_on_is_one_call_of_the_customer() {
    let call = Call::of_legs(&transferred()).unwrap();
    let number = call.customer.unwrap().number.unwrap();
    assert_eq!(number.e164.as_deref(), Some(CUSTOMER));
    assert_eq!(call.direction, CallDirection::Inbound);
    assert_eq!(call.talk_seconds, Some(95), "what colleagues said to one another is none of it");
    assert_eq!(call.wait_seconds, Some(10));
    assert_eq!(call.duration_seconds, Some(115));
    assert_eq!(call.extensions, ["101", "102"]);
    assert_eq!(call.answered_by.as_deref(), Some("101"));
    assert_eq!(call.transferred_to, ["102"]);
    assert_eq!(call.disposition, Disposition::Answered);
}

#[test]
fn both_halves_of_a_bridge_are_one_talk() {
    let customer = || party(CUSTOMER, "trunk-1");
    let mut queue = leg("1", CallDirection::Inbound, (customer(), party("600", "")), 0, 60);
    queue.queue = Some("600".to_owned());
    let ends = (party(CUSTOMER, "Local/101;2"), party("101", "phone-1"));
    let mut agent = leg("2", CallDirection::Inbound, ends, 12, 60);
    agent.mirror = true;
    let call = Call::of_legs(&[queue, agent.clone()]).unwrap();
    assert_eq!((call.talk_seconds, call.answered_by.as_deref()), (Some(60), Some("101")));
    assert_eq!(call.extensions, ["101"], "the queue is no extension");
    let alone = Call::of_legs(&[agent]).unwrap();
    assert_eq!(alone.talk_seconds, Some(60), "the other half is in another file");
}

#[test]
fn a_second_line_to_the_same_number_is_the_same_customer() {
    let to = |channel| (party("101", "phone-1"), party(CUSTOMER, channel));
    let mut first = leg("1", CallDirection::Outbound, to("trunk-1"), 0, 0);
    first.disposition = Disposition::Failed;
    let second = leg("2", CallDirection::Outbound, to("trunk-2"), 5, 30);
    let call = Call::of_legs(&[first, second]).unwrap();
    assert_eq!((call.disposition, call.talk_seconds), (Disposition::Answered, Some(30)));
    assert_eq!(call.answered_by.as_deref(), Some("101"));
    assert!(call.transferred_to.is_empty());
}

#[test]
fn whoever_left_a_queue_did_not_talk() {
    let mut waited =
        leg("1", CallDirection::Inbound, (party("anonymous", "trunk-1"), party("600", "")), 0, 42);
    waited.disposition = Disposition::Abandoned;
    let call = Call::of_legs(&[waited]).unwrap();
    assert_eq!((call.talk_seconds, call.wait_seconds), (Some(0), Some(52)));
    assert_eq!(call.customer.unwrap().number.unwrap().kind, NumberKind::Withheld);
}

#[test]
fn calls_among_ourselves_have_no_customer() {
    let call = Call::of_legs(&transferred()[1..2]).unwrap();
    assert_eq!((call.direction, call.customer), (CallDirection::Internal, None));
    assert_eq!(call.talk_seconds, Some(26));
    assert_eq!(Call::of_legs(&[]), None);
}

#[test]
fn a_later_reading_of_a_leg_takes_the_place_of_the_earlier() {
    let done = transferred().remove(0);
    let mut ringing = done.clone();
    (ringing.disposition, ringing.ended, ringing.talk_seconds) = (Disposition::Ongoing, None, None);
    ringing.hash = "another".to_owned();
    assert!(done.outdoes(&ringing) && !ringing.outdoes(&done));
    for legs in [[done.clone(), ringing.clone()], [ringing, done.clone()]] {
        assert_eq!(Call::of_legs(&legs).unwrap().legs, std::slice::from_ref(&done));
    }
}

#[test]
fn a_window_holds_no_more_than_it_may_and_loses_nothing() {
    let mut window = Window::new(10);
    let mut out = 0;
    for n in 0..1000_u32 {
        let mut leg = transferred().remove(0);
        // Every third leg is of one call that never ends.
        leg.call = if n % 3 == 0 { "long".to_owned() } else { format!("c{n}") };
        leg.key = n.to_string();
        let given = window.push(leg);
        assert!(given.iter().all(|legs| legs.iter().all(|l| l.call == legs[0].call)));
        out += given.iter().map(Vec::len).sum::<usize>();
        assert_eq!(usize::try_from(n + 1).unwrap() - out, window.held);
        assert!(window.held <= 10 && window.order.len() == window.waiting.len());
    }
    out += window.finish().iter().map(Vec::len).sum::<usize>();
    assert_eq!(out, 1000);
}

fn any_leg() -> impl Strategy<Value = Leg> {
    let channel = "[ab]?";
    let raw = proptest::sample::select(vec!["100", "101", CUSTOMER, "anonymous", ""]);
    let end = (raw, channel).prop_map(|(raw, channel)| party(raw, &channel));
    let direction = proptest::sample::select(CallDirection::ALL.to_vec());
    let told = proptest::sample::select(Disposition::ALL.to_vec());
    let rest = (0_u32..5, 0_u32..99, any::<bool>(), told, 0_i64..99);
    (direction, end.clone(), end, rest).prop_map(|(direction, from, to, rest)| {
        let (key, talk, mirror, disposition, start) = rest;
        let mut leg = leg(&key.to_string(), direction, (from, to), start, talk);
        leg.hash = format!("{leg:?}");
        (leg.mirror, leg.disposition) = (mirror, disposition);
        leg.call = format!("c{}", key % 2);
        leg
    })
}

proptest! {
    #[test]
    fn the_order_of_legs_makes_no_difference(
        (legs, shuffled) in proptest::collection::vec(any_leg(), 0..12)
            .prop_flat_map(|legs| (Just(legs.clone()), Just(legs).prop_shuffle()))
    ) {
        prop_assert_eq!(group(legs), group(shuffled));
    }

    #[test]
    fn legs_that_come_again_add_nothing(legs in proptest::collection::vec(any_leg(), 1..12)) {
        let once = group(legs.clone());
        let twice = group(legs.iter().chain(&legs).cloned());
        prop_assert_eq!(&once, &twice);
        let most: u32 = legs.iter().filter_map(|leg| leg.talk_seconds).sum();
        for call in once {
            prop_assert!(call.talk_seconds.unwrap_or_default() <= most);
            prop_assert_eq!(Call::of_legs(&call.legs), Some(call));
        }
    }
}
