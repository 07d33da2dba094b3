//! The configuration: compiled-in defaults, then a file, then the environment.
//!
//! The only place that reads the environment. A key that does not exist is an error, because a
//! mistyped key that is silently ignored costs somebody an evening.

mod docs;
mod keys;
mod secret;
mod settings;
mod sources;

pub use docs::markdown;
pub use settings::{LogFormat, Settings};

use std::path::Path;

use crate::error::Failure;
use sources::Sources;

/// What stands in `config/default.toml`.
const DEFAULTS: &str = include_str!("../../../../config/default.toml");

/// Keys whose values are never shown.
const HIDDEN: [&str; 3] = ["blobs.s3.secret_key", "secrets.key", "secrets.old_keys"];
/// Keys whose values are shown without the password in them.
const WITH_PASSWORD: [&str; 1] = ["database.url"];

/// The settings in effect, with where each came from.
#[derive(Debug)]
pub struct Effective {
    /// The settings.
    pub settings: Settings,
    sources: Sources,
}

impl Effective {
    /// Reads and checks the configuration. `file` is the one named on the command line.
    pub fn load(file: Option<&Path>) -> Result<Self, Failure> {
        let sources = Sources::read(file)?;
        let settings: Settings = sources.merged()?;
        settings.check()?;
        Ok(Self { settings, sources })
    }

    /// Whether somebody set this key, rather than leaving it at its default.
    pub fn is_set(&self, key: &str) -> bool {
        self.sources.origin_of(key) != sources::DEFAULT
    }

    /// One line per key: its value, secrets hidden, and where it came from.
    pub fn lines(&self) -> Vec<String> {
        let shown = |(key, value): (String, String)| {
            let value = match key.as_str() {
                key if HIDDEN.contains(&key) && !value.is_empty() && value != "[]" => {
                    "[hidden]".to_owned()
                }
                key if WITH_PASSWORD.contains(&key) => secret::without_password(&value),
                _ => value,
            };
            let bare = value.parse::<i64>().is_ok() || value.parse::<bool>().is_ok();
            let value = if bare { value } else { format!("{value:?}") };
            let origin = self.sources.origin_of(&key);
            format!("{:<50} # {origin}", format!("{key} = {value}"))
        };
        self.sources.effective().into_iter().map(shown).collect()
    }
}
