//! Incremental export: events with the present state, each thing once a page, and nothing skipped.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use throughline_core::agent::Role;
use throughline_core::event::{DomainEvent, Happening};
use throughline_core::time::Instant;
use throughline_store::{Conn, Store, StoreError, events};
use throughline_tests::webhooks::{Receiver, serving};
use throughline_tests::{Client, World, on_both};
use throughline_worker::webhooks::Settings;
use tokio_util::sync::CancellationToken;

on_both!(
    a_change_carries_the_present_state_once,
    what_may_not_be_read_is_null,
    many_writers_that_commit_in_any_order_are_all_read_once,
);

async fn a_change_carries_the_present_state_once(world: Arc<World>) {
    let client = world.admin().await;
    let customer = json!({ "email": "e@example.com" });
    let body = json!({ "subject": "s", "body": "b", "customer": customer });
    let ticket = client.post("/tickets", body).await.good();
    let path = format!("/tickets/{}", ticket["id"].as_str().expect("an id"));
    client.post(&format!("{path}/notes"), json!({ "body": "a note" })).await.good();
    client.patch(&path, json!({ "priority": "high" })).await.good();
    let page = client.get("/changes?limit=200").await.good();
    let all = page["items"].as_array().expect("a list");
    let carrying = |field: &str| -> Vec<&Value> {
        all.iter().filter(|change| change.get(field).is_some()).collect()
    };
    let tickets = carrying("current_ticket");
    assert_eq!(tickets.len(), 1, "once: {tickets:?}");
    assert_eq!(tickets[0]["kind"], "ticket.updated", "with the last of its events");
    assert_eq!(tickets[0]["current_ticket"], client.get(&path).await.good());
    let customers = carrying("current_customer");
    assert_eq!(customers.len(), 1, "{customers:?}");
    let customer = ticket["customer"].as_str().expect("an id");
    let customer = client.get(&format!("/customers/{customer}")).await.good();
    assert_eq!(customers[0]["current_customer"], customer);
    let items = carrying("current_item");
    assert_eq!(items.len(), 2, "the message and the note");
    for change in items {
        let id = change["data"]["item"].as_str().expect("an id");
        let item = client.get(&format!("/items/{id}")).await.good();
        assert_eq!(change["current_item"], item);
    }
    let kinds = client.get("/changes?kind=ticket.created").await.good();
    assert_eq!(kinds["items"][0]["current_ticket"]["priority"], "high", "the present state");
    let rest = client.get(&format!("/changes?after={}", page["next"])).await.good();
    assert_eq!((&rest["items"], &rest["more"]), (&json!([]), &json!(false)));
    client.get("/changes?limit=201").await.problem(400, "invalid_parameter");
}

async fn what_may_not_be_read_is_null(world: Arc<World>) {
    let admin = world.admin().await;
    let customer = json!({ "email": "e@example.com" });
    let body = json!({ "subject": "s", "body": "b", "customer": customer });
    admin.post("/tickets", body).await.good();
    let body = json!({ "name": "k", "scopes": ["events:read", "tickets:read"] });
    let key = admin.post("/api-keys", body).await.good();
    let key = world.anonymous.with_token(key["key"].as_str().expect("a key"));
    let page = key.get("/changes").await.good();
    let all = page["items"].as_array().expect("a list");
    assert!(all.iter().all(|change| change["kind"] != "admin.changed"));
    let last = all.last().expect("one");
    assert_eq!(last.get("current_customer"), Some(&Value::Null), "{last}");
    assert_eq!(last["current_ticket"]["subject"], "s");
    let body = json!({ "name": "k", "scopes": ["tickets:read"] });
    let blind = admin.post("/api-keys", body).await.good();
    let blind = world.anonymous.with_token(blind["key"].as_str().expect("a key"));
    blind.get("/changes").await.problem(403, "missing_right");
    let agent = world.agent(Role::Agent, &[]).await;
    assert_eq!(agent.get("/changes").await.status, 200);
}

/// How many write, and how many events each writes.
const WRITERS: i64 = 8;
const EACH: i64 = 25;
/// How long the last event may take to be read.
const PATIENCE: Duration = Duration::from_secs(60);

/// Writers whose transactions last for random times, so that they commit in another order than they
/// began; and a reader of each kind, who follows by its cursor all the while.
async fn many_writers_that_commit_in_any_order_are_all_read_once(world: Arc<World>) {
    let client = world.admin().await;
    let receiver = Receiver::start().await;
    let hook = json!({ "url": receiver.url, "kinds": ["customer.created"] });
    client.post("/webhooks", hook).await.good();
    let (stop, done) = (CancellationToken::new(), Arc::new(AtomicBool::new(false)));
    let worker = tokio::spawn({
        let (serving, stop) = (serving(&world.app, Settings::default()), stop.clone());
        async move { serving.run(&stop).await }
    });
    let start = client.get("/events?limit=1000").await.good()["next"].as_i64().expect("a number");
    let readers = ["/events", "/changes"]
        .map(|path| tokio::spawn(read_on(client.clone(), path, start, done.clone())));
    let live = tokio::spawn(listen(client.clone(), start));
    let writers = (0..WRITERS).map(|writer| tokio::spawn(write(world.app.store().clone(), writer)));
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("it writes");
    }
    done.store(true, Ordering::SeqCst);
    let mut read = BTreeMap::new();
    for (reader, name) in readers.into_iter().zip(["events", "changes"]) {
        read.insert(name, reader.await.expect("it reads"));
    }
    read.insert("stream", live.await.expect("it listens"));
    let all = usize::try_from(WRITERS * EACH).expect("a number");
    let began = std::time::Instant::now();
    while receiver.got().len() < all && began.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop.cancel();
    worker.await.expect("it ends");
    let got = receiver.got();
    read.insert(
        "webhook",
        got.iter().map(|got| of_ours(&got.json()["data"]).expect("ours")).collect(),
    );
    for (name, read) in &read {
        let mut once: Vec<&String> = read.iter().collect();
        once.sort();
        once.dedup();
        assert_eq!((read.len(), once.len()), (all, all), "{name}: all, and each once");
        assert_eq!(read, &read_of(&read_all(&world).await), "{name}: in the order of positions");
    }
}

/// Writes events in transactions that dawdle.
async fn write(store: Store, writer: i64) {
    for number in 0..EACH {
        let event = event(writer * EACH + number + 1);
        let pause = Duration::from_millis(u64::from(rand_up_to(15)));
        let append = move |conn: &mut Conn| {
            events::append(conn, &[event])?;
            std::thread::sleep(pause);
            Ok::<_, StoreError>(())
        };
        store.write(append).await.expect("written");
    }
}

/// A number below a limit that nobody foresees.
fn rand_up_to(limit: u32) -> u32 {
    let nanos = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH);
    nanos.expect("a time").subsec_micros() % limit
}

fn event(n: i64) -> DomainEvent {
    DomainEvent {
        id: n.into(),
        position: None,
        actor: "writer".to_owned(),
        customer: None,
        ticket: None,
        inbox: None,
        occurred_at: Instant::from_micros(n),
        what: Happening::CustomerCreated {},
    }
}

/// The id of an event of these writers.
fn of_ours(event: &Value) -> Option<String> {
    (event["actor"] == "writer").then(|| event["id"].as_str().expect("an id").to_owned())
}

fn read_of(page: &Value) -> Vec<String> {
    page["items"].as_array().expect("a list").iter().filter_map(of_ours).collect()
}

async fn read_all(world: &World) -> Value {
    world.admin().await.get("/events?limit=1000&kind=customer.created").await.good()
}

/// Follows by the cursor in small pages until the writers are done and there is no more.
async fn read_on(
    client: Client,
    path: &'static str,
    start: i64,
    done: Arc<AtomicBool>,
) -> Vec<String> {
    let (mut read, mut after) = (Vec::new(), start);
    loop {
        let over = done.load(Ordering::SeqCst);
        let page = client.get(&format!("{path}?after={after}&limit=7")).await.good();
        read.extend(read_of(&page));
        after = page["next"].as_i64().expect("a number");
        if over && page["more"] == false {
            return read;
        }
    }
}

/// Follows the stream until it has as many as were written.
async fn listen(client: Client, start: i64) -> Vec<String> {
    let mut response = client.open(&format!("/events/stream?after={start}")).await;
    let (mut read, mut text) = (Vec::new(), String::new());
    while read.len() < usize::try_from(WRITERS * EACH).expect("a number") {
        let part = tokio::time::timeout(PATIENCE, response.chunk()).await.expect("in time");
        let part = part.expect("it goes on").expect("it goes on");
        text.push_str(std::str::from_utf8(&part).expect("UTF-8"));
        while let Some((frame, rest)) = text.split_once("\n\n") {
            let data = frame.lines().find_map(|line| line.strip_prefix("data: "));
            let event = data.map(|data| serde_json::from_str(data).expect("JSON"));
            read.extend(event.as_ref().and_then(of_ours));
            text = rest.to_owned();
        }
    }
    read
}
