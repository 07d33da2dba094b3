//! How many signed requests of platforms are taken in a second, each recorded durably before it is
//! answered: against a bare handler of the same web server that reads the body and checks its hash, and
//! against how often the database commits one row in a second. All three in turn, in one run.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use actix_web::web::Bytes;
use actix_web::{App as Actix, HttpRequest, HttpResponse, HttpServer, web};
use throughline_app::deliveries;
use throughline_tests::hooks::{SECRET, hub_signature};

use crate::Options;
use crate::hooks::{body, connect, open};
use crate::http::start_api;
use crate::table::{Spans, Table};

/// Requests in flight.
const CLIENTS: usize = 16;
/// How long each side is asked, per round.
const ROUND: Duration = Duration::from_secs(3);
/// Rounds, in turn.
const ROUNDS: usize = 3;

/// Measures.
pub fn measure(_options: &Options, table: &mut Table) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let app = open(folder.path());
    let inbox = runtime.block_on(connect(&app));
    let hook = format!("http://{}/hooks/{inbox}", start_api(app.clone()));
    let bare = format!("http://{}/", start_bare());
    let plain = tempfile::tempdir().expect("a folder");
    let mut database = Commits::open(&plain.path().join("bare.db"));
    let (mut ours, mut least) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        ours.extend(runtime.block_on(tell(&hook, round)));
        least.extend(runtime.block_on(tell(&bare, round)));
        database.commit_for(ROUND);
    }
    let counts = runtime.block_on(deliveries::counts(&app, Some(inbox))).expect("counts");
    assert_eq!(counts.recorded as usize, ours.len(), "each is recorded: {counts:?}");
    let whole = ROUND * ROUNDS as u32;
    let (taken, handled) = (per_second(ours.len(), whole), per_second(least.len(), whole));
    let commits = per_second(database.done, whole);
    let rate = |rate: f64, of: &str| format!("{rate:.0} {of}/s");
    let mine = || rate(taken, "requests");
    table.add(
        "signed hook, recorded, against a bare handler that checks the hash",
        mine(),
        rate(handled, "requests"),
        handled / taken,
        None,
    );
    table.add(
        "signed hook, recorded, against bare commits of one row",
        mine(),
        rate(commits, "commits"),
        commits / taken,
        None,
    );
    let (ours, least) = (Spans::new(ours), Spans::new(least));
    for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
        let what = format!("signed hook, recorded, 16 at a time, against the bare handler, {name}");
        table.spans(&what, ours.at(share), least.at(share), None);
    }
}

/// So many in so long, as so many in a second.
fn per_second(count: usize, span: Duration) -> f64 {
    count as f64 / span.as_secs_f64()
}

/// A handler that reads a body and checks its hash, and no more.
async fn check(request: HttpRequest, body: Bytes) -> HttpResponse {
    let given = request.headers().get("x-hub-signature-256").map(|value| value.as_bytes());
    match given == Some(hub_signature(SECRET, &body).as_bytes()) {
        true => HttpResponse::Ok().finish(),
        false => HttpResponse::Unauthorized().finish(),
    }
}

fn start_bare() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(|| Actix::new().route("/", web::post().to(check)));
            server.workers(2).listen(listener).expect("listens").run().await.expect("serves");
        });
    });
    address
}

/// A database that commits a row at a time, as durably as the product's.
struct Commits {
    connection: rusqlite::Connection,
    done: usize,
}

impl Commits {
    fn open(file: &Path) -> Self {
        let connection = rusqlite::Connection::open(file).expect("a database");
        let set_up = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                      CREATE TABLE said (id INTEGER PRIMARY KEY, name TEXT UNIQUE, bytes BLOB)";
        connection.execute_batch(set_up).expect("set up");
        Self { connection, done: 0 }
    }

    fn commit_for(&mut self, span: Duration) {
        let until = Instant::now() + span;
        let sql = "INSERT INTO said (name, bytes) VALUES (?, ?)";
        let mut insert = self.connection.prepare(sql).expect("SQL");
        while Instant::now() < until {
            let bytes = body(self.done);
            insert.execute((format!("d{}", self.done), bytes)).expect("committed");
            self.done += 1;
        }
    }
}

/// Sends for one round. Answers how long each request took.
async fn tell(url: &str, round: usize) -> Vec<Duration> {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let until = Instant::now() + ROUND;
    let next = Arc::new(AtomicUsize::new(0));
    let one = |_| {
        let (http, url, next) = (http.clone(), url.to_owned(), Arc::clone(&next));
        tokio::spawn(async move {
            let mut spans = Vec::new();
            while Instant::now() < until {
                let number = round * 10_000_000 + next.fetch_add(1, Ordering::Relaxed);
                spans.push(crate::hooks::tell(&http, &url, number).await);
            }
            spans
        })
    };
    let clients: Vec<_> = (0..CLIENTS).map(one).collect();
    let mut spans = Vec::new();
    for client in clients {
        spans.extend(client.await.expect("a client"));
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_per_second() {
        assert_eq!(per_second(900, Duration::from_millis(4_500)), 200.0);
    }

    #[test]
    fn bare_commits_are_counted_and_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut commits = Commits::open(&folder.path().join("bare.db"));
        commits.commit_for(Duration::from_millis(30));
        commits.commit_for(Duration::from_millis(30));
        let count = |sql| commits.connection.query_one(sql, [], |row| row.get::<_, i64>(0));
        let rows = count("SELECT count(DISTINCT name) FROM said").expect("a count");
        assert_eq!(usize::try_from(rows).expect("small"), commits.done);
        assert!(commits.done > 1);
        assert_eq!(count("PRAGMA synchronous").expect("a setting"), 2, "FULL");
    }

    #[actix_web::test]
    async fn the_bare_handler_checks_the_hash() {
        let of = |secret: &str| {
            let header = ("x-hub-signature-256", hub_signature(secret, b"said"));
            actix_web::test::TestRequest::default().insert_header(header).to_http_request()
        };
        let body = || Bytes::from_static(b"said");
        assert_eq!(check(of(SECRET), body()).await.status(), 200);
        assert_eq!(check(of("another"), body()).await.status(), 401);
        let bare = actix_web::test::TestRequest::default().to_http_request();
        assert_eq!(check(bare, body()).await.status(), 401);
    }
}
