//! The command line. Each command's arguments stand beside the command; here is the tree.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::commands;

/// What the long help of the program ends with.
const EXAMPLES: &str = "\
Start with nothing but this program:
  throughline serve                       database in ./data, API on http://127.0.0.1:8080
  throughline serve --first-run           the same, with a demo inbox to look at

Bring in what you have:
  throughline import mail ~/Maildir archive.mbox letter.eml

Set it up:
  throughline agent create --email sam@example.com --name 'Sam Ash' --role agent
  throughline config check                what is in effect, and where it comes from
  THROUGHLINE__DATABASE__URL=postgres://me@db/desk throughline serve

Exit codes:
  0  done
  1  it could not be done; the message says why
  2  the arguments are wrong
  3  the configuration is wrong
  4  the database or the blob store cannot be reached";

/// A help desk that keeps one history per customer.
#[derive(Debug, Parser)]
#[command(name = "throughline", bin_name = "throughline", version, after_long_help = EXAMPLES)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// Read the configuration from this TOML file (also: THROUGHLINE_CONFIG).
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server: the API, and the worker in the same process.
    Serve(commands::serve::Args),
    /// Run a worker alone, beside servers started with --no-worker.
    Worker(commands::worker::Args),
    /// Bring the database schema up to date.
    Migrate(commands::migrate::Args),
    /// Bring in what was there before.
    #[command(subcommand)]
    Import(Import),
    /// Show what is read from mails, one JSON object a line; stores nothing.
    Inspect(commands::inspect::Args),
    /// Manage agents, the people who answer.
    #[command(subcommand)]
    Agent(commands::agent::Command),
    /// Manage API keys, for programs.
    #[command(subcommand)]
    Key(commands::key::Command),
    /// Manage inboxes for e-mail.
    #[command(subcommand)]
    Inbox(commands::inbox::Command),
    /// Look into the ledger of all that ever arrived.
    #[command(subcommand)]
    Ledger(commands::ledger::Command),
    /// Look at the configuration.
    #[command(subcommand)]
    Config(commands::config::Command),
    /// Print the OpenAPI document of the API.
    Openapi,
    /// Load a small, clearly marked set of sample tickets.
    Demo(commands::demo::Args),
    /// Print the reference of this command line as Markdown.
    #[command(hide = true)]
    CliDocs,
}

/// What can be imported.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// Mails from files: single ones, folders, Maildirs and mboxes.
    Mail(commands::import::Args),
    /// Calls from the logs of phone systems.
    Calls(Box<commands::import::calls::Args>),
    /// People from address books and other systems.
    Contacts(Box<commands::import::contacts::Args>),
}
