//! Prints what `inspect` finds in a corpus, one JSON object a line:
//! `inspect_corpus MANIFEST.jsonl FOLDER`. Each line of the manifest holds at
//! least `id`, `file` and, for bodies without headers, `kind`.

use std::error::Error;
use std::path::Path;
use std::time::Instant;
use std::{env, fs};

use serde_json::Value;
use throughline_mail::{inspect, inspect_html, inspect_text};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let manifest = arguments.next().ok_or("the manifest is missing")?;
    let folder = arguments.next().ok_or("the folder is missing")?;
    for line in fs::read_to_string(manifest)?.lines().filter(|line| !line.is_empty()) {
        let item: Value = serde_json::from_str(line)?;
        println!("{}", report(&item, Path::new(&folder))?);
    }
    Ok(())
}

fn report(item: &Value, folder: &Path) -> Result<Value, Box<dyn Error>> {
    let id = item["id"].as_str().ok_or("an item has no id")?;
    let bytes = fs::read(folder.join(item["file"].as_str().ok_or("an item has no file")?))?;
    let start = Instant::now();
    let report = match item["kind"].as_str() {
        Some("reply_text") => inspect_text(id, &String::from_utf8_lossy(&bytes)),
        Some("reply_html") => inspect_html(id, &String::from_utf8_lossy(&bytes)),
        _ => inspect(id, &bytes),
    };
    let mut report = serde_json::to_value(report)?;
    report["seconds"] = start.elapsed().as_secs_f64().into();
    Ok(report)
}
