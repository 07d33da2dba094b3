//! Any bytes are read as the log of any phone system without a panic, within time and memory, and the same
//! in whatever pieces they come. Where they begin with saved settings and an empty line, the rest is read
//! by those; where the first byte is the number of a format, by that; otherwise all of it as it looks, and
//! by one format more.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use throughline_fuzz::{phone, read_tables, saved};
use throughline_ingest::phone::{Settings, Source};

static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(phone::sources);

fn init() {
    read_tables();
    LazyLock::force(&SOURCES);
}

fuzz_target!(init: init(), |bytes: &[u8]| {
    if let Some((settings, file)) = saved::<Settings>(bytes) {
        match Source::new(settings) {
            Ok(source) => phone::takes(file, &source),
            // Who wrote it is told where it is wrong.
            Err(wrong) => assert!(wrong.iter().all(|w| !w.why.is_empty()) && !wrong.is_empty()),
        }
        return;
    }
    let one = bytes.split_first().and_then(|(n, rest)| Some((SOURCES.get(usize::from(*n))?, rest)));
    match one {
        Some((source, rest)) => phone::takes(rest, source),
        None => {
            let looks = phone::as_it_looks(bytes, &SOURCES);
            looks.iter().for_each(|source| phone::takes(bytes, source));
            // And as something that it hardly is; all formats each time would take too long.
            phone::takes(bytes, &SOURCES[bytes.len() % SOURCES.len()]);
        }
    }
});
