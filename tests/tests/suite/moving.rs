//! Moving a message to another ticket: what goes along, what follows, and who may.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_core::agent::Role;
use throughline_core::channel::Channel;
use throughline_tests::mails::mail;
use throughline_tests::threads::{
    SUPPORT, answer, became, deliver_to, id, reply_address, rule, signed_id, ticket,
};
use throughline_tests::{Client, World, on_both};

on_both!(
    a_moved_message_takes_its_answers_along_and_back,
    a_message_moves_into_a_ticket_of_its_own,
    a_moved_message_is_the_other_customers_and_is_found_there,
    a_mail_that_was_only_named_leads_where_its_answer_was_moved,
    only_messages_move_and_only_to_tickets_that_the_agent_sees,
    a_message_finds_its_place_among_those_of_the_same_instant,
);

const AYSE: &str = "ayse@customer.example";
const VELI: &str = "veli@other.example";

async fn move_to(client: &Client, item: &Value, ticket: &Value) -> Value {
    let path = format!("/items/{}/move", id(item));
    client.post(&path, json!({ "ticket": ticket["id"] })).await.good()
}

async fn message_ids(client: &Client, ticket: &Value) -> Vec<String> {
    let path = format!("/tickets/{}/items?kind=message", id(ticket));
    let page = client.get(&path).await.good();
    let items = page["items"].as_array().expect("a list").iter();
    items.map(|i| i["message"]["message_id"].as_str().unwrap_or("ours").to_owned()).collect()
}

async fn a_moved_message_takes_its_answers_along_and_back(world: Arc<World>) {
    let client = world.admin().await;
    world.deliver(&mail(AYSE, "1@c.example", "Kargo", "", "one")).await;
    world.deliver(&mail(AYSE, "x@c.example", "Fatura", "", "x")).await;
    let ((_, first), (_, other)) =
        (became(&client, "1@c.example").await, became(&client, "x@c.example").await);
    let ours = signed_id(&world, &first, &answer(&client, &first, "Yes").await).await;
    let address = reply_address(&world, &first).await;
    let to_us = |own: &str, parent: &str, body: &str| {
        let extra =
            format!("In-Reply-To: <{parent}>\nReferences: <1@c.example> <{ours}> <{parent}>\n");
        mail(AYSE, own, "Re: Kargo", &extra, body).replace(SUPPORT, &address)
    };
    world.deliver(&to_us("2@c.example", &ours, "and my invoice?")).await;
    let (second, joined) = became(&client, "2@c.example").await;
    assert_eq!(joined["id"], first["id"]);

    let moved = move_to(&client, &second, &other).await;
    assert_eq!(moved["ticket"], other["id"]);
    assert_eq!(rule(&moved), "moved");
    let reason = &moved["message"]["thread_reason"];
    assert_eq!(reason["ticket"], first["id"]);
    assert!(reason["by"].as_str().expect("who").starts_with("agt_"), "{reason}");
    // She goes on by answering her own mail, and her mailer keeps our address and ids.
    world.deliver(&to_us("3@c.example", "2@c.example", "it is wrong")).await;
    let (third, follows) = became(&client, "3@c.example").await;
    assert_eq!(follows["id"], other["id"], "{}", third["message"]["thread_reason"]);
    world.deliver(&to_us("4@c.example", &ours, "and the parcel?")).await;
    assert_eq!(became(&client, "4@c.example").await.1["id"], first["id"], "what stayed stays");

    move_to(&client, &second, &first).await;
    world.deliver(&to_us("5@c.example", "2@c.example", "thanks")).await;
    assert_eq!(became(&client, "5@c.example").await.1["id"], first["id"], "back again");
    let events = client.get("/events?kind=message.moved").await.good();
    let told: Vec<(&Value, &Value)> = events["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|event| (&event["ticket"], &event["data"]["from"]))
        .collect();
    let (a, b) = (&first["id"], &other["id"]);
    assert_eq!(told, [(a, a), (b, a), (b, b), (a, b)], "both tickets are told, each time");
}

async fn a_message_moves_into_a_ticket_of_its_own(world: Arc<World>) {
    let client = world.admin().await;
    world.deliver(&mail(AYSE, "1@c.example", "Kargo", "", "one")).await;
    let extra = "In-Reply-To: <1@c.example>\n";
    let late = mail(AYSE, "2@c.example", "Fatura", extra, "two").replace("08:30", "08:45");
    world.deliver(&late).await;
    let (item, first) = became(&client, "2@c.example").await;
    let path = format!("/items/{}/move", id(&item));
    let key = client.with_header("Idempotency-Key", "move-1");
    let moved = key.post(&path, json!({ "new_ticket": true })).await.good();
    let again = key.post(&path, json!({ "new_ticket": true })).await.good();
    assert_eq!(moved["ticket"], again["ticket"], "a repeat of the request moves it once");
    let own = ticket(&client, &moved["ticket"]).await;
    assert_eq!((&own["subject"], &own["inbox"]), (&json!("Fatura"), &first["inbox"]));
    assert_eq!(own["last_message_at"], item["occurred_at"]);
    let left = ticket(&client, &first["id"]).await;
    let (one, _) = became(&client, "1@c.example").await;
    assert_eq!(left["last_message_at"], one["occurred_at"]);
    let links = client.get(&format!("/tickets/{}/links", id(&own))).await.good();
    assert_eq!(links["items"][0]["ticket"], first["id"]);
    assert_eq!(links["items"][0]["kind"], "related");
    let extra = "In-Reply-To: <2@c.example>\n";
    world.deliver(&mail(AYSE, "3@c.example", "Re: Fatura", extra, "three")).await;
    assert_eq!(became(&client, "3@c.example").await.1["id"], own["id"]);
}

async fn a_moved_message_is_the_other_customers_and_is_found_there(world: Arc<World>) {
    let client = world.admin().await;
    world.deliver(&mail(AYSE, "1@c.example", "Kargo", "", "zanzibar")).await;
    world.deliver(&mail(VELI, "2@o.example", "Ortak konu", "", "two")).await;
    let ((item, first), (_, his)) =
        (became(&client, "1@c.example").await, became(&client, "2@o.example").await);
    let moved = move_to(&client, &item, &his).await;
    let veli = world.customer(&client, VELI).await;
    assert_eq!(moved["customer"], veli["id"]);
    assert_eq!(moved["identity"], item["identity"], "it came by Ayşe all the same");
    assert_eq!(moved["message"]["third_party"], true);
    let timeline = format!("/customers/{}/timeline?kind=message", id(&veli));
    let timeline = client.get(&timeline).await.good();
    assert_eq!(timeline["items"].as_array().expect("a list").len(), 2);
    assert!(message_ids(&client, &first).await.is_empty());
    assert!(ticket(&client, &first["id"]).await["last_message_at"].is_null());
    let found = client.get("/search?q=zanzibar").await.good();
    assert_eq!(found["items"][0]["item"]["ticket"], his["id"], "{found}");
    let by_subject = client.get("/search?q=%22ortak%20konu%22%20zanzibar").await.good();
    assert_eq!(by_subject["items"].as_array().expect("a list").len(), 1, "by its new ticket");
    let reply = answer(&client, &his, "Merhaba").await;
    assert_eq!(reply["message"]["to"][0]["address"], VELI, "an answer goes to its customer");
}

async fn a_mail_that_was_only_named_leads_where_its_answer_was_moved(world: Arc<World>) {
    let client = world.admin().await;
    let extra = "References: <never@seen.example>\n";
    world.deliver(&mail(AYSE, "1@c.example", "Kargo", extra, "one")).await;
    world.deliver(&mail(AYSE, "x@c.example", "Fatura", "", "x")).await;
    let ((item, _), (_, other)) =
        (became(&client, "1@c.example").await, became(&client, "x@c.example").await);
    move_to(&client, &item, &other).await;
    world.deliver(&mail(AYSE, "2@c.example", "Re: Kargo", extra, "two")).await;
    assert_eq!(became(&client, "2@c.example").await.1["id"], other["id"]);
}

async fn only_messages_move_and_only_to_tickets_that_the_agent_sees(world: Arc<World>) {
    let client = world.admin().await;
    world.deliver(&mail(AYSE, "1@c.example", "Kargo", "", "one")).await;
    let (item, first) = became(&client, "1@c.example").await;
    let team = client.post("/teams", json!({ "name": "HR" })).await.good();
    let hr =
        throughline_app::inboxes::ensure(&world.app, Channel::Email, "hr@t.example", "HR").await;
    let hr = hr.expect("an inbox").id;
    let closed = json!({ "restricted": true, "teams": [team["id"]] });
    client.patch(&format!("/inboxes/{hr}"), closed).await.good();
    deliver_to(&world, hr, &mail(VELI, "2@o.example", "Salary", "", "two")).await;
    let (hidden, secret) = became(&client, "2@o.example").await;
    let agent = world.agent(Role::Agent, &[]).await;
    let path = |item: &Value| format!("/items/{}/move", id(item));
    let to = |ticket: &Value| json!({ "ticket": ticket["id"] });
    agent.post(&path(&item), to(&secret)).await.problem(422, "invalid_field");
    agent.post(&path(&hidden), to(&first)).await.problem(404, "not_found");
    let note = format!("/tickets/{}/notes", id(&first));
    let note = client.post(&note, json!({ "body": "VIP" })).await.good();
    client.post(&path(&note), to(&secret)).await.problem(422, "invalid_field");
    let neither = client.post(&path(&item), json!({})).await;
    neither.problem(422, "invalid_field");
    let both = json!({ "ticket": secret["id"], "new_ticket": true });
    client.post(&path(&item), both).await.problem(422, "invalid_field");
    let same = agent.post(&path(&item), to(&first)).await.good();
    assert_eq!(rule(&same), "no_reference", "moving it to where it is changes nothing");
    // A link to a ticket that the reader may not see is not shown.
    let apart = client.post(&path(&hidden), json!({ "new_ticket": true })).await.good();
    move_to(&client, &apart, &first).await;
    let links = format!("/tickets/{}/links", id(&secret));
    assert_eq!(client.get(&links).await.good()["items"].as_array().expect("a list").len(), 1);
    agent.get(&links).await.problem(404, "not_found");
}

async fn a_message_finds_its_place_among_those_of_the_same_instant(world: Arc<World>) {
    let client = world.admin().await;
    for number in 0..40 {
        let own = format!("{number}@o.example");
        world.record(&mail(VELI, &own, "Same second", "", &own)).await;
    }
    world.deliver(&mail(AYSE, "1@c.example", "Kargo", "", "one")).await;
    let (_, his) = became(&client, "0@o.example").await;
    let (item, _) = became(&client, "1@c.example").await;
    let moved = move_to(&client, &item, &his).await;
    assert_eq!(moved["occurred_at"], item["occurred_at"]);
    assert_eq!(message_ids(&client, &his).await.len(), 2);
}
