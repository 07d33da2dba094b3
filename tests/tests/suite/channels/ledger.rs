//! The ledger of what came by hooks: what has no place is quarantined and replayed, a delivery may hold
//! several events, and what comes at one time is not told apart by that.

use std::sync::Arc;

use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use throughline_app::deliveries;
use throughline_core::actor::Actor;
use throughline_core::inbound::RawDelivery;
use throughline_tests::{World, on_both};
use throughline_worker::jobs::ProcessDelivery;
use throughline_worker::{Runner, Settings};

use super::bot::{Bot, ELIF, edited, in_group, items, message, text};

on_both!(
    what_nothing_reads_is_quarantined_and_can_be_replayed,
    one_that_has_no_place_does_not_vanish_among_others,
    an_edit_that_waited_is_named_by_the_ledger,
    first_messages_at_one_time_open_one_ticket,
    a_sign_at_the_time_of_its_message_is_not_lost,
    what_waits_for_nothing_is_forgotten_in_the_end,
);

async fn outcomes(bot: &Bot) -> Vec<String> {
    let all = bot.admin.get("/deliveries?limit=200").await.good();
    items(&all).iter().map(|delivery| text(&delivery["outcome"]).to_owned()).collect()
}

async fn what_nothing_reads_is_quarantined_and_can_be_replayed(world: Arc<World>) {
    let bot = Bot::new(&world).await;
    bot.tell(&message(1, 1, 1_795_000_000, "hi")).await.good();
    bot.admin.delete(&bot.account).await.good();
    world.drain().await;
    let delivery = items(&bot.admin.get("/deliveries").await.good())[0].clone();
    assert_eq!(delivery["outcome"], "quarantined");
    assert!(text(&delivery["reason"]).contains("connect the inbox"), "{delivery}");
    let again = json!({ "kind": "telegram", "settings": { "bot_id": "4242" } });
    bot.admin.put(&bot.account, again).await.good();
    let path = format!("/deliveries/{}", text(&delivery["id"]));
    bot.admin.post(&format!("{path}/replay"), json!({})).await.good();
    world.drain().await;
    assert_eq!(outcomes(&bot).await, ["stored"]);
    let explained = bot.admin.get(&format!("{path}/explanation")).await.good();
    let item = &explained["item"];
    assert_eq!(item["thread_reason"]["rule"], "new_conversation", "{explained}");
    assert_eq!(item["id"], bot.timeline().await[0]["id"]);
}

async fn one_that_has_no_place_does_not_vanish_among_others(world: Arc<World>) {
    let bot = Bot::new(&world).await;
    // The bot's own words in a group of which nothing is here, among those of a customer.
    let ours = in_group(2, 77, 4242, 1, "ours");
    let all =
        json!([message(1, 1, 1_795_000_000, "one"), ours, message(3, 2, 1_795_000_010, "two")]);
    record(&world, &bot, "batch", &all).await;
    world.drain().await;
    assert_eq!(outcomes(&bot).await, ["quarantined"]);
    assert_eq!(bot.timeline().await.len(), 2);
    assert_eq!(items(&bot.admin.get("/search?q=two").await.good()).len(), 1);
    bot.tell(&in_group(4, 77, ELIF, 2, "in the group")).await.good();
    world.drain().await;
    bot.admin.post("/deliveries/replay", json!({})).await.good();
    world.drain().await;
    assert_eq!(outcomes(&bot).await, ["stored", "stored"]);
    let bodies: Vec<Value> = bot.timeline().await.iter().map(|item| item["body"].clone()).collect();
    assert_eq!(bodies.len(), 4, "{bodies:?}");
    assert!(bodies.contains(&json!("ours")));
}

async fn record(world: &World, bot: &Bot, name: &str, said: &Value) {
    let raw = RawDelivery {
        inbox: bot.hook.trim_start_matches("/hooks/").parse().expect("an id"),
        external_id: name.to_owned(),
        bytes: said.to_string().into_bytes(),
        received_at: world.app.now(),
    };
    deliveries::record(&world.app, &Actor::system(), vec![raw]).await.expect("recorded");
}

async fn an_edit_that_waited_is_named_by_the_ledger(world: Arc<World>) {
    let bot = Bot::new(&world).await;
    bot.tell(&edited(2, 1, 1_795_000_020, "second")).await.good();
    world.drain().await;
    let waiting = items(&bot.admin.get("/deliveries").await.good())[0].clone();
    assert!(text(&waiting["reason"]).contains("waits"), "{waiting}");
    bot.tell(&message(1, 1, 1_795_000_000, "first")).await.good();
    world.drain().await;
    let item = bot.timeline().await.remove(0);
    assert_eq!(item["body"], "second");
    let path = format!("/deliveries/{}", text(&waiting["id"]));
    let then = bot.admin.get(&path).await.good();
    assert_eq!((&then["item"], &then["reason"]), (&item["id"], &Value::Null));
}

/// Two workers that take one job at a time, as two processes would.
fn two_workers(world: &World) -> [Runner; 2] {
    [world.app.clone(), world.another_app()].map(|app| {
        let settings = Settings { batch: 1, ..Settings::default() };
        Runner::new(app, settings).with(ProcessDelivery { at_once: 1, ..Default::default() })
    })
}

async fn work_off(world: &World) {
    let [one, other] = two_workers(world);
    let (one, other) = join(one.drain(), other.drain()).await;
    assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    // What lost a race is due again a little later.
    world.clock.advance(60);
    world.drain().await;
}

async fn first_messages_at_one_time_open_one_ticket(world: Arc<World>) {
    let bot = Bot::new(&world).await;
    let said = (0..40).map(|n| in_group(n, 1_000 + n / 4, 500 + n, n, "at one time"));
    let said: Vec<Value> = said.collect();
    for one in join_all(said.iter().map(|update| bot.tell(update))).await {
        one.good();
    }
    work_off(&world).await;
    let bot = Bot { admin: world.admin().await, ..bot };
    assert_eq!(outcomes(&bot).await, vec!["stored"; 40]);
    assert_eq!(bot.tickets().await.len(), 10, "one for each group");
}

async fn a_sign_at_the_time_of_its_message_is_not_lost(world: Arc<World>) {
    let bot = Bot::new(&world).await;
    // Another than who wrote it, so that nothing else holds the two apart.
    let sign = |n: i64| {
        json!({
            "update_id": 2 * n + 1,
            "message_reaction": {
                "chat": { "id": -7, "title": "Group", "type": "group" }, "message_id": n,
                "user": { "id": 900 + n, "is_bot": false, "first_name": "Reza" },
                "date": 1_795_000_050, "old_reaction": [],
                "new_reaction": [{ "type": "emoji", "emoji": "👍" }]
            }
        })
    };
    let said = (0..30).flat_map(|n| [in_group(2 * n, 7, ELIF, n, "hi"), sign(n)]);
    let said: Vec<Value> = said.collect();
    for one in join_all(said.iter().map(|update| bot.tell(update))).await {
        one.good();
    }
    work_off(&world).await;
    let bot = Bot { admin: world.admin().await, ..bot };
    let all = bot.timeline().await;
    let signed = |item: &&Value| item["message"]["platform"]["reactions"][0]["emoji"] == "👍";
    assert_eq!((all.len(), all.iter().filter(signed).count()), (30, 30));
}

async fn what_waits_for_nothing_is_forgotten_in_the_end(world: Arc<World>) {
    let bot = Bot::new(&world).await;
    bot.tell(&edited(1, 1, 1_795_000_020, "second")).await.good();
    world.drain().await;
    let purge = || throughline_app::channels::purge_parked(&world.app);
    assert_eq!(purge().await.expect("purged"), 0);
    world.clock.advance(91 * 24 * 60 * 60);
    assert_eq!(purge().await.expect("purged"), 1);
    assert_eq!(purge().await.expect("purged"), 0);
}
