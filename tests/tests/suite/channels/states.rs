//! Newer states of what is no message: edits, deletions, revisions, in whatever order; and what is taken out
//! or erased.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use throughline_app::deliveries::{self, Processing};
use throughline_core::actor::Actor;
use throughline_core::facts::FactKind;
use throughline_core::identity::{Hint, IdentityKind, Proof};
use throughline_core::inbound::{
    ChannelEvent, Content, Conversation, Event, Happened, InboundEvent, Person, RawDelivery,
};
use throughline_core::rating::{Metric, Rating};
use throughline_core::time::Instant;
use throughline_core::timeline::Direction;
use throughline_tests::{World, on_both};

use super::bot::{items, text};
use super::sender::{Sender, payload};

on_both!(
    a_review_is_changed_by_its_newest_state_in_whatever_order,
    a_review_that_is_taken_back_says_nothing_any_more,
    what_happened_before_it_came_counts,
    a_username_makes_no_customer,
    a_survey_that_is_finished_takes_the_place_of_what_it_was,
    erasing_reaches_orders_and_what_they_came_in,
);

/// Something about a review, as a decoder would tell it.
fn told(key: &str, at: i64, what: Happened) -> ChannelEvent {
    let hint = Hint::read(IdentityKind::Platform, "store:app", "reviewer-1", None).expect("a hint");
    ChannelEvent {
        key: key.to_owned(),
        provider_kind: "review".to_owned(),
        occurred_at: Some(Instant::from_micros((1_795_000_000 + at) * 1_000_000)),
        direction: Direction::Inbound,
        who: Person {
            name: Some("Reza".to_owned()),
            hints: vec![Hint { proof: Proof::Provider, ..hint }],
            ..Person::default()
        },
        conversation: Some(Conversation { key: "review:1".to_owned(), ..Conversation::default() }),
        what,
        extra: Map::new(),
    }
}

fn review(key: &str, at: i64, stars: i32, words: &str) -> ChannelEvent {
    let event = Event {
        object: "review:1".to_owned(),
        event_type: "review.store".to_owned(),
        title: format!("{stars} stars"),
        text: words.to_owned(),
        fields: Vec::new(),
        facts: vec![(FactKind::VERSION, format!("{stars}.0"))],
        rating: Rating::read(Metric::Stars, stars, 1, 5),
        data: Map::new(),
    };
    told(key, at, Happened::Event(Box::new(event)))
}

fn edit(key: &str, at: i64, words: &str) -> ChannelEvent {
    let content = Content { text: words.to_owned(), ..Content::default() };
    told(key, at, Happened::Edit { of: "review:1".to_owned(), content })
}

fn deletion(at: i64) -> ChannelEvent {
    told("gone", at, Happened::Deletion { of: "review:1".to_owned() })
}

/// Lets an event come by an inbox.
async fn come(world: &World, sender: &Sender, event: ChannelEvent) {
    let raw = RawDelivery {
        inbox: sender.inbox_id(),
        external_id: event.key.clone(),
        bytes: event.key.clone().into_bytes(),
        received_at: world.app.now(),
    };
    let recorded = deliveries::record(&world.app, &Actor::system(), vec![raw]).await;
    let delivery = recorded.expect("recorded")[0].delivery;
    let decoded = Ok(vec![InboundEvent::Channel(Box::new(event))]);
    deliveries::process(&world.app, Processing { delivery, decoded }).await.expect("processed");
    world.drain().await;
}

async fn only(sender: &Sender) -> Value {
    let customers = sender.customers().await;
    let all = sender.timeline_of(text(&customers[0]["id"])).await;
    assert_eq!((customers.len(), all.len()), (1, 1), "{all:?}");
    all[0].clone()
}

async fn a_review_is_changed_by_its_newest_state_in_whatever_order(world: Arc<World>) {
    let sender = Sender::plain(&world, "typeform").await;
    come(&world, &sender, review("r1", 100, 2, "crashes with order 4417-1")).await;
    come(&world, &sender, review("r3", 300, 5, "great now")).await;
    come(&world, &sender, review("r2", 200, 3, "a little better")).await;
    let item = only(&sender).await;
    let event = &item["event"];
    assert_eq!((&item["body"], &event["title"]), (&json!("great now"), &json!("5 stars")));
    assert_eq!(event["rating"]["value"], 5);
    assert_eq!(event["platform"]["edits"][0]["text"], "crashes with order 4417-1");
    assert_eq!((&item["kind"], &item["channel"]), (&json!("review"), &json!("review")));
    let path = format!("/customers/{}/facts", text(&item["customer"]));
    let facts = sender.admin.get(&path).await.good();
    let values: Vec<&Value> = items(&facts).iter().map(|fact| &fact["fact"]["value"]).collect();
    assert_eq!(values, ["5.0"], "what the old text told is gone");
    assert!(items(&sender.admin.get("/search?q=crashes").await.good()).is_empty());
    assert_eq!(items(&sender.admin.get("/search?q=great").await.good()).len(), 1);
    let changed = sender.admin.get("/events?kind=message.changed").await.good();
    assert_eq!(items(&changed).len(), 1);
    // An edit changes the words alone, and leaves what was stated beside them.
    come(&world, &sender, edit("e4", 400, "great, order 7001")).await;
    let item = only(&sender).await;
    assert_eq!(
        (&item["body"], &item["event"]["rating"]["value"]),
        (&json!("great, order 7001"), &json!(5))
    );
    let facts = sender.admin.get(&path).await.good();
    let kinds: Vec<&str> = items(&facts).iter().map(|fact| text(&fact["fact"]["kind"])).collect();
    assert_eq!(kinds, ["order_number", "version"], "{facts}");
}

async fn a_review_that_is_taken_back_says_nothing_any_more(world: Arc<World>) {
    let sender = Sender::plain(&world, "typeform").await;
    come(&world, &sender, review("r1", 100, 2, "slow")).await;
    come(&world, &sender, deletion(200)).await;
    come(&world, &sender, review("r3", 300, 5, "great now")).await;
    let item = only(&sender).await;
    assert_eq!((&item["body"], &item["event"]["rating"]), (&json!(""), &Value::Null));
    assert!(!item["event"]["platform"]["deleted_at"].is_null());
    let path = format!("/customers/{}/facts", text(&item["customer"]));
    assert!(items(&sender.admin.get(&path).await.good()).is_empty());
    let told = item.to_string();
    assert!(!told.contains("slow") && !told.contains("stars"), "{told}");
}

async fn what_happened_before_it_came_counts(world: Arc<World>) {
    let sender = Sender::plain(&world, "typeform").await;
    come(&world, &sender, edit("e2", 200, "better")).await;
    assert!(sender.customers().await.is_empty());
    come(&world, &sender, review("r1", 100, 2, "slow")).await;
    let item = only(&sender).await;
    assert_eq!((&item["body"], &item["event"]["rating"]["value"]), (&json!("better"), &json!(2)));
    let ledger = sender.deliveries().await;
    assert!(ledger.iter().all(|delivery| delivery["item"] == item["id"]), "{ledger:?}");
}

async fn a_username_makes_no_customer(world: Arc<World>) {
    let sender = Sender::plain(&world, "typeform").await;
    let mut event = review("r1", 100, 4, "fine");
    let name = Hint::read(IdentityKind::Username, "store:app", "reza", None).expect("a hint");
    event.who.hints = vec![name];
    come(&world, &sender, event.clone()).await;
    assert!(sender.customers().await.is_empty());
    let waiting = sender.waiting().await;
    assert_eq!(waiting.len(), 1);
    // A newer state of what waits does not become a second one.
    let newer = ChannelEvent { who: event.who, ..review("r2", 200, 5, "very fine") };
    come(&world, &sender, newer).await;
    let made =
        sender.admin.post("/customers", json!({ "name": "Reza", "emails": ["r@x.example"] }));
    let customer = text(&made.await.good()["id"]).to_owned();
    let waiting = sender.waiting().await;
    assert_eq!(waiting.len(), 2);
    for event in waiting.iter().rev() {
        let path = format!("/events/waiting/{}/bind", text(&event["id"]));
        sender.admin.post(&path, json!({ "customer": customer })).await.good();
    }
    let item = only(&sender).await;
    assert_eq!(
        (&item["body"], &item["event"]["rating"]["value"]),
        (&json!("very fine"), &json!(5))
    );
}

async fn a_survey_that_is_finished_takes_the_place_of_what_it_was(world: Arc<World>) {
    let forms = Sender::plain(&world, "typeform").await;
    forms.tell(&payload("typeform", "partial")).await;
    world.drain().await;
    let before = forms.timeline("petra.weiss@kundin.example").await;
    assert_eq!((before.len(), &before[0]["event"]["rating"]), (1, &Value::Null));
    forms.tell(&payload("typeform", "all_kinds")).await;
    world.drain().await;
    let after = forms.timeline("petra.weiss@kundin.example").await;
    assert_eq!((after.len(), &after[0]["id"]), (1, &before[0]["id"]));
    assert_eq!(after[0]["event"]["rating"]["value"], 9);
    assert!(text(&after[0]["body"]).contains("Weiter so!"));
    let found = forms.admin.get("/search?q=8127").await.good();
    assert_eq!(items(&found).len(), 1);
}

async fn erasing_reaches_orders_and_what_they_came_in(world: Arc<World>) {
    let shop = Sender::plain(&world, "shopify").await;
    shop.tell(&payload("shopify", "refund")).await;
    shop.tell(&payload("shopify", "placed")).await;
    world.drain().await;
    let elif = text(&shop.customer("elif.kaya@musteri.example").await["id"]).to_owned();
    let exported = shop.admin.get(&format!("/customers/{elif}/export")).await.text();
    assert!(exported.contains("TR-2041") && exported.contains("geciken kargo"), "{exported}");
    let erase = json!({ "reason": "asked for", "confirm": elif });
    shop.admin.post(&format!("/customers/{elif}/erase"), erase).await.good();
    let ledger = shop.deliveries().await;
    assert!(ledger.iter().all(|delivery| delivery["outcome"] == "erased"), "{ledger:?}");
    assert!(items(&shop.admin.get("/search?q=2041").await.good()).is_empty());
    assert!(shop.customers().await.is_empty());
}
