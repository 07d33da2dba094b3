//! One conversation from the first mail to the bounce of the last answer.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::office::{AYSE, DESK, Office, REZA, wait_for};
use crate::server::{Client, Installation, Server};

const SOON: Duration = Duration::from_secs(20);

fn items(client: &Client, ticket: &Value) -> Vec<Value> {
    let path = format!("/tickets/{}/items?kind=message", ticket["id"].as_str().unwrap());
    let page = client.get(&path);
    // Oldest first reads like the conversation.
    page["items"].as_array().unwrap().iter().rev().cloned().collect()
}

fn tickets(client: &Client) -> Vec<Value> {
    client.get("/tickets")["items"].as_array().unwrap().clone()
}

fn wait_for_items(client: &Client, ticket: &Value, count: usize) -> Vec<Value> {
    wait_for(SOON, || {
        let found = items(client, ticket);
        if found.len() == count { Ok(found) } else { Err(format!("{} items", found.len())) }
    })
}

/// The item of a mail: those of one second stand in no order that a test could tell.
#[track_caller]
fn item_of<'a>(items: &'a [Value], message_id: &str) -> &'a Value {
    let found = items.iter().find(|item| item["message"]["message_id"] == message_id);
    found.unwrap_or_else(|| panic!("no {message_id} in {items:?}"))
}

fn header<'a>(mail: &'a str, name: &str) -> &'a str {
    let start = format!("{name}: ");
    let line = mail.lines().find_map(|line| line.strip_prefix(&start));
    line.unwrap_or_else(|| panic!("no {name} in {mail}"))
}

fn body_of(mail: &str) -> String {
    let (_, body) = mail.split_once("\r\n\r\n").unwrap();
    body.replace("\r\n", "\n")
}

/// What the client of a customer makes below an answer.
fn quoted(mail: &str) -> String {
    body_of(mail).lines().map(|line| format!("> {line}\n")).collect()
}

fn visible(item: &Value) -> String {
    let body: Vec<char> = item["body"].as_str().unwrap().chars().collect();
    let spans = item["message"]["spans"].as_array().unwrap();
    let hidden = |at: usize| {
        spans.iter().any(|s| {
            (s["start"].as_u64().unwrap()..s["end"].as_u64().unwrap()).contains(&(at as u64))
        })
    };
    let kept = body.iter().enumerate().filter(|(at, _)| !hidden(*at)).map(|(_, c)| *c);
    kept.collect::<String>().trim().to_owned()
}

#[test]
fn a_mail_becomes_a_ticket_is_answered_and_every_answer_to_it_finds_home() {
    let Some(office) = Office::open() else { return };
    let at = Installation::new();
    let server = Server::start(&at);
    let client = server.sign_in(&server.first_password());
    client.set_up_inbox(&office, &json!({ "plus_addressing": true }));
    wait_until_followed(&at);

    let started = Instant::now();
    office.send(
        AYSE,
        DESK,
        "From: Ayşe Yılmaz <ayse@example.test>\nTo: desk@example.test\nSubject: Kargom nerede\n\
         Message-ID: <first@ayse.test>\nContent-Type: text/plain; charset=utf-8\n\n\
         Merhaba, 4711 numaralı siparişim gelmedi.\n",
    );
    let ticket = wait_for(SOON, || tickets(&client).pop().ok_or("no ticket".to_owned()));
    let visible_after = started.elapsed();
    assert!(visible_after < Duration::from_secs(2), "{visible_after:?}");
    assert_eq!(ticket["subject"], "Kargom nerede");

    let path = format!("/tickets/{}/replies", ticket["id"].as_str().unwrap());
    let words = "Merhaba Ayşe Hanım,\n\nkargonuz bugün dağıtıma çıktı ve saat 17'den önce \
                 elinizde olacak.\n\nİyi günler";
    let answer = client.post(&path, &json!({ "body": words }));
    let first = office.wait_for_mails(AYSE, 1).remove(0);
    assert_eq!(header(&first, "In-Reply-To"), "<first@ayse.test>");
    let reply_to = header(&first, "Reply-To").to_owned();
    assert!(reply_to.contains("desk+t"), "{reply_to}");
    let sent = wait_for(SOON, || {
        let item = client.get(&format!("/items/{}", answer["id"].as_str().unwrap()));
        let state = item["message"]["send_state"].clone();
        if state == "sent" { Ok(item) } else { Err(format!("{state}")) }
    });
    let our_id = sent["message"]["message_id"].as_str().unwrap().to_owned();
    assert_eq!(header(&first, "Message-ID"), format!("<{our_id}>"));

    // A client that keeps In-Reply-To and drops References, and quotes in its own way.
    office.send(
        AYSE,
        DESK,
        &format!(
            "From: ayse@example.test\nTo: desk@example.test\nSubject: AW: Kargom nerede\n\
             Message-ID: <second@ayse.test>\nIn-Reply-To: <{our_id}>\n\
             Content-Type: text/plain; charset=utf-8\n\nTeşekkürler, bekliyorum.\n\n{}",
            quoted(&decoded(&first))
        ),
    );
    let found = wait_for_items(&client, &ticket, 3);
    let second = item_of(&found, "second@ayse.test");
    assert_eq!(second["message"]["thread_reason"]["rule"], "signed_id");
    assert_eq!(visible(second), "Teşekkürler, bekliyorum.");

    // A client that drops both, and only answers to the address that it was told.
    let address = reply_to.trim_start_matches(|c| c != '<').trim_matches(['<', '>']);
    office.send(
        AYSE,
        address,
        &format!(
            "From: ayse@example.test\nTo: {address}\nSubject: Gelen kargo\n\
             Message-ID: <third@ayse.test>\nContent-Type: text/plain; charset=utf-8\n\nGeldi!\n"
        ),
    );
    let found = wait_for_items(&client, &ticket, 4);
    let third = item_of(&found, "third@ayse.test");
    assert_eq!(third["message"]["thread_reason"]["rule"], "reply_address");

    // A vacation note lands on the ticket, reopens nothing and is not answered.
    let resolved = json!({ "body": "Afiyetle kullanın.", "status": "resolved" });
    client.post(&path, &resolved);
    let second = office.wait_for_mails(AYSE, 2).remove(1);
    office.send(
        "",
        DESK,
        &format!(
            "From: ayse@example.test\nTo: desk@example.test\nSubject: Otomatik yanıt\n\
             Message-ID: <away@ayse.test>\nIn-Reply-To: {}\nAuto-Submitted: auto-replied\n\
             Content-Type: text/plain; charset=utf-8\n\nTatildeyim.\n",
            header(&second, "Message-ID")
        ),
    );
    let found = wait_for_items(&client, &ticket, 6);
    assert_eq!(item_of(&found, "away@ayse.test")["message"]["nature"], "auto_reply");
    let now = client.get(&format!("/tickets/{}", ticket["id"].as_str().unwrap()));
    assert_eq!(now["status"], "resolved");

    // An answer to an address that is gone comes back, and says so on the item that was sent.
    let lost =
        client.post(&path, &json!({ "body": "Bir sorum var.", "to": ["gone@example.test"] }));
    let bounced = wait_for(SOON, || {
        let item = client.get(&format!("/items/{}", lost["id"].as_str().unwrap()));
        let state = item["message"]["send_state"].clone();
        if state == "bounced" { Ok(item) } else { Err(format!("{state}")) }
    });
    let words = bounced["message"]["sending"]["words"].as_str().unwrap();
    assert!(words.contains("gone@example.test"), "{words}");
    let found = wait_for_items(&client, &ticket, 8);
    let bounce = found.iter().find(|item| item["message"]["nature"] == "bounce").unwrap();
    assert_eq!(bounce["message"]["bounce"]["item"], lost["id"]);

    // Nothing but the two answers ever reached the customer.
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(office.mails_of(AYSE).len(), 2);
    assert_eq!(office.mails_of(REZA).len(), 0);
    assert_eq!(tickets(&client).len(), 1);
    let told: Value =
        serde_json::from_str(&at.run(&["ledger", "reconcile", DESK, "--json"])).unwrap();
    assert_eq!(told[0]["missing"], 0, "{told}");
    assert!(server.stop());
}

/// IDLE can tell of a mail only once it is there.
fn wait_until_followed(at: &Installation) {
    let checked = "select count(*) from mail_folders where checked_at is not null";
    wait_for(SOON, || match at.number(checked) {
        0 => Err("the folder was not looked at".to_owned()),
        n => Ok(n),
    });
}

/// The text of a mail, whose transfer encoding Python takes off.
fn decoded(mail: &str) -> String {
    const SCRIPT: &str = "import email, email.policy, sys; \
        m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default); \
        sys.stdout.buffer.write(m.get_body(('plain',)).get_content().encode())";
    use std::io::Write;
    use std::process::{Command, Stdio};
    let mut python = Command::new("python3");
    python.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = python.spawn().unwrap();
    child.stdin.take().unwrap().write_all(mail.as_bytes()).unwrap();
    let text = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    format!("head\r\n\r\n{text}")
}
