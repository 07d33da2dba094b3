//! Tickets over the API: open, change, answer, list and page.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_core::agent::Role;
use throughline_tests::mails::mail;
use throughline_tests::{Client, World, on_both};

on_both!(
    a_ticket_is_opened_changed_and_answered,
    a_patch_is_three_valued,
    a_stale_change_is_refused,
    the_same_idempotency_key_opens_one_ticket,
    every_order_pages_through_all_tickets_once,
    filters_narrow_the_list,
    bulk_changes_say_which_failed,
    replies_are_stored_and_enqueued_in_one_go,
    a_reply_goes_to_the_address_that_was_written_from_last,
    tags_are_one_whatever_their_case,
);

async fn open(client: &Client, subject: &str, extra: Value) -> Value {
    let mut body = json!({
        "subject": subject,
        "customer": { "email": "musteri@example.com", "name": "Müşteri" },
        "body": "Merhaba",
    });
    let fields = extra.as_object().expect("an object").clone();
    body.as_object_mut().expect("an object").extend(fields);
    client.post("/tickets", body).await.good()
}

fn id(value: &Value) -> &str {
    value["id"].as_str().expect("an id")
}

async fn a_ticket_is_opened_changed_and_answered(world: Arc<World>) {
    let client = world.agent(Role::Agent, &[]).await;
    let ticket = open(&client, "Fatura", json!({ "tags": ["Fatura"] })).await;
    assert_eq!(ticket["number"], 1001);
    assert_eq!((&ticket["status"], &ticket["category"]), (&json!("open"), &json!("open")));
    assert_eq!(ticket["tags"][0]["name"], "Fatura");
    let path = format!("/tickets/{}", id(&ticket));
    let me = client.get("/me").await.good();
    let me = me["agent"]["id"].as_str().or(me["id"].as_str()).expect("an id").to_owned();
    let change = json!({ "status": "waiting", "priority": "high", "assignee_agent": me });
    let changed = client.patch(&path, change).await.good();
    assert_eq!(changed["category"], "waiting");
    assert_eq!(changed["assignee_agent"], json!(me));
    let reply = json!({ "body": "Bakıyoruz.", "status": "resolved" });
    client.post(&format!("{path}/replies"), reply).await.good();
    client.post(&format!("{path}/notes"), json!({ "body": "VIP" })).await.good();
    let by_number = client.get("/tickets/by-number/1001").await.good();
    assert_eq!(by_number["status"], "resolved");
    let items = client.get(&format!("{path}/items")).await.good();
    let kinds: Vec<&str> = items["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|item| item["kind"].as_str().expect("a kind"))
        .collect();
    assert_eq!(kinds, ["note", "change", "message", "change", "message"]);
    let notes = client.get(&format!("{path}/items?kind=note")).await.good();
    assert_eq!(notes["items"][0]["visibility"], "internal");
    assert_eq!(notes["items"].as_array().expect("a list").len(), 1);
}

async fn a_reply_goes_to_the_address_that_was_written_from_last(world: Arc<World>) {
    let client = world.admin().await;
    let (home, work) = ("ayse@home.example", "ayse@work.example");
    world.deliver(&mail(home, "1@home.example", "Kargo", "", "Nerede?")).await;
    let customer = world.customer(&client, home).await;
    let path = format!("/customers/{}", id(&customer));
    client.patch(&path, json!({ "add_emails": [work] })).await.good();
    let answer = "In-Reply-To: <1@home.example>\n";
    world.deliver(&mail(work, "2@work.example", "Re: Kargo", answer, "Buradan yazın.")).await;
    let ticket = world.ticket_of(&client, home).await;
    let path = format!("/tickets/{}/replies", id(&ticket));
    let reply = client.post(&path, json!({ "body": "Yolda." })).await.good();
    assert_eq!(reply["message"]["to"][0]["address"], work, "{reply}");
}

async fn a_patch_is_three_valued(world: Arc<World>) {
    let client = world.admin().await;
    let team = client.post("/teams", json!({ "name": "Billing" })).await.good();
    let ticket = open(&client, "A", json!({ "assignee_team": team["id"] })).await;
    let path = format!("/tickets/{}", id(&ticket));
    let same = client.patch(&path, json!({ "priority": "urgent" })).await.good();
    assert_eq!(same["assignee_team"], team["id"], "absent means unchanged");
    let none = client.patch(&path, json!({ "assignee_team": null })).await.good();
    assert!(none["assignee_team"].is_null(), "null means none");
    let unchanged = client.patch(&path, json!({ "assignee_team": null })).await.good();
    assert_eq!(unchanged["version"], none["version"], "no change, no new version");
}

async fn a_stale_change_is_refused(world: Arc<World>) {
    let client = world.admin().await;
    let ticket = open(&client, "A", json!({})).await;
    let path = format!("/tickets/{}", id(&ticket));
    let etag = client.get(&path).await.header("etag").to_owned();
    assert!(!etag.is_empty());
    let current = client.with_header("If-Match", &etag);
    current.patch(&path, json!({ "subject": "B" })).await.good();
    current.patch(&path, json!({ "subject": "C" })).await.problem(412, "version_mismatch");
    assert_eq!(client.get(&path).await.good()["subject"], "B");
    let newest = client.get(&path).await.header("etag").to_owned();
    let unchanged = client.with_header("If-None-Match", &newest).get(&path).await;
    assert_eq!(unchanged.status.as_u16(), 304);
}

async fn the_same_idempotency_key_opens_one_ticket(world: Arc<World>) {
    let client = world.admin().await.with_header("Idempotency-Key", "order-4417");
    let first = open(&client, "Once", json!({})).await;
    let again = open(&client, "Once", json!({})).await;
    assert_eq!(first["id"], again["id"]);
    let body = json!({ "subject": "Other", "customer": { "email": "x@example.com" }, "body": "y" });
    let other = client.post("/tickets", body).await;
    assert!(other.status.is_client_error());
    other.problem(422, "idempotency_key_reused");
    let all = world.admin().await.get("/tickets").await.good();
    assert_eq!(all["items"].as_array().expect("a list").len(), 1);
}

async fn every_order_pages_through_all_tickets_once(world: Arc<World>) {
    let client = world.admin().await;
    for (i, priority) in ["low", "urgent", "normal", "high", "urgent"].iter().enumerate() {
        open(&client, &format!("T{i}"), json!({ "priority": priority })).await;
        world.clock.advance(1);
    }
    let orders = [
        ("updated", ["T4", "T3", "T2", "T1", "T0"]),
        ("updated_asc", ["T0", "T1", "T2", "T3", "T4"]),
        ("created", ["T4", "T3", "T2", "T1", "T0"]),
        ("created_asc", ["T0", "T1", "T2", "T3", "T4"]),
        ("priority", ["T4", "T1", "T3", "T2", "T0"]),
    ];
    for (sort, expected) in orders {
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = client.get(&format!("/tickets?sort={sort}&limit=2{cursor}")).await.good();
            for ticket in page["items"].as_array().expect("a list") {
                seen.push(ticket["subject"].as_str().expect("a subject").to_owned());
            }
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, expected, "sorted by {sort}");
    }
    let page = client.get("/tickets?sort=updated&limit=2").await.good();
    let cursor = page["next_cursor"].as_str().expect("more");
    let wrong = client.get(&format!("/tickets?sort=created&cursor={cursor}")).await;
    wrong.problem(400, "invalid_cursor");
}

async fn filters_narrow_the_list(world: Arc<World>) {
    let client = world.admin().await;
    open(&client, "open", json!({ "tags": ["a", "b"] })).await;
    open(&client, "waiting", json!({ "status": "waiting", "tags": ["a"], "priority": "high" }))
        .await;
    open(&client, "resolved", json!({ "status": "resolved" })).await;
    let tags = client.get("/tags").await.good();
    let tag = |name: &str| {
        let all = tags["items"].as_array().expect("a list");
        let found = all.iter().find(|t| t["name"] == name).expect("the tag");
        found["id"].as_str().expect("an id").to_owned()
    };
    let (a, b) = (tag("a"), tag("b"));
    let cases = [
        ("category=open,waiting".to_owned(), 2),
        ("status=resolved".to_owned(), 1),
        ("priority=high".to_owned(), 1),
        (format!("tag={a}"), 2),
        (format!("tag={a}&tag={b}"), 1),
        ("assignee_agent=none".to_owned(), 3),
        ("channel=api".to_owned(), 3),
        ("channel=email".to_owned(), 0),
        ("created_from=2030-01-01T00:00:00Z".to_owned(), 0),
        ("created_until=2030-01-01T00:00:00Z".to_owned(), 3),
    ];
    for (filter, expected) in cases {
        let found = client.get(&format!("/tickets?{filter}")).await.good();
        assert_eq!(found["items"].as_array().expect("a list").len(), expected, "{filter}");
    }
}

async fn bulk_changes_say_which_failed(world: Arc<World>) {
    let client = world.admin().await;
    let first = open(&client, "A", json!({})).await;
    let second = open(&client, "B", json!({})).await;
    let body = json!({
        "tickets": [id(&first), "tkt_0000000000001", id(&second)],
        "change": { "status": "resolved", "add_tags": ["done"] },
    });
    let outcome = client.post("/tickets/bulk", body).await.good();
    let ok: Vec<&Value> =
        outcome["items"].as_array().expect("a list").iter().map(|i| &i["ok"]).collect();
    assert_eq!(ok, [&json!(true), &json!(false), &json!(true)]);
    assert_eq!(outcome["items"][1]["error"]["code"], "not_found");
    let done = client.get("/tickets?status=resolved").await.good();
    assert_eq!(done["items"].as_array().expect("a list").len(), 2);
}

async fn replies_are_stored_and_enqueued_in_one_go(world: Arc<World>) {
    let client = world.admin().await;
    let inbox = world.inbox().await;
    let ticket = open(&client, "Mail", json!({ "inbox": inbox.id })).await;
    let path = format!("/tickets/{}/replies", id(&ticket));
    let reply = client.post(&path, json!({ "body": "On its way" })).await.good();
    assert_eq!(reply["message"]["direction"], "outbound");
    assert_eq!(reply["message"]["send_state"], "queued");
    assert_eq!(reply["message"]["to"][0]["address"], "musteri@example.com");
    let jobs = throughline_app::jobs::counts(&world.app).await.expect("counts");
    let sending = jobs.iter().find(|kind| kind.kind == "send_reply").expect("enqueued");
    assert_eq!(sending.queued, 1);
    client.post(&path, json!({ "body": "   " })).await.problem(422, "invalid_body");
    let bad = json!({ "body": "x", "to": ["not an address"] });
    assert!(client.post(&path, bad).await.status.is_client_error());
    let jobs = throughline_app::jobs::counts(&world.app).await.expect("counts");
    assert_eq!(jobs.iter().map(|kind| kind.queued).sum::<i64>(), 1, "nothing half-saved");
}

async fn tags_are_one_whatever_their_case(world: Arc<World>) {
    let client = world.admin().await;
    let ticket = open(&client, "A", json!({ "tags": ["İade", "iade", "IADE"] })).await;
    assert_eq!(ticket["tags"].as_array().expect("a list").len(), 1);
    let path = format!("/tickets/{}", id(&ticket));
    let none = client.patch(&path, json!({ "remove_tags": ["ıade"] })).await.good();
    assert!(none["tags"].as_array().expect("a list").is_empty());
}
