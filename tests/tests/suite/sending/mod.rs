//! Replies leave by SMTP: what arrives, what a server's refusal does, what a crash does, and who is
//! never answered by machine. The server is a scripted one on loopback, and Postfix where it is.

mod automatic;
mod crashes;
mod files;
mod outcomes;
mod real;
mod timing;

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_core::id::InboxId;
use throughline_core::mail_settings::{MailServer, MailSettings, OutgoingServer, Security, SignIn};
use throughline_store::mail_settings::{self, StoredMailSettings};
use throughline_test_servers::smtp::{Scripted, Taken};
use throughline_tests::{Client, World, mails::mail};

const ADA: &str = "ada@example.com";

/// A world with an inbox, somebody who answers, and a ticket of Ada's.
struct Desk {
    world: Arc<World>,
    agent: Client,
    ticket: String,
}

/// Settings that send at once by the server on this port.
pub fn settings(port: u16) -> MailSettings {
    let server = MailServer {
        host: "127.0.0.1".to_owned(),
        port,
        security: Security::Plain,
        sign_in: SignIn::None,
        user: String::new(),
    };
    let outgoing = Some(OutgoingServer { server, per_hour: 3_600, burst: 50 });
    MailSettings { outgoing, undo_seconds: 0, ..MailSettings::default() }
}

pub async fn set_up(world: &World, settings: MailSettings) {
    set_up_inbox(world, world.inbox().await.id, settings).await;
}

async fn set_up_inbox(world: &World, inbox: InboxId, settings: MailSettings) {
    let now = world.app.now();
    let write = move |conn: &mut throughline_store::Conn| {
        let before = mail_settings::get(conn, inbox)?;
        let version = before.as_ref().map_or(1, |stored| stored.version + 1);
        let new =
            StoredMailSettings { inbox, settings, credentials: None, updated_at: now, version };
        match before {
            Some(before) => mail_settings::update(conn, &new, before.version).map(drop),
            None => mail_settings::insert(conn, &new),
        }
    };
    let written: Result<(), throughline_store::StoreError> = world.app.store().write(write).await;
    written.expect("set up");
}

/// A client whose credentials outlive the days that these tests let pass.
async fn with_key(world: &World) -> Client {
    let scopes = ["tickets:read", "tickets:write", "customers:read", "events:read"];
    let body = json!({ "name": "test", "scopes": scopes });
    let made = world.admin().await.post("/api-keys", body).await.good();
    world.anonymous.with_token(made["key"].as_str().expect("a key"))
}

impl Desk {
    async fn new(world: &Arc<World>, settings: MailSettings) -> Self {
        set_up(world, settings).await;
        Self::without_set_up(world).await
    }

    async fn without_set_up(world: &Arc<World>) -> Self {
        let question = mail(
            "Ada Kaya <ada@example.com>",
            "q1@example.com",
            "Siparişim gelmedi",
            "References: <q0@example.com>\n",
            "Merhaba, siparişim hâlâ gelmedi.\nYardım eder misiniz?",
        );
        world.deliver(&question).await;
        let agent = with_key(world).await;
        let ticket = world.ticket_of(&agent, ADA).await;
        let ticket = ticket["id"].as_str().expect("an id").to_owned();
        Self { world: Arc::clone(world), agent, ticket }
    }

    /// Stores a reply and answers with its item.
    async fn reply(&self, more: Value) -> Value {
        let mut body = json!({ "body": "Yarın elinizde." });
        let fields = more.as_object().expect("an object").clone();
        body.as_object_mut().expect("an object").extend(fields);
        self.agent.post(&format!("/tickets/{}/replies", self.ticket), body).await.good()
    }

    async fn message(&self, item: &Value) -> Value {
        let id = item["id"].as_str().expect("an id");
        self.agent.get(&format!("/items/{id}")).await.good()["message"].clone()
    }

    async fn state(&self, item: &Value) -> String {
        self.message(item).await["send_state"].as_str().expect("a state").to_owned()
    }

    async fn words(&self, item: &Value) -> String {
        let message = self.message(item).await;
        message["sending"]["words"].as_str().unwrap_or_default().to_owned()
    }

    /// The kinds of events about messages of ours, in order.
    async fn events(&self) -> Vec<String> {
        let all = self.agent.get("/events?limit=100").await.good();
        let kinds = all["items"].as_array().expect("a list").iter();
        let kinds = kinds.map(|event| event["kind"].as_str().expect("a kind").to_owned());
        kinds.filter(|kind| kind.starts_with("message.")).collect()
    }

    async fn act(&self, item: &Value, what: &str) -> throughline_tests::Answer {
        let id = item["id"].as_str().expect("an id");
        self.agent.post(&format!("/items/{id}/{what}"), json!({})).await
    }

    /// Ada writes into the ticket.
    async fn ada_writes(&self, id: &str, extra: &str) {
        let extra = format!("In-Reply-To: <q1@example.com>\n{extra}");
        let text = mail(ADA, id, "Re: Siparişim gelmedi", &extra, "Gerek kalmadı.");
        self.world.deliver(&text).await;
    }
}

/// The only mail that the server took, read by our own parser.
fn only(server: &Scripted) -> (Taken, throughline_mail::Mail) {
    let mut mails = server.mails();
    assert_eq!(mails.len(), 1, "mails that were taken");
    let taken = mails.remove(0);
    let read = throughline_mail::parse(&taken.bytes).expect("a mail");
    (taken, read)
}

fn header(taken: &Taken, name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(&taken.bytes).replace("\r\n ", " ");
    let head = text.split("\r\n\r\n").next().unwrap_or_default().to_owned();
    let start = format!("{name}: ");
    head.lines().find_map(|line| line.strip_prefix(&start).map(str::to_owned))
}
