//! What decoders must bear: random JSON, fixtures with something else in them, and cut-off bytes.

use std::path::Path;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Map, Value};
use throughline_ingest::Decode;

/// The payloads of a channel in a folder beside this file.
pub fn fixtures(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/channels").join(folder);
    let paths =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("one").path());
    let mut paths: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|end| end == "json" || end == "form"))
        .collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).expect("a payload")).collect()
}

/// Any JSON value that is not too large.
pub fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let name = prop_oneof!["[a-z_]{1,8}", Just("type".to_owned()), Just("text".to_owned())];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((name, inner), 0..4)
                .prop_map(|parts| Value::Object(Map::from_iter(parts))),
        ]
    })
}

/// A payload in which another value stands at one of its places, counted around; a form gets another
/// byte there.
pub fn mutated(bytes: &[u8], place: usize, by: Value) -> Vec<u8> {
    let Ok(mut payload) = serde_json::from_slice::<Value>(bytes) else {
        let mut bytes = bytes.to_vec();
        let at = place % bytes.len();
        bytes[at] = u8::try_from(place % 256).expect("a byte");
        return bytes;
    };
    let mut places = Vec::new();
    collect(&payload, String::new(), &mut places);
    *payload.pointer_mut(&places[place % places.len()]).expect("its own place") = by;
    payload.to_string().into_bytes()
}

fn collect(value: &Value, at: String, places: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            let key = key.replace('~', "~0").replace('/', "~1");
            collect(value, format!("{at}/{key}"), places);
        }),
        Value::Array(list) => {
            list.iter()
                .enumerate()
                .for_each(|(n, value)| collect(value, format!("{at}/{n}"), places));
        }
        _ => {}
    }
    places.push(at);
}

/// Decodes and says how many events came; it may neither panic nor take long.
#[track_caller]
pub fn borne(decoder: &dyn Decode, bytes: &[u8], within: Duration) -> usize {
    let start = Instant::now();
    let events = decoder.decode(bytes).map(|events| events.len()).unwrap_or_default();
    assert!(start.elapsed() < within, "{} bytes took {:?}", bytes.len(), start.elapsed());
    events
}

/// All that a decoder must bear, over the fixtures of its folder.
pub fn check(folder: &str, decoder: &dyn Decode) {
    let fixtures = fixtures(folder);
    let second = Duration::from_secs(1);
    // The rules of telephone numbers are loaded with the first, which takes long without optimisation.
    for fixture in &fixtures {
        borne(decoder, fixture, 30 * second);
    }
    proptest!(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() }, |(json in json(), which in 0..10_000usize, place in 0..10_000usize)| {
        borne(decoder, json.to_string().as_bytes(), second);
        let fixture = &fixtures[which % fixtures.len()];
        borne(decoder, &mutated(fixture, place, json), second);
        borne(decoder, &fixture[..place % fixture.len()], second);
    });
}
