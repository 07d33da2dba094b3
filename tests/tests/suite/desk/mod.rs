//! An agent's desk over the API: rows of lists, what is unread, drafts, presence, mentions, views, macros.

mod drafts;
mod macros;
mod meanwhile;
mod rows;
mod views;

use serde_json::{Value, json};
use throughline_tests::Client;
use throughline_tests::threads::id;

/// Opens a ticket in which the customer has written.
async fn open(client: &Client, subject: &str, extra: Value) -> String {
    let mut body = json!({
        "subject": subject,
        "customer": { "email": "musteri@example.com", "name": "Ayşe Yılmaz" },
        "body": "Merhaba,\n\n  siparişim gelmedi.",
    });
    let fields = extra.as_object().expect("an object").clone();
    body.as_object_mut().expect("an object").extend(fields);
    id(&client.post("/tickets", body).await.good()).to_owned()
}

/// The id of the agent whose client this is.
async fn me(client: &Client) -> String {
    let me = client.get("/me").await.good();
    me["agent"]["id"].as_str().or(me["id"].as_str()).expect("an id").to_owned()
}

/// What the row of a ticket shows to whose client this is.
async fn row(client: &Client, ticket: &str) -> Value {
    let page = client.get("/tickets").await.good();
    let found = page["items"].as_array().expect("a list").iter().find(|one| one["id"] == ticket);
    found.unwrap_or_else(|| panic!("no row of {ticket}: {page}"))["row"].clone()
}

/// The ids on a page.
fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().expect("a list");
    items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect()
}

/// The items of a ticket, newest first.
async fn items(client: &Client, ticket: &str) -> Vec<String> {
    ids(&client.get(&format!("/tickets/{ticket}/items")).await.good())
}
