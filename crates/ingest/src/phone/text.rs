//! The characters of a log: which encoding it has, and its text in UTF-8.

use serde::{Deserialize, Serialize};

/// An encoding that logs are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[serde(rename = "utf-8")]
    Utf8,
    /// UTF-16 with the low byte first.
    #[serde(rename = "utf-16le")]
    Utf16Le,
    /// UTF-16 with the high byte first.
    #[serde(rename = "utf-16be")]
    Utf16Be,
    /// Windows-1252, for western Europe; ISO 8859-1 is read by it, too.
    #[serde(rename = "windows-1252")]
    Windows1252,
    /// Windows-1254, for Turkish; ISO 8859-9 is read by it, too.
    #[serde(rename = "windows-1254")]
    Windows1254,
}
