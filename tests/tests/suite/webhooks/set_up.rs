//! Webhooks made, changed and removed, by admins alone.

use std::sync::Arc;

use serde_json::json;
use throughline_core::agent::Role;
use throughline_tests::webhooks::{Answer, Receiver};
use throughline_tests::{World, on_both};

on_both!(
    webhooks_are_for_admins,
    a_webhook_is_made_changed_and_removed,
    a_secret_is_shown_once,
    a_ping_says_what_came_of_it,
    a_paused_webhook_waits,
);

async fn webhooks_are_for_admins(world: Arc<World>) {
    let lead = world.agent(Role::Lead, &[]).await;
    lead.get("/webhooks").await.problem(403, "missing_right");
    let body = json!({ "url": "https://example.com/" });
    lead.post("/webhooks", body).await.problem(403, "missing_right");
    world.anonymous.get("/webhooks").await.problem(401, "unauthenticated");
}

async fn a_webhook_is_made_changed_and_removed(world: Arc<World>) {
    let admin = world.admin().await;
    let body = json!({ "url": "https://example.com/a", "description": "Shop", "kinds": [] });
    let made = admin.post("/webhooks", body).await.good()["webhook"].clone();
    let path = format!("/webhooks/{}", made["id"].as_str().expect("an id"));
    assert_eq!(admin.get(&path).await.good(), made);
    let list = admin.get("/webhooks").await.good();
    assert_eq!(list["items"], json!([made]));
    let patch = json!({ "kinds": ["ticket.created", "ticket.created"], "description": null });
    let changed = admin.with_header("If-Match", "\"v1\"").patch(&path, patch.clone()).await.good();
    assert_eq!(changed["kinds"], json!(["ticket.created"]));
    assert_eq!((&changed["description"], &changed["version"]), (&json!(null), &json!(2)));
    let stale = admin.with_header("If-Match", "\"v1\"").patch(&path, patch).await;
    stale.problem(412, "version_mismatch");
    for url in ["example.com", "ftp://example.com/", "https://a:b@example.com/", "https://x/#y"] {
        admin.patch(&path, json!({ "url": url })).await.problem(422, "invalid_field");
    }
    admin.patch(&path, json!({ "kinds": ["nothing"] })).await.problem(422, "invalid_body");
    assert_eq!(admin.delete(&path).await.status, 204);
    admin.get(&path).await.problem(404, "not_found");
    admin.get(&format!("{path}/attempts")).await.problem(404, "not_found");
    admin.delete(&path).await.problem(404, "not_found");
}

async fn a_secret_is_shown_once(world: Arc<World>) {
    let admin = world.admin().await;
    let make = admin.with_header("Idempotency-Key", "one");
    let body = json!({ "url": "https://example.com/a" });
    let first = make.post("/webhooks", body.clone()).await.good();
    let secret = first["secret"].as_str().expect("a secret").to_owned();
    let again = make.post("/webhooks", body).await.good();
    assert_eq!((&again["webhook"], &again["secret"]), (&first["webhook"], &json!(null)));
    let shown = admin.get("/webhooks").await.text();
    assert!(!shown.contains(&secret) && !shown.contains("whsec_"));
    let path = format!("/webhooks/{}", first["webhook"]["id"].as_str().expect("an id"));
    let rotate = admin.with_header("Idempotency-Key", "two");
    let body = json!({ "keep_old_for_seconds": 60 });
    let first = rotate.post(&format!("{path}/rotate-secret"), body.clone()).await.good();
    assert_ne!(first["secret"], json!(secret));
    let again = rotate.post(&format!("{path}/rotate-secret"), body).await.good();
    assert_eq!((&again["webhook"], &again["secret"]), (&first["webhook"], &json!(null)));
}

async fn a_ping_says_what_came_of_it(world: Arc<World>) {
    let (admin, receiver) = (world.admin().await, Receiver::start().await);
    let made = admin.post("/webhooks", json!({ "url": receiver.url })).await.good();
    let path = format!("/webhooks/{}", made["webhook"]["id"].as_str().expect("an id"));
    let good = admin.post(&format!("{path}/test"), json!({})).await.good();
    assert_eq!((&good["ok"], &good["status"]), (&json!(true), &json!(204)));
    let got = receiver.got().pop().expect("a ping");
    assert_eq!(got.json()["type"], "webhook.ping");
    assert_eq!(got.json()["data"]["webhook"], made["webhook"]["id"]);
    assert!(super::kit::is_signed_by(made["secret"].as_str().expect("a secret"), &got));
    receiver.next(&[Answer::Status(500, "")]);
    let bad = admin.post(&format!("{path}/test"), json!({})).await.good();
    assert_eq!((&bad["ok"], &bad["status"]), (&json!(false), &json!(500)));
    let shown = admin.get(&path).await.good();
    assert_eq!(shown, made["webhook"], "it changes nothing");
}

async fn a_paused_webhook_waits(world: Arc<World>) {
    let hook = super::Hook::new(&world, json!({})).await;
    hook.drain().await;
    let before = hook.receiver.got().len();
    let paused = hook.client.post(&format!("{}/pause", hook.path), json!({})).await.good();
    assert_eq!(paused["state"], "paused");
    assert!(paused["state_reason"].as_str().expect("words").starts_with("paused by key_"));
    hook.open_ticket("waits").await;
    assert_eq!(hook.drain().await, 0);
    let resumed = hook.client.post(&format!("{}/resume", hook.path), json!({})).await.good();
    assert_eq!((&resumed["state"], &resumed["state_reason"]), (&json!("active"), &json!(null)));
    hook.drain().await;
    let got = hook.receiver.got()[before..].to_vec();
    assert_eq!(hook.positions(&got), hook.all_positions(before).await);
}
