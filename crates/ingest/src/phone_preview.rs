//! What a phone log will be read as, before it is: how it looks, and its first rows by given settings. Pure:
//! the first bytes are handed in.

use throughline_core::call::{Call, group};

use crate::phone::{HEAD_BYTES, Looks, Row, Settings, Source, Wrong, look, read};

/// How many bytes from the start of a file are wanted for a preview.
pub const PREVIEW_BYTES: u64 = 512 * 1024;
/// The most rows of a preview.
pub const MAX_ROWS: usize = 200;

/// What a file will be read as.
#[derive(Debug)]
pub struct Preview {
    /// What it looks like.
    pub looks: Looks,
    /// By which settings its first rows were read.
    pub settings: Settings,
    /// What is wrong with the settings; the rows are then not read.
    pub wrong: Vec<Wrong>,
    /// Why the file cannot be read by these settings at all.
    pub unreadable: Option<String>,
    /// The first rows.
    pub rows: Vec<Row>,
    /// The calls that the legs of these rows are; of those at the end some legs may be missing.
    pub calls: Vec<Call>,
}

/// Reads the first rows of a file: by settings if some are given, else by what it looks like. `whole`
/// says whether these bytes are all of it.
pub fn preview(head: &[u8], whole: bool, settings: Option<Settings>, most: usize) -> Preview {
    let looks = look(head.get(..HEAD_BYTES).unwrap_or(head));
    let settings = settings.unwrap_or_else(|| Settings::of(looks.format.unwrap_or("mapped")));
    let mut found = Preview {
        looks,
        settings: settings.clone(),
        wrong: Vec::new(),
        unreadable: None,
        rows: Vec::new(),
        calls: Vec::new(),
    };
    match Source::new(settings) {
        Ok(source) => first_rows(&mut found, head, whole, &source, most.clamp(1, MAX_ROWS)),
        Err(wrong) => found.wrong = wrong,
    }
    let legs = found.rows.iter().filter_map(|row| row.result.as_ref().ok()).flatten().cloned();
    found.calls = group(legs);
    found
}

fn first_rows(found: &mut Preview, head: &[u8], whole: bool, source: &Source, most: usize) {
    let rows = match read(head, source) {
        Ok(rows) => rows,
        Err(error) => {
            found.unreadable = Some(error.to_string());
            return;
        }
    };
    for row in rows.take(most + 1) {
        match row {
            Ok(row) => found.rows.push(row),
            // What is cut off in the middle cannot be read to its end.
            Err(_) if !whole && !found.rows.is_empty() => break,
            Err(error) => {
                found.unreadable = Some(error.to_string());
                break;
            }
        }
    }
    if found.rows.len() > most || (!whole && found.rows.len() > 1) {
        // One more than wanted, or perhaps cut off in the middle.
        found.rows.pop();
    }
}
