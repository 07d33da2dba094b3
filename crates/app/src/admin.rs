//! What the use cases of the set-up share: the trail they leave, and the checks of plain fields.

use std::fmt::Display;

use throughline_core::actor::{Actor, Lacks, Scope};
use throughline_core::event::{DomainEvent, Happening};
use throughline_core::id::EventId;
use throughline_core::time::Instant;
use throughline_store::{Conn, StoreError, events};

use crate::{App, AppError};

/// The longest name, in characters.
const MAX_NAME: usize = 200;
/// The longest description, in characters.
const MAX_DESCRIPTION: usize = 1000;

/// What was done to a thing of the set-up.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Change {
    Created,
    Updated,
    Deleted,
}

/// The event of one change; it is made before the transaction, since it takes an id.
pub(crate) struct Trail(DomainEvent);

impl Trail {
    /// The event that says what `actor` did to the `what` of this id.
    pub(crate) fn new(
        app: &App,
        actor: &Actor,
        now: Instant,
        what: &str,
        id: impl Display,
        change: Change,
    ) -> Self {
        let change = match change {
            Change::Created => "created",
            Change::Updated => "updated",
            Change::Deleted => "deleted",
        };
        let (what, id, change) = (what.to_owned(), id.to_string(), change.to_owned());
        let fields = Vec::new();
        Self(app.event(actor, now, Happening::AdminChanged { what, id, change, fields }))
    }

    /// The same, naming the fields that changed. Their values are not kept: some are secrets.
    pub(crate) fn naming<F: Into<String>>(mut self, changed: impl IntoIterator<Item = F>) -> Self {
        if let Happening::AdminChanged { fields, .. } = &mut self.0.what {
            fields.extend(changed.into_iter().map(Into::into));
        }
        self
    }

    /// The same in the name of somebody else, as events name an actor: a worker does what he asked for.
    pub(crate) fn by(mut self, actor: &str) -> Self {
        actor.clone_into(&mut self.0.actor);
        self
    }

    /// The id of the event.
    pub(crate) fn id(&self) -> EventId {
        self.0.id
    }

    /// Appends it in the transaction that makes the change.
    pub(crate) fn append(self, conn: &mut Conn) -> Result<(), StoreError> {
        events::append(conn, &[self.0])
    }
}

/// The names of those fields that differ between two values of one type.
macro_rules! changed {
    ($before:expr, $after:expr; $($field:ident),+ $(,)?) => {
        [$((stringify!($field), $before.$field != $after.$field)),+]
            .into_iter()
            .filter_map(|(name, differs)| differs.then_some(name))
    };
}
pub(crate) use changed;

/// Fails, naming the first, unless the actor has one of these rights.
pub(crate) fn require_any(actor: &Actor, scopes: &[Scope]) -> Result<(), AppError> {
    let first = scopes.first().copied().unwrap_or(Scope::Admin);
    if scopes.iter().any(|s| actor.scopes.contains(s)) { Ok(()) } else { Err(Lacks(first).into()) }
}

/// A name as kept: trimmed, one to 200 characters, none of them a control character.
pub(crate) fn name(field: &'static str, text: &str) -> Result<String, AppError> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 || length > MAX_NAME || text.chars().any(char::is_control) {
        let message = format!("must have 1 to {MAX_NAME} characters and no control characters");
        return Err(AppError::invalid(field, message));
    }
    Ok(text.to_owned())
}

/// A description as kept: trimmed, possibly of several lines; `None` when nothing is left.
pub(crate) fn description(text: Option<&str>) -> Result<Option<String>, AppError> {
    let text = text.unwrap_or_default().trim();
    let control = |c: char| c.is_control() && c != '\n' && c != '\t';
    if text.chars().count() > MAX_DESCRIPTION || text.chars().any(control) {
        let message = format!("must have at most {MAX_DESCRIPTION} characters of plain text");
        return Err(AppError::invalid("description", message));
    }
    Ok(if text.is_empty() { None } else { Some(text.to_owned()) })
}

/// Fails when the client has read another version than the one that is there.
pub(crate) fn expect_version(there: i64, expected: Option<i64>) -> Result<(), AppError> {
    if expected.is_none_or(|e| e == there) { Ok(()) } else { Err(AppError::stale()) }
}

/// Each value once, in order.
pub(crate) fn once<T: Ord>(mut values: Vec<T>) -> Vec<T> {
    values.sort();
    values.dedup();
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_bounded() {
        assert_eq!(name("name", "  Ayşe ").unwrap(), "Ayşe");
        for bad in ["", " ", "a\nb", "a\u{0}", &"ş".repeat(201)] {
            assert_eq!(name("name", bad).unwrap_err().field, Some("name"), "{bad:?}");
        }
        assert!(name("name", &"ş".repeat(200)).is_ok());
    }

    #[test]
    fn descriptions_may_have_lines_and_may_be_taken_away() {
        assert_eq!(description(Some(" a\nb ")).unwrap(), Some("a\nb".to_owned()));
        assert_eq!(description(Some("  ")).unwrap(), None);
        assert!(description(Some("a\u{7}")).is_err());
        assert!(description(Some(&"x".repeat(1001))).is_err());
    }
}
