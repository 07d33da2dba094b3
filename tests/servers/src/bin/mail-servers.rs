//! A Dovecot and an SMTP server that takes all, for tests that are not written in Rust. Says where
//! they are in one line of JSON, and answers a line `sent` with the mails that were taken so far.
//! They end with its input.

use std::io::{BufRead, stdin};

use throughline_test_servers::dovecot::{Dovecot, Options};
use throughline_test_servers::smtp::Scripted;

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let dovecot = Dovecot::start(Options::default());
    let smtp = runtime.block_on(Scripted::start(Vec::new()));
    let Some(dovecot) = dovecot else {
        println!("null");
        return;
    };
    let (imap, lmtp) = (dovecot.plain().port(), dovecot.lmtp().port());
    println!(r#"{{"imap":{imap},"lmtp":{lmtp},"smtp":{}}}"#, smtp.port());
    for line in stdin().lock().lines() {
        if line.is_ok_and(|line| line == "sent") {
            let mails: Vec<String> = smtp.mails().iter().map(|mail| quoted(&mail.bytes)).collect();
            println!("[{}]", mails.join(","));
        }
    }
}

/// A text of JSON.
fn quoted(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let safe = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    };
    format!("\"{}\"", text.chars().map(safe).collect::<String>())
}
