//! Domain events: a reader that remembers one number never misses a late commit.

use std::sync::Arc;

use serde_json::json;
use throughline_core::event::{DomainEvent, Happening};
use throughline_store::events;
use throughline_tests::{World, on_both};

on_both!(each_write_leaves_its_events_in_order, a_late_commit_is_not_skipped);

async fn each_write_leaves_its_events_in_order(world: Arc<World>) {
    let client = world.admin().await;
    let start = client.get("/events").await.good()["next"].as_i64().expect("a number");
    let body = json!({ "subject": "s", "body": "b", "customer": { "email": "e@example.com" } });
    let ticket = client.post("/tickets", body).await.good();
    let id = ticket["id"].as_str().expect("an id");
    client.patch(&format!("/tickets/{id}"), json!({ "priority": "high" })).await.good();
    let page = client.get(&format!("/events?after={start}")).await.good();
    let all = page["items"].as_array().expect("a list");
    let kinds: Vec<&str> = all.iter().map(|e| e["kind"].as_str().expect("a kind")).collect();
    let about_inbox = |kind: &&&str| **kind != "admin.changed";
    let kinds: Vec<&&str> = kinds.iter().filter(about_inbox).collect();
    assert_eq!(
        kinds,
        [&"customer.created", &"ticket.created", &"message.received", &"ticket.updated"]
    );
    let rest = client.get(&format!("/events?after={}", page["next"])).await.good();
    assert!(rest["items"].as_array().expect("a list").is_empty());
}

async fn a_late_commit_is_not_skipped(world: Arc<World>) {
    let store = world.app.store().clone();
    let early = event(1);
    let late = event(2);
    // The first transaction appends and then dawdles; the second is done long before it commits.
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let (began, begun) = std::sync::mpsc::channel::<()>();
    let slow = store.clone();
    let dawdling = tokio::spawn(async move {
        let write = move |conn: &mut throughline_store::Conn| {
            events::append(conn, &[early])?;
            let _ = began.send(());
            let _ = wait.recv_timeout(std::time::Duration::from_secs(5));
            Ok::<_, throughline_store::StoreError>(())
        };
        slow.write(write).await
    });
    tokio::task::spawn_blocking(move || begun.recv().expect("it began")).await.expect("it began");
    let mut seen = Vec::new();
    let mut cursor = 0;
    if !store.is_sqlite() {
        // SQLite has one writer: there the second simply waits for the first.
        append(&store, late.clone()).await;
        read(&world, &mut cursor, &mut seen).await;
        assert_eq!(seen, [2]);
    }
    go.send(()).expect("it waits");
    dawdling.await.expect("it ends").expect("committed");
    if store.is_sqlite() {
        append(&store, late).await;
    }
    read(&world, &mut cursor, &mut seen).await;
    seen.sort_unstable();
    assert_eq!(seen, [1, 2], "the late commit was skipped");
}

fn event(n: i64) -> DomainEvent {
    DomainEvent {
        id: n.into(),
        position: None,
        actor: "system".to_owned(),
        customer: None,
        ticket: None,
        inbox: None,
        occurred_at: throughline_core::time::Instant::from_micros(n),
        what: Happening::CustomerCreated {},
    }
}

async fn append(store: &throughline_store::Store, event: DomainEvent) {
    let written: Result<(), throughline_store::StoreError> =
        store.write(move |conn| events::append(conn, &[event])).await;
    written.expect("appended");
}

async fn read(world: &World, cursor: &mut i64, seen: &mut Vec<i64>) {
    let actor = throughline_core::actor::Actor::system();
    let page = throughline_app::events::list(&world.app, &actor, Some(*cursor), 100, vec![]).await;
    let page = page.expect("events");
    *cursor = page.next;
    seen.extend(page.events.iter().map(|event| event.id.get()));
}
