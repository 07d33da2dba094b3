//! Writing results to standard output. Unlike `println!`, a reader that went away is no panic.

use std::io::{self, Write};

use crate::error::Failure;

/// Writes one line, or several at once.
pub fn line(text: impl AsRef<str>) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_ref().as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()?;
    Ok(())
}

/// Writes a table with aligned columns.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> Result<(), Failure> {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        let title = head.get(column).map_or(0, |title| title.len());
        cells.max().unwrap_or(0).max(title)
    };
    let laid = |cells: Vec<&str>| {
        let padded: Vec<String> = cells
            .iter()
            .enumerate()
            .map(|(at, cell)| format!("{cell:<width$}", width = width(at)))
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    line(laid(head.to_vec()))?;
    for row in rows {
        line(laid(row.iter().map(String::as_str).collect()))?;
    }
    Ok(())
}
