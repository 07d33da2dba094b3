//! Matrix between a real homeserver and us: asked into a room we go in, hear what is said there, answer,
//! and are read; edits, signs and what is taken back change what came.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use throughline_test_servers::synapse::{AS_TOKEN, HS_TOKEN, Synapse, USER};
use throughline_tests::{Client, World, on_both};
use throughline_worker::Runner;

use crate::channels::bot::{items, text};

on_both!(a_room_of_a_real_homeserver_is_a_conversation, who_has_not_its_token_is_no_homeserver,);

/// How long a homeserver may take to tell us something.
const PATIENCE: Duration = Duration::from_secs(40);

/// An inbox that a homeserver knows.
struct Desk {
    admin: Client,
    inbox: String,
    hook: String,
}

impl Desk {
    async fn new(world: &Arc<World>) -> Self {
        let admin = world.admin().await;
        let inbox = json!({ "channel": "chat", "address": USER, "name": "Matrix" });
        let inbox = text(&admin.post("/inboxes", inbox).await.good()["id"]).to_owned();
        let hook = format!("/hooks/{inbox}");
        Self { admin, inbox, hook }
    }

    async fn connect(&self, server: &str) {
        let set_up = json!({
            "kind": "matrix", "settings": { "server": server, "user": USER },
            "secrets": { "hs_token": [HS_TOKEN], "as_token": [AS_TOKEN] }
        });
        self.admin.put(&format!("/inboxes/{}/channel", self.inbox), set_up).await.good();
    }

    /// Lets the worker run until something is so.
    async fn until(&self, runner: &Runner, is_so: impl AsyncFn() -> bool) {
        let since = Instant::now();
        loop {
            runner.drain().await.expect("the worker runs");
            if is_so().await {
                return;
            }
            assert!(since.elapsed() < PATIENCE, "it did not become so");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The messages on the timeline of the only customer, the oldest first.
    async fn messages(&self) -> Vec<Value> {
        let customers = self.admin.get("/customers").await.good();
        let Some(customer) = items(&customers).first().cloned() else { return Vec::new() };
        let path = format!("/customers/{}/timeline?kind=message", text(&customer["id"]));
        let page = self.admin.get(&path).await.good();
        items(&page).iter().rev().cloned().collect()
    }
}

/// Somebody who uses the homeserver.
struct Guest {
    http: reqwest::Client,
    url: String,
    token: String,
    next: std::cell::Cell<u32>,
}

impl Guest {
    async fn new(url: String, name: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let mut guest = Self { http, url, token: String::new(), next: 0.into() };
        let auth = json!({ "type": "m.login.dummy" });
        let body = json!({ "username": name, "password": "pw", "auth": auth });
        let made = guest.ask(Method::POST, "/_matrix/client/v3/register", body).await;
        guest.token = text(&made["access_token"]).to_owned();
        guest
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> Value {
        let request = self.http.request(method.clone(), format!("{}{path}", self.url));
        let request = match method {
            Method::GET => request,
            _ => request.json(&body),
        };
        let request = match self.token.is_empty() {
            true => request,
            false => request.bearer_auth(&self.token),
        };
        let answer = request.send().await.expect("an answer");
        let (status, bytes) = (answer.status(), answer.bytes().await.expect("a body"));
        assert!(status.is_success(), "{path}: {status} {}", String::from_utf8_lossy(&bytes));
        serde_json::from_slice(&bytes).expect("JSON")
    }

    /// Makes a room and asks our user in.
    async fn room(&self) -> String {
        let body = json!({ "preset": "trusted_private_chat", "is_direct": true, "invite": [USER] });
        let made = self.ask(Method::POST, "/_matrix/client/v3/createRoom", body).await;
        text(&made["room_id"]).to_owned()
    }

    async fn put(&self, room: &str, what: &str, content: Value) -> String {
        let number = self.next.replace(self.next.get() + 1);
        let path = format!("/_matrix/client/v3/rooms/{room}/{what}/t{number}");
        text(&self.ask(Method::PUT, &path, content).await["event_id"]).to_owned()
    }

    async fn say(&self, room: &str, words: &str) -> String {
        self.put(room, "send/m.room.message", json!({ "msgtype": "m.text", "body": words })).await
    }

    /// What our user said in the room.
    async fn heard(&self, room: &str) -> Vec<Value> {
        let path = format!("/_matrix/client/v3/rooms/{room}/messages?dir=b&limit=50");
        let page = self.ask(Method::GET, &path, Value::Null).await;
        let all = page["chunk"].as_array().cloned().unwrap_or_default();
        all.into_iter().filter(|e| e["sender"] == USER && e["type"] == "m.room.message").collect()
    }

    async fn members(&self, room: &str) -> Vec<String> {
        let path = format!("/_matrix/client/v3/rooms/{room}/joined_members");
        let joined = self.ask(Method::GET, &path, Value::Null).await;
        joined["joined"].as_object().into_iter().flatten().map(|(user, _)| user.clone()).collect()
    }
}

async fn a_room_of_a_real_homeserver_is_a_conversation(world: Arc<World>) {
    let desk = Desk::new(&world).await;
    let Some(server) = Synapse::start(&format!("{}{}", world.anonymous.base(), desk.hook)) else {
        return;
    };
    desk.connect(&server.url()).await;
    let runner = world.chat_runner(&server.url(), None);
    let elif = Guest::new(server.url(), "elif").await;
    let room = elif.room().await;
    let is_in = async || elif.members(&room).await.iter().any(|user| user == USER);
    desk.until(&runner, is_in).await;

    let asked = elif.say(&room, "Siparişim nerede?").await;
    desk.until(&runner, async || desk.messages().await.len() == 1).await;
    let first = desk.messages().await.remove(0);
    assert_eq!((&first["body"], &first["channel"]), (&json!("Siparişim nerede?"), &json!("chat")));
    assert_eq!(first["message"]["platform"]["object"], json!(asked));
    let customers = desk.admin.get("/customers").await.good();
    let identity = &items(&customers)[0]["identities"][0];
    assert_eq!(identity["value"], "@elif:matrix.test");

    let ticket = format!("/tickets/{}", text(&first["ticket"]));
    let reply = json!({ "body": "Bakıyorum: 4417 yolda. ۱۲۳" });
    let sent = desk.admin.post(&format!("{ticket}/replies"), reply).await.good();
    world.clock.advance(6);
    desk.until(&runner, async || elif.heard(&room).await.len() == 1).await;
    let heard = elif.heard(&room).await.remove(0);
    assert_eq!(heard["content"]["body"], "Bakıyorum: 4417 yolda. ۱۲۳");

    // She reads it, corrects what she wrote, puts a sign on the answer, and takes something back.
    let read =
        format!("/_matrix/client/v3/rooms/{room}/receipt/m.read/{}", text(&heard["event_id"]));
    elif.ask(Method::POST, &read, json!({})).await;
    let relates = json!({ "rel_type": "m.replace", "event_id": asked });
    let new = json!({ "msgtype": "m.text", "body": "Siparişim 4417 nerede?" });
    let edit = json!({ "msgtype": "m.text", "body": "* Siparişim 4417 nerede?",
                       "m.new_content": new, "m.relates_to": relates });
    elif.put(&room, "send/m.room.message", edit.clone()).await;
    // Somebody else in the room puts words into her mouth, which the homeserver lets pass.
    let other = Guest::new(server.url(), "murat").await;
    let invite = format!("/_matrix/client/v3/rooms/{room}/invite");
    elif.ask(Method::POST, &invite, json!({ "user_id": "@murat:matrix.test" })).await;
    other.ask(Method::POST, &format!("/_matrix/client/v3/join/{room}"), json!({})).await;
    let mut forged = edit;
    forged["m.new_content"]["body"] = json!("İptal edin");
    other.put(&room, "send/m.room.message", forged).await;
    let sign = json!({ "rel_type": "m.annotation", "event_id": heard["event_id"], "key": "👍" });
    elif.put(&room, "send/m.reaction", json!({ "m.relates_to": sign })).await;
    let regretted = elif.say(&room, "pardon").await;
    elif.put(&room, &format!("redact/{regretted}"), json!({})).await;
    let all_is_told = async || {
        let all = desk.messages().await;
        let ours = all.iter().find(|item| item["id"] == sent["id"]).cloned().unwrap_or_default();
        let platform = &ours["message"]["platform"];
        all.len() == 3
            && all[0]["body"] == "Siparişim 4417 nerede?"
            && platform["receipt"]["state"] == "read"
            && platform["reactions"][0]["emoji"] == "👍"
            && !all[2]["message"]["platform"]["deleted_at"].is_null()
            && all[2]["body"] == ""
    };
    desk.until(&runner, all_is_told).await;
    assert_eq!(elif.heard(&room).await.len(), 1, "it was said once");
    world.assert_no_dead_jobs().await;
}

async fn who_has_not_its_token_is_no_homeserver(world: Arc<World>) {
    let desk = Desk::new(&world).await;
    desk.connect("http://127.0.0.1:9").await;
    let path = format!("{}/_matrix/app/v1/transactions/1", desk.hook);
    let events = json!({ "events": [] }).to_string().into_bytes();
    let put =
        async |client: &Client| client.put_raw(&path, "application/json", events.clone()).await;
    for stranger in [&world.anonymous, &world.anonymous.with_token("the-token-of-the-homeservex")] {
        let answer = put(stranger).await;
        assert_eq!((answer.status.as_u16(), answer.text().contains("M_FORBIDDEN")), (403, true));
    }
    let good = put(&world.anonymous.with_token(HS_TOKEN)).await;
    assert_eq!((good.status.as_u16(), good.text()), (200, "{}".to_owned()));
    let deliveries = desk.admin.get("/deliveries").await.good();
    assert_eq!(items(&deliveries).len(), 1, "what was refused left nothing");
}
