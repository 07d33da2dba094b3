//! Tables of contacts: what a file looks like, and the people that its rows tell of.
//!
//! Pure but for reading the bytes that are handed in. Whether somebody is known, and what becomes of what a
//! row says, is decided elsewhere; so is what custom fields hold.

mod guess;
mod preview;
mod read;
mod settings;
#[cfg(test)]
mod tests;

use throughline_core::contact::Contact;

pub use crate::tables::{Column, Encoding, Wrong};
pub use preview::{ContactPreview, preview};
pub use read::{Rows, read};
pub use settings::{ContactColumn, Settings, Source};

/// How many bytes from the start of a file decide what it looks like.
pub const HEAD_BYTES: usize = 64 * 1024;

/// One row of a table of contacts.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Which row it is, counted from 1; a header and blank lines do not count.
    pub number: u64,
    /// The line of the file on which it begins, counted from 1.
    pub line: u64,
    /// The row as it stands in the file, in UTF-8.
    pub raw: String,
    /// The person, or why the row is rejected, in words that say what to do.
    pub result: Result<Contact, String>,
}
