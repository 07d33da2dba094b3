//! Trying out how an inbox is connected: platforms that are asked are asked as ever, and nothing is kept of
//! it; others are asked what they know of us.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_test_servers::http::{Do, Server};
use throughline_tests::{Client, World, on_both};

use super::bluesky::{self, Bluesky};
use super::mastodon::{self, Mastodon};
use super::{Desk, reviews};
use crate::channels::bot::text;
use crate::replying::with_key;

on_both!(
    accounts_of_networks_are_tried_out,
    feeds_and_shops_of_apps_are_tried_out,
    homeservers_and_shops_are_tried_out,
);

/// What is told of a set-up: whether all went well, and the words of the last step.
async fn tried(
    world: &World,
    admin: &Client,
    account: &str,
    server: &str,
) -> (bool, String, Value) {
    *world.platforms.lock().expect("an address") = server.to_owned();
    let told = admin.post(&format!("{account}/test"), json!({})).await.good();
    let steps = told["steps"].as_array().expect("steps").clone();
    let last = steps.last().expect("one");
    (told["ok"] == json!(true), text(&last["words"]).to_owned(), told)
}

/// The path of the set-up of a new inbox.
async fn connected(admin: &Client, channel: &str, name: &str, set_up: Value) -> String {
    let inbox = json!({ "channel": channel, "address": name, "name": name });
    let inbox = admin.post("/inboxes", inbox).await.good();
    let account = format!("/inboxes/{}/channel", text(&inbox["id"]));
    admin.put(&account, set_up).await.good();
    account
}

impl Desk {
    async fn tried(&self) -> (bool, String) {
        let (ok, words, _) =
            tried(&self.world, &self.admin, &self.account, &self.server.url()).await;
        (ok, words)
    }

    /// That a change of the set-up is told so.
    async fn is_told(&self, set_up: Value, words: &str) {
        self.admin.put(&self.account, set_up).await.good();
        let (ok, told) = self.tried().await;
        assert!(!ok && told.contains(words), "{told}");
    }
}

async fn accounts_of_networks_are_tried_out(world: Arc<World>) {
    let mastodon = Mastodon::default();
    mastodon.takes(1_000);
    mastodon.mention(1, "elif", "public", None);
    let server = mastodon.start().await;
    let desk = Desk::new(&world, "social", server, mastodon::set_up(mastodon::TOKEN)).await;
    let (ok, words) = desk.tried().await;
    let expected =
        "the token is that of @kiosk on desk.social.example, where a post holds 1000 characters";
    assert_eq!((ok, words.as_str()), (true, expected));
    assert!(desk.place().await.is_none() && desk.deliveries().await.is_empty(), "nothing is kept");
    desk.is_told(mastodon::set_up("withdrawn-token"), "The access token is invalid").await;
    let mut without = mastodon::set_up("x");
    without["secrets"]["access_token"] = json!([]);
    desk.is_told(without, "`access_token` is missing").await;

    let bluesky = Bluesky::default();
    let server = bluesky.start().await;
    let set_up = bluesky::set_up("abcd-efgh-ijkl-mnop");
    let account = connected(&desk.admin, "social", "sky", set_up).await;
    let (ok, words, _) = tried(&world, &desk.admin, &account, &server.url()).await;
    assert_eq!(
        (ok, words.as_str()),
        (true, "the app password is that of did:plc:kiosk on pds.example")
    );
    desk.admin.put(&account, bluesky::set_up("another-password")).await.good();
    let (ok, words, told) = tried(&world, &desk.admin, &account, &server.url()).await;
    assert!(!ok && words.contains("Invalid identifier or password"), "{words}");
    assert!(!told.to_string().contains("another-password"), "{told}");
}

async fn feeds_and_shops_of_apps_are_tried_out(world: Arc<World>) {
    let (desk, shop) = reviews::apple(&world).await;
    shop.rate(1, "Elif", 2, "x", 0);
    let (ok, words) = desk.tried().await;
    assert_eq!((ok, words.as_str()), (true, "the key may read the reviews of the app 1234"));
    assert!(desk.deliveries().await.is_empty(), "nothing is kept");
    desk.is_told(reviews::apples_set_up("no key at all"), "AuthKey_").await;

    let google = connected(&desk.admin, "review", "play", reviews::googles_set_up()).await;
    let answers = |asked: &str| match asked.starts_with("POST /token ") {
        true => json!({ "access_token": "ya29.a", "expires_in": 3600 }),
        false => json!({}),
    };
    let server =
        Server::answering(move |_, asked| Do::Say("200 OK", answers(asked).to_string())).await;
    let (ok, words, _) = tried(&world, &desk.admin, &google, &server.url()).await;
    let expected = "the service account may read the reviews of org.example.kiosk";
    assert_eq!((ok, words.as_str()), (true, expected));
    let no = json!({ "error": "invalid_grant", "error_description": "account not found" });
    let server = Server::start(vec![Do::Say("400 Bad Request", no.to_string())]).await;
    let (ok, words, _) = tried(&world, &desk.admin, &google, &server.url()).await;
    assert!(!ok && words.contains("account not found"), "{words}");

    let set_up = json!({ "kind": "feed", "settings": { "url": "https://blog.example/feed" } });
    let account = connected(&desk.admin, "social", "blog", set_up).await;
    let feed = "<rss><channel><title>Blog</title><item><guid>1</guid><title>A</title></item></channel></rss>";
    let server = Server::start(vec![Do::Say("200 OK", feed.to_owned()), Do::Cut]).await;
    let (ok, words, _) = tried(&world, &desk.admin, &account, &server.url()).await;
    assert_eq!((ok, words.as_str()), (true, "there is a feed; entries in it: 1"));
    let (ok, words, told) = tried(&world, &desk.admin, &account, &server.url()).await;
    assert!(!ok, "{told} {words}");
}

async fn homeservers_and_shops_are_tried_out(world: Arc<World>) {
    let admin = with_key(&world).await;
    let said = |body: Value| Do::Say("200 OK", body.to_string());
    let no = |status, body: Value| Do::Say(status, body.to_string());
    let secrets = json!({ "secret": ["a-secret-of-the-shop"] });
    let site = |spaces: Value| said(json!({ "name": "Shop", "namespaces": spaces }));
    let user = json!({ "user_id": "@support:example.org" });
    let other = json!({ "user_id": "@other:example.org" });
    let unknown = json!({ "errcode": "M_UNKNOWN_TOKEN", "error": "Invalid access token" });
    let exclusive = json!({ "errcode": "M_EXCLUSIVE", "error": "Not in the namespace" });
    for (kind, answer, ok, words) in [
        ("matrix", said(user), true, "the token is that of @support:example.org"),
        ("matrix", said(other), false, "`user` is @support:example.org"),
        ("matrix", no("401 Unauthorized", unknown), false, "does not know `as_token`"),
        ("matrix", no("403 Forbidden", exclusive), false, "compare `user` with the registration"),
        ("woocommerce", site(json!(["wp/v2", "wc/v3"])), true, "there is a shop of WooCommerce"),
        ("woocommerce", site(json!(["wp/v2"])), false, "without WooCommerce"),
        ("woocommerce", no("404 Not Found", json!({})), false, "no site of WordPress"),
        ("woocommerce", no("401 Unauthorized", json!({})), true, "list of deliveries"),
        ("shopify", Do::Cut, true, "Send test notification"),
        ("typeform", Do::Cut, true, "Send test request"),
    ] {
        let server = Server::start(vec![answer]).await;
        let (channel, settings, secrets) = match kind {
            "matrix" => (
                "chat",
                json!({ "server": server.url(), "user": "@support:example.org" }),
                json!({ "as_token": ["a-token-of-ours"], "hs_token": ["a-token-of-theirs"] }),
            ),
            "typeform" => ("survey", json!({}), secrets.clone()),
            _ => ("event", json!({ "shop": "shop.example" }), secrets.clone()),
        };
        let set_up = json!({ "kind": kind, "settings": settings, "secrets": secrets });
        let name = format!("{kind}-{words}");
        let account = connected(&admin, channel, &name, set_up).await;
        let (went, last, told) = tried(&world, &admin, &account, &server.url()).await;
        assert_eq!(went, ok, "{told}");
        assert!(last.contains(words) && !told.to_string().contains("a-token"), "{told}");
    }
}
