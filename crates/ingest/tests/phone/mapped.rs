//! Tables of phone systems that nobody knows, by a mapping.

use serde_json::json;
use throughline_core::call::group;
use throughline_ingest::phone::{self, Encoding, Settings, Source};

use super::{legs, rejected, rows, settings, told};

const GERMAN: &str = include_str!("german.csv");

fn german() -> Settings {
    let mapping = json!({
        "columns": [
            {"column": "Datum", "field": "started"}, {"column": "Uhrzeit", "field": "started"},
            {"column": "Richtung", "field": "direction"}, {"column": "rufnummer", "field": "customer"},
            {"column": "Name", "field": "customer_name"}, {"column": "#6", "field": "extension"},
            {"column": "Dauer", "field": "talk"}, {"column": "Status", "field": "disposition"},
            {"column": "Kosten", "field": "cost"},
        ],
        "time_format": "%d.%m.%Y %H:%M:%S",
        "decimal_mark": "comma",
        "duration_unit": "minutes",
        "dispositions": {"angenommen": "answered"},
        "ignore": ["Anrufliste", "Summe"],
    });
    Settings {
        mapping: Some(serde_json::from_value(mapping).expect("a mapping")),
        header: Some(true),
        dst: throughline_core::call::DstPolicy::Later,
        ..settings("mapped")
    }
}

#[test]
fn a_table_is_read_by_its_mapping() {
    let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(GERMAN);
    let looks = phone::look(&bytes);
    assert_eq!((looks.encoding, looks.separator), (Encoding::Windows1252, Some(';')));
    let rows = rows(&bytes, german());
    assert_eq!(
        told(&rows),
        [
            "2026-10-25T01:30:00Z inbound +4930123456 (Jürgen Weiß) answered talk 75 wait ? ext 101 legs 1",
            "2026-10-25T08:00:00Z outbound +491710000012 (Größe \"XL\"; Handel) busy talk 0 wait ? ext 102 legs 1",
            "2026-10-26T10:00:00Z inbound +4930123458 unknown talk ? wait ? ext 101 legs 1",
        ]
    );
    let why = rejected(&rows);
    assert_eq!(why.len(), 2);
    assert!(why[0].contains("3: Richtung: 'Rückruf' is no direction that is known"), "{why:?}");
    assert!(why[1].contains("4: Dauer: 'xx' is no number of minutes"), "{why:?}");
    let call = &group(legs(&rows))[1];
    assert_eq!(call.cost.as_ref().map(|cost| cost.amount.as_str()), Some("1234.50"));
    assert_eq!((rows[0].line, rows[1].line, rows[2].line), (3, 4, 6), "a cell may hold two lines");
}

#[test]
fn the_same_table_is_the_same_however_it_is_written() {
    let utf16: Vec<u8> = GERMAN.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let tabs = GERMAN.replace(';', "\t");
    let mark = [&[0xef, 0xbb, 0xbf], GERMAN.replace('\n', "\r\n").as_bytes()].concat();
    let plain = legs(&rows(GERMAN.as_bytes(), german()));
    assert_eq!(plain.len(), 3);
    assert_eq!(legs(&rows(&utf16, german())), plain);
    // The second row has a separator and an end of a line within a cell, which are its own.
    for other in [tabs.as_bytes(), &mark] {
        let other = legs(&rows(other, german()));
        assert_eq!((&other[0], &other[2]), (&plain[0], &plain[2]));
        assert_eq!(other[1].started, plain[1].started);
    }
}

#[test]
fn settings_that_cannot_be_are_told_all_at_once() {
    let wrong = |settings| {
        let wrong = Source::new(settings).expect_err("wrong settings");
        wrong.iter().map(|wrong| wrong.field).collect::<Vec<_>>()
    };
    assert_eq!(wrong(Settings::of("asterix")), ["format"]);
    assert_eq!(wrong(Settings::of("asterisk_csv")), ["time_zone"]);
    let mut many = Settings::of("mapped");
    many.time_zone = "Europe/Berlim".to_owned();
    many.region = "Germany".to_owned();
    many.separator = Some('x');
    assert_eq!(wrong(many), ["time_zone", "region", "separator", "mapping"]);
    let mut empty = german();
    empty.mapping = Some(serde_json::from_value(json!({"columns": []})).expect("a mapping"));
    assert_eq!(wrong(empty), ["mapping", "mapping"]);
    let mut missing = german();
    let mapping = missing.mapping.as_mut().expect("a mapping");
    mapping.columns[4].column = "Vorname".to_owned();
    let why = rejected(&rows(GERMAN.as_bytes(), missing));
    assert_eq!(why[0], "1: Vorname: the file has no such column");
    let kept = serde_json::to_value(german()).expect("settings are saved");
    assert_eq!(serde_json::from_value::<Settings>(kept).expect("and read"), german());
}
