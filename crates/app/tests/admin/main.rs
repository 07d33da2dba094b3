//! The set-up on both databases: agents and their sessions, teams, inboxes, tags, organizations,
//! API keys, secrets, idempotency keys and node numbers.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod keys;
mod machinery;
mod set_up;
mod sign_in;
#[path = "../support/mod.rs"]
mod support;

use throughline_app::agents::NewAgent;
use throughline_app::inboxes::NewInbox;
use throughline_app::{App, AppError, Secret, agents, inboxes, teams};
use throughline_core::actor::Actor;
use throughline_core::agent::{Agent, Role, Team};
use throughline_core::channel::Channel;
use throughline_core::id::TeamId;
use throughline_core::inbox::Inbox;

const PASSWORD: &str = "correct horse battery";

#[track_caller]
fn code<T: std::fmt::Debug>(result: Result<T, AppError>) -> &'static str {
    result.unwrap_err().code
}

async fn agent_in(app: &App, email: &str, role: Role, teams: Vec<TeamId>) -> Agent {
    let password = Some(Secret::from(PASSWORD));
    let new = NewAgent { email: email.into(), name: email.into(), role, teams, password };
    agents::create(app, &Actor::system(), new).await.unwrap().0
}

async fn agent(app: &App, email: &str, role: Role) -> Agent {
    agent_in(app, email, role, Vec::new()).await
}

async fn team(app: &App, name: &str) -> Team {
    teams::create(app, &Actor::system(), name).await.unwrap()
}

async fn inbox(app: &App, address: &str, restricted: bool, teams: Vec<TeamId>) -> Inbox {
    let (channel, name, default_team) = (Channel::Email, address.to_owned(), None);
    let new = NewInbox { channel, address: address.into(), name, restricted, teams, default_team };
    inboxes::create(app, &Actor::system(), new).await.unwrap()
}
