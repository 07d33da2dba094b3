//! Bad input gets a clear 4xx that says what to do, and nothing is saved.

use std::sync::Arc;

use reqwest::Method;
use serde_json::json;
use throughline_tests::{World, on_both};

on_both!(
    bad_json_and_unknown_fields,
    over_long_values,
    bad_cursors_limits_and_parameters,
    bad_and_foreign_ids,
    bodies_too_large_and_of_the_wrong_kind,
    unknown_routes_and_methods,
    every_answer_has_a_request_id,
);

async fn bad_json_and_unknown_fields(world: Arc<World>) {
    let client = world.admin().await;
    let broken =
        client.raw(Method::POST, "/tickets", "application/json", b"{\"subject\":".to_vec());
    broken.await.problem(400, "invalid_json");
    let unknown =
        json!({ "subject": "s", "body": "b", "customer": { "email": "a@b.c" }, "colour": 1 });
    let answer = client.post("/tickets", unknown).await.problem(422, "invalid_body");
    assert!(answer["detail"].as_str().expect("a text").contains("colour"), "{answer}");
    let missing = client.post("/tickets", json!({ "subject": "s" })).await;
    missing.problem(422, "invalid_body");
    let wrong = json!({ "subject": 5, "body": "b", "customer": { "email": "a@b.c" } });
    client.post("/tickets", wrong).await.problem(422, "invalid_body");
    let all = client.get("/tickets").await.good();
    assert!(all["items"].as_array().expect("a list").is_empty());
}

async fn over_long_values(world: Arc<World>) {
    let client = world.admin().await;
    let long = |n: usize| "x".repeat(n);
    let ticket = json!({ "subject": long(10_000), "body": "b", "customer": { "email": "a@b.c" } });
    assert_eq!(client.post("/tickets", ticket).await.status.as_u16(), 422);
    let ticket = json!({ "subject": "s", "body": long(200_000), "customer": { "email": "a@b.c" } });
    assert_eq!(client.post("/tickets", ticket).await.status.as_u16(), 422);
    let email = format!("{}@example.com", long(400));
    assert_eq!(client.post("/customers", json!({ "emails": [email] })).await.status.as_u16(), 422);
    assert_eq!(client.post("/tags", json!({ "name": long(65) })).await.status.as_u16(), 422);
    let key = client.with_header("Idempotency-Key", &long(300));
    assert_eq!(key.post("/tags", json!({ "name": "a" })).await.status.as_u16(), 400);
}

async fn bad_cursors_limits_and_parameters(world: Arc<World>) {
    let client = world.admin().await;
    client.get("/tickets?cursor=rubbish").await.problem(400, "invalid_cursor");
    client.get("/customers?cursor=tud.0000000000000001").await.problem(400, "invalid_cursor");
    for limit in ["0", "201", "-1", "many", ""] {
        let answer = client.get(&format!("/tickets?limit={limit}")).await;
        answer.problem(400, "invalid_parameter");
    }
    client.get("/tickets?colour=red").await.problem(400, "invalid_parameter");
    client.get("/tickets?priority=extreme").await.problem(400, "invalid_parameter");
    client.get("/tickets?created_from=yesterday").await.problem(400, "invalid_parameter");
}

async fn bad_and_foreign_ids(world: Arc<World>) {
    let client = world.admin().await;
    client.get("/tickets/42").await.problem(400, "invalid_id");
    client.get("/tickets/cus_0000000000001").await.problem(400, "invalid_id");
    client.get("/tickets/tkt_0000000000001").await.problem(404, "not_found");
    client.get("/attachments/att_0000000000001").await.problem(404, "not_found");
    let foreign = json!({ "subject": "s", "body": "b", "customer": { "id": "cus_0000000000001" } });
    client.post("/tickets", foreign).await.problem(422, "invalid_field");
}

async fn bodies_too_large_and_of_the_wrong_kind(world: Arc<World>) {
    let client = world.admin().await;
    let body = format!("{{\"subject\":\"{}\"}}", "x".repeat(2 * 1024 * 1024));
    let large = client.raw(Method::POST, "/tickets", "application/json", body.into_bytes()).await;
    large.problem(413, "body_too_large");
    let text = client.raw(Method::POST, "/tickets", "text/plain", b"{}".to_vec()).await;
    text.problem(415, "unsupported_media_type");
}

async fn unknown_routes_and_methods(world: Arc<World>) {
    let client = world.admin().await;
    client.get("/nothing").await.problem(404, "unknown_route");
    let answer = client.delete("/tickets").await;
    assert!(answer.header("allow").contains("GET"));
    answer.problem(405, "method_not_allowed");
}

async fn every_answer_has_a_request_id(world: Arc<World>) {
    let answer = world.anonymous.with_header("X-Request-Id", "abc-123").get("/me").await;
    assert_eq!(answer.header("x-request-id"), "abc-123");
    let odd = world.anonymous.with_header("X-Request-Id", "a b<c>").get("/me").await;
    assert!(!odd.header("x-request-id").contains('<'));
    assert!(!odd.header("x-request-id").is_empty());
}
