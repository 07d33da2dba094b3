//! Making two customers of 100,000 items each one, and taking them apart again, against what it may
//! take.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, params};
use throughline_app::{App, SystemClock, customers};
use throughline_core::actor::Actor;
use throughline_core::id::{CustomerId, IdMaker, ItemId};
use throughline_core::time::Instant;
use throughline_core::timeline::OrderKey;
use throughline_store::{BlobOptions, DatabaseUrl, Store, StoreOptions, migrate};

use crate::Options;
use crate::table::{Spans, Table, timed};

/// Items of each of the two.
const ITEMS: i64 = 100_000;
/// Times that they are made one and parted.
const ROUNDS: usize = 30;
/// What either may take.
const LIMIT: Duration = Duration::from_millis(50);

/// Measures.
pub fn measure(_: &Options, table: &mut Table) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bench.db");
    let url = DatabaseUrl::parse(&format!("sqlite://{}", path.display())).expect("a URL");
    let blobs = BlobOptions::Folder(folder.path().join("blobs"));
    let options = StoreOptions { url, blobs, connections: None };
    migrate::run(&options).expect("migrated");
    eprintln!("  filling two customers with {ITEMS} items each");
    fill(&path);
    let store = Store::open(&options).expect("a store");
    let app = App::new(store, Arc::new(SystemClock), Arc::new(IdMaker::new(1)));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let system = Actor::system();
    let (mut joined, mut parted) = (Vec::new(), Vec::new());
    let (one, other) = (CustomerId::from(1), CustomerId::from(2));
    for _ in 0..ROUNDS {
        let merge = customers::merge(&app, &system, one, other, None);
        let (span, merge) = timed(|| runtime.block_on(merge).expect("merged"));
        joined.push(span);
        let undo = timed(|| runtime.block_on(customers::unmerge(&app, &system, merge.id)));
        undo.1.expect("undone");
        parted.push(undo.0);
    }
    let row = |what: &str, spans: Vec<Duration>, table: &mut Table| {
        let what = format!("{what} of two customers with {ITEMS} items, slowest");
        table.spans(&what, Spans::new(spans).at(1.0), LIMIT, Some(1.0));
    };
    row("merge", joined, table);
    row("unmerge", parted, table);
}

fn fill(path: &Path) {
    let mut connection = Connection::open(path).expect("a database");
    connection.execute_batch("PRAGMA synchronous = OFF").expect("set");
    let transaction = connection.transaction().expect("a transaction");
    for customer in 1..=2_i64 {
        let sql = "INSERT INTO customers (id, name, demo, created_at, updated_at, \
                   last_activity_at, activity_key, version) VALUES (?, 'Elif', 0, 0, 0, ?, ?, 1)";
        transaction.execute(sql, params![customer, customer, customer]).expect("a customer");
        let sql = "INSERT INTO timeline_items (id, customer_id, order_key, kind, channel, \
                   visibility, author_kind, occurred_at, created_at, body, detail) \
                   VALUES (?, ?, ?, 2, 1, 2, 4, ?, ?, 'kargo nerede', '{}')";
        let mut insert = transaction.prepare(sql).expect("SQL");
        for number in 0..ITEMS {
            let id = customer * ITEMS + number;
            let at = 1_700_000_000_000_000 + number * 60_000_000;
            let key = OrderKey::new(Instant::from_micros(at), ItemId::from(id), 0).get();
            insert.execute(params![id, customer, key, at, at]).expect("an item");
        }
    }
    transaction.commit().expect("committed");
    connection.execute_batch("ANALYZE").expect("analysed");
    // Else the first checkpoint of what is measured writes all of this to the disk.
    std::fs::File::open(path).and_then(|file| file.sync_all()).expect("synced");
}
