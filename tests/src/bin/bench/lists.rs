//! Timeline pages, ticket lists and search through the use cases, against the raw query on the same
//! database, and how they grow with it.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};
use throughline_app::tickets::TicketQuery;
use throughline_app::timeline::TimelineFilter;
use throughline_app::{App, SystemClock, search, tickets, timeline};
use throughline_core::actor::Actor;
use throughline_core::id::{CustomerId, IdMaker};
use throughline_core::page::{DEFAULT_LIMIT, PageRequest};
use throughline_core::walk::WalkRequest;
use throughline_store::{BlobOptions, DatabaseUrl, Store, StoreOptions, migrate};

use crate::Options;
use crate::seed::{Numbers, fill};
use crate::table::{Spans, Table};

/// Pages read per measurement.
const PAGES: usize = 2_000;
/// A timeline page may take this many times the raw query at the 99th percentile.
const TIMELINE_LIMIT: f64 = 1.5;
/// And this many times what it took on the small database.
const GROWTH_LIMIT: f64 = 1.3;
/// A page over a group of records may take this many times one over a single record.
const GROUP_LIMIT: f64 = 1.5;
/// Records of a group.
const GROUP: i64 = 5;
/// Items of the small database.
const SMALL: i64 = 10_000;

struct Bench {
    runtime: tokio::runtime::Runtime,
    app: App,
    raw: Connection,
    customers: i64,
    _folder: tempfile::TempDir,
}

impl Bench {
    fn new(items: i64) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("bench.db");
        let options = options(&path, folder.path());
        migrate::run(&options).expect("migrated");
        eprintln!("  filling a database with {items} items");
        fill(&path, items);
        let store = Store::open(&options).expect("a store");
        let app = App::new(store, Arc::new(SystemClock), Arc::new(IdMaker::new(1)));
        let raw = Connection::open(&path).expect("a database");
        raw.execute_batch("PRAGMA mmap_size = 1073741824; PRAGMA cache_size = -8000").expect("set");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        Self { runtime, app, raw, customers: items / 20, _folder: folder }
    }

    /// The customers to ask for: the skewed, busy half, so that pages are full.
    fn asked(&self) -> Vec<i64> {
        let mut numbers = Numbers(99);
        let busy = (self.customers as u64 / 20).max(1);
        (0..PAGES).map(|_| 1 + numbers.below(busy) as i64).collect()
    }

    fn timeline(&self) -> (Spans, Spans) {
        let asked = self.asked();
        let (actor, filter, page) =
            (Actor::system(), TimelineFilter::default(), WalkRequest::newest(DEFAULT_LIMIT));
        let sql = "SELECT * FROM timeline_items WHERE customer_id = ? AND order_key < ? \
                   ORDER BY order_key DESC LIMIT 51";
        let mut statement = self.raw.prepare(sql).expect("SQL");
        let mut raw = |customer: i64| read_raw(&mut statement, customer);
        let ours = |customer: i64| {
            let id = CustomerId::from(customer);
            let page = timeline::of_customer(&self.app, &actor, id, &filter, &page);
            std::hint::black_box(self.runtime.block_on(page).expect("a page"));
        };
        in_turn(&asked, ours, &mut raw)
    }

    /// Pages of customers who are five records each, in turn with pages of customers who are one.
    fn groups(&self) -> (Spans, Spans) {
        let asked = self.asked();
        let busy = (self.customers / 20).max(1);
        // The records behind the busy ones are as busy, nearly: four of them for each that is asked.
        let join = "UPDATE customers SET canonical_id = ?1 \
                    WHERE id > ?2 + ?3 * (?1 - 1) AND id <= ?2 + ?3 * ?1 AND id <> ?1";
        self.raw.execute_batch("BEGIN").expect("begun");
        let roots: Vec<i64> = (1..=busy / GROUP).collect();
        for root in &roots {
            self.raw.execute(join, params![root, busy, GROUP - 1]).expect("joined");
        }
        self.raw.execute_batch("COMMIT; ANALYZE").expect("committed");
        let lone: Vec<i64> = ((busy / GROUP + 1)..=busy).collect();
        let page = |customer: i64| {
            let (actor, filter) = (Actor::system(), TimelineFilter::default());
            let walk = WalkRequest::newest(DEFAULT_LIMIT);
            let page = timeline::of_customer(
                &self.app,
                &actor,
                CustomerId::from(customer),
                &filter,
                &walk,
            );
            std::hint::black_box(self.runtime.block_on(page).expect("a page"));
        };
        let among = |of: &[i64], n: i64| of[n as usize % of.len()];
        in_turn(&asked, |n| page(among(&roots, n)), &mut |n| page(among(&lone, n)))
    }

    fn ticket_list(&self) -> (Spans, Spans) {
        let (actor, page) = (Actor::system(), PageRequest::default());
        let category = vec![throughline_core::ticket::StatusCategory::Open];
        let query = TicketQuery { category, ..TicketQuery::default() };
        let sql = "SELECT * FROM tickets WHERE category = 0 AND updated_key < ? \
                   ORDER BY updated_key DESC LIMIT 51";
        let mut statement = self.raw.prepare(sql).expect("SQL");
        let mut raw = |_| {
            let mut rows = statement.query(params![i64::MAX]).expect("rows");
            while let Some(row) = rows.next().expect("a row") {
                std::hint::black_box(row.get::<_, String>(5).expect("a subject"));
            }
        };
        let ours = |_| {
            let page = tickets::list(&self.app, &actor, &query, &page);
            std::hint::black_box(self.runtime.block_on(page).expect("a page"));
        };
        in_turn(&self.asked(), ours, &mut raw)
    }

    fn search(&self, q: &str, fts: &str) -> (Spans, Spans) {
        let (actor, page) = (Actor::system(), PageRequest::default());
        let sql = "SELECT i.* FROM item_search s JOIN timeline_items i ON i.id = s.rowid \
                   WHERE item_search MATCH ? ORDER BY s.rowid DESC LIMIT 51";
        let mut statement = self.raw.prepare(sql).expect("SQL");
        let mut raw = |_| {
            let mut rows = statement.query(params![fts]).expect("rows");
            while let Some(row) = rows.next().expect("a row") {
                std::hint::black_box(row.get::<_, String>(13).expect("a body"));
            }
        };
        let ours = |_| {
            let hits = search::items(&self.app, &actor, q, &page);
            std::hint::black_box(self.runtime.block_on(hits).expect("hits"));
        };
        in_turn(&self.asked()[..300], ours, &mut raw)
    }
}

fn options(path: &Path, folder: &Path) -> StoreOptions {
    StoreOptions {
        url: DatabaseUrl::parse(&format!("sqlite://{}", path.display())).expect("a URL"),
        blobs: BlobOptions::Folder(folder.join("blobs")),
        connections: None,
    }
}

/// Reads a page the barest way that still owns what it read.
fn read_raw(statement: &mut rusqlite::Statement<'_>, customer: i64) {
    let mut rows = statement.query(params![customer, i64::MAX]).expect("rows");
    let mut page = Vec::with_capacity(51);
    while let Some(row) = rows.next().expect("a row") {
        let numbers: [Option<i64>; 13] = std::array::from_fn(|i| row.get(i).expect("a number"));
        let body: String = row.get(13).expect("a body");
        let detail: String = row.get(14).expect("detail");
        page.push((numbers, body, detail));
    }
    std::hint::black_box(page);
}

/// Measures both in turn, request by request, so that both see the same machine.
fn in_turn(asked: &[i64], ours: impl Fn(i64), raw: &mut impl FnMut(i64)) -> (Spans, Spans) {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    let span = |work: &mut dyn FnMut()| -> Duration {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    for customer in asked.iter().take(asked.len() / 10) {
        ours(*customer);
        raw(*customer);
    }
    for (place, customer) in asked.iter().enumerate() {
        // Who asks first pays for fetching the pages of the database: each does half of the time.
        if place % 2 == 0 {
            a.push(span(&mut || ours(*customer)));
            b.push(span(&mut || raw(*customer)));
        } else {
            b.push(span(&mut || raw(*customer)));
            a.push(span(&mut || ours(*customer)));
        }
    }
    (Spans::new(a), Spans::new(b))
}

/// Measures.
pub fn measure(options: &Options, table: &mut Table) {
    let small = Bench::new(SMALL);
    let (few, _) = small.timeline();
    let large = Bench::new(options.items);
    let (ours, raw) = large.timeline();
    table.spans("timeline page, p50", ours.at(0.5), raw.at(0.5), None);
    table.spans("timeline page, p99", ours.at(0.99), raw.at(0.99), Some(TIMELINE_LIMIT));
    let what = format!("timeline page, {} items against {SMALL}", options.items);
    table.spans(&what, ours.at(0.5), few.at(0.5), Some(GROWTH_LIMIT));
    let (ours, raw) = large.ticket_list();
    table.spans("ticket list, p50", ours.at(0.5), raw.at(0.5), None);
    table.spans("ticket list, p99", ours.at(0.99), raw.at(0.99), None);
    for (what, q, fts) in [
        ("search, two words", "kargo gelmedi", "\"kargo\" AND \"gelmedi\""),
        ("search, an order number", "TR-777", "\"tr-777\""),
    ] {
        let (ours, raw) = large.search(q, fts);
        table.spans(&format!("{what}, p50"), ours.at(0.5), raw.at(0.5), None);
        table.spans(&format!("{what}, p99"), ours.at(0.99), raw.at(0.99), None);
    }
    // Last: it changes whose the records are.
    let (groups, lone) = large.groups();
    let what = format!("timeline page, group of {GROUP} records against one, p50");
    table.spans(&what, groups.at(0.5), lone.at(0.5), Some(GROUP_LIMIT));
    let what = format!("timeline page, group of {GROUP} records against one, p99");
    table.spans(&what, groups.at(0.99), lone.at(0.99), Some(GROUP_LIMIT));
}
