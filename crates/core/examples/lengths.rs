//! Holds the counting of lengths against vectors in a file: a JSON object with lists under
//! `sms_segments` (`text`, `encoding`, `segments`, `message_bits`), `x_weighted` (`text`,
//! `weightedLength`), `bluesky` (`text`, `utf8_bytes`, `graphemes`) and `mastodon` (`text_expr`,
//! `spoiler` or `spoiler_expr`, `ok`: whether both together fit into 500; an expression is made of
//! `'text'` and `'text'*times`, joined by ` + `).
//! `cargo run -p throughline-core --example lengths -- vectors.json`

use serde_json::{Value, json};
use throughline_core::length::LengthUnit;
use throughline_core::length::gsm::{Alphabet, sms};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("which file holds the vectors?")?;
    let vectors: Value = serde_json::from_slice(&std::fs::read(path)?)?;
    for (name, count) in
        [("sms_segments", of_sms as Count), ("x_weighted", of_x), ("bluesky", of_bluesky)]
    {
        let rows = vectors.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let wrong: Vec<String> = rows.iter().filter_map(|row| difference(row, count)).collect();
        println!("{name}: {} of {} as told", rows.len() - wrong.len(), rows.len());
        wrong.iter().for_each(|wrong| println!("  {wrong}"));
    }
    let rows = vectors.get("mastodon").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let wrong: Vec<&Value> = rows.iter().filter(|row| !is_as_told(row)).collect();
    println!("mastodon: {} of {} as told", rows.len() - wrong.len(), rows.len());
    wrong.iter().for_each(|wrong| println!("  {wrong}"));
    Ok(())
}

/// Whether a post fits as a row tells. A warning before it counts as well.
fn is_as_told(row: &Value) -> bool {
    let text = |name: &str| row.get(name).and_then(Value::as_str);
    let whole = |plain, expression| text(plain).map(str::to_owned).or(text(expression).map(made));
    let (post, warning) = (whole("text", "text_expr"), whole("spoiler", "spoiler_expr"));
    let count = |text: Option<String>| LengthUnit::Mastodon.count(&text.unwrap_or_default());
    row.get("ok") == Some(&Value::Bool(count(post) + count(warning) <= 500))
}

fn made(expression: &str) -> String {
    let part = |part: &str| {
        let (quoted, times) = part.rsplit_once('*').unwrap_or((part, "1"));
        quoted.trim_matches('\'').repeat(times.parse().unwrap_or(1))
    };
    expression.split(" + ").map(part).collect()
}

type Count = fn(&str) -> Value;

/// What is counted in another way than a row tells.
fn difference(row: &Value, count: Count) -> Option<String> {
    let text = row.get("text")?.as_str()?;
    let counted = count(text);
    let differs = |(name, value): (&String, &Value)| {
        let told = row.get(name)?;
        (told != value).then(|| format!("{name} is {value}, told {told}"))
    };
    let all: Vec<String> = counted.as_object()?.iter().filter_map(differs).collect();
    let start: String = text.chars().take(40).collect();
    (!all.is_empty()).then(|| format!("{start:?}: {}", all.join("; ")))
}

fn of_sms(text: &str) -> Value {
    let told = sms(text);
    let (encoding, bits) = match told.alphabet {
        Alphabet::Gsm => ("GSM-7", 7),
        Alphabet::Ucs2 => ("UCS-2", 16),
    };
    json!({
        "encoding": encoding,
        "segments": told.segments,
        "message_bits": told.units * bits,
    })
}

fn of_x(text: &str) -> Value {
    json!({ "weightedLength": LengthUnit::Weighted.count(text) })
}

fn of_bluesky(text: &str) -> Value {
    json!({
        "utf8_bytes": LengthUnit::Bytes.count(text),
        "graphemes": LengthUnit::Graphemes.count(text),
    })
}
