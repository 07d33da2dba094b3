//! `throughline inbox`: mailboxes from the terminal. Adding one is in [`add`]; here are the commands
//! for those that are there.

mod add;
mod report;

use clap::Subcommand;
use throughline_app::inboxes;
use throughline_app::mail_settings::{self, MailSetUp};
use throughline_app::mailboxes;
use throughline_app::{App, ErrorKind};
use throughline_core::actor::Actor;
use throughline_core::channel::Channel;
use throughline_core::id::InboxId;
use throughline_core::inbox::Inbox;
use throughline_core::page::{MAX_LIMIT, PageRequest};
use throughline_worker::probe::MailProbe;

use crate::config::Settings;
use crate::error::Failure;
use crate::mail_access::mail_access;
use crate::node::Node;
use crate::out;

/// What to do with inboxes.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Add an inbox for e-mail: its servers are filled in where they are known, and tested.
    Add(Box<add::Args>),
    /// List all inboxes.
    List(List),
    /// Test the connection of an inbox, step by step.
    #[command(after_long_help = "\
  throughline inbox test support@example.com

Nothing is changed on the servers and nothing is sent. Exits with 1 when a step fails.")]
    Test(Named),
    /// Pause an inbox: nothing is fetched and nothing is sent until it is resumed.
    Pause(Named),
    /// Resume an inbox that was paused.
    Resume(Named),
    /// Show how far the folders of an inbox were read, and what goes wrong.
    Status(Named),
}

/// All inboxes.
#[derive(Debug, clap::Args)]
pub struct List {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Which inbox.
#[derive(Debug, clap::Args)]
pub struct Named {
    /// Its address, or its id.
    #[arg(value_name = "INBOX")]
    inbox: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Does it.
pub async fn run(settings: &Settings, command: Command) -> Result<(), Failure> {
    // Before the database is opened: a mistake in the arguments is told without it.
    let draft = match &command {
        Command::Add(args) => Some(args.draft()?),
        _ => None,
    };
    let node = Node::start(settings).await?;
    let result = match (command, draft) {
        (Command::Add(args), Some(draft)) => add::run(settings, &node.app, *args, draft).await,
        (Command::List(List { json }), _) => list(&node.app, json).await,
        (Command::Test(named), _) => test(settings, &node.app, named).await,
        (Command::Pause(named), _) => set_paused(&node.app, named, true).await,
        (Command::Resume(named), _) => set_paused(&node.app, named, false).await,
        (Command::Status(named), _) => status(&node.app, named).await,
        (Command::Add(_), None) => Ok(()),
    };
    node.close().await;
    result
}

/// The inbox with this address or id.
pub async fn find(app: &App, named: &str) -> Result<Inbox, Failure> {
    let found = matching(app, named).await?;
    found.ok_or_else(|| {
        Failure::new(format!("there is no inbox {named}"))
            .advise("`throughline inbox list` shows all of them")
    })
}

async fn matching(app: &App, named: &str) -> Result<Option<Inbox>, Failure> {
    let id = named.parse::<InboxId>().ok();
    let is_it =
        |inbox: &Inbox| id == Some(inbox.id) || inbox.address.eq_ignore_ascii_case(named.trim());
    Ok(all(app).await?.into_iter().find(is_it))
}

async fn all(app: &App) -> Result<Vec<Inbox>, Failure> {
    let mut request = PageRequest { limit: MAX_LIMIT, after: None };
    let mut found = Vec::new();
    loop {
        let page = inboxes::list(app, &Actor::system(), &request).await?;
        found.extend(page.items);
        match page.next {
            Some(next) => request.after = Some(next),
            None => return Ok(found),
        }
    }
}

/// The set-up of an inbox, if it has one.
async fn set_up_of(app: &App, inbox: &Inbox) -> Result<Option<MailSetUp>, Failure> {
    if inbox.channel != Channel::Email {
        return Ok(None);
    }
    match mail_settings::get(app, &Actor::system(), inbox.id).await {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn list(app: &App, json: bool) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for inbox in all(app).await? {
        let set_up = set_up_of(app, &inbox).await?;
        rows.push((inbox, set_up));
    }
    report::inboxes(&rows, json)
}

async fn test(settings: &Settings, app: &App, named: Named) -> Result<(), Failure> {
    let inbox = find(app, &named.inbox).await?;
    let probe = MailProbe::new(mail_access(settings, app)?);
    let steps = mail_settings::test(app, &Actor::system(), &probe, inbox.id).await?;
    report::steps(&steps, named.json)?;
    report::verdict(&steps)
}

async fn set_paused(app: &App, named: Named, paused: bool) -> Result<(), Failure> {
    let inbox = find(app, &named.inbox).await?;
    mail_settings::set_paused(app, &Actor::system(), inbox.id, paused).await?;
    if named.json {
        return report::json(&serde_json::json!({ "inbox": inbox.id, "paused": paused }));
    }
    out::line(format!("{} {}", inbox.address, if paused { "is paused" } else { "goes on" }))
}

async fn status(app: &App, named: Named) -> Result<(), Failure> {
    let inbox = find(app, &named.inbox).await?;
    let folders = mailboxes::status(app, &Actor::system(), inbox.id).await?;
    let set_up = set_up_of(app, &inbox).await?;
    report::status(&inbox, set_up.as_ref(), &folders, named.json)
}
