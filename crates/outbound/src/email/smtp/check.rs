//! "Test the connection" for an admin: the steps of a connection and how each went. No mail is sent.

use std::time::Duration;

use super::connect;
use super::server::{Login, Server, Timeouts};
use super::trouble::Stage;

/// Nobody looks at a form for five minutes.
const PATIENCE: Duration = Duration::from_secs(15);

/// One step and how it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Which one.
    pub stage: Stage,
    /// Whether it went well; after the first that did not there is no other.
    pub ok: bool,
    /// How, in words for a person.
    pub words: String,
}

/// Connects and logs in as a mail would, and leaves. Takes at most some fifteen seconds a step.
pub async fn check(server: &Server, login: &Login) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut seen = |stage, words| steps.push(Step { stage, ok: true, words });
    match connect::open(&hasty(server), login, &mut seen).await {
        Ok(connection) => connection.quit().await,
        Err(trouble) => {
            steps.push(Step { stage: trouble.stage, ok: false, words: trouble.to_string() });
        }
    }
    steps
}

fn hasty(server: &Server) -> Server {
    let mut hasty = server.clone();
    let Timeouts { connect, tls, greeting, command, data, block, final_answer } = server.timeouts;
    hasty.timeouts = Timeouts {
        connect: connect.min(PATIENCE),
        tls: tls.min(PATIENCE),
        greeting: greeting.min(PATIENCE),
        command: command.min(PATIENCE),
        data,
        block,
        final_answer,
    };
    hasty
}
