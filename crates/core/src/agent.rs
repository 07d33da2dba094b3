//! Agents, their roles, and teams.

use crate::id::{AgentId, TeamId};
use crate::time::Instant;
use crate::wire::closed_set;

closed_set! {
    /// What an agent may do beyond answering tickets.
    Role, "role" {
        /// Works on tickets and customers that he or she can see.
        Agent = 1 "agent",
        /// An agent who sees every inbox, manages tags and reads the ledger.
        Lead = 2 "lead",
        /// A lead who also manages agents, teams, inboxes and API keys.
        Admin = 3 "admin",
    }
}

/// A person who answers customers.
#[derive(Debug, Clone, PartialEq)]
pub struct Agent {
    /// Its id.
    pub id: AgentId,
    /// The sign-in address, lower-cased; unique.
    pub email: String,
    /// The name shown to colleagues and customers.
    pub name: String,
    /// What he or she may do.
    pub role: Role,
    /// The teams he or she is in.
    pub teams: Vec<TeamId>,
    /// Inactive agents cannot sign in; what they wrote stays theirs.
    pub active: bool,
    /// Set when the password was given by somebody else.
    pub must_change_password: bool,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// Rises with every change; the base of its ETag.
    pub version: i64,
}

/// A group of agents to whom tickets are assigned.
#[derive(Debug, Clone, PartialEq)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Its name, unique without regard to case and accents.
    pub name: String,
    /// When it was made.
    pub created_at: Instant,
}
