//! Views: kept, shared, and counted.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_core::agent::Role;
use throughline_core::id::TeamId;
use throughline_tests::mails::mail;
use throughline_tests::{Client, World, on_both};

use super::{ids, me, open};

on_both!(
    a_view_is_kept_and_shared,
    a_filter_that_no_list_takes_is_refused,
    views_are_counted_and_lists_know_me_and_mine,
    counting_stops_at_a_thousand,
);

async fn a_view_is_kept_and_shared(world: Arc<World>) {
    let admin = world.admin().await;
    let team = admin.post("/teams", json!({ "name": "Returns" })).await.good();
    let team_id: TeamId = team["id"].as_str().expect("an id").parse().expect("a team id");
    let owner = world.agent(Role::Agent, &[team_id]).await;
    let member = world.agent(Role::Agent, &[team_id]).await;
    let other = world.agent(Role::Agent, &[]).await;
    let view = json!({ "name": "Urgent", "filter": { "priority": ["high", "urgent"], "sort": "priority" }, "position": 3 });
    let made = owner.post("/views", view).await.good();
    assert_eq!(made["filter"], json!({ "priority": ["high", "urgent"], "sort": ["priority"] }));
    assert_eq!((&made["shared"], &made["owner"]), (&json!("private"), &json!(me(&owner).await)));
    let path = format!("/views/{}", made["id"].as_str().expect("an id"));
    for client in [&member, &other, &admin] {
        client.get(&path).await.problem(404, "not_found");
        client.delete(&path).await.problem(404, "not_found");
    }
    let with_team = json!({ "shared": "team", "team": team["id"] });
    owner.patch(&path, json!({ "shared": "team" })).await.problem(422, "invalid_field");
    let etag = owner.get(&path).await.header("etag").to_owned();
    let current = owner.with_header("If-Match", &etag);
    current.patch(&path, with_team.clone()).await.good();
    current.patch(&path, json!({ "name": "x" })).await.problem(412, "version_mismatch");
    member.get(&path).await.good();
    other.get(&path).await.problem(404, "not_found");
    owner.patch(&path, json!({ "shared": "all", "team": null })).await.good();
    assert_eq!(ids(&other.get("/views").await.good()).len(), 1);
    other.patch(&path, json!({ "name": "x" })).await.problem(403, "not_yours");
    other.delete(&path).await.problem(403, "not_yours");
    assert_eq!(admin.patch(&path, json!({ "name": "Hot" })).await.good()["name"], "Hot");
    let foreign = json!({ "name": "x", "filter": {}, "shared": "team", "team": team["id"] });
    other.post("/views", foreign).await.problem(422, "invalid_field");
    owner.delete(&path).await.good();
    owner.get(&path).await.problem(404, "not_found");
}

async fn a_filter_that_no_list_takes_is_refused(world: Arc<World>) {
    let client = world.agent(Role::Agent, &[]).await;
    for filter in [
        json!({ "stauts": "open" }),
        json!({ "priority": "hot" }),
        json!({ "assignee_agent": ["me", "none"] }),
        json!({ "cursor": "x" }),
        json!({ "q": "a\u{0}b" }),
    ] {
        let view = json!({ "name": "x", "filter": filter });
        let problem = client.post("/views", view).await.problem(422, "invalid_field");
        assert_eq!(problem["field"], "filter", "{problem}");
    }
    client
        .post("/views", json!({ "name": "x", "filter": { "status": [1] } }))
        .await
        .problem(422, "invalid_body");
}

fn built_in<'a>(counts: &'a Value, key: &str) -> &'a Value {
    let all = counts["built_in"].as_array().expect("a list");
    all.iter().find(|one| one["key"] == key).expect("a view that everybody has")
}

/// What the list says that the parameters of a view give.
async fn listed(client: &Client, filter: &Value) -> usize {
    let pairs = filter.as_object().expect("an object").iter().flat_map(|(name, values)| {
        let values = values.as_array().expect("a list").iter();
        values.map(move |value| format!("{name}={}", value.as_str().expect("a text")))
    });
    let query = pairs.collect::<Vec<_>>().join("&");
    ids(&client.get(&format!("/tickets?{query}")).await.good()).len()
}

async fn views_are_counted_and_lists_know_me_and_mine(world: Arc<World>) {
    let admin = world.admin().await;
    let team = admin.post("/teams", json!({ "name": "Returns" })).await.good();
    let team_id: TeamId = team["id"].as_str().expect("an id").parse().expect("a team id");
    let agent = world.agent(Role::Agent, &[team_id]).await;
    let him = me(&agent).await;
    open(&agent, "A", json!({ "assignee_agent": him })).await;
    open(&agent, "B", json!({ "assignee_team": team["id"] })).await;
    let named = open(&agent, "C", json!({ "priority": "urgent" })).await;
    open(&agent, "D", json!({ "status": "resolved", "assignee_agent": him })).await;
    let note = json!({ "body": "x", "mentions": [him] });
    admin.post(&format!("/tickets/{named}/notes"), note).await.good();
    let kept = json!({ "name": "Urgent", "filter": { "priority": "urgent" } });
    let kept = agent.post("/views", kept).await.good();
    let words = json!({ "name": "Words", "filter": { "q": "siparişim" } });
    agent.post("/views", words).await.good();
    let counts = agent.get("/views/counts").await.good();
    for (key, count) in
        [("mine", 1), ("unassigned", 2), ("mentions", 1), ("my_teams", 1), ("open", 3)]
    {
        let view = built_in(&counts, key);
        assert_eq!((&view["count"], &view["more"]), (&json!(count), &json!(false)), "{view}");
        assert_eq!(listed(&agent, &view["filter"]).await, count, "{view}");
    }
    assert_eq!(counts["views"][0], json!({ "id": kept["id"], "count": 1, "more": false }));
    assert_eq!(counts["views"][1]["count"], json!(null), "full text is not counted");
    agent.patch("/views/counts", json!({ "name": "x" })).await.problem(405, "method_not_allowed");
    let of_admin = admin.get("/views/counts").await.good();
    assert_eq!(built_in(&of_admin, "mine")["count"], 0);
    assert_eq!(built_in(&of_admin, "my_teams")["count"], 0);
}

async fn counting_stops_at_a_thousand(world: Arc<World>) {
    let client = world.agent(Role::Agent, &[]).await;
    for i in 0..1_001 {
        world.record(&mail("many@example.com", &format!("{i}@x"), &format!("S{i}"), "", "x")).await;
    }
    world.drain().await;
    let counts = client.get("/views/counts").await.good();
    let open = built_in(&counts, "open");
    assert_eq!((&open["count"], &open["more"]), (&json!(1_000), &json!(true)));
}
