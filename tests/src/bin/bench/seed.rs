//! Data for the measurements: mails, and a large database. Made here, the same in every run.

use rusqlite::{Connection, params};
use throughline_core::id::ItemId;
use throughline_core::text::document_tokens;
use throughline_core::time::Instant;
use throughline_core::timeline::OrderKey;

/// Words of the texts, in the languages of the first customers.
const WORDS: &[&str] = &[
    "sipariş",
    "kargo",
    "fatura",
    "iade",
    "ödeme",
    "merhaba",
    "teşekkürler",
    "ürün",
    "gelmedi",
    "سفارش",
    "پرداخت",
    "کتاب",
    "سلام",
    "ارسال",
    "لطفا",
    "order",
    "invoice",
    "refund",
    "shipping",
    "broken",
    "thanks",
    "please",
    "where",
    "account",
    "password",
    "delivery",
    "number",
    "again",
];

/// A generator of repeatable numbers (splitmix64).
pub struct Numbers(pub u64);

impl Numbers {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// A text of so many words.
    pub fn text(&mut self, words: u64) -> String {
        let word = |_| WORDS[self.below(WORDS.len() as u64) as usize];
        (0..words).map(word).collect::<Vec<_>>().join(" ")
    }
}

/// Mails of about 2 KiB from a fifth as many senders, every third an answer to an earlier one.
pub fn mails(n: usize) -> Vec<Vec<u8>> {
    let mut numbers = Numbers(42);
    let senders = (n as u64 / 5).max(1);
    (0..n as u64)
        .map(|i| {
            let sender = numbers.below(senders);
            let subject = numbers.text(4);
            let parent = i.saturating_sub(senders);
            let reply = match i % 3 {
                0 if i > senders => format!("In-Reply-To: <m{parent}@bench.example>\r\n"),
                _ => String::new(),
            };
            let words = 60 + numbers.below(200);
            let body = numbers.text(words);
            format!(
                "From: Customer {sender} <c{sender}@bench.example>\r\n\
                 To: support@throughline.example\r\nMessage-ID: <m{i}@bench.example>\r\n\
                 {reply}Subject: {subject} {i}\r\nDate: Sat, 21 Nov 2026 10:{:02}:{:02} +0300\r\n\
                 MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
                 Content-Transfer-Encoding: 8bit\r\n\r\n{body}\r\nTR-{i}\r\n",
                i / 60 % 60,
                i % 60,
            )
            .into_bytes()
        })
        .collect()
}

const DETAIL: &str = r#"{"direction":"inbound","subject":"kargo nerede","from":{"address":"c1@bench.example","name":"Customer"},"to":[{"address":"support@throughline.example"}],"message_id":"m1@bench.example","nature":"personal","thread_reason":"no_reference"}"#;

/// Fills a migrated database with `items` items over a twentieth as many customers, skewed so that
/// some customers have hundreds. One ticket per four items.
pub fn fill(database: &std::path::Path, items: i64) {
    let mut connection = Connection::open(database).expect("a database");
    connection
        .execute_batch(
            "PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -200000",
        )
        .expect("pragmas");
    let transaction = connection.transaction().expect("a transaction");
    let customers = items / 20;
    let tickets = items / 4;
    transaction
        .execute("INSERT INTO inboxes VALUES (1, 1, 'bench@throughline.example', 'Bench', 1, 0, NULL, 0, 0, 1, 0)", [])
        .expect("an inbox");
    {
        let mut insert = transaction
            .prepare(
                "INSERT INTO customers VALUES (?, ?, NULL, NULL, NULL, 0, 0, 0, ?, ?, 1, NULL)",
            )
            .expect("SQL");
        for id in 1..=customers {
            insert.execute(params![id, format!("Customer {id}"), id, id]).expect("a customer");
        }
    }
    let mut numbers = Numbers(7);
    let owner = |n: u64| {
        // The square of a uniform number: a tenth of the customers has a third of the items.
        let share = (n % 1_000_000) as f64 / 1e6;
        1 + (share * share * customers as f64) as i64
    };
    {
        let mut insert = transaction
            .prepare(
                "INSERT INTO tickets VALUES (?, ?, ?, 1, 1, 'kargo nerede', ?, ?, 1, NULL, NULL, \
                 0, ?, ?, NULL, ?, 1)",
            )
            .expect("SQL");
        for id in 1..=tickets {
            let resolved = id % 5 != 0;
            let (status, category) = if resolved { ("resolved", 2) } else { ("open", 0) };
            let customer = owner(Numbers(id as u64).next());
            insert
                .execute(params![id, 1000 + id, customer, status, category, id, id, id])
                .expect("a ticket");
        }
    }
    {
        let mut insert = transaction
            .prepare(
                "INSERT INTO timeline_items VALUES (?, ?, ?, 1, 1, 1, ?, 1, NULL, 1, NULL, ?, ?, ?, ?)",
            )
            .expect("SQL");
        let mut index = transaction
            .prepare("INSERT INTO item_search (rowid, body) VALUES (?, ?)")
            .expect("SQL");
        for id in 1..=items {
            let ticket = 1 + (numbers.below(tickets as u64) as i64);
            let customer = owner(Numbers(ticket as u64).next());
            let at = 1_700_000_000_000_000 + id * 60_000_000;
            let key = OrderKey::new(Instant::from_micros(at), ItemId::from(id), 0);
            let words = 6 + numbers.below(14);
            let body = format!("{} TR-{id}", numbers.text(words));
            insert
                .execute(params![id, customer, key.get(), ticket, at, at, body, DETAIL])
                .expect("an item");
            index.execute(params![id, document_tokens(&body).as_str()]).expect("indexed");
        }
    }
    transaction.commit().expect("committed");
    connection.execute_batch("ANALYZE").expect("analysed");
}
