//! The embedded migrations: two folders with the same names, one per database.

use diesel::migration::MigrationSource;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::conn::{Conn, Manager};
use crate::error::StoreError;
use crate::options::{DatabaseUrl, StoreOptions};

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// Serialises nodes that start at the same moment; any constant does.
const MIGRATION_LOCK: &str = "SELECT pg_advisory_lock(7250921)";
const MIGRATION_UNLOCK: &str = "SELECT pg_advisory_unlock(7250921)";

/// Brings the database up to date, making the SQLite file and its folder when they are missing.
/// Answers with the names of the migrations it ran.
pub fn run(options: &StoreOptions) -> Result<Vec<String>, StoreError> {
    make_folder(&options.url)?;
    let mut conn = Manager::writer(options)?;
    let ran = match &mut conn {
        Conn::Sqlite(c) => c.run_pending_migrations(SQLITE).map(names),
        Conn::Pg(c) => {
            use diesel::connection::SimpleConnection;
            c.batch_execute(MIGRATION_LOCK)?;
            let ran = c.run_pending_migrations(POSTGRES).map(names);
            c.batch_execute(MIGRATION_UNLOCK)?;
            ran
        }
    };
    ran.map_err(|e| StoreError::Internal(format!("migration failed: {e}")))
}

/// Takes every migration back, newest first. For tests of the schema.
pub fn revert_all(options: &StoreOptions) -> Result<(), StoreError> {
    let mut conn = Manager::writer(options)?;
    let reverted = match &mut conn {
        Conn::Sqlite(c) => c.revert_all_migrations(SQLITE).map(|v| v.len()),
        Conn::Pg(c) => c.revert_all_migrations(POSTGRES).map(|v| v.len()),
    };
    reverted.map(drop).map_err(|e| StoreError::Internal(format!("revert failed: {e}")))
}

/// The migrations that have not run yet.
pub fn pending(conn: &mut Conn) -> Result<usize, StoreError> {
    let pending = match conn {
        Conn::Sqlite(c) => c.pending_migrations(SQLITE).map(|p| p.len()),
        Conn::Pg(c) => c.pending_migrations(POSTGRES).map(|p| p.len()),
    };
    pending.map_err(|e| StoreError::Internal(format!("cannot list migrations: {e}")))
}

/// The names in each folder: SQLite's, then PostgreSQL's.
pub fn folder_names() -> Result<(Vec<String>, Vec<String>), StoreError> {
    fn of<B: diesel::backend::Backend>(
        source: &EmbeddedMigrations,
    ) -> Result<Vec<String>, StoreError>
    where
        EmbeddedMigrations: MigrationSource<B>,
    {
        let all = MigrationSource::<B>::migrations(source)
            .map_err(|e| StoreError::Internal(format!("cannot list migrations: {e}")))?;
        Ok(all.iter().map(|m| m.name().to_string()).collect())
    }
    Ok((of::<diesel::sqlite::Sqlite>(&SQLITE)?, of::<diesel::pg::Pg>(&POSTGRES)?))
}

fn names(ran: Vec<diesel::migration::MigrationVersion<'_>>) -> Vec<String> {
    ran.iter().map(ToString::to_string).collect()
}

fn make_folder(url: &DatabaseUrl) -> Result<(), StoreError> {
    let DatabaseUrl::Sqlite(path) = url else { return Ok(()) };
    let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) else { return Ok(()) };
    std::fs::create_dir_all(folder).map_err(|e| {
        StoreError::Configuration(format!("cannot make the folder {}: {e}", folder.display()))
    })
}
