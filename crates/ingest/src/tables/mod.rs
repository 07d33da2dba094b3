//! Tables, whatever they tell of: their characters, their records, and what their beginnings look like.

pub(crate) mod records;
pub(crate) mod settings;
pub(crate) mod text;

use serde::Serialize;
use throughline_core::identity::Region;

pub use settings::Wrong;
pub use text::Encoding;

use records::{Records, SEPARATORS};
use text::{Charset, Input};

/// How many rows show which separator it is, and what stands in the columns.
const ROWS: usize = 20;
/// The longest sample of a cell, in characters.
const MAX_SAMPLE: usize = 80;

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its name in the header, or the one that the format gives it; else its place, such as `#3`.
    pub name: String,
    /// What stands in it in the first rows.
    pub samples: Vec<String>,
}

/// The cells of the first rows of a table.
pub(crate) fn first_rows(head: &[u8], charset: Charset, separator: char) -> Vec<Vec<String>> {
    let input = Input::new(std::io::empty(), head.to_vec(), charset.encoding);
    let mut records = Records::new(input, charset, separator);
    let all = std::iter::from_fn(|| records.next().ok().flatten());
    all.take(ROWS).filter_map(|record| record.cells.ok()).collect()
}

/// The separator that gives most columns in most rows alike.
pub(crate) fn separator(head: &[u8], charset: Charset) -> char {
    let score = |separator: &char| {
        let rows = first_rows(head, charset, *separator);
        let width = rows.first().map_or(0, Vec::len);
        let alike = rows.iter().filter(|row| row.len() == width).count();
        (width > 1, alike * 2 > rows.len(), width * alike)
    };
    // Of equals the last would win; the comma is to.
    SEPARATORS.into_iter().rev().max_by_key(score).unwrap_or(',')
}

/// The columns of a table, by their names if there are any, with what stands in the first rows.
pub(crate) fn columns(names: &[String], rows: &[Vec<String>]) -> Vec<Column> {
    let width = rows.iter().map(Vec::len).max().unwrap_or_default().max(names.len());
    let column = |at: usize| {
        let name = names.get(at).map(|name| name.trim()).filter(|name| !name.is_empty());
        let cells = rows.iter().filter_map(|row| row.get(at));
        let filled = cells.filter(|cell| !cell.trim().is_empty()).take(3);
        let samples = filled.map(|cell| cut(cell, MAX_SAMPLE)).collect();
        Column { name: name.map_or_else(|| format!("#{}", at + 1), str::to_owned), samples }
    };
    (0..width.min(200)).map(column).collect()
}

/// A text with at most so many characters.
pub(crate) fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// Whether what is of one byte is rather Turkish where numbers of this country are read.
pub(crate) fn is_turkish(region: Option<Region>) -> bool {
    ["TR", "AZ"].iter().any(|code| region.is_some() && region == Region::parse(code))
}

/// Which column is named: by its place from 1 on, such as `#3`, or by its name in the header.
pub(crate) fn index(names: &[String], column: &str) -> Option<usize> {
    let by_place = column.strip_prefix('#').and_then(|place| place.parse::<usize>().ok());
    if let Some(place) = by_place {
        return place.checked_sub(1).filter(|at| *at < names.len());
    }
    let wanted = column.trim().to_lowercase();
    names.iter().position(|name| name.trim().to_lowercase() == wanted)
}

/// Why a text can be the name of no column; `None` when it can.
pub(crate) fn column_fault(column: &str) -> Option<String> {
    let place = column.strip_prefix('#').map(str::parse::<u16>);
    let bad = column.trim().is_empty() || place.is_some_and(|p| !p.is_ok_and(|p| p > 0));
    bad.then(|| format!("'{column}' names no column; give its name, or #3 for the third"))
}
