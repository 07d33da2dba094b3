//! Orders and answers to surveys: whose they are, the ticket that they belong to, and what is known by them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use throughline_core::agent::Role;
use throughline_tests::mails::mail;
use throughline_tests::{World, on_both};

use super::bot::{items, text};
use super::sender::{ALL, SECRET, Sender, payload, payloads};

on_both!(
    each_body_comes_once_however_often_it_is_sent,
    what_is_not_signed_leaves_nothing,
    woocommerce_is_greeted_and_nothing_is_kept_of_it,
    an_order_is_its_customers_and_nobody_asks_for_its_number,
    what_belongs_to_an_order_waits_for_it,
    a_survey_joins_the_ticket_that_it_names_if_that_is_his,
    a_low_rating_opens_a_ticket_and_opens_one_again,
    who_says_nothing_of_himself_waits_and_is_given_to_a_customer,
    a_request_to_erase_makes_no_customer,
);

/// All that is known: each customer's timeline, and what waits.
async fn all_of(sender: &Sender) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for customer in sender.customers().await {
        let id = text(&customer["id"]);
        let line = |item: &Value| {
            let event = &item["event"];
            let said = json!([
                item["id"],
                item["kind"],
                item["occurred_at"],
                item["ticket"],
                item["body"],
                event["type"],
                event["title"],
                event["fields"],
                event["rating"],
                event["data"],
            ]);
            said.to_string()
        };
        all.insert(id.to_owned(), sender.timeline_of(id).await.iter().map(line).collect());
    }
    let waiting = sender.waiting().await;
    all.insert("waiting".into(), waiting.iter().map(|event| event["id"].to_string()).collect());
    all
}

async fn each_body_comes_once_however_often_it_is_sent(world: Arc<World>) {
    let mut before = 0;
    for (kind, many) in [("shopify", 12), ("woocommerce", 17), ("typeform", 2)] {
        let sender = Sender::plain(&world, kind).await;
        let bodies = payloads(kind);
        for (_, body) in &bodies {
            sender.tell(body).await;
        }
        world.drain().await;
        let first = all_of(&sender).await;
        let all: usize = first.values().map(Vec::len).sum();
        assert_eq!(all - before, many, "{kind}: {first:#?}");
        before = all;
        for (_, body) in bodies.iter().rev() {
            sender.tell(body).await;
            // The same in other bytes, as another delivery brings it.
            sender.send(format!("{body:#}\n").as_bytes(), SECRET).await.good();
        }
        world.drain().await;
        assert_eq!(all_of(&sender).await, first, "{kind}");
        let outcomes = sender.deliveries().await;
        assert!(outcomes.iter().all(|d| d["outcome"] != "quarantined"), "{kind}: {outcomes:?}");
    }
}

async fn what_is_not_signed_leaves_nothing(world: Arc<World>) {
    for (kind, _) in ALL {
        let sender = Sender::plain(&world, kind).await;
        let body = payloads(kind).remove(0).1.to_string().into_bytes();
        let told = sender.send(&body, "another").await.problem(401, "hook_refused").to_string();
        assert!(!told.contains(SECRET), "{told}");
        let bare = sender.anonymous.post_raw(&sender.hook, "application/json", body.clone()).await;
        bare.problem(401, "hook_refused");
        sender.send(&body, "").await.problem(401, "hook_refused");
        assert!(sender.deliveries().await.is_empty());
        // Both of two secrets are good.
        sender.send(&body, "old").await.good();
        assert_eq!(sender.deliveries().await.len(), 1);
    }
    world.drain().await;
}

async fn woocommerce_is_greeted_and_nothing_is_kept_of_it(world: Arc<World>) {
    let shop = Sender::plain(&world, "woocommerce").await;
    let form = "application/x-www-form-urlencoded";
    let greeted = shop.anonymous.post_raw(&shop.hook, form, b"webhook_id=1".to_vec()).await;
    assert_eq!((greeted.status.as_u16(), greeted.text().as_str()), (200, ""));
    assert!(shop.deliveries().await.is_empty());
}

async fn an_order_is_its_customers_and_nobody_asks_for_its_number(world: Arc<World>) {
    let shop = Sender::plain(&world, "shopify").await;
    world.inbox().await;
    let elif = "elif.kaya@musteri.example";
    world.deliver(&mail(elif, "k1@m.example", "Kargo", "", "Nerede kaldı?")).await;
    shop.tell(&payload("shopify", "placed")).await;
    world.drain().await;
    let all = shop.timeline(elif).await;
    let order = all.iter().find(|item| item["kind"] == "order").expect("an order");
    let event = &order["event"];
    assert_eq!(
        (&event["type"], &event["title"]),
        (&json!("order.placed"), &json!("Order #TR-2041 placed"))
    );
    assert_eq!((&event["icon"], &order["visibility"]), (&json!("cart"), &json!("public")));
    assert_eq!(
        (&order["author"]["kind"], &order["inbox"]),
        (&json!("customer"), &json!(shop.inbox))
    );
    assert_eq!(
        (&order["body"], &order["channel"]),
        (&json!("Lütfen hediye paketi yapın."), &json!("event"))
    );
    assert_eq!(event["data"]["total"], json!({ "amount": "1249.90", "currency": "TRY" }));
    assert_eq!(event["platform"]["object"], "order:6103388001447:placed");
    assert!(text(&event["owner_reason"]["rule"]).starts_with("same_"), "{event}");
    let language = shop.customer(elif).await["language"].clone();
    assert!(text(&language).starts_with("tr"), "the shop told it: {language}");
    let tickets = shop.tickets().await;
    let draft = json!({ "body": "Sipariş numaranızı paylaşır mısınız?", "language": "en" });
    let path = format!("/tickets/{}/draft/check", text(&tickets[0]["id"]));
    let told = shop.admin.post(&path, draft).await.good();
    assert_eq!(told["asks"][0]["known"][0]["value"], "TR-2041", "{told}");
    let events = shop.admin.get("/events?kind=event.received").await.good();
    assert_eq!(items(&events)[0]["data"]["event_type"], "order.placed");
    let found = shop.admin.get("/search?q=TR-2041").await.good();
    assert_eq!(items(&found).len(), 1, "{found}");
}

async fn what_belongs_to_an_order_waits_for_it(world: Arc<World>) {
    let shop = Sender::plain(&world, "shopify").await;
    for name in ["refund", "parcel"] {
        shop.tell(&payload("shopify", name)).await;
    }
    world.drain().await;
    assert!(shop.customers().await.is_empty() && shop.waiting().await.is_empty());
    let reasons = shop.deliveries().await;
    assert!(reasons.iter().all(|d| text(&d["reason"]).contains("waits")), "{reasons:?}");
    shop.tell(&payload("shopify", "placed")).await;
    world.drain().await;
    let elif = "elif.kaya@musteri.example";
    let kinds: Vec<Value> =
        shop.timeline(elif).await.iter().map(|item| item["event"]["type"].clone()).collect();
    assert_eq!(kinds, ["order.placed", "order.fulfilled", "order.refunded"]);
    assert!(shop.deliveries().await.iter().all(|delivery| !delivery["item"].is_null()));
    let customer = text(&shop.customer(elif).await["id"]).to_owned();
    let facts = format!("/customers/{customer}/facts?kind=tracking_number");
    let facts = shop.admin.get(&facts).await.good();
    assert_eq!(items(&facts)[0]["fact"]["value"], "400123456789", "{facts}");
    // What comes after its order finds it at once.
    let mut later = payload("shopify", "refund");
    later["id"] = json!(77);
    shop.tell(&later).await;
    world.drain().await;
    assert_eq!(shop.timeline(elif).await.len(), 4);
}

/// A survey that names a ticket, answered by somebody, or by nobody known.
fn survey(token: &str, ticket: &Value, email: Option<&str>, score: i64) -> Value {
    let mut body = payload("typeform", "all_kinds");
    let response = &mut body["form_response"];
    response["token"] = json!(token);
    response["answers"][0]["number"] = json!(score);
    response["submitted_at"] = json!(format!("2026-11-21T18:{score:02}:00Z"));
    response["hidden"] = json!({ "ticket": ticket.to_string().trim_matches('"') });
    if let Some(email) = email {
        response["hidden"]["email"] = json!(email);
    }
    body
}

async fn a_survey_joins_the_ticket_that_it_names_if_that_is_his(world: Arc<World>) {
    let forms = Sender::plain(&world, "typeform").await;
    world.inbox().await;
    let petra = "petra.weiss@kundin.example";
    world.deliver(&mail(petra, "t1@m.example", "Teekanne", "", "Sie ist zerbrochen.")).await;
    world.drain().await;
    let ticket = forms.tickets().await.remove(0);
    let number = &ticket["number"];
    forms.tell(&survey("his", number, Some("Petra.Weiss@kundin.example"), 9)).await;
    forms.tell(&survey("stranger", number, Some("stranger@else.example"), 9)).await;
    forms.tell(&survey("nobody", &ticket["id"], None, 10)).await;
    forms.tell(&survey("nowhere", &json!(999_999), None, 10)).await;
    world.drain().await;
    let of = |item: &Value| text(&item["event"]["platform"]["object"]).to_owned();
    let all = forms.timeline(petra).await;
    let surveys: Vec<&Value> =
        all.iter().filter(|item| item["kind"] == "survey_response").collect();
    let objects: Vec<String> = surveys.iter().map(|item| of(item)).collect();
    assert_eq!(objects, ["response:his", "response:nobody"]);
    for item in &surveys {
        assert_eq!((&item["ticket"], &item["inbox"]), (&ticket["id"], &ticket["inbox"]), "{item}");
    }
    let rating = json!({ "metric": "nps", "value": 9, "least": 0, "most": 10 });
    assert_eq!(surveys[0]["event"]["rating"], rating);
    assert_eq!(surveys[1]["event"]["owner_reason"]["rule"], "names_ticket");
    assert_eq!(surveys[1]["event"]["owner_reason"]["number"], *number);
    let stranger = forms.timeline("stranger@else.example").await;
    assert_eq!((stranger.len(), &stranger[0]["ticket"]), (1, &Value::Null));
    assert_eq!(forms.waiting().await.len(), 1, "a ticket that is not there leads nowhere");
    let customer = text(&forms.customer(petra).await["id"]).to_owned();
    let brief = forms.admin.get(&format!("/customers/{customer}/brief")).await.good();
    assert_eq!(brief["ratings"][0]["rating"], 10.0, "{brief}");
    assert_eq!(brief["ratings"][0]["scale"], 10.0);
}

async fn a_low_rating_opens_a_ticket_and_opens_one_again(world: Arc<World>) {
    let forms = Sender::new(&world, "typeform", json!({ "open_ticket_below": "7" })).await;
    let body = payload("typeform", "asked_address");
    for _ in 0..2 {
        forms.tell(&body).await;
    }
    let mut happy = body.clone();
    happy["form_response"]["token"] = json!("happy");
    happy["form_response"]["answers"][0]["number"] = json!(7);
    forms.tell(&happy).await;
    world.drain().await;
    let tickets = forms.tickets().await;
    assert_eq!((tickets.len(), &tickets[0]["subject"]), (1, &json!("NPS")));
    let path = format!("/tickets/{}", text(&tickets[0]["id"]));
    forms.admin.patch(&path, json!({ "status": "resolved" })).await.good();
    let id = &tickets[0]["id"];
    forms.tell(&survey("again", id, Some("reza@mosht.example"), 2)).await;
    world.drain().await;
    let ticket = forms.admin.get(&path).await.good();
    assert_eq!((&ticket["category"], forms.tickets().await.len()), (&json!("open"), 1));
    let wrong = json!({ "kind": "typeform", "settings": { "open_ticket_below": "low" } });
    let account = format!("/inboxes/{}/channel", forms.inbox);
    forms.admin.put(&account, wrong).await.problem(422, "invalid_field");
}

async fn who_says_nothing_of_himself_waits_and_is_given_to_a_customer(world: Arc<World>) {
    let forms = Sender::plain(&world, "typeform").await;
    let mut body = payload("typeform", "asked_address");
    body["form_response"]["answers"] = json!([body["form_response"]["answers"][0]]);
    forms.tell(&body).await;
    world.drain().await;
    let waiting = forms.waiting().await;
    assert_eq!((waiting.len(), &waiting[0]["event"]["rating"]["value"]), (1, &json!(3)));
    let restricted = json!({ "restricted": true });
    forms.admin.patch(&format!("/inboxes/{}", forms.inbox), restricted).await.good();
    let agent = world.agent(Role::Agent, &[]).await;
    let seen = agent.get("/events/waiting").await.good();
    assert!(items(&seen).is_empty(), "it came by an inbox of others");
    let made = forms.admin.post("/customers", json!({ "name": "Reza", "emails": ["r@x.example"] }));
    let customer = text(&made.await.good()["id"]).to_owned();
    let path = format!("/events/waiting/{}", text(&waiting[0]["id"]));
    let bind = json!({ "customer": customer });
    agent.post(&format!("{path}/bind"), bind.clone()).await.problem(404, "not_found");
    forms.admin.post(&format!("{path}/bind"), bind).await.good();
    let all = forms.timeline_of(&customer).await;
    assert_eq!(
        (all.len(), &all[0]["kind"], &all[0]["inbox"]),
        (1, &json!("survey_response"), &json!(forms.inbox))
    );
    // What is taken out of the item is nowhere in the ledger either.
    let redact = format!("/items/{}/redact", text(&all[0]["id"]));
    forms.admin.post(&redact, json!({ "reason": "asked for" })).await.good();
    assert_eq!(forms.deliveries().await[0]["outcome"], "erased");
    forms.tell(&body).await;
    world.drain().await;
    assert!(forms.waiting().await.is_empty(), "it had come before");
}

async fn a_request_to_erase_makes_no_customer(world: Arc<World>) {
    let shop = Sender::plain(&world, "shopify").await;
    shop.tell(&payload("shopify", "erasure_request")).await;
    world.drain().await;
    assert!(shop.customers().await.is_empty());
    let waiting = shop.waiting().await;
    assert_eq!(waiting[0]["event"]["type"], "privacy.erasure_request");
    let path = format!("/events/waiting/{}", text(&waiting[0]["id"]));
    shop.admin.delete(&path).await.good();
    assert_eq!(shop.deliveries().await[0]["outcome"], "erased", "what it brought is gone too");
    // Of somebody we know it stands on his timeline, for us alone.
    let mut order = payload("shopify", "placed");
    order["customer"]["verified_email"] = json!(true);
    shop.tell(&order).await;
    shop.tell(&payload("shopify", "data_request")).await;
    world.drain().await;
    let all = shop.timeline("elif.kaya@musteri.example").await;
    let asked = all.iter().find(|item| item["event"]["type"] == "privacy.data_request");
    assert_eq!(asked.expect("it is there")["visibility"], "internal");
}
