//! Macros: kept, shown in a ticket, and named by what was written with them.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_core::agent::Role;
use throughline_tests::{World, on_both};

use super::{ids, me, open};

on_both!(
    a_macro_is_shown_as_it_would_be,
    places_and_actions_that_nobody_knows_are_refused,
    a_macro_is_its_makers_until_it_is_shared,
);

fn greeting() -> Value {
    json!({
        "name": "On its way",
        "body": "Merhaba {{customer.first_name}}, #{{ ticket.number }} yolda. {{agent.name}} {{customer.email}}",
        "actions": {
            "status": "waiting", "priority": "normal", "assignee_agent": "me",
            "add_tags": ["Kargo"], "remove_tags": ["yeni"],
        },
    })
}

async fn a_macro_is_shown_as_it_would_be(world: Arc<World>) {
    let agent = world.agent(Role::Agent, &[]).await;
    let made = agent.post("/macros", greeting()).await.good();
    let ticket = open(&agent, "Kargo", json!({ "tags": ["Yeni", "VIP"] })).await;
    let number = agent.get(&format!("/tickets/{ticket}")).await.good()["number"].clone();
    let path = format!("/macros/{}/preview", made["id"].as_str().expect("an id"));
    let shown = agent.post(&path, json!({ "ticket": ticket })).await.good();
    let expected = format!("Merhaba Ayşe, #{number} yolda. Agent 1 musteri@example.com");
    assert_eq!((&shown["body"], &shown["missing"]), (&json!(expected), &json!([])));
    let him = me(&agent).await;
    assert_eq!(shown["actions"]["assignee_agent"], json!(him));
    let expected = json!([
        { "field": "status", "from": "open", "to": "waiting" },
        { "field": "assignee_agent", "from": null, "to": him },
        { "field": "tags", "from": "VIP, Yeni", "to": "Kargo, VIP" },
    ]);
    assert_eq!(shown["changes"], expected, "what is so already is no change");
    let same = agent.get(&format!("/tickets/{ticket}")).await.good();
    assert_eq!((&same["status"], &same["version"]), (&json!("open"), &shown["version"]));
    // It is applied by hand, and what it wrote names it.
    let actions = &shown["actions"];
    let change = json!({
        "status": actions["status"], "assignee_agent": actions["assignee_agent"],
        "add_tags": actions["add_tags"], "remove_tags": actions["remove_tags"],
    });
    let changed = agent.patch(&format!("/tickets/{ticket}"), change).await.good();
    assert_eq!(changed["tags"][0]["name"], "Kargo");
    let reply = json!({ "body": shown["body"], "macro": made["id"] });
    let sent = agent.post(&format!("/tickets/{ticket}/replies"), reply).await.good();
    assert_eq!(sent["message"]["made_with"], made["id"]);
    agent.post(&path, json!({ "ticket": "tkt_0000000000000" })).await.problem(422, "invalid_field");
    // A customer without a name leaves his place empty, and says so.
    let nameless = json!({ "customer": { "email": "x@example.com" } });
    let nameless = open(&agent, "B", nameless).await;
    let shown = agent.post(&path, json!({ "ticket": nameless })).await.good();
    assert_eq!(shown["missing"], json!(["customer.first_name"]));
    world.drain().await;
}

async fn places_and_actions_that_nobody_knows_are_refused(world: Arc<World>) {
    let agent = world.agent(Role::Agent, &[]).await;
    let with = |field: &str, value: Value| {
        let mut body = greeting();
        body[field] = value;
        body
    };
    for (body, field) in [
        (with("body", json!("{{customer.password}}")), "body"),
        (with("body", json!("{{customer.name")), "body"),
        (with("actions", json!({ "status": "nowhere" })), "status"),
        (with("actions", json!({ "assignee_agent": "agt_0000000000000" })), "assignee_agent"),
        (with("actions", json!({ "assignee_team": "tea_0000000000000" })), "assignee_team"),
        (json!({ "name": "x", "body": " " }), "body"),
    ] {
        let problem = agent.post("/macros", body).await.problem(422, "invalid_field");
        assert_eq!(problem["field"], field, "{problem}");
    }
    let odd = with("actions", json!({ "delete": true }));
    agent.post("/macros", odd).await.problem(422, "invalid_body");
    let made = agent.post("/macros", greeting()).await.good();
    let path = format!("/macros/{}", made["id"].as_str().expect("an id"));
    agent.patch(&path, json!({ "body": "{{x}}" })).await.problem(422, "invalid_field");
    assert_eq!(agent.get(&path).await.good(), made);
}

async fn a_macro_is_its_makers_until_it_is_shared(world: Arc<World>) {
    let (ada, bea) = (world.agent(Role::Agent, &[]).await, world.agent(Role::Agent, &[]).await);
    let made = ada.post("/macros", greeting()).await.good();
    let path = format!("/macros/{}", made["id"].as_str().expect("an id"));
    bea.get(&path).await.problem(404, "not_found");
    assert!(ids(&bea.get("/macros").await.good()).is_empty());
    let etag = ada.get(&path).await.header("etag").to_owned();
    let current = ada.with_header("If-Match", &etag);
    current.patch(&path, json!({ "shared": true, "actions": {} })).await.good();
    current.patch(&path, json!({ "name": "x" })).await.problem(412, "version_mismatch");
    assert_eq!(bea.get(&path).await.good()["actions"]["status"], json!(null));
    bea.patch(&path, json!({ "name": "x" })).await.problem(403, "not_yours");
    bea.delete(&path).await.problem(403, "not_yours");
    world.admin().await.delete(&path).await.good();
    ada.get(&path).await.problem(404, "not_found");
}
