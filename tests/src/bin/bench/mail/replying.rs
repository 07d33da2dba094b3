//! Replies out: a queue of them through a local SMTP server, against one bare client that sends as many
//! mails of that size over one connection.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use throughline_test_servers::dovecot::Dovecot;
use throughline_test_servers::smtp::Scripted;

use super::desk::{DESK, Desk};
use crate::Options;
use crate::table::{Table, timed};

const REPLIES: usize = 1_000;

/// Measures.
pub fn measure(options: &Options, server: &Dovecot, table: &mut Table) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let sink = runtime.block_on(Scripted::start(Vec::new()));
    let desk = Desk::new(&options.server, server.plain(), sink.port());
    runtime.block_on(queue(&desk, sink.port()));
    let working = desk.work();
    let first = wait_for(&sink, 1);
    let last = wait_for(&sink, REPLIES);
    let ours = last - first;
    desk.wait_for("select count(*) from outgoing_mails where state = 2", REPLIES as i64);
    drop(working);
    let example = sink.mails().pop().expect("a mail").bytes;
    let (bare, ()) = timed(|| send_all(sink.port(), &example));
    let rate = |span: Duration| format!("{:.0} mails/s", REPLIES as f64 / span.as_secs_f64());
    let ratio = ours.as_secs_f64() / bare.as_secs_f64();
    table.add("replies through a local SMTP server", rate(ours), rate(bare), ratio, None);
}

/// Opens a ticket and writes all replies, while nobody sends.
async fn queue(desk: &Desk, smtp: u16) {
    let serving = desk.serve(&["--no-worker"]);
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let api = serving.address().to_owned();
    let post = async |path: &str, token: &str, body: Value| -> Value {
        let request = http.post(format!("{api}{path}")).bearer_auth(token).json(&body);
        let answer = request.send().await.expect("an answer");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.expect("JSON")
    };
    let who = json!({ "email": "admin@localhost", "password": serving.password() });
    let session = post("/auth/sign-in", "", who).await;
    let token = session["access_token"].as_str().expect("a token").to_owned();
    let inbox = inbox_id(&http, &api, &token).await;
    let path = format!("{api}/inboxes/{inbox}/email");
    let settings = json!({
        "outgoing": {
            "host": "127.0.0.1", "port": smtp, "security": "plain", "sign_in": "none",
            "per_hour": 1_000_000, "burst": 10_000,
        },
        "undo_seconds": 0,
    });
    let put = http.put(path).bearer_auth(&token).header("If-Match", "*").json(&settings);
    let status = put.send().await.expect("an answer").status();
    assert!(status.is_success(), "settings: {status}");
    let new = json!({
        "inbox": inbox, "subject": "Bench", "customer": { "email": "c@example.test" },
        "body": "Hello", "opened_by": "customer",
    });
    let ticket = post("/tickets", &token, new).await;
    let path = format!("/tickets/{}/replies", ticket["id"].as_str().expect("an id"));
    for number in 0..REPLIES {
        let body = format!("Answer {number}. {}", "It says what has to be said. ".repeat(20));
        post(&path, &token, json!({ "body": body })).await;
    }
}

async fn inbox_id(http: &reqwest::Client, api: &str, token: &str) -> String {
    let answer = http.get(format!("{api}/inboxes")).bearer_auth(token).send().await;
    let list: Value = answer.expect("an answer").json().await.expect("JSON");
    let found = list["items"].as_array().expect("a list").iter().find(|i| i["address"] == DESK);
    found.expect("the inbox")["id"].as_str().expect("an id").to_owned()
}

fn wait_for(sink: &Scripted, count: usize) -> Instant {
    let end = Instant::now() + Duration::from_secs(300);
    while sink.taken() < count {
        assert!(Instant::now() < end, "{} of {count} replies came", sink.taken());
        std::thread::sleep(Duration::from_millis(1));
    }
    Instant::now()
}

fn send_all(port: u16, mail: &[u8]) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("SMTP answers");
    stream.set_nodelay(true).expect("an option");
    let mut answers = BufReader::new(stream.try_clone().expect("a second handle"));
    let mut ask = |bytes: &[u8], code: &str| {
        stream.write_all(bytes).expect("SMTP listens");
        let mut line = String::new();
        while !line.starts_with(&format!("{code} ")) {
            line.clear();
            assert!(answers.read_line(&mut line).expect("a line") > 0, "the server closed");
        }
    };
    ask(b"", "220");
    ask(b"EHLO bench.test\r\n", "250");
    let body = [mail, b"\r\n.\r\n"].concat();
    for _ in 0..REPLIES {
        ask(b"MAIL FROM:<desk@example.test>\r\n", "250");
        ask(b"RCPT TO:<c@example.test>\r\n", "250");
        ask(b"DATA\r\n", "354");
        ask(&body, "250");
    }
}
