//! Events that integrators push: stored once, in their place, on the right timeline, or waiting.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use throughline_app::pushed;
use throughline_tests::Client;
use throughline_tests::mails::mail;
use throughline_tests::{World, on_both};

on_both!(
    an_order_of_a_known_customer_is_shown_by_its_template,
    an_event_about_nobody_waits_and_comes_when_he_writes,
    a_call_makes_a_customer_and_takes_along_what_waited,
    a_key_is_used_once_even_by_many_at_once,
    a_bad_event_does_not_spoil_the_others,
    events_come_in_any_order_and_of_any_age,
    ids_that_come_together_belong_together,
    an_address_that_nobody_verified_binds_nobody_beside_an_id,
    a_chain_of_ids_is_taken_along_to_its_end,
    what_waits_is_listed_bound_removed_and_forgotten,
    more_than_one_transaction_takes_along_comes_later,
    who_may_not_know_of_a_customer_is_not_told_of_him,
    types_are_described_tried_and_checked,
    fields_that_are_facts_are_on_the_sheet_also_of_who_waited,
    a_thousand_events_come_in_one_call,
    an_event_is_found_by_its_data,
);

/// A key that may push and read.
async fn shop(world: &World) -> Client {
    let admin = world.admin().await;
    let scopes = [
        "events:write",
        "customers:read",
        "customers:write",
        "events:read",
        "tickets:read",
        "tickets:write",
    ];
    let key = admin.post("/api-keys", json!({ "name": "Shop", "scopes": scopes })).await.good();
    world.anonymous.with_token(key["key"].as_str().expect("a key"))
}

fn order(number: i64, email: &str) -> Value {
    json!({
        "type": "order.placed", "key": format!("o{number}"),
        "identities": [{ "kind": "email", "value": email }],
        "data": { "number": number, "total": { "amount": 12.5, "currency": "TRY" } }
    })
}

async fn one(client: &Client, event: Value) -> Value {
    let mut answer = client.post("/events", event).await.good();
    let items = answer["items"].as_array_mut().expect("a list");
    assert_eq!(items.len(), 1);
    items.remove(0)
}

async fn timeline(client: &Client, customer: &Value) -> Vec<Value> {
    let id = customer.as_str().expect("an id");
    let page = client.get(&format!("/customers/{id}/timeline?limit=200")).await.good();
    page["items"].as_array().expect("a list").clone()
}

async fn waiting(client: &Client) -> Vec<Value> {
    client.get("/events/waiting").await.good()["items"].as_array().expect("a list").clone()
}

fn statuses(answer: &Value) -> Vec<&str> {
    let items = answer["items"].as_array().expect("a list");
    items.iter().map(|item| item["status"].as_str().expect("a status")).collect()
}

async fn an_order_of_a_known_customer_is_shown_by_its_template(world: Arc<World>) {
    let client = shop(&world).await;
    let customer = client.post("/customers", json!({ "emails": ["a@example.com"] })).await.good();
    let start = client.get("/events").await.good()["next"].as_i64().expect("a number");
    let stored = one(&client, order(4417, "A@Example.com")).await;
    assert_eq!((&stored["status"], &stored["customer"]), (&json!("stored"), &customer["id"]));
    assert_eq!(stored["reason"]["rule"], "same_address");
    let items = timeline(&client, &customer["id"]).await;
    assert_eq!((items.len(), &items[0]["id"]), (1, &stored["item"]));
    assert_eq!((&items[0]["kind"], &items[0]["channel"]), (&json!("order"), &json!("event")));
    let shown = items[0].to_string();
    assert!(shown.contains("Order 4417 placed") && shown.contains("12.5 TRY"), "{shown}");
    let events = client.get(&format!("/events?after={start}&kind=event.received")).await.good();
    assert_eq!(events["items"][0]["data"]["event_type"], "order.placed");
    assert_eq!(events["items"][0]["customer"], customer["id"]);
    let fresh =
        client.get(&format!("/customers/{}", customer["id"].as_str().expect("an id"))).await;
    assert_ne!(fresh.good()["last_activity_at"], customer["last_activity_at"]);
}

async fn an_event_about_nobody_waits_and_comes_when_he_writes(world: Arc<World>) {
    let client = shop(&world).await;
    let mut event = order(1, "new@example.com");
    event["occurred_at"] = json!("2026-01-05T10:00:00Z");
    let outcome = one(&client, event.clone()).await;
    assert_eq!((&outcome["status"], &outcome["item"]), (&json!("waiting"), &Value::Null));
    assert_eq!(waiting(&client).await.len(), 1);
    assert!(client.get("/customers").await.good()["items"].as_array().expect("a list").is_empty());
    world.deliver(&mail("new@example.com", "m1@example.com", "Hello", "", "where is it?")).await;
    let customer = world.customer(&client, "new@example.com").await;
    let items = timeline(&client, &customer["id"]).await;
    assert_eq!(items.len(), 2, "{items:?}");
    assert_eq!(items[1]["occurred_at"], "2026-01-05T10:00:00.000000Z", "in its own time");
    assert!(waiting(&client).await.is_empty());
    let again = one(&client, event).await;
    assert_eq!((&again["status"], &again["item"]), (&json!("duplicate"), &items[1]["id"]));
    assert_eq!((&again["customer"], &again["event"]), (&customer["id"], &outcome["event"]));
}

async fn a_call_makes_a_customer_and_takes_along_what_waited(world: Arc<World>) {
    let client = shop(&world).await;
    let who = json!([{ "kind": "phone", "value": "+90 532 111 22 33", "name": "Elif" }]);
    let page = json!({ "type": "page.viewed", "identities": who, "data": { "title": "Returns" } });
    assert_eq!(one(&client, page).await["status"], "waiting");
    let call = json!({ "type": "call.finished", "identities": who, "data": { "duration_seconds": 65, "summary": "Asked for\nher money" } });
    let stored = one(&client, call).await;
    assert_eq!(
        (&stored["status"], &stored["reason"]["rule"]),
        (&json!("stored"), &json!("first_seen"))
    );
    let items = timeline(&client, &stored["customer"]).await;
    let kinds: Vec<&str> = items.iter().map(|i| i["kind"].as_str().expect("a kind")).collect();
    assert_eq!(items.len(), 2, "{kinds:?}");
    assert!(kinds.contains(&"call") && kinds.contains(&"page_view"));
    let call = items.iter().find(|i| i["kind"] == "call").expect("a call");
    assert_eq!(
        (&call["channel"], &call["body"]),
        (&json!("phone"), &json!("Asked for\nher money"))
    );
    let found = client.get("/customers?q=Elif").await.good();
    assert_eq!(found["items"][0]["id"], stored["customer"]);
}

async fn a_key_is_used_once_even_by_many_at_once(world: Arc<World>) {
    let client = shop(&world).await;
    client.post("/customers", json!({ "emails": ["b@example.com"] })).await.good();
    let batch: Vec<Value> = (0..20).map(|n| order(n, "b@example.com")).collect();
    let mut turned = batch.clone();
    turned.reverse();
    let all = futures_util::future::join_all((0..6).map(|n| {
        let (client, own) =
            (client.clone(), if n % 2 == 0 { batch.clone() } else { turned.clone() });
        async move { client.post("/events", json!({ "events": own })).await.good() }
    }));
    let answers = all.await;
    let stored = answers.iter().flat_map(statuses).filter(|s| *s == "stored").count();
    let repeats = answers.iter().flat_map(statuses).filter(|s| *s == "duplicate").count();
    assert_eq!((stored, repeats), (20, 100));
    let customer = world.customer(&client, "b@example.com").await;
    assert_eq!(timeline(&client, &customer["id"]).await.len(), 20);
    let twice = json!({ "events": [order(99, "b@example.com"), order(99, "b@example.com")] });
    let answer = client.post("/events", twice).await.good();
    assert_eq!(statuses(&answer), ["stored", "duplicate"]);
    assert_eq!(answer["items"][0]["item"], answer["items"][1]["item"]);
    let mut other = order(99, "b@example.com");
    other["data"]["number"] = json!(100);
    client.post("/events", other.clone()).await.problem(409, "event_key_reused");
    assert_eq!(
        one(&shop(&world).await, other).await["status"],
        "stored",
        "each key of the API has its own"
    );
}

async fn a_bad_event_does_not_spoil_the_others(world: Arc<World>) {
    let client = shop(&world).await;
    client.post("/customers", json!({ "emails": ["c@example.com"] })).await.good();
    let good = |n| order(n, "c@example.com");
    let ahead = json!({ "type": "x", "customer": "cus_1h2p9x8gk0001", "occurred_at": "2026-11-25T00:00:00Z" });
    let stranger = json!({ "type": "x", "customer": "cus_1h2p9x8gk0001", "key": "k" });
    let nobody = json!({ "type": "x" });
    let two = json!({ "type": "x", "identities": [{ "kind": "external", "scope": "s", "value": "1" }, { "kind": "external", "scope": "s", "value": "2" }] });
    let large = json!({ "type": "x", "identities": [{ "kind": "email", "value": "c@example.com" }], "data": { "a": "x".repeat(66_000) } });
    let events =
        json!([good(1), ahead, stranger, nobody, { "type": 7 }, two, large, "text", good(2)]);
    let answer = client.post("/events", json!({ "events": events })).await.good();
    let refused = ["refused"; 7];
    assert_eq!(statuses(&answer), [&["stored"][..], &refused, &["stored"]].concat());
    let codes: Vec<&Value> = (1..8).map(|n| &answer["items"][n]["error"]["code"]).collect();
    assert_eq!(
        codes,
        [
            "invalid_field",
            "not_found",
            "invalid_field",
            "invalid_body",
            "invalid_field",
            "invalid_field",
            "invalid_body"
        ]
    );
    // A refused event has not used its key.
    let mut again = good(3);
    again["key"] = json!("k");
    assert_eq!(one(&client, again).await["status"], "stored");
    client.post("/events", nobody).await.problem(422, "invalid_field");
    client.post("/events", json!({ "events": [] })).await.problem(422, "invalid_body");
    let many: Vec<Value> = (0..1001).map(|_| json!({ "type": "x" })).collect();
    client.post("/events", json!({ "events": many })).await.problem(422, "invalid_body");
    let agent = world.agent(throughline_core::agent::Role::Agent, &[]).await;
    agent.post("/events", json!({ "events": [7] })).await.problem(403, "missing_right");
}

async fn events_come_in_any_order_and_of_any_age(world: Arc<World>) {
    let client = shop(&world).await;
    let customer = client.post("/customers", json!({ "emails": ["d@example.com"] })).await.good();
    let at = [
        "2026-11-22T08:00:00Z",
        "1999-12-31T23:59:59Z",
        "2026-11-23T08:00:00Z",
        "2020-02-02T02:02:02Z",
    ];
    for (n, at) in at.iter().enumerate() {
        let mut event = order(n as i64, "d@example.com");
        event["occurred_at"] = json!(at);
        one(&client, event).await;
    }
    let items = timeline(&client, &customer["id"]).await;
    let years: Vec<&str> =
        items.iter().map(|i| &i["occurred_at"].as_str().expect("a time")[..10]).collect();
    assert_eq!(years, ["2026-11-23", "2026-11-22", "2020-02-02", "1999-12-31"]);
    let path = format!("/customers/{}", customer["id"].as_str().expect("an id"));
    let activity = client.get(&path).await.good()["last_activity_at"].clone();
    assert!(
        activity.as_str().expect("a time") < "2026-11-22T10",
        "the future is no activity: {activity}"
    );
}

async fn ids_that_come_together_belong_together(world: Arc<World>) {
    let client = shop(&world).await;
    let shop_id = |id: &str| json!({ "kind": "external", "scope": "shop", "value": id });
    let email = json!({ "kind": "email", "value": "f@example.com", "verified": true });
    let event = |who: Value| json!({ "type": "order.shipped", "identities": who });
    assert_eq!(one(&client, event(json!([shop_id("7")]))).await["status"], "waiting");
    assert_eq!(one(&client, event(json!([shop_id("7"), email]))).await["status"], "waiting");
    let customer = client.post("/customers", json!({ "emails": ["f@example.com"] })).await.good();
    assert_eq!(timeline(&client, &customer["id"]).await.len(), 2, "the id led to the other one");
    assert!(waiting(&client).await.is_empty());
    let later = one(&client, event(json!([shop_id("7")]))).await;
    assert_eq!(later["customer"], customer["id"]);
    let reason = &later["reason"];
    assert_eq!(
        (&reason["rule"], &reason["identity"]["scope"]),
        (&json!("same_identity"), &json!("shop"))
    );
    assert_eq!(reason["identity"]["proof"], "signed", "a key that pushes is believed its own ids");
    // A second id of the same system is another customer, whatever else is said.
    let second = event(json!([email, shop_id("8")]));
    assert_eq!(one(&client, second).await["status"], "waiting");
    assert_eq!(one(&client, event(json!([shop_id("8")]))).await["status"], "waiting");
}

async fn an_address_that_nobody_verified_binds_nobody_beside_an_id(world: Arc<World>) {
    let client = shop(&world).await;
    let customer = client.post("/customers", json!({ "emails": ["u@example.com"] })).await.good();
    let told = |email: &str| {
        json!([
            { "kind": "email", "value": email },
            { "kind": "external", "scope": "shop", "value": "31" }
        ])
    };
    let order = json!({ "type": "order.placed", "identities": told("u@example.com"), "data": { "number": 1 } });
    assert_eq!(one(&client, order).await["status"], "waiting", "the id leads, and is nobody's");
    assert!(timeline(&client, &customer["id"]).await.is_empty());
    // A mail from the address does not take it along either.
    world.deliver(&mail("u@example.com", "u1@example.com", "Hello", "", "x")).await;
    assert_eq!(waiting(&client).await.len(), 1);
    let call = json!({ "type": "call.finished", "identities": told("u@example.com"), "data": {} });
    let made = one(&client, call).await;
    assert_eq!(made["reason"]["rule"], "first_seen");
    assert_ne!(made["customer"], customer["id"], "another record, until somebody says otherwise");
    assert!(waiting(&client).await.is_empty(), "what waited for the id came along");
    let id = made["customer"].as_str().expect("an id");
    let hints = client.get(&format!("/customers/{id}/suggestions")).await.good();
    assert_eq!(hints["items"].as_array().expect("a list").len(), 1, "an agent is asked: {hints}");
    // After the merge all of it is one customer's, and events go on to say so.
    let merge = json!({ "other": made["customer"] });
    let path = format!("/customers/{}/merge", customer["id"].as_str().expect("an id"));
    let admin = world.admin().await;
    admin.post(&path, merge).await.good();
    let later = json!({ "type": "order.shipped", "identities": told("u@example.com"), "data": {} });
    assert_eq!(one(&client, later).await["customer"], customer["id"]);
}

async fn a_chain_of_ids_is_taken_along_to_its_end(world: Arc<World>) {
    let client = shop(&world).await;
    let id = |n: usize| json!({ "kind": "external", "scope": format!("s{n}"), "value": "1" });
    let link = |n: usize| json!({ "type": "x.linked", "identities": [id(n), id(n + 1)] });
    let events: Vec<Value> = (0..300).map(link).collect();
    let answer = client.post("/events", json!({ "events": events })).await.good();
    assert!(statuses(&answer).iter().all(|s| *s == "waiting"));
    let customer = client.post("/customers", json!({ "name": "C" })).await.good();
    let path = format!("/customers/{}/identities", customer["id"].as_str().expect("an id"));
    client.post(&path, id(0)).await.good();
    assert!(waiting(&client).await.is_empty());
    assert_eq!(one(&client, link(300)).await["customer"], customer["id"]);
}

async fn what_waits_is_listed_bound_removed_and_forgotten(world: Arc<World>) {
    let client = shop(&world).await;
    for n in 0..5 {
        one(&client, order(n, &format!("w{n}@example.com"))).await;
    }
    let page = client.get("/events/waiting?limit=2").await.good();
    assert_eq!(page["items"][0]["identities"][0]["value"], "w4@example.com");
    let cursor = page["next_cursor"].as_str().expect("a cursor");
    let next = client.get(&format!("/events/waiting?limit=2&cursor={cursor}")).await.good();
    assert_eq!(next["items"][0]["event"]["title"], "Order 2 placed");
    let customer = client.post("/customers", json!({ "name": "W" })).await.good();
    let id = page["items"][0]["id"].as_str().expect("an id");
    let body = json!({ "customer": customer["id"] });
    let bound = client.post(&format!("/events/waiting/{id}/bind"), body.clone()).await.good();
    assert_eq!(bound["reason"]["rule"], "chosen");
    assert_eq!(timeline(&client, &customer["id"]).await[0]["id"], bound["item"]);
    client.post(&format!("/events/waiting/{id}/bind"), body).await.problem(404, "not_found");
    let id = page["items"][1]["id"].as_str().expect("an id");
    client.delete(&format!("/events/waiting/{id}")).await.good();
    client.delete(&format!("/events/waiting/{id}")).await.problem(404, "not_found");
    assert_eq!(waiting(&client).await.len(), 3);
    world.clock.advance(86_400);
    one(&client, order(9, "w9@example.com")).await;
    let day = world.app.now().plus_seconds(-3_600);
    assert_eq!(pushed::purge_waiting(&world.app, day).await.expect("purged"), 3);
    assert_eq!(waiting(&client).await.len(), 1);
}

async fn more_than_one_transaction_takes_along_comes_later(world: Arc<World>) {
    let client = shop(&world).await;
    let events: Vec<Value> = (0..600).map(|n| order(n, "many@example.com")).collect();
    let answer = client.post("/events", json!({ "events": events })).await.good();
    assert!(statuses(&answer).iter().all(|s| *s == "waiting"));
    client.post("/customers", json!({ "emails": ["many@example.com"] })).await.good();
    assert_eq!(waiting(&client).await.len(), 50, "a page of the hundred that are left");
    assert_eq!(pushed::bind_overdue(&world.app).await.expect("bound"), 100);
    assert_eq!(pushed::bind_overdue(&world.app).await.expect("bound"), 0);
    assert!(waiting(&client).await.is_empty());
}

async fn who_may_not_know_of_a_customer_is_not_told_of_him(world: Arc<World>) {
    let admin = world.admin().await;
    world.deliver(&mail("g@example.com", "g1@example.com", "Hello", "", "x")).await;
    let customer = world.customer(&admin, "g@example.com").await;
    let other = json!({ "channel": "api", "address": "other", "name": "Other" });
    let inbox = admin.post("/inboxes", other).await.good();
    let body = json!({ "name": "K", "scopes": ["events:write", "customers:read"], "inboxes": [inbox["id"]] });
    let key = admin.post("/api-keys", body).await.good();
    let blind = world.anonymous.with_token(key["key"].as_str().expect("a key"));
    let outcome = one(&blind, order(5, "g@example.com")).await;
    assert_eq!(outcome["status"], "stored");
    for field in ["item", "customer", "reason"] {
        assert!(outcome[field].is_null(), "{field}: {outcome}");
    }
    assert_eq!(timeline(&admin, &customer["id"]).await.len(), 2, "it is there all the same");
    let named = json!({ "type": "x", "customer": customer["id"] });
    blind.post("/events", named).await.problem(404, "not_found");
}

async fn types_are_described_tried_and_checked(world: Arc<World>) {
    let admin = world.admin().await;
    let seeded = admin.get("/event-types").await.good();
    assert_eq!(seeded["items"].as_array().expect("a list").len(), 7);
    let definition = json!({
        "name": "subscription.ended", "icon": "flag", "title": "Left {{data.plan}} for {{data.reason}}",
        "kind": "event", "makes_customers": true, "fields": [{ "label": "Since", "path": "data.since", "format": "date" }],
        "schema": { "required": ["plan"], "properties": { "plan": { "type": "string" } } }
    });
    let trial = json!({ "definition": definition, "data": { "plan": 7 } });
    let shown = admin.post("/event-types/try", trial).await.good();
    assert_eq!(
        (&shown["title"], &shown["misfit"]["path"]),
        (&json!("Left 7 for —"), &json!("data.plan"))
    );
    let made = admin.post("/event-types", definition.clone()).await.good();
    admin.post("/event-types", definition).await.problem(409, "event_type_taken");
    let event = |plan: Value| json!({ "type": "subscription.ended", "data": { "plan": plan }, "identities": [{ "kind": "email", "value": "t@example.com" }] });
    let refused = admin.post("/events", event(json!(7))).await.problem(422, "event_misfit");
    assert_eq!(refused["detail"], "data.plan: expected string");
    let stored = one(&admin, event(json!("gold"))).await;
    assert_eq!(stored["status"], "stored", "the type makes customers");
    let path = format!("/event-types/{}", made["id"].as_str().expect("an id"));
    let patch = json!({ "title": null, "schema": null, "kind": "order" });
    let changed = admin.patch(&path, patch).await.good();
    assert_eq!(
        (&changed["version"], &changed["title"], &changed["icon"]),
        (&json!(2), &Value::Null, &json!("flag"))
    );
    one(&admin, event(json!(7))).await;
    let items = timeline(&admin, &stored["customer"]).await;
    let titles: Vec<String> = items.iter().map(Value::to_string).collect();
    assert!(titles.iter().any(|t| t.contains("Left gold for —")), "what came keeps its title");
    assert!(items.iter().any(|item| item["kind"] == "order"));
    for bad in [
        json!({ "kind": "note" }),
        json!({ "title": "{{env.HOME}}" }),
        json!({ "schema": { "pattern": "a+" } }),
    ] {
        admin.patch(&path, bad).await.problem(422, "invalid_field");
    }
    admin.delete(&path).await.good();
    admin.get(&path).await.problem(404, "not_found");
    let shop = shop(&world).await;
    shop.post("/event-types", json!({ "name": "a" })).await.problem(403, "missing_right");
    assert_eq!(shop.get("/event-types").await.good()["items"].as_array().expect("a list").len(), 7);
}

async fn fields_that_are_facts_are_on_the_sheet_also_of_who_waited(world: Arc<World>) {
    let client = shop(&world).await;
    let admin = world.admin().await;
    let field = json!({ "label": "Contract", "path": "data.contract", "fact": "contract_number" });
    let kind = json!({ "name": "contract.signed", "fields": [field] });
    let made = admin.post("/event-types", kind).await.good();
    assert_eq!(made["fields"][0]["fact"], "contract_number");
    assert_eq!(one(&client, order(4417, "w@example.com")).await["status"], "waiting");
    let signed = json!({
        "type": "contract.signed", "data": { "contract": "AB 77-12" },
        "identities": [{ "kind": "email", "value": "w@example.com" }]
    });
    assert_eq!(one(&client, signed).await["status"], "waiting");
    let body = json!({ "emails": ["w@example.com"] });
    let customer = client.post("/customers", body).await.good();
    world.drain().await;
    let path = format!("/customers/{}/facts", customer["id"].as_str().expect("an id"));
    let sheet = admin.get(&path).await.good();
    let told: BTreeSet<(&str, &str, &str)> = sheet["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|entry| &entry["fact"])
        .map(|f| [&f["kind"], &f["display"], &f["source"]].map(|v| v.as_str().expect("a text")))
        .map(|[kind, display, source]| (kind, display, source))
        .collect();
    let order = ("order_number", "4417", "integrator");
    assert!(told.contains(&order), "{sheet}");
    assert!(told.contains(&("contract_number", "AB 77-12", "integrator")), "{sheet}");
}

async fn a_thousand_events_come_in_one_call(world: Arc<World>) {
    let client = shop(&world).await;
    for n in 0..10 {
        let emails = [format!("k{n}@example.com")];
        client.post("/customers", json!({ "emails": emails })).await.good();
    }
    let events: Vec<Value> =
        (0..1000).map(|n| order(n, &format!("k{}@example.com", n % 10))).collect();
    let began = Instant::now();
    let answer = client.post("/events", json!({ "events": events })).await.good();
    let took = began.elapsed();
    println!("1,000 events took {} ms", took.as_millis());
    assert_eq!(statuses(&answer).iter().filter(|s| **s == "stored").count(), 1000);
    // Far above what it takes: it is to notice a slip into one transaction for each event.
    assert!(took < Duration::from_secs(20), "{took:?}");
    let customer = world.customer(&client, "k3@example.com").await;
    assert_eq!(timeline(&client, &customer["id"]).await.len(), 100);
}

async fn an_event_is_found_by_its_data(world: Arc<World>) {
    let client = shop(&world).await;
    client.post("/customers", json!({ "emails": ["s@example.com"] })).await.good();
    let mut event = order(7731, "s@example.com");
    event["data"]["lines"] = json!([{ "name": "Bakır cezve", "sku": "CZ-900" }]);
    let stored = one(&client, event).await;
    for q in ["7731", "cezve", "CZ-900", "\"Order 7731\""] {
        let found = client.get(&format!("/search?q={q}")).await.good();
        assert_eq!(found["items"][0]["item"]["id"], stored["item"], "{q}: {found}");
    }
}
