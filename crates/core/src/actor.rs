//! Who acts, what he may do, and what he may see. Every use case takes an [`Actor`].

use crate::agent::Role;
use crate::id::{AgentId, ApiKeyId, InboxId, TeamId};
use crate::wire::closed_set;

closed_set! {
    /// One right. Roles are sets of rights; API keys name theirs.
    Scope, "scope" {
        /// Read tickets, their items and tags.
        TicketsRead = 1 "tickets:read",
        /// Open, change, answer and tag tickets.
        TicketsWrite = 2 "tickets:write",
        /// Read customers and their timelines.
        CustomersRead = 3 "customers:read",
        /// Make and change customers.
        CustomersWrite = 4 "customers:write",
        /// Manage tags.
        TagsWrite = 5 "tags:write",
        /// Read the ledger of deliveries, and replay from it.
        Ledger = 6 "ledger",
        /// Push raw mail into an inbox.
        DeliveriesWrite = 7 "deliveries:write",
        /// Read domain events.
        EventsRead = 8 "events:read",
        /// Manage agents, teams, inboxes and API keys.
        Admin = 9 "admin",
        /// Push events about customers.
        EventsWrite = 10 "events:write",
    }
}

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The product itself: workers, imports, the command line.
    System,
    /// A signed-in agent.
    Agent(AgentId),
    /// An integrator's key.
    Key(ApiKeyId),
}

/// Which tickets, and so which customers and items, an actor sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sees {
    /// All of them.
    Everything,
    /// Those of these inboxes, and those assigned to this agent or to one of these teams.
    Only {
        /// Every inbox that is open to the actor.
        inboxes: Vec<InboxId>,
        /// The agent, when it is one.
        agent: Option<AgentId>,
        /// The agent's teams.
        teams: Vec<TeamId>,
    },
}

/// Somebody who acts, with rights and sight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub who: Who,
    /// The rights.
    pub scopes: Vec<Scope>,
    /// The sight.
    pub sees: Sees,
}

/// The actor lacks a right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this needs the right '{0}'")]
pub struct Lacks(pub Scope);

impl Actor {
    /// The product itself: may all, sees all.
    pub fn system() -> Self {
        Self { who: Who::System, scopes: Scope::ALL.to_vec(), sees: Sees::Everything }
    }

    /// Fails unless the actor has the right.
    pub fn require(&self, scope: Scope) -> Result<(), Lacks> {
        if self.scopes.contains(&scope) { Ok(()) } else { Err(Lacks(scope)) }
    }

    /// The agent, when an agent acts.
    pub fn agent(&self) -> Option<AgentId> {
        match self.who {
            Who::Agent(id) => Some(id),
            Who::System | Who::Key(_) => None,
        }
    }

    /// The name written into events: `system`, an agent's or a key's id.
    pub fn name(&self) -> String {
        match self.who {
            Who::System => "system".to_owned(),
            Who::Agent(id) => id.to_string(),
            Who::Key(id) => id.to_string(),
        }
    }

    /// Whether something in this inbox, assigned so, is visible to the actor.
    pub fn sees(&self, inbox: InboxId, agent: Option<AgentId>, team: Option<TeamId>) -> bool {
        match &self.sees {
            Sees::Everything => true,
            Sees::Only { inboxes, agent: me, teams } => {
                inboxes.contains(&inbox)
                    || (agent.is_some() && agent == *me)
                    || team.is_some_and(|t| teams.contains(&t))
            }
        }
    }
}

/// The rights of a role.
pub fn scopes_of(role: Role) -> Vec<Scope> {
    use Scope::*;
    let agent = [TicketsRead, TicketsWrite, CustomersRead, CustomersWrite, EventsRead];
    match role {
        Role::Agent => agent.to_vec(),
        Role::Lead => agent.into_iter().chain([TagsWrite, Ledger]).collect(),
        Role::Admin => Scope::ALL.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_all_that_the_one_below_may() {
        let (agent, lead) = (scopes_of(Role::Agent), scopes_of(Role::Lead));
        assert!(agent.iter().all(|s| lead.contains(s)));
        assert!(lead.iter().all(|s| scopes_of(Role::Admin).contains(s)));
        assert!(!lead.contains(&Scope::Admin));
    }

    #[test]
    fn a_restricted_actor_sees_his_inboxes_and_what_is_assigned_to_him() {
        let me = AgentId::from(1);
        let actor = Actor {
            who: Who::Agent(me),
            scopes: scopes_of(Role::Agent),
            sees: Sees::Only {
                inboxes: vec![InboxId::from(10)],
                agent: Some(me),
                teams: vec![TeamId::from(20)],
            },
        };
        let other = InboxId::from(11);
        assert!(actor.sees(InboxId::from(10), None, None));
        assert!(!actor.sees(other, None, None));
        assert!(actor.sees(other, Some(me), None));
        assert!(actor.sees(other, None, Some(TeamId::from(20))));
        assert!(!actor.sees(other, Some(AgentId::from(2)), Some(TeamId::from(21))));
    }
}
