//! What a file looks like, for people to confirm before it is read.

use serde::Serialize;

use super::text::Encoding;

/// What the beginning of a file tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Looks {
    /// The encoding.
    pub encoding: Encoding,
    /// Whether a byte order mark says so.
    pub has_mark: bool,
    /// The separator; `None` if it is no table.
    pub separator: Option<char>,
    /// Whether the first row names the columns.
    pub has_header: bool,
    /// The name of the format that it seems to have.
    pub format: Option<&'static str>,
    /// The columns, if it is a table.
    pub columns: Vec<Column>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its name in the header, or the one that the format gives it; else its place, such as `#3`.
    pub name: String,
    /// What stands in it in the first rows.
    pub samples: Vec<String>,
}

/// Looks at the first [`super::HEAD_BYTES`] of a file.
pub fn look(_head: &[u8]) -> Looks {
    Looks {
        encoding: Encoding::Utf8,
        has_mark: false,
        separator: None,
        has_header: false,
        format: None,
        columns: Vec::new(),
    }
}
