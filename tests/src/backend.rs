//! A fresh, migrated database per test, on either back end.

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use throughline_store::{BlobOptions, DatabaseUrl, StoreOptions, migrate};

/// Names the server on which tests may make databases.
const POSTGRES: &str = "THROUGHLINE_TEST_POSTGRES";

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A file in the test's folder.
    Sqlite,
    /// A database of its own on the test server.
    Postgres,
}

impl Backend {
    /// Whether tests can run on it here. On CI a missing server is a failure.
    pub fn is_there(self) -> bool {
        let there = self == Self::Sqlite || std::env::var(POSTGRES).is_ok();
        assert!(there || std::env::var("CI").as_deref() != Ok("true"), "{POSTGRES} is not set");
        there
    }

    /// The URL of an empty database; SQLite's lies in `folder`.
    pub fn empty(self, folder: &Path) -> String {
        match self {
            Self::Sqlite => format!("sqlite://{}", folder.join("test.db").display()),
            Self::Postgres => create_database("template0"),
        }
    }

    /// Options for a migrated database with blobs in `folder`.
    pub fn migrated(self, folder: &Path) -> StoreOptions {
        let url = match self {
            Self::Sqlite => self.empty(folder),
            Self::Postgres => create_database(template()),
        };
        let options = options(&url, folder);
        if self == Self::Sqlite {
            migrate::run(&options).expect("migrations run");
        }
        options
    }
}

/// Options for a database with blobs in `folder`.
pub fn options(url: &str, folder: &Path) -> StoreOptions {
    StoreOptions {
        url: DatabaseUrl::parse(url).expect("a database URL"),
        blobs: BlobOptions::Folder(folder.join("blobs")),
        connections: Some(4),
    }
}

fn server() -> String {
    std::env::var(POSTGRES).expect("checked by is_there")
}

fn url_of(database: &str) -> String {
    let server = server();
    let (base, _) = server.rsplit_once('/').expect("a URL with a database");
    format!("{base}/{database}")
}

fn name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("tl_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The migrated database that the others are copied from, made once per test binary.
fn template() -> &'static str {
    static TEMPLATE: OnceLock<String> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let url = create_database("template0");
        let folder = tempfile::tempdir().expect("a folder");
        migrate::run(&options(&url, folder.path())).expect("migrations run");
        url.rsplit('/').next().expect("a name").to_owned()
    })
}

fn create_database(template: &str) -> String {
    // The driver is synchronous and brings a runtime of its own: not inside the test's.
    let template = template.to_owned();
    std::thread::spawn(move || {
        let database = name();
        let mut client = postgres::Client::connect(&server(), postgres::NoTls).expect("a server");
        let sql = format!("CREATE DATABASE {database} TEMPLATE {template}");
        client.batch_execute(&sql).expect("a database");
        url_of(&database)
    })
    .join()
    .expect("a database")
}
