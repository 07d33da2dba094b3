//! Answers to reviews when something goes wrong on their way: what stands in public in the end, and what is
//! said of it here.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_app::outgoing::{self, Begun, Turn};
use throughline_core::id::ItemId;
use throughline_core::outgoing::{Attempt, ChatEnd, ChatTry};
use throughline_test_servers::http::Do;
use throughline_tests::{World, on_both};

use super::Desk;
use super::platform::{no, once};
use super::reviews::{
    apple_with_ticket, asked_again, google, googles_set_up, said_to_elif, with_ticket,
};
use crate::channels::bot::text;

on_both!(
    an_older_answer_never_takes_the_place_of_a_newer_one,
    two_answers_to_one_review_are_never_on_their_way_at_once,
    an_answer_that_is_published_though_nobody_said_so_is_one_item,
    no_test_message_goes_to_a_shop,
);

async fn no_test_message_goes_to_a_shop(world: Arc<World>) {
    let (desk, shop) = google(&world).await;
    *world.platforms.lock().expect("an address") = desk.server.url();
    let path = format!("{}/test-message", desk.account);
    let told = desk.admin.post(&path, json!({ "to": "review:gp:1" })).await.good();
    assert_eq!((&told["outcome"], &told["code"]), (&json!("refused"), &json!("public_answer")));
    assert!(text(&told["words"]).contains("channel/test"), "{told}");
    assert!(shop.answers().is_empty() && desk.server.seen().is_empty(), "nobody was asked");
}

async fn an_older_answer_never_takes_the_place_of_a_newer_one(world: Arc<World>) {
    let (desk, shop) = google(&world).await;
    with_ticket(&desk, &shop, googles_set_up()).await;
    let wait = Do::Say("429 Too Many Requests\r\nretry-after: 600", json!({}).to_string());
    shop.moody(once(":reply", wait));
    let older = desk.reply("We look into it.").await;
    assert_eq!(desk.state(&older).await.0, "deferred");
    // One that is scheduled for tomorrow is not in its way yet.
    let path = format!("{}/replies", desk.ticket().await);
    let tomorrow = world.app.now().plus_seconds(86_400);
    let later = json!({ "body": "It was mended.", "send_at": tomorrow });
    let later = desk.admin.post(&path, later).await.good();
    let newer = desk.reply("It is mended in 1.5.").await;
    assert_eq!(desk.state(&newer).await, ("sent".to_owned(), String::new()));
    desk.after(700).await;
    let (state, words) = desk.state(&older).await;
    assert_eq!(state, "cancelled");
    assert!(words.starts_with("a newer answer"), "{words}");
    let published = |words: &str| vec![("gp:1".to_owned(), words.to_owned(), 30)];
    assert_eq!(shop.answers(), published("It is mended in 1.5."));
    // It goes when somebody asks for it, as the newest wish.
    desk.admin.post(&format!("/items/{}/retry", text(&older["id"])), json!({})).await.good();
    desk.after(1).await;
    assert_eq!(desk.state(&older).await.0, "sent");
    assert_eq!(shop.answers(), published("We look into it."));
    assert_eq!(desk.state(&later).await.0, "queued");
    desk.after(86_400).await;
    assert_eq!(desk.state(&later).await.0, "sent");
    assert_eq!(shop.answers(), published("It was mended."));
}

/// Says that a try begins, as the worker does.
async fn begun(desk: &Desk, item: &Value) -> Begun {
    let id: ItemId = text(&item["id"]).parse().expect("an id");
    let turn = |_, now| Turn::Taken(now);
    outgoing::begin(&desk.world.app, id, turn).await.expect("it is asked")
}

async fn two_answers_to_one_review_are_never_on_their_way_at_once(world: Arc<World>) {
    let (desk, shop) = google(&world).await;
    with_ticket(&desk, &shop, googles_set_up()).await;
    let older = desk.try_reply("We look into it.").await.good();
    let newer = desk.try_reply("It is mended in 1.5.").await.good();
    // The older one is due first: it goes, and the newer one waits for what comes of it.
    world.clock.advance(4);
    let third = desk.try_reply("It is mended in 1.6.").await.good();
    world.clock.advance(2);
    assert!(matches!(begun(&desk, &newer).await, Begun::Go(_)));
    assert_eq!(begun(&desk, &older).await, Begun::Over, "a newer one goes");
    world.clock.advance(4);
    let waits = begun(&desk, &third).await;
    assert!(matches!(waits, Begun::NotYet(until) if until > world.app.now()), "{waits:?}");
    let end = ChatEnd::Later { after: None, words: "busy".into() };
    let tried = ChatTry { objects: Vec::new(), progress: None, end };
    let id: ItemId = text(&newer["id"]).parse().expect("an id");
    let (attempt, again) = (Attempt::Chat(Box::new(tried)), world.app.now());
    outgoing::settle(&world.app, id, attempt, Some(again)).await.expect("it is noted");
    assert!(matches!(begun(&desk, &third).await, Begun::Go(_)));
    assert_eq!(begun(&desk, &newer).await, Begun::Over);
    assert_eq!(desk.state(&newer).await.0, "cancelled");
}

async fn an_answer_that_is_published_though_nobody_said_so_is_one_item(world: Arc<World>) {
    let (desk, shop) = apple_with_ticket(&world).await;
    let first = desk.reply("We look into it.").await;
    assert_eq!(desk.state(&first).await.0, "sent");
    asked_again(&desk).await;
    // It reaches the shop, whose word is lost; the shop shows it before it is tried again.
    let busy = json!({ "errors": [{ "status": "503", "detail": "busy" }] });
    shop.moody(Box::new(move |asked| {
        (asked.method == "POST").then(|| no("503 Service Unavailable", &busy))
    }));
    let item = desk.reply("It is mended in  1.5.").await;
    assert_eq!(desk.state(&item).await.0, "deferred");
    shop.answer_there("1", "It is mended in 1.5.", 800);
    asked_again(&desk).await;
    let said = ["It is mended in  1.5.", "We look into it."];
    assert_eq!(said_to_elif(&desk).await, said, "neither an edit of the first, nor a third");
    let cancel = format!("/items/{}/cancel", text(&item["id"]));
    desk.admin.post(&cancel, json!({})).await.good();
    let (state, words) = desk.state(&item).await;
    assert_eq!(state, "cancelled");
    assert!(words.contains("may be published"), "{words}");
    // What was never tried is simply taken back.
    let fresh = desk.try_reply("Never mind.").await.good();
    desk.admin.post(&format!("/items/{}/cancel", text(&fresh["id"])), json!({})).await.good();
    assert_eq!(desk.state(&fresh).await.1, "taken back before it was sent");
}
