//! Files of contacts: tables of people.

use serde_json::Value;
use throughline_app::imports::{RejectedRow, Told};
use throughline_core::identity::Region;
use throughline_ingest::contacts::{self as format, Source, Wrong};

use super::reader::{Reader, cut};

/// How the file is read, or why it cannot be.
pub(super) fn source(json: Value, region: Option<Region>) -> Result<Source, String> {
    let settings = serde_json::from_value(json).map_err(|e| format!("source: {e}"))?;
    let all =
        |wrong: Vec<Wrong>| wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    Source::new(settings, region).map_err(all)
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
        let raw = cut(&raw);
        let told = match result {
            Ok(contact) => Ok(Told::Contact(Box::new(contact), raw)),
            Err(reason) => Err(RejectedRow { place, line, reason, raw }),
        };
        if reader.row(place, line, told).is_break() {
            return;
        }
    }
    reader.end("the file has no row: look at its preview");
}
