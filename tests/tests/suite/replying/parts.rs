//! Replies of several messages: texts that are too long for one, and files.

use std::sync::Arc;

use reqwest::Method;
use serde_json::json;
use throughline_tests::{World, on_both};

use super::{Desk, body, no, taken};
use crate::channels::bot::{reaction, text};

on_both!(a_reply_of_three_parts_goes_on_where_it_stopped, files_go_behind_the_text);

async fn a_reply_of_three_parts_goes_on_where_it_stopped(world: Arc<World>) {
    let broken = no("502 Bad Gateway", "Bad Gateway", json!({}));
    let desk = Desk::telegram(&world, vec![taken(77), broken, taken(78), taken(79)]).await;
    let parts = ["a", "b", "c"].map(|letter| letter.repeat(4_000));
    let item = desk.reply(&parts.join("\n\n")).await;
    desk.after(6).await;
    let (state, _) = desk.state(&item).await;
    assert_eq!((state.as_str(), desk.server.seen().len()), ("deferred", 2));
    // The first part is known while the others wait.
    desk.hear(&reaction(2, 77, desk.seconds(), &[], &["👍"])).await;
    desk.after(60).await;
    desk.after(3_600).await;
    let seen = desk.server.seen();
    let sent: Vec<_> = seen.iter().map(|one| text(&body(one)["text"]).to_owned()).collect();
    assert_eq!(sent, [&parts[0], &parts[1], &parts[1], &parts[2]].map(Clone::clone));
    assert_eq!(desk.state(&item).await.0, "sent");
    desk.hear(&reaction(3, 79, desk.seconds(), &[], &["❤"])).await;
    let signs = desk.item(&item).await["message"]["platform"]["reactions"].clone();
    assert_eq!(signs.as_array().map(Vec::len), Some(2), "each part is this item: {signs}");
    assert_eq!(desk.bodies().await.len(), 2);
}

async fn files_go_behind_the_text(world: Arc<World>) {
    let gone = no("400 Bad Request", "Bad Request: file is too big", json!({}));
    let desk = Desk::telegram(&world, vec![taken(77), gone, taken(78)]).await;
    let upload = |name: &'static str, media_type: &'static str, bytes: &'static [u8]| {
        let path = format!("/attachments?name={name}");
        let admin = &desk.admin;
        async move {
            let file = admin.raw(Method::POST, &path, media_type, bytes.to_vec()).await.good();
            text(&file["id"]).to_owned()
        }
    };
    let file = upload("invoice.txt", "text/plain", b"4417 and 12.50").await;
    let item = desk.try_reply(json!({ "body": "Here", "attachments": [file] })).await.good();
    desk.after(6).await;
    let (state, words) = desk.state(&item).await;
    assert!(state == "failed" && words.starts_with("file_refused: "), "{state} {words}");
    desk.act(&item, "retry").await.good();
    desk.after(1).await;
    let seen = desk.server.seen();
    let methods: Vec<&str> = seen.iter().filter_map(|one| one.split([' ', '/']).nth(3)).collect();
    assert_eq!(methods, ["sendMessage", "sendDocument", "sendDocument"], "the text went once");
    assert!(seen[2].contains("filename=\"invoice.txt\"") && seen[2].contains("4417 and 12.50"));
    assert_eq!(desk.state(&item).await.0, "sent");
}
