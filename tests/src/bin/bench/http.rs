//! Requests per second of the API against a bare actix-web JSON answer, with the same client.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::{App as Actix, HttpResponse, HttpServer, web};
use throughline_api::ApiSettings;
use throughline_app::{App, SystemClock, api_keys};
use throughline_core::actor::{Actor, Scope};
use throughline_core::id::IdMaker;
use throughline_store::{BlobOptions, DatabaseUrl, Store, StoreOptions, migrate};

use crate::Options;
use crate::table::Table;

/// Requests in flight.
const CLIENTS: usize = 16;
/// How long each side is asked, per round.
const ROUND: Duration = Duration::from_secs(3);
/// Rounds, in turn.
const ROUNDS: usize = 3;

/// Measures.
pub fn measure(_options: &Options, table: &mut Table) {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}/bench.db", folder.path().display());
    let options = StoreOptions {
        url: DatabaseUrl::parse(&url).expect("a URL"),
        blobs: BlobOptions::Folder(folder.path().join("blobs")),
        connections: None,
    };
    migrate::run(&options).expect("migrated");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (app, key) = runtime.block_on(prepare(&options));
    let api = start_api(app);
    let bare = start_bare();
    let (mut ours, mut least) = (0.0, 0.0);
    for _ in 0..ROUNDS {
        ours += runtime.block_on(ask(&format!("http://{api}/api/v1/statuses"), &key));
        least += runtime.block_on(ask(&format!("http://{bare}/"), &key));
    }
    let rate = |n: f64| format!("{:.0} requests/s", n / ROUNDS as f64);
    let what = "API request (key, one query)";
    table.add(what, rate(ours), rate(least), least / ours, None);
}

async fn prepare(options: &StoreOptions) -> (App, String) {
    let store = Store::open(options).expect("a store");
    let app = App::new(store, Arc::new(SystemClock), Arc::new(IdMaker::new(1)));
    let new = api_keys::NewApiKey {
        name: "bench".to_owned(),
        scopes: vec![Scope::TicketsRead],
        inboxes: None,
        expires_at: None,
    };
    let (_, shown) = api_keys::create(&app, &Actor::system(), new).await.expect("a key");
    (app, shown.expose().to_string())
}

/// Serves the API on a free port.
pub fn start_api(app: App) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let settings = ApiSettings::new(vec![7; 32]);
            let never = std::future::pending();
            throughline_api::serve(app, listener, settings, 2, never).await.expect("serves");
        });
    });
    address
}

fn start_bare() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let answer = || async { HttpResponse::Ok().json(serde_json::json!({ "items": [1, 2, 3] })) };
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(move || Actix::new().route("/", web::get().to(answer)));
            server.workers(2).listen(listener).expect("listens").run().await.expect("serves");
        });
    });
    address
}

/// Requests per second over one round.
async fn ask(url: &str, key: &str) -> f64 {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let until = Instant::now() + ROUND;
    let one = |_| {
        let (http, url, key) = (http.clone(), url.to_owned(), key.to_owned());
        tokio::spawn(async move {
            let mut n = 0u64;
            while Instant::now() < until {
                let answer = http.get(&url).bearer_auth(&key).send().await.expect("an answer");
                assert!(answer.status().is_success(), "{}", answer.status());
                answer.bytes().await.expect("a body");
                n += 1;
            }
            n
        })
    };
    let clients: Vec<_> = (0..CLIENTS).map(one).collect();
    let mut sum = 0;
    for client in clients {
        sum += client.await.expect("a client");
    }
    sum as f64 / ROUND.as_secs_f64()
}
