//! WhatsApp: its window of a day, and receipts, which come in any order.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_test_servers::http::Do;
use throughline_tests::hooks::hub_signature;
use throughline_tests::{World, on_both};

use super::{Desk, body};

on_both!(
    a_customer_is_written_to_within_a_day_of_his_words,
    receipts_move_a_reply_forward_in_whatever_order,
    a_reply_that_did_not_arrive_comes_back_with_the_words_and_can_be_sent_again,
    a_reply_of_which_one_part_was_lost_comes_back,
);

pub(super) const OURS: &str = "106540352242922";
const THEIRS: &str = "989121234567";

pub(super) fn taken(id: &str) -> Do {
    Do::Say("200 OK", json!({ "messages": [{ "id": id }] }).to_string())
}

fn change(value: Value) -> Value {
    let mut value = value;
    value["messaging_product"] = "whatsapp".into();
    value["metadata"] = json!({ "display_phone_number": "15550783881", "phone_number_id": OURS });
    json!({
        "object": "whatsapp_business_account",
        "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": value }] }]
    })
}

pub(super) fn said(id: &str, at: i64) -> Value {
    change(json!({
        "contacts": [{ "profile": { "name": "Reza" }, "wa_id": THEIRS }],
        "messages": [{ "from": THEIRS, "id": id, "timestamp": at.to_string(), "type": "text",
            "text": { "body": "سلام" } }]
    }))
}

pub(super) fn status(id: &str, status: &str, at: i64, errors: Value) -> Value {
    let mut one = json!({
        "id": id, "status": status, "timestamp": at.to_string(), "recipient_id": THEIRS
    });
    if !errors.is_null() {
        one["errors"] = errors;
    }
    change(json!({ "statuses": [one] }))
}

pub(super) async fn whatsapp(world: &Arc<World>, script: Vec<Do>) -> Desk {
    let set_up = json!({
        "kind": "whatsapp", "settings": { "phone_number_id": OURS },
        "secrets": { "app_secret": ["hush"], "verify_token": ["tell-me"],
            "access_token": ["EAA-invented"] }
    });
    Desk::connected(world, script, set_up).await
}

pub(super) async fn hear(desk: &Desk, update: &Value) {
    let bytes = update.to_string().into_bytes();
    let signature = hub_signature("hush", &bytes);
    let meta = desk.world.anonymous.with_header("x-hub-signature-256", &signature);
    let answer = meta.post_raw(&desk.hook, "application/json", bytes).await;
    assert!(answer.status.is_success(), "{}", answer.text());
    desk.runner.drain().await.expect("the worker runs");
}

async fn a_customer_is_written_to_within_a_day_of_his_words(world: Arc<World>) {
    let desk = whatsapp(&world, vec![taken("wamid.out")]).await;
    hear(&desk, &said("wamid.1", desk.seconds() - 25 * 3_600)).await;
    desk.try_reply(json!({ "body": "x" })).await.problem(409, "window_closed");
    hear(&desk, &said("wamid.2", desk.seconds())).await;
    // It would be open now, and closed then.
    let then = json!({ "body": "x", "send_at": "2026-11-23T10:00:00Z" });
    desk.try_reply(then).await.problem(409, "window_closed");
    let late = json!({ "body": "late", "send_at": "2026-11-23T08:00:00Z" });
    let late = desk.try_reply(late).await.good();
    let item = desk.reply("درود").await;
    desk.after(6).await;
    let seen = desk.server.seen();
    let sent = body(&seen[0]);
    assert_eq!((&sent["to"], &sent["text"]["body"]), (&json!(THEIRS), &json!("درود")));
    assert_eq!(desk.state(&item).await.0, "sent");
    // No worker was there in time, and the window closed meanwhile.
    desk.after(26 * 3_600).await;
    let (state, words) = desk.state(&late).await;
    assert!(state == "failed" && words.starts_with("window_closed: "), "{state} {words}");
    assert_eq!(desk.server.seen().len(), 1);
    hear(&desk, &said("wamid.3", desk.seconds())).await;
    desk.act(&late, "retry").await.good();
    desk.after(1).await;
    assert_eq!((desk.state(&late).await.0.as_str(), desk.server.seen().len()), ("sent", 2));
}

pub(super) async fn receipt(desk: &Desk, item: &Value) -> Value {
    desk.item(item).await["message"]["platform"]["receipt"].clone()
}

async fn receipts_move_a_reply_forward_in_whatever_order(world: Arc<World>) {
    let desk = whatsapp(&world, vec![taken("wamid.out")]).await;
    hear(&desk, &said("wamid.1", desk.seconds())).await;
    let item = desk.reply("x").await;
    // Delivered before we know what it is that was delivered.
    hear(&desk, &status("wamid.out", "delivered", desk.seconds() + 6, Value::Null)).await;
    assert_eq!(desk.state(&item).await.0, "queued");
    desk.after(6).await;
    assert_eq!(receipt(&desk, &item).await["state"], "delivered");
    for (name, shown) in [("sent", "delivered"), ("read", "read"), ("delivered", "read")] {
        hear(&desk, &status("wamid.out", name, desk.seconds() + 9, Value::Null)).await;
        assert_eq!(receipt(&desk, &item).await["state"], shown, "after {name}");
        assert_eq!(desk.state(&item).await.0, "sent");
    }
    assert_eq!(desk.bodies().await.len(), 2);
}

async fn a_reply_that_did_not_arrive_comes_back_with_the_words_and_can_be_sent_again(
    world: Arc<World>,
) {
    let desk = whatsapp(&world, vec![taken("wamid.a"), taken("wamid.b"), taken("wamid.c")]).await;
    hear(&desk, &said("wamid.1", desk.seconds())).await;
    let errors = json!([{ "code": 131026, "title": "Message undeliverable" }]);
    // Once after it was sent, once before we know of it.
    let item = desk.reply("x").await;
    desk.after(6).await;
    hear(&desk, &status("wamid.a", "failed", desk.seconds(), errors.clone())).await;
    let (state, words) = desk.state(&item).await;
    assert!(state == "bounced" && words.contains("Message undeliverable"), "{state} {words}");
    hear(&desk, &status("wamid.b", "failed", desk.seconds(), errors)).await;
    desk.act(&item, "retry").await.good();
    desk.after(1).await;
    let (state, words) = desk.state(&item).await;
    assert!(state == "bounced" && words.contains("Message undeliverable"), "{state} {words}");
    desk.act(&item, "retry").await.good();
    desk.after(1).await;
    assert_eq!(desk.state(&item).await, ("sent".to_owned(), String::new()));
    hear(&desk, &status("wamid.c", "read", desk.seconds(), Value::Null)).await;
    assert_eq!(receipt(&desk, &item).await["state"], "read");
    assert_eq!(desk.server.seen().len(), 3);
}

async fn a_reply_of_which_one_part_was_lost_comes_back(world: Arc<World>) {
    let script = ["wamid.a", "wamid.b", "wamid.c", "wamid.d"].map(taken);
    let desk = whatsapp(&world, script.to_vec()).await;
    hear(&desk, &said("wamid.1", desk.seconds())).await;
    let long = ["a", "b"].map(|letter| letter.repeat(4_000)).join("\n\n");
    let errors = json!([{ "code": 131053, "title": "Media upload error" }]);
    let item = desk.reply(&long).await;
    desk.after(6).await;
    hear(&desk, &status("wamid.a", "delivered", desk.seconds(), Value::Null)).await;
    hear(&desk, &status("wamid.b", "failed", desk.seconds(), errors.clone())).await;
    let (state, words) = desk.state(&item).await;
    assert!(state == "bounced" && words.contains("Media upload error"), "{state} {words}");
    // The same before we know which messages they are.
    hear(&desk, &status("wamid.c", "delivered", desk.seconds() + 20, Value::Null)).await;
    hear(&desk, &status("wamid.d", "failed", desk.seconds() + 20, errors)).await;
    let second = desk.reply(&long).await;
    desk.after(6).await;
    let (state, words) = desk.state(&second).await;
    assert!(state == "bounced" && words.contains("Media upload error"), "{state} {words}");
}
