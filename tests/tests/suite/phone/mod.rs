//! Phone logs: files become calls with their legs inside, once, however they come; and what is done with
//! a call. Here is what the tests share.

mod calls;
mod gone;
mod imports;
mod pieces;
mod ringing;
mod watching;

use serde_json::{Value, json};
use throughline_tests::{Client, World};

/// How the logs of these tests are read.
fn source() -> Value {
    json!({ "format": "asterisk_csv", "time_zone": "Europe/Istanbul", "region": "TR" })
}

/// One leg of a call to us, as Asterisk writes it.
struct Leg<'a> {
    call: &'a str,
    sequence: u32,
    number: &'a str,
    extension: &'a str,
    start: &'a str,
    talk: u32,
}

impl Leg<'_> {
    fn line(&self) -> String {
        let Self { call, sequence, number, extension, start, talk } = self;
        let (word, answer) = match talk {
            0 => ("NO ANSWER", String::new()),
            _ => ("ANSWERED", format!("\"{start}\"")),
        };
        let trunk = format!("PJSIP/trunk-{call}");
        let phone = format!("PJSIP/{extension}-{sequence:08}");
        format!(
            "\"\",\"{number}\",\"{extension}\",\"from-trunk\",\"\"\"Elif\"\" <{number}>\",\"{trunk}\",\
             \"{phone}\",\"Dial\",\"PJSIP/{extension},,Tt\",\"{start}\",{answer},\"{start}\",{talk},{talk},\
             \"{word}\",\"DOCUMENTATION\",\"{call}.1\",\"\",\"\",\"{call}.1\",{sequence}\n"
        )
    }
}

/// A log of so many calls of so many customers, two legs each: a phone that rang, and one that was taken.
fn log(calls: std::ops::Range<u32>, customers: u32) -> String {
    let mut text = String::new();
    for call in calls {
        let number = format!("0532111{:04}", call % customers);
        let name = format!("17701{call:05}");
        let start = format!("2026-02-03 09:{:02}:{:02}", call / 60 % 60, call % 60);
        for (sequence, extension, talk) in [(call * 2, "201", 0), (call * 2 + 1, "202", 42)] {
            let leg =
                Leg { call: &name, sequence, number: &number, extension, start: &start, talk };
            text.push_str(&leg.line());
        }
    }
    text
}

/// An inbox for calls.
pub(crate) async fn inbox(admin: &Client, address: &str) -> String {
    let new = json!({ "channel": "phone", "address": address, "name": address });
    let made = admin.post("/inboxes", new).await.good();
    made["id"].as_str().expect("an id").to_owned()
}

/// Sends a file, and says how it is read.
async fn upload(client: &Client, inbox: &str, file: &str) -> String {
    let path = format!("/api/v1/imports?kind=calls&inbox={inbox}&name=Master.csv");
    let made = client.post_raw(&path, "text/csv", file.as_bytes().to_vec()).await.good();
    let id = made["id"].as_str().expect("an id").to_owned();
    let body = json!({ "source": source() });
    let set = client.put(&format!("/imports/{id}/source"), body).await.good();
    assert_eq!(set["state"], "uploaded");
    id
}

/// Reads a file in; answers with the import as it is then.
pub(crate) async fn import(world: &World, client: &Client, inbox: &str, file: &str) -> Value {
    let id = upload(client, inbox, file).await;
    client.post(&format!("/imports/{id}/start"), json!({})).await.good();
    world.drain().await;
    world.assert_no_dead_jobs().await;
    let done = client.get(&format!("/imports/{id}")).await.good();
    assert_eq!(done["state"], "done", "{done}");
    done
}

/// The customer with this number.
pub(crate) async fn customer(client: &Client, number: &str) -> Option<Value> {
    let number = number.replace('+', "%2B");
    let mut found = client.get(&format!("/customers?phone={number}")).await.good();
    found["items"].as_array_mut().expect("a list").pop()
}

/// The timeline of a customer, newest first.
async fn timeline(client: &Client, customer: &Value, filter: &str) -> Vec<Value> {
    let id = customer["id"].as_str().expect("an id");
    let page = client.get(&format!("/customers/{id}/timeline?limit=200{filter}")).await.good();
    page["items"].as_array().expect("a list").clone()
}

/// The only call of the customer with this number.
async fn call_of(client: &Client, number: &str) -> Value {
    let customer = customer(client, number).await.expect("a customer");
    let mut items = timeline(client, &customer, "&kind=call").await;
    assert_eq!(items.len(), 1, "{items:?}");
    items.remove(0)
}

fn id_of(value: &Value) -> &str {
    value["id"].as_str().expect("an id")
}
