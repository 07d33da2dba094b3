//! Macros: answers that are often given, with places for what is known, and what they do to the ticket.
//!
//! A place is a name between double braces, and nothing else: no logic. A macro with a place that
//! nobody knows is refused when it is written, so that no customer ever reads one.

use serde::{Deserialize, Serialize};

use crate::id::{AgentId, MacroId, TeamId};
use crate::ticket::Priority;
use crate::time::Instant;
use crate::wire::closed_set;

closed_set! {
    /// What can stand between double braces.
    Field, "place" {
        /// What the customer is called.
        CustomerName = 1 "customer.name",
        /// The first word of it.
        CustomerFirstName = 2 "customer.first_name",
        /// Where the customer was last written to or wrote from.
        CustomerEmail = 3 "customer.email",
        /// What the agent is called.
        AgentName = 4 "agent.name",
        /// The first word of it.
        AgentFirstName = 5 "agent.first_name",
        /// The ticket's human number.
        TicketNumber = 6 "ticket.number",
        /// What the ticket is about.
        TicketSubject = 7 "ticket.subject",
    }
}

/// Why a text is no body of a macro.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadBody {
    /// A place that nobody knows.
    #[error("there is no place '{{{{{0}}}}}'; there are: {known}", known = known())]
    Unknown(String),
    /// Braces that are not closed.
    #[error("'{{{{' is not closed by '}}}}'")]
    Open,
}

fn known() -> String {
    let names: Vec<String> = Field::ALL.iter().map(|field| format!("{{{{{field}}}}}")).collect();
    names.join(", ")
}

/// What a macro does to a ticket; absent fields stay.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actions {
    /// The key of another status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Another priority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// Who gets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee_agent: Option<Assign>,
    /// Which team gets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee_team: Option<TeamId>,
    /// Names of tags to put on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add_tags: Vec<String>,
    /// Names of tags to take off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove_tags: Vec<String>,
}

/// To whom a macro gives a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assign {
    /// To whoever applies it.
    Me,
    /// To nobody.
    Nobody,
    /// To this agent.
    Agent(AgentId),
}

/// A macro.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Macro {
    /// Its id.
    pub id: MacroId,
    /// What it is called.
    pub name: String,
    /// Who made it.
    pub owner: AgentId,
    /// Whether all agents have it.
    pub shared: bool,
    /// What it says, with places.
    pub body: String,
    /// What it does.
    pub actions: Actions,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// Rises with every change; the base of its ETag.
    pub version: i64,
}

/// A piece of a body.
enum Piece<'a> {
    Text(&'a str),
    Place(Field),
}

fn pieces(body: &str) -> Result<Vec<Piece<'_>>, BadBody> {
    let mut found = Vec::new();
    let mut rest = body;
    while let Some((before, behind)) = rest.split_once("{{") {
        let (name, behind) = behind.split_once("}}").ok_or(BadBody::Open)?;
        let name = name.trim();
        let field = name.parse().map_err(|_| BadBody::Unknown(name.chars().take(60).collect()))?;
        found.push(Piece::Text(before));
        found.push(Piece::Place(field));
        rest = behind;
    }
    found.push(Piece::Text(rest));
    Ok(found)
}

/// Whether each place of a body is known.
pub fn check(body: &str) -> Result<(), BadBody> {
    pieces(body).map(|_| ())
}

/// The body with its places filled, and those for which nothing was known, which are left empty.
pub fn render(
    body: &str,
    value: impl Fn(Field) -> Option<String>,
) -> Result<(String, Vec<Field>), BadBody> {
    let (mut text, mut missing) = (String::new(), Vec::new());
    for piece in pieces(body)? {
        match piece {
            Piece::Text(plain) => text.push_str(plain),
            Piece::Place(field) => match value(field).filter(|value| !value.is_empty()) {
                Some(value) => text.push_str(&value),
                None if missing.contains(&field) => {}
                None => missing.push(field),
            },
        }
    }
    Ok((text, missing))
}

/// The first word of a name.
pub fn first_name(name: &str) -> String {
    name.split_whitespace().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_places_are_filled_and_others_refused() {
        let value = |field| match field {
            Field::CustomerName => Some("Ayşe {{agent.name}}".to_owned()),
            Field::TicketNumber => Some("1042".to_owned()),
            _ => None,
        };
        let body = "Merhaba {{ customer.name }}, #{{ticket.number}} {{agent.name}}{{agent.name}}!";
        let (text, missing) = render(body, value).unwrap();
        assert_eq!(text, "Merhaba Ayşe {{agent.name}}, #1042 !", "values are not read again");
        assert_eq!(missing, [Field::AgentName]);
        let refused = check("{{customer.password}}").unwrap_err();
        assert!(refused.to_string().starts_with("there is no place '{{customer.password}}'"));
        assert_eq!(check("a {{ b"), Err(BadBody::Open));
        assert_eq!(check("plain } text { and }}"), Ok(()));
    }
}
