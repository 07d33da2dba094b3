//! Telegram: one message there and back, taken back, put off, blocked, repeated to us.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use throughline_test_servers::http::Do;
use throughline_tests::{World, on_both};

use super::{Desk, TOKEN, body, no, taken, taken_body};
use crate::channels::bot::{ELIF, items, message, reaction};

on_both!(
    a_reply_arrives_once_in_its_chat,
    a_reply_is_taken_back_or_stopped_by_an_answer,
    a_scheduled_reply_waits_for_its_time,
    a_platform_that_asks_to_wait_is_asked_again_then,
    a_customer_who_blocked_the_bot_is_written_to_again_when_wanted,
    what_is_said_of_a_reply_finds_it_before_and_after_it_is_sent,
    our_own_words_are_one_item_also_when_they_come_back_first,
    an_inbox_keeps_its_pace,
    a_reply_that_is_moved_while_it_waits_reaches_nobody_else,
);

async fn a_reply_arrives_once_in_its_chat(world: Arc<World>) {
    let desk = Desk::telegram(&world, vec![taken(77)]).await;
    let item = desk.reply("Yarın elinizde <b>& sevgiler</b>").await;
    assert_eq!(desk.state(&item).await.0, "queued");
    assert_eq!(item["message"]["thread_reason"]["rule"], "same_conversation");
    desk.after(0).await;
    assert!(desk.server.seen().is_empty(), "it can still be taken back");
    desk.after(6).await;
    desk.after(3_600).await;
    let seen = desk.server.seen();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(seen[0].starts_with(&format!("POST /bot{TOKEN}/sendMessage HTTP/1.1")), "{}", seen[0]);
    let sent = body(&seen[0]);
    assert_eq!(sent["chat_id"], json!(ELIF));
    assert_eq!(sent["text"], "Yarın elinizde <b>& sevgiler</b>");
    assert_eq!(sent.get("reply_parameters"), None, "in a chat of two it is clear who is meant");
    assert_eq!(desk.state(&item).await, ("sent".to_owned(), String::new()));
    let message = desk.item(&item).await["message"].clone();
    assert_eq!(message["platform"]["object"], format!("{ELIF}:77"));
    let told = desk.admin.get("/events?limit=200").await;
    let words = told.text();
    assert!(!words.contains(TOKEN), "no event holds a secret");
    let all = told.good();
    let kinds: Vec<&Value> = items(&all).iter().map(|event| &event["kind"]).collect();
    assert_eq!(kinds.iter().filter(|kind| ***kind == "message.sent").count(), 1, "{kinds:?}");
    world.assert_no_dead_jobs().await;
}

async fn a_reply_is_taken_back_or_stopped_by_an_answer(world: Arc<World>) {
    let desk = Desk::telegram(&world, vec![taken(77)]).await;
    let back = desk.reply("a mistake").await;
    desk.after(4).await;
    desk.act(&back, "cancel").await.good();
    let path = format!("{}/replies", desk.ticket().await);
    let body = json!({ "body": "still there?", "cancel_if_answered": true,
        "send_at": "2026-11-22T10:00:00Z" });
    let stopped = desk.admin.post(&path, body).await.good();
    desk.hear(&message(2, 2, desk.seconds(), "I am")).await;
    assert_eq!(desk.state(&stopped).await.0, "cancelled", "at once, and not only when it is due");
    desk.after(7_200).await;
    assert_eq!(desk.state(&back).await.0, "cancelled");
    assert!(desk.server.seen().is_empty());
}

async fn a_scheduled_reply_waits_for_its_time(world: Arc<World>) {
    let desk = Desk::telegram(&world, vec![taken(77)]).await;
    let body = json!({ "body": "later", "send_at": "2026-11-22T10:00:00Z" });
    let item = desk.try_reply(body).await.good();
    desk.after(3_000).await;
    assert_eq!(desk.state(&item).await.0, "queued");
    desk.after(601).await;
    assert_eq!((desk.state(&item).await.0.as_str(), desk.server.seen().len()), ("sent", 1));
}

async fn a_platform_that_asks_to_wait_is_asked_again_then(world: Arc<World>) {
    let wait = no("429 Too Many Requests", "Too Many Requests", json!({ "retry_after": 30 }));
    let desk = Desk::telegram(&world, vec![wait, taken(77)]).await;
    let item = desk.reply("busy?").await;
    desk.after(6).await;
    assert_eq!(desk.state(&item).await.0, "deferred");
    desk.after(25).await;
    assert_eq!(desk.server.seen().len(), 1, "not sooner than it asked");
    desk.after(6).await;
    desk.after(3_600).await;
    assert_eq!((desk.state(&item).await.0.as_str(), desk.server.seen().len()), ("sent", 2));
}

async fn a_customer_who_blocked_the_bot_is_written_to_again_when_wanted(world: Arc<World>) {
    let blocked = no("403 Forbidden", "Forbidden: bot was blocked by the user", json!({}));
    let desk = Desk::telegram(&world, vec![blocked, taken(77)]).await;
    let item = desk.reply("hello?").await;
    desk.after(6).await;
    desk.after(3_600).await;
    let (state, words) = desk.state(&item).await;
    assert_eq!((state.as_str(), desk.server.seen().len()), ("failed", 1));
    assert!(words.starts_with("blocked: Forbidden: bot was blocked by the user. "), "{words}");
    desk.act(&item, "retry").await.good();
    desk.after(1).await;
    assert_eq!((desk.state(&item).await.0.as_str(), desk.server.seen().len()), ("sent", 2));
    desk.act(&item, "retry").await.problem(409, "not_retryable");
}

async fn what_is_said_of_a_reply_finds_it_before_and_after_it_is_sent(world: Arc<World>) {
    let desk = Desk::telegram(&world, vec![taken(77)]).await;
    // The sign reaches us before the answer to our request does.
    desk.hear(&reaction(2, 77, desk.seconds(), &[], &["👍"])).await;
    let item = desk.reply("ok?").await;
    desk.after(6).await;
    let signs = desk.item(&item).await["message"]["platform"]["reactions"].clone();
    assert_eq!(signs[0]["emoji"], "👍", "{signs}");
    desk.hear(&reaction(3, 77, desk.seconds(), &["👍"], &["❤"])).await;
    let signs = desk.item(&item).await["message"]["platform"]["reactions"].clone();
    assert_eq!((signs.as_array().map(Vec::len), &signs[0]["emoji"]), (Some(1), &json!("❤")));
    assert_eq!(desk.state(&item).await.0, "sent");
}

/// What our bot said, as the platform repeats it to us.
fn echo(update: i64, number: i64, at: i64, words: &str) -> Value {
    let chat = json!({ "id": ELIF, "first_name": "Elif", "type": "private" });
    let bot = json!({ "id": 4242, "is_bot": true, "first_name": "Shop" });
    let said = json!({
        "message_id": number, "from": bot, "date": at, "text": words, "chat": chat
    });
    json!({ "update_id": update, "message": said })
}

async fn our_own_words_are_one_item_also_when_they_come_back_first(world: Arc<World>) {
    let late = Do::SayLate(Duration::from_millis(600), "200 OK", taken_body(78));
    let desk = Desk::telegram(&world, vec![taken(77), late]).await;
    desk.reply("first").await;
    desk.after(6).await;
    desk.hear(&echo(2, 77, desk.seconds(), "first")).await;
    assert_eq!(desk.bodies().await, ["first", "Merhaba"]);

    let item = desk.reply("second").await;
    world.clock.advance(6);
    let other = world.another_runner();
    let back_first = async {
        while desk.server.seen().len() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        desk.tell(&echo(3, 78, desk.seconds(), "second")).await;
        other.drain().await.expect("the worker runs");
        assert_eq!(desk.bodies().await, ["second", "first", "Merhaba"], "it waits");
        assert_eq!(desk.state(&item).await.0, "queued", "the answer has not come yet");
    };
    let (sent, ()) = tokio::join!(desk.runner.drain(), back_first);
    sent.expect("the worker runs");
    desk.after(3).await;
    assert_eq!(desk.bodies().await, ["second", "first", "Merhaba"]);
    assert_eq!(desk.state(&item).await.0, "sent");
    let deliveries = desk.admin.get("/deliveries").await.good();
    assert_eq!(items(&deliveries)[0]["outcome"], "duplicate", "{deliveries}");
    assert_eq!(items(&deliveries)[0]["item"], item["id"]);

    // What somebody writes there by hand, while nothing of ours is on its way, is shown.
    desk.hear(&echo(4, 79, desk.seconds(), "by hand")).await;
    assert_eq!(desk.bodies().await[0], "by hand");
    world.assert_no_dead_jobs().await;
}

async fn an_inbox_keeps_its_pace(world: Arc<World>) {
    let desk = Desk::telegram(&world, vec![taken(77)]).await;
    for n in 0..25 {
        desk.reply(&format!("{n}")).await;
    }
    desk.after(6).await;
    let at_once = desk.server.seen().len();
    assert!((20..25).contains(&at_once), "{at_once}");
    desk.after(60).await;
    assert_eq!(desk.server.seen().len(), 25);
}

async fn a_reply_that_is_moved_while_it_waits_reaches_nobody_else(world: Arc<World>) {
    let desk = Desk::telegram(&world, vec![taken(77)]).await;
    let item = desk.reply("for Elif alone").await;
    let mut reza = message(2, 2, desk.seconds(), "Hello");
    reza["message"]["from"] = json!({ "id": 9, "is_bot": false, "first_name": "Reza" });
    reza["message"]["chat"] = json!({ "id": 9, "first_name": "Reza", "type": "private" });
    desk.hear(&reza).await;
    let other = desk.ticket().await;
    let path = format!("/items/{}/move", item["id"].as_str().expect("an id"));
    let to = json!({ "ticket": other.trim_start_matches("/tickets/") });
    desk.admin.post(&path, to).await.good();
    desk.after(6).await;
    let (state, words) = desk.state(&item).await;
    assert!(state == "failed" && words.starts_with("no_conversation: "), "{state} {words}");
    assert!(desk.server.seen().is_empty());
}
