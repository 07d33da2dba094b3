//! Any text is refused as a mapping or maps any delivery. An input is the mapping, a line that is empty,
//! and the delivery.

#![no_main]

use libfuzzer_sys::fuzz_target;
use throughline_fuzz::{read, read_tables};
use throughline_ingest::webhook::mapping::{Mapping, try_on};

fuzz_target!(init: read_tables(), |bytes: &[u8]| {
    let border = bytes.windows(2).position(|two| two == b"\n\n").unwrap_or(bytes.len());
    let (given, payload) = bytes.split_at(border);
    let payload = payload.get(2..).unwrap_or_default();
    let Ok(given) = serde_json::from_slice(given) else { return };
    match Mapping::read(&given) {
        Ok(mapping) => {
            read(&mapping, payload);
            if let Ok(trial) = try_on(Some(&given), payload) {
                assert!(trial.events.len() <= trial.count);
                assert!(trial.findings.iter().all(|finding| finding.event < trial.events.len()));
            }
        }
        // Who wrote it is told where it is wrong, and what would be right.
        Err(wrong) => assert!(!wrong.place.is_empty() && !wrong.expected.is_empty()),
    }
});
