//! Changing a ticket: a pure function from a ticket and a wish to the changed ticket and the list
//! of what really changed.

use crate::event::FieldChange;
use crate::id::{AgentId, TeamId};
use crate::ticket::{Priority, Status, StatusCategory, Ticket, tidy_subject};
use crate::time::Instant;

/// What is wished; absent fields stay as they are.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TicketChange {
    /// Another subject.
    pub subject: Option<String>,
    /// Another status.
    pub status: Option<Status>,
    /// Another priority.
    pub priority: Option<Priority>,
    /// Another agent, or nobody.
    pub assignee_agent: Option<Option<AgentId>>,
    /// Another team, or none.
    pub assignee_team: Option<Option<TeamId>>,
}

/// The ticket after the change, and what changed. An empty list means that all was so already; the
/// ticket is then the same as before.
pub fn apply(ticket: &Ticket, change: TicketChange, now: Instant) -> (Ticket, Vec<FieldChange>) {
    let TicketChange { subject, status, priority, assignee_agent, assignee_team } = change;
    let mut after = ticket.clone();
    if let Some(subject) = subject {
        after.subject = tidy_subject(&subject);
    }
    if let Some(status) = status {
        after.resolved_at = match (ticket.category, status.category) {
            (StatusCategory::Resolved, StatusCategory::Resolved) => ticket.resolved_at,
            (_, StatusCategory::Resolved) => Some(now),
            _ => None,
        };
        after.status = status.key;
        after.category = status.category;
    }
    after.priority = priority.unwrap_or(ticket.priority);
    after.assignee_agent = assignee_agent.unwrap_or(ticket.assignee_agent);
    after.assignee_team = assignee_team.unwrap_or(ticket.assignee_team);
    let changes = differences(ticket, &after);
    (after, changes)
}

fn differences(before: &Ticket, after: &Ticket) -> Vec<FieldChange> {
    let text = |name: &str, from: String, to: String| (name.to_owned(), Some(from), Some(to));
    let fields = [
        text("subject", before.subject.clone(), after.subject.clone()),
        text("status", before.status.clone(), after.status.clone()),
        text("priority", before.priority.to_string(), after.priority.to_string()),
        (
            "assignee_agent".to_owned(),
            before.assignee_agent.map(|id| id.to_string()),
            after.assignee_agent.map(|id| id.to_string()),
        ),
        (
            "assignee_team".to_owned(),
            before.assignee_team.map(|id| id.to_string()),
            after.assignee_team.map(|id| id.to_string()),
        ),
    ];
    let changed = fields.into_iter().filter(|(_, from, to)| from != to);
    changed.map(|(field, from, to)| FieldChange { field, from, to }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::Channel;
    use crate::id::{CustomerId, InboxId, TicketId};

    fn ticket() -> Ticket {
        let start = Instant::from_micros(0);
        Ticket {
            id: TicketId::from(1),
            number: 1001,
            customer: CustomerId::from(2),
            inbox: InboxId::from(3),
            channel: Channel::Email,
            subject: "Kargo".into(),
            status: "open".into(),
            category: StatusCategory::Open,
            priority: Priority::Normal,
            assignee_agent: None,
            assignee_team: None,
            created_at: start,
            updated_at: start,
            updated_key: 0,
            resolved_at: None,
            last_message_at: None,
            version: 1,
        }
    }

    fn status(key: &str, category: StatusCategory) -> Option<Status> {
        Some(Status { key: key.into(), name: key.into(), category })
    }

    #[test]
    fn resolving_is_dated_once_and_undone_by_reopening() {
        let (t1, t2) = (Instant::from_micros(10), Instant::from_micros(20));
        let resolve = TicketChange {
            status: status("resolved", StatusCategory::Resolved),
            ..Default::default()
        };
        let (done, changes) = apply(&ticket(), resolve.clone(), t1);
        assert_eq!((done.resolved_at, changes.len()), (Some(t1), 1));
        let (again, changes) = apply(&done, resolve, t2);
        assert_eq!((again.resolved_at, changes.len()), (Some(t1), 0));
        let reopen =
            TicketChange { status: status("open", StatusCategory::Open), ..Default::default() };
        assert_eq!(apply(&again, reopen, t2).0.resolved_at, None);
    }

    #[test]
    fn only_what_differs_is_a_change() {
        let wish = TicketChange {
            priority: Some(Priority::Normal),
            assignee_agent: Some(Some(AgentId::from(9))),
            assignee_team: Some(None),
            ..Default::default()
        };
        let (after, changes) = apply(&ticket(), wish, Instant::from_micros(1));
        assert_eq!(after.assignee_agent, Some(AgentId::from(9)));
        assert_eq!(changes.len(), 1);
        assert_eq!((changes[0].field.as_str(), &changes[0].from), ("assignee_agent", &None));
    }
}
