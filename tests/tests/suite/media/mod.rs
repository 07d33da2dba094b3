//! Files that came with chat messages are fetched from their platform: by each platform's way, within
//! bounds, to no address that must not be reached, and never back after they were taken out. A server on
//! loopback plays the platforms.

mod bounds;
mod crashes;
mod edits;
mod platforms;
mod taken_out;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use throughline_app::deliveries;
use throughline_core::actor::Actor;
use throughline_core::id::InboxId;
use throughline_core::inbound::RawDelivery;
use throughline_outbound::fetch::ClientOptions;
use throughline_test_servers::http::{Do, Server};
use throughline_tests::{Client, World};
use throughline_worker::Runner;
use throughline_worker::jobs::FileAccess;

use crate::channels::bot::{items, text};

/// A file, and the kind that its bytes prove.
const GIF: &str = "GIF89a of a broken cup";

/// An inbox that is connected to a platform which holds files.
struct Shop {
    world: Arc<World>,
    admin: Client,
    inbox: InboxId,
    server: Server,
    runner: Runner,
}

/// How files are fetched in tests: from this machine as well.
fn access(server: &Server) -> FileAccess {
    let limit = Duration::from_secs(3);
    let options = ClientOptions { allow_private: true, limit, ..ClientOptions::default() };
    FileAccess::at(options, &server.url()).expect("no certificates of its own")
}

/// The same with the guard on: nothing on this machine but what plays the platform.
fn guarded(server: &Server) -> FileAccess {
    let options = ClientOptions { limit: Duration::from_secs(3), ..ClientOptions::default() };
    FileAccess::at(options, &server.url()).expect("no certificates of its own")
}

fn file(body: &str) -> Do {
    Do::Say("200 OK\r\ncontent-type: application/octet-stream", body.to_owned())
}

impl Shop {
    async fn new(world: &Arc<World>, set_up: Value, script: Vec<Do>) -> Self {
        let admin = with_key(world).await;
        let inbox = json!({ "channel": "chat", "address": "shop", "name": "Shop" });
        let inbox = admin.post("/inboxes", inbox).await.good();
        let id = text(&inbox["id"]).to_owned();
        admin.put(&format!("/inboxes/{id}/channel"), set_up).await.good();
        let server = Server::start(script).await;
        Self {
            world: Arc::clone(world),
            admin,
            inbox: id.parse().expect("an id"),
            runner: world.file_runner(access(&server)),
            server,
        }
    }

    /// One of any program, which names files by their addresses.
    async fn open(world: &Arc<World>, script: Vec<Do>) -> Self {
        let set_up = json!({
            "kind": "webhook",
            "settings": { "scheme": "bearer", "mapping": {
                "id": "/id", "conversation": "/conversation", "text": "/text", "name": "/name",
                "hints": [{ "kind": "email", "path": "/email" }],
                "kind": { "path": "/kind", "message": ["new"], "edit": ["edit"],
                    "deletion": ["deletion"] },
                "files": { "list": "/files", "url": "/url", "name": "/name" }
            } },
            "secrets": { "secret": ["a-long-secret"] }
        });
        Self::new(world, set_up, script).await
    }

    /// What the platform tells is recorded and read; files are not fetched yet.
    async fn told(&self, bytes: &str) {
        let raw = RawDelivery {
            inbox: self.inbox,
            external_id: format!("blake3:{}", throughline_store::blob_name_of(bytes.as_bytes())),
            bytes: bytes.as_bytes().to_vec(),
            received_at: self.world.app.now(),
        };
        let recorded = deliveries::record(&self.world.app, &Actor::system(), vec![raw]).await;
        assert!(recorded.is_ok(), "{recorded:?}");
        self.world.drain().await;
    }

    /// A message of Elif's with files at these addresses, by a program's hook.
    async fn sent(&self, kind: &str, urls: &[String]) {
        let files: Vec<Value> =
            urls.iter().map(|url| json!({ "url": url, "name": "cup.gif" })).collect();
        let message = json!({
            "id": "m-1", "conversation": "c-1", "text": "It broke", "name": "Elif", "kind": kind,
            "email": "elif@example.com", "files": files
        });
        self.told(&message.to_string()).await;
    }

    /// The address of something on the server.
    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.server.url())
    }

    async fn fetch(&self) {
        self.runner.drain().await.expect("the worker runs");
    }

    /// Lets seconds pass and the worker do what is due.
    async fn after(&self, seconds: i64) {
        self.world.clock.advance(seconds);
        self.fetch().await;
    }

    /// The only message.
    async fn item(&self) -> Value {
        let customers = self.admin.get("/customers").await.good();
        let path = format!("/customers/{}/timeline?limit=100", text(&items(&customers)[0]["id"]));
        let page = self.admin.get(&path).await.good();
        assert_eq!(items(&page).len(), 1, "{page}");
        items(&page)[0].clone()
    }

    /// The files of the only message, as its platform named them.
    async fn files(&self) -> Vec<Value> {
        let files = self.item().await["message"]["platform"]["files"].clone();
        files.as_array().expect("a list").clone()
    }

    /// The state and the words of the only file.
    async fn state(&self) -> (String, String) {
        let files = self.files().await;
        assert_eq!(files.len(), 1, "{files:?}");
        let words = files[0]["words"].as_str().unwrap_or_default();
        (text(&files[0]["state"]).to_owned(), words.to_owned())
    }

    async fn attachments(&self) -> Vec<Value> {
        self.item().await["message"]["attachments"].as_array().expect("a list").clone()
    }

    /// The bytes of an attachment.
    async fn bytes(&self, attachment: &Value) -> String {
        let path = format!("/attachments/{}", text(&attachment["id"]));
        let answer = self.admin.get(&path).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
        assert!(answer.header("content-disposition").starts_with("attachment"));
        answer.text()
    }

    async fn act(&self, what: &str, body: Value) -> throughline_tests::Answer {
        let item = self.item().await;
        self.admin.post(&format!("/items/{}/{what}", text(&item["id"])), body).await
    }

    /// How often it was told that a message looks another now.
    async fn changes(&self) -> usize {
        let events = self.admin.get("/events?limit=200").await.good();
        items(&events).iter().filter(|event| event["kind"] == "message.changed").count()
    }

    /// Whether the blobs hold these bytes.
    fn holds(&self, bytes: &str) -> bool {
        let name = throughline_store::blob_name_of(bytes.as_bytes());
        self.world.blobs().join(&name[..2]).join(&name).exists()
    }

    async fn until_seen(&self, count: usize) {
        while self.server.seen().len() < count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// A client whose credentials outlive the days that these tests let pass.
async fn with_key(world: &World) -> Client {
    let scopes = [
        "admin",
        "ledger",
        "tickets:read",
        "tickets:write",
        "customers:read",
        "customers:write",
        "events:read",
    ];
    let body = json!({ "name": "test", "scopes": scopes });
    let made = world.admin().await.post("/api-keys", body).await.good();
    world.anonymous.with_token(text(&made["key"]))
}

/// The first line of a request.
fn line(request: &str) -> &str {
    request.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1")
}

/// What a request shows to prove who asks.
fn login(request: &str) -> Option<&str> {
    request.lines().find_map(|line| line.strip_prefix("authorization: "))
}
