//! A telephone rings: the caller is named at once, to who asks and to who looks on.

use std::sync::Arc;
use std::time::Instant;

use serde_json::json;
use throughline_tests::{World, on_both};

use super::{customer, id_of, import, inbox, log};

on_both!(
    a_ringing_telephone_names_the_customer_and_what_is_open,
    a_number_that_nobody_knows_makes_nobody,
    ringing_is_answered_quickly,
);

async fn a_ringing_telephone_names_the_customer_and_what_is_open(world: Arc<World>) {
    let admin = world.admin().await;
    let phone = inbox(&admin, "switch").await;
    import(&world, &admin, &phone, &log(0..2, 1)).await;
    let elif = customer(&admin, "+905321110000").await.expect("a customer");
    let new = json!({ "subject": "Kargo nerede?", "customer": { "id": elif["id"] }, "body": "?" });
    let ticket = admin.post("/tickets", new).await.good();
    let agent = world.agent(throughline_core::agent::Role::Agent, &[]).await;
    let start = admin.get("/events").await.good()["next"].clone();
    let told = json!({
        "number": "0532 111 00 00", "region": "TR", "inbox": phone,
        "call": "1770109200.7", "extension": "201"
    });
    let answer = agent.post("/calls/ringing", told).await.good();
    assert_eq!(answer["number"], "+905321110000");
    assert_eq!(answer["customers"].as_array().expect("a list").len(), 1);
    assert_eq!(answer["customers"][0]["id"], elif["id"]);
    assert_eq!(answer["customers"][0]["tickets"][0]["id"], ticket["id"], "{answer}");
    assert_eq!(answer["customers"][0]["tickets"][0]["subject"], "Kargo nerede?");
    let events = agent.get(&format!("/events?after={start}&kind=call.ringing")).await.good();
    let event = &events["items"][0];
    assert_eq!((&event["customer"], &event["inbox"]), (&elif["id"], &json!(phone)), "{events}");
    assert_eq!(event["data"], json!({ "call": "1770109200.7", "extension": "201" }));
    assert!(!events.to_string().contains("5321110000"), "no number outlives its customer there");
    // Nothing became of it: the call comes with the log.
    let id = id_of(&elif);
    let items = admin.get(&format!("/customers/{id}/timeline?kind=call")).await.good();
    assert_eq!(items["items"].as_array().expect("a list").len(), 2);
}

async fn a_number_that_nobody_knows_makes_nobody(world: Arc<World>) {
    let admin = world.admin().await;
    for (number, read) in
        [("+90 532 999 88 77", json!("+905329998877")), ("anonymous", json!(null))]
    {
        let answer = admin.post("/calls/ringing", json!({ "number": number })).await.good();
        assert_eq!((&answer["number"], &answer["customers"]), (&read, &json!([])));
    }
    assert_eq!(admin.get("/customers").await.good()["items"], json!([]));
    let bad = json!({ "number": "1", "inbox": "inb_1h2p9x8gk000a" });
    let agent = world.agent(throughline_core::agent::Role::Agent, &[]).await;
    let key = json!({ "name": "No rights", "scopes": ["tickets:read"] });
    let key = admin.post("/api-keys", key).await.good();
    let key = world.anonymous.with_token(key["key"].as_str().expect("a key"));
    key.post("/calls/ringing", json!({ "number": "1" })).await.problem(403, "missing_right");
    agent.post("/calls/ringing", bad).await.problem(422, "invalid_field");
}

async fn ringing_is_answered_quickly(world: Arc<World>) {
    let admin = world.admin().await;
    let phone = inbox(&admin, "switch").await;
    import(&world, &admin, &phone, &log(0..50, 25)).await;
    let mut took = Vec::new();
    for n in 0..50 {
        let number = format!("0532111{:04}", n % 25);
        let began = Instant::now();
        let told = json!({ "number": number, "region": "TR", "inbox": phone });
        let answer = admin.post("/calls/ringing", told).await.good();
        took.push(began.elapsed());
        assert_eq!(answer["customers"].as_array().expect("a list").len(), 1);
    }
    took.sort();
    // A generous bound for a debug build on a busy machine: nobody lets a phone ring for half a second
    // to see a name.
    assert!(took[took.len() / 2].as_millis() < 500, "{:?}", took[took.len() / 2]);
}
