//! What every decoder bears: random JSON, payloads of its own with something changed or cut off, and
//! much of it. It answers, and soon.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Value, json};
use throughline_ingest::Decode;

use crate::leaves::said;

/// The longest that a small payload may take.
const SECOND: Duration = Duration::from_secs(1);
/// How often what took too long is tried again: the machine may have been busy with something else.
const AGAIN: usize = 2;

/// The folder of a channel's payloads.
pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/channels").join(name)
}

/// The files of a channel's payloads, in the order of their names.
pub fn paths(folder: &Path) -> Vec<PathBuf> {
    let paths =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("one").path());
    let is_payload =
        |path: &PathBuf| path.extension().is_some_and(|e| e == "json" || e == "form" || e == "xml");
    let mut paths: Vec<PathBuf> = paths.filter(is_payload).collect();
    paths.sort();
    paths
}

/// The payloads of a channel.
pub fn payloads(name: &str) -> Vec<Vec<u8>> {
    let read = |path| std::fs::read(path).expect("a payload");
    paths(&folder(name)).into_iter().map(read).collect()
}

/// Nothing makes it panic, say two things of the same bytes, or take longer than a second.
pub fn check(name: &str, decoder: &dyn Decode) {
    let payloads = payloads(name);
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) };
    proptest!(config, |(value in any_json(), which in any::<prop::sample::Index>(), place in 0..10_000_usize)| {
        let payload = which.get(&payloads);
        quick(decoder, value.to_string().as_bytes());
        quick(decoder, &with(payload, place, value));
    });
    for payload in &payloads {
        let step = (payload.len() / 100).max(1);
        for end in (0..payload.len()).step_by(step) {
            quick(decoder, &payload[..end]);
        }
    }
    quick(decoder, "[".repeat(100_000).as_bytes());
    quick(decoder, &[0xff; 1000]);
}

fn quick(decoder: &dyn Decode, bytes: &[u8]) {
    borne(decoder, bytes, SECOND);
    assert_eq!(said(decoder, bytes), said(decoder, bytes), "the same bytes say the same");
}

/// Many megabytes are read in a time that grows with them, not with their square; unoptimised as tests
/// are, that is some seconds.
#[track_caller]
pub fn large(decoder: &dyn Decode, bytes: &[u8]) {
    assert!(bytes.len() > 8_000_000, "{} bytes", bytes.len());
    let events = borne(decoder, bytes, Duration::from_secs(60));
    assert!(events > 1000, "{events} events");
}

/// Decodes and says how many events came; it may neither panic nor take long, whenever it is tried.
#[track_caller]
pub fn borne(decoder: &dyn Decode, bytes: &[u8], within: Duration) -> usize {
    let mut took = within;
    for _ in 0..=AGAIN {
        let start = Instant::now();
        let events = decoder.decode(bytes).map(|events| events.len()).unwrap_or_default();
        took = start.elapsed();
        if took < within {
            return events;
        }
    }
    panic!("{} bytes took {took:?}", bytes.len());
}

/// A payload in which one thing, an inner one or a leaf, is another; a form gets another byte.
fn with(payload: &[u8], place: usize, other: Value) -> Vec<u8> {
    let Ok(mut value) = serde_json::from_slice::<Value>(payload) else {
        let mut bytes = payload.to_vec();
        let at = place % bytes.len();
        bytes[at] = u8::try_from(place % 256).expect("a byte");
        return bytes;
    };
    let mut pointers = Vec::new();
    collect(&value, String::new(), &mut pointers);
    *value.pointer_mut(&pointers[place % pointers.len()]).expect("its own place") = other;
    value.to_string().into_bytes()
}

fn collect(value: &Value, at: String, pointers: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            let key = key.replace('~', "~0").replace('/', "~1");
            collect(value, format!("{at}/{key}"), pointers);
        }),
        Value::Array(list) => list.iter().enumerate().for_each(|(place, value)| {
            collect(value, format!("{at}/{place}"), pointers);
        }),
        _ => {}
    }
    pointers.push(at);
}

/// Any JSON value that is not too large.
pub fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        ".{0,20}".prop_map(Value::from),
        "[0-9]{0,25}".prop_map(Value::from),
    ];
    let name = prop_oneof![prop::sample::select(NAMES).prop_map(str::to_owned), "[a-z_]{1,8}"];
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
    "event",
    "Body",
];
