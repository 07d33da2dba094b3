//! Replies to chats leave by their platform: what arrives, what its answers do, what is refused at once,
//! and that nothing is sent twice. A server on loopback plays the platforms.

mod crashes;
mod files;
mod parts;
mod refused;
mod telegram;
mod templates;
mod whatsapp;

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use throughline_app::deliveries;
use throughline_core::actor::Actor;
use throughline_core::inbound::RawDelivery;
use throughline_test_servers::http::{Do, Server};
use throughline_tests::{Answer, Client, World};
use throughline_worker::Runner;

use crate::channels::bot::{ELIF, SECRET, items, message, text};

const TOKEN: &str = "4242:AA-the-token-of-the-bot";

/// An inbox that is connected to a platform, and somebody who answers there.
struct Desk {
    world: Arc<World>,
    admin: Client,
    account: String,
    hook: String,
    platform: Client,
    server: Server,
    runner: Runner,
}

/// What Telegram says of a message that it took.
fn taken(number: i64) -> Do {
    Do::Say("200 OK", taken_body(number))
}

fn taken_body(number: i64) -> String {
    json!({ "ok": true, "result": { "message_id": number, "chat": { "id": ELIF } } }).to_string()
}

/// What Telegram says of one that it did not take.
fn no(head: &'static str, words: &str, parameters: Value) -> Do {
    let body = json!({ "ok": false, "description": words, "parameters": parameters });
    Do::Say(head, body.to_string())
}

impl Desk {
    /// One of Telegram, to which Elif has written.
    async fn telegram(world: &Arc<World>, script: Vec<Do>) -> Self {
        let body = json!({
            "kind": "telegram", "settings": { "bot_id": "4242" },
            "secrets": { "webhook_secret": [SECRET], "bot_token": [TOKEN] }
        });
        let mut desk = Self::connected(world, script, body).await;
        desk.platform = world.anonymous.with_header("x-telegram-bot-api-secret-token", SECRET);
        desk.hear(&message(1, 1, desk.seconds() - 60, "Merhaba")).await;
        desk
    }

    /// One of the platform that this set-up is for.
    async fn connected(world: &Arc<World>, script: Vec<Do>, set_up: Value) -> Self {
        Self::at(world, Server::start(script).await, set_up).await
    }

    /// The same with the platform at this server.
    async fn at(world: &Arc<World>, server: Server, set_up: Value) -> Self {
        *world.platforms.lock().expect("an address") = server.url();
        let admin = with_key(world).await;
        let inbox = json!({ "channel": "chat", "address": "shop", "name": "Shop" });
        let inbox = admin.post("/inboxes", inbox).await.good();
        let account = format!("/inboxes/{}/channel", text(&inbox["id"]));
        let made = admin.put(&account, set_up).await.good();
        Self {
            world: Arc::clone(world),
            admin,
            account,
            hook: text(&made["hook"]).to_owned(),
            platform: world.anonymous.clone(),
            runner: world.chat_runner(&server.url(), None),
            server,
        }
    }

    /// Now, in seconds since 1970.
    fn seconds(&self) -> i64 {
        self.world.app.now().as_micros() / 1_000_000
    }

    /// The platform tells something, and it is read.
    async fn hear(&self, update: &Value) {
        self.tell(update).await;
        self.runner.drain().await.expect("the worker runs");
    }

    /// The platform's bytes are recorded without their signature, and read.
    async fn recorded(&self, bytes: &str) {
        let raw = RawDelivery {
            inbox: self.hook.trim_start_matches("/hooks/").parse().expect("an id"),
            external_id: bytes.to_owned(),
            bytes: bytes.as_bytes().to_vec(),
            received_at: self.world.app.now(),
        };
        let recorded = deliveries::record(&self.world.app, &Actor::system(), vec![raw]).await;
        assert!(recorded.is_ok(), "{recorded:?}");
        self.runner.drain().await.expect("the worker runs");
    }

    async fn tell(&self, update: &Value) {
        let bytes = update.to_string().into_bytes();
        self.platform.post_raw(&self.hook, "application/json", bytes).await.good();
    }

    /// The path of the newest ticket.
    async fn ticket(&self) -> String {
        let all = self.admin.get("/tickets?sort=created").await.good();
        format!("/tickets/{}", text(&items(&all)[0]["id"]))
    }

    /// Tries to reply in the newest ticket.
    async fn try_reply(&self, body: Value) -> Answer {
        self.admin.post(&format!("{}/replies", self.ticket().await), body).await
    }

    async fn reply(&self, words: &str) -> Value {
        self.try_reply(json!({ "body": words })).await.good()
    }

    /// Lets seconds pass and the worker do what is due.
    async fn after(&self, seconds: i64) {
        self.world.clock.advance(seconds);
        self.runner.drain().await.expect("the worker runs");
    }

    async fn item(&self, item: &Value) -> Value {
        self.admin.get(&format!("/items/{}", text(&item["id"]))).await.good()
    }

    /// How far a reply has come, and what is said of that.
    async fn state(&self, item: &Value) -> (String, String) {
        let message = self.item(item).await["message"].clone();
        let words = message["sending"]["words"].as_str().unwrap_or_default();
        (text(&message["send_state"]).to_owned(), words.to_owned())
    }

    async fn act(&self, item: &Value, what: &str) -> Answer {
        self.admin.post(&format!("/items/{}/{what}", text(&item["id"])), json!({})).await
    }

    /// The texts on the timeline of the only customer, the newest first.
    async fn bodies(&self) -> Vec<String> {
        let customers = self.admin.get("/customers").await.good();
        let path = format!("/customers/{}/timeline?limit=100", text(&items(&customers)[0]["id"]));
        let page = self.admin.get(&path).await.good();
        items(&page).iter().map(|item| text(&item["body"]).to_owned()).collect()
    }

    /// Another worker, which remembers in this file what was taken.
    fn with_journal(&self, file: &Path) -> Runner {
        self.world.chat_runner(&self.server.url(), Some(file))
    }
}

/// A client whose credentials outlive the days that these tests let pass.
pub(crate) async fn with_key(world: &World) -> Client {
    let scopes =
        ["admin", "ledger", "tickets:read", "tickets:write", "customers:read", "events:read"];
    let body = json!({ "name": "test", "scopes": scopes });
    let made = world.admin().await.post("/api-keys", body).await.good();
    world.anonymous.with_token(text(&made["key"]))
}

/// The body of a request that the server was sent, as JSON.
fn body(request: &str) -> Value {
    let (_, body) = request.split_once("\r\n\r\n").expect("a body");
    serde_json::from_str(body).expect("JSON")
}
