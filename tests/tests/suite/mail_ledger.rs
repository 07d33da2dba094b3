//! The ledger explained and replayed.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_core::agent::Role;
use throughline_tests::mails::mail;
use throughline_tests::{World, on_both};

on_both!(
    a_stored_delivery_tells_its_reasons,
    a_quarantined_delivery_is_explained_and_replayed,
    the_ledger_is_walked_between_two_times,
);

async fn a_stored_delivery_tells_its_reasons(world: Arc<World>) {
    let lead = world.agent(Role::Lead, &[]).await;
    let first = mail("Ayşe <ayse@example.com>", "a@x", "Kargo", "", "Nerede?");
    let first = world.record(&first).await.delivery;
    world.drain().await;
    let explained = lead.get(&format!("/deliveries/{first}/explanation")).await.good();
    assert_eq!(explained["item"]["owner_reason"]["rule"], "first_contact", "{explained}");
    let reply = mail("ayse@example.com", "b@x", "Re: Kargo", "In-Reply-To: <a@x>\n", "Merhaba?");
    let recorded = world.record(&reply).await;
    let path = format!("/deliveries/{}/explanation", recorded.delivery);
    let waiting = lead.get(&path).await.good();
    assert_eq!(
        (&waiting["delivery"]["outcome"], &waiting["item"]),
        (&json!("recorded"), &Value::Null)
    );
    world.drain().await;
    let explained = lead.get(&path).await.good();
    let item = &explained["item"];
    assert_eq!(explained["delivery"]["outcome"], "stored", "{explained}");
    assert_eq!(item["thread_reason"]["rule"], "header_match", "{explained}");
    assert_eq!(item["thread_reason"]["mail_id"], "a@x", "{explained}");
    assert_eq!(explained["seen"], json!([]), "it came by the API");
    world.agent(Role::Agent, &[]).await.get(&path).await.problem(403, "missing_right");
    lead.get("/deliveries?message_id=nobody@x").await.good();
    lead.get("/deliveries?message_id=").await.problem(400, "invalid_parameter");
}

async fn a_quarantined_delivery_is_explained_and_replayed(world: Arc<World>) {
    let lead = world.agent(Role::Lead, &[]).await;
    let recorded = world.record("").await;
    world.drain().await;
    let path = format!("/deliveries/{}", recorded.delivery);
    let explained = lead.get(&format!("{path}/explanation")).await.good();
    assert_eq!(explained["delivery"]["outcome"], "quarantined", "{explained}");
    assert!(explained["delivery"]["reason"].as_str().is_some_and(|r| !r.is_empty()), "{explained}");
    assert_eq!(explained["item"], Value::Null);
    let replayed = lead.post(&format!("{path}/replay"), json!({})).await.good();
    assert_eq!(replayed["outcome"], "recorded");
    world.drain().await;
    assert_eq!(lead.get(&path).await.good()["outcome"], "quarantined", "nothing was mended");
}

async fn the_ledger_is_walked_between_two_times(world: Arc<World>) {
    let lead = world.agent(Role::Lead, &[]).await;
    let mut times = Vec::new();
    for number in 0..3 {
        times.push(world.app.now().to_string());
        world.deliver(&mail("a@example.com", &format!("{number}@x"), "s", "", "x")).await;
        world.clock.advance(60);
    }
    let between = async |query: String| -> usize {
        let page = lead.get(&format!("/deliveries?{query}")).await.good();
        page["items"].as_array().expect("a list").len()
    };
    assert_eq!(between(format!("since={}", times[1])).await, 2);
    assert_eq!(between(format!("until={}", times[1])).await, 1);
    assert_eq!(between(format!("since={}&until={}", times[1], times[2])).await, 1);
    assert_eq!(between(format!("since={}&until={}", times[2], times[1])).await, 0);
    // A page ends where it would without a filter.
    let first = lead.get(&format!("/deliveries?since={}&limit=1", times[1])).await.good();
    let cursor = first["next_cursor"].as_str().expect("a cursor");
    assert_eq!(between(format!("since={}&limit=1&cursor={cursor}", times[1])).await, 1);
    assert_eq!(between(format!("until={}&limit=5&cursor={cursor}", times[1])).await, 1);
    lead.get("/deliveries?since=yesterday").await.problem(400, "invalid_parameter");
}
