//! Any bytes are read by the decoder of any channel without a panic, within time and memory. Where the
//! first byte is the number of an inbox, the rest comes to that one; otherwise all of it comes to each, so
//! that payloads are good seeds as they are.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use throughline_fuzz::{Inbox, inboxes};

static INBOXES: LazyLock<Vec<Inbox>> = LazyLock::new(inboxes);

fuzz_target!(init: { LazyLock::force(&INBOXES); }, |bytes: &[u8]| {
    let one = bytes.split_first().and_then(|(n, rest)| Some((INBOXES.get(usize::from(*n))?, rest)));
    match one {
        Some((inbox, rest)) => inbox.takes(rest),
        None => INBOXES.iter().for_each(|inbox| inbox.takes(bytes)),
    }
});
