//! What became of a file, for people and for programs.

use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};
use throughline_app::App;
use throughline_app::imports::{self, Import, ImportCounts, ImportKind};
use throughline_core::actor::Actor;
use throughline_core::import::REJECTED_HEADER;
use throughline_ingest::contacts::ContactPreview;
use throughline_ingest::phone_preview::Preview;

use crate::error::Failure;

/// How far it is, in a few words.
pub fn short(kind: ImportKind, counts: &ImportCounts) -> String {
    let ImportCounts { rows, calls_new, customers_new, mails_new, rejected, .. } = counts;
    let new = match kind {
        ImportKind::Calls => format!("{calls_new} new calls"),
        ImportKind::Contacts => format!("{customers_new} new customers"),
        ImportKind::Mail => format!("{mails_new} new mails"),
    };
    format!("{rows} rows, {new}, {rejected} rejected")
}

/// One JSON object.
pub fn json(import: &Import) -> String {
    json!({
        "import": import.id,
        "file": import.name,
        "state": import.state,
        "counts": import.counts,
        "checked": import.checked,
        "reason": import.reason,
    })
    .to_string()
}

/// Text for people.
pub fn text(import: &Import) -> String {
    let Import { id, kind, name, state, counts, checked, reason, .. } = import;
    let mut lines = vec![format!("{name}: {state} ({id})")];
    match checked {
        Some(found) if counts.rows == 0 => {
            lines.push("dry run: nothing was stored; this would become of it".to_owned());
            lines.extend(told(*kind, found));
        }
        _ => lines.extend(told(*kind, counts)),
    }
    if let Some(reason) = reason {
        lines.push(format!("failed: {reason}"));
    }
    lines.join("\n")
}

fn told(kind: ImportKind, counts: &ImportCounts) -> Vec<String> {
    let ImportCounts { rows, rejected, .. } = counts;
    let mut lines = vec![format!("rows       {rows}: {rejected} rejected")];
    match kind {
        ImportKind::Calls => lines.extend(told_of_calls(counts)),
        ImportKind::Contacts => {
            let ImportCounts { customers_new, customers_changed, customers_known, .. } = counts;
            lines.push(format!(
                "customers  {customers_new} new, {customers_changed} changed, {customers_known} as known"
            ));
            lines.push(format!("companies  {} new", counts.organizations_new));
        }
        ImportKind::Mail => {
            lines
                .push(format!("mails      {} new, {} known", counts.mails_new, counts.mails_known));
        }
    }
    lines
}

fn told_of_calls(counts: &ImportCounts) -> [String; 3] {
    let ImportCounts { legs_new, legs_known, legs_changed, .. } = counts;
    let ImportCounts { calls_new, calls_extended, without_number, customers_new, .. } = counts;
    [
        format!("legs       {legs_new} new, {legs_known} known, {legs_changed} changed"),
        format!(
            "calls      {calls_new} new ({without_number} of nobody), {calls_extended} extended"
        ),
        format!("customers  {customers_new} new"),
    ]
}

/// What a file of calls will be read as, as JSON.
pub fn calls_preview(found: &Preview) -> String {
    let row = |row: &throughline_ingest::phone::Row| match &row.result {
        Ok(legs) => json!({ "row": row.number, "line": row.line, "legs": legs }),
        Err(why) => {
            let raw = &row.raw;
            json!({ "row": row.number, "line": row.line, "error": why.to_string(), "raw": raw })
        }
    };
    let rows: Vec<Value> = found.rows.iter().map(row).collect();
    let wrong: Vec<String> = found.wrong.iter().map(ToString::to_string).collect();
    let all = json!({
        "looks": found.looks,
        "source": found.settings,
        "wrong": wrong,
        "unreadable": found.unreadable,
        "rows": rows,
        "calls": found.calls,
    });
    serde_json::to_string_pretty(&all).unwrap_or_default()
}

/// What a file of contacts will be read as, as JSON.
pub fn contacts_preview(found: &ContactPreview) -> String {
    let row = |row: &throughline_ingest::contacts::Row| match &row.result {
        Ok(contact) => json!({ "row": row.number, "line": row.line, "contact": contact }),
        Err(why) => json!({ "row": row.number, "line": row.line, "error": why, "raw": row.raw }),
    };
    let rows: Vec<Value> = found.rows.iter().map(row).collect();
    let wrong: Vec<String> = found.wrong.iter().map(ToString::to_string).collect();
    let all = json!({
        "encoding": found.encoding,
        "separator": found.separator,
        "has_header": found.has_header,
        "columns": found.columns,
        "source": found.settings,
        "wrong": wrong,
        "unreadable": found.unreadable,
        "rows": rows,
    });
    serde_json::to_string_pretty(&all).unwrap_or_default()
}

/// Writes the rows that could not be read to a file.
pub async fn rejected(app: &App, import: &Import, path: &Path) -> Result<(), Failure> {
    let trouble =
        |error: std::io::Error| Failure::new(format!("cannot write {}: {error}", path.display()));
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).map_err(trouble)?);
    file.write_all(REJECTED_HEADER.as_bytes()).map_err(trouble)?;
    let mut after = 0;
    loop {
        let rows = imports::rejected(app, &Actor::system(), import.id, after).await?;
        let Some(last) = rows.last() else { break };
        after = last.place;
        for row in &rows {
            file.write_all(row.csv().as_bytes()).map_err(trouble)?;
        }
    }
    file.flush().map_err(trouble)
}
