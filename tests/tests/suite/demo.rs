//! The sample data is taken away wholly, and nothing else with it.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_app::customers::{self, CustomerPatch};
use throughline_app::{deliveries, demo, inboxes};
use throughline_core::actor::Actor;
use throughline_core::agent::Role;
use throughline_core::channel::Channel;
use throughline_core::inbound::RawDelivery;
use throughline_tests::mails::mail;
use throughline_tests::{Client, World, on_both};

on_both!(the_sample_data_goes_wholly, what_is_real_stays, only_admins_take_it_away,);

/// Loads three mails of two made-up customers, the way that the binary does.
async fn load(world: &World, admin: &Client) {
    let inbox =
        inboxes::ensure(&world.app, Channel::Email, demo::ADDRESS, "Demo").await.expect("an inbox");
    let mails = [
        ("deniz@one.example", "demo-1@x", ""),
        ("deniz@one.example", "demo-2@x", "In-Reply-To: <demo-1@x>\n"),
        ("sara@two.example", "demo-3@x", ""),
    ];
    let raw = |(number, (from, id, extra)): (usize, &(&str, &str, &str))| {
        let text = mail(from, id, "Broken cup", extra, "My order 4711-22 came broken. samplewords");
        RawDelivery {
            inbox: inbox.id,
            external_id: format!("{}cup/{number}", demo::MAILS),
            bytes: text.replace('\n', "\r\n").into_bytes(),
            received_at: world.app.now(),
        }
    };
    let raw = mails.iter().enumerate().map(raw).collect();
    deliveries::record(&world.app, &Actor::system(), raw).await.expect("recorded");
    world.drain().await;
    for address in ["deniz@one.example", "sara@two.example"] {
        let customer = world.customer(admin, address).await;
        let id = customer["id"].as_str().expect("an id").parse().expect("an id");
        let patch = CustomerPatch {
            demo: Some(true),
            add_tags: vec![demo::TAG.to_owned()],
            ..CustomerPatch::default()
        };
        let marked = customers::update(&world.app, &Actor::system(), id, patch, None).await;
        marked.expect("marked");
    }
}

fn id(thing: &Value) -> String {
    thing["id"].as_str().expect("an id").to_owned()
}

async fn count(client: &Client, path: &str) -> usize {
    client.get(path).await.good()["items"].as_array().expect("a list").len()
}

async fn the_sample_data_goes_wholly(world: Arc<World>) {
    let admin = world.admin().await;
    let before = admin.get("/demo").await.good();
    assert_eq!((&before["present"], &before["inbox"]), (&json!(false), &Value::Null));
    let none = admin.delete("/demo").await.good();
    assert_eq!((&none["mails"], &none["inbox_removed"]), (&json!(0), &json!(false)));

    load(&world, &admin).await;
    let there = admin.get("/demo").await.good();
    assert_eq!(there["present"], true);
    let counts = ["mails", "tickets", "customers"].map(|what| there[what].clone());
    assert_eq!(counts, [json!(3), json!(2), json!(2)]);
    // What is done with it while the product is tried out goes with it.
    let ticket = world.ticket_of(&admin, "deniz@one.example").await;
    let path = format!("/tickets/{}", id(&ticket));
    admin.post(&format!("{path}/notes"), json!({ "body": "Looks broken" })).await.good();
    admin.patch(&path, json!({ "priority": "high" })).await.good();
    let read = admin.get("/events?limit=1000").await.good();

    let gone = admin.delete("/demo").await.good();
    let counts = ["mails", "tickets", "customers", "inbox_removed"].map(|what| gone[what].clone());
    assert_eq!(counts, [json!(3), json!(2), json!(2), json!(true)], "{gone}");
    assert!(gone["items"].as_i64().expect("a number") >= 5, "{gone}");
    assert_eq!((&gone["kept_tickets"], &gone["kept_customers"]), (&json!([]), &json!([])));
    for path in ["/tickets", "/customers", "/deliveries", "/search?q=samplewords", "/tags"] {
        assert_eq!(count(&admin, path).await, 0, "{path}");
    }
    let inboxes = admin.get("/inboxes").await.text();
    assert!(!inboxes.contains(demo::ADDRESS), "{inboxes}");
    admin.get(&path).await.problem(404, "not_found");
    assert_eq!(admin.get("/demo").await.good()["present"], false);
    // Whoever follows events misses nothing of what comes after.
    let next = format!("/events?after={}", read["next"]);
    let behind = admin.get(&next).await.good();
    let kinds: Vec<_> = behind["items"].as_array().expect("a list").clone();
    assert!(kinds.iter().any(|event| event["data"]["what"] == "demo"), "{behind}");
    world.deliver(&mail("real@example.org", "real@x", "Hello", "", "A real one")).await;
    let more = admin.get(&format!("/events?after={}&kind=ticket.created", behind["next"])).await;
    assert_eq!(more.good()["items"].as_array().expect("a list").len(), 1);
    let left = admin.get("/events?limit=1000&kind=ticket.created").await.good();
    assert_eq!(left["items"].as_array().expect("a list").len(), 1, "{left}");
    // It can be loaded anew.
    load(&world, &admin).await;
    assert_eq!(admin.get("/demo").await.good()["mails"], 3);
}

async fn what_is_real_stays(world: Arc<World>) {
    let admin = world.admin().await;
    load(&world, &admin).await;
    world.deliver(&mail("real@example.org", "real@x", "Hello", "", "A real one")).await;
    let inbox =
        inboxes::ensure(&world.app, Channel::Email, demo::ADDRESS, "Demo").await.expect("an inbox");
    // Somebody real writes into the inbox, and the first made-up customer writes in earnest.
    for (number, (from, extra)) in
        [("other@example.org", ""), ("deniz@one.example", "In-Reply-To: <demo-1@x>\n")]
            .iter()
            .enumerate()
    {
        let text = mail(from, &format!("in-{number}@x"), "Broken cup", extra, "In earnest");
        let raw = RawDelivery {
            inbox: inbox.id,
            external_id: format!("imap:{number}"),
            bytes: text.replace('\n', "\r\n").into_bytes(),
            received_at: world.app.now(),
        };
        deliveries::record(&world.app, &Actor::system(), vec![raw]).await.expect("recorded");
    }
    world.drain().await;
    let joined = world.ticket_of(&admin, "deniz@one.example").await;
    assert_eq!(count(&admin, &format!("/tickets/{}/items?kind=message", id(&joined))).await, 3);

    let gone = admin.delete("/demo").await.good();
    let counts = ["mails", "tickets", "customers", "inbox_removed"].map(|what| gone[what].clone());
    assert_eq!(counts, [json!(1), json!(1), json!(1), json!(false)], "{gone}");
    let kept = json!([{ "id": joined["id"], "number": joined["number"] }]);
    assert_eq!(gone["kept_tickets"], kept, "{gone}");
    assert_eq!(gone["kept_customers"], json!([joined["customer"]]), "{gone}");
    let items = format!("/tickets/{}/items?kind=message", id(&joined));
    assert_eq!(count(&admin, &items).await, 3, "the ticket stays whole");
    for address in ["real@example.org", "other@example.org", "deniz@one.example"] {
        world.ticket_of(&admin, address).await;
    }
    assert_eq!(count(&admin, "/customers?email=sara@two.example").await, 0);
    assert!(admin.get("/inboxes").await.text().contains(demo::ADDRESS));
    let again = admin.delete("/demo").await.good();
    assert_eq!((&again["mails"], &again["kept_tickets"]), (&json!(0), &kept));
}

async fn only_admins_take_it_away(world: Arc<World>) {
    let (admin, agent) = (world.admin().await, world.agent(Role::Agent, &[]).await);
    load(&world, &admin).await;
    assert_eq!(agent.get("/demo").await.good()["mails"], 3);
    agent.delete("/demo").await.problem(403, "missing_right");
    world.anonymous.delete("/demo").await.problem(401, "unauthenticated");
    assert_eq!(admin.get("/demo").await.good()["mails"], 3);
}
