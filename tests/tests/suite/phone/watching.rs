//! Folders that inboxes name: files in them are read in by themselves, and no others.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use throughline_tests::{Client, World, on_both};
use throughline_worker::Reconciler;
use throughline_worker::reconcilers::WatchPhoneFolders;

use super::{inbox, log, source};

on_both!(
    files_in_the_folder_of_an_inbox_are_read_in_by_themselves_once,
    no_file_outside_of_the_folder_is_read,
    a_folder_is_named_with_a_mapping_and_below_the_allowed_one,
);

/// An inbox whose files are looked for in a folder.
async fn watching(admin: &Client, folder: &str) -> String {
    let phone = inbox(admin, folder).await;
    admin.put("/phone/mappings/Main", json!({ "source": source() })).await.good();
    let settings = json!({ "mapping": "Main", "folder": folder });
    let set = admin.put(&format!("/inboxes/{phone}/phone"), settings).await.good();
    assert_eq!(set["folder"], folder);
    phone
}

fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    std::fs::write(path, text).expect("written");
}

/// Looks as often as a file needs that nobody writes to, and lets the worker read what was found.
async fn look(world: &World, watch: &WatchPhoneFolders) {
    for _ in 0..2 {
        watch.run(&world.app).await.expect("looked");
    }
    world.drain().await;
    world.assert_no_dead_jobs().await;
}

/// The imports of an inbox, oldest first: name, state, new calls.
async fn imports(admin: &Client, inbox: &str) -> Vec<(String, String, Value)> {
    let page = admin.get(&format!("/imports?inbox={inbox}")).await.good();
    let told = |import: &Value| {
        let text = |name: &str| import[name].as_str().expect("a text").to_owned();
        (text("name"), text("state"), import["counts"]["calls_new"].clone())
    };
    page["items"].as_array().expect("a list").iter().rev().map(told).collect()
}

fn done(name: &str, calls: u32) -> (String, String, Value) {
    (name.to_owned(), "done".to_owned(), json!(calls))
}

async fn files_in_the_folder_of_an_inbox_are_read_in_by_themselves_once(world: Arc<World>) {
    let (admin, folder) = (world.admin().await, tempfile::tempdir().expect("a folder"));
    let root = folder.path();
    let berlin = watching(&admin, "switches/berlin").await;
    let watch = WatchPhoneFolders::below(root);
    // The folder is not there yet: nothing is lost by that, and others are looked at.
    look(&world, &watch).await;
    write(root, "switches/berlin/Master.csv", &log(0..3, 3));
    write(root, "switches/berlin/.partial.csv", &log(5..9, 4));
    watch.run(&world.app).await.expect("looked");
    world.drain().await;
    assert_eq!(imports(&admin, &berlin).await, [], "somebody may still write to it");
    look(&world, &watch).await;
    assert_eq!(imports(&admin, &berlin).await, [done("Master.csv", 3)]);
    // It grows; the same bytes lie there under another name; and a worker begins anew.
    write(root, "switches/berlin/Master.csv", &log(0..5, 5));
    write(root, "switches/berlin/old.csv", &log(0..3, 3));
    look(&world, &watch).await;
    look(&world, &WatchPhoneFolders::below(root)).await;
    assert_eq!(imports(&admin, &berlin).await, [done("Master.csv", 3), done("Master.csv", 2)]);
    // An inbox that takes nothing new is passed over.
    admin.patch(&format!("/inboxes/{berlin}"), json!({ "active": false })).await.good();
    write(root, "switches/berlin/new.csv", &log(6..8, 2));
    look(&world, &watch).await;
    assert_eq!(imports(&admin, &berlin).await.len(), 2);
}

async fn no_file_outside_of_the_folder_is_read(world: Arc<World>) {
    let (admin, folder) = (world.admin().await, tempfile::tempdir().expect("a folder"));
    let (root, outside) = (folder.path().join("logs"), folder.path().join("outside"));
    let (linked, berlin) = (watching(&admin, "linked").await, watching(&admin, "berlin").await);
    write(&outside, "secret.csv", &log(0..1, 1));
    write(&root, "berlin/inner/deeper.csv", &log(1..2, 1));
    write(&root, "berlin/own.csv", &log(2..4, 1));
    std::os::unix::fs::symlink(&outside, root.join("linked")).expect("a link");
    let link = root.join("berlin/link.csv");
    std::os::unix::fs::symlink(outside.join("secret.csv"), link).expect("a link");
    look(&world, &WatchPhoneFolders::below(&root)).await;
    assert_eq!(imports(&admin, &linked).await, []);
    assert_eq!(imports(&admin, &berlin).await, [done("own.csv", 2)]);
}

async fn a_folder_is_named_with_a_mapping_and_below_the_allowed_one(world: Arc<World>) {
    let admin = world.admin().await;
    let phone = watching(&admin, "berlin").await;
    let path = format!("/inboxes/{phone}/phone");
    for folder in ["/etc", "..", "a/../../b", ".ssh", "c:\\logs"] {
        let settings = json!({ "mapping": "Main", "folder": folder });
        admin.put(&path, settings).await.problem(422, "invalid_field");
    }
    admin.put(&path, json!({ "folder": "berlin" })).await.problem(422, "invalid_field");
    assert_eq!(admin.get(&path).await.good()["folder"], "berlin", "it stays as it was");
    assert_eq!(admin.put(&path, json!({})).await.good()["folder"], Value::Null);
}
