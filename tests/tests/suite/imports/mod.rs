//! Files that are imported over the API: contacts, and archives of mails. Those of calls are in `phone`. Here
//! is what the tests share.

mod contacts;
mod mails;

use serde_json::{Value, json};
use throughline_tests::{Client, World};

/// Sends a file of a kind; answers with the import.
pub(crate) async fn send(client: &Client, query: &str, file: impl Into<Vec<u8>>) -> Value {
    let path = format!("/api/v1/imports?{query}");
    client.post_raw(&path, "application/octet-stream", file.into()).await.good()
}

/// Starts an import, or tries it dry, and lets the worker do its work; answers with the import then.
pub(crate) async fn run(world: &World, client: &Client, import: &Value, how: &str) -> Value {
    let id = id_of(import);
    client.post(&format!("/imports/{id}/{how}"), json!({})).await.good();
    world.drain().await;
    world.assert_no_dead_jobs().await;
    client.get(&format!("/imports/{id}")).await.good()
}

/// Fails unless these counts are as given.
#[track_caller]
fn counted(counts: &Value, expected: &[(&str, u64)]) {
    for (what, n) in expected {
        assert_eq!(counts[*what], *n, "{what} in {counts}");
    }
}

pub(crate) fn id_of(value: &Value) -> &str {
    value["id"].as_str().expect("an id")
}

fn items(page: &Value) -> &[Value] {
    page["items"].as_array().expect("a list")
}
