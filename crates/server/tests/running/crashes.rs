//! The program killed again and again while mail flows in and answers flow out: nothing may be lost
//! and nothing doubled.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use throughline_core::id::ItemId;

use crate::chance::Chance;
use crate::database::Database;
use crate::office::{AYSE, DESK, Office, wait_for};
use crate::server::{Client, Installation, Server};

const KILLS: u32 = 100;
const MAILS: usize = 5_000;
const CUSTOMERS: usize = 500;
/// Between two deliveries, so that they last about as long as the killing does.
const PACE: Duration = Duration::from_millis(20);

/// The mails of each customer are one conversation: all but the first answer the first.
fn mail(number: usize) -> String {
    let customer = number % CUSTOMERS;
    let root = format!("<m{customer}@load.test>");
    let thread =
        if number == customer { String::new() } else { format!("In-Reply-To: {root}\r\n") };
    format!(
        "From: ayse+c{customer}@example.test\r\nTo: {DESK}\r\nSubject: Conversation {customer}\r\n\
         Message-ID: <m{number}@load.test>\r\n{thread}\r\nMail {number}\r\n"
    )
}

/// Answers tickets that have no answer yet, until the server is gone.
fn answer_some(client: &Client, chance: &mut Chance) -> Option<()> {
    let (_, page) = client.ask("GET", "/tickets?limit=100", None).ok()?;
    let tickets = page["items"].as_array()?;
    for _ in 0..5 {
        let ticket = tickets.get(chance.below(tickets.len().max(1) as u64) as usize)?;
        let path = format!("/tickets/{}", ticket["id"].as_str()?);
        let (_, items) = client.ask("GET", &format!("{path}/items?limit=200"), None).ok()?;
        let ours = |item: &Value| item["message"]["direction"] == "outbound";
        if !items["items"].as_array()?.iter().any(ours) {
            let reply = json!({ "body": format!("An answer to {}", ticket["subject"]) });
            client.ask("POST", &format!("{path}/replies"), Some(&reply)).ok()?;
        }
    }
    Some(())
}

#[test]
fn killed_a_hundred_times_it_loses_nothing_and_doubles_nothing() {
    loses_and_doubles_nothing(Database::Sqlite);
}

#[test]
fn killed_a_hundred_times_on_postgresql_it_loses_nothing_and_doubles_nothing() {
    let Some(database) = Database::postgres() else { return };
    loses_and_doubles_nothing(database);
}

/// The two run side by side: each has mail servers, a folder and a database of its own, and what they
/// take from each other is time, which moves the kills to other places and nothing else.
fn loses_and_doubles_nothing(database: Database) {
    let Some(office) = Office::open() else { return };
    let office = Arc::new(office);
    let at = Installation::on(database);
    let mut server = Server::start(&at);
    let client = server.sign_in(&server.first_password());
    client.set_up_inbox(&office, &json!({}));
    let token = client.token;

    let delivering = std::thread::spawn({
        let office = Arc::clone(&office);
        move || {
            for number in 0..MAILS {
                office.dovecot.deliver(DESK, mail(number).as_bytes());
                std::thread::sleep(PACE);
            }
        }
    });
    let mut chance = Chance(0x0dd_ba11);
    let mut unsure = HashSet::new();
    for _ in 0..KILLS {
        // It may be gone in the middle of anything: that is the point.
        let _ = answer_some(&server.client(&token), &mut chance);
        std::thread::sleep(Duration::from_millis(chance.below(1_500)));
        server.kill();
        unsure.extend(without_answer(&at));
        server = Server::start(&at);
    }
    delivering.join().unwrap();
    wait_for(Duration::from_secs(180), || {
        let waiting = at.number(
            "select (select count(*) from jobs where not dead and kind in \
             ('process_delivery', 'send_reply')) + abs((select count(*) from mail_uids) - 5000)",
        );
        if waiting == 0 { Ok(()) } else { Err(format!("{waiting} waiting")) }
    });
    check_inbound(&at);
    check_outbound(&at, &office, &unsure);
    assert!(server.stop());
}

fn check_inbound(at: &Installation) {
    let told: Value =
        serde_json::from_str(&at.run(&["ledger", "reconcile", DESK, "--json"])).unwrap();
    assert_eq!(told[0]["missing"], 0, "{told}");
    let field = |name| at.database.json_field("detail", name);
    let inbound = format!("from timeline_items where {} = 'inbound'", field("direction"));
    let id = field("message_id");
    assert_eq!(at.number(&format!("select count(*) {inbound}")), MAILS as i64);
    assert_eq!(at.number(&format!("select count(distinct {id}) {inbound}")), MAILS as i64);
    assert_eq!(at.number("select count(*) from deliveries where outcome = 1"), MAILS as i64);
    assert_eq!(at.number("select count(*) from deliveries"), MAILS as i64);
    assert_eq!(at.number("select count(*) from tickets"), CUSTOMERS as i64);
    assert_eq!(at.number("select count(*) from customers"), CUSTOMERS as i64);
    assert_eq!(at.number("select count(*) from jobs where dead"), 0);
}

/// The items of replies whose end was being written when the program was killed: whether the server took
/// them nobody here can know.
fn without_answer(at: &Installation) -> HashSet<i64> {
    let written = std::fs::read_to_string(at.path().join("data/sending.journal"));
    let mut open = HashSet::new();
    for line in written.unwrap_or_default().lines() {
        let Ok(line) = serde_json::from_str::<Value>(line) else { continue };
        let item = line["item"].as_str().unwrap().parse::<ItemId>().unwrap().get();
        if line["ending"] == true {
            open.insert(item)
        } else {
            open.remove(&item)
        };
    }
    open
}

/// A reply is sent at least once. Twice only if the program was killed between the end of the mail and the
/// server's answer to it, which nobody can close (RFC 5321 section 4.1.1.4); and then under one Message-ID,
/// so that mailboxes can tell. Nothing else may send a reply twice.
fn check_outbound(at: &Installation, office: &Office, unsure: &HashSet<i64>) {
    let replies = at.query("select message_id, state, item_id from outgoing_mails");
    assert!(replies.len() >= 50, "only {} replies were made", replies.len());
    assert!(replies.iter().all(|row| row[1] == 2), "not all were sent: {replies:?}");
    let arrived = office.wait_for_mails(AYSE, replies.len());
    let mut copies: HashMap<&str, usize> = HashMap::new();
    for mail in &arrived {
        let id = mail.lines().find_map(|line| line.strip_prefix("Message-ID: <"));
        *copies.entry(id.unwrap().trim_end_matches('>')).or_default() += 1;
    }
    let (mut doubled, mut at_fault) = (0, Vec::new());
    for row in &replies {
        let copies = copies.get(row[0].as_str().unwrap()).copied().unwrap_or_default();
        assert!(copies > 0, "{row} never arrived");
        doubled += usize::from(copies > 1);
        if copies > 1 && !unsure.contains(&row[2].as_i64().unwrap()) {
            at_fault.push(row);
        }
    }
    assert_eq!(copies.len(), replies.len());
    println!(
        "{}: {} replies over {KILLS} kills; {} were without an answer at a kill, {doubled} came twice",
        at.database.name(),
        replies.len(),
        unsure.len()
    );
    assert!(at_fault.is_empty(), "sent twice, and the answer had been noted: {at_fault:?}");
    assert!(doubled <= 2, "{doubled} replies were sent twice");
}
