//! A running product in a temporary folder: database, API and worker, with a clock that tests set.

use std::net::TcpListener;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use throughline_api::ApiSettings;
use throughline_app::agents::NewAgent;
use throughline_app::channels::{ChannelProbe, Connected, ProbeStep, TestSent, Untold};
use throughline_app::html::ImageFetch;
use throughline_app::imports::ImportKind;
use throughline_app::webhooks::Rules;
use throughline_app::{App, Keyring, PasswordCost, Secret, agents, deliveries, jobs};
use throughline_core::actor::Actor;
use throughline_core::agent::Role;
use throughline_core::channel::Channel;
use throughline_core::id::{IdMaker, TeamId};
use throughline_core::inbound::RawDelivery;
use throughline_core::inbox::Inbox;
use throughline_core::outgoing::Template;
use throughline_outbound::ask::Asker;
use throughline_outbound::chat::{ClientOptions, Endpoints};
use throughline_store::{DatabaseUrl, Store};
use throughline_worker::access::{MailAccess, NoTokens};
use throughline_worker::channel_probe::PlatformProbe;
use throughline_worker::images::HttpImages;
use throughline_worker::jobs::{
    ChatAccess, EnterConversation, FetchFiles, FileAccess, ImportFiles, ProcessDelivery, SendReply,
    Timeouts,
};
use throughline_worker::polling::{self, ChannelPoller};
use throughline_worker::probe::MailProbe;
use throughline_worker::tokens::OAuthTokens;
use throughline_worker::{Runner, Settings};

use crate::backend::Backend;
use crate::client::Client;
use crate::clock::ManualClock;
use crate::webhooks;

/// The password of every agent made here.
pub const PASSWORD: &str = "correct horse battery";

/// A running product in a temporary folder.
pub struct World {
    /// The use cases.
    pub app: App,
    /// The clock.
    pub clock: Arc<ManualClock>,
    /// Steps the worker.
    pub runner: Runner,
    /// A client without credentials.
    pub anonymous: Client,
    /// Where its database is.
    pub database: DatabaseUrl,
    /// Where the API tries out connections to platforms; nowhere until a test says where.
    pub platforms: Arc<Mutex<String>>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    next: AtomicI64,
    folder: tempfile::TempDir,
}

impl World {
    /// Starts one on a fresh database.
    pub async fn new(backend: Backend) -> Self {
        // Fails harmlessly when an earlier test of this binary has done it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().expect("a folder");
        let options = backend.migrated(folder.path());
        let store = Store::open(&options).expect("a store");
        let database = options.url;
        let clock = Arc::new(ManualClock::default());
        let app = App::new(store, clock.clone(), Arc::new(IdMaker::new(1)))
            .with_password_cost(PasswordCost::least())
            .with_keyring(Keyring::new(vec![[7; 32]]))
            .with_public_url("https://desk.test")
            .with_webhook_rules(Rules { allow_private: true, ..Rules::default() });
        let runner = new_runner(&app);
        let platforms = Arc::new(Mutex::new("http://127.0.0.1:9".to_owned()));
        let (anonymous, stop) = serve(app.clone(), Arc::clone(&platforms));
        let next = AtomicI64::new(1);
        let stop = Some(stop);
        Self { app, clock, runner, anonymous, database, platforms, stop, next, folder }
    }

    /// The folder in which its blobs are.
    pub fn blobs(&self) -> std::path::PathBuf {
        self.folder.path().join("blobs")
    }

    /// The use cases as another process has them, with connections of its own.
    pub fn another_app(&self) -> App {
        let url = self.database.clone();
        let options = throughline_store::StoreOptions {
            url,
            blobs: throughline_store::BlobOptions::Folder(self.blobs()),
            connections: Some(4),
        };
        let store = Store::open(&options).expect("a store");
        App::new(store, self.clock.clone(), Arc::new(IdMaker::new(2)))
            .with_keyring(Keyring::new(vec![[7; 32]]))
    }

    /// Another worker on the same database, with connections of its own.
    pub fn another_runner(&self) -> Runner {
        new_runner(&self.app)
    }

    /// A worker for which all platforms of chats are at this address, and which remembers in this file
    /// what they took.
    pub fn chat_runner(&self, platforms: &str, journal: Option<&std::path::Path>) -> Runner {
        let chats = chat_access(platforms);
        let sending = SendReply::new(mail_access(), chats.clone());
        let sending = match journal {
            Some(file) => sending.with_journal(file).expect("a journal"),
            None => sending,
        };
        Runner::new(self.app.clone(), Settings::default())
            .with(ProcessDelivery::default())
            .with(EnterConversation(chats))
            .with(sending)
    }

    /// A poller of channels for which all platforms are at this address.
    pub fn channel_poller(&self, app: &App, platforms: &str) -> ChannelPoller {
        let asker = asker(platforms);
        let settings = polling::Settings {
            look: Duration::from_millis(20),
            lease: Duration::from_secs(60),
            least_pause: Duration::from_millis(5),
        };
        ChannelPoller::new(app.clone(), asker, self.runner.waker(), settings)
    }

    /// A worker that fetches files of chats this way.
    pub fn file_runner(&self, access: FileAccess) -> Runner {
        Runner::new(self.app.clone(), Settings::default())
            .with(ProcessDelivery::default())
            .with(FetchFiles::new(access))
    }

    /// A signed-in client for a new agent of this role in these teams.
    pub async fn agent(&self, role: Role, teams: &[TeamId]) -> Client {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let email = format!("agent{number}@throughline.example");
        let new = NewAgent {
            email: email.clone(),
            name: format!("Agent {number}"),
            role,
            teams: teams.to_vec(),
            password: Some(Secret::new(PASSWORD.to_owned())),
        };
        agents::create(&self.app, &Actor::system(), new).await.expect("an agent");
        self.sign_in(&email).await
    }

    /// A signed-in client for an agent made before.
    pub async fn sign_in(&self, email: &str) -> Client {
        let body = json!({ "email": email, "password": PASSWORD });
        let session = self.anonymous.post("/auth/sign-in", body).await.good();
        let token = session["access_token"].as_str().expect("a token");
        self.anonymous.with_token(token)
    }

    /// A signed-in client for a new admin.
    pub async fn admin(&self) -> Client {
        self.agent(Role::Admin, &[]).await
    }

    /// The inbox for e-mails of tests.
    pub async fn inbox(&self) -> Inbox {
        let address = "support@throughline.example";
        throughline_app::inboxes::ensure(&self.app, Channel::Email, address, "Support")
            .await
            .expect("an inbox")
    }

    /// Records a raw mail and lets the worker process all that is due.
    pub async fn deliver(&self, mail: &str) {
        self.record(mail).await;
        self.drain().await;
    }

    /// Records a raw mail.
    pub async fn record(&self, mail: &str) -> deliveries::Recorded {
        let bytes = mail.replace('\n', "\r\n").into_bytes();
        let raw = RawDelivery {
            inbox: self.inbox().await.id,
            external_id: format!("blake3:{}", throughline_store::blob_name_of(&bytes)),
            bytes,
            received_at: self.app.now(),
        };
        let recorded = deliveries::record(&self.app, &Actor::system(), vec![raw]).await;
        recorded.expect("recorded").pop().expect("one")
    }

    /// Lets the worker process all that is due.
    pub async fn drain(&self) {
        self.runner.drain().await.expect("the worker runs");
    }

    /// The only ticket of the customer with this address.
    pub async fn ticket_of(&self, client: &Client, email: &str) -> Value {
        let customer = self.customer(client, email).await;
        let id = customer["id"].as_str().expect("an id");
        let mut found = client.get(&format!("/tickets?customer={id}")).await.good();
        let items = found["items"].as_array_mut().expect("a list");
        assert_eq!(items.len(), 1, "{items:?}");
        items.remove(0)
    }

    /// The customer with this address.
    pub async fn customer(&self, client: &Client, email: &str) -> Value {
        let mut found = client.get(&format!("/customers?email={email}")).await.good();
        let items = found["items"].as_array_mut().expect("a list");
        assert_eq!(items.len(), 1, "customers with {email}: {items:?}");
        items.remove(0)
    }

    /// Fails when a job has failed for good.
    pub async fn assert_no_dead_jobs(&self) {
        let counts = jobs::counts(&self.app).await.expect("counts");
        assert!(counts.iter().all(|kind| kind.dead == 0), "dead jobs: {counts:?}");
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

fn mail_access() -> MailAccess {
    MailAccess { tokens: Arc::new(NoTokens), extra_roots: None, hello: "desk.test".to_owned() }
}

/// How servers on this machine are reached.
fn local() -> ClientOptions {
    let limit = Duration::from_secs(3);
    ClientOptions { allow_private: true, limit, ..ClientOptions::default() }
}

fn chat_access(platforms: &str) -> ChatAccess {
    let public_url = Some("https://desk.test".to_owned());
    let access = ChatAccess::at(local(), Endpoints::at(platforms), public_url);
    access.expect("no certificates of its own")
}

fn asker(platforms: &str) -> Asker {
    Asker::new(local()).expect("no certificates of its own").at(platforms)
}

/// Tries out connections to wherever the platforms are by now.
struct ProbeThere(Arc<Mutex<String>>);

impl ProbeThere {
    fn probe(&self) -> PlatformProbe {
        let there = self.0.lock().expect("an address");
        PlatformProbe::new(chat_access(&there), asker(&there))
    }
}

#[async_trait::async_trait]
impl ChannelProbe for ProbeThere {
    async fn check(&self, app: &App, connected: &Connected) -> Vec<ProbeStep> {
        self.probe().check(app, connected).await
    }

    async fn send(&self, app: &App, connected: &Connected, to: &str, text: &str) -> TestSent {
        self.probe().send(app, connected, to, text).await
    }

    async fn templates(&self, app: &App, connected: &Connected) -> Result<Vec<Template>, Untold> {
        self.probe().templates(app, connected).await
    }
}

/// Fetches images, of which those may lie on this machine that are where the platforms are.
struct ImagesThere(Arc<Mutex<String>>);

#[async_trait::async_trait]
impl ImageFetch for ImagesThere {
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, String> {
        let base = self.0.lock().expect("an address").clone();
        let images = HttpImages::at(ClientOptions::default(), &base).expect("no certificates");
        images.fetch(url).await
    }
}

/// A worker that reaches no platform of chats.
fn new_runner(app: &App) -> Runner {
    let nowhere = Endpoints::at("http://127.0.0.1:9");
    let chats = ChatAccess::at(ClientOptions::default(), nowhere, None).expect("no certificates");
    let sending = SendReply::new(mail_access(), chats);
    Runner::new(app.clone(), Settings::default())
        .with(ProcessDelivery::default())
        .with(ImportFiles::of(ImportKind::Calls))
        .with(ImportFiles::of(ImportKind::Contacts))
        .with(ImportFiles::of(ImportKind::Mail))
        .with(sending.with_timeouts(Timeouts::all(Duration::from_secs(5))))
}

fn serve(app: App, platforms: Arc<Mutex<String>>) -> (Client, tokio::sync::oneshot::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let tokens = Arc::new(OAuthTokens::new(app.clone(), None));
    let access = MailAccess { tokens, extra_roots: None, hello: "localhost".to_owned() };
    let images = ImagesThere(Arc::clone(&platforms));
    let settings = ApiSettings {
        shutdown_seconds: 0,
        trusted_proxies: vec!["127.0.0.1".parse().expect("an address")],
        mail_probe: Some(Arc::new(MailProbe::new(access))),
        channel_probe: Some(Arc::new(ProbeThere(platforms))),
        courier: Some(webhooks::courier()),
        images: Some(Arc::new(images)),
        ..ApiSettings::new(vec![7; 32])
    };
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let stopped = async move { drop(stopped.await) };
            throughline_api::serve(app, listener, settings, 1, stopped).await.expect("serves");
        });
    });
    (Client::new(&format!("http://{address}")), stop)
}
