//! Shows what calls the logs in a folder tell, and whether Asterisk's own scenarios become the calls that
//! they should: `cargo run -p throughline-ingest --example phone -- FOLDER`
//!
//! `asterisk/scenarios.json` holds the names of the columns, the rows of each scenario, and of some of
//! them how many calls they are and for how long the customer talked. All other files are shown.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use throughline_core::call::{Call, Disposition, Leg, group};
use throughline_ingest::phone::{self, Settings, Source};

#[derive(Deserialize)]
struct Scenarios {
    columns: Vec<String>,
    scenarios: BTreeMap<String, Vec<BTreeMap<String, Value>>>,
    expected_calls: BTreeMap<String, Expected>,
}

#[derive(Deserialize, Default)]
struct Expected {
    calls: Option<usize>,
    answered: Option<bool>,
    talk_seconds: Option<u32>,
    customer_talk_seconds: Option<u32>,
}

/// Settings under which the samples are read.
fn settings(format: &str) -> Settings {
    let time_zone = "Europe/Berlin".to_owned();
    Settings { time_zone, region: "DE".to_owned(), ..Settings::of(format) }
}

/// The legs of a log, and what was rejected.
fn read(bytes: &[u8], format: &str) -> Result<(Vec<Leg>, Vec<String>), Box<dyn Error>> {
    let source = Source::new(settings(format)).map_err(|wrong| format!("{wrong:?}"))?;
    let (mut legs, mut rejected) = (Vec::new(), Vec::new());
    for row in phone::read(bytes, &source)? {
        let row = row?;
        match row.result {
            Ok(found) => legs.extend(found),
            Err(why) => rejected.push(format!("row {}: {why}", row.number)),
        }
    }
    Ok((legs, rejected))
}

/// A row as Asterisk writes it: texts in quotes, numbers bare, and nothing for a time that is none.
fn written(columns: &[String], row: &BTreeMap<String, Value>) -> String {
    let cell = |name: &String| match row.get(name) {
        Some(Value::String(text))
            if text.is_empty() && matches!(name.as_str(), "answer" | "start" | "end") =>
        {
            String::new()
        }
        Some(Value::String(text)) => format!("\"{}\"", text.replace('"', "\"\"")),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    columns.iter().map(cell).collect::<Vec<_>>().join(",")
}

fn is_as_expected(calls: &[Call], expected: &Expected) -> bool {
    let answered = calls.iter().any(|call| call.disposition == Disposition::Answered);
    let talk = calls.first().and_then(|call| call.talk_seconds);
    let wanted = expected.customer_talk_seconds.or(expected.talk_seconds);
    calls.len() == expected.calls.unwrap_or(1)
        && expected.answered.is_none_or(|wanted| wanted == answered)
        && wanted.is_none_or(|wanted| Some(wanted) == talk)
}

fn scenarios(path: &Path) -> Result<bool, Box<dyn Error>> {
    let all: Scenarios = serde_json::from_slice(&std::fs::read(path)?)?;
    let mut right = 0;
    for (name, rows) in &all.scenarios {
        let lines: Vec<String> = rows.iter().map(|row| written(&all.columns, row)).collect();
        let (mut legs, rejected) = read(lines.join("\n").as_bytes(), "asterisk_csv")?;
        let calls = group(legs.clone());
        legs.reverse();
        let expected = all.expected_calls.get(name);
        let good = is_as_expected(&calls, expected.unwrap_or(&Expected::default()));
        let good = good && rejected.is_empty() && group(legs) == calls;
        right += usize::from(good);
        println!("{} {name}: {} rows", if good { "right" } else { "WRONG" }, rows.len());
        calls.iter().for_each(show);
    }
    println!("{right} of {} scenarios are as they should be", all.scenarios.len());
    Ok(right == all.scenarios.len())
}

fn show(call: &Call) {
    let customer = call.customer.as_ref().and_then(|party| party.number.as_ref());
    println!(
        "  {} {} {} {}, talk {:?} s, wait {:?} s, {} legs, extensions {:?}, handed on to {:?}",
        call.started,
        call.direction,
        customer.map_or("nobody", |number| number.e164.as_deref().unwrap_or(&number.raw)),
        call.disposition,
        call.talk_seconds,
        call.wait_seconds,
        call.legs.len(),
        call.extensions,
        call.transferred_to,
    );
}

/// The files in a folder and in those within.
fn files(folder: &Path) -> std::io::Result<Vec<std::path::PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true => found.extend(files(&path)?),
            false => found.push(path),
        }
    }
    found.sort();
    Ok(found)
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("which folder?")?;
    let folder = Path::new(&folder);
    for path in files(folder)?.iter().filter(|path| !path.ends_with("scenarios.json")) {
        let bytes = std::fs::read(path)?;
        let looks = phone::look(&bytes);
        let Some(format) = looks.format else {
            println!("== {}: of no format that is known", path.display());
            continue;
        };
        let (legs, rejected) = read(&bytes, format)?;
        println!(
            "== {}: {format}, {} legs, {} rejected",
            path.display(),
            legs.len(),
            rejected.len()
        );
        rejected.iter().for_each(|why| println!("  {why}"));
        group(legs).iter().for_each(show);
    }
    let path = folder.join("asterisk").join("scenarios.json");
    if scenarios(&path)? { Ok(()) } else { Err("some scenarios are grouped wrongly".into()) }
}
