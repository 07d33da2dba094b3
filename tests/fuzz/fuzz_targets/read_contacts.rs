//! Any bytes are read as a table of contacts without a panic, within time and memory, and the same in
//! whatever pieces they come. Where they begin with saved settings and an empty line, the rest is read by
//! those; otherwise by what a preview makes of them, and the preview shows what is read.

#![no_main]

use libfuzzer_sys::fuzz_target;
use throughline_core::identity::Region;
use throughline_fuzz::{Pieces, read_tables, saved};
use throughline_ingest::contacts::{HEAD_BYTES, Row, Settings, Source, preview, read};

fn all(input: impl std::io::Read, source: &Source) -> Vec<Result<Row, String>> {
    let rows = read(input, source).expect("memory does not fail");
    rows.map(|row| row.map_err(|error| error.to_string())).collect()
}

fn takes(bytes: &[u8], source: &Source) -> Vec<Result<Row, String>> {
    let whole = all(bytes, source);
    assert_eq!(whole, all(Pieces::of(bytes), source));
    let (mut number, mut line) = (0, 0);
    for row in whole.iter().flatten() {
        assert!(row.number == number + 1 && row.line >= line, "{row:?}");
        (number, line) = (row.number, row.line);
        match &row.result {
            Ok(contact) => {
                let told = format!("{contact:?}");
                assert!(!told.contains("\\0"), "no database keeps it: {told}");
            }
            Err(why) => assert!(!why.is_empty(), "a row is rejected without a reason"),
        }
    }
    whole
}

fuzz_target!(init: read_tables(), |bytes: &[u8]| {
    let region = Region::parse("TR");
    if let Some((settings, file)) = saved::<Settings>(bytes) {
        match Source::new(settings, region) {
            Ok(source) => drop(takes(file, &source)),
            Err(wrong) => assert!(wrong.iter().all(|w| !w.why.is_empty()) && !wrong.is_empty()),
        }
        return;
    }
    let shown = preview(bytes, true, None, region, 3);
    let Ok(source) = Source::new(shown.settings, region) else { return };
    let rows = takes(bytes, &source);
    if bytes.len() <= HEAD_BYTES && shown.unreadable.is_none() {
        let first = rows.into_iter().map_while(Result::ok).take(shown.rows.len());
        assert_eq!(shown.rows, first.collect::<Vec<_>>(), "a preview shows what is read");
    }
});
