//! What is refused at once, with nothing stored: no platform, no conversation, addresses, too much.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use throughline_core::length::LengthUnit;
use throughline_core::outgoing::chat_way;
use throughline_ingest::registry::{self, Ability};
use throughline_outbound::chat;
use throughline_test_servers::http::Do;
use throughline_tests::{World, on_both};

use super::{Desk, TOKEN, taken};
use crate::channels::bot::{SECRET, items, message, text};

on_both!(
    a_reply_needs_a_platform_that_can_send_it,
    a_reply_needs_a_conversation,
    a_chat_takes_no_addresses,
    what_is_too_much_is_refused_with_counts_and_limits,
);

/// A reply of the inbox's newest ticket is refused, and nothing of it is stored.
async fn refused(desk: &Desk, body: Value, status: u16, code: &str) -> Value {
    let before = desk.bodies().await;
    let problem = desk.try_reply(body).await.problem(status, code);
    assert_eq!(desk.bodies().await, before);
    problem
}

async fn a_reply_needs_a_platform_that_can_send_it(world: Arc<World>) {
    let desk = Desk::telegram(&world, vec![taken(77)]).await;
    let waiting = desk.reply("on its way").await;
    let without = json!({
        "kind": "telegram", "settings": { "bot_id": "4242" },
        "secrets": { "webhook_secret": [SECRET], "bot_token": [] }
    });
    desk.admin.put(&desk.account, without).await.good();
    let problem = refused(&desk, json!({ "body": "x" }), 409, "cannot_reply").await;
    assert!(text(&problem["detail"]).contains("`bot_token`"), "{problem}");
    desk.admin.delete(&desk.account).await.good();
    refused(&desk, json!({ "body": "x" }), 409, "not_connected").await;
    // What was written before fails with words, and goes when the inbox is connected again.
    desk.after(6).await;
    let (state, words) = desk.state(&waiting).await;
    assert!(state == "failed" && words.starts_with("not_connected: "), "{state} {words}");
    let again = json!({
        "kind": "telegram", "settings": { "bot_id": "4242" },
        "secrets": { "webhook_secret": [SECRET], "bot_token": [TOKEN] }
    });
    desk.admin.put(&desk.account, again).await.good();
    desk.act(&waiting, "retry").await.good();
    desk.after(1).await;
    assert_eq!((desk.state(&waiting).await.0.as_str(), desk.server.seen().len()), ("sent", 1));
}

async fn a_reply_needs_a_conversation(world: Arc<World>) {
    let desk = Desk::telegram(&world, vec![taken(77)]).await;
    let first = desk.ticket().await;
    desk.admin.patch(&first, json!({ "status": "resolved" })).await.good();
    world.clock.advance(40 * 24 * 3_600);
    desk.hear(&message(2, 2, desk.seconds(), "another matter")).await;
    let second = desk.ticket().await;
    assert_ne!(first, second);
    let number = desk.admin.get(&second).await.good()["number"].to_string();
    let path = format!("{first}/replies");
    let problem = desk.admin.post(&path, json!({ "body": "x" })).await;
    let problem = problem.problem(409, "no_conversation");
    assert!(text(&problem["detail"]).contains(&format!("ticket {number}")), "{problem}");
    // A ticket that somebody opened by hand in the inbox of the bot.
    let inbox = desk.account.split('/').nth(2).expect("an id");
    let customers = desk.admin.get("/customers").await.good();
    let open = |by: &str| {
        json!({ "subject": "By hand", "body": "Hello", "inbox": inbox, "opened_by": by,
            "customer": { "id": items(&customers)[0]["id"] } })
    };
    desk.admin.post("/tickets", open("agent")).await.problem(409, "no_conversation");
    desk.admin.post("/tickets", open("customer")).await.good();
    refused(&desk, json!({ "body": "x" }), 409, "no_conversation").await;
    desk.after(60).await;
    assert!(desk.server.seen().is_empty());
}

async fn a_chat_takes_no_addresses(world: Arc<World>) {
    let desk = Desk::telegram(&world, vec![taken(77)]).await;
    for field in ["to", "cc"] {
        let body = json!({ "body": "x", field: ["elif@example.com"] });
        let problem = refused(&desk, body, 422, "invalid_field").await;
        assert_eq!(problem["field"], field);
    }
}

async fn what_is_too_much_is_refused_with_counts_and_limits(world: Arc<World>) {
    let set_up = json!({
        "kind": "twilio", "settings": { "account_sid": "AC00ff", "number": "+14155550100" },
        "secrets": { "auth_token": ["a-token-of-twilio"] }
    });
    let sent = json!({ "sid": "SM9", "status": "queued" }).to_string();
    let desk = Desk::connected(&world, vec![Do::Say("201 Created", sent)], set_up).await;
    let said = "AccountSid=AC00ff&MessageSid=SM1&From=%2B14155550101&To=%2B14155550100&Body=Hi";
    desk.recorded(said).await;
    let body = json!({ "body": "😀".repeat(20_000) });
    let problem = refused(&desk, body, 422, "reply_too_long").await;
    let details = json!({
        "length": 40_000, "most_in_one": 1_600, "messages": 25, "most_messages": 20
    });
    assert_eq!(problem["details"], details, "{problem}");
    let file = desk.admin.raw(Method::POST, "/attachments?name=a.txt", "text/plain", vec![1]);
    let file = file.await.good();
    let body = json!({ "body": "x", "attachments": [file["id"]] });
    let problem = refused(&desk, body, 422, "invalid_field").await;
    assert_eq!(problem["field"], "attachments");
    // Without files and so many characters it goes, and to whom it should.
    desk.reply("Hello").await;
    desk.after(6).await;
    let seen = desk.server.seen().remove(0);
    assert!(seen.starts_with("POST /Accounts/AC00ff/Messages.json HTTP/1.1"), "{seen}");
    let (_, sent) = seen.split_once("\r\n\r\n").expect("a body");
    let callback = format!("https%3A%2F%2Fdesk.test{}", desk.hook.replace('/', "%2F"));
    let form =
        format!("From=%2B14155550100&To=%2B14155550101&Body=Hello&StatusCallback={callback}");
    assert_eq!(sent, form);
}

/// What the registry says can be answered, what the rules know, and what is spoken are the same.
#[test]
fn registry_rules_and_ways_out_know_the_same_platforms() {
    for kind in registry::ALL {
        let way = chat_way(kind.name);
        assert_eq!(way.is_some(), kind.can.contains(&Ability::Reply), "{}", kind.name);
        let Some(way) = way else { continue };
        assert_eq!(way.length, kind.length, "{}", kind.name);
        let with_files = kind.can.contains(&Ability::ReplyWithFiles);
        assert_eq!(way.takes_files(), with_files, "{}", kind.name);
        assert!(chat::platform(kind.name).is_some(), "{}", kind.name);
        for need in way.needs {
            assert!(kind.fields.iter().any(|f| f.name == *need), "{}: {need}", kind.name);
        }
    }
    assert_eq!(
        chat_way("telegram").and_then(|way| way.length).map(|l| l.unit),
        Some(LengthUnit::Utf16)
    );
}
