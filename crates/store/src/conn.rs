//! One connection type over both databases, and the three helpers for what differs.

use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::r2d2::ManageConnection;
use diesel::{Connection, PgConnection, QueryResult, RunQueryDsl, SqliteConnection};

use crate::error::StoreError;
use crate::options::{DatabaseUrl, StoreOptions};

/// A connection to either database. Queries written once run on both.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// PostgreSQL.
    Pg(PgConnection),
    /// SQLite.
    Sqlite(SqliteConnection),
}

/// Runs the same code on the native connection: for batch inserts and what else the shared
/// connection cannot express, and for what every mail or page asks, since the shared connection writes
/// out the text of a statement twice each time that it is run.
macro_rules! each {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn {
            $crate::conn::Conn::Pg($c) => $body,
            $crate::conn::Conn::Sqlite($c) => $body,
        }
    };
}
pub(crate) use each;

/// Inserts rows, the last argument being what follows `values`: on PostgreSQL with one statement per
/// thousand. On SQLite one by one, by the same statement, which stays prepared, while one over many
/// rows is parsed anew each time.
macro_rules! insert_rows {
    ($conn:expr, $table:expr, $rows:expr $(, $more:ident)?) => {
        match $conn {
            $crate::conn::Conn::Pg(c) => {
                for part in $rows.chunks(1_000) {
                    diesel::insert_into($table).values(part)$(.$more())?.execute(c)?;
                }
            }
            $crate::conn::Conn::Sqlite(c) => {
                for row in $rows.iter() {
                    diesel::insert_into($table).values(row)$(.$more())?.execute(c)?;
                }
            }
        }
    };
}
pub(crate) use insert_rows;

/// A statement that both databases know but the shared connection does not, such as an upsert.
#[derive(Debug, Clone, Copy)]
pub struct Both<Q>(pub Q);

impl<Q> QueryFragment<MultiBackend> for Both<Q>
where
    Q: QueryFragment<diesel::pg::Pg> + QueryFragment<diesel::sqlite::Sqlite>,
{
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        MultiBackend::walk_variant_ast(&self.0, pass)
    }
}

impl<Q> QueryId for Both<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: diesel::query_builder::Query> diesel::query_builder::Query for Both<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> RunQueryDsl<Conn> for Both<Q> {}

/// A statement that stays prepared although the query builder would have it parsed anew each time, as
/// it does with each UPDATE, each upsert and each IN: they could have any number of texts. For those on
/// busy ways that have one, or a few.
#[derive(Debug, Clone, Copy)]
pub struct Kept<Q>(pub Q);

impl<DB: Backend, Q: QueryFragment<DB>> QueryFragment<DB> for Kept<Q> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q> QueryId for Kept<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: diesel::query_builder::Query> diesel::query_builder::Query for Kept<Q> {
    type SqlType = Q::SqlType;
}

impl<C, Q> RunQueryDsl<C> for Kept<Q> {}

/// Opens connections for the pool: the variant by the URL's scheme, and the true reason on failure.
#[derive(Debug, Clone)]
pub struct Manager {
    options: StoreOptions,
    read_only: bool,
}

impl Manager {
    /// A manager for readers; on SQLite these connections refuse to write.
    pub fn readers(options: &StoreOptions) -> Self {
        Self { options: options.clone(), read_only: true }
    }

    /// Opens one connection that may write.
    pub fn writer(options: &StoreOptions) -> Result<Conn, StoreError> {
        let manager = Self { options: options.clone(), read_only: false };
        manager.connect()
    }
}

/// WAL lets readers and the writer pass each other; FULL makes a commit survive a power cut, which
/// the group commit pays for. The cache is in KiB and per connection.
const PRAGMAS: &str = "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; \
    PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; \
    PRAGMA mmap_size = 1073741824; PRAGMA cache_size = -8000; PRAGMA journal_size_limit = 67108864;";

/// Has no part of the file mapped into memory any more.
pub fn unmap(conn: &mut Conn) -> Result<(), StoreError> {
    match conn {
        Conn::Sqlite(c) => Ok(c.batch_execute("PRAGMA mmap_size = 0")?),
        Conn::Pg(_) => Ok(()),
    }
}

impl ManageConnection for Manager {
    type Connection = Conn;
    type Error = StoreError;

    fn connect(&self) -> Result<Conn, StoreError> {
        match &self.options.url {
            DatabaseUrl::Sqlite(path) => {
                let path = path.to_string_lossy();
                let mut c = SqliteConnection::establish(&path).map_err(StoreError::connect)?;
                c.batch_execute(PRAGMAS)?;
                if self.read_only {
                    c.batch_execute("PRAGMA query_only = ON;")?;
                }
                Ok(Conn::Sqlite(c))
            }
            DatabaseUrl::Postgres(url) => {
                let mut c = PgConnection::establish(url).map_err(StoreError::connect)?;
                c.batch_execute("SET TIME ZONE 'UTC'; SET lock_timeout = '10s';")?;
                Ok(Conn::Pg(c))
            }
        }
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<(), StoreError> {
        each!(conn, c => c.batch_execute("SELECT 1"))?;
        Ok(())
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        std::thread::panicking() || each!(conn, c => broken(c))
    }
}

/// A connection whose transaction depth is unknown must not be used again.
fn broken<C>(conn: &mut C) -> bool
where
    C: Connection,
    C::Backend: Backend,
{
    use diesel::connection::TransactionManager;
    let status = C::TransactionManager::transaction_manager_status_mut(conn);
    !matches!(status.transaction_depth(), Ok(None))
}
