//! One history of many records. Its tests stand in the modules below; here is what they share.

mod gone;
mod reading;

use serde_json::Value;
use throughline_core::id::CustomerId;
use throughline_store::DatabaseUrl;
use throughline_tests::{Client, World};

/// Runs SQL on the world's own database, on a thread of its own.
fn sql(world: &World, text: &str) {
    let (database, text) = (world.database.clone(), text.to_owned());
    let run = move || match database {
        DatabaseUrl::Sqlite(path) => {
            let connection = rusqlite::Connection::open(path).expect("the file");
            connection.busy_timeout(std::time::Duration::from_secs(10)).expect("set");
            connection.execute_batch(&text).expect("SQL");
        }
        DatabaseUrl::Postgres(url) => {
            let mut client = postgres::Client::connect(&url, postgres::NoTls).expect("a server");
            client.batch_execute(&text).expect("SQL");
        }
    };
    std::thread::spawn(run).join().expect("ran");
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn items(page: &Value) -> &Vec<Value> {
    page["items"].as_array().expect("a list")
}

fn ids(page: &Value) -> Vec<String> {
    items(page).iter().map(|item| text(&item["id"]).to_owned()).collect()
}

async fn customer_of(world: &World, client: &Client, email: &str) -> String {
    text(&world.customer(client, email).await["id"]).to_owned()
}

fn number(id: &str) -> i64 {
    id.parse::<CustomerId>().expect("an id").get()
}

/// Makes the others records of the first.
fn join(world: &World, root: &str, others: &[String]) {
    let others: Vec<String> = others.iter().map(|id| number(id).to_string()).collect();
    let (root, others) = (number(root), others.join(","));
    sql(world, &format!("UPDATE customers SET canonical_id = {root} WHERE id IN ({others})"));
}

/// All ids of a timeline, page by page, and the cursors back.
async fn walk(client: &Client, path: &str) -> (Vec<Vec<String>>, Vec<Option<String>>) {
    let (mut pages, mut backs, mut cursor) = (Vec::new(), Vec::new(), String::new());
    loop {
        let page = client.get(&format!("{path}{cursor}")).await.good();
        pages.push(ids(&page));
        backs.push(page["previous_cursor"].as_str().map(str::to_owned));
        let Some(next) = page["next_cursor"].as_str() else { return (pages, backs) };
        cursor = format!("&cursor={next}");
    }
}
