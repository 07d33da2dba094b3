//! Files that a platform fetches by itself: a link that nobody can guess and that ends by itself.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use throughline_app::tickets::{self, NewReply};
use throughline_core::actor::Actor;
use throughline_core::agent::Role;
use throughline_test_servers::http::Do;
use throughline_tests::{Answer, World, on_both};

use super::Desk;
use crate::channels::bot::{items, text};

on_both!(
    a_file_goes_to_twilio_by_a_link_of_its_own,
    a_link_ends_by_time_by_number_by_hand_and_with_its_file,
    what_twilio_does_not_take_is_refused_before_it_is_sent,
    without_an_address_for_platforms_no_file_goes,
);

const PICTURE: &[u8] = b"\x89PNG invented";

async fn twilio(world: &Arc<World>) -> Desk {
    let set_up = json!({
        "kind": "twilio", "settings": { "account_sid": "AC00ff", "number": "+14155550100" },
        "secrets": { "auth_token": ["a-token-of-twilio"] }
    });
    let sent = json!({ "sid": "SM9", "status": "queued" }).to_string();
    let desk = Desk::connected(world, vec![Do::Say("201 Created", sent)], set_up).await;
    let said = "AccountSid=AC00ff&MessageSid=SM1&From=%2B14155550101&To=%2B14155550100&Body=Hi";
    desk.recorded(said).await;
    desk
}

async fn uploaded(desk: &Desk, name: &str, media_type: &str, bytes: &[u8]) -> Value {
    let path = format!("/attachments?name={name}");
    desk.admin.raw(Method::POST, &path, media_type, bytes.to_vec()).await.good()["id"].clone()
}

/// Sends a reply with a picture, and answers with it and the path of the link.
async fn sent(desk: &Desk) -> (Value, String) {
    let file = uploaded(desk, "lamp.png", "image/png", PICTURE).await;
    let item = desk.try_reply(json!({ "body": "See here", "attachments": [file] })).await.good();
    desk.after(6).await;
    assert_eq!(desk.state(&item).await, ("sent".to_owned(), String::new()));
    let seen = desk.server.seen();
    let form =
        seen.last().expect("a request").rsplit("\r\n\r\n").next().expect("a body").to_owned();
    let url = reqwest::Url::parse(&format!("http://x/?{form}")).expect("a form");
    let link = url.query_pairs().find(|(name, _)| name == "MediaUrl").expect("a link").1;
    let path = link.strip_prefix("https://desk.test").expect("our address").to_owned();
    (item, path)
}

async fn fetched(desk: &Desk, path: &str) -> Answer {
    desk.world.anonymous.get_raw(path).await
}

async fn a_file_goes_to_twilio_by_a_link_of_its_own(world: Arc<World>) {
    let desk = twilio(&world).await;
    let (_, path) = sent(&desk).await;
    assert_eq!(desk.server.seen().len(), 2, "the text, and the file");
    let token = path.strip_prefix("/files/").expect("a link to a file");
    assert_eq!(token.len(), 43, "256 bits");
    let answer = fetched(&desk, &path).await;
    assert_eq!((answer.status.as_u16(), answer.bytes.as_slice()), (200, PICTURE));
    for (name, value) in [
        ("content-type", "image/png"),
        ("content-disposition", "attachment; filename=\"lamp.png\""),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "private, no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-robots-tag", "noindex, nofollow"),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
    let head = reqwest::Client::builder().no_proxy().build().expect("a client");
    let head = head.head(format!("{}{path}", desk.world.anonymous.base())).send().await;
    let head = head.expect("an answer");
    assert_eq!(
        (head.status().as_u16(), head.headers()["content-length"].to_str().ok()),
        (200, Some("13"))
    );
    // There is nothing to be listed, and another link is none.
    fetched(&desk, "/files/").await.problem(404, "unknown_route");
    fetched(&desk, &format!("/files/{}", "A".repeat(43))).await.problem(404, "not_found");
    fetched(&desk, &format!("/files/{}", "A".repeat(500))).await.problem(404, "not_found");
    // Neither waits for anybody who writes.
    let writing = desk.world.app.store().write(move |_| {
        std::thread::sleep(std::time::Duration::from_secs(2));
        Ok::<_, throughline_store::StoreError>(())
    });
    let asked = async {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        let since = std::time::Instant::now();
        for token in ["A".repeat(43), "A".repeat(42), "%21".repeat(43)] {
            fetched(&desk, &format!("/files/{token}")).await.problem(404, "not_found");
        }
        since.elapsed()
    };
    let (written, took) = tokio::join!(writing, asked);
    written.expect("it is written");
    assert!(took < std::time::Duration::from_millis(1_500), "{took:?}");
    // What stands in it is stored nowhere.
    let place = format!("{:?}", desk.server.seen());
    assert!(place.contains(token));
    let (_, other) = sent(&desk).await;
    assert_ne!(other, path);
}

async fn a_link_ends_by_time_by_number_by_hand_and_with_its_file(world: Arc<World>) {
    let desk = twilio(&world).await;
    let (_, path) = sent(&desk).await;
    world.clock.advance(2 * 3_600 - 10);
    fetched(&desk, &path).await.status.is_success().then_some(()).expect("it is good");
    world.clock.advance(11);
    fetched(&desk, &path).await.problem(404, "not_found");
    let (_, path) = sent(&desk).await;
    for number in 0..20 {
        assert!(fetched(&desk, &path).await.status.is_success(), "{number}");
    }
    fetched(&desk, &path).await.problem(404, "not_found");
    let (item, path) = sent(&desk).await;
    let shown = desk.item(&item).await;
    let file = text(&shown["message"]["attachments"][0]["id"]).to_owned();
    let end = format!("/attachments/{file}/links");
    world.anonymous.delete(&end).await.problem(401, "unauthenticated");
    // A reply that still waits would go with a new link.
    let new = uploaded(&desk, "lamp.png", "image/png", PICTURE).await;
    let waiting = desk.try_reply(json!({ "body": "Soon", "attachments": [new] })).await.good();
    let waiting_file = text(&waiting["message"]["attachments"][0]["id"]).to_owned();
    let its_end = format!("/attachments/{waiting_file}/links");
    desk.admin.delete(&its_end).await.problem(409, "not_sent_yet");
    let cancel = format!("/items/{}/cancel", text(&waiting["id"]));
    desk.admin.post(&cancel, json!({})).await.good();
    desk.admin.delete(&its_end).await.good();
    let other = world.agent(Role::Agent, &[]).await;
    other.delete("/attachments/att_0000000000001/links").await.problem(404, "not_found");
    desk.admin.delete(&end).await.good();
    desk.admin.delete(&end).await.good();
    fetched(&desk, &path).await.problem(404, "not_found");
    let (item, path) = sent(&desk).await;
    let redact = json!({ "reason": "Sent by mistake" });
    let admin = world.admin().await;
    admin.post(&format!("/items/{}/redact", text(&item["id"])), redact).await.good();
    fetched(&desk, &path).await.problem(404, "not_found");
}

async fn what_twilio_does_not_take_is_refused_before_it_is_sent(world: Arc<World>) {
    let desk = twilio(&world).await;
    let large = vec![0; 5_000_001];
    for (name, media_type, bytes, word) in [
        ("page.html", "text/html", PICTURE, "text/html"),
        ("drawing.svg", "image/svg+xml", PICTURE, "svg"),
        ("film.mp4", "video/mp4", large.as_slice(), "5000000"),
    ] {
        let file = uploaded(&desk, name, media_type, bytes).await;
        let reply = desk.try_reply(json!({ "body": "x", "attachments": [file] })).await;
        let problem = reply.problem(422, "invalid_field");
        assert_eq!(problem["field"], "attachments");
        let detail = text(&problem["detail"]);
        assert!(detail.contains(word) && detail.contains(name), "{detail}");
    }
    desk.after(60).await;
    assert!(desk.server.seen().is_empty());
}

async fn without_an_address_for_platforms_no_file_goes(world: Arc<World>) {
    let desk = twilio(&world).await;
    let bare = world.app.clone().with_public_url("http://desk.test");
    let tickets = desk.admin.get("/tickets").await.good();
    let id = text(&items(&tickets)[0]["id"]).parse().expect("an id");
    let actor = Actor::system();
    let new = throughline_app::attachments::NewFile {
        name: Some("lamp.png".into()),
        media_type: "image/png".into(),
        bytes: PICTURE.to_vec(),
    };
    let file = throughline_app::attachments::upload(&bare, &actor, new).await.expect("a file");
    let new = NewReply { body: "x".into(), attachments: vec![file.id], ..NewReply::default() };
    let refused = tickets::reply(&bare, &actor, id, new).await.expect_err("it is refused");
    assert_eq!(refused.code, "needs_public_link");
    assert!(refused.message.contains("server.public_url"), "{}", refused.message);
    // Words go all the same.
    let new = NewReply { body: "x".into(), ..NewReply::default() };
    tickets::reply(&bare, &actor, id, new).await.expect("it is taken");
}
