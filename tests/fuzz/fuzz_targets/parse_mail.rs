//! Any bytes are parsed without a panic, within time and memory. Seed it with
//! the project's own mails: `cargo fuzz run parse_mail ../corpus/mail`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use throughline_mail::{inspect, parse};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(mail) = parse(bytes) {
        assert!(!mail.text.contains('\0'));
    }
    let report = inspect("fuzz", bytes);
    assert!(report.facts.is_some() != report.error.is_some());
});
