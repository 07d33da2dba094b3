//! Channels other than mail: what comes by their hooks, and what it does to timelines.

mod border;
pub(crate) mod bot;
mod fixtures;
mod ledger;
mod libraries;
mod occurring;
mod privacy;
mod sender;
mod states;
mod trial;

use std::sync::Arc;

use serde_json::json;
use throughline_tests::{World, on_both};

use bot::{Bot, ELIF, SECRET, edited, elif, items, message, reaction, text};

on_both!(
    a_chat_becomes_one_ticket_on_one_timeline,
    what_is_delivered_again_does_nothing,
    edits_reactions_and_deletions_change_the_message_in_whatever_order,
    a_request_that_is_not_signed_is_refused_and_leaves_nothing,
    several_secrets_are_good_and_none_is_ever_shown,
    an_inbox_is_connected_checked_and_disconnected,
    a_conversation_that_was_over_goes_on_in_a_new_ticket,
    what_nobody_knows_is_shown_and_what_says_nothing_is_not,
    hooks_know_the_customer_who_was_known_by_mail,
    a_storm_of_repeats_stores_each_message_once,
    what_a_chat_tells_is_a_fact,
);

async fn a_chat_becomes_one_ticket_on_one_timeline(world: Arc<World>) {
    let bot = Bot::new(&world).await;
    for (n, words) in ["Merhaba", "Siparişim nerede? 4417", "سلام"].iter().enumerate() {
        let n = i64::try_from(n).expect("small");
        bot.tell(&message(n, n, 1_795_000_000 + n, words)).await.good();
    }
    world.drain().await;
    let tickets = bot.tickets().await;
    assert_eq!((tickets.len(), &tickets[0]["subject"]), (1, &json!("Merhaba")));
    let all = bot.timeline().await;
    let bodies: Vec<&str> = all.iter().map(|item| text(&item["body"])).collect();
    assert_eq!(bodies, ["سلام", "Siparişim nerede? 4417", "Merhaba"]);
    let newest = &all[0]["message"];
    assert_eq!((&all[0]["channel"], &newest["from"]["name"]), (&json!("chat"), &json!("Elif")));
    assert_eq!(newest["thread_reason"]["rule"], "same_conversation");
    assert_eq!(all[2]["message"]["thread_reason"]["rule"], "new_conversation");
    assert_eq!(newest["platform"]["audience"], "private");
    let customers = bot.admin.get("/customers").await.good();
    assert_eq!(items(&customers)[0]["name"], "Elif");
    let identity = &items(&customers)[0]["identities"][0];
    assert_eq!((&identity["kind"], &identity["proof"]), (&json!("platform"), &json!("provider")));
    assert_eq!(identity["value"], json!(ELIF.to_string()), "no digit was lost");
}

async fn what_a_chat_tells_is_a_fact(world: Arc<World>) {
    let bot = Bot::new(&world).await;
    bot.tell(&message(1, 1, 1_795_000_000, "Siparişim TR-4417 nerede?")).await.good();
    world.drain().await;
    let ticket = bot.tickets().await.remove(0);
    let path = format!("/customers/{}/facts", text(&ticket["customer"]));
    let told = bot.admin.get(&path).await.good();
    assert_eq!(items(&told)[0]["fact"]["value"], "TR-4417");
}

async fn what_is_delivered_again_does_nothing(world: Arc<World>) {
    let bot = Bot::new(&world).await;
    let first = message(1, 1, 1_795_000_000, "once");
    for _ in 0..3 {
        bot.tell(&first).await.good();
        world.drain().await;
    }
    // The same message under another number of its delivery.
    bot.tell(&message(2, 1, 1_795_000_000, "once")).await.good();
    world.drain().await;
    assert_eq!(bot.timeline().await.len(), 1);
    let deliveries = bot.admin.get("/deliveries").await.good();
    let outcomes: Vec<&str> = items(&deliveries).iter().map(|d| text(&d["outcome"])).collect();
    assert_eq!(outcomes, ["duplicate", "stored"], "{deliveries}");
}

async fn edits_reactions_and_deletions_change_the_message_in_whatever_order(world: Arc<World>) {
    let bot = Bot::new(&world).await;
    // The newest edit and the sign come before the message, the older edit after it.
    bot.tell(&edited(3, 1, 1_795_000_020, "third")).await.good();
    bot.tell(&reaction(4, 1, 1_795_000_030, &[], &["👍"])).await.good();
    world.drain().await;
    bot.tell(&message(1, 1, 1_795_000_000, "first")).await.good();
    world.drain().await;
    bot.tell(&edited(2, 1, 1_795_000_010, "second")).await.good();
    world.drain().await;
    let item = bot.timeline().await.remove(0);
    let platform = &item["message"]["platform"];
    assert_eq!(
        (&item["body"], &platform["reactions"][0]["emoji"]),
        (&json!("third"), &json!("👍"))
    );
    assert_eq!(platform["edits"][0]["text"], "first");
    let found = bot.admin.get("/search?q=third").await.good();
    assert_eq!(items(&found).len(), 1, "{found}");
    bot.tell(&reaction(5, 1, 1_795_000_040, &["👍"], &[])).await.good();
    bot.tell(&edited(6, 1, 1_795_000_050, "fourth")).await.good();
    world.drain().await;
    let item = bot.timeline().await.remove(0);
    assert_eq!(item["message"]["platform"]["reactions"], json!([]));
    assert_eq!(item["body"], "fourth");
    assert!(items(&bot.admin.get("/search?q=third").await.good()).is_empty());
    let events = bot.admin.get("/events?kind=message.changed").await.good();
    assert_eq!(items(&events).len(), 2);
}

async fn a_request_that_is_not_signed_is_refused_and_leaves_nothing(world: Arc<World>) {
    let bot = Bot::new(&world).await;
    let update = message(1, 1, 1_795_000_000, "forged").to_string().into_bytes();
    let header = "x-telegram-bot-api-secret-token";
    let forged = world.anonymous.with_header(header, "another");
    for client in [&world.anonymous, &forged] {
        let answer = client.post_raw(&bot.hook, "application/json", update.clone()).await;
        let told = answer.problem(401, "hook_refused").to_string();
        assert!(!told.contains(SECRET));
    }
    let nowhere = bot.platform.post_raw("/hooks/inb_0000000000009", "application/json", update);
    nowhere.await.problem(404, "not_found");
    assert!(items(&bot.admin.get("/deliveries").await.good()).is_empty());
}

async fn several_secrets_are_good_and_none_is_ever_shown(world: Arc<World>) {
    let bot = Bot::new(&world).await;
    let both = json!({
        "kind": "telegram", "settings": { "bot_id": "4242" },
        "secrets": { "webhook_secret": [SECRET, "the-next-one"] }
    });
    let shown = bot.admin.put(&bot.account, both).await.good();
    assert_eq!(shown["secrets"], json!({ "webhook_secret": 2 }));
    let header = "x-telegram-bot-api-secret-token";
    for (n, secret) in [(1, SECRET), (2, "the-next-one")] {
        let platform = world.anonymous.with_header(header, secret);
        let update = message(n, n, 1_795_000_000, "hi").to_string().into_bytes();
        platform.post_raw(&bot.hook, "application/json", update).await.good();
    }
    let one = json!({
        "kind": "telegram", "settings": { "bot_id": "4242" },
        "secrets": { "webhook_secret": ["the-next-one"] }
    });
    let told = bot.admin.put(&bot.account, one).await.text();
    assert!(!told.contains("the-next-one"));
    bot.tell(&message(3, 3, 1_795_000_000, "hi")).await.problem(401, "hook_refused");
    world.drain().await;
}

async fn an_inbox_is_connected_checked_and_disconnected(world: Arc<World>) {
    let bot = Bot::new(&world).await;
    let kinds = bot.admin.get("/channels").await.good();
    let telegram = items(&kinds).iter().find(|kind| kind["name"] == "telegram").expect("there");
    assert!(telegram["fields"].as_array().expect("a list").iter().any(|f| f["kind"] == "secret"));
    for bad in [
        json!({ "kind": "pigeon" }),
        json!({ "kind": "telegram", "settings": {} }),
        json!({ "kind": "telegram", "settings": { "bot_id": 7 } }),
        json!({ "kind": "telegram", "settings": { "bot_id": "7", "bot_token": "7:s3cret" } }),
        json!({ "kind": "telegram", "settings": { "bot_id": "7", "color": "red" } }),
        json!({ "kind": "telegram", "settings": { "bot_id": "7" }, "secrets": { "pin": ["1"] } }),
    ] {
        bot.admin.put(&bot.account, bad).await.problem(422, "invalid_field");
    }
    let support = world.inbox().await;
    let mail = format!("/inboxes/{}/channel", support.id);
    let body = json!({ "kind": "telegram", "settings": { "bot_id": "7" } });
    bot.admin.put(&mail, body).await.problem(409, "other_channel");
    let agent = world.agent(throughline_core::agent::Role::Agent, &[]).await;
    agent.get(&bot.account).await.problem(403, "missing_right");
    bot.admin.delete(&bot.account).await.good();
    bot.admin.get(&bot.account).await.problem(404, "not_found");
    bot.tell(&message(1, 1, 1_795_000_000, "hi")).await.problem(404, "not_found");
}

async fn a_conversation_that_was_over_goes_on_in_a_new_ticket(world: Arc<World>) {
    let bot = Bot::new(&world).await;
    let start = world.app.now().as_micros() / 1_000_000;
    bot.tell(&message(1, 1, start, "first matter")).await.good();
    world.drain().await;
    let first = bot.tickets().await.remove(0);
    let path = format!("/tickets/{}", text(&first["id"]));
    bot.admin.patch(&path, json!({ "status": "resolved" })).await.good();
    bot.tell(&message(2, 2, start + 60, "not yet")).await.good();
    world.drain().await;
    assert_eq!(bot.admin.get(&path).await.good()["category"], "open", "it was opened again");
    bot.admin.patch(&path, json!({ "status": "resolved" })).await.good();
    world.clock.advance(40 * 24 * 60 * 60);
    let admin = world.admin().await;
    bot.tell(&message(3, 3, start + 40 * 24 * 60 * 60, "another matter")).await.good();
    world.drain().await;
    let tickets = items(&admin.get("/tickets?sort=created_asc").await.good()).clone();
    let subjects: Vec<&str> = tickets.iter().map(|ticket| text(&ticket["subject"])).collect();
    assert_eq!(tickets.len(), 2, "{subjects:?}");
    let customers: std::collections::BTreeSet<&str> =
        tickets.iter().map(|ticket| text(&ticket["customer"])).collect();
    assert_eq!(customers.len(), 1);
}

async fn what_nobody_knows_is_shown_and_what_says_nothing_is_not(world: Arc<World>) {
    let bot = Bot::new(&world).await;
    bot.tell(&message(1, 1, 1_795_000_000, "hello")).await.good();
    let strange = json!({
        "update_id": 2,
        "from_the_future": {
            "from": elif(), "what": "?", "date": 1_795_000_001,
            "chat": { "id": ELIF, "first_name": "Elif", "type": "private" }
        }
    });
    bot.tell(&strange).await.good();
    bot.tell(&json!({ "update_id": 3, "from_nobody": { "what": "?" } })).await.good();
    let broken = b"{\"update_id\":4,".to_vec();
    let answer = bot.platform.post_raw(&bot.hook, "application/json", broken).await;
    answer.problem(400, "bad_request");
    world.drain().await;
    let deliveries = bot.admin.get("/deliveries").await.good();
    let all = items(&deliveries);
    assert!(all.iter().all(|delivery| delivery["outcome"] == "stored"), "{deliveries}");
    let nobodys = &all[0];
    assert!(text(&nobodys["reason"]).contains("from_nobody"), "{nobodys}");
    assert_eq!((all.len(), &nobodys["item"]), (3, &json!(null)));
    let shown = bot.timeline().await;
    let event = shown.iter().find(|item| item["kind"] == "event").expect("it is shown");
    assert!(event.to_string().contains("from_the_future"), "{event}");
    let told = bot.admin.get("/events?kind=event.received").await.good();
    assert_eq!(items(&told)[0]["data"]["item"], event["id"], "{told}");
}

async fn hooks_know_the_customer_who_was_known_by_mail(world: Arc<World>) {
    let bot = Bot::new(&world).await;
    bot.tell(&message(1, 1, 1_795_000_000, "hello")).await.good();
    world
        .deliver(&throughline_tests::mails::mail("elif@example.com", "m@x", "Hi", "", "text"))
        .await;
    let customers = items(&bot.admin.get("/customers").await.good()).clone();
    assert_eq!(customers.len(), 2, "a name is no key");
    let by_mail = customers.iter().find(|c| c["identities"][0]["kind"] == "email").expect("one");
    let by_chat = customers.iter().find(|c| c["identities"][0]["kind"] == "platform").expect("one");
    let path = format!("/customers/{}/merge", text(&by_mail["id"]));
    bot.admin.post(&path, json!({ "other": by_chat["id"] })).await.good();
    bot.tell(&message(2, 2, 1_795_000_100, "again")).await.good();
    world.drain().await;
    let path = format!("/customers/{}/timeline?kind=message", text(&by_mail["id"]));
    let all = items(&bot.admin.get(&path).await.good()).clone();
    let channels: Vec<&str> = all.iter().map(|item| text(&item["channel"])).collect();
    assert_eq!(channels.iter().filter(|channel| **channel == "chat").count(), 2);
    assert_eq!(channels.iter().filter(|channel| **channel == "email").count(), 1);
}

async fn a_storm_of_repeats_stores_each_message_once(world: Arc<World>) {
    let bot = Bot::new(&world).await;
    let tell = |n: i64| {
        let update = message(n % 20, n % 20, 1_795_000_000 + n % 20, "storm");
        let bot = &bot;
        async move { bot.tell(&update).await.good() }
    };
    futures_util::future::join_all((0..100).map(tell)).await;
    let runners = [world.another_runner(), world.another_runner(), world.another_runner()];
    let ran = futures_util::future::join_all(runners.iter().map(|runner| runner.drain())).await;
    assert!(ran.into_iter().all(|ran| ran.is_ok()));
    world.clock.advance(60);
    world.drain().await;
    assert_eq!(bot.timeline().await.len(), 20);
    assert_eq!(bot.tickets().await.len(), 1);
}
