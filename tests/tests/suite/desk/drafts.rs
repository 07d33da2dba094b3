//! Drafts: no late write overtakes a newer one or a removal, and none is lost or left behind.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use throughline_app::{attachments, desk, timeline};
use throughline_core::agent::Role;
use throughline_tests::{Client, World, on_both};

use super::{me, open, row};

on_both!(
    a_draft_is_kept_for_its_agent_alone,
    a_late_write_overtakes_nothing,
    what_becomes_of_a_draft_takes_it_away,
    files_of_drafts_are_not_swept,
    drafts_go_with_their_customer,
);

fn draft(revision: i64, body: &str) -> Value {
    json!({ "revision": revision, "body": body })
}

async fn file(client: &Client) -> String {
    let path = "/attachments?name=a.txt";
    let made = client.raw(Method::POST, path, "text/plain", b"draftbytes".to_vec()).await.good();
    made["id"].as_str().expect("an id").to_owned()
}

async fn a_draft_is_kept_for_its_agent_alone(world: Arc<World>) {
    let (ada, bea) = (world.agent(Role::Agent, &[]).await, world.agent(Role::Agent, &[]).await);
    let ticket = open(&ada, "Kargo", json!({})).await;
    let (reply, note) =
        (format!("/tickets/{ticket}/drafts/reply"), format!("/tickets/{ticket}/drafts/note"));
    ada.get(&reply).await.problem(404, "not_found");
    let whole = json!({
        "revision": 1_764_000_000_000_i64, "body": "Merhaba,\nbakıyoruz", "to": ["a@example.com"],
        "cc": ["b@example.com"], "status": "waiting", "attachments": [file(&ada).await],
    });
    let kept = ada.put(&reply, whole.clone()).await.good();
    assert_eq!((&kept["body"], &kept["to"][0]), (&whole["body"], &json!("a@example.com")));
    assert_eq!(
        (&kept["status"], &kept["attachments"][0]["name"]),
        (&json!("waiting"), &json!("a.txt"))
    );
    assert_eq!(ada.get(&reply).await.good(), kept);
    let named = json!({ "revision": 1, "body": "", "mentions": [me(&bea).await] });
    ada.put(&note, named).await.good();
    bea.get(&reply).await.problem(404, "not_found");
    assert_eq!(row(&bea, &ticket).await["draft"], json!(null));
    world.clock.advance(1);
    ada.put(&reply, draft(1_764_000_000_001, "Merhaba,\nyolda")).await.good();
    assert_eq!(row(&ada, &ticket).await["draft"], "Merhaba, yolda");
    let listed = ada.get("/drafts?limit=1").await.good();
    assert_eq!(listed["items"][0]["kind"], "reply", "the one written last comes first");
    let next = listed["next_cursor"].as_str().expect("another page");
    let second = ada.get(&format!("/drafts?limit=1&cursor={next}")).await.good();
    assert_eq!(
        (&second["items"][0]["kind"], &second["next_cursor"]),
        (&json!("note"), &json!(null))
    );
    let wrong = ada.put(&format!("/tickets/{ticket}/drafts/letter"), draft(1, "x")).await;
    wrong.problem(400, "invalid_id");
    ada.put(&reply, draft(0, "x")).await.problem(422, "invalid_body");
}

async fn a_late_write_overtakes_nothing(world: Arc<World>) {
    let agent = world.agent(Role::Agent, &[]).await;
    let ticket = open(&agent, "Kargo", json!({})).await;
    let path = format!("/tickets/{ticket}/drafts/reply");
    agent.put(&path, draft(5, "beş")).await.good();
    let late = agent.put(&path, draft(4, "dört")).await.problem(409, "draft_outdated");
    assert_eq!(late["details"]["revision"], 5);
    agent.put(&path, draft(5, "başka")).await.problem(409, "draft_outdated");
    assert_eq!(
        agent.put(&path, draft(5, "beş")).await.good()["body"],
        "beş",
        "a repeat is a repeat"
    );
    agent.delete(&format!("{path}?revision=4")).await.problem(409, "draft_outdated");
    agent.delete(&format!("{path}?revision=7")).await.good();
    agent.delete(&format!("{path}?revision=7")).await.good();
    agent.get(&path).await.problem(404, "not_found");
    agent.put(&path, draft(6, "altı")).await.problem(409, "draft_outdated");
    assert_eq!(row(&agent, &ticket).await["draft"], json!(null));
    agent.put(&path, draft(8, "sekiz")).await.good();
    agent.delete(&path).await.good();
    agent.put(&path, draft(8, "sekiz")).await.problem(409, "draft_outdated");
    // The removal may come before the very first write.
    let note = format!("/tickets/{ticket}/drafts/note");
    agent.delete(&format!("{note}?revision=2")).await.good();
    agent.put(&note, draft(1, "x")).await.problem(409, "draft_outdated");
    // What is gone is remembered for a day.
    assert_eq!(desk::drafts::purge(&world.app).await.expect("purged"), 0);
    world.clock.advance(25 * 3600);
    assert_eq!(desk::drafts::purge(&world.app).await.expect("purged"), 2);
}

async fn what_becomes_of_a_draft_takes_it_away(world: Arc<World>) {
    let agent = world.agent(Role::Agent, &[]).await;
    let ticket = open(&agent, "Kargo", json!({})).await;
    let (replies, path) =
        (format!("/tickets/{ticket}/replies"), format!("/tickets/{ticket}/drafts/reply"));
    let note = format!("/tickets/{ticket}/drafts/note");
    agent.put(&note, draft(1, "not")).await.good();
    agent.put(&path, draft(3, "Merhaba")).await.good();
    agent.post(&replies, json!({ "body": "Merhaba", "draft_revision": 4 })).await.good();
    agent.get(&path).await.problem(404, "not_found");
    agent.put(&path, draft(4, "Merhaba")).await.problem(409, "draft_outdated");
    agent.get(&note).await.good();
    // What was written later, in another tab, stays.
    agent.put(&path, draft(9, "sonra")).await.good();
    agent.post(&replies, json!({ "body": "x", "draft_revision": 5 })).await.good();
    assert_eq!(agent.get(&path).await.good()["body"], "sonra");
    agent.post(&replies, json!({ "body": "" })).await.problem(422, "invalid_body");
    agent
        .post(&replies, json!({ "body": "x", "status": "none" }))
        .await
        .problem(422, "invalid_field");
    agent.get(&path).await.good();
    agent.post(&replies, json!({ "body": "x" })).await.good();
    agent.get(&path).await.problem(404, "not_found");
    agent.post(&format!("/tickets/{ticket}/notes"), json!({ "body": "not" })).await.good();
    agent.get(&note).await.problem(404, "not_found");
    world.drain().await;
}

async fn files_of_drafts_are_not_swept(world: Arc<World>) {
    let agent = world.agent(Role::Agent, &[]).await;
    let (ticket, other) = (open(&agent, "A", json!({})).await, open(&agent, "B", json!({})).await);
    let path = format!("/tickets/{ticket}/drafts/reply");
    let (named, loose) = (file(&agent).await, file(&agent).await);
    let with = |revision: i64, files: &[&str]| json!({ "revision": revision, "body": "x", "attachments": files });
    agent.put(&path, with(1, &[&named, &loose])).await.good();
    let elsewhere = format!("/tickets/{other}/drafts/reply");
    agent.put(&elsewhere, with(1, &[&named])).await.problem(422, "invalid_field");
    agent.put(&path, with(2, &[&named, &named])).await.problem(422, "invalid_field");
    let stranger = world.agent(Role::Agent, &[]).await;
    stranger.put(&path, with(1, &[&named])).await.problem(422, "invalid_field");
    agent.put(&path, with(2, &[&named])).await.good();
    world.clock.advance(25 * 3600);
    assert_eq!(
        attachments::purge(&world.app).await.expect("purged"),
        1,
        "the one that is not named"
    );
    let agent = world.sign_in("agent1@throughline.example").await;
    assert_eq!(agent.get(&path).await.good()["attachments"][0]["id"], json!(named));
    let reply = json!({ "body": "x", "attachments": [named], "draft_revision": 2 });
    let sent = agent.post(&format!("/tickets/{ticket}/replies"), reply).await.good();
    assert_eq!(sent["message"]["attachments"][0]["id"], json!(named));
    world.drain().await;
}

async fn drafts_go_with_their_customer(world: Arc<World>) {
    let admin = world.admin().await;
    let ticket = open(&admin, "Kargo", json!({})).await;
    let customer = admin.get(&format!("/tickets/{ticket}")).await.good()["customer"].clone();
    let customer = customer.as_str().expect("an id");
    let with = json!({ "revision": 1, "body": "x", "attachments": [file(&admin).await] });
    admin.put(&format!("/tickets/{ticket}/drafts/reply"), with).await.good();
    let here = json!({ "client": "a", "state": "replying" });
    admin.put(&format!("/tickets/{ticket}/presence"), here).await.good();
    admin.post(&format!("/tickets/{ticket}/read"), json!({})).await.good();
    let wish = json!({ "reason": "asked for it", "confirm": customer });
    admin.post(&format!("/customers/{customer}/erase"), wish).await.good();
    assert!(admin.get("/drafts").await.good()["items"].as_array().expect("a list").is_empty());
    world.clock.advance(11 * 60);
    timeline::purge_blobs(&world.app).await.expect("purged");
    world.clock.advance(11 * 60);
    timeline::purge_blobs(&world.app).await.expect("purged");
    assert_eq!(attachments::purge(&world.app).await.expect("purged"), 0);
    let held = std::fs::read_dir(world.blobs()).map(|all| all.count()).unwrap_or_default();
    let bytes = walk(&world.blobs());
    assert!(!bytes.iter().any(|file| file == b"draftbytes"), "{held} folders");
}

/// The contents of all files below a folder.
fn walk(folder: &std::path::Path) -> Vec<Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let read = |path: std::path::PathBuf| match path.is_dir() {
        true => walk(&path),
        false => vec![std::fs::read(&path).expect("a file")],
    };
    paths.flat_map(read).collect()
}
