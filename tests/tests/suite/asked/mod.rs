//! Social networks, feeds and shops of apps, which are asked: what is said there comes onto timelines, with
//! who said it, who reads it and how it was rated; replies go back. Servers on loopback play the platforms.

mod answers;
mod bell;
mod bluesky;
mod feed;
mod files;
mod mastodon;
mod platform;
mod replies;
mod reviews;
mod tried;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use throughline_app::channels::StoredPlace;
use throughline_core::id::InboxId;
use throughline_store::{Conn, StoreError, channel_places};
use throughline_test_servers::http::Server;
use throughline_tests::{Client, World};
use throughline_worker::Runner;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::channels::bot::{items, text};
use crate::mailboxes::kit::soon;
use crate::replying::with_key;

/// An inbox that is connected to a platform which is asked.
struct Desk {
    world: Arc<World>,
    admin: Client,
    inbox: InboxId,
    /// The path of its set-up.
    account: String,
    server: Server,
    /// Reads what comes, and sends what goes.
    runner: Runner,
}

/// A poller that runs. It is cut off when it is dropped.
struct Run {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Run {
    /// Stops it and waits until it has ended.
    async fn end(mut self) {
        self.stop.cancel();
        (&mut self.task).await.expect("no panic");
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Desk {
    async fn new(world: &Arc<World>, channel: &str, server: Server, set_up: Value) -> Self {
        let admin = with_key(world).await;
        let inbox = json!({ "channel": channel, "address": "kiosk", "name": "Kiosk" });
        let inbox = admin.post("/inboxes", inbox).await.good();
        let account = format!("/inboxes/{}/channel", text(&inbox["id"]));
        admin.put(&account, set_up).await.good();
        let inbox = text(&inbox["id"]).parse().expect("an id");
        let runner = world.chat_runner(&server.url(), None);
        Self { world: Arc::clone(world), admin, inbox, account, server, runner }
    }

    fn poller(&self) -> Run {
        let poller = self.world.channel_poller(&self.world.app, &self.server.url());
        let stop = CancellationToken::new();
        Run { task: tokio::spawn(poller.run(stop.clone())), stop }
    }

    /// A poller that has asked once, so that what happens now is new.
    async fn begun(&self) -> Run {
        let run = self.poller();
        soon("it has asked", async || self.place().await.is_some_and(|p| p.asked_at.is_some()))
            .await;
        self.round().await;
        run
    }

    async fn place(&self) -> Option<StoredPlace> {
        let inbox = self.inbox;
        let read = move |conn: &mut Conn| channel_places::get(conn, inbox);
        self.world.app.store().read::<_, StoreError, _>(read).await.expect("reads")
    }

    /// Lets the time pass until it is asked again, and waits for a whole round.
    async fn round(&self) {
        self.pass(16 * 60).await;
    }

    /// Lets seconds pass until it is asked again, and waits until nothing more is asked.
    async fn pass(&self, seconds: i64) {
        self.quiet().await;
        let before = self.server.seen().len();
        self.pass_until(seconds, async || self.server.seen().len() > before).await;
        self.quiet().await;
    }

    /// Lets seconds pass until something holds; more of them where somebody has begun to wait only now.
    async fn pass_until(&self, seconds: i64, mut holds: impl AsyncFnMut() -> bool) {
        for _ in 0..8 {
            self.world.clock.advance(seconds);
            for _ in 0..100 {
                if holds().await {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
        }
        panic!("nothing comes of letting {seconds} seconds pass");
    }

    /// Waits until nothing more is asked.
    async fn quiet(&self) {
        let mut seen = usize::MAX;
        soon("nothing more is asked", async || {
            let before = std::mem::replace(&mut seen, self.server.seen().len());
            tokio::time::sleep(Duration::from_millis(100)).await;
            before == self.server.seen().len()
        })
        .await;
    }

    async fn until_delivered(&self, count: usize) {
        soon("all is recorded", async || self.deliveries().await.len() >= count).await;
        self.drain().await;
    }

    async fn drain(&self) {
        self.runner.drain().await.expect("the worker runs");
    }

    async fn deliveries(&self) -> Vec<Value> {
        items(&self.admin.get("/deliveries?limit=200").await.good()).clone()
    }

    /// The timeline of the customer of this name, the newest first.
    async fn timeline(&self, name: &str) -> Vec<Value> {
        let customers = self.admin.get("/customers").await.good();
        let mut named = items(&customers).iter().filter(|customer| customer["name"] == name);
        let customer = named.next().unwrap_or_else(|| panic!("no {name} in {customers}"));
        let path = format!("/customers/{}/timeline?limit=100", text(&customer["id"]));
        items(&self.admin.get(&path).await.good()).clone()
    }

    async fn health(&self) -> Value {
        self.admin.get(&format!("{}/health", self.account)).await.good()
    }

    /// Waits until asking has failed, and answers what is told of it.
    async fn sick(&self) -> Value {
        soon("it is told", async || self.health().await["ok"] == json!(false)).await;
        self.health().await
    }

    /// Lets seconds pass until a failure is noted, and answers in how many it is tried again.
    async fn put_off(&self, after: i64) -> i64 {
        self.quiet().await;
        self.pass_until(after, async || self.place().await.is_some_and(|p| p.failures == 1)).await;
        let noted = self.place().await.expect("a place");
        assert!(!noted.needs_change, "{noted:?}");
        let wait = noted.next_at.expect("a time").as_micros() - self.world.app.now().as_micros();
        wait / 1_000_000
    }

    /// The path of the newest ticket.
    async fn ticket(&self) -> String {
        let all = self.admin.get("/tickets?sort=created").await.good();
        format!("/tickets/{}", text(&items(&all)[0]["id"]))
    }

    async fn try_reply(&self, words: &str) -> throughline_tests::Answer {
        let path = format!("{}/replies", self.ticket().await);
        self.admin.post(&path, json!({ "body": words })).await
    }

    /// Replies in the newest ticket, and lets the reply go.
    async fn reply(&self, words: &str) -> Value {
        let item = self.try_reply(words).await.good();
        self.after(6).await;
        item
    }

    /// Lets seconds pass and the worker do what is due.
    async fn after(&self, seconds: i64) {
        self.world.clock.advance(seconds);
        self.drain().await;
    }

    /// How far a reply has come, and what is said of that.
    async fn state(&self, item: &Value) -> (String, String) {
        let path = format!("/items/{}", text(&item["id"]));
        let message = self.admin.get(&path).await.good()["message"].clone();
        let words = message["sending"]["words"].as_str().unwrap_or_default();
        (text(&message["send_state"]).to_owned(), words.to_owned())
    }
}
