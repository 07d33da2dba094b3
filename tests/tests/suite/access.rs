//! Who gets in, what he may do, and what he may see.

use std::sync::Arc;

use serde_json::json;
use throughline_core::agent::Role;
use throughline_core::id::TeamId;
use throughline_tests::mails::mail;
use throughline_tests::{World, on_both};

on_both!(
    without_credentials_nothing_is_shown,
    expired_and_forged_tokens_are_refused,
    a_refresh_token_serves_once_and_its_reuse_ends_the_session,
    roles_may_what_they_may,
    api_keys_have_only_their_scopes,
    a_restricted_inbox_is_invisible_to_others_everywhere,
    five_wrong_passwords_lock_for_a_while,
);

async fn without_credentials_nothing_is_shown(world: Arc<World>) {
    for path in
        ["/tickets", "/customers", "/search?q=a", "/agents", "/deliveries", "/events", "/me"]
    {
        let answer = world.anonymous.get(path).await;
        assert!(answer.header("www-authenticate").starts_with("Bearer"), "{path}");
        answer.problem(401, "unauthenticated");
    }
    for path in ["/health/live", "/health/ready", "/metrics", "/api/v1/openapi.json", "/api/docs/"]
    {
        let answer = world.anonymous.get_raw(path).await;
        assert_eq!(answer.status.as_u16(), 200, "{path}: {}", answer.text());
    }
}

async fn expired_and_forged_tokens_are_refused(world: Arc<World>) {
    let client = world.admin().await;
    client.get("/me").await.good();
    world.clock.advance(16 * 60);
    client.get("/me").await.problem(401, "token_expired");
    // Another key, algorithm "none", and rubbish.
    let forged = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhZ3RfMDAwMDAwMDAwMDAwMSIsImV4cCI6NDEwMjQ0NDgwMH0.c2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJlc2lnbmE";
    let none = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZ3RfMDAwMDAwMDAwMDAwMSIsImV4cCI6NDEwMjQ0NDgwMH0.";
    for token in [forged, none, "rubbish"] {
        world.anonymous.with_token(token).get("/me").await.problem(401, "invalid_token");
    }
    world.anonymous.with_token("tlk_abcdefgh_nothing").get("/me").await.problem(401, "bad_api_key");
}

async fn a_refresh_token_serves_once_and_its_reuse_ends_the_session(world: Arc<World>) {
    world.agent(Role::Agent, &[]).await;
    let body =
        json!({ "email": "agent1@throughline.example", "password": "correct horse battery" });
    let first = world.anonymous.post("/auth/sign-in", body).await.good();
    let refresh = |token: &serde_json::Value| json!({ "refresh_token": token });
    world.clock.advance(60);
    let second =
        world.anonymous.post("/auth/refresh", refresh(&first["refresh_token"])).await.good();
    world.clock.advance(60);
    let reused = world.anonymous.post("/auth/refresh", refresh(&first["refresh_token"])).await;
    reused.problem(401, "refresh_token_reused");
    let ended = world.anonymous.post("/auth/refresh", refresh(&second["refresh_token"])).await;
    assert_eq!(ended.status.as_u16(), 401, "the thief's reuse ended the family");
}

async fn roles_may_what_they_may(world: Arc<World>) {
    let (agent, lead) = (world.agent(Role::Agent, &[]).await, world.agent(Role::Lead, &[]).await);
    let tag = json!({ "name": "kargo" });
    agent.post("/tags", tag.clone()).await.problem(403, "missing_right");
    lead.post("/tags", tag).await.good();
    agent.get("/deliveries").await.problem(403, "missing_right");
    lead.get("/deliveries").await.good();
    lead.post("/teams", json!({ "name": "x" })).await.problem(403, "missing_right");
    lead.post("/api-keys", json!({ "name": "x", "scopes": ["admin"] }))
        .await
        .problem(403, "missing_right");
}

async fn api_keys_have_only_their_scopes(world: Arc<World>) {
    let admin = world.admin().await;
    let body = json!({ "name": "shop", "scopes": ["tickets:read", "tickets:write"] });
    let made = admin.post("/api-keys", body).await.good();
    let text = made["key"].as_str().or(made["secret"].as_str()).expect("shown once").to_owned();
    let shop = world.anonymous.with_token(&text);
    let ticket = json!({ "subject": "s", "body": "b", "customer": { "email": "k@example.com" } });
    shop.post("/tickets", ticket).await.good();
    shop.get("/customers").await.problem(403, "missing_right");
    let listed = admin.get("/api-keys").await.text();
    assert!(!listed.contains(&text), "the key is shown once");
    let id = made["api_key"]["id"].as_str().or(made["id"].as_str()).expect("an id");
    let revoked = admin.delete(&format!("/api-keys/{id}")).await;
    assert!(revoked.status.is_success(), "{}", revoked.text());
    shop.get("/tickets").await.problem(401, "bad_api_key");
}

async fn a_restricted_inbox_is_invisible_to_others_everywhere(world: Arc<World>) {
    let admin = world.admin().await;
    let team = admin.post("/teams", json!({ "name": "HR" })).await.good();
    let team_id: TeamId = team["id"].as_str().expect("an id").parse().expect("a team id");
    let inbox = world.inbox().await;
    let close = json!({ "restricted": true, "teams": [team["id"]] });
    admin.patch(&format!("/inboxes/{}", inbox.id), close).await.good();
    world.deliver(&mail("w@example.com", "w1@example.com", "Salary", "", "secretword")).await;
    let ticket = world.ticket_of(&admin, "w@example.com").await;
    let (id, customer) =
        (ticket["id"].as_str().expect("an id"), ticket["customer"].as_str().expect("an id"));
    let items = admin.get(&format!("/tickets/{id}/items")).await.good();
    let item = items["items"][0]["id"].as_str().expect("an id");
    let insider = world.agent(Role::Agent, &[team_id]).await;
    let outsider = world.agent(Role::Agent, &[]).await;
    insider.get(&format!("/tickets/{id}")).await.good();
    for path in [
        format!("/tickets/{id}"),
        format!("/tickets/{id}/items"),
        format!("/tickets/by-number/{}", ticket["number"]),
        format!("/customers/{customer}"),
        format!("/customers/{customer}/timeline"),
        format!("/items/{item}"),
    ] {
        insider.get(&path).await.good();
        outsider.get(&path).await.problem(404, "not_found");
    }
    for list in ["/tickets", "/tickets?q=secretword", "/search?q=secretword", "/customers"] {
        let seen = |page: serde_json::Value| page["items"].as_array().expect("a list").len();
        assert_eq!(seen(insider.get(list).await.good()), 1, "{list}");
        assert_eq!(seen(outsider.get(list).await.good()), 0, "{list}");
    }
    let patch = json!({ "status": "resolved" });
    outsider.patch(&format!("/tickets/{id}"), patch).await.problem(404, "not_found");
    let note = json!({ "body": "x" });
    outsider.post(&format!("/tickets/{id}/notes"), note).await.problem(404, "not_found");
    let events = outsider.get("/events").await.text();
    assert!(!events.contains(id), "events leak the ticket");
    // What is assigned to somebody is his to see, whatever its inbox.
    let me = outsider.get("/me").await.good();
    let me = me["agent"]["id"].as_str().or(me["id"].as_str()).expect("an id");
    admin.patch(&format!("/tickets/{id}"), json!({ "assignee_agent": me })).await.good();
    outsider.get(&format!("/tickets/{id}/items")).await.good();
    outsider.get(&format!("/customers/{customer}/timeline")).await.good();
}

async fn five_wrong_passwords_lock_for_a_while(world: Arc<World>) {
    world.agent(Role::Agent, &[]).await;
    let body =
        |password: &str| json!({ "email": "agent1@throughline.example", "password": password });
    for _ in 0..5 {
        let wrong = world.anonymous.post("/auth/sign-in", body("wrong password")).await;
        wrong.problem(401, "bad_credentials");
    }
    let locked = world.anonymous.post("/auth/sign-in", body("correct horse battery")).await;
    assert_eq!(locked.status.as_u16(), 429, "{}", locked.text());
    assert!(!locked.header("retry-after").is_empty());
    world.clock.advance(61);
    world.anonymous.post("/auth/sign-in", body("correct horse battery")).await.good();
}
