//! How long a platform waits for the answer to a signed request over HTTP, which is recorded durably
//! before it is answered, while a worker reads what it brought, and mails besides. Platforms switch
//! off hooks that are slow, so it is held against a limit.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Map, json};
use throughline_app::channels::{NewAccount, Secrets, put};
use throughline_app::{App, Keyring, Secret, SystemClock, deliveries, inboxes};
use throughline_core::actor::Actor;
use throughline_core::channel::Channel;
use throughline_core::id::{IdMaker, InboxId};
use throughline_core::inbound::RawDelivery;
use throughline_store::{BlobOptions, DatabaseUrl, Store, StoreOptions, migrate};
use throughline_tests::hooks::{SECRET, hub_signature};
use throughline_worker::{Runner, Settings, jobs::ProcessDelivery};
use tokio_util::sync::CancellationToken;

use crate::Options;
use crate::http::start_api;
use crate::seed;
use crate::table::{Spans, Table};

/// Requests in flight.
const CLIENTS: usize = 8;
/// What an answer may take.
const LIMIT: Duration = Duration::from_millis(50);

/// Measures.
pub fn measure(options: &Options, table: &mut Table) {
    for (beside, mails) in [("its own decoding", 0), ("decoding of mails as well", options.mails)] {
        let spans = Spans::new(answered(options.hooks, mails));
        for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
            let what = format!("signed hook, recorded, beside {beside}, {name}");
            table.spans(&what, spans.at(share), LIMIT, Some(1.0));
        }
    }
}

/// How long each of so many requests waited for its answer, while a worker reads what they bring, and
/// mails without end in batches of as many, if any.
fn answered(hooks: usize, mails: usize) -> Vec<Duration> {
    let folder = tempfile::tempdir().expect("a folder");
    let app = open(folder.path());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let inbox = runtime.block_on(connect(&app));
    let hook = format!("http://{}/hooks/{inbox}", start_api(app.clone()));
    let work = Work::begin(&app, mails);
    let spans = runtime.block_on(send(&hook, hooks));
    work.end();
    let counts = runtime.block_on(deliveries::counts(&app, Some(inbox))).expect("counts");
    let all = counts.stored + counts.recorded + counts.duplicate + counts.quarantined;
    assert_eq!(all as usize, hooks, "each is recorded: {counts:?}");
    assert_eq!(counts.quarantined, 0, "{counts:?}");
    eprintln!("  {} of {hooks} hooks were read meanwhile", counts.stored);
    spans
}

/// The product on a fresh SQLite database in a folder.
pub fn open(folder: &Path) -> App {
    let url = format!("sqlite://{}/bench.db", folder.display());
    let stored = StoreOptions {
        url: DatabaseUrl::parse(&url).expect("a URL"),
        blobs: BlobOptions::Folder(folder.join("blobs")),
        connections: None,
    };
    migrate::run(&stored).expect("migrated");
    let store = Store::open(&stored).expect("a store");
    App::new(store, Arc::new(SystemClock), Arc::new(IdMaker::new(1)))
        .with_keyring(Keyring::new(vec![[7; 32]]))
}

/// Makes an inbox that takes requests as GitHub signs them.
pub async fn connect(app: &App) -> InboxId {
    let inbox = inboxes::ensure(app, Channel::Chat, "bench", "Bench").await.expect("an inbox");
    let settings = Map::from_iter([("scheme".to_owned(), json!("github"))]);
    let secrets = Secrets::from([("secret".to_owned(), vec![Secret::new(SECRET.to_owned())])]);
    let new = NewAccount { kind: "webhook", channel: Channel::Chat, settings, secrets };
    put(app, &Actor::system(), inbox.id, new, None).await.expect("connected");
    inbox.id
}

/// A worker beside.
struct Work {
    stop: CancellationToken,
    thread: std::thread::JoinHandle<()>,
}

impl Work {
    fn begin(app: &App, mails: usize) -> Self {
        let (stop, app) = (CancellationToken::new(), app.clone());
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            runtime.block_on(work(app, mails, stopped));
        });
        Self { stop, thread }
    }

    fn end(self) {
        self.stop.cancel();
        self.thread.join().expect("the worker");
    }
}

async fn work(app: App, mails: usize, stop: CancellationToken) {
    let runner = Runner::new(app.clone(), Settings::default()).with(ProcessDelivery::default());
    let inbox = inboxes::ensure(&app, Channel::Email, "bench@throughline.example", "Bench");
    let inbox = inbox.await.expect("an inbox").id;
    let mails = seed::mails(mails.min(500));
    for round in 0.. {
        let raw = mails.iter().map(|bytes| RawDelivery {
            inbox,
            external_id: format!("{round} {}", deliveries::name_of(bytes)),
            bytes: bytes.clone(),
            received_at: app.now(),
        });
        if !mails.is_empty() {
            deliveries::record(&app, &Actor::system(), raw.collect()).await.expect("recorded");
        }
        while runner.step(&stop).await.expect("it works") > 0 && !stop.is_cancelled() {}
        if stop.is_cancelled() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Sends so many requests. Answers how long each took.
async fn send(hook: &str, requests: usize) -> Vec<Duration> {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let next = Arc::new(AtomicUsize::new(0));
    let one = |_| {
        let (http, hook, next) = (http.clone(), hook.to_owned(), Arc::clone(&next));
        tokio::spawn(async move {
            let mut spans = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= requests {
                    return spans;
                }
                spans.push(tell(&http, &hook, number).await);
            }
        })
    };
    let clients: Vec<_> = (0..CLIENTS).map(one).collect();
    let mut spans = Vec::new();
    for client in clients {
        spans.extend(client.await.expect("a client"));
    }
    spans
}

/// What the request of a number says.
pub fn body(number: usize) -> String {
    let email = format!("p{}@bench.example", number % 50);
    let body = json!({
        "id": format!("m{number}"), "conversation_id": format!("c{}", number % 50),
        "text": "Where is my order?", "from": { "name": "Elif", "email": email }
    });
    body.to_string()
}

/// Sends a request. Answers how long it took.
pub async fn tell(http: &reqwest::Client, hook: &str, number: usize) -> Duration {
    let body = body(number);
    let request = http
        .post(hook)
        .header("content-type", "application/json")
        .header("x-github-delivery", format!("d{number}"))
        .header("x-hub-signature-256", hub_signature(SECRET, body.as_bytes()))
        .body(body);
    let began = Instant::now();
    let answer = request.send().await.expect("an answer");
    assert!(answer.status().is_success(), "{}", answer.status());
    answer.bytes().await.expect("a body");
    began.elapsed()
}
