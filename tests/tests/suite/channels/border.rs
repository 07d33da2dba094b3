//! Who is let in at a hook, what is too much, and that nothing of a secret comes out.

use std::sync::Arc;

use serde_json::json;
use throughline_app::{Keyring, channels};
use throughline_core::id::InboxId;
use throughline_tests::hooks::hub_signature;
use throughline_tests::{World, on_both};

use super::bot::{Bot, SECRET, items, message, text};

on_both!(
    a_body_over_the_limit_is_refused_and_leaves_nothing,
    an_inbox_that_takes_nothing_new_has_no_hook,
    whatsapp_is_greeted_and_its_signature_is_over_the_bytes,
    no_answer_and_no_event_holds_a_secret,
    a_platform_learns_nothing_of_keys_that_are_gone,
    one_name_with_other_bytes_is_no_repeat,
);

async fn a_body_over_the_limit_is_refused_and_leaves_nothing(world: Arc<World>) {
    let bot = Bot::new(&world).await;
    let large = vec![b' '; 4 * 1024 * 1024 + 1];
    let answer = bot.platform.post_raw(&bot.hook, "application/json", large.clone()).await;
    let problem = answer.problem(413, "body_too_large");
    assert!(text(&problem["detail"]).contains("4194304 bytes"), "{problem}");
    // Who sends it to nowhere is told so before it is read.
    let nowhere = "/hooks/inb_0000000000009";
    bot.platform.post_raw(nowhere, "text/plain", large).await.problem(404, "not_found");
    assert!(items(&bot.admin.get("/deliveries").await.good()).is_empty());
    // What is as large as may be is taken: spaces are JSON too.
    let mut full = message(1, 1, 1_795_000_000, "full").to_string().into_bytes();
    full.resize(4 * 1024 * 1024, b' ');
    bot.platform.post_raw(&bot.hook, "application/json", full).await.good();
    world.drain().await;
    assert_eq!(bot.timeline().await[0]["body"], "full");
}

async fn an_inbox_that_takes_nothing_new_has_no_hook(world: Arc<World>) {
    let bot = Bot::new(&world).await;
    let inbox = bot.account.trim_end_matches("/channel").to_owned();
    bot.admin.patch(&inbox, json!({ "active": false })).await.good();
    bot.tell(&message(1, 1, 1_795_000_000, "hi")).await.problem(404, "not_found");
    bot.admin.patch(&inbox, json!({ "active": true })).await.good();
    bot.tell(&message(1, 1, 1_795_000_000, "hi")).await.good();
    world.drain().await;
    assert_eq!(bot.timeline().await.len(), 1);
    bot.platform.get_raw("/hooks/nonsense").await.problem(400, "invalid_id");
}

async fn whatsapp_is_greeted_and_its_signature_is_over_the_bytes(world: Arc<World>) {
    let bot = Bot::new(&world).await;
    let inbox = json!({ "channel": "chat", "address": "wa", "name": "WhatsApp" });
    let inbox = bot.admin.post("/inboxes", inbox).await.good();
    let body = json!({
        "kind": "whatsapp", "settings": { "phone_number_id": "106540352242922" },
        "secrets": { "app_secret": ["hush"], "verify_token": ["tell-me"] }
    });
    let account = format!("/inboxes/{}/channel", text(&inbox["id"]));
    let hook = text(&bot.admin.put(&account, body).await.good()["hook"]).to_owned();
    let ask = |token: &str| {
        format!("{hook}?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={token}")
    };
    let greeted = world.anonymous.get_raw(&ask("tell-me")).await;
    assert_eq!((greeted.status.as_u16(), greeted.text().as_str()), (200, "1158201444"));
    world.anonymous.get_raw(&ask("tell")).await.problem(401, "hook_refused");
    // Spaces and escapes are not as another program would write them.
    let said = br#"{ "object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881","phone_number_id":"106540352242922"},"contacts":[{"profile":{"name":"Reza"},"wa_id":"989121234567"}],"messages":[{"from":"989121234567","id":"wamid.1","timestamp":"1795000000","type":"text","text":{"body":"\u0633\u0644\u0627\u0645"}}]}}]}]}"#;
    for (secret, status) in [("wrong", 401), ("hush", 200)] {
        let signature = hub_signature(secret, said);
        let meta = world.anonymous.with_header("x-hub-signature-256", &signature);
        let answer = meta.post_raw(&hook, "application/json", said.to_vec()).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    }
    world.drain().await;
    assert_eq!(bot.timeline().await[0]["body"], "سلام");
}

async fn no_answer_and_no_event_holds_a_secret(world: Arc<World>) {
    let bot = Bot::new(&world).await;
    bot.tell(&message(1, 1, 1_795_000_000, "hi")).await.good();
    world.drain().await;
    let delivery = items(&bot.admin.get("/deliveries").await.good())[0].clone();
    let paths = [
        bot.account.clone(),
        "/events?limit=200".to_owned(),
        "/changes?limit=100".to_owned(),
        format!("/deliveries/{}", text(&delivery["id"])),
        format!("/deliveries/{}/explanation", text(&delivery["id"])),
    ];
    for path in paths {
        let told = bot.admin.get(&path).await;
        assert!(told.status.is_success(), "{path}: {}", told.status);
        assert!(!told.text().contains(SECRET), "{path}");
    }
    let inbox: InboxId = bot.hook.trim_start_matches("/hooks/").parse().expect("an id");
    let connected = channels::connected(&world.app, inbox).await.expect("it is read");
    assert!(!format!("{connected:?}").contains(SECRET));
}

async fn a_platform_learns_nothing_of_keys_that_are_gone(world: Arc<World>) {
    let bot = Bot::new(&world).await;
    let inbox: InboxId = bot.hook.trim_start_matches("/hooks/").parse().expect("an id");
    let other = world.another_app().with_keyring(Keyring::new(vec![[9; 32]]));
    let error = channels::connected(&other, inbox).await.expect_err("it cannot be read");
    assert_eq!(error.code, "unavailable");
    assert!(!error.message.contains("key"), "{}", error.message);
    let admin = throughline_core::actor::Actor::system();
    let shown = channels::get(&other, &admin, inbox).await.expect("it is shown to admins");
    assert!(shown.trouble.is_some_and(|why| why.contains("secrets.old_keys")));
}

async fn one_name_with_other_bytes_is_no_repeat(world: Arc<World>) {
    let bot = Bot::new(&world).await;
    // A bot that was made anew counts its updates from the beginning.
    bot.tell(&message(1, 1, 1_795_000_000, "of the old bot")).await.good();
    bot.tell(&message(1, 2, 1_795_000_100, "of the new bot")).await.good();
    bot.tell(&message(1, 2, 1_795_000_100, "of the new bot")).await.good();
    world.drain().await;
    assert_eq!(items(&bot.admin.get("/deliveries").await.good()).len(), 2);
    assert_eq!(bot.timeline().await.len(), 2);
}
