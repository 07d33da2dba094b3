//! Who else is there, what came meanwhile, and who is named.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_app::desk;
use throughline_core::agent::Role;
use throughline_tests::mails::mail;
use throughline_tests::threads::id;
use throughline_tests::{Client, World, on_both};

use super::{ids, items, me, open, row};

on_both!(
    two_agents_see_each_other_until_they_leave,
    nothing_is_sent_past_what_the_customer_wrote_meanwhile,
    whom_a_note_names_learns_of_it,
);

async fn tell(client: &Client, ticket: &str, tab: &str, state: &str) -> Value {
    let path = format!("/tickets/{ticket}/presence");
    client.put(&path, json!({ "client": tab, "state": state })).await.good()
}

async fn two_agents_see_each_other_until_they_leave(world: Arc<World>) {
    let (ada, bea) = (world.agent(Role::Agent, &[]).await, world.agent(Role::Agent, &[]).await);
    let ticket = open(&ada, "Kargo", json!({})).await;
    let before = ada.get("/events?limit=1000").await.good()["items"].as_array().map(Vec::len);
    let alone = tell(&ada, &ticket, "tab1", "looking").await;
    assert_eq!(alone["others"], json!([]));
    assert_eq!(alone["newest"]["item"], json!(items(&ada, &ticket).await[0]));
    let seen = tell(&bea, &ticket, "tab1", "looking").await;
    let other = &seen["others"][0];
    assert_eq!((&other["name"], &other["state"]), (&json!("Agent 1"), &json!("looking")));
    assert_eq!(other["agent"], json!(me(&ada).await));
    // A second tab of the same agent is no other; the one that writes is told.
    tell(&ada, &ticket, "tab2", "replying").await;
    let seen = tell(&bea, &ticket, "tab1", "looking").await;
    assert_eq!(seen["others"].as_array().expect("a list").len(), 1);
    assert_eq!(seen["others"][0]["state"], "replying");
    let since = seen["others"][0]["since"].clone();
    world.clock.advance(20);
    tell(&ada, &ticket, "tab2", "replying").await;
    world.clock.advance(20);
    let seen = tell(&bea, &ticket, "tab1", "noting").await;
    assert_eq!(seen["others"][0]["since"], since, "he goes on with the same");
    assert_eq!(seen["others"][0]["state"], "replying");
    tell(&ada, &ticket, "tab2", "gone").await;
    assert_eq!(tell(&bea, &ticket, "tab1", "noting").await["others"], json!([]));
    // Whoever says nothing for 30 seconds is gone.
    world.clock.advance(31);
    assert_eq!(tell(&ada, &ticket, "tab1", "looking").await["others"], json!([]));
    assert_eq!(desk::presence::purge(&world.app).await.expect("purged"), 1);
    let after = ada.get("/events?limit=1000").await.good()["items"].as_array().map(Vec::len);
    assert_eq!(before, after, "it is no domain event");
    let wrong = json!({ "client": "", "state": "looking" });
    ada.put(&format!("/tickets/{ticket}/presence"), wrong).await.problem(422, "invalid_body");
}

async fn nothing_is_sent_past_what_the_customer_wrote_meanwhile(world: Arc<World>) {
    let agent = world.agent(Role::Agent, &[]).await;
    let from = "ayse@example.com";
    world.deliver(&mail(from, "1@example.com", "Kargo", "", "Nerede?")).await;
    let ticket = id(&world.ticket_of(&agent, from).await).to_owned();
    let path = format!("/tickets/{ticket}/replies");
    let seen = items(&agent, &ticket).await[0].clone();
    world.clock.advance(60);
    agent.post(&format!("/tickets/{ticket}/notes"), json!({ "body": "not" })).await.good();
    let reply = |seen: &str| json!({ "body": "Yolda.", "seen_item": seen });
    agent.post(&path, reply(&seen)).await.good();
    world.clock.advance(60);
    let answer = "In-Reply-To: <1@example.com>\n";
    world.record(&mail(from, "2@example.com", "Re: Kargo", answer, "İptal edin.")).await;
    world.drain().await;
    agent
        .put(&format!("/tickets/{ticket}/drafts/reply"), json!({ "revision": 1, "body": "x" }))
        .await
        .good();
    let problem = agent.post(&path, reply(&seen)).await.problem(409, "answered_meanwhile");
    let came = problem["details"]["items"].as_array().expect("a list").clone();
    assert_eq!(came.len(), 1);
    let item = agent.get(&format!("/items/{}", came[0].as_str().expect("an id"))).await.good();
    assert_eq!(item["body"].as_str().map(str::trim), Some("İptal edin."));
    agent.get(&format!("/tickets/{ticket}/drafts/reply")).await.good();
    agent.post(&path, reply(came[0].as_str().expect("an id"))).await.good();
    agent.post(&path, json!({ "body": "Yolda." })).await.good();
    let foreign = open(&agent, "B", json!({})).await;
    let foreign = items(&agent, &foreign).await[0].clone();
    let problem = agent.post(&path, reply(&foreign)).await.problem(422, "invalid_field");
    assert_eq!(problem["field"], "seen_item");
}

async fn whom_a_note_names_learns_of_it(world: Arc<World>) {
    let (ada, bea) = (world.agent(Role::Agent, &[]).await, world.agent(Role::Agent, &[]).await);
    let ticket = open(&ada, "Kargo", json!({})).await;
    let (notes, her) = (format!("/tickets/{ticket}/notes"), me(&bea).await);
    let note = json!({ "body": "Bakar mısın?", "mentions": [her, her] });
    let made = ada.post(&notes, note).await.good();
    assert_eq!(made["mentions"], json!([her]));
    assert_eq!(row(&bea, &ticket).await["mentioned"], true);
    assert_eq!(row(&ada, &ticket).await["mentioned"], false);
    let listed = async |client: &Client, filter: &str| {
        ids(&client.get(&format!("/tickets?mentioned={filter}")).await.good()).len()
    };
    assert_eq!((listed(&bea, "me").await, listed(&bea, "unread").await), (1, 1));
    assert_eq!(listed(&ada, "me").await, 0);
    let events = bea.get("/events?limit=1000").await.good();
    let told = events["items"].as_array().expect("a list");
    let told = told.iter().find(|event| event["kind"] == "note.created").expect("an event");
    assert_eq!(told["data"]["mentions"], json!([her]));
    bea.post(&format!("/tickets/{ticket}/read"), json!({})).await.good();
    assert_eq!(row(&bea, &ticket).await["mentioned"], false);
    assert_eq!((listed(&bea, "me").await, listed(&bea, "unread").await), (1, 0));
    // Only who may see the ticket, and is there.
    let admin = world.admin().await;
    let team = admin.post("/teams", json!({ "name": "HR" })).await.good();
    let inbox = admin.get(&format!("/tickets/{ticket}")).await.good()["inbox"].clone();
    let close = json!({ "restricted": true, "teams": [team["id"]] });
    admin.patch(&format!("/inboxes/{}", inbox.as_str().expect("an id")), close).await.good();
    let named = json!({ "body": "x", "mentions": [her] });
    let problem = admin.post(&notes, named).await.problem(422, "invalid_field");
    assert_eq!(problem["field"], "mentions");
    let nobody = json!({ "body": "x", "mentions": ["agt_0000000000000"] });
    admin.post(&notes, nobody).await.problem(422, "invalid_field");
    assert_eq!(listed(&bea, "me").await, 0, "what went out of sight is not listed");
    admin.post(&notes, json!({ "body": "x", "mentions": [me(&admin).await] })).await.good();
    assert_eq!(row(&admin, &ticket).await["mentioned"], false, "who names himself knows it");
}
