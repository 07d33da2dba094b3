//! `throughline migrate`

use crate::config::Settings;
use crate::error::Failure;
use crate::{node, out};

/// Brings the database schema up to date.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Safe to run at any time and on several machines at once: what has run is not run again, and the
others wait. `serve`, `worker` and `import` do it by themselves unless database.migrate_on_start is
false; set that and run this first when several servers share one database.

  throughline migrate
  THROUGHLINE__DATABASE__URL=postgres://me@db/desk throughline migrate")]
pub struct Args {}

/// Runs what has not run yet.
pub async fn run(settings: &Settings, _: &Args) -> Result<(), Failure> {
    let ran = node::migrate_now(&settings.store_options()?).await?;
    for name in &ran {
        out::line(format!("ran migration {name}"))?;
    }
    out::line("the schema is up to date")
}
