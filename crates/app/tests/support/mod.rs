//! Opens a fresh, migrated store on each database, with a clock that stands still until it is
//! moved. SQLite always; PostgreSQL when `THROUGHLINE_TEST_POSTGRES` holds the URL of a server
//! where databases may be made, which continuous integration must have.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use throughline_app::{App, Clock, PasswordCost};
use throughline_core::id::IdMaker;
use throughline_core::time::Instant;
use throughline_store::scratch::ScratchDatabase;
use throughline_store::{BlobOptions, DatabaseUrl, Store, StoreOptions, migrate};

/// A clock that is moved by hand.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// Moves it forward.
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        Instant::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// A product of a test's own, on one database.
pub struct Bench {
    /// The use cases.
    pub app: App,
    /// Its clock.
    pub clock: ManualClock,
    // The order counts: connections close before their database is dropped.
    _database: Option<ScratchDatabase>,
    _folder: tempfile::TempDir,
}

impl Bench {
    fn open(url: &str, database: Option<ScratchDatabase>, folder: tempfile::TempDir) -> Self {
        let options = StoreOptions {
            url: DatabaseUrl::parse(url).unwrap(),
            blobs: BlobOptions::Folder(folder.path().join("blobs")),
            connections: Some(4),
        };
        migrate::run(&options).unwrap();
        let store = Store::open(&options).unwrap();
        let clock = ManualClock(Arc::new(AtomicI64::new(1_790_000_000_000_000)));
        let app = App::new(store, Arc::new(clock.clone()), Arc::new(IdMaker::new(0)))
            .with_password_cost(PasswordCost::least());
        Self { app, clock, _database: database, _folder: folder }
    }

    fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("t.db").display());
        Self::open(&url, None, folder)
    }

    fn on_postgres(server: &str) -> Self {
        let database = ScratchDatabase::create(server, &unique_name()).unwrap();
        let url = database.url();
        Self::open(&url, Some(database), tempfile::tempdir().unwrap())
    }
}

fn unique_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    format!("throughline_test_{}_{nanos:x}_{count}", std::process::id())
}

/// Runs a test on every database there is.
pub async fn on_each_database(test: impl AsyncFn(Bench)) {
    test(Bench::on_sqlite()).await;
    match std::env::var("THROUGHLINE_TEST_POSTGRES") {
        Ok(server) => test(Bench::on_postgres(&server)).await,
        Err(_) => assert!(
            std::env::var("CI").is_err(),
            "continuous integration must set THROUGHLINE_TEST_POSTGRES"
        ),
    }
}
