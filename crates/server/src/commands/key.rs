//! `throughline key`: API keys, for programs.

use clap::Subcommand;
use throughline_app::api_keys::{self, NewApiKey};
use throughline_core::actor::{Actor, Scope};

use crate::config::Settings;
use crate::error::Failure;
use crate::node::Node;
use crate::out;

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a key; it is printed once and never again.
    #[command(after_long_help = "\
  throughline key create --name 'shop backend' --scope tickets:read --scope tickets:write

Scopes: tickets:read, tickets:write, customers:read, customers:write, tags:write, ledger,
deliveries:write, events:read, admin. Give a key the fewest that will do.")]
    Create(Create),
}

/// Which key to make.
#[derive(Debug, clap::Args)]
pub struct Create {
    /// What the key is for; shown in lists.
    #[arg(long)]
    name: String,
    /// A right; give the option once for each.
    #[arg(long = "scope", required = true, value_name = "SCOPE")]
    scopes: Vec<Scope>,
}

/// Does it.
pub async fn run(settings: &Settings, command: Command) -> Result<(), Failure> {
    let Command::Create(Create { name, scopes }) = command;
    let node = Node::start(settings).await?;
    let new = NewApiKey { name, scopes, inboxes: None, expires_at: None };
    let made = api_keys::create(&node.app, &Actor::system(), new).await;
    node.close().await;
    let (key, text) = made?;
    out::line(format!("the key '{}' ({}) was made; shown only now:", key.name, key.id))?;
    out::line(text.expose())
}
