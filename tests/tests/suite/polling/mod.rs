//! Platforms that are asked: what is found comes once and in its order, whatever dies in between; who is
//! sick or refuses is left alone and holds up nobody. A server on loopback plays Telegram.

mod health;
mod leases;
mod slack;
mod telegram;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use throughline_app::channels::StoredPlace;
use throughline_core::id::InboxId;
use throughline_store::{Conn, StoreError, channel_places};
use throughline_test_servers::http::{Do, Server};
use throughline_tests::{Client, World, on_both};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::channels::bot::{SECRET, items, message, text};
use crate::mailboxes::kit::soon;
use crate::replying::with_key;
use telegram::{Telegram, WAIT};

on_both!(
    what_is_asked_for_comes_once_and_in_its_order,
    what_comes_by_hook_and_by_asking_is_one_item,
    a_platform_that_asks_to_wait_is_left_alone_for_so_long,
    a_refusal_is_told_and_waits_for_a_change,
    a_conflict_is_told_in_plain_words,
    a_sick_inbox_delays_no_other,
    an_inbox_that_is_told_by_hook_is_not_asked,
);

const TOKEN: &str = "4242:AA-the-token-of-the-bot";

/// An inbox that is connected to a bot, and the Telegram of it.
struct Desk {
    world: Arc<World>,
    admin: Client,
    inbox: InboxId,
    account: String,
    hook: String,
    telegram: Telegram,
    server: Server,
}

/// A poller that runs. It is cut off when it is dropped.
struct Run {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Run {
    fn start(desk: &Desk) -> Self {
        Self::of(desk, &desk.world.app)
    }

    fn of(desk: &Desk, app: &throughline_app::App) -> Self {
        let poller = desk.world.channel_poller(app, &desk.server.url());
        let stop = CancellationToken::new();
        Self { task: tokio::spawn(poller.run(stop.clone())), stop }
    }

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

/// A set-up of a bot that is asked.
fn set_up(token: &str) -> Value {
    let id = token.split(':').next().expect("an id");
    json!({
        "kind": "telegram", "settings": { "bot_id": id, "arrival": "poll" },
        "secrets": { "bot_token": [token], "webhook_secret": [SECRET] }
    })
}

async fn connected(admin: &Client, address: &str, body: Value) -> (InboxId, String, String) {
    let inbox = json!({ "channel": "chat", "address": address, "name": address });
    let inbox = admin.post("/inboxes", inbox).await.good();
    let account = format!("/inboxes/{}/channel", text(&inbox["id"]));
    let made = admin.put(&account, body).await.good();
    (text(&inbox["id"]).parse().expect("an id"), account, text(&made["hook"]).to_owned())
}

impl Desk {
    async fn new(world: &Arc<World>) -> Self {
        let admin = with_key(world).await;
        let (inbox, account, hook) = connected(&admin, "shop", set_up(TOKEN)).await;
        let telegram = Telegram::default();
        let server = telegram.start().await;
        Self { world: Arc::clone(world), admin, inbox, account, hook, telegram, server }
    }

    fn happens(&self, update: i64, words: &str) {
        self.telegram.happens(TOKEN, message(update, update, 1_795_000_000 + update, words));
    }

    async fn place(&self) -> Option<StoredPlace> {
        place(&self.world, self.inbox).await
    }

    /// The ledger's rows, the newest first.
    async fn deliveries(&self) -> Vec<Value> {
        items(&self.admin.get("/deliveries?limit=200").await.good()).clone()
    }

    async fn until_delivered(&self, count: usize) {
        soon("all is recorded", async || self.deliveries().await.len() >= count).await;
    }

    /// The texts on the timeline of the only customer, the newest first.
    async fn bodies(&self) -> Vec<String> {
        self.world.drain().await;
        let customers = self.admin.get("/customers").await.good();
        let path = format!("/customers/{}/timeline?limit=200", text(&items(&customers)[0]["id"]));
        let page = self.admin.get(&path).await.good();
        items(&page).iter().map(|item| text(&item["body"]).to_owned()).collect()
    }
}

async fn place(world: &World, inbox: InboxId) -> Option<StoredPlace> {
    let read = move |conn: &mut Conn| channel_places::get(conn, inbox);
    world.app.store().read::<_, StoreError, _>(read).await.expect("reads")
}

async fn what_is_asked_for_comes_once_and_in_its_order(world: Arc<World>) {
    let desk = Desk::new(&world).await;
    for n in 1..=3 {
        desk.happens(n, &format!("number {n}"));
    }
    let run = Run::start(&desk);
    desk.until_delivered(3).await;
    desk.happens(4, "number 4");
    desk.until_delivered(4).await;
    soon("all is confirmed", async || desk.telegram.forgotten(TOKEN).len() == 4).await;
    run.end().await;
    assert_eq!(desk.bodies().await, ["number 4", "number 3", "number 2", "number 1"]);
    assert_eq!(desk.telegram.forgotten(TOKEN), [1, 2, 3, 4]);
    let names: Vec<String> =
        desk.deliveries().await.iter().map(|d| text(&d["external_id"]).to_owned()).collect();
    assert!(names[0].starts_with("4 bytes:") && names.len() == 4, "{names:?}");
    let place = desk.place().await.expect("a place");
    assert!(place.asked_at.is_some() && place.failures == 0 && place.lease_until.is_none());
}

async fn what_comes_by_hook_and_by_asking_is_one_item(world: Arc<World>) {
    let desk = Desk::new(&world).await;
    let platform = world.anonymous.with_header("x-telegram-bot-api-secret-token", SECRET);
    let tell = async |update: &Value, written: String| {
        desk.telegram.happens(TOKEN, update.clone());
        platform.post_raw(&desk.hook, "application/json", written.into_bytes()).await.good();
    };
    let (first, second) = (message(1, 1, 1_795_000_001, "a"), message(2, 2, 1_795_000_002, "b"));
    tell(&first, first.to_string()).await;
    // The same, written in another way: two deliveries, and still one item.
    tell(&second, format!("{second:#}")).await;
    let run = Run::start(&desk);
    soon("all is confirmed", async || desk.telegram.forgotten(TOKEN) == [1, 2]).await;
    run.end().await;
    assert_eq!(desk.bodies().await, ["b", "a"]);
    let outcomes: Vec<Value> =
        desk.deliveries().await.into_iter().map(|delivery| delivery["outcome"].clone()).collect();
    assert_eq!(outcomes, [json!("duplicate"), json!("stored"), json!("stored")]);
}

async fn a_platform_that_asks_to_wait_is_left_alone_for_so_long(world: Arc<World>) {
    let desk = Desk::new(&world).await;
    desk.happens(1, "patience");
    let refused = Arc::new(AtomicUsize::new(0));
    let once = Arc::clone(&refused);
    desk.telegram.moody(TOKEN, move || {
        let first = once.fetch_add(1, Ordering::SeqCst) == 0;
        let body = json!({ "ok": false, "error_code": 429, "parameters": { "retry_after": 30 } });
        first.then(|| Do::Say("429 Too Many Requests", body.to_string()))
    });
    let run = Run::start(&desk);
    soon("it is noted", async || desk.place().await.is_some_and(|p| p.failures == 1)).await;
    let noted = desk.place().await.expect("a place");
    let wait = noted.next_at.expect("a time").as_micros() - world.app.now().as_micros();
    assert!((29_000_000..=33_000_000).contains(&wait) && !noted.needs_change, "{wait}");
    world.clock.advance(29);
    // Another worker keeps to it as well.
    run.end().await;
    let run = Run::start(&desk);
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!((desk.telegram.asked(TOKEN), desk.deliveries().await.len()), (1, 0));
    world.clock.advance(5);
    desk.until_delivered(1).await;
    run.end().await;
    assert_eq!(desk.bodies().await, ["patience"]);
    assert_eq!(desk.place().await.expect("a place").last_error, None);
}

async fn a_refusal_is_told_and_waits_for_a_change(world: Arc<World>) {
    let desk = Desk::new(&world).await;
    let no = json!({ "ok": false, "error_code": 401, "description": "Unauthorized" }).to_string();
    desk.telegram.moody(TOKEN, move || Some(Do::Say("401 Unauthorized", no.clone())));
    let run = Run::start(&desk);
    soon("it is noted", async || desk.place().await.is_some_and(|p| p.failures == 1)).await;
    let noted = desk.place().await.expect("a place");
    let words = noted.last_error.expect("words");
    assert!(noted.needs_change && words.contains("token") && !words.contains("AA-the"), "{words}");
    world.clock.advance(3_000);
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!(desk.telegram.asked(TOKEN), 1, "it is left alone");
    let other = "4242:BB-the-next-token";
    desk.telegram.happens(other, message(1, 1, 1_795_000_001, "at last"));
    desk.admin.put(&desk.account, set_up(other)).await.good();
    desk.until_delivered(1).await;
    let healed = desk.place().await.expect("a place");
    assert_eq!((healed.failures, healed.needs_change, healed.version), (0, false, 2));
    // An hour later it is tried again by itself.
    let no = json!({ "ok": false, "error_code": 401 }).to_string();
    desk.telegram.moody(other, move || Some(Do::Say("401 Unauthorized", no.clone())));
    soon("it is noted", async || desk.place().await.is_some_and(|p| p.failures == 1)).await;
    let before = desk.telegram.asked(other);
    world.clock.advance(4_000);
    soon("it is tried again", async || desk.telegram.asked(other) > before).await;
    run.end().await;
    world.drain().await;
}

async fn a_conflict_is_told_in_plain_words(world: Arc<World>) {
    let desk = Desk::new(&world).await;
    let words = "Conflict: can't use getUpdates method while webhook is active";
    let no = json!({ "ok": false, "error_code": 409, "description": words }).to_string();
    desk.telegram.moody(TOKEN, move || Some(Do::Say("409 Conflict", no.clone())));
    let run = Run::start(&desk);
    soon("it is noted", async || desk.place().await.is_some_and(|p| p.failures == 1)).await;
    run.end().await;
    let noted = desk.place().await.expect("a place");
    assert!(noted.needs_change && noted.last_error.expect("words").contains("deleteWebhook"));
}

async fn a_sick_inbox_delays_no_other(world: Arc<World>) {
    let desk = Desk::new(&world).await;
    for n in 1..=5 {
        let token = format!("{n}:AA-a-bot-that-never-answers");
        desk.telegram.moody(&token, move || match n % 2 {
            0 => Some(Do::Cut),
            _ => Some(Do::Wait),
        });
        connected(&desk.admin, &format!("sick{n}"), set_up(&token)).await;
    }
    let run = Run::start(&desk);
    soon("the sick are asked", async || {
        (1..=5).all(|n| desk.telegram.asked(&format!("{n}:AA-a-bot-that-never-answers")) > 0)
    })
    .await;
    for n in 1..=3 {
        desk.happens(n, &format!("number {n}"));
        let from = std::time::Instant::now();
        desk.until_delivered(usize::try_from(n).expect("small")).await;
        assert!(from.elapsed() < Duration::from_secs(2), "{:?}", from.elapsed());
    }
    drop(run);
    assert_eq!(desk.bodies().await.len(), 3);
}

async fn an_inbox_that_is_told_by_hook_is_not_asked(world: Arc<World>) {
    let desk = Desk::new(&world).await;
    let mut hooked = set_up(TOKEN);
    hooked["settings"] = json!({ "bot_id": "4242" });
    desk.admin.put(&desk.account, hooked).await.good();
    let run = Run::start(&desk);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(desk.telegram.offsets(TOKEN), []);
    // What is chosen later is done at once, and ends as soon.
    desk.admin.put(&desk.account, set_up(TOKEN)).await.good();
    soon("it is asked", async || desk.telegram.asked(TOKEN) > 0).await;
    desk.admin.delete(&desk.account).await.good();
    soon("it is forgotten", async || desk.place().await.is_none()).await;
    tokio::time::sleep(WAIT * 3).await;
    let asked = desk.telegram.asked(TOKEN);
    tokio::time::sleep(WAIT * 5).await;
    assert_eq!(desk.telegram.asked(TOKEN), asked);
    run.end().await;
}
