//! What can go wrong below the use cases.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// Why the store could not do something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A named rule of the schema refused the change, such as `agents_email`.
    #[error("the rule {0} of the database refused this")]
    Constraint(String),
    /// The database or the blob store cannot be reached, or is too busy: try again.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// The settings are wrong.
    #[error("{0}")]
    Configuration(String),
    /// A stored value that this version does not understand.
    #[error("stored value of {what} is not readable: {why}")]
    Unreadable {
        /// Which column.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// A blob that is named by a row but is not in the blob store.
    #[error("blob {0} is missing")]
    MissingBlob(String),
    /// Anything else; the text is for the log.
    #[error("{0}")]
    Internal(String),
}

impl StoreError {
    /// A connection could not be opened.
    pub fn connect(error: diesel::ConnectionError) -> Self {
        Self::Unavailable(error.to_string())
    }

    /// Whether a schema rule of this name refused the change.
    pub fn is_constraint(&self, name: &str) -> bool {
        matches!(self, Self::Constraint(got) if got == name)
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::DatabaseError(kind, info) => from_database(kind, info.as_ref()),
            DieselError::BrokenTransactionManager => Self::Unavailable(error.to_string()),
            other => Self::Internal(other.to_string()),
        }
    }
}

fn from_database(
    kind: DatabaseErrorKind,
    info: &(dyn diesel::result::DatabaseErrorInformation + Send + Sync),
) -> StoreError {
    let message = info.message();
    match kind {
        DatabaseErrorKind::UniqueViolation
        | DatabaseErrorKind::ForeignKeyViolation
        | DatabaseErrorKind::CheckViolation
        | DatabaseErrorKind::NotNullViolation => {
            let named = info.constraint_name().map(str::to_owned);
            StoreError::Constraint(named.unwrap_or_else(|| sqlite_constraint(message)))
        }
        DatabaseErrorKind::SerializationFailure | DatabaseErrorKind::ClosedConnection => {
            StoreError::Unavailable(message.to_owned())
        }
        // SQLite reports ON DELETE RESTRICT without a kind.
        _ if message.contains("FOREIGN KEY constraint failed") => {
            StoreError::Constraint("foreign_key".to_owned())
        }
        _ if is_busy(message) => StoreError::Unavailable(message.to_owned()),
        _ => StoreError::Internal(message.to_owned()),
    }
}

fn is_busy(message: &str) -> bool {
    let signs = ["database is locked", "deadlock detected", "lock timeout", "disk is full"];
    signs.iter().any(|sign| message.contains(sign))
        || message.contains("could not connect")
        || message.contains("terminating connection")
}

/// SQLite names the columns (`UNIQUE constraint failed: jobs.kind, jobs.dedup_key`); our indexes
/// are named after the table and the last of them, as PostgreSQL reports them.
fn sqlite_constraint(message: &str) -> String {
    let columns = message.rsplit(": ").next().unwrap_or(message);
    columns.rsplit(", ").next().unwrap_or(columns).replace('.', "_")
}

impl From<diesel::r2d2::PoolError> for StoreError {
    fn from(error: diesel::r2d2::PoolError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<object_store::Error> for StoreError {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { path, .. } => Self::MissingBlob(path),
            other => Self::Unavailable(format!("blob store: {other}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_databases_name_a_rule_alike() {
        let text = "UNIQUE constraint failed: inboxes.channel, inboxes.address";
        assert_eq!(sqlite_constraint(text), "inboxes_address");
        assert_eq!(sqlite_constraint("UNIQUE constraint failed: agents.email"), "agents_email");
        assert_eq!(
            sqlite_constraint("FOREIGN KEY constraint failed"),
            "FOREIGN KEY constraint failed"
        );
    }
}
