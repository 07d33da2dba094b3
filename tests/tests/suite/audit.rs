//! The audit trail: who changed what, with the names of fields and never their values.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_core::agent::Role;
use throughline_tests::mails::mail;
use throughline_tests::{Client, World, on_both};

on_both!(
    changes_are_told_with_their_fields_and_without_their_values,
    the_trail_is_filtered_and_walked_newest_first,
    merges_and_erasures_are_in_the_trail,
    shared_views_and_macros_are_in_the_trail,
);

async fn trail(admin: &Client, query: &str) -> Vec<Value> {
    let mut page = admin.get(&format!("/audit?{query}")).await.good();
    page["items"].take().as_array().expect("a list").clone()
}

async fn changes_are_told_with_their_fields_and_without_their_values(world: Arc<World>) {
    let (admin, agent) = (world.admin().await, world.agent(Role::Agent, &[]).await);
    let me = admin.get("/me").await.good();
    let inbox = world.inbox().await.id;
    let path = format!("/inboxes/{inbox}");
    admin.patch(&path, json!({ "restricted": true, "name": "Nobody's business" })).await.good();
    let new = json!({ "email": "x@example.com", "name": "X", "role": "agent", "password": "correct horse battery" });
    let made = admin.post("/agents", new).await.good();
    let id = made["agent"]["id"].as_str().or(made["id"].as_str()).expect("an id").to_owned();
    admin.patch(&format!("/agents/{id}"), json!({ "active": false })).await.good();

    let lines = trail(&admin, "limit=3").await;
    let told = |line: &Value| {
        let (what, change) = (line["what"].as_str(), line["change"].as_str());
        (format!("{} {}", what.expect("what"), change.expect("change")), line["fields"].clone())
    };
    assert_eq!(told(&lines[0]), ("agent updated".to_owned(), json!(["active"])));
    assert_eq!(told(&lines[1]), ("agent created".to_owned(), json!([])));
    assert_eq!(told(&lines[2]), ("inbox updated".to_owned(), json!(["name", "restricted"])));
    assert_eq!((&lines[0]["thing"], &lines[0]["actor"]), (&json!(id), &me["id"]));
    assert_eq!(lines[2]["thing"], inbox.to_string());
    let whole = admin.get("/audit").await.text();
    assert!(!whole.contains("business") && !whole.contains("horse"), "{whole}");
    agent.get("/audit").await.problem(403, "missing_right");
    let lead = world.agent(Role::Lead, &[]).await;
    lead.get("/audit").await.problem(403, "missing_right");
    world.anonymous.get("/audit").await.problem(401, "unauthenticated");
}

async fn the_trail_is_filtered_and_walked_newest_first(world: Arc<World>) {
    let (admin, other) = (world.admin().await, world.admin().await);
    let who = |me: Value| me["id"].as_str().expect("an id").to_owned();
    let (me, they) = (who(admin.get("/me").await.good()), who(other.get("/me").await.good()));
    for number in 0..3 {
        admin.post("/tags", json!({ "name": format!("tag {number}") })).await.good();
        world.clock.advance(60);
    }
    other.post("/teams", json!({ "name": "HR" })).await.good();
    assert_eq!(trail(&admin, &format!("actor={they}&what=team")).await.len(), 1);
    assert_eq!(trail(&admin, &format!("actor={they}")).await.len(), 2, "and that they signed in");
    let tags = trail(&admin, &format!("actor={me}&what=tag")).await;
    assert_eq!(tags.len(), 3);
    assert!(tags.iter().all(|line| line["what"] == "tag" && line["actor"] == me.as_str()));
    let at = |line: &Value| line["at"].as_str().expect("an instant").to_owned();
    assert!(at(&tags[0]) > at(&tags[1]) && at(&tags[1]) > at(&tags[2]));
    let since = trail(&admin, &format!("what=tag&since={}", at(&tags[1]))).await;
    assert_eq!(since, tags[..2]);
    let until = trail(&admin, &format!("what=tag&until={}", at(&tags[1]))).await;
    assert_eq!(until, tags[2..]);

    let (mut walked, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = admin.get(&format!("/audit?limit=2{cursor}")).await.good();
        walked.extend(page["items"].as_array().expect("a list").clone());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(walked, trail(&admin, "limit=200").await);
    admin.get("/audit?what=everything").await.problem(400, "invalid_parameter");
    admin.get("/audit?since=yesterday").await.problem(400, "invalid_parameter");
    admin.get("/audit?cursor=job.0000000000000001").await.problem(400, "invalid_cursor");
}

async fn merges_and_erasures_are_in_the_trail(world: Arc<World>) {
    let admin = world.admin().await;
    world.deliver(&mail("a@example.com", "a@x", "A", "", "hello")).await;
    world.deliver(&mail("b@example.com", "b@x", "B", "", "hello")).await;
    let id = |customer: Value| customer["id"].as_str().expect("an id").to_owned();
    let (a, b) = (
        id(world.customer(&admin, "a@example.com").await),
        id(world.customer(&admin, "b@example.com").await),
    );
    let merge = admin.post(&format!("/customers/{a}/merge"), json!({ "other": b })).await.good();
    let undo = format!("/merges/{}/undo", merge["id"].as_str().expect("an id"));
    admin.post(&undo, json!({})).await.good();
    let wish = json!({ "reason": "asked for", "confirm": b });
    admin.post(&format!("/customers/{b}/erase"), wish).await.good();
    let lines = trail(&admin, "what=customer").await;
    let told = |line: &Value| {
        format!(
            "{} {}",
            line["change"].as_str().expect("a change"),
            line["thing"].as_str().expect("an id")
        )
    };
    let told: Vec<String> = lines.iter().map(told).collect();
    assert_eq!(told, [format!("erased {b}"), format!("unmerged {a}"), format!("merged {a}")]);
    assert_eq!(lines[2]["fields"], json!([b]), "the other customer");
}

async fn shared_views_and_macros_are_in_the_trail(world: Arc<World>) {
    let admin = world.admin().await;
    let view = json!({ "name": "Ours", "filter": {}, "shared": "all" });
    let view = admin.post("/views", view).await.good();
    let one = json!({ "name": "Close", "body": "Bye", "shared": true });
    let one = admin.post("/macros", one).await.good();
    for (what, path, thing) in [("view", "/views", &view), ("macro", "/macros", &one)] {
        let id = thing["id"].as_str().expect("an id");
        admin.patch(&format!("{path}/{id}"), json!({ "name": "Other" })).await.good();
        assert!(admin.delete(&format!("{path}/{id}")).await.status.is_success());
        let lines = trail(&admin, &format!("what={what}")).await;
        let told: Vec<&str> = lines.iter().filter_map(|line| line["change"].as_str()).collect();
        assert_eq!(told, ["deleted", "updated", "created"], "{what}");
        assert!(lines.iter().all(|line| line["thing"] == id));
    }
    // What an agent keeps for himself is nobody's business.
    let own = json!({ "name": "Own", "filter": {} });
    admin.post("/views", own).await.good();
    assert_eq!(trail(&admin, "what=view").await.len(), 3);
}
