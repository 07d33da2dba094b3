//! What a table of contacts will be read as, before it is: how it looks, and its first rows by given
//! settings. Pure: the first bytes are handed in.

use throughline_core::identity::Region;

use super::read::{Found, read};
use super::settings::{Settings, Source};
use super::{HEAD_BYTES, Row, guess};
use crate::tables::{Column, Encoding, Wrong, columns, first_rows, is_turkish};

/// The most rows of a preview.
const MAX_ROWS: usize = 200;

/// What a file will be read as.
#[derive(Debug)]
pub struct ContactPreview {
    /// The encoding.
    pub encoding: Encoding,
    /// The separator of columns.
    pub separator: char,
    /// Whether the first row names the columns.
    pub has_header: bool,
    /// The columns.
    pub columns: Vec<Column>,
    /// By which settings its first rows were read.
    pub settings: Settings,
    /// What is wrong with the settings; the rows are then not read.
    pub wrong: Vec<Wrong>,
    /// Why the file cannot be read by these settings at all.
    pub unreadable: Option<String>,
    /// The first rows.
    pub rows: Vec<Row>,
}

/// Reads the first rows of a file: by settings if some are given, else by what it looks like. `whole` says
/// whether these bytes are all of it.
pub fn preview(
    head: &[u8],
    whole: bool,
    settings: Option<Settings>,
    region: Option<Region>,
    most: usize,
) -> ContactPreview {
    let start = head.get(..HEAD_BYTES).unwrap_or(head);
    let given = settings.clone().unwrap_or_default();
    let named = Region::parse(&given.region).or(region);
    let found = Found::of(start, &given, is_turkish(named));
    let mut rows = first_rows(start, found.charset, found.separator);
    let names = if found.has_header && !rows.is_empty() { rows.remove(0) } else { Vec::new() };
    let columns = columns(&names, &rows);
    let settings = settings
        .unwrap_or_else(|| Settings { columns: guess::columns(&columns), ..Settings::default() });
    let mut preview = ContactPreview {
        encoding: found.charset.encoding,
        separator: found.separator,
        has_header: found.has_header,
        columns,
        settings: settings.clone(),
        wrong: Vec::new(),
        unreadable: None,
        rows: Vec::new(),
    };
    match Source::new(settings, region) {
        Ok(source) => read_rows(&mut preview, head, whole, &source, most.clamp(1, MAX_ROWS)),
        Err(wrong) => preview.wrong = wrong,
    }
    preview
}

fn read_rows(found: &mut ContactPreview, head: &[u8], whole: bool, source: &Source, most: usize) {
    let rows = read(head, source).and_then(|rows| rows.take(most + 1).collect());
    let mut rows: Vec<Row> = match rows {
        Ok(rows) => rows,
        Err(error) => {
            found.unreadable = Some(error.to_string());
            return;
        }
    };
    if rows.len() > most || (!whole && rows.len() > 1) {
        // One more than wanted, or perhaps cut off in the middle.
        rows.pop();
    }
    found.rows = rows;
}
