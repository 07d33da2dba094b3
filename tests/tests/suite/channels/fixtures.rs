//! Every payload that the project keeps of its channels, sent to the real hook as its platform sends it:
//! all it says comes onto timelines, and what is sent again changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use throughline_ingest::registry;
use throughline_tests::hooks::{Sender, senders};
use throughline_tests::{Answer, Client, World, on_both};

use super::bot::{items, text};

on_both!(
    every_fixture_comes_onto_timelines_and_twice_is_once,
    what_is_sent_anew_in_other_bytes_is_known_by_its_keys,
    each_kind_with_a_hook_is_played,
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
        let new = json!({ "channel": sender.channel, "address": sender.kind, "name": sender.kind });
        let inbox = admin.post("/inboxes", new).await.good();
        let inbox = text(&inbox["id"]).to_owned();
        let path = format!("/inboxes/{inbox}/channel");
        let made = admin.put(&path, sender.set_up.clone()).await.good();
        Self { sender, hook: text(&made["hook"]).to_owned(), inbox }
    }

    /// What became of all that came.
    async fn ledger(&self, admin: &Client) -> Vec<Value> {
        all(admin, &format!("/deliveries?inbox={}", self.inbox)).await
    }

    async fn tell(&self, world: &World, body: Vec<u8>) -> Answer {
        let url = format!("{}{}", world.anonymous.base(), self.hook);
        let at = world.app.now().as_micros() / 1_000_000;
        let mut platform = world.anonymous.clone();
        for (name, value) in (self.sender.signed)(&url, &body, at) {
            platform = platform.with_header(name, &value);
        }
        let media_type = self.sender.media_type;
        match self.sender.behind {
            Some(behind) => {
                let path = format!("{}{}", self.hook, behind(&body));
                platform.put_raw(&path, media_type, body).await
            }
            None => platform.post_raw(&self.hook, media_type, body).await,
        }
    }

    /// Sends all payloads, with something behind them that says nothing.
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
    for sender in senders() {
        let fixtures = fixtures(sender.kind);
        assert!(!fixtures.is_empty(), "{} has no payloads", sender.kind);
        let connected = Connected::new(&admin, sender).await;
        connected.tell_all(&world, &fixtures, b"").await;
        let once = everything(&admin).await;
        let ledger = connected.ledger(&admin).await;
        assert_shows(&connected, &fixtures, &once, &ledger);
        // The very same bytes again.
        connected.tell_all(&world, &fixtures, b"").await;
        assert_eq!(connected.ledger(&admin).await, ledger);
        assert_eq!(everything(&admin).await, once, "{}", connected.sender.kind);
    }
}

async fn what_is_sent_anew_in_other_bytes_is_known_by_its_keys(world: Arc<World>) {
    let admin = world.admin().await;
    // What a generic webhook sends without an id is named by its bytes alone, and Slack's is kept in our
    // own bytes, so that there a repeat is known before it is read.
    for sender in
        senders().into_iter().filter(|sender| !["webhook", "slack"].contains(&sender.kind))
    {
        let fixtures = fixtures(sender.kind);
        let connected = Connected::new(&admin, sender).await;
        connected.tell_all(&world, &fixtures, b"").await;
        let (once, ledger) = (everything(&admin).await, connected.ledger(&admin).await);
        let blank: &[u8] = if connected.sender.kind == "twilio" { b"&" } else { b" " };
        connected.tell_all(&world, &fixtures, blank).await;
        let after = connected.ledger(&admin).await;
        assert_eq!(after.len(), 2 * ledger.len(), "{}: all is read again", connected.sender.kind);
        assert_eq!(everything(&admin).await, once, "{}", connected.sender.kind);
    }
}

async fn each_kind_with_a_hook_is_played(world: Arc<World>) {
    let hooked = registry::ALL.iter().filter(|kind| kind.hook.is_some());
    let hooked: BTreeSet<&str> = hooked.map(|kind| kind.name).collect();
    let played: BTreeSet<&str> = senders().iter().map(|sender| sender.kind).collect();
    assert_eq!(played, hooked, "add how it signs to tests/src/hooks.rs");
    let admin = world.admin().await;
    for sender in senders() {
        let connected = Connected::new(&admin, sender).await;
        let answer = world.anonymous.post_raw(&connected.hook, "text/plain", b"{}".to_vec()).await;
        // A homeserver is told so in its own form.
        let refused = if connected.sender.kind == "matrix" { 403 } else { 401 };
        assert_eq!(answer.status, refused, "{}", answer.text());
    }
}

/// The events of a kind that all payloads hold.
fn happened<'a>(fixtures: &'a [Fixture], what: &str) -> Vec<(&'a Value, &'a Value)> {
    let all = fixtures.iter().flat_map(|fixture| &fixture.says);
    all.filter_map(|event| Some((event, event["what"].get(what)?))).collect()
}

/// Each message of a customer stands on one timeline, once, in its words unless the payloads change them;
/// what others wrote stands there as well, or is quarantined for having no place; what nobody knows is
/// shown where it says whose it is.
fn assert_shows(connected: &Connected, fixtures: &[Fixture], shown: &Value, ledger: &[Value]) {
    let kind = connected.sender.kind;
    let timelines = shown["timelines"].as_object().expect("timelines").values();
    let all = timelines.flat_map(|timeline| timeline.as_array().expect("items"));
    let all: Vec<&Value> = all.filter(|item| item["inbox"] == json!(connected.inbox)).collect();
    let mut bodies: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for item in all.iter().filter(|item| item["kind"] == "message") {
        let object = text(&item["message"]["platform"]["object"]);
        bodies.entry(object).or_default().push(text(&item["body"]));
    }
    let changed = ["edit", "deletion"].into_iter().flat_map(|what| happened(fixtures, what));
    let changed: BTreeSet<&str> = changed.map(|(_, change)| text(&change["of"])).collect();
    let messages = happened(fixtures, "message");
    let mut without_place = BTreeSet::new();
    for (event, message) in &messages {
        let object = text(&message["object"]);
        match bodies.get(object).map(Vec::as_slice) {
            Some([body]) => {
                let words = message["content"]["text"].as_str().unwrap_or_default();
                assert!(*body == words || changed.contains(object), "{kind} {object}: {body}");
            }
            None if event["who"]["role"] != "customer" => drop(without_place.insert(object)),
            other => panic!("{kind} {object} is shown as {other:?}"),
        }
    }
    let objects: BTreeSet<&str> =
        messages.iter().map(|(_, message)| text(&message["object"])).collect();
    assert_eq!(bodies.len(), objects.len() - without_place.len(), "{kind}: no others are shown");
    let quarantined: Vec<_> = ledger.iter().filter(|d| d["outcome"] == "quarantined").collect();
    assert_eq!(quarantined.len(), without_place.len(), "{kind}: {quarantined:?}");
    assert!(ledger.iter().all(|delivery| delivery["outcome"] != "recorded"), "{kind}: all is read");
    let says_whose = |(event, _): &(&Value, &Value)| event["who"].get("hints").is_some();
    let unknown = happened(fixtures, "unknown").into_iter().filter(says_whose).count();
    let events = happened(fixtures, "event").into_iter().filter(says_whose);
    let events: BTreeSet<&str> = events.map(|(_, event)| text(&event["object"])).collect();
    let others = all.iter().filter(|item| item["kind"] != "message").count();
    // What says nothing of its customer itself may be told by the order that it is about.
    let least = unknown + events.len();
    assert!(others >= least, "{kind}: {others} of {least} events are shown");
    assert!(others == least || !events.is_empty(), "{kind}: no others are shown");
    println!("{kind}: {} deliveries, {} messages, {others} events", ledger.len(), bodies.len());
}
