//! What is taken out of messages of platforms, or erased with their customer, is nowhere any more.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_app::deliveries;
use throughline_core::actor::Actor;
use throughline_core::inbound::RawDelivery;
use throughline_tests::{World, on_both};

use super::bot::{Bot, edited, items, message, text};

on_both!(
    earlier_texts_go_with_what_is_taken_out_and_do_not_come_back,
    a_message_taken_out_leaves_no_subject_behind,
    erasing_reaches_batches_and_edits_that_wait,
);

async fn earlier_texts_go_with_what_is_taken_out_and_do_not_come_back(world: Arc<World>) {
    let bot = Bot::new(&world).await;
    bot.tell(&message(1, 1, 1_795_000_000, "card 4417123456789113")).await.good();
    bot.tell(&edited(2, 1, 1_795_000_010, "my card 4417123456789113 is lost")).await.good();
    world.drain().await;
    let item = bot.timeline().await.remove(0);
    assert!(item["message"]["platform"]["edits"].to_string().contains("4417"));
    let redact = format!("/items/{}/redact", text(&item["id"]));
    let part =
        json!({ "reason": "a card", "ranges": [{ "start": 8, "end": 24 }], "subject": true });
    let after = bot.admin.post(&redact, part).await.good();
    assert!(!after.to_string().contains("4417123456789113"), "{after}");
    assert!(text(&after["body"]).ends_with("is lost"), "{after}");
    bot.tell(&edited(3, 1, 1_795_000_020, "my card 4417123456789113, again")).await.good();
    world.drain().await;
    for path in ["/tickets", "/search?q=4417123456789113", "/customers"] {
        let told = bot.admin.get(path).await.good();
        assert!(!told["items"].to_string().contains("4417123456789113"), "{path}: {told}");
    }
    assert!(!bot.timeline().await[0].to_string().contains("4417123456789113"));
    let ledger = items(&bot.admin.get("/deliveries").await.good()).clone();
    let erased = ledger.iter().filter(|delivery| delivery["outcome"] == "erased").count();
    assert_eq!(erased, 2, "the message and its edit: {ledger:?}");
}

async fn a_message_taken_out_leaves_no_subject_behind(world: Arc<World>) {
    let bot = Bot::new(&world).await;
    bot.tell(&message(1, 1, 1_795_000_000, "secret matter")).await.good();
    world.drain().await;
    assert_eq!(bot.tickets().await[0]["subject"], "secret matter");
    let item = bot.timeline().await.remove(0);
    let redact = format!("/items/{}/redact", text(&item["id"]));
    let after = bot.admin.post(&redact, json!({ "reason": "x" })).await.good();
    assert_eq!((&after["body"], &after["message"]), (&json!(""), &Value::Null));
    assert_ne!(bot.tickets().await[0]["subject"], "secret matter");
    bot.tell(&edited(2, 1, 1_795_000_020, "secret matter, again")).await.good();
    world.drain().await;
    assert!(!bot.timeline().await[0].to_string().contains("secret matter"));
}

async fn erasing_reaches_batches_and_edits_that_wait(world: Arc<World>) {
    let bot = Bot::new(&world).await;
    let other = json!({
        "update_id": 1,
        "message": {
            "message_id": 1, "date": 1_795_000_000, "text": "of another",
            "from": { "id": 9, "is_bot": false, "first_name": "Reza" },
            "chat": { "id": 9, "first_name": "Reza", "type": "private" }
        }
    });
    let batch = json!([other, message(2, 2, 1_795_000_001, "of Elif")]);
    let raw = RawDelivery {
        inbox: bot.hook.trim_start_matches("/hooks/").parse().expect("an id"),
        external_id: "batch".to_owned(),
        bytes: batch.to_string().into_bytes(),
        received_at: world.app.now(),
    };
    deliveries::record(&world.app, &Actor::system(), vec![raw]).await.expect("recorded");
    bot.tell(&edited(3, 99, 1_795_000_020, "never came")).await.good();
    world.drain().await;
    let customers = bot.admin.get("/customers").await.good();
    let elif = items(&customers).iter().find(|customer| customer["name"] == "Elif");
    let elif = text(&elif.expect("she is known")["id"]).to_owned();
    let erase = json!({ "reason": "asked for", "confirm": elif });
    bot.admin.post(&format!("/customers/{elif}/erase"), erase).await.good();
    let ledger = items(&bot.admin.get("/deliveries").await.good()).clone();
    assert!(ledger.iter().all(|delivery| delivery["outcome"] == "erased"), "{ledger:?}");
    assert_eq!(ledger.len(), 2);
    let rest = bot.admin.get("/tickets").await.good();
    assert_eq!(items(&rest).len(), 1, "that of the other stays");
    // The message that the edit waited for finds nothing of it.
    bot.tell(&message(4, 99, 1_795_000_000, "much later")).await.good();
    world.drain().await;
    let found = bot.admin.get("/search?q=much").await.good();
    assert_eq!(items(&found).len(), 1);
    assert!(items(&bot.admin.get("/search?q=never").await.good()).is_empty());
}
