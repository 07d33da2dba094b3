//! Logs of phone systems: what a file looks like, and the legs of calls that its rows tell.
//!
//! Pure but for reading the bytes that are handed in: nothing is stored, and nobody is asked anything.
//!
//! 1. [`look`] at the first [`HEAD_BYTES`] of a file tells encoding, separator, columns and the format it
//!    seems to have, for people to confirm.
//! 2. [`Settings`] say how a source is read; [`Source::new`] checks them.
//! 3. [`read`] goes through a file of any length in little memory and gives each [`Row`] with its legs, or
//!    with the reason for which it is rejected. No row is passed over in silence but blank ones and the
//!    header.
//! 4. `core::call::Call::of_legs` makes the call of all legs with the same `call`. Legs of one call may stand
//!    far apart and in several files, so whoever keeps calls keeps legs by `(call, key)`, and makes the
//!    call anew when one is added. A leg whose `key` and `hash` are known adds nothing. Of two legs with the
//!    same `key` the one that outdoes the other counts (`Leg::outdoes`).
//!
//! Keys mean something within one phone system. Two systems want two inboxes.

mod asterisk;
mod cel;
mod clock;
mod formats;
mod freeswitch;
mod legs;
mod looks;
mod mapped;
mod mapping;
mod objects;
mod rows;
mod source;
mod twilio;

use std::fmt;

use throughline_core::call::Leg;

pub use crate::tables::{Column, Encoding, Wrong};
pub use formats::{PhoneFormat, formats, named};
pub use looks::{Looks, look};
pub use mapping::{DecimalMark, DurationUnit, MappedColumn, Mapping};
pub use rows::{Rows, read};
pub use source::{Settings, Source};
pub use twilio::status_callback;

/// How many bytes from the start of a file decide what it looks like.
pub const HEAD_BYTES: usize = 64 * 1024;

/// One row of a log. Where events are read (Asterisk CEL) one more may come at the end of the file, with no
/// text and the number of the last row: it has the legs of calls that the file does not end.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Which row it is, counted from 1; a header and blank lines do not count.
    pub number: u64,
    /// The line of the file on which it begins, counted from 1.
    pub line: u64,
    /// The row as it stands in the file, in UTF-8 and without the end of the line. Of one that is too long
    /// only the beginning.
    pub raw: String,
    /// The legs that are complete with this row, or why it is rejected. In most formats each row is a leg;
    /// in those that write events (Asterisk CEL) most rows complete none.
    pub result: Result<Vec<Leg>, Rejection>,
}

/// Why a row is no leg of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The column at fault, if it is one.
    pub field: Option<String>,
    /// What is wrong with it, and what to do, in plain words.
    pub why: String,
}

impl Rejection {
    /// The whole row is at fault.
    fn of_row(why: impl Into<String>) -> Self {
        Self { field: None, why: why.into() }
    }

    /// A column is at fault.
    fn of(field: &str, why: impl Into<String>) -> Self {
        Self { field: Some(field.to_owned()), why: why.into() }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(f, "{field}: {}", self.why),
            None => f.write_str(&self.why),
        }
    }
}

impl std::error::Error for Rejection {}
