//! What the suites about threads share: set-ups of the inbox, signed addresses and ids, and looking for
//! what became of a mail.

use serde_json::{Value, json};
use throughline_app::secrets;
use throughline_core::id::{InboxId, ItemId};
use throughline_core::inbound::RawDelivery;
use throughline_core::mail_settings::MailSettings;
use throughline_mail::token::{Key, Named, ReplyAddress, SignedId};
use throughline_store::mail_settings::{self, StoredMailSettings};
use throughline_store::{Conn, StoreError};

use crate::{Client, World};

/// The address of the inbox of tests.
pub const SUPPORT: &str = "support@throughline.example";

/// Sets the inbox of tests up.
pub async fn set_up(world: &World, change: impl FnOnce(&mut MailSettings)) {
    let (inbox, updated_at) = (world.inbox().await.id, world.app.now());
    let mut settings = MailSettings::default();
    change(&mut settings);
    let write = move |conn: &mut Conn| {
        let stored =
            StoredMailSettings { inbox, settings, credentials: None, updated_at, version: 1 };
        match mail_settings::get(conn, inbox)? {
            Some(_) => mail_settings::update(conn, &stored, 1).map(drop),
            None => mail_settings::insert(conn, &stored),
        }
    };
    world.app.store().write::<_, StoreError, _>(write).await.expect("settings");
}

/// Delivers a mail into another inbox of ours.
pub async fn deliver_to(world: &World, inbox: InboxId, mail: &str) {
    let bytes = mail.replace('\n', "\r\n").into_bytes();
    let raw = RawDelivery {
        inbox,
        external_id: format!("blake3:{}", throughline_store::blob_name_of(&bytes)),
        bytes,
        received_at: world.app.now(),
    };
    let system = throughline_core::actor::Actor::system();
    throughline_app::deliveries::record(&world.app, &system, vec![raw]).await.expect("recorded");
    world.drain().await;
}

/// The address that we signed for a ticket of the inbox of tests.
pub async fn reply_address(world: &World, ticket: &Value) -> String {
    let key = key(world).await;
    let number = ticket["number"].as_i64().expect("a number");
    ReplyAddress::sign(Key::new(&key).expect("a key"), SUPPORT, number).expect("an address")
}

/// The Message-ID that we signed for an item, without brackets.
pub async fn signed_id(world: &World, ticket: &Value, item: &Value) -> String {
    let key = key(world).await;
    let item: ItemId = id(item).parse().expect("an item");
    let named = Named { ticket: ticket["number"].as_i64().expect("a number"), item: item.get() };
    let signed = SignedId::sign(Key::new(&key).expect("a key"), "throughline.example", named);
    signed.expect("an id").trim_matches(['<', '>']).to_owned()
}

async fn key(world: &World) -> Vec<u8> {
    secrets::get_or_create(&world.app, "mail_tokens").await.expect("a key").into_exposed()
}

/// Answers in a ticket as an agent; the message.
pub async fn answer(client: &Client, ticket: &Value, body: &str) -> Value {
    let path = format!("/tickets/{}/replies", id(ticket));
    client.post(&path, json!({ "body": body })).await.good()
}

/// Resolves a ticket.
pub async fn resolve(client: &Client, ticket: &Value) {
    let path = format!("/tickets/{}", id(ticket));
    client.patch(&path, json!({ "status": "resolved" })).await.good();
}

/// The ticket as it is now.
pub async fn ticket(client: &Client, id: &Value) -> Value {
    client.get(&format!("/tickets/{}", id.as_str().expect("an id"))).await.good()
}

/// All messages of all tickets.
pub async fn messages(client: &Client) -> Vec<Value> {
    let tickets = client.get("/tickets?limit=100").await.good();
    let mut all = Vec::new();
    for ticket in tickets["items"].as_array().expect("a list") {
        let path = format!("/tickets/{}/items?limit=100&kind=message", id(ticket));
        let page = client.get(&path).await.good();
        all.extend(page["items"].as_array().expect("a list").clone());
    }
    all
}

/// The item that became of the mail with this id, and its ticket.
pub async fn became(client: &Client, mail_id: &str) -> (Value, Value) {
    let mut found = messages(client).await;
    found.retain(|item| item["message"]["message_id"] == mail_id);
    assert_eq!(found.len(), 1, "items of {mail_id}: {found:?}");
    let item = found.remove(0);
    let ticket = ticket(client, &item["ticket"]).await;
    (item, ticket)
}

/// The rule by which an item came into its ticket.
pub fn rule(item: &Value) -> &str {
    item["message"]["thread_reason"]["rule"].as_str().expect("a rule")
}

/// What is shown of an item when its spans are folded away.
pub fn visible(item: &Value) -> String {
    let body: Vec<char> = item["body"].as_str().expect("a body").chars().collect();
    let mut shown = vec![true; body.len()];
    for span in item["message"]["spans"].as_array().expect("spans") {
        let place =
            |end: &str| usize::try_from(span[end].as_u64().expect("a place")).expect("fits");
        shown[place("start")..place("end")].fill(false);
    }
    let kept = body.iter().zip(shown).filter(|(_, shown)| *shown).map(|(c, _)| *c);
    kept.collect::<String>().trim().to_owned()
}

/// The id of something.
pub fn id(value: &Value) -> &str {
    value["id"].as_str().expect("an id")
}
