//! `throughline demo`: a small set of sample data to look at, and taking it away again.

use throughline_app::App;
use throughline_app::demo::{self as samples, Removed};
use throughline_core::actor::Actor;

use crate::config::Settings;
use crate::error::Failure;
use crate::node::Node;
use crate::{demo, out};

/// Load a small, clearly marked set of sample tickets, or remove it.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Twelve made-up customers who write in six languages, in an inbox of their own that says what it is.
Their mails go through the same path as real ones. Loading twice adds nothing.

  throughline demo
  throughline demo --remove          removes them, with what was done with them, and nothing else")]
pub struct Args {
    /// Remove the sample data. A ticket to which something real came stays.
    #[arg(long)]
    remove: bool,
}

/// Does it.
pub async fn run(settings: &Settings, args: &Args) -> Result<(), Failure> {
    let node = Node::start(settings).await?;
    if args.remove {
        let removed = remove(&node.app).await;
        node.close().await;
        return removed;
    }
    let loaded = demo::load(settings, &node.app).await;
    node.close().await;
    let loaded = loaded?;
    out::line(format!(
        "sample data: {} mails in the inbox {}, {} of them new",
        loaded.mails,
        demo::ADDRESS,
        loaded.fresh
    ))
}

async fn remove(app: &App) -> Result<(), Failure> {
    let removed = samples::remove(app, &Actor::system()).await?;
    let Removed { mails, tickets, customers, inbox, kept_tickets, .. } = removed;
    out::line(format!(
        "sample data removed: {mails} mails, {tickets} tickets, {customers} customers"
    ))?;
    for (_, number) in kept_tickets {
        out::line(format!("ticket {number} stays: something came to it that is no sample"))?;
    }
    if mails > 0 && !inbox {
        out::line(format!("the inbox {} stays: something else came by it", demo::ADDRESS))?;
    }
    Ok(())
}
