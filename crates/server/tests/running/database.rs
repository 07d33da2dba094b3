//! The database of an installation, asked behind the program's back: by Python's SQLite, or by a
//! client of PostgreSQL that the program does not use.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use postgres::{Client, NoTls, SimpleQueryMessage, SimpleQueryRow};
use serde_json::Value;

/// Names the server on which tests may make databases.
const POSTGRES: &str = "THROUGHLINE_TEST_POSTGRES";

/// Where an installation keeps its rows.
pub enum Database {
    /// The file in its folder.
    Sqlite,
    /// A database of its own on the test server, by its URL.
    Postgres(String),
}

impl Database {
    /// An empty database on the test server; `None` without one, which with CI=true is a failure.
    pub fn postgres() -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let Ok(server) = std::env::var(POSTGRES) else {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{POSTGRES} is not set");
            println!("left out: {POSTGRES} is not set");
            return None;
        };
        let name = format!("mail_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let mut client = Client::connect(&server, NoTls).unwrap();
        client.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0")).unwrap();
        let (base, _) = server.rsplit_once('/').unwrap();
        Some(Self::Postgres(format!("{base}/{name}")))
    }

    /// What it is called, for people.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    /// What the program is told of it.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Sqlite => Vec::new(),
            // Without a file of the database there is none for the key either.
            Self::Postgres(url) => vec![
                ("THROUGHLINE__DATABASE__URL", url.clone()),
                ("THROUGHLINE__SECRETS__KEY", "5e".repeat(32)),
            ],
        }
    }

    /// A field of a column with JSON in it, as text.
    pub fn json_field(&self, column: &str, field: &str) -> String {
        match self {
            Self::Sqlite => format!("json_extract({column}, '$.{field}')"),
            Self::Postgres(_) => format!("({column}::json ->> '{field}')"),
        }
    }

    /// What a query finds, as rows of columns. The database of SQLite lies in `folder`.
    pub fn query(&self, folder: &Path, sql: &str) -> Vec<Value> {
        match self {
            Self::Sqlite => query_sqlite(&folder.join("data/throughline.db"), sql),
            Self::Postgres(url) => {
                let mut client = Client::connect(url, NoTls).unwrap();
                client.simple_query(sql).unwrap().into_iter().filter_map(row).collect()
            }
        }
    }
}

fn query_sqlite(file: &Path, sql: &str) -> Vec<Value> {
    const SCRIPT: &str = "import json, sqlite3, sys; \
        print(json.dumps(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchall()))";
    let ran = Command::new("python3").args(["-c", SCRIPT]).arg(file).arg(sql).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    serde_json::from_slice(&ran.stdout).unwrap()
}

fn row(message: SimpleQueryMessage) -> Option<Value> {
    let SimpleQueryMessage::Row(row) = message else { return None };
    Some((0..row.len()).map(|at| column(&row, at)).collect())
}

/// All values come as text; what looks like a whole number is one.
fn column(row: &SimpleQueryRow, at: usize) -> Value {
    let number = |text: &str| text.parse::<i64>().map_or_else(|_| text.into(), Value::from);
    row.get(at).map_or(Value::Null, number)
}
