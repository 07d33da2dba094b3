//! Webhooks: what happens reaches every receiver in order, whatever the receiver does.

mod kit;
mod libraries;
mod many;
mod set_up;
mod workers;

use std::sync::Arc;

use serde_json::json;
use throughline_tests::webhooks::Answer;
use throughline_tests::{World, on_both};

use kit::Hook;

on_both!(
    events_arrive_signed_and_in_order,
    a_receiver_that_misbehaves_loses_nothing,
    an_hour_of_silence_loses_nothing,
    gone_ends_it_until_it_is_resumed,
    days_of_failures_pause_it_with_a_notice,
    a_wish_to_wait_is_heeded,
    events_are_sent_again_from_any_place,
    a_secret_is_changed_without_a_gap,
    only_the_kinds_that_are_wanted_are_sent,
);

async fn events_arrive_signed_and_in_order(world: Arc<World>) {
    let hook = Hook::new(&world, json!({})).await;
    let ticket = hook.open_ticket("in order").await;
    let path = format!("/tickets/{}", ticket["id"].as_str().expect("an id"));
    hook.client.patch(&path, json!({ "priority": "high" })).await.good();
    hook.drain().await;
    let got = hook.receiver.got();
    let kinds = got.iter().map(|got| got.json()["type"].as_str().expect("a type").to_owned());
    // The first ticket also makes an inbox.
    let kinds: Vec<String> = kinds.filter(|kind| kind != "admin.changed").collect();
    let made = ["customer.created", "ticket.created", "message.received", "ticket.updated"];
    assert_eq!(kinds, made);
    let events = hook.client.get("/events").await.good();
    for got in &got {
        let body = got.json();
        assert_eq!(got.header("webhook-id"), body["data"]["id"]);
        assert_eq!(body["timestamp"], body["data"]["occurred_at"]);
        assert!(hook.is_signed(got), "{body}");
        let mut event = body["data"].clone();
        event.as_object_mut().expect("an object").retain(|name, _| !name.starts_with("current_"));
        assert!(events["items"].as_array().expect("a list").contains(&event), "{event}");
    }
    let last = got.last().expect("one").json();
    assert_eq!(last["data"]["current_ticket"], hook.client.get(&path).await.good());
    assert_eq!(hook.receiver.connections(), 1, "the connection is kept");
    let log = hook.client.get(&format!("{}/attempts", hook.path)).await.good();
    assert_eq!(log["items"].as_array().expect("a list").len(), got.len());
    assert_eq!(log["items"][0]["kind"], "ticket.updated");
    assert_eq!(log["items"][0]["outcome"]["status"], 204);
    // Of a stretch of time, whose ends are those of the clock.
    let now = world.app.now();
    let sent = async |filter: String| -> usize {
        let log = hook.client.get(&format!("{}/attempts?{filter}", hook.path)).await.good();
        log["items"].as_array().expect("a list").len()
    };
    assert_eq!(sent(format!("since={}", now.plus_seconds(1))).await, 0);
    assert_eq!(sent(format!("until={}", now.plus_seconds(1))).await, got.len());
    assert_eq!(sent(format!("until={}", now.plus_seconds(-3600))).await, 0);
}

async fn a_receiver_that_misbehaves_loses_nothing(world: Arc<World>) {
    let hook = Hook::new(&world, json!({})).await;
    hook.drain().await;
    let before = hook.receiver.got().len();
    let answers = [
        Answer::Status(500, ""),
        Answer::Hang,
        Answer::Close,
        Answer::Status(302, "location: http://127.0.0.1:1/elsewhere\r\n"),
        Answer::Status(404, ""),
        Answer::Status(199, ""),
    ];
    hook.receiver.next(&answers[..5]);
    hook.open_ticket("a").await;
    for failures in 1..=5 {
        hook.drain().await;
        let shown = hook.client.get(&hook.path).await.good();
        assert_eq!(shown["failures"], failures, "{shown}");
        hook.open_ticket(&format!("{failures}")).await;
        world.clock.advance(4 * 60 * 60);
    }
    hook.drain().await;
    let got = hook.receiver.got()[before..].to_vec();
    let first = got[0].header("webhook-id").to_owned();
    assert!(got[..6].iter().all(|got| got.header("webhook-id") == first), "the same until taken");
    let times: Vec<_> = got[..6].iter().map(|got| got.header("webhook-timestamp")).collect();
    assert!(
        times.windows(2).all(|pair| pair[0] < pair[1]),
        "each with a time of its own: {times:?}"
    );
    assert!(got.iter().all(|got| hook.is_signed(got)));
    assert_eq!(hook.positions(&got[5..]), hook.all_positions(before).await);
    let shown = hook.client.get(&hook.path).await.good();
    assert_eq!((&shown["failures"], &shown["failing_since"]), (&json!(0), &json!(null)));
    let log = hook.client.get(&format!("{}/attempts?limit=200", hook.path)).await.good();
    let errors: Vec<_> = log["items"].as_array().expect("a list").iter().collect();
    let redirect = errors.iter().find(|line| line["outcome"]["status"] == 302).expect("a line");
    let words = redirect["outcome"]["error"].as_str().expect("words");
    assert!(words.contains("redirects are not followed"), "{words}");
    assert!(errors.iter().any(|line| line["outcome"]["error"] == "it did not answer in time"));
}

async fn an_hour_of_silence_loses_nothing(world: Arc<World>) {
    let hook = Hook::new(&world, json!({})).await;
    hook.drain().await;
    let before = hook.receiver.got().len();
    hook.receiver.always(Answer::Close);
    for minute in 0..60 {
        if minute % 10 == 0 {
            hook.open_ticket(&format!("minute {minute}")).await;
        }
        world.clock.advance(60);
        hook.drain().await;
    }
    let tried = hook.receiver.got().len() - before;
    assert!((4..=12).contains(&tried), "it is asked ever more rarely: {tried} times");
    hook.receiver.always(Answer::Status(200, ""));
    world.clock.advance(2 * 60 * 60);
    hook.drain().await;
    let got = hook.receiver.got()[before + tried..].to_vec();
    assert_eq!(hook.positions(&got), hook.all_positions(before).await);
}

async fn gone_ends_it_until_it_is_resumed(world: Arc<World>) {
    let hook = Hook::new(&world, json!({})).await;
    hook.drain().await;
    let before = hook.receiver.got().len();
    hook.receiver.next(&[Answer::Status(410, "")]);
    hook.open_ticket("gone").await;
    hook.drain().await;
    let shown = hook.client.get(&hook.path).await.good();
    assert_eq!(shown["state"], "disabled", "{shown}");
    assert!(shown["state_reason"].as_str().expect("words").contains("410"));
    world.clock.advance(24 * 60 * 60);
    hook.drain().await;
    assert_eq!(hook.receiver.got().len(), before + 1, "no second try");
    hook.client.post(&format!("{}/resume", hook.path), json!({})).await.good();
    hook.drain().await;
    let got = hook.receiver.got()[before + 1..].to_vec();
    assert_eq!(hook.positions(&got), hook.all_positions(before).await);
}

async fn days_of_failures_pause_it_with_a_notice(world: Arc<World>) {
    let hook = Hook::new(&world, json!({})).await;
    hook.drain().await;
    let before = hook.receiver.got().len();
    hook.receiver.always(Answer::Status(500, ""));
    hook.open_ticket("dead").await;
    for _ in 0..30 {
        hook.drain().await;
        world.clock.advance(6 * 60 * 60);
    }
    let shown = hook.client.get(&hook.path).await.good();
    assert_eq!(shown["state"], "paused", "{shown}");
    assert!(shown["state_reason"].as_str().expect("words").contains("5 days"), "{shown}");
    let notices = hook.client.get("/events?kind=admin.changed").await.good();
    let notices = notices["items"].as_array().expect("a list").clone();
    let by_itself =
        |e: &&serde_json::Value| e["actor"] == "system" && e["data"]["what"] == "webhook";
    assert_eq!(notices.iter().filter(by_itself).count(), 1, "{notices:?}");
    hook.receiver.always(Answer::Status(200, ""));
    let failed = hook.receiver.got().len();
    hook.client.post(&format!("{}/resume", hook.path), json!({})).await.good();
    hook.drain().await;
    let got = hook.receiver.got()[failed..].to_vec();
    assert_eq!(hook.positions(&got), hook.all_positions(before).await);
}

async fn a_wish_to_wait_is_heeded(world: Arc<World>) {
    let hook = Hook::new(&world, json!({})).await;
    hook.drain().await;
    let before = hook.receiver.got().len();
    hook.receiver.next(&[Answer::Status(503, "retry-after: 3000\r\n")]);
    hook.open_ticket("later").await;
    hook.drain().await;
    world.clock.advance(2_900);
    hook.drain().await;
    assert_eq!(hook.receiver.got().len(), before + 1, "it asked for more time");
    world.clock.advance(200);
    hook.drain().await;
    assert!(hook.receiver.got().len() > before + 1);
}

async fn events_are_sent_again_from_any_place(world: Arc<World>) {
    let hook = Hook::new(&world, json!({})).await;
    hook.open_ticket("first").await;
    hook.drain().await;
    let start = world.app.now();
    world.clock.advance(60);
    hook.open_ticket("second").await;
    hook.drain().await;
    let got = hook.receiver.got();
    let replay = format!("{}/replay", hook.path);
    hook.client.post(&replay, json!({ "after": 0 })).await.good();
    hook.drain().await;
    let all = hook.receiver.got()[got.len()..].to_vec();
    assert!(all.len() > got.len(), "also what was before the webhook");
    let ids = |got: &[throughline_tests::webhooks::Got]| -> Vec<String> {
        got.iter().map(|got| got.header("webhook-id").to_owned()).collect()
    };
    assert!(ids(&all).windows(got.len()).any(|part| part == ids(&got)), "with the same ids");
    let count = hook.receiver.got().len();
    hook.client.post(&replay, json!({ "since": start })).await.good();
    hook.drain().await;
    let since = hook.receiver.got()[count..].to_vec();
    let kinds: Vec<_> = since.iter().map(|got| got.json()["type"].clone()).collect();
    assert!(kinds.contains(&json!("ticket.created")), "{kinds:?}");
    let titles = since.iter().filter(|got| got.json()["type"] == "ticket.created").count();
    assert_eq!(titles, 1, "only the second ticket: {kinds:?}");
    hook.client.post(&replay, json!({})).await.problem(422, "invalid_field");
    let both = json!({ "after": 1, "since": start });
    hook.client.post(&replay, both).await.problem(422, "invalid_field");
    hook.client.post(&replay, json!({ "after": -1 })).await.problem(422, "invalid_field");
}

async fn a_secret_is_changed_without_a_gap(world: Arc<World>) {
    let hook = Hook::new(&world, json!({})).await;
    let body = json!({ "keep_old_for_seconds": 3600 });
    let rotated = hook.client.post(&format!("{}/rotate-secret", hook.path), body).await.good();
    let new = rotated["secret"].as_str().expect("a secret");
    assert!(new.starts_with("whsec_") && new != hook.secret);
    hook.open_ticket("both").await;
    hook.drain().await;
    let got = hook.receiver.got().pop().expect("one");
    assert_eq!(got.header("webhook-signature").split(' ').count(), 2);
    assert!(hook.is_signed(&got) && kit::is_signed_by(new, &got), "both hold");
    world.clock.advance(3_601);
    hook.open_ticket("new").await;
    hook.drain().await;
    let got = hook.receiver.got().pop().expect("one");
    assert!(!hook.is_signed(&got) && kit::is_signed_by(new, &got), "only the new one");
    let body = json!({ "keep_old_for_seconds": 604_801 });
    let answer = hook.client.post(&format!("{}/rotate-secret", hook.path), body).await;
    answer.problem(422, "invalid_field");
}

async fn only_the_kinds_that_are_wanted_are_sent(world: Arc<World>) {
    let hook = Hook::new(&world, json!({ "kinds": ["ticket.created"] })).await;
    hook.open_ticket("one").await;
    hook.open_ticket("two").await;
    hook.drain().await;
    let kinds: Vec<_> = hook.receiver.got().iter().map(|got| got.json()["type"].clone()).collect();
    assert_eq!(kinds, ["ticket.created", "ticket.created"]);
    let shown = hook.client.get(&hook.path).await.good();
    let end = hook.client.get("/events?after=0&limit=1000").await.good();
    assert_eq!(shown["position"], end["next"], "it has passed over the others");
}
