//! `throughline demo`: a small set of sample data to look at.

use crate::config::Settings;
use crate::error::Failure;
use crate::node::Node;
use crate::{demo, out};

/// Load a small, clearly marked set of sample tickets.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Twelve made-up customers who write in six languages, in an inbox of their own that says what it is.
Their mails go through the same path as real ones. Loading twice adds nothing.

  throughline demo")]
pub struct Args {}

/// Does it.
pub async fn run(settings: &Settings, _: &Args) -> Result<(), Failure> {
    let node = Node::start(settings).await?;
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
