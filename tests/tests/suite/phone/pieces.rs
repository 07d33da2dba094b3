//! A log in pieces, in any order and overlapping, makes the same calls as the whole.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_tests::{Client, World, on_both};

use super::{Leg, call_of, customer, id_of, import, inbox, log, timeline};

on_both!(
    pieces_in_any_order_make_the_same_calls,
    a_leg_that_comes_later_extends_the_call_in_its_place,
    calls_that_name_nobody_are_kept_and_listed,
);

/// The calls of an inbox of all customers, without what differs from one inbox to another.
async fn calls(client: &Client, inbox: &str, customers: u32) -> Vec<Value> {
    let mut all = Vec::new();
    for n in 0..customers {
        let found = customer(client, &format!("+90532111{n:04}")).await.expect("a customer");
        for item in timeline(client, &found, "&kind=call").await {
            if item["inbox"] == inbox {
                let mut call = item["call"].clone();
                call["owner_reason"] = Value::Null;
                all.push(json!({ "at": item["occurred_at"], "call": call }));
            }
        }
    }
    all
}

async fn pieces_in_any_order_make_the_same_calls(world: Arc<World>) {
    let admin = world.admin().await;
    let whole = log(0..30, 5);
    let lines: Vec<&str> = whole.lines().collect();
    let piece = |range: std::ops::Range<usize>| -> String {
        lines[range].iter().map(|line| format!("{line}\n")).collect()
    };
    let at_once = inbox(&admin, "whole").await;
    import(&world, &admin, &at_once, &whole).await;
    let wanted = calls(&admin, &at_once, 5).await;
    assert_eq!(wanted.len(), 30);
    // Cut in the middle of calls, overlapping, the last one first.
    let orders: [&[std::ops::Range<usize>]; 3] =
        [&[31..60, 15..41, 0..21], &[0..7, 3..33, 33..60], &[59..60, 1..59, 0..2]];
    for (n, pieces) in orders.into_iter().enumerate() {
        let apart = inbox(&admin, &format!("pieces {n}")).await;
        let mut new = 0;
        for range in pieces {
            let done = import(&world, &admin, &apart, &piece(range.clone())).await;
            new += done["counts"]["calls_new"].as_u64().expect("a number");
        }
        assert_eq!(new, 30, "each call is new once");
        assert_eq!(calls(&admin, &apart, 5).await, wanted, "pieces {n}");
    }
}

async fn a_leg_that_comes_later_extends_the_call_in_its_place(world: Arc<World>) {
    let admin = world.admin().await;
    let phone = inbox(&admin, "switch").await;
    let leg = |sequence, extension, start, talk| {
        let (call, number) = ("1770109200", "+905321112233");
        Leg { call, sequence, number, extension, start, talk }.line()
    };
    import(&world, &admin, &phone, &leg(2, "202", "2026-02-03 09:00:20", 0)).await;
    let first = call_of(&admin, "+905321112233").await;
    assert_eq!(first["call"]["disposition"], "missed");
    let start = admin.get("/events").await.good()["next"].clone();
    let more = leg(1, "201", "2026-02-03 09:00:00", 0) + &leg(3, "203", "2026-02-03 09:00:40", 60);
    let done = import(&world, &admin, &phone, &more).await;
    assert_eq!(
        (&done["counts"]["calls_new"], &done["counts"]["calls_extended"]),
        (&json!(0), &json!(1))
    );
    let call = call_of(&admin, "+905321112233").await;
    assert_eq!(call["id"], first["id"]);
    assert_eq!(call["call"]["legs"].as_array().expect("legs").len(), 3);
    assert_eq!(call["call"]["disposition"], "answered");
    assert_eq!(call["occurred_at"], "2026-02-03T06:00:00.000000Z", "it began with the first leg");
    let events = admin.get(&format!("/events?after={start}&kind=call.updated")).await.good();
    assert_eq!(events["items"].as_array().expect("a list").len(), 1, "{events}");
    assert_eq!(events["items"][0]["data"]["item"], call["id"]);
}

async fn calls_that_name_nobody_are_kept_and_listed(world: Arc<World>) {
    let admin = world.admin().await;
    let phone = inbox(&admin, "switch").await;
    let (call, extension, start) = ("1770109200", "201", "2026-02-03 09:00:00");
    let leg = Leg { call, sequence: 1, number: "anonymous", extension, start, talk: 12 };
    let done = import(&world, &admin, &phone, &leg.line()).await;
    assert_eq!(
        (&done["counts"]["calls_new"], &done["counts"]["without_number"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(done["counts"]["customers_new"], 0);
    let path = format!("/phone/calls/nameless?inbox={phone}");
    let listed = admin.get(&path).await.good();
    assert_eq!(listed["items"].as_array().expect("a list").len(), 1);
    assert_eq!(listed["items"][0]["call"]["customer"]["number"]["raw"], "anonymous");
    assert_eq!(listed["items"][0]["call"]["talk_seconds"], 12);
    let again = import(&world, &admin, &phone, &leg.line()).await;
    assert_eq!(again["counts"]["legs_known"], 1);
    assert_eq!(admin.get(&path).await.good(), listed);
    assert!(id_of(&listed["items"][0]).starts_with("cal_"));
}
