//! Customers and their timelines over the API.

use std::sync::Arc;

use serde_json::json;
use throughline_tests::mails::mail;
use throughline_tests::{World, on_both};

on_both!(
    a_customer_is_made_changed_and_found,
    an_address_belongs_to_one_customer,
    two_first_mails_at_once_make_one_customer,
    a_timeline_runs_across_tickets_and_pages_without_gaps,
    a_timeline_is_filtered_by_kind_ticket_and_time,
    attachments_come_back_byte_for_byte,
);

async fn a_customer_is_made_changed_and_found(world: Arc<World>) {
    let client = world.admin().await;
    let body = json!({ "name": "Zeynep", "emails": ["Zeynep@Example.com"], "language": "tr", "tags": ["vip"] });
    let customer = client.post("/customers", body).await.good();
    assert_eq!(customer["identities"][0]["value"], "zeynep@example.com");
    let path = format!("/customers/{}", customer["id"].as_str().expect("an id"));
    let patch = json!({ "name": null, "time_zone": "Europe/Istanbul", "add_emails": ["z@example.org"], "remove_tags": ["vip"] });
    let changed = client.patch(&path, patch).await.good();
    assert!(changed["name"].is_null());
    assert_eq!(changed["language"], "tr");
    assert_eq!(changed["identities"].as_array().expect("a list").len(), 2);
    assert!(changed["tags"].as_array().expect("a list").is_empty());
    let found = client.get("/customers?email=Z@example.org").await.good();
    assert_eq!(found["items"][0]["id"], customer["id"]);
    let bad = client.patch(&path, json!({ "language": "turkish language" })).await;
    assert_eq!(bad.status.as_u16(), 422);
}

async fn an_address_belongs_to_one_customer(world: Arc<World>) {
    let client = world.admin().await;
    client.post("/customers", json!({ "emails": ["one@example.com"] })).await.good();
    let again = client.post("/customers", json!({ "emails": ["ONE@example.com"] })).await;
    again.problem(409, "address_taken");
    let all = client.get("/customers").await.good();
    assert_eq!(all["items"].as_array().expect("a list").len(), 1, "nothing half-saved");
}

async fn two_first_mails_at_once_make_one_customer(world: Arc<World>) {
    let client = world.admin().await;
    let body = |i: i32| json!({ "subject": format!("S{i}"), "body": "x", "customer": { "email": "race@example.com" } });
    let all = futures_util::future::join_all((0..8).map(|i| {
        let (client, body) = (client.clone(), body(i));
        async move { client.post("/tickets", body).await }
    }));
    for answer in all.await {
        answer.good();
    }
    world.customer(&client, "race@example.com").await;
}

async fn a_timeline_runs_across_tickets_and_pages_without_gaps(world: Arc<World>) {
    let client = world.admin().await;
    for i in 0..9 {
        let id = format!("t{i}@example.com");
        let thread = if i % 3 == 0 {
            String::new()
        } else {
            format!("References: <t{}@example.com>\n", i - i % 3)
        };
        // All in one second: only the tie-break orders them.
        world
            .record(&mail("t@example.com", &id, &format!("S{i}"), &thread, &format!("body {i}")))
            .await;
    }
    world.drain().await;
    let customer = world.customer(&client, "t@example.com").await;
    let path = format!("/customers/{}/timeline", customer["id"].as_str().expect("an id"));
    let mut seen: Vec<String> = Vec::new();
    let mut tickets = std::collections::BTreeSet::new();
    let mut cursor = String::new();
    loop {
        let page = client.get(&format!("{path}?limit=4{cursor}")).await.good();
        for item in page["items"].as_array().expect("a list") {
            seen.push(item["body"].as_str().expect("a body").trim().to_owned());
            tickets.insert(item["ticket"].as_str().expect("a ticket").to_owned());
        }
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    seen.sort();
    let all: Vec<String> = (0..9).map(|i| format!("body {i}")).collect();
    assert_eq!(seen, all);
    assert_eq!(tickets.len(), 3);
}

async fn a_timeline_is_filtered_by_kind_ticket_and_time(world: Arc<World>) {
    let client = world.admin().await;
    world.deliver(&mail("u@example.com", "u1@example.com", "One", "", "first")).await;
    world.clock.advance(600);
    let ticket = world.ticket_of(&client, "u@example.com").await;
    let id = ticket["id"].as_str().expect("an id");
    client.post(&format!("/tickets/{id}/notes"), json!({ "body": "a note" })).await.good();
    let customer = ticket["customer"].as_str().expect("an id");
    let cases = [
        ("kind=note".to_owned(), 1),
        ("kind=note,message".to_owned(), 2),
        (format!("ticket={id}"), 2),
        ("until=2026-11-22T09:00:00Z".to_owned(), 1),
        ("from=2026-11-22T09:05:00Z".to_owned(), 1),
        ("channel=api".to_owned(), 0),
    ];
    for (filter, expected) in cases {
        let page = client.get(&format!("/customers/{customer}/timeline?{filter}")).await.good();
        assert_eq!(page["items"].as_array().expect("a list").len(), expected, "{filter}");
    }
}

async fn attachments_come_back_byte_for_byte(world: Arc<World>) {
    let client = world.admin().await;
    let mail = "From: v@example.com\nTo: support@throughline.example\nMessage-ID: <v1@example.com>\n\
        Subject: file\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n\
        --b\nContent-Type: text/plain\n\nsee file\n\
        --b\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\
        Content-Disposition: attachment; filename*=utf-8''fi%C5%9F%22.bin\n\nAAEC/w==\n--b--\n";
    world.deliver(mail).await;
    let ticket = world.ticket_of(&client, "v@example.com").await;
    let path = format!("/tickets/{}/items", ticket["id"].as_str().expect("an id"));
    let items = client.get(&path).await.good();
    let file = &items["items"][0]["message"]["attachments"][0];
    assert_eq!(file["size"], 4);
    let answer = client.get(&format!("/attachments/{}", file["id"].as_str().expect("an id"))).await;
    assert_eq!(answer.bytes, [0, 1, 2, 255]);
    assert!(answer.header("content-disposition").starts_with("attachment"));
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert!(answer.header("content-security-policy").contains("sandbox"));
}
