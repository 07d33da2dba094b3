//! Mail import, durable, end to end, against the same parsing and the same rows and blobs written
//! by the raw driver with the same number of commits.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use rusqlite::types::Value;
use throughline_app::{App, SystemClock, deliveries, inboxes};
use throughline_core::actor::Actor;
use throughline_core::channel::Channel;
use throughline_core::id::IdMaker;
use throughline_core::inbound::RawDelivery;
use throughline_store::{BlobOptions, Blobs, DatabaseUrl, Store, StoreOptions, migrate};
use throughline_worker::{Runner, Settings, jobs::ProcessDelivery};

use crate::Options;
use crate::seed;
use crate::table::{Spans, Table, timed};

/// Mails recorded per transaction, as the command line does it.
const BATCH: usize = 256;
/// Each way is gone so often, in turn, and the middle one counts: writing thousands of small files
/// durably takes now half and now twice the time, for both alike.
const ROUNDS: usize = 5;
/// The product may take this many times the bare way.
const LIMIT: f64 = 2.0;

/// Tables whose rows the import makes; the job table is empty again at the end.
const TABLES: &[&str] = &[
    "customers",
    "identities",
    "tickets",
    "timeline_items",
    "attachments",
    "mail_ids",
    "deliveries",
    "domain_events",
    "facts",
    "likenesses",
    "profile_fields",
];

/// A migrated database in a folder.
pub fn options(folder: &std::path::Path) -> StoreOptions {
    let url = format!("sqlite://{}/bench.db", folder.display());
    let options = StoreOptions {
        url: DatabaseUrl::parse(&url).expect("a URL"),
        blobs: BlobOptions::Folder(folder.join("blobs")),
        connections: None,
    };
    migrate::run(&options).expect("migrated");
    options
}

/// Measures.
pub fn measure(options: &Options, table: &mut Table) {
    let mails = seed::mails(options.mails);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (mut product, mut raw) = (Vec::new(), Vec::new());
    // Deleted at the end: file systems make new files slowly where many have just been deleted.
    let mut folders = Vec::new();
    for _ in 0..ROUNDS {
        let ours = tempfile::tempdir().expect("a folder");
        let (span, ()) = timed(|| runtime.block_on(import(&options_of(ours.path()), &mails)));
        product.push(span);
        let bare_folder = tempfile::tempdir().expect("a folder");
        raw.push(bare(&runtime, ours.path(), bare_folder.path(), &mails));
        folders.extend([ours, bare_folder]);
    }
    let (product, bare) = (Spans::new(product).at(0.5), Spans::new(raw).at(0.5));
    let rate = |span: Duration| format!("{:.0} mails/s", mails.len() as f64 / span.as_secs_f64());
    let ratio = product.as_secs_f64() / bare.as_secs_f64();
    table.add("mail import (SQLite)", rate(product), rate(bare), ratio, Some(LIMIT));
}

fn options_of(folder: &std::path::Path) -> StoreOptions {
    options(folder)
}

async fn import(options: &StoreOptions, mails: &[Vec<u8>]) {
    let store = Store::open(options).expect("a store");
    let app = App::new(store, Arc::new(SystemClock), Arc::new(IdMaker::new(1)));
    let inbox = inboxes::ensure(&app, Channel::Email, "bench@throughline.example", "Bench")
        .await
        .expect("an inbox");
    let runner = Runner::new(app.clone(), Settings::default()).with(ProcessDelivery::default());
    let start = std::time::Instant::now();
    for batch in mails.chunks(BATCH) {
        let raw = |bytes: &Vec<u8>| RawDelivery {
            inbox: inbox.id,
            external_id: format!("blake3:{}", throughline_store::blob_name_of(bytes)),
            bytes: bytes.clone(),
            received_at: app.now(),
        };
        let raw = batch.iter().map(raw).collect();
        deliveries::record(&app, &Actor::system(), raw).await.expect("recorded");
    }
    let recorded = start.elapsed();
    runner.drain().await.expect("processed");
    eprintln!("  recorded in {recorded:.1?}, processed in {:.1?}", start.elapsed() - recorded);
    let counts = deliveries::counts(&app, None).await.expect("counts");
    assert_eq!(counts.stored as usize, mails.len(), "{counts:?}");
}

/// Parses the same mails and writes the rows that the product made, and the same blobs.
fn bare(
    runtime: &tokio::runtime::Runtime,
    from: &std::path::Path,
    to: &std::path::Path,
    mails: &[Vec<u8>],
) -> Duration {
    let source = rusqlite::Connection::open(from.join("bench.db")).expect("the product's rows");
    let rows: Vec<(String, Vec<Vec<Value>>)> =
        TABLES.iter().map(|table| (insert_of(&source, table), rows_of(&source, table))).collect();
    let texts: Vec<(i64, String)> = mails
        .iter()
        .enumerate()
        .map(|(i, mail)| (i as i64 + 1, String::from_utf8_lossy(mail).into_owned()))
        .map(|(i, text)| (i, throughline_core::text::document_tokens(&text).as_str().to_owned()))
        .collect();
    let options = options(to);
    let blobs = Blobs::open(&options.blobs).expect("blobs");
    let mut target = rusqlite::Connection::open(to.join("bench.db")).expect("a database");
    target.execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF").expect("pragmas");
    let batches = mails.len().div_ceil(BATCH);
    let parse = || {
        for mail in mails {
            std::hint::black_box(throughline_mail::parse(mail).expect("a mail"));
        }
    };
    let (parsing, ()) = timed(parse);
    let (putting, ()) = timed(|| runtime.block_on(put_all(&blobs, mails)));
    // Two commits per batch: one records, one processes.
    let (writing, ()) = timed(|| write(&mut target, &rows, &texts, batches * 2));
    eprintln!("  bare: parsed in {parsing:.1?}, blobs in {putting:.1?}, rows in {writing:.1?}");
    parsing + putting + writing
}

async fn put_all(blobs: &Blobs, mails: &[Vec<u8>]) {
    let put = |mail: &Vec<u8>| blobs.put(mail.clone());
    stream::iter(mails)
        .map(put)
        .buffered(16)
        .for_each(|put| async move { drop(put.expect("a blob")) })
        .await;
}

/// What writes a row into a table.
pub fn insert_of(source: &rusqlite::Connection, table: &str) -> String {
    let statement = source.prepare(&format!("SELECT * FROM {table} LIMIT 0")).expect("SQL");
    let marks = vec!["?"; statement.column_count()].join(", ");
    format!("INSERT INTO {table} VALUES ({marks})")
}

fn rows_of(source: &rusqlite::Connection, table: &str) -> Vec<Vec<Value>> {
    let mut statement = source.prepare(&format!("SELECT * FROM {table}")).expect("SQL");
    let width = statement.column_count();
    let rows = statement.query_map([], |row| (0..width).map(|i| row.get(i)).collect());
    rows.expect("rows").map(|row| row.expect("a row")).collect()
}

fn write(
    target: &mut rusqlite::Connection,
    rows: &[(String, Vec<Vec<Value>>)],
    texts: &[(i64, String)],
    commits: usize,
) {
    for part in 0..commits {
        let transaction = target.transaction().expect("a transaction");
        for (sql, rows) in rows {
            let mut insert = transaction.prepare_cached(sql).expect("SQL");
            for row in share(rows, part, commits) {
                insert.execute(rusqlite::params_from_iter(row)).expect("inserted");
            }
        }
        let sql = "INSERT INTO item_search (rowid, body) VALUES (?, ?)";
        let mut insert = transaction.prepare_cached(sql).expect("SQL");
        for (id, text) in share(texts, part, commits) {
            insert.execute((id, text)).expect("inserted");
        }
        drop(insert);
        transaction.commit().expect("committed");
    }
}

/// The `part`-th of `parts` equal shares.
fn share<T>(all: &[T], part: usize, parts: usize) -> &[T] {
    let border = |n: usize| all.len() * n / parts;
    &all[border(part)..border(part + 1)]
}
