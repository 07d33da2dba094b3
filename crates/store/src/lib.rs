//! All SQL, connection pools, blobs and queue rows, on SQLite and PostgreSQL.
//!
//! The only crate that names diesel. Functions take a [`Conn`] and answer with `core` types; a
//! use case in `app` calls several of them inside one [`Store::write`]. No rules live here.

pub mod accesses;
pub mod agents;
pub mod api_keys;
pub mod attachments;
pub mod automatic_answers;
mod blobs;
pub mod channel_accounts;
pub mod channel_objects;
pub mod channel_places;
pub mod channel_templates;
mod conn;
pub mod correspondence;
pub mod customers;
pub mod deliveries;
pub mod drafts;
pub mod erasures;
mod error;
pub mod event_types;
pub mod events;
pub mod fact_rules;
pub mod facts;
pub mod file_links;
pub mod guard;
pub mod history;
pub mod idempotency;
pub mod identities;
pub mod imports;
pub mod inboxes;
pub mod item_tags;
pub mod jobs;
pub mod likenesses;
mod lock;
pub mod macros;
pub mod mail_ids;
pub mod mail_seen;
pub mod mail_settings;
pub mod mailboxes;
pub mod mentions;
pub mod merge_counts;
pub mod merges;
pub mod migrate;
pub mod moved;
pub mod nodes;
mod options;
pub mod organizations;
pub mod outgoing;
pub mod phone_calls;
pub mod phone_mappings;
pub mod phone_settings;
pub mod pins;
pub mod presences;
pub mod profiles;
pub mod promises;
pub mod pushed_events;
pub mod question_rules;
mod read;
pub mod redaction;
pub mod samples;
mod schema;
pub mod scratch;
pub mod search;
pub mod secrets;
pub mod sessions;
pub mod statuses;
pub mod stream_tickets;
pub mod suggestions;
pub mod tags;
pub mod teams;
pub mod ticket_links;
pub mod ticket_list;
pub mod ticket_reads;
pub mod ticket_rows;
pub mod ticket_search;
pub mod tickets;
pub mod timeline;
pub mod trash;
pub mod uploads;
pub mod views;
pub mod waiting_events;
pub mod webhook_attempts;
pub mod webhooks;
mod writer;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use diesel::Connection;
use diesel::r2d2::{Pool, PooledConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

pub use blobs::{BlobReader, Blobs, NewBlob, name_of as blob_name_of};
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
    /// Counts the commits of this process that held domain events.
    news: Arc<watch::Sender<u64>>,
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
        Ok(Self { pool, permits, writer, blobs, news: Arc::default() })
    }

    /// The blobs.
    pub fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    /// Whether this is SQLite, where one process writes at a time.
    pub fn is_sqlite(&self) -> bool {
        self.writer.is_some()
    }

    /// Lets the writing connection of SQLite copy what it reads of the file instead of mapping it into
    /// memory. Who writes more than fits into memory would have the whole file mapped: it costs nobody
    /// anything, but looks like a process of that size.
    pub async fn unmap_writer(&self) -> Result<(), StoreError> {
        match &self.writer {
            Some(writer) => writer.write(conn::unmap).await,
            None => Ok(()),
        }
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

    /// Runs queries that read a few rows by an index, and nothing that may take long.
    ///
    /// On SQLite that takes less time than the way to another thread and back, so they run on the
    /// asking thread, if a connection is free; on PostgreSQL this is [`Store::read`].
    pub async fn lookup<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        match self.free_reader() {
            Some(mut reader) => run_guarded(|| work(&mut reader.conn)),
            None => self.on_pool(work).await,
        }
    }

    /// A reading connection of SQLite that nobody uses, at once or not at all.
    fn free_reader(&self) -> Option<Reader> {
        self.writer.as_ref()?;
        let permit = Arc::clone(&self.permits).try_acquire_owned().ok()?;
        let conn = self.pool.try_get()?;
        Some(Reader { conn, _permit: permit })
    }

    /// Runs one transaction: all of it is kept, or nothing.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        // Whether events were appended is noted beside the work, which runs on one thread.
        let noted = move |conn: &mut Conn| events::noting_news(|| work(conn));
        let (value, news) = match &self.writer {
            Some(writer) => writer.write(noted).await?,
            None => self.on_pool(move |conn| transaction(conn, noted)).await?,
        };
        if news {
            self.news.send_modify(|count| *count = count.wrapping_add(1));
        }
        Ok(value)
    }

    /// Changes whenever a write of this process has committed domain events. What other processes
    /// write is not told.
    pub fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
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
            run_guarded(|| work(&mut conn))
        });
        task.await.unwrap_or_else(|e| Err(StoreError::Internal(format!("query died: {e}")).into()))
    }
}

/// A connection with its permit, given back in this order.
struct Reader {
    conn: PooledConnection<Manager>,
    _permit: OwnedSemaphorePermit,
}

/// A query that panics fails alone, whichever thread it runs on.
fn run_guarded<T, E: From<StoreError>>(work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(StoreError::Internal("a query panicked".to_owned()).into()))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn store(folder: &std::path::Path) -> Store {
        let url = DatabaseUrl::Sqlite(folder.join("l.db"));
        let blobs = BlobOptions::Folder(folder.join("blobs"));
        let options = StoreOptions { url, blobs, connections: Some(1) };
        migrate::run(&options).unwrap();
        Store::open(&options).unwrap()
    }

    type Thread = std::thread::ThreadId;

    async fn thread_of(store: &Store) -> Thread {
        let here = |_: &mut Conn| Ok::<_, StoreError>(std::thread::current().id());
        store.lookup(here).await.unwrap()
    }

    #[tokio::test]
    async fn a_lookup_needs_no_other_thread_and_a_panic_in_it_fails_alone() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let here = std::thread::current().id();
        assert_eq!(thread_of(&store).await, here);
        let panics = |_: &mut Conn| -> Result<(), StoreError> { panic!("on purpose") };
        store.lookup(panics).await.unwrap_err();
        assert_eq!(thread_of(&store).await, here, "the connection came back");
    }

    #[tokio::test]
    async fn a_lookup_that_finds_no_free_connection_waits_on_the_pool() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let taken = store.free_reader().unwrap();
        let waiting = tokio::spawn({
            let store = store.clone();
            async move { thread_of(&store).await }
        });
        tokio::task::yield_now().await;
        drop(taken);
        assert_ne!(waiting.await.unwrap(), std::thread::current().id());
    }
}
