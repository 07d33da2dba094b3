//! Several workers, and workers that die.

use std::sync::Arc;

use serde_json::json;
use throughline_api::WireShape;
use throughline_app::webhooks::{self, Lane};
use throughline_tests::webhooks::{courier, serving};
use throughline_tests::{World, on_both};
use throughline_worker::webhooks::Settings;

use super::kit::Hook;

on_both!(
    two_workers_send_each_event_once_and_in_order,
    a_worker_that_dies_is_followed_by_another,
    what_was_sent_and_not_noted_is_sent_again_with_its_id,
    who_lost_the_lease_changes_nothing,
);

async fn two_workers_send_each_event_once_and_in_order(world: Arc<World>) {
    let hook = Hook::new(&world, json!({})).await;
    for number in 0..10 {
        hook.open_ticket(&format!("{number}")).await;
    }
    let short = Settings { turn: 3, ..Settings::default() };
    let workers = [serving(&world.app, short.clone()), serving(&world.app, short)];
    let [one, two] = &workers;
    let (one, two) = tokio::join!(one.drain(), two.drain());
    let sent = one.expect("it sends") + two.expect("it sends");
    hook.drain().await;
    let got = hook.receiver.got();
    assert!(sent <= got.len());
    assert_eq!(hook.positions(&got), hook.all_positions(0).await);
}

async fn a_worker_that_dies_is_followed_by_another(world: Arc<World>) {
    let hook = Hook::new(&world, json!({})).await;
    hook.open_ticket("x").await;
    throughline_app::events::give_positions(&world.app).await.expect("positions");
    let dead = webhooks::claim(&world.app, Lane::Healthy, 10, 60_000).await.expect("a claim");
    assert_eq!(dead.len(), 1);
    assert_eq!(hook.drain().await, 0, "it is held");
    world.clock.advance(61);
    assert!(hook.drain().await > 0);
    assert_eq!(hook.positions(&hook.receiver.got()), hook.all_positions(0).await);
}

async fn what_was_sent_and_not_noted_is_sent_again_with_its_id(world: Arc<World>) {
    let hook = Hook::new(&world, json!({})).await;
    hook.open_ticket("x").await;
    throughline_app::events::give_positions(&world.app).await.expect("positions");
    let mut claims = webhooks::claim(&world.app, Lane::Healthy, 1, 60_000).await.expect("claims");
    let claimed = claims.pop().expect("one");
    let next = webhooks::next(&world.app, &claimed, &WireShape).await.expect("an event");
    let sent = courier().send(&next.unwrap_or_else(|at| panic!("nothing up to {at}")).letter).await;
    assert!(sent.taken());
    // Killed here: nothing was noted.
    world.clock.advance(61);
    hook.drain().await;
    let got = hook.receiver.got();
    assert_eq!(got[0].header("webhook-id"), got[1].header("webhook-id"));
    assert_eq!(hook.positions(&got[1..]), hook.all_positions(0).await);
}

async fn who_lost_the_lease_changes_nothing(world: Arc<World>) {
    let hook = Hook::new(&world, json!({})).await;
    hook.open_ticket("x").await;
    throughline_app::events::give_positions(&world.app).await.expect("positions");
    let mut claims = webhooks::claim(&world.app, Lane::Healthy, 1, 60_000).await.expect("claims");
    let mut slow = claims.pop().expect("one");
    let next = webhooks::next(&world.app, &slow, &WireShape).await.expect("an event");
    let Ok(next) = next else { panic!("there is an event") };
    let sent = courier().send(&next.letter).await;
    // Meanwhile an admin goes back, and others send.
    let body = json!({ "after": 0 });
    hook.client.post(&format!("{}/replay", hook.path), body).await.good();
    hook.drain().await;
    let before = hook.client.get(&hook.path).await.good();
    let goes_on = webhooks::settle(&world.app, &mut slow, next, sent).await.expect("settled");
    assert!(!goes_on, "its claim is over");
    assert_eq!(hook.client.get(&hook.path).await.good(), before);
}
