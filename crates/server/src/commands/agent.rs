//! `throughline agent`: the people who answer.

use std::io::BufRead;

use clap::Subcommand;
use throughline_app::Secret;
use throughline_app::agents::{self, NewAgent};
use throughline_core::actor::Actor;
use throughline_core::agent::{Agent, Role};
use throughline_core::page::PageRequest;

use crate::config::Settings;
use crate::error::Failure;
use crate::node::Node;
use crate::out;

/// What to do with agents.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Add an agent; prints a one-time password unless one is given.
    #[command(after_long_help = "\
  throughline agent create --email sam@example.com --name 'Sam Ash' --role agent
  echo 'a long password' | throughline agent create --email kim@example.com --name Kim \\
      --role admin --password-stdin

Roles: an agent works on the tickets that he or she can see; a lead sees every inbox, manages tags
and reads the ledger of deliveries; an admin manages agents, teams, inboxes and keys as well.")]
    Create(Create),
    /// List all agents.
    List,
}

/// Whom to add.
#[derive(Debug, clap::Args)]
pub struct Create {
    /// The address to sign in with.
    #[arg(long)]
    email: String,
    /// The name that colleagues and customers see.
    #[arg(long)]
    name: String,
    /// agent, lead or admin.
    #[arg(long, default_value = "agent")]
    role: Role,
    /// Read the password from the first line of standard input.
    #[arg(long)]
    password_stdin: bool,
}

/// Does it.
pub async fn run(settings: &Settings, command: Command) -> Result<(), Failure> {
    let password = match &command {
        Command::Create(Create { password_stdin: true, .. }) => Some(read_password()?),
        _ => None,
    };
    let node = Node::start(settings).await?;
    let result = match command {
        Command::Create(new) => create(&node, new, password).await,
        Command::List => list(&node).await,
    };
    node.close().await;
    result
}

fn read_password() -> Result<Secret, Failure> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    if password.is_empty() {
        return Err(Failure::usage("--password-stdin: there is no password on standard input"));
    }
    Ok(Secret::new(password))
}

async fn create(node: &Node, new: Create, password: Option<Secret>) -> Result<(), Failure> {
    let Create { email, name, role, password_stdin: _ } = new;
    let new = NewAgent { email, name, role, teams: Vec::new(), password };
    let (agent, one_time) = agents::create(&node.app, &Actor::system(), new).await?;
    out::line(format!("{} {} ({}) was added", agent.role, agent.email, agent.id))?;
    match one_time {
        Some(password) => {
            out::line(format!("one-time password, shown only now: {}", password.expose()))
        }
        None => Ok(()),
    }
}

async fn list(node: &Node) -> Result<(), Failure> {
    let mut rows = Vec::new();
    let mut request = PageRequest::default();
    loop {
        let page = agents::list(&node.app, &Actor::system(), &request).await?;
        rows.extend(page.items.iter().map(row));
        match page.next {
            Some(next) => request.after = Some(next),
            None => break,
        }
    }
    out::table(&["ID", "EMAIL", "NAME", "ROLE", "ACTIVE"], &rows)
}

fn row(agent: &Agent) -> Vec<String> {
    let active = if agent.active { "yes" } else { "no" };
    let role = agent.role.to_string();
    vec![agent.id.to_string(), agent.email.clone(), agent.name.clone(), role, active.to_owned()]
}
