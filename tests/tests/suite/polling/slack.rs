//! Slack by Socket Mode: what comes over the connection is confirmed only once it is recorded, and comes
//! again until then. A server on loopback plays both ends of Slack.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use throughline_app::{App, deliveries};
use throughline_test_servers::http::{Do, Server};
use throughline_tests::{Client, World, on_both};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;

use super::{connected, place};
use crate::channels::bot::{items, text};
use crate::mailboxes::kit::soon;
use crate::replying::with_key;

on_both!(
    what_comes_by_a_connection_is_confirmed_once_it_is_recorded,
    what_is_not_confirmed_comes_again_and_is_one_item,
    what_slack_refuses_is_told_and_left_alone,
);

/// What Slack does with the connections: the envelopes of each, and how it ends.
#[derive(Clone)]
struct Act {
    say: Vec<Value>,
    /// Whether it waits for each to be confirmed.
    waits: bool,
}

/// What was confirmed, with how many deliveries were recorded by then.
type Confirmed = Arc<Mutex<Vec<(String, i64)>>>;

/// Both ends of Slack.
struct Slack {
    web: Server,
    confirmed: Confirmed,
}

impl Slack {
    /// One that does this with the connections, one after the other, and keeps those behind it open.
    async fn start(app: &App, acts: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("ws://{}/?ticket=1", listener.local_addr().expect("an address"));
        let said = json!({ "ok": true, "url": url }).to_string();
        let web = Server::start(vec![Do::Say("200 OK", said)]).await;
        let confirmed = Confirmed::default();
        let (app, kept) = (app.clone(), Arc::clone(&confirmed));
        tokio::spawn(async move {
            let mut acts = acts.into_iter();
            while let Ok((stream, _)) = listener.accept().await {
                let stream = tokio_tungstenite::accept_async(stream).await.expect("a connection");
                let act = acts.next();
                tokio::spawn(play(stream, act, app.clone(), Arc::clone(&kept)));
            }
        });
        Self { web, confirmed }
    }

    fn confirmed(&self) -> Vec<String> {
        self.confirmed.lock().expect("them").iter().map(|(id, _)| id.clone()).collect()
    }
}

async fn play(
    mut stream: WebSocketStream<TcpStream>,
    act: Option<Act>,
    app: App,
    confirmed: Confirmed,
) {
    let hello = json!({ "type": "hello", "num_connections": 1 }).to_string();
    stream.send(Message::text(hello)).await.expect("it is said");
    let Some(Act { say, waits }) = act else {
        return while stream.next().await.is_some_and(|come| come.is_ok()) {};
    };
    for envelope in say {
        let wants = envelope.get("envelope_id").is_some();
        stream.send(Message::text(envelope.to_string())).await.expect("it is said");
        if waits && wants && !confirms(&mut stream, &app, &confirmed).await {
            return;
        }
    }
}

/// Waits until an envelope is confirmed, and notes what had come by then. Says whether it was.
async fn confirms(
    stream: &mut WebSocketStream<TcpStream>,
    app: &App,
    confirmed: &Confirmed,
) -> bool {
    while let Some(Ok(come)) = stream.next().await {
        let Message::Text(words) = come else { continue };
        let said: Value = serde_json::from_str(words.as_str()).expect("JSON");
        let counts = deliveries::counts(app, None).await.expect("counts");
        let all = counts.recorded + counts.stored + counts.duplicate;
        let id = said["envelope_id"].as_str().expect("an id").to_owned();
        confirmed.lock().expect("them").push((id, all));
        return true;
    }
    false
}

fn envelope(id: &str, kind: &str, payload: Value) -> Value {
    json!({ "type": kind, "envelope_id": id, "accepts_response_payload": false, "payload": payload })
}

fn said(event: &str, ts: &str, words: &str) -> Value {
    json!({
        "token": "old", "type": "event_callback", "event_id": event, "team_id": "T1", "api_app_id": "A1",
        "event": { "type": "message", "channel": "C1", "channel_type": "channel", "user": "U7",
                   "text": words, "ts": ts, "event_ts": ts }
    })
}

async fn connected_slack(world: &World) -> (Client, throughline_core::id::InboxId, String) {
    let admin = with_key(world).await;
    let body = json!({
        "kind": "slack", "settings": { "arrival": "socket", "team_id": "T1" },
        "secrets": { "app_token": ["xapp-1-a-token"], "bot_token": ["xoxb-1-a-token"] }
    });
    let (inbox, account, _) = connected(&admin, "slack", body).await;
    (admin, inbox, account)
}

/// A poller that runs until it is dropped.
struct Run(CancellationToken);

impl Run {
    fn start(world: &World, slack: &Slack) -> Self {
        let stop = CancellationToken::new();
        let poller = world.channel_poller(&world.app, &slack.web.url());
        tokio::spawn(poller.run(stop.clone()));
        Self(stop)
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

async fn bodies(world: &World, admin: &Client) -> Vec<String> {
    world.drain().await;
    let customers = admin.get("/customers").await.good();
    let path = format!("/customers/{}/timeline?limit=50", text(&items(&customers)[0]["id"]));
    let page = admin.get(&path).await.good();
    items(&page).iter().map(|item| text(&item["body"]).to_owned()).collect()
}

async fn what_comes_by_a_connection_is_confirmed_once_it_is_recorded(world: Arc<World>) {
    let (admin, inbox, account) = connected_slack(&world).await;
    let first = Act {
        say: vec![
            envelope("e1", "events_api", said("Ev1", "1795000001.000100", "one")),
            envelope("e2", "events_api", said("Ev2", "1795000002.000100", "two")),
            envelope("e3", "events_api", json!({ "type": "event_callback", "team_id": "T2" })),
            json!({ "type": "disconnect", "reason": "refresh_requested" }),
        ],
        waits: true,
    };
    let command = json!({ "command": "/order", "text": "4417", "team_id": "T1", "user_id": "U7",
        "channel_id": "C1", "trigger_id": "7.8.y" });
    let second = Act { say: vec![envelope("e4", "slash_commands", command)], waits: true };
    let slack = Slack::start(&world.app, vec![first, second]).await;
    let run = Run::start(&world, &slack);
    soon("all is confirmed", async || slack.confirmed().len() == 4).await;
    drop(run);
    let confirmed = slack.confirmed.lock().expect("them").clone();
    let expected = [("e1", 1), ("e2", 2), ("e3", 2), ("e4", 3)];
    assert_eq!(confirmed, expected.map(|(id, count)| (id.to_owned(), count)));
    let told = bodies(&world, &admin).await;
    assert!(told.contains(&"one".to_owned()) && told.contains(&"two".to_owned()), "{told:?}");
    let head = slack.web.seen().remove(0);
    assert!(
        head.starts_with("POST /apps.connections.open ") || head.contains("/api/apps.connections")
    );
    assert!(head.contains("Bearer xapp-1-a-token"), "{head}");
    let health = admin.get(&format!("{account}/health")).await.good();
    assert_eq!((&health["ok"], &health["arrival"]), (&json!(true), &json!("poll")), "{health}");
    let place = place(&world, inbox).await.expect("a place");
    assert!(!format!("{place:?}").contains("ticket"), "no secret is stored");
}

async fn what_is_not_confirmed_comes_again_and_is_one_item(world: Arc<World>) {
    let (admin, _, _) = connected_slack(&world).await;
    let event = || said("Ev1", "1795000001.000100", "once");
    // The first connection breaks before anything can be confirmed.
    let broken = Act { say: vec![envelope("e1", "events_api", event())], waits: false };
    let again = |id: &str| Act { say: vec![envelope(id, "events_api", event())], waits: true };
    let slack = Slack::start(&world.app, vec![broken, again("e2"), again("e3")]).await;
    let run = Run::start(&world, &slack);
    soon("it is confirmed", async || slack.confirmed().len() == 2).await;
    drop(run);
    assert_eq!(slack.confirmed(), ["e2", "e3"]);
    assert_eq!(bodies(&world, &admin).await, ["once"]);
    assert_eq!(items(&admin.get("/deliveries").await.good()).len(), 1);
}

async fn what_slack_refuses_is_told_and_left_alone(world: Arc<World>) {
    let (admin, inbox, account) = connected_slack(&world).await;
    let off =
        Act { say: vec![json!({ "type": "disconnect", "reason": "link_disabled" })], waits: true };
    let slack = Slack::start(&world.app, vec![off]).await;
    let run = Run::start(&world, &slack);
    soon("it is noted", async || place(&world, inbox).await.is_some_and(|p| p.failures == 1)).await;
    let health = admin.get(&format!("{account}/health")).await.good();
    assert!(text(&health["trouble"]).contains("Socket Mode was turned off"), "{health}");
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(slack.web.seen().len(), 1, "it is left alone");
    // An hour later it is on again.
    world.clock.advance(4_000);
    soon("it works", async || place(&world, inbox).await.is_some_and(|p| p.failures == 0)).await;
    drop(run);
}
