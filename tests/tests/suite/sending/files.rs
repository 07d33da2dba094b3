//! Files that a reply carries: sent here first, attached once, by whoever sent them.

use std::sync::Arc;

use reqwest::Method;
use serde_json::json;
use throughline_app::attachments;
use throughline_core::agent::Role;
use throughline_test_servers::smtp::Scripted;
use throughline_tests::{Client, World, on_both};

use super::{Desk, only, settings};

on_both!(a_file_goes_along_byte_for_byte, a_file_is_used_once_in_time_by_its_sender);

async fn send(client: &Client, name: &str, media_type: &str, bytes: Vec<u8>) -> String {
    let path = format!("/attachments?name={name}");
    let file = client.raw(Method::POST, &path, media_type, bytes).await.good();
    file["id"].as_str().expect("an id").to_owned()
}

async fn a_file_goes_along_byte_for_byte(world: Arc<World>) {
    let server = Scripted::start(vec![]).await;
    let desk = Desk::new(&world, settings(server.port())).await;
    let bytes: Vec<u8> = (0..=255).cycle().take(10_000).collect();
    let first = send(&desk.agent, "fatura%20%C5%9F.pdf", "application/pdf", bytes.clone()).await;
    let second = send(&desk.agent, "b.bin", "not a type", vec![7; 10]).await;
    let item = desk.reply(json!({ "attachments": [first, second] })).await;
    let shown = &item["message"]["attachments"];
    assert_eq!((&shown[0]["name"], &shown[0]["size"]), (&json!("fatura ş.pdf"), &json!(10_000)));
    assert_eq!(shown[1]["media_type"], "application/octet-stream");
    let fetched = desk.agent.get(&format!("/attachments/{first}")).await;
    assert_eq!(fetched.bytes, bytes);
    world.drain().await;
    let (_, read) = only(&server);
    let names: Vec<_> = read.attachments.iter().filter_map(|file| file.name.as_deref()).collect();
    assert_eq!(names, ["fatura ş.pdf", "b.bin"]);
    assert_eq!(read.attachments[0].bytes, bytes);
    assert_eq!(read.attachments[0].media_type, "application/pdf");
}

async fn a_file_is_used_once_in_time_by_its_sender(world: Arc<World>) {
    let desk = Desk::without_set_up(&world).await;
    let path = format!("/tickets/{}/replies", desk.ticket);
    let with = |id: &str| json!({ "body": "x", "attachments": [id] });
    let own = send(&desk.agent, "a.txt", "text/plain", b"a".to_vec()).await;
    let other = world.agent(Role::Agent, &[]).await;
    let problem = other.post(&path, with(&own)).await.problem(422, "invalid_field");
    assert_eq!(problem["field"], "attachments");
    other.get(&format!("/attachments/{own}")).await.problem(404, "not_found");
    desk.agent.post(&path, with(&own)).await.good();
    desk.agent.post(&path, with(&own)).await.problem(422, "invalid_field");
    let twice = send(&desk.agent, "a.txt", "text/plain", b"a".to_vec()).await;
    let body = json!({ "body": "x", "attachments": [twice, twice] });
    desk.agent.post(&path, body).await.problem(422, "invalid_field");
    desk.agent.post(&path, with(&twice)).await.good();
    let late = send(&desk.agent, "a.txt", "text/plain", b"a".to_vec()).await;
    world.clock.advance(25 * 60 * 60);
    desk.agent.post(&path, with(&late)).await.problem(422, "invalid_field");
    assert_eq!(attachments::purge(&world.app).await.expect("purged"), 1);
    let empty = desk.agent.raw(Method::POST, "/attachments", "text/plain", Vec::new()).await;
    empty.problem(422, "invalid_body");
    world.drain().await;
}
