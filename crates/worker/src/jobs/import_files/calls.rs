//! Files of calls: the logs of phone systems.

use serde_json::Value;
use throughline_app::imports::{RejectedRow, Told};
use throughline_ingest::phone::{self as format, Source, Wrong};

use super::reader::{Reader, cut};

/// How the file is read, or why it cannot be.
pub(super) fn source(json: Value) -> Result<Source, String> {
    let settings = serde_json::from_value(json).map_err(|e| format!("source: {e}"))?;
    let all =
        |wrong: Vec<Wrong>| wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    Source::new(settings).map_err(all)
}

/// Reads the file to its end, unless nobody listens any more.
pub(super) fn read(input: impl std::io::Read, source: &Source, reader: &mut Reader<'_>) {
    let rows = match format::read(input, source) {
        Ok(rows) => rows,
        Err(error) => return reader.trouble(&error),
    };
    for next in rows {
        let format::Row { number: place, line, raw, result } = match next {
            Ok(row) => row,
            Err(error) => return reader.trouble(&error),
        };
        let rejected = |why: format::Rejection| RejectedRow {
            place,
            line,
            reason: why.to_string(),
            raw: cut(&raw),
        };
        if reader.row(place, line, result.map(Told::Legs).map_err(rejected)).is_break() {
            return;
        }
    }
    let name = &source.settings().format;
    reader.end(&format!("the file has no row of the format {name}: look at its preview"));
}
