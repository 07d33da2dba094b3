//! What is done with a call: tags, a ticket, recordings.

use std::sync::Arc;

use serde_json::json;
use throughline_tests::mails::mail;
use throughline_tests::{World, on_both};

use super::{Leg, call_of, customer, id_of, import, inbox, log, timeline};

on_both!(
    a_call_bears_tags_and_is_found_by_them,
    a_call_opens_a_ticket_or_joins_one,
    a_missed_call_opens_a_ticket_where_the_inbox_says_so,
    a_recording_is_attached_and_goes_with_the_call,
    a_pushed_call_bears_tags_and_opens_a_ticket,
);

async fn a_call_bears_tags_and_is_found_by_them(world: Arc<World>) {
    let admin = world.admin().await;
    let phone = inbox(&admin, "switch").await;
    import(&world, &admin, &phone, &log(0..2, 1)).await;
    let elif = customer(&admin, "+905321110000").await.expect("a customer");
    let items = timeline(&admin, &elif, "").await;
    let path = format!("/items/{}/tags", id_of(&items[0]));
    let body = json!({ "add_tags": ["İade", "kargo"] });
    assert_eq!(admin.patch(&path, body.clone()).await.good(), json!({ "tags": ["İade", "kargo"] }));
    assert_eq!(admin.patch(&path, body).await.good()["tags"], json!(["İade", "kargo"]));
    let found = timeline(&admin, &elif, "&tag=iade").await;
    assert_eq!(found.iter().map(id_of).collect::<Vec<_>>(), [id_of(&items[0])]);
    assert!(timeline(&admin, &elif, "&tag=other").await.is_empty());
    let body = json!({ "remove_tags": ["kargo", "nobody bears this"] });
    assert_eq!(admin.patch(&path, body).await.good()["tags"], json!(["İade"]));
    assert_eq!(admin.get(&path).await.good()["tags"], json!(["İade"]));
    world.deliver(&mail("a@example.com", "1@example.com", "Hello", "", "hi")).await;
    let ticket = world.ticket_of(&admin, "a@example.com").await;
    let of = admin.get(&format!("/tickets/{}/items", id_of(&ticket))).await.good();
    let message = format!("/items/{}/tags", id_of(&of["items"][0]));
    let body = json!({ "add_tags": ["x"] });
    admin.patch(&message, body).await.problem(422, "invalid_field");
}

async fn a_call_opens_a_ticket_or_joins_one(world: Arc<World>) {
    let admin = world.admin().await;
    let phone = inbox(&admin, "switch").await;
    import(&world, &admin, &phone, &log(0..3, 2)).await;
    let elif = customer(&admin, "+905321110000").await.expect("a customer");
    let calls = timeline(&admin, &elif, "&kind=call").await;
    let path = |call: usize| format!("/items/{}/ticket", id_of(&calls[call]));
    let ticket = admin.post(&path(0), json!({ "subject": "Geri ara" })).await.good();
    assert_eq!((&ticket["subject"], &ticket["customer"]), (&json!("Geri ara"), &elif["id"]));
    assert_eq!((&ticket["inbox"], &ticket["channel"]), (&json!(phone), &json!("phone")));
    admin.post(&path(0), json!({})).await.problem(409, "call_in_ticket");
    let joined = admin.post(&path(1), json!({ "ticket": ticket["id"] })).await.good();
    assert_eq!(joined["id"], ticket["id"]);
    let items = admin.get(&format!("/tickets/{}/items?kind=call", id_of(&ticket))).await.good();
    assert_eq!(items["items"].as_array().expect("a list").len(), 2, "{items}");
    // Another customer's call does not join it.
    let other = call_of(&admin, "+905321110001").await;
    let path = format!("/items/{}/ticket", id_of(&other));
    let told = admin.post(&path, json!({ "ticket": ticket["id"] })).await;
    assert_eq!(told.problem(422, "invalid_field")["field"], "ticket");
    let own = admin.post(&path, json!({})).await.good();
    assert_eq!(own["subject"], "Call of Elif");
    // What comes later of the call stays in the ticket.
    import(&world, &admin, &phone, &log(0..3, 2)).await;
    let items = admin.get(&format!("/tickets/{}/items?kind=call", id_of(&ticket))).await.good();
    assert_eq!(items["items"].as_array().expect("a list").len(), 2);
}

async fn a_missed_call_opens_a_ticket_where_the_inbox_says_so(world: Arc<World>) {
    let admin = world.admin().await;
    let phone = inbox(&admin, "switch").await;
    let settings = json!({ "missed_calls_open_tickets": true });
    admin.put(&format!("/inboxes/{phone}/phone"), settings).await.good();
    // The clock of these tests says 2026-11-22, 12:00 in Istanbul.
    let line = |number: &str, start: &str, talk| {
        let call = format!("17953{}", &number[8..]);
        Leg { call: &call, sequence: 1, number, extension: "201", start, talk }.line()
    };
    let recent = "2026-11-22 10:00:00";
    let file = line("+905321110001", recent, 0)
        + &line("+905321110002", recent, 30)
        + &line("+905321110003", "2026-10-01 10:00:00", 0);
    import(&world, &admin, &phone, &file).await;
    let tickets = admin.get("/tickets").await.good();
    let tickets = tickets["items"].as_array().expect("a list");
    assert_eq!(tickets.len(), 1, "neither for a call that was taken nor for history: {tickets:?}");
    assert_eq!(tickets[0]["subject"], "Missed call of Elif");
    let call = call_of(&admin, "+905321110001").await;
    assert_eq!(call["ticket"], tickets[0]["id"]);
    import(&world, &admin, &phone, &file).await;
    assert_eq!(admin.get("/tickets").await.good()["items"].as_array().expect("a list").len(), 1);
}

async fn a_recording_is_attached_and_goes_with_the_call(world: Arc<World>) {
    let admin = world.admin().await;
    let phone = inbox(&admin, "switch").await;
    import(&world, &admin, &phone, &log(0..1, 1)).await;
    let call = call_of(&admin, "+905321110000").await;
    let sent = admin.post_raw("/api/v1/attachments?name=in-1.wav", "audio/wav", b"RIFF1".to_vec());
    let sent = sent.await.good();
    let path = format!("/items/{}/attachments", id_of(&call));
    let body = json!({ "attachments": [sent["id"]] });
    let after = admin.post(&path, body.clone()).await.good();
    assert_eq!(after["call"]["attachments"][0]["name"], "in-1.wav", "{after}");
    assert_eq!(after["call"]["attachments"][0]["media_type"], "audio/wav");
    admin.post(&path, body).await.problem(422, "invalid_field");
    let bytes = admin.get(&format!("/attachments/{}", id_of(&sent))).await.text();
    assert_eq!(bytes, "RIFF1");
    let elif = customer(&admin, "+905321110000").await.expect("a customer");
    assert_eq!(timeline(&admin, &elif, "&has_attachments=true").await.len(), 1);
    // It stays when another leg comes.
    let (number, extension, start) = ("0532 111 00 00", "203", "2026-02-03 09:00:50");
    let leg = Leg { call: "1770100000", sequence: 9, number, extension, start, talk: 5 };
    let done = import(&world, &admin, &phone, &leg.line()).await;
    assert_eq!(done["counts"]["calls_extended"], 1, "{done}");
    let call = call_of(&admin, "+905321110000").await;
    assert_eq!(call["call"]["attachments"][0]["id"], sent["id"]);
    assert_eq!(call["call"]["legs"].as_array().expect("legs").len(), 3);
}

async fn a_pushed_call_bears_tags_and_opens_a_ticket(world: Arc<World>) {
    let admin = world.admin().await;
    let who = json!([{ "kind": "phone", "value": "+90 532 111 22 33" }]);
    let event = json!({ "type": "call.missed", "identities": who, "title": "Missed call" });
    let stored = admin.post("/events", event).await.good();
    let item = stored["items"][0]["item"].as_str().expect("an item").to_owned();
    let tags = admin.patch(&format!("/items/{item}/tags"), json!({ "add_tags": ["vip"] })).await;
    assert_eq!(tags.good()["tags"], json!(["vip"]));
    let ticket = admin.post(&format!("/items/{item}/ticket"), json!({})).await.good();
    assert_eq!(ticket["subject"], "Missed call");
    let path = format!("/items/{item}/attachments");
    let body = json!({ "attachments": ["att_1h2p9x8gk0006"] });
    admin.post(&path, body).await.problem(422, "invalid_field");
}
