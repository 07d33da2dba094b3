//! Live streams: events as they happen, from where one stopped, and only what one may see.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use throughline_core::agent::Role;
use throughline_core::event::{DomainEvent, Happening};
use throughline_core::id::{CustomerId, EventId};
use throughline_store::{Conn, DatabaseUrl, StoreError, events};
use throughline_tests::{Client, World, on_both};
use tokio::time::timeout;

on_both!(
    a_stream_goes_on_where_it_broke_off,
    a_stream_says_only_what_was_asked_for,
    a_stream_follows_a_customer_through_all_records,
    a_stream_ticket_opens_one_stream,
    a_stream_ends_with_the_access,
    a_restricted_agent_hears_of_his_inboxes_only,
    streams_are_counted,
    what_another_process_writes_is_seen,
);

/// How long an event may take in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// A stream that is read event by event.
struct Live {
    body: reqwest::Response,
    text: String,
}

impl Live {
    async fn open(client: &Client, query: &str) -> Self {
        let response = client.open(&format!("/events/stream{query}")).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut live = Self { body: response, text: String::new() };
        let greeting = live.frame().await.expect("a greeting");
        assert!(greeting.contains("retry:"), "{greeting}");
        live
    }

    /// The next frame, comments too; `None` at the end.
    async fn frame(&mut self) -> Option<String> {
        loop {
            if let Some((frame, rest)) = self.text.split_once("\n\n") {
                let (frame, rest) = (frame.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(frame);
            }
            let part = timeout(PATIENCE, self.body.chunk()).await.expect("in time");
            // A stream that is cut off ends with an error or without.
            self.text.push_str(std::str::from_utf8(&part.ok()??).expect("UTF-8"));
        }
    }

    /// The next event with its id.
    async fn event(&mut self) -> Option<(i64, Value)> {
        loop {
            let frame = self.frame().await?;
            let field =
                |name: &str| frame.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            if let Some(data) = field("data:") {
                let id = field("id:").expect("an id").parse().expect("a number");
                return Some((id, serde_json::from_str(data).expect("JSON")));
            }
        }
    }

    async fn kinds(&mut self, count: usize) -> Vec<String> {
        let mut kinds = Vec::new();
        for _ in 0..count {
            let (_, event) = self.event().await.expect("an event");
            kinds.push(event["kind"].as_str().expect("a kind").to_owned());
        }
        kinds
    }
}

async fn open_ticket(client: &Client, email: &str) -> Value {
    let body = json!({ "subject": "s", "body": "b", "customer": { "email": email } });
    client.post("/tickets", body).await.good()
}

async fn a_stream_goes_on_where_it_broke_off(world: Arc<World>) {
    let client = world.admin().await;
    // The first ticket also makes an inbox.
    open_ticket(&client, "first@example.com").await;
    let mut live = Live::open(&client, "").await;
    open_ticket(&client, "a@example.com").await;
    let made = ["customer.created", "ticket.created", "message.received"];
    let (id, first) = live.event().await.expect("an event");
    assert_eq!((&first["kind"], &first["position"]), (&json!(made[0]), &json!(id)));
    drop(live);
    open_ticket(&client, "a@example.com").await;
    let resumed = client.with_header("Last-Event-ID", &id.to_string());
    // The header wins, as a browser keeps the address that it began with.
    let mut live = Live::open(&resumed, "?after=0").await;
    assert_eq!(live.kinds(4).await, [&made[1..], &made[1..]].concat());
    let mut again = Live::open(&client, "?after=0").await;
    let page = client.get("/events").await.good();
    for event in page["items"].as_array().expect("a list") {
        assert_eq!(&again.event().await.expect("an event").1, event);
    }
    let bad = client.with_header("Last-Event-ID", "x").get("/events/stream").await;
    bad.problem(400, "invalid_header");
}

async fn a_stream_says_only_what_was_asked_for(world: Arc<World>) {
    let client = world.admin().await;
    let ticket = open_ticket(&client, "a@example.com").await;
    let id = ticket["id"].as_str().expect("an id");
    let mut of_kind = Live::open(&client, "?kind=ticket.updated").await;
    let mut of_ticket = Live::open(&client, &format!("?ticket={id}")).await;
    open_ticket(&client, "b@example.com").await;
    client.patch(&format!("/tickets/{id}"), json!({ "priority": "high" })).await.good();
    for live in [&mut of_kind, &mut of_ticket] {
        let (_, event) = live.event().await.expect("an event");
        assert_eq!((&event["kind"], &event["ticket"]), (&json!("ticket.updated"), &json!(id)));
    }
    client.get("/events/stream?kind=nothing").await.problem(400, "invalid_parameter");
    let unknown = "/events/stream?customer=cus_0000000000001";
    client.get(unknown).await.problem(404, "not_found");
}

/// Writes what a merge writes, as far as a stream is concerned.
async fn merge_by_hand(world: &World, root: i64, other: i64, merged: DomainEvent) {
    let sql = format!("UPDATE customers SET canonical_id = {root} WHERE id = {other}");
    let database = world.database.clone();
    let update = tokio::task::spawn_blocking(move || match database {
        DatabaseUrl::Sqlite(path) => {
            let connection = rusqlite::Connection::open(path).expect("the file");
            connection.busy_timeout(PATIENCE).expect("a timeout");
            connection.execute(&sql, []).expect("an update");
        }
        DatabaseUrl::Postgres(url) => {
            let mut client = postgres::Client::connect(&url, postgres::NoTls).expect("a server");
            client.execute(&sql, &[]).expect("an update");
        }
    });
    update.await.expect("an update");
    let append = move |conn: &mut Conn| events::append(conn, &[merged]);
    world.app.store().write::<_, StoreError, _>(append).await.expect("an event");
}

async fn a_stream_follows_a_customer_through_all_records(world: Arc<World>) {
    let client = world.admin().await;
    let customer = open_ticket(&client, "a@example.com").await["customer"].clone();
    let id: CustomerId = customer.as_str().expect("an id").parse().expect("an id");
    let mut live = Live::open(&client, &format!("?customer={id}")).await;
    let other = open_ticket(&client, "b@example.com").await["customer"].clone();
    let other: CustomerId = other.as_str().expect("an id").parse().expect("an id");
    let now = world.app.now();
    let merge = 1.into();
    let merged = DomainEvent {
        // Events that get their positions together get them in the order of their ids.
        id: EventId::from(i64::MAX),
        position: None,
        actor: "system".to_owned(),
        customer: Some(id),
        ticket: None,
        inbox: None,
        occurred_at: now,
        what: Happening::CustomerMerged { merge, survivor: id, merged: other },
    };
    merge_by_hand(&world, id.get(), other.get(), merged).await;
    assert_eq!(live.kinds(1).await, ["customer.merged"]);
    open_ticket(&client, "b@example.com").await;
    assert_eq!(live.kinds(2).await, ["ticket.created", "message.received"]);
}

async fn a_stream_ticket_opens_one_stream(world: Arc<World>) {
    let client = world.admin().await;
    let get = async || {
        let made = client.post("/events/stream-tickets", json!({})).await.good();
        made["stream_ticket"].as_str().expect("a ticket").to_owned()
    };
    open_ticket(&client, "first@example.com").await;
    let (first, second) = (get().await, get().await);
    let mut live = Live::open(&world.anonymous, &format!("?stream_ticket={first}")).await;
    open_ticket(&client, "a@example.com").await;
    assert_eq!(live.kinds(1).await, ["customer.created"]);
    let again = format!("/events/stream?stream_ticket={first}");
    world.anonymous.get(&again).await.problem(401, "bad_stream_ticket");
    world.clock.advance(61);
    let late = format!("/events/stream?stream_ticket={second}");
    world.anonymous.get(&late).await.problem(401, "bad_stream_ticket");
    world.anonymous.get("/events/stream").await.problem(401, "unauthenticated");
    let elsewhere = format!("/events?stream_ticket={second}");
    world.anonymous.get(&elsewhere).await.problem(400, "invalid_parameter");
}

async fn a_stream_ends_with_the_access(world: Arc<World>) {
    let admin = world.admin().await;
    let agent = world.agent(Role::Agent, &[]).await;
    let me = agent.get("/me").await.good()["id"].as_str().expect("an id").to_owned();
    let mut live = Live::open(&agent, "").await;
    open_ticket(&admin, "a@example.com").await;
    live.kinds(3).await;
    admin.patch(&format!("/agents/{me}"), json!({ "active": false })).await.good();
    assert_eq!(live.event().await, None, "he is out");
    let body = json!({ "name": "k", "scopes": ["events:read"] });
    let made = admin.post("/api-keys", body).await.good();
    let key = world.anonymous.with_token(made["key"].as_str().expect("a key"));
    let mut live = Live::open(&key, "").await;
    let id = made["api_key"]["id"].as_str().expect("an id");
    assert_eq!(admin.delete(&format!("/api-keys/{id}")).await.status, 204);
    assert_eq!(live.event().await, None, "it is revoked");
    let mut live = Live::open(&admin, "").await;
    let system = throughline_core::actor::Actor::system();
    world.clock.advance(16 * 60);
    let new =
        throughline_app::tags::NewTag { name: "late".to_owned(), color: None, description: None };
    throughline_app::tags::create(&world.app, &system, new).await.expect("a tag");
    let mut said = Vec::new();
    while let Some((_, event)) = live.event().await {
        said.push(event);
    }
    assert!(said.len() <= 1, "the token is over: {said:?}");
}

async fn a_restricted_agent_hears_of_his_inboxes_only(world: Arc<World>) {
    let admin = world.admin().await;
    let team = admin.post("/teams", json!({ "name": "VIP" })).await.good();
    let inbox = |address: &str| json!({ "channel": "api", "address": address, "name": address });
    let open = admin.post("/inboxes", inbox("open")).await.good();
    let mut body = inbox("closed");
    body["restricted"] = json!(true);
    body["teams"] = json!([team["id"]]);
    let closed = admin.post("/inboxes", body).await.good();
    let agent = world.agent(Role::Agent, &[]).await;
    let mut live = Live::open(&agent, "").await;
    for (inbox, email) in [(&closed, "secret@example.com"), (&open, "known@example.com")] {
        let customer = json!({ "email": email });
        let body =
            json!({ "subject": "s", "body": "b", "customer": customer, "inbox": inbox["id"] });
        admin.post("/tickets", body).await.good();
    }
    let (_, event) = live.event().await.expect("an event");
    assert_eq!(event["inbox"], open["id"], "{event}");
}

async fn streams_are_counted(world: Arc<World>) {
    let client = world.admin().await;
    let mut open = Vec::new();
    for _ in 0..10 {
        open.push(Live::open(&client, "").await);
    }
    let refused = client.get("/events/stream").await;
    assert!(!refused.header("retry-after").is_empty());
    refused.problem(429, "too_many_streams");
    let other = world.agent(Role::Agent, &[]).await;
    Live::open(&other, "").await;
}

async fn what_another_process_writes_is_seen(world: Arc<World>) {
    let client = world.admin().await;
    let mut live = Live::open(&client, "").await;
    let other = world.another_app();
    let system = throughline_core::actor::Actor::system();
    let new = throughline_app::tags::NewTag {
        name: "from elsewhere".to_owned(),
        color: None,
        description: None,
    };
    throughline_app::tags::create(&other, &system, new).await.expect("a tag");
    assert_eq!(live.kinds(1).await, ["admin.changed"]);
}
