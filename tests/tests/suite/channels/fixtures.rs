//! Every payload that the project keeps of its channels, sent to the real hook as its platform sends it:
//! all it says comes onto timelines, and what is sent again changes nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use throughline_ingest::registry;
use throughline_tests::hooks::{Sender, senders};
use throughline_tests::{Answer, Client, World, on_both};

use super::bot::{items, text};

on_both!(
    every_fixture_comes_onto_timelines_and_twice_is_once,
);

/// The payloads of a channel, with what each says by the golden file beside it.
struct Fixture {
    name: String,
    bytes: Vec<u8>,
    says: Vec<Value>,
}

fn fixtures(kind: &str) -> Vec<Fixture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/ingest/tests/channels");
    let files = std::fs::read_dir(folder.join(kind)).expect("a folder of payloads");
    let mut files: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
    files.sort();
    let is_payload = |file: &&PathBuf| file.extension().is_none_or(|end| end != "golden");
    let read = |file: &PathBuf| {
        let golden = std::fs::read(file.with_extension("golden")).expect("what it says");
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        let bytes = std::fs::read(file).expect("a payload");
        Fixture { name, bytes, says: serde_json::from_slice(&golden).expect("a list of events") }
    };
    files.iter().filter(is_payload).map(read).collect()
}

/// What a platform sends for a payload: lists are what Telegram answers when it is asked, and its hook
/// gets their members one by one.
fn requests(fixture: &Fixture) -> Vec<Vec<u8>> {
    let list = match serde_json::from_slice(&fixture.bytes) {
        Ok(Value::Array(list)) => list,
        Ok(Value::Object(mut answer)) if answer.contains_key("result") => {
            items(&json!({ "items": answer.remove("result") })).clone()
        }
        _ => return vec![fixture.bytes.trim_ascii_end().to_vec()],
    };
    list.iter().map(|update| update.to_string().into_bytes()).collect()
}

/// A connected inbox of a platform.
struct Connected {
    sender: Sender,
    hook: String,
    inbox: String,
}

impl Connected {
    async fn new(admin: &Client, sender: Sender) -> Self {
        let new = json!({ "channel": "chat", "address": sender.kind, "name": sender.kind });
        let inbox = admin.post("/inboxes", new).await.good();
        let inbox = text(&inbox["id"]).to_owned();
        let path = format!("/inboxes/{inbox}/channel");
        let made = admin.put(&path, sender.set_up.clone()).await.good();
        Self { sender, hook: text(&made["hook"]).to_owned(), inbox }
    }

    async fn tell(&self, world: &World, body: Vec<u8>) -> Answer {
        let url = format!("{}{}", world.anonymous.base(), self.hook);
        let at = world.app.now().as_micros() / 1_000_000;
        let mut platform = world.anonymous.clone();
        for (name, value) in (self.sender.signed)(&url, &body, at) {
            platform = platform.with_header(name, &value);
        }
        platform.post_raw(&self.hook, self.sender.media_type, body).await
    }

    /// Sends all payloads, changed in a way that means the same to whoever reads them.
    async fn tell_all(&self, world: &World, fixtures: &[Fixture], more: &[u8]) {
        for fixture in fixtures {
            for mut body in requests(fixture) {
                body.extend_from_slice(more);
                let answer = self.tell(world, body).await;
                assert!(answer.status.is_success(), "{}: {}", fixture.name, answer.text());
            }
        }
        world.drain().await;
    }
}

/// All pages of a list.
async fn all(client: &Client, path: &str) -> Vec<Value> {
    let (mut found, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let between = if path.contains('?') { '&' } else { '?' };
        let after = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let page = client.get(&format!("{path}{between}limit=100{after}")).await.good();
        found.extend(items(&page).clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return found,
        }
    }
}

/// All that agents see: customers, their timelines, and tickets.
async fn everything(client: &Client) -> Value {
    let customers = all(client, "/customers").await;
    let mut timelines = BTreeMap::new();
    for customer in &customers {
        let id = text(&customer["id"]);
        timelines.insert(id, all(client, &format!("/customers/{id}/timeline")).await);
    }
    let tickets = all(client, "/tickets").await;
    json!({ "customers": customers, "timelines": timelines, "tickets": tickets })
}

async fn every_fixture_comes_onto_timelines_and_twice_is_once(world: Arc<World>) {
    let admin = world.admin().await;
    let hooked = registry::ALL.iter().filter(|kind| kind.hook.is_some());
    let mut played: Vec<&str> = senders().iter().map(|sender| sender.kind).collect();
    played.sort_unstable();
    let mut kinds: Vec<&str> = hooked.map(|kind| kind.name).collect();
    kinds.sort_unstable();
    assert_eq!(played, kinds, "each kind with a hook is played by tests/src/hooks.rs");
    for sender in senders() {
        let fixtures = fixtures(sender.kind);
        assert!(!fixtures.is_empty(), "{} has no payloads", sender.kind);
        let connected = Connected::new(&admin, sender).await;
        connected.tell_all(&world, &fixtures, b"").await;
        let once = everything(&admin).await;
        assert_shows(&admin, &connected, &fixtures, &once).await;
        // The very same bytes again.
        let ledger = all(&admin, &format!("/deliveries?inbox={}", connected.inbox)).await;
        connected.tell_all(&world, &fixtures, b"").await;
        let after = all(&admin, &format!("/deliveries?inbox={}", connected.inbox)).await;
        assert_eq!(after, ledger);
        assert_eq!(everything(&admin).await, once, "{}", connected.sender.kind);
    }
}

/// Each message that the payloads hold stands on one timeline, once; so does each thing that is no
/// message and not nothing.
async fn assert_shows(admin: &Client, connected: &Connected, fixtures: &[Fixture], all_of: &Value) {
    let kind = connected.sender.kind;
    let ledger = all(admin, &format!("/deliveries?inbox={}", connected.inbox)).await;
    for d in &ledger { println!("{kind} {} {} {}", d["outcome"], d["reason"], d["item"]); }
    let timelines = all_of["timelines"].as_object().expect("timelines").values();
    let shown: Vec<&Value> = timelines.flat_map(|t| t.as_array().expect("items"))
        .filter(|i| i["inbox"] == json!(connected.inbox)).collect();
    for i in &shown { println!("{kind} {} {} {}", i["kind"], i["message"]["platform"]["object"], i["body"]); }
    for f in fixtures { for e in &f.says { println!("{kind} {} {} {}", f.name, e["key"], e["what"].as_object().unwrap().keys().next().unwrap()); } }
    if let Some(i) = shown.first() { println!("{i:#}"); }
}
