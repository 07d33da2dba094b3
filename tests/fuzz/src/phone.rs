//! How phone logs are read: by each format, and as they look.

use std::io::Read;

use throughline_core::call::{DstPolicy, Leg, group};
use throughline_ingest::phone::{HEAD_BYTES, Row, Settings, Source, formats, look, read};
use throughline_ingest::phone_preview::preview;

use crate::Pieces;

/// The settings of a format, with what all formats take: enough for numbers of every kind, and for times
/// that come twice.
fn settings(format: &str) -> Settings {
    Settings {
        time_zone: "Europe/Berlin".to_owned(),
        dst: DstPolicy::Earlier,
        region: "DE".to_owned(),
        outside_prefix: "0".to_owned(),
        own_numbers: vec!["+49301234500".to_owned()],
        trunks: vec!["PJSIP/trunk".to_owned()],
        ..Settings::of(format)
    }
}

/// Every format that needs no mapping.
pub fn sources() -> Vec<Source> {
    let own = formats().iter().filter(|format| !format.needs_mapping);
    own.map(|format| Source::new(settings(format.name)).expect("settings")).collect()
}

/// The way of reading a file that its looks tell, if they tell one. A preview shows the same.
pub fn as_it_looks<'a>(bytes: &[u8], sources: &'a [Source]) -> Option<&'a Source> {
    let format = look(bytes.get(..HEAD_BYTES).unwrap_or(bytes)).format?;
    let source = sources.iter().find(|source| source.settings().format == format)?;
    let shown = preview(bytes, true, Some(source.settings().clone()), 3);
    assert!(shown.wrong.is_empty(), "{:?}", shown.wrong);
    let rows = read(bytes, source).expect("memory does not fail");
    let rows: Vec<Row> = rows.map_while(Result::ok).take(shown.rows.len()).collect();
    assert_eq!(shown.rows, rows, "a preview shows what is read");
    Some(source)
}

/// All rows are read, the same whatever pieces the bytes come in; and the legs are such that calls can be
/// made of them and put away.
pub fn takes(bytes: &[u8], source: &Source) {
    let whole: Vec<_> = all(bytes, source);
    assert_eq!(whole, all(Pieces::of(bytes), source));
    let (mut number, mut line) = (0, 0);
    let mut legs: Vec<Leg> = Vec::new();
    for row in whole.into_iter().flatten() {
        // What the end of a file tells has the number of the last row.
        assert!(
            row.number == number + 1 || (row.number == number && row.raw.is_empty()),
            "{row:?}"
        );
        assert!(row.line >= line, "{row:?}");
        (number, line) = (row.number, row.line);
        match row.result {
            Ok(told) => legs.extend(told),
            Err(why) => assert!(!why.why.is_empty(), "a row is rejected without a reason"),
        }
    }
    legs.iter().for_each(keeps);
    let calls = group(legs.iter().cloned());
    for call in &calls {
        let kept = serde_json::to_value(call).expect("plain data");
        assert_eq!(
            &serde_json::from_value::<throughline_core::call::Call>(kept).expect("it"),
            call
        );
    }
    legs.reverse();
    assert_eq!(calls.len(), group(legs).len());
}

fn all(input: impl Read, source: &Source) -> Vec<Result<Row, String>> {
    let rows = read(input, source).expect("memory does not fail");
    rows.map(|row| row.map_err(|error| error.to_string())).collect()
}

/// A leg can be known again, put away and taken out.
fn keeps(leg: &Leg) {
    assert!(!leg.call.is_empty() && !leg.key.is_empty() && !leg.hash.is_empty(), "{leg:?}");
    let kept = serde_json::to_string(leg).expect("plain data");
    assert!(!kept.contains("\\u0000"), "no database keeps it: {kept}");
    assert_eq!(&serde_json::from_str::<Leg>(&kept).expect("its own form"), leg);
}
