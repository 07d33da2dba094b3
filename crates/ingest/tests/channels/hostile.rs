//! What every decoder bears: random JSON, payloads of its own with something changed or cut off, and
//! much of it. It answers, and soon.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use throughline_ingest::Decode;

use crate::leaves::said;

/// The folder of a channel's payloads.
pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/channels").join(name)
}

/// Nothing makes it panic, say two things of the same bytes, or take longer than a second.
pub fn check(name: &str, decoder: &dyn Decode) {
    let payloads = payloads(name);
    // What is made once, such as the table of the world's numbers, is made before.
    payloads.iter().for_each(|payload| drop(said(decoder, payload.to_string().as_bytes())));
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) };
    let input = (0..payloads.len(), any::<prop::sample::Index>(), any_json(), any::<bool>());
    TestRunner::new(config)
        .run(&input, |(which, place, value, alone)| {
            let changed = match alone {
                true => value,
                false => with(payloads.get(which).cloned().unwrap_or_default(), place, value),
            };
            quick(decoder, changed.to_string().as_bytes());
            Ok(())
        })
        .expect("it bears all");
    for payload in &payloads {
        let text = payload.to_string();
        let step = (text.len() / 100).max(1);
        for end in (0..text.len()).step_by(step) {
            quick(decoder, text.as_bytes().get(..end).unwrap_or_default());
        }
    }
    quick(decoder, "[".repeat(100_000).as_bytes());
    quick(decoder, &[0xff; 1000]);
}

/// Many megabytes are read in a time that grows with them, not with their square; unoptimised as tests
/// are, that is some seconds.
pub fn large(decoder: &dyn Decode, bytes: &[u8]) {
    assert!(bytes.len() > 8_000_000, "{} bytes", bytes.len());
    let start = Instant::now();
    let events = decoder.decode(bytes).expect("events").len();
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    assert!(events > 1000, "{events} events");
}

fn quick(decoder: &dyn Decode, bytes: &[u8]) {
    let start = Instant::now();
    let first = said(decoder, bytes);
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    assert_eq!(first, said(decoder, bytes), "the same bytes say the same");
}

fn payloads(name: &str) -> Vec<Value> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder(name))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    paths.sort();
    let read = |path: PathBuf| {
        let bytes = std::fs::read(path).expect("a payload");
        serde_json::from_slice(&bytes).expect("JSON")
    };
    paths.into_iter().map(read).collect()
}

/// A payload in which one thing, an inner one or a leaf, is another.
fn with(mut payload: Value, place: prop::sample::Index, other: Value) -> Value {
    let mut pointers = Vec::new();
    collect(&payload, String::new(), &mut pointers);
    let pointer = place.get(&pointers).clone();
    if let Some(value) = payload.pointer_mut(&pointer) {
        *value = other;
    }
    payload
}

fn collect(value: &Value, at: String, pointers: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                collect(
                    value,
                    format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")),
                    pointers,
                );
            }
        }
        Value::Array(list) => {
            for (place, value) in list.iter().enumerate() {
                collect(value, format!("{at}/{place}"), pointers);
            }
        }
        _ => {}
    }
    pointers.push(at);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        "\\PC{0,20}".prop_map(Value::from),
        "[0-9]{0,25}".prop_map(Value::from),
    ];
    let name = prop_oneof![prop::sample::select(NAMES).prop_map(str::to_owned), "[a-z_]{1,8}",];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..6)
                .prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

/// Names that the decoders look for, so that random JSON gets past their doors.
const NAMES: &[&str] = &[
    "id",
    "type",
    "message",
    "messages",
    "chat",
    "from",
    "date",
    "text",
    "photo",
    "entry",
    "changes",
    "value",
    "field",
    "update_id",
    "result",
    "statuses",
    "contacts",
    "status",
    "timestamp",
    "user",
];
