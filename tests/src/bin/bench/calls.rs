//! A phone log of very many lines, read in by the real command: how many lines in a second, against the
//! rows that it makes written by the raw driver in as many transactions, and in how much memory.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::types::Value;
use rusqlite::{Connection, Row, Rows, Transaction, params_from_iter};
use throughline_core::text::document_tokens;

use crate::Options;
use crate::import::{insert_of, options};
use crate::process::peak;
use crate::seed::Numbers;
use crate::table::{Table, timed};

/// Lines of the log that are read in with one transaction, as the worker does it.
const BATCH: usize = 200;
/// What the command may hold of memory, in megabytes, however long the log is.
const MEMORY: f64 = 100.0;
/// So many calls lie between the two lines of a call: other phones are used meanwhile.
const BETWEEN: usize = 3;
/// When the first call began, in seconds.
const FIRST: i64 = 1_700_000_000;

/// Tables whose rows the import makes.
const TABLES: &[&str] = &[
    "customers",
    "identities",
    "likenesses",
    "timeline_items",
    "phone_calls",
    "phone_legs",
    "domain_events",
];

/// A call of two legs: a phone that rang, and one that was taken.
struct Call {
    key: String,
    number: String,
    name: String,
    began: i64,
    talk: i64,
}

/// Calls of a twentieth as many customers, the same in each run.
fn calls(lines: usize) -> Vec<Call> {
    let mut numbers = Numbers(7);
    let calls = lines.div_ceil(2);
    let customers = (calls as u64 / 20).max(1);
    let call = |i: usize| {
        let customer = numbers.below(customers);
        Call {
            key: format!("{}.{}", FIRST + i as i64 * 30, i * 2),
            number: format!("0532{customer:07}"),
            name: format!("Elif {customer}"),
            began: FIRST + i as i64 * 30,
            talk: 20 + numbers.below(600) as i64,
        }
    };
    (0..calls).map(call).collect()
}

impl Call {
    /// What a full-text index gets of it.
    fn words(&self) -> String {
        let Self { key, number, name, .. } = self;
        format!("{name}\n{number}\n+9{number}\n201\n202\nanswered\n{key}")
    }

    /// A line of Asterisk's Master.csv.
    fn line(&self, into: &mut String, taken: bool) {
        let Self { key, number, name, began, talk } = self;
        let (phone, word, talk) =
            if taken { (202, "ANSWERED", *talk) } else { (201, "NO ANSWER", 0) };
        let (start, end) = (clock(*began), clock(began + 8 + talk));
        let answer = if taken { format!("\"{}\"", clock(began + 8)) } else { String::new() };
        let (all, sequence) = (talk + 8, u8::from(taken));
        let _ = writeln!(
            into,
            "\"\",\"{number}\",\"{phone}\",\"from-trunk\",\"\"\"{name}\"\" <{number}>\",\
             \"PJSIP/trunk-{key}\",\"PJSIP/{phone}-{key}\",\"Dial\",\"PJSIP/{phone},,Tt\",\"{start}\",\
             {answer},\"{end}\",{all},{talk},\"{word}\",\"DOCUMENTATION\",\"{key}\",\"\",\"\",\"{key}\",\
             {sequence}"
        );
    }
}

fn clock(seconds: i64) -> String {
    let at = throughline_core::time::Instant::from_micros(seconds * 1_000_000).to_string();
    at[..19].replace('T', " ")
}

/// Writes the log, each taken leg some calls behind the one that rang.
fn write_log(path: &Path, calls: &[Call]) {
    let mut file = BufWriter::new(File::create(path).expect("a file"));
    let mut lines = String::new();
    for i in 0..calls.len() + BETWEEN {
        lines.clear();
        if let Some(call) = calls.get(i) {
            call.line(&mut lines, false);
        }
        if let Some(call) = i.checked_sub(BETWEEN).and_then(|i| calls.get(i)) {
            call.line(&mut lines, true);
        }
        file.write_all(lines.as_bytes()).expect("written");
    }
    file.into_inner().expect("written").sync_all().expect("synced");
}

/// Measures.
pub fn measure(options: &Options, table: &mut Table) {
    let calls = calls(options.rows);
    let lines = calls.len() * 2;
    let folder = tempfile::tempdir().expect("a folder");
    write_log(&folder.path().join("Master.csv"), &calls);
    let (ours, memory) = import(&options.server, folder.path(), calls.len());
    let bare_folder = tempfile::tempdir().expect("a folder");
    let bare = bare(folder.path(), bare_folder.path(), &calls);
    let rate = |span: Duration| format!("{:.0} lines/s", lines as f64 / span.as_secs_f64());
    let ratio = ours.as_secs_f64() / bare.as_secs_f64();
    let what = format!("phone log of {lines} lines (SQLite)");
    table.add(&what, rate(ours), rate(bare), ratio, None);
    let what = format!("memory for a phone log of {lines} lines, at most");
    let against = format!("{MEMORY} MB");
    table.add(&what, format!("{memory:.1} MB"), against, memory / MEMORY, Some(1.0));
}

/// Runs the command to its end; answers how long it took and what it held at most, in megabytes.
fn import(server: &Path, folder: &Path, calls: usize) -> (Duration, f64) {
    let words = ["import", "calls", "Master.csv", "--time-zone", "UTC", "--region", "TR", "--json"];
    let began = Instant::now();
    let mut child = Command::new(server)
        .args(words)
        .current_dir(folder)
        .env("THROUGHLINE__DATABASE__URL", format!("sqlite://{}/bench.db", folder.display()))
        .env("THROUGHLINE__LOG__FILTER", "error")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the command starts: build it with `make release` and give its whole path");
    let memory = watched(&mut child, began);
    let span = began.elapsed();
    let ended = child.wait_with_output().expect("its end");
    let report: serde_json::Value = serde_json::from_slice(&ended.stdout).expect("a report");
    let counts = &report["counts"];
    assert_eq!((&counts["calls_new"], &counts["rejected"]), (&calls.into(), &0.into()), "{report}");
    (span, memory)
}

/// Waits for the end of a process, telling what it holds, so that it is seen whether that grows.
fn watched(child: &mut Child, began: Instant) -> f64 {
    let (mut most, mut told): (f64, u64) = (0.0, 0);
    while child.try_wait().expect("a process").is_none() {
        most = most.max(peak(child.id()).unwrap_or_default());
        let due = began.elapsed().as_secs() / 10;
        if due > told {
            told = due;
            eprintln!("  after {:.0?}: {most:.1} MB", began.elapsed());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    most
}

/// Writes the rows that the product made, and documents as long, in as many transactions. What is to be
/// written is read and put together outside of what is measured.
fn bare(from: &Path, to: &Path, calls: &[Call]) -> Duration {
    let source = Connection::open(from.join("bench.db")).expect("the product's rows");
    let mut statements: Vec<_> = TABLES
        .iter()
        .map(|table| source.prepare(&format!("SELECT * FROM {table}")).expect("SQL"))
        .collect();
    let inserts: Vec<String> = TABLES.iter().map(|table| insert_of(&source, table)).collect();
    let count = |table: &&str| {
        let sql = format!("SELECT count(*) FROM {table}");
        source.query_row(&sql, [], |row| row.get::<_, i64>(0)).expect("a number") as usize
    };
    let counts: Vec<usize> = TABLES.iter().map(count).collect();
    let widths: Vec<usize> = statements.iter().map(|statement| statement.column_count()).collect();
    let mut all: Vec<Rows> =
        statements.iter_mut().map(|statement| statement.query([]).expect("rows")).collect();
    drop(options(to));
    let mut target = Connection::open(to.join("bench.db")).expect("a database");
    target.execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF").expect("pragmas");
    let commits = (calls.len() * 2).div_ceil(BATCH);
    let mut span = Duration::ZERO;
    for part in 0..commits {
        let share = |n: usize| n * part / commits..n * (part + 1) / commits;
        let rows: Vec<Vec<Vec<Value>>> = all
            .iter_mut()
            .zip(counts.iter().zip(&widths))
            .map(|(rows, (count, width))| taken(rows, share(*count).len(), *width))
            .collect();
        let text = |i: usize| (i as i64 + 1, document_tokens(&calls[i].words()));
        let texts: Vec<(i64, String)> = share(calls.len())
            .map(text)
            .map(|(id, tokens)| (id, tokens.as_str().to_owned()))
            .collect();
        let write = || {
            let transaction = target.transaction().expect("a transaction");
            inserts.iter().zip(&rows).for_each(|(sql, rows)| insert(&transaction, sql, rows));
            index(&transaction, &texts);
            transaction.commit().expect("committed");
        };
        span += timed(write).0;
    }
    span
}

/// The next so many rows.
fn taken(rows: &mut Rows, count: usize, width: usize) -> Vec<Vec<Value>> {
    let cells = |row: &Row| (0..width).map(|i| row.get(i).expect("a cell")).collect();
    (0..count).map(|_| cells(rows.next().expect("readable").expect("a row"))).collect()
}

fn insert(transaction: &Transaction, sql: &str, rows: &[Vec<Value>]) {
    let mut insert = transaction.prepare_cached(sql).expect("SQL");
    for row in rows {
        insert.execute(params_from_iter(row)).expect("inserted");
    }
}

fn index(transaction: &Transaction, texts: &[(i64, String)]) {
    let sql = "INSERT INTO item_search (rowid, body) VALUES (?, ?)";
    let mut insert = transaction.prepare_cached(sql).expect("SQL");
    for (id, text) in texts {
        insert.execute((id, text)).expect("inserted");
    }
}
