//! Replies to posts: they are no more public than what they answer, no longer than the platform takes, and
//! wait where it asks for that.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_test_servers::http::Do;
use throughline_tests::{World, on_both};

use super::Desk;
use super::bluesky::{self, Bluesky, uri as at_uri};
use super::mastodon::{self, Mastodon, id, uri};
use super::platform::{no, once};
use crate::mailboxes::kit::soon;

on_both!(
    a_reply_is_no_more_public_than_the_post_that_it_answers,
    what_the_server_takes_of_a_post_counts_for_replies,
    mastodons_limits_hold_a_reply_and_a_new_token_sends_it,
    a_reply_on_bluesky_answers_the_post_within_its_thread,
    what_is_too_long_for_bluesky_is_refused_before_it_is_sent,
    blueskys_limits_hold_a_reply_and_a_token_that_expired_is_renewed,
);

/// A desk at which somebody has written on Mastodon.
pub async fn on_mastodon(world: &Arc<World>, visibility: &str) -> (Desk, Mastodon) {
    let mastodon = Mastodon::default();
    mastodon.takes(800);
    let server = mastodon.start().await;
    let desk = Desk::new(world, "social", server, mastodon::set_up(mastodon::TOKEN)).await;
    let run = desk.begun().await;
    mastodon.mention(1, "elif", visibility, None);
    desk.round().await;
    desk.until_delivered(1).await;
    run.end().await;
    (desk, mastodon)
}

async fn a_reply_is_no_more_public_than_the_post_that_it_answers(world: Arc<World>) {
    let (desk, mastodon) = on_mastodon(&world, "public").await;
    let said = [
        (1, "elif", "public"),
        (2, "reza", "unlisted"),
        (3, "anna", "private"),
        (4, "kim", "direct"),
    ];
    for (number, by, visibility) in said {
        if number > 1 {
            let run = desk.poller();
            mastodon.mention(number, by, visibility, None);
            desk.round().await;
            desk.until_delivered(usize::try_from(number).expect("small")).await;
            run.end().await;
        }
        let item = desk.reply(&format!("answer {number}")).await;
        assert_eq!(desk.state(&item).await, ("sent".to_owned(), String::new()));
        let sent = mastodon.sent();
        let last = &sent[sent.len() - 1];
        assert_eq!(last["visibility"], visibility);
        assert_eq!(last["in_reply_to_id"], id(number).to_string());
        assert_eq!(last["status"], format!("@{by}@brot.example answer {number}"));
    }
    let kim = desk.timeline("kim").await;
    let bodies: Vec<&Value> = kim.iter().map(|item| &item["body"]).collect();
    assert_eq!(bodies, ["answer 4", "post 4"]);
    assert_eq!(kim[1]["message"]["platform"]["object"], uri(4));
}

async fn what_the_server_takes_of_a_post_counts_for_replies(world: Arc<World>) {
    let (desk, mastodon) = on_mastodon(&world, "public").await;
    // 700 characters as people see them, and twice as many code points; most servers would want two posts.
    let long = format!("{} https://example.org/{}", "e\u{301}".repeat(676), "x".repeat(400));
    let item = desk.reply(&long).await;
    assert_eq!(desk.state(&item).await.0, "sent");
    assert_eq!(mastodon.sent().len(), 1);
    let far_too_long = "e\u{301}".repeat(760 * 20 + 1);
    let problem = desk.try_reply(&far_too_long).await.problem(422, "reply_too_long");
    let details =
        json!({ "length": 15_201, "most_in_one": 760, "messages": 21, "most_messages": 20 });
    assert_eq!(problem["details"], details, "{problem}");
    // An admin's word counts more than the server's.
    let mut set_up = mastodon::set_up(mastodon::TOKEN);
    set_up["settings"]["max_characters"] = json!("500");
    desk.admin.put(&desk.account, set_up).await.good();
    desk.reply(&"word ".repeat(150)).await;
    assert_eq!(mastodon.sent().len(), 3);
    let problem = desk.try_reply(&far_too_long).await.problem(422, "reply_too_long");
    assert_eq!(problem["details"]["most_in_one"], 460);
    assert_eq!(mastodon.sent().len(), 3, "nothing of it was sent");
}

async fn mastodons_limits_hold_a_reply_and_a_new_token_sends_it(world: Arc<World>) {
    let (desk, mastodon) = on_mastodon(&world, "direct").await;
    let wait = Do::Say("429 Too Many Requests\r\nretry-after: 300", json!({}).to_string());
    mastodon.moody(once("/v1/statuses", wait));
    let item = desk.reply("patience").await;
    assert_eq!(desk.state(&item).await.0, "deferred");
    desk.after(200).await;
    assert_eq!((desk.state(&item).await.0.as_str(), mastodon.sent().len()), ("deferred", 0));
    desk.after(200).await;
    assert_eq!((desk.state(&item).await.0.as_str(), mastodon.sent().len()), ("sent", 1));
    desk.admin.put(&desk.account, mastodon::set_up("a-token-that-was-withdrawn")).await.good();
    let item = desk.reply("with a new token").await;
    let (state, words) = desk.state(&item).await;
    assert!(state == "failed" && words.starts_with("token_refused: "), "{state} {words}");
    assert!(!words.contains("withdrawn"), "{words}");
    desk.admin.put(&desk.account, mastodon::set_up(mastodon::TOKEN)).await.good();
    let retry = format!("/items/{}/retry", item["id"].as_str().expect("an id"));
    desk.admin.post(&retry, json!({})).await.good();
    desk.after(1).await;
    assert_eq!((desk.state(&item).await.0.as_str(), mastodon.sent().len()), ("sent", 2));
    assert!(mastodon.sent().iter().all(|sent| sent["visibility"] == "direct"));
}

/// A desk at which somebody has written on Bluesky, in answer to us.
pub async fn on_bluesky(world: &Arc<World>) -> (Desk, Bluesky) {
    let (desk, bluesky) = bluesky::connected(world).await;
    let run = desk.begun().await;
    let ours = "at://did:plc:kiosk/app.bsky.feed.post/3kus";
    bluesky.says(1, "elif", 20, Some((ours, ours)));
    desk.round().await;
    desk.until_delivered(1).await;
    run.end().await;
    (desk, bluesky)
}

pub fn record(sent: &[Value], number: usize) -> &Value {
    assert_eq!(
        (&sent[number]["repo"], &sent[number]["collection"]),
        (&json!("kiosk.bsky.example"), &json!("app.bsky.feed.post"))
    );
    &sent[number]["record"]
}

async fn a_reply_on_bluesky_answers_the_post_within_its_thread(world: Arc<World>) {
    let (desk, bluesky) = on_bluesky(&world).await;
    let item = desk.reply("Sorry, see https://kiosk.example/a.").await;
    assert_eq!(desk.state(&item).await, ("sent".to_owned(), String::new()));
    let sent = bluesky.sent();
    let first = record(&sent, 0);
    assert_eq!(first["reply"]["parent"], json!({ "uri": at_uri(1, "elif"), "cid": "cid1" }));
    assert_eq!(first["reply"]["root"]["uri"], "at://did:plc:kiosk/app.bsky.feed.post/3kus");
    let link = &first["facets"][0];
    assert_eq!(link["index"], json!({ "byteStart": 11, "byteEnd": 34 }));
    // Two posts, the second below the first.
    desk.reply(&"word ".repeat(100)).await;
    let sent = bluesky.sent();
    assert_eq!(sent.len(), 3);
    assert_eq!(record(&sent, 1)["reply"]["parent"]["uri"], at_uri(1, "elif"));
    let below = json!({ "uri": "at://did:plc:kiosk/app.bsky.feed.post/3sent2", "cid": "ours" });
    assert_eq!(record(&sent, 2)["reply"]["parent"], below);
}

async fn what_is_too_long_for_bluesky_is_refused_before_it_is_sent(world: Arc<World>) {
    let (desk, bluesky) = on_bluesky(&world).await;
    let problem = desk.try_reply(&"e\u{301}".repeat(300 * 20 + 1)).await;
    let problem = problem.problem(422, "reply_too_long");
    let details =
        json!({ "length": 6_001, "most_in_one": 300, "messages": 21, "most_messages": 20 });
    assert_eq!(problem["details"], details, "{problem}");
    desk.after(60).await;
    assert_eq!(bluesky.sent().len(), 0);
    desk.reply(&"e\u{301}".repeat(300)).await;
    assert_eq!(bluesky.sent().len(), 1, "it is counted as people see it");
}

async fn blueskys_limits_hold_a_reply_and_a_token_that_expired_is_renewed(world: Arc<World>) {
    let (desk, bluesky) = on_bluesky(&world).await;
    let before = bluesky.sign_ins();
    let words = json!({ "error": "ExpiredToken", "message": "Token has expired" });
    bluesky.moody(once("createRecord", no("400 Bad Request", &words)));
    let item = desk.reply("patience").await;
    assert_eq!((desk.state(&item).await.0.as_str(), bluesky.sent().len()), ("deferred", 0));
    desk.after(20).await;
    assert_eq!((desk.state(&item).await.0.as_str(), bluesky.sent().len()), ("sent", 1));
    assert_eq!(bluesky.sign_ins(), before + 2, "one signs in for each try");
    let words = json!({ "error": "RateLimitExceeded", "message": "Rate Limit Exceeded" });
    let wait = no("429 Too Many Requests\r\nretry-after: 300", &words);
    bluesky.moody(once("createRecord", wait));
    let item = desk.reply("more patience").await;
    assert_eq!(desk.state(&item).await.0, "deferred");
    desk.after(200).await;
    assert_eq!((desk.state(&item).await.0.as_str(), bluesky.sent().len()), ("deferred", 1));
    desk.after(200).await;
    soon("it is sent", async || desk.state(&item).await.0 == "sent").await;
    assert_eq!(bluesky.sent().len(), 2);
}
