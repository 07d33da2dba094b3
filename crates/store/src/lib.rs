//! All SQL, connection pools, blobs and queue rows, on SQLite and PostgreSQL.
//!
//! The only crate that names diesel. Functions take a [`Conn`] and answer with `core` types; a
//! use case in `app` calls several of them inside one [`Store::write`]. No rules live here.

pub mod agents;
pub mod api_keys;
pub mod attachments;
mod blobs;
mod conn;
pub mod customers;
pub mod deliveries;
mod error;
pub mod events;
pub mod idempotency;
pub mod identities;
pub mod inboxes;
pub mod jobs;
mod lock;
pub mod mail_ids;
pub mod migrate;
pub mod nodes;
mod options;
pub mod organizations;
mod read;
mod schema;
pub mod scratch;
pub mod search;
pub mod secrets;
pub mod sessions;
pub mod statuses;
pub mod tags;
pub mod teams;
pub mod ticket_list;
pub mod ticket_search;
pub mod tickets;
pub mod timeline;
mod writer;

use std::sync::Arc;

use diesel::Connection;
use diesel::r2d2::Pool;
use tokio::sync::Semaphore;

pub use blobs::{Blobs, name_of as blob_name_of};
pub use conn::Conn;
pub use error::StoreError;
pub use options::{BlobOptions, DatabaseUrl, S3Options, StoreOptions};

use conn::Manager;
use writer::Writer;

/// The handle to the database and the blobs. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pool: Pool<Manager>,
    /// As many permits as connections: a waiting query holds no thread.
    permits: Arc<Semaphore>,
    /// Only on SQLite, which has one writer.
    writer: Option<Writer>,
    blobs: Blobs,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("sqlite", &self.writer.is_some()).finish_non_exhaustive()
    }
}

impl Store {
    /// Connects. The database must be up to date: see [`migrate::run`].
    pub fn open(options: &StoreOptions) -> Result<Self, StoreError> {
        let size = options.pool_size();
        // A first connection by hand: the pool would hide the reason of a failure behind a timeout.
        let writer = match options.url {
            DatabaseUrl::Sqlite(_) => Some(Writer::start(options)?),
            DatabaseUrl::Postgres(_) => Manager::writer(options).map(|_| None)?,
        };
        let pool = Pool::builder()
            .max_size(size)
            .min_idle(Some(1))
            .connection_timeout(std::time::Duration::from_secs(10))
            // Checking each checkout costs a round trip; a broken connection is seen when used.
            .test_on_check_out(false)
            .build(Manager::readers(options))?;
        let permits = Arc::new(Semaphore::new(size as usize));
        let blobs = Blobs::open(&options.blobs)?;
        Ok(Self { pool, permits, writer, blobs })
    }

    /// The blobs.
    pub fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    /// Whether this is SQLite, where one process writes at a time.
    pub fn is_sqlite(&self) -> bool {
        self.writer.is_some()
    }

    /// Runs queries that only read, on the blocking pool.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        self.on_pool(work).await
    }

    /// Runs one transaction: all of it is kept, or nothing.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        match &self.writer {
            Some(writer) => writer.write(work).await,
            None => self.on_pool(move |conn| transaction(conn, work)).await,
        }
    }

    async fn on_pool<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        let stopped = |_| E::from(StoreError::Unavailable("the store is shutting down".to_owned()));
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(stopped)?;
        let pool = self.pool.clone();
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let mut conn = pool.get().map_err(|e| E::from(StoreError::from(e)))?;
            work(&mut conn)
        });
        task.await.unwrap_or_else(|e| Err(StoreError::Internal(format!("query died: {e}")).into()))
    }
}

/// Runs `work` in a transaction, or in a savepoint when one is open already.
pub(crate) fn transaction<T, E, F>(conn: &mut Conn, work: F) -> Result<T, E>
where
    E: From<StoreError>,
    F: FnOnce(&mut Conn) -> Result<T, E>,
{
    /// Keeps the caller's error apart from the database's own through diesel's rollback.
    enum Failed<E> {
        Work(E),
        Database(diesel::result::Error),
    }
    impl<E> From<diesel::result::Error> for Failed<E> {
        fn from(error: diesel::result::Error) -> Self {
            Self::Database(error)
        }
    }
    conn.transaction(|conn| work(conn).map_err(Failed::Work)).map_err(|failed| match failed {
        Failed::Work(error) => error,
        Failed::Database(error) => StoreError::from(error).into(),
    })
}

/// Runs `work` in a savepoint of the open transaction: if it fails, only its own changes are undone.
pub fn nested<T, E, F>(conn: &mut Conn, work: F) -> Result<T, E>
where
    E: From<StoreError>,
    F: FnOnce(&mut Conn) -> Result<T, E>,
{
    transaction(conn, work)
}
