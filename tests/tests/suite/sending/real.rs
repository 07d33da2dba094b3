//! Sending by Postfix: what it takes, and what it refuses.

use std::sync::Arc;

use serde_json::json;
use throughline_test_servers::smtp::{Postfix, is_root};
use throughline_tests::{World, on_both};

use super::{Desk, settings};

on_both!(postfix_takes_a_reply_and_refuses_one_of_two_recipients);

fn postfix() -> Option<Postfix> {
    let started = Postfix::start();
    if started.is_none() {
        let must = is_root() && std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(!must, "Postfix is not installed and CI=true");
        println!("left out: Postfix is not installed, or this is not root");
    }
    started
}

async fn postfix_takes_a_reply_and_refuses_one_of_two_recipients(world: Arc<World>) {
    let Some(postfix) = postfix() else { return };
    let desk = Desk::new(&world, settings(postfix.port)).await;
    let good = desk.reply(json!({})).await;
    let half = desk.reply(json!({ "cc": ["nobody@example.test"] })).await;
    world.drain().await;
    let sent = desk.message(&good).await;
    assert_eq!(sent["send_state"], "sent");
    let id = format!("message-id=<{}>", sent["message_id"].as_str().expect("an id"));
    assert!(postfix.wait_for_log(&[&id]).is_some(), "{}", postfix.log());
    assert_eq!(desk.state(&half).await, "failed");
    let words = desk.words(&half).await;
    assert!(words.starts_with("nobody@example.test: 550 5.1.1"), "{words}");
}
