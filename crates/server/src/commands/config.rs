//! `throughline config`: looking at the configuration.

use clap::Subcommand;

use crate::config::{Effective, markdown};
use crate::error::Failure;
use crate::out;

/// What to look at.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check the configuration and print what is in effect, secrets hidden.
    #[command(after_long_help = "\
Each line is a key, its value, and where it came from:
  server.bind = \"0.0.0.0:80\"    # THROUGHLINE__SERVER__BIND
  log.format = \"json\"           # throughline.toml
  worker.poll_ms = 1000         # default

Exits with 3 when something is wrong, naming the key.")]
    Check,
    /// Print the reference of all settings as Markdown.
    Docs,
}

/// Prints what is in effect.
pub fn check(config: &Effective) -> Result<(), Failure> {
    out::line(config.lines().join("\n"))
}

/// Prints the reference.
pub fn docs() -> Result<(), Failure> {
    out::line(markdown().trim_end())
}
