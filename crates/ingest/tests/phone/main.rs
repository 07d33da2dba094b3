//! Whole logs of phone systems, read as an import reads them: what calls they tell, what is rejected, and
//! that reading them again, in another form or another order, changes nothing.

#![allow(clippy::expect_used, clippy::panic, reason = "a helper of a test fails the test")]

mod formats;
mod hostile;
mod mapped;

use throughline_core::call::{Call, Leg, Party, group};
use throughline_ingest::phone::{self, Row, Settings, Source};

/// Settings of a format in Germany.
fn settings(format: &str) -> Settings {
    Settings {
        time_zone: "Europe/Berlin".to_owned(),
        region: "DE".to_owned(),
        ..Settings::of(format)
    }
}

#[track_caller]
fn source(settings: Settings) -> Source {
    Source::new(settings).expect("good settings")
}

#[track_caller]
fn rows(bytes: &[u8], settings: Settings) -> Vec<Row> {
    let rows = phone::read(bytes, &source(settings)).expect("a file");
    rows.map(|row| row.expect("no fault of reading")).collect()
}

fn legs(rows: &[Row]) -> Vec<Leg> {
    rows.iter().filter_map(|row| row.result.as_ref().ok()).flatten().cloned().collect()
}

/// What is rejected, by the number of the row.
fn rejected(rows: &[Row]) -> Vec<String> {
    let bad = rows.iter().filter_map(|row| Some((row.number, row.result.as_ref().err()?)));
    bad.map(|(number, why)| format!("{number}: {why}")).collect()
}

/// The calls of a file, each in one line.
#[track_caller]
fn told(rows: &[Row]) -> Vec<String> {
    group(legs(rows)).iter().map(line).collect()
}

fn end(party: &Party) -> String {
    let number = party.number.as_ref();
    let written = number.map_or("?", |number| number.e164.as_deref().unwrap_or(&number.raw));
    match &party.name {
        Some(name) => format!("{written} ({name})"),
        None => written.to_owned(),
    }
}

fn line(call: &Call) -> String {
    let customer = call.customer.as_ref().map_or_else(|| "nobody".to_owned(), end);
    let number =
        |value: Option<u32>| value.map_or_else(|| "?".to_owned(), |value| value.to_string());
    let mut line = format!(
        "{} {} {customer} {} talk {} wait {}",
        call.started.to_string().replace(".000000Z", "Z"),
        call.direction,
        call.disposition,
        number(call.talk_seconds),
        number(call.wait_seconds),
    );
    let lists =
        [("ext", &call.extensions), ("to", &call.transferred_to), ("rec", &call.recordings)];
    for (name, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        line += &format!(" {name} {}", list.join("+"));
    }
    line + &format!(" legs {}", call.legs.len())
}
