//! What holds for the calls of an inbox, and how files of phone logs are read, by name.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::time::Instant;

/// How files of one kind are read, by a name.
#[derive(Debug, Clone, PartialEq)]
pub struct PhoneMapping {
    /// The name that an admin gave it.
    pub name: String,
    /// How they are read.
    pub source: Value,
    /// When it was last changed.
    pub updated_at: Instant,
    /// Rises with every change.
    pub version: i64,
}

/// What holds for the calls of one inbox.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneSettings {
    /// Whether a call that nobody took opens a ticket.
    #[serde(default)]
    pub missed_calls_open_tickets: bool,
    /// The name of the mapping by which its files are read when nothing else is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mapping: Option<String>,
    /// The folder whose files are read in by themselves; it needs a mapping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<WatchedFolder>,
}

/// The longest name of a watched folder, in characters.
const MAX_FOLDER: usize = 200;

/// A folder below the one that a server's configuration lets be watched, as an inbox names it: names with
/// slashes between them, none of which leads up, begins at the root, or is hidden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WatchedFolder(String);

/// Why a text names no folder that could be watched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected the name of a folder below phone.watch_root, such as berlin or switches/berlin: no part of \
     it is empty or begins with a dot, and there is no backslash or colon"
)]
pub struct NotAFolder;

impl WatchedFolder {
    /// Reads a name.
    pub fn parse(text: &str) -> Result<Self, NotAFolder> {
        let is_name = |part: &str| {
            let odd = |c: char| c.is_control() || matches!(c, '\\' | ':');
            !part.trim().is_empty() && !part.starts_with('.') && !part.contains(odd)
        };
        let good = text.chars().count() <= MAX_FOLDER && text.split('/').all(is_name);
        good.then(|| Self(text.to_owned())).ok_or(NotAFolder)
    }

    /// The name, which is a relative path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for WatchedFolder {
    type Error = NotAFolder;

    fn try_from(text: String) -> Result<Self, NotAFolder> {
        Self::parse(&text)
    }
}

impl From<WatchedFolder> for String {
    fn from(folder: WatchedFolder) -> Self {
        folder.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watched_folder_leads_nowhere_else() {
        for good in ["berlin", "switches/berlin 2", "Büro/a.b"] {
            assert_eq!(WatchedFolder::parse(good).map(String::from), Ok(good.to_owned()));
        }
        for bad in [
            "", "/", "/etc", "..", "a/../b", "a//b", "a/", ".", ".ssh", "a/.b", "c:\\x", "c:x",
            "a\\b", "a\0", " ",
        ] {
            assert_eq!(WatchedFolder::parse(bad), Err(NotAFolder), "{bad:?}");
        }
        assert!(WatchedFolder::parse(&"a".repeat(201)).is_err());
    }
}
