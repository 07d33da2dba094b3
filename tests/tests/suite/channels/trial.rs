//! Trying a mapping of the generic webhook on what came.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_core::agent::Role;
use throughline_tests::hooks::hub_signature;
use throughline_tests::{World, on_both};

use super::bot::{items, text};

on_both!(
    a_mapping_is_tried_on_a_delivery_that_came,
    who_may_not_see_a_delivery_tries_nothing_on_it
);

const SECRET: &str = "not to be shown";

/// An inbox with a generic webhook; answers with the path of the inbox.
async fn inbox(admin: &throughline_tests::Client, address: &str) -> String {
    let new = json!({ "channel": "chat", "address": address, "name": address });
    let made = admin.post("/inboxes", new).await.good();
    let path = format!("/inboxes/{}", text(&made["id"]));
    let account = json!({
        "kind": "webhook", "settings": { "scheme": "github" }, "secrets": { "secret": [SECRET] },
    });
    admin.put(&format!("{path}/channel"), account).await.good();
    path
}

/// Lets a request come by the hook of an inbox; answers with its row in the ledger.
async fn came(
    world: &World,
    admin: &throughline_tests::Client,
    inbox: &str,
    body: &Value,
) -> String {
    let body = body.to_string().into_bytes();
    let signed = world
        .anonymous
        .with_header("X-Hub-Signature-256", &hub_signature(SECRET, &body))
        .with_header("X-GitHub-Delivery", &format!("d{}", body.len()));
    let hook = inbox.replace("/inboxes", "/hooks");
    signed.post_raw(&hook, "application/json", body).await.good();
    world.drain().await;
    let page = admin.get("/deliveries").await.good();
    text(&items(&page)[0]["id"]).to_owned()
}

async fn a_mapping_is_tried_on_a_delivery_that_came(world: Arc<World>) {
    let admin = world.admin().await;
    let inbox = inbox(&admin, "shop").await;
    let payload = json!({ "say": { "words": "Kargo nerede?" }, "who": "7", "nr": "1" });
    let delivery = came(&world, &admin, &inbox, &payload).await;
    let path = format!("{inbox}/channel/try-mapping");
    let mapping = json!({ "text": "/say/words", "id": "/nr", "conversation": "/nothing" });
    let tried = json!({ "mapping": mapping, "delivery": delivery });
    let found = admin.post(&path, tried).await.good();
    assert_eq!(found["count"], 1, "{found}");
    let of = |field: &str| {
        let all = found["findings"].as_array().expect("findings");
        all.iter().find(|one| one["field"] == field).cloned().unwrap_or_default()
    };
    assert_eq!(
        (&of("text")["outcome"], &of("text")["value"]),
        (&json!("found"), &json!("Kargo nerede?"))
    );
    assert_eq!(of("text")["at"], json!(["/say/words"]));
    assert_eq!(of("conversation")["outcome"], "missing", "{found}");
    assert!(!found.to_string().contains(SECRET));
    // The same payload, sent along.
    let sent = json!({ "mapping": mapping, "payload": payload });
    let again = admin.post(&path, sent).await.good();
    assert_eq!(again["findings"], found["findings"]);
    // Nothing of it is stored.
    assert_eq!(items(&admin.get("/deliveries").await.good()).len(), 1);
    let wrong = json!({ "mapping": { "text": 7 }, "delivery": delivery });
    admin.post(&path, wrong).await.problem(422, "invalid_field");
    admin.post(&path, json!({ "mapping": mapping })).await.problem(422, "invalid_field");
    let both = json!({ "mapping": mapping, "delivery": delivery, "payload": payload });
    admin.post(&path, both).await.problem(422, "invalid_field");
}

async fn who_may_not_see_a_delivery_tries_nothing_on_it(world: Arc<World>) {
    let admin = world.admin().await;
    let (one, other) = (inbox(&admin, "one").await, inbox(&admin, "other").await);
    let delivery = came(&world, &admin, &one, &json!({ "text": "hush" })).await;
    let tried = json!({ "delivery": delivery });
    let path = |inbox: &str| format!("{inbox}/channel/try-mapping");
    let answer = admin.post(&path(&other), tried.clone()).await;
    assert!(!answer.problem(404, "not_found").to_string().contains("hush"));
    let lead = world.agent(Role::Lead, &[]).await;
    lead.post(&path(&one), tried.clone()).await.problem(403, "missing_right");
    let mail = format!("/inboxes/{}", world.inbox().await.id);
    let told = admin.post(&path(&mail), tried).await;
    assert!(!told.status.is_success(), "an inbox for mail has no mapping");
}
