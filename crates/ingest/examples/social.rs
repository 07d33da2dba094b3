//! Shows in short what the channels that are asked make of payloads in a folder, whose parts say of which
//! channel they are (`mastodon`, `bluesky`, `feeds`, `reviews/appstore…`, `reviews/google_play…`), and
//! which leaves are not read:
//! `cargo run -p throughline-ingest --example social -- folder`

#[path = "../tests/channels/leaves.rs"]
#[allow(clippy::expect_used, dead_code, reason = "it is made for the tests, which use all of it")]
mod leaves;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use throughline_ingest::hooks::Account;
use throughline_ingest::registry;

/// The channel of a file, and how an inbox of it is set up.
fn channel(path: &Path) -> Option<(&'static str, Value)> {
    let folder = path.parent()?.file_name()?.to_str()?;
    let name = path.file_name()?.to_str()?;
    Some(match folder {
        "mastodon" => ("mastodon", json!({ "server": "localhost:3000" })),
        "bluesky" => ("bluesky", json!({ "handle": "kiosk.example" })),
        "feeds" => ("feed", json!({ "url": "https://feed.example/" })),
        "reviews" if name.starts_with("appstore") => {
            ("app_store", json!({ "app_id": "1", "issuer_id": "i", "key_id": "k" }))
        }
        "reviews" if name.starts_with("google_play") => {
            ("google_play", json!({ "package_name": "org.example" }))
        }
        _ => return None,
    })
}

fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// An event in one line.
fn line(event: &Value) -> String {
    let text = |pointer: &str| event.pointer(pointer).map(Value::to_string).unwrap_or_default();
    let what = event["what"].as_object().and_then(|what| what.iter().next());
    let (kind, what) =
        what.map_or(("?", json!(null)), |(kind, what)| (kind.as_str(), what.clone()));
    let said = what.pointer("/content/text").or(what.pointer("/text")).unwrap_or(&Value::Null);
    let more = what.get("rating").map(Value::to_string).unwrap_or_default();
    let title = what.get("title").map(Value::to_string).unwrap_or_default();
    format!(
        "{kind} {} at {} by {} {} in {} ({}): {title} {said} {more}",
        text("/key"),
        text("/occurred_at"),
        text("/who/name"),
        text("/who/hints/0/key/value"),
        text("/conversation/key"),
        text("/conversation/audience"),
    )
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("which folder?")?;
    let (mut read, mut passed_over) = (0, 0);
    for path in files(Path::new(&folder))? {
        let Some((name, settings)) = channel(&path) else {
            passed_over += 1;
            continue;
        };
        read += 1;
        let kind = registry::named(name).ok_or("there is no such channel")?;
        let settings = settings.as_object().cloned().unwrap_or_default();
        let account = Account { settings, ..Account::default() };
        let decoder = (kind.decoder)(&account)?;
        let bytes = std::fs::read(&path)?;
        println!("== {}", path.display());
        match leaves::said(decoder.as_ref(), &bytes) {
            Value::Array(events) => events.iter().for_each(|event| println!("  {}", line(event))),
            other => println!("  {other}"),
        }
        if path.extension().is_some_and(|extension| extension == "json") {
            let mut unread = leaves::unread(decoder.as_ref(), &bytes);
            unread.truncate(60);
            println!("  not read: {}", unread.join(" "));
        }
    }
    println!("{read} files read, {passed_over} of other channels");
    Ok(())
}
