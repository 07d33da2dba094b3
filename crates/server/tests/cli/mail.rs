//! Inboxes and the ledger from the terminal, against a real IMAP server.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use throughline_test_servers::dovecot::{Dovecot, Options};

use crate::support::{CommandExt, Desk, Ran};

const ANNA: &str = "anna@example.test";
const PASSWORD: &str = "open sesame";

/// `throughline inbox add` for Dovecot, whose authority is trusted.
fn add(desk: &Desk, dovecot: &Dovecot, more: &[&str]) -> Command {
    let port = dovecot.tls().port().to_string();
    let mut args = vec!["inbox", "add", ANNA, "--imap-host", "localhost", "--imap-port", &port];
    args.extend(["--imap-security", "tls", "--no-smtp"]);
    args.extend(more);
    let mut command = desk.command(&args);
    command.env("THROUGHLINE__MAIL__EXTRA_ROOTS", dovecot.authority());
    command
}

fn json(ran: Ran) -> Value {
    serde_json::from_str(&ran.good()).unwrap()
}

#[test]
fn an_inbox_is_tested_and_only_then_saved() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    let desk = Desk::new();
    let wrong = add(&desk, &dovecot, &[]).env("THROUGHLINE_MAIL_PASSWORD", "wrong-one").output();
    let wrong = wrong.unwrap();
    let steps = String::from_utf8_lossy(&wrong.stdout).into_owned();
    assert!(steps.contains("imap  protect   ok"), "{steps}");
    assert!(steps.contains("imap  login     FAILED"), "{steps}");
    let said = Ran(wrong).failed(1, "imap, login");
    assert!(said.contains("nothing was saved") && !said.contains("wrong-one"), "{said}");
    assert_eq!(json(desk.run(&["inbox", "list", "--json"])), serde_json::json!([]));

    let mut untrusted = add(&desk, &dovecot, &["--password-file", "-"]);
    untrusted.env_remove("THROUGHLINE__MAIL__EXTRA_ROOTS");
    Ran::with_input(untrusted, b"open sesame\n").failed(1, "authority that is not known");

    let good = add(&desk, &dovecot, &["--password-file", "-", "--name", "Anna"]);
    let said = Ran::with_input(good, b"open sesame\n").good();
    assert!(said.contains("imap  login     ok") && said.contains("is set up"), "{said}");
    let listed = json(desk.run(&["inbox", "list", "--json"]));
    assert_eq!((&listed[0]["address"], &listed[0]["state"]), (&ANNA.into(), &"on".into()));
    let again = add(&desk, &dovecot, &["--no-test"]).env("THROUGHLINE_MAIL_PASSWORD", "x").ran();
    again.failed(1, "--replace");
    assert_no_file_holds(desk.path(), PASSWORD);
    let key = fs::metadata(desk.path().join("data/secrets.key")).unwrap();
    assert_eq!(key.permissions().mode() & 0o777, 0o600);
}

/// No file of an installation holds this text, the database and its log least of all.
fn assert_no_file_holds(folder: &Path, text: &str) {
    let mut files = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = fs::read(&path).unwrap();
            let found = bytes.windows(text.len()).any(|window| window == text.as_bytes());
            assert!(!found, "{} holds it", path.display());
            files += 1;
        }
    }
    assert!(files >= 2, "the database was not found");
}

#[test]
fn an_inbox_is_looked_after_from_the_terminal() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    let mail = b"From: b@example.com\r\nMessage-ID: <b1@x>\r\nSubject: Hi\r\n\r\nHello\r\n";
    dovecot.deliver(ANNA, mail);
    let desk = Desk::new();
    let roots = |args: &[&str]| {
        let mut command = desk.command(args);
        command.env("THROUGHLINE__MAIL__EXTRA_ROOTS", dovecot.authority());
        command.ran()
    };
    add(&desk, &dovecot, &[]).env("THROUGHLINE_MAIL_PASSWORD", PASSWORD).ran().good();
    roots(&["inbox", "test", ANNA]).good();
    assert!(desk.run(&["inbox", "pause", ANNA]).good().contains("is paused"));
    assert!(desk.run(&["inbox", "status", ANNA]).good().contains("paused"));
    assert!(desk.run(&["inbox", "resume", ANNA]).good().contains("goes on"));
    desk.run(&["inbox", "test", "nobody@example.test"]).failed(1, "there is no inbox");

    roots(&["ledger", "reconcile", ANNA]).failed(1, "1 messages are on the server");
    let found = json(roots(&["ledger", "reconcile", ANNA, "--fetch", "--json"]));
    assert_eq!((&found[0]["fetched"], &found[0]["missing"]), (&1.into(), &1.into()));
    roots(&["ledger", "reconcile", ANNA]).good();
    let listed = json(desk.run(&["ledger", "list", "--inbox", ANNA, "--json"]));
    assert_eq!(listed[0]["outcome"], "recorded", "{listed}");
    let id = listed[0]["id"].as_str().unwrap();
    let told = desk.run(&["ledger", "explain", id]).good();
    assert!(told.contains("seen        INBOX, UID 1 "), "{told}");
    assert!(desk.run(&["ledger", "replay", id]).good().contains("once more"));
    assert!(desk.run(&["ledger", "replay", "--all"]).good().starts_with("0 deliveries"));
    desk.run(&["ledger", "explain", "dlv_0000000000000"]).failed(1, "delivery");
}

#[test]
fn what_is_missing_or_wrong_is_told_before_anything_is_done() {
    let desk = Desk::new();
    let add = |args: &[&str]| desk.run(&[&["inbox", "add"], args].concat());
    add(&["help@example.test"]).failed(2, "--imap-host");
    add(&["help@gmail.com"]).failed(2, "THROUGHLINE_MAIL_PASSWORD");
    add(&["help@outlook.com"]).failed(2, "Microsoft takes no passwords");
    add(&["help@gmail.com", "--password-file", "missing.txt"]).failed(1, "missing.txt");
    let grant = desk.write("grant.json", b"{\"refresh_token\":\"hunter2\"}");
    let said = add(&["help@gmail.com", "--grant-file", grant.to_str().unwrap()]).failed(1, "grant");
    assert!(!said.contains("hunter2"), "{said}");
    let mut plain = desk.command(&["inbox", "add", "a@b.example", "--imap-host", "mail.b.example"]);
    plain.args(["--imap-security", "plain", "--no-smtp"]).env("THROUGHLINE_MAIL_PASSWORD", "x");
    plain.ran().failed(1, "incoming.security");
    assert!(!desk.path().join("data").exists(), "no database was made");
}

#[test]
fn a_key_for_secrets_that_makes_no_sense_is_refused() {
    let desk = Desk::new();
    let mut check = desk.command(&["config", "check"]);
    check.env("THROUGHLINE__SECRETS__KEY", "topsecret").ran().failed(3, "secrets.key");
    let mut check = desk.command(&["config", "check"]);
    check.env("THROUGHLINE__SECRETS__KEY", "ab".repeat(32));
    check.env("THROUGHLINE__SECRETS__OLD_KEYS", format!("{},{}", "cd".repeat(32), "ef".repeat(32)));
    let shown = check.ran().good();
    assert!(
        !shown.contains("abab") && !shown.contains("cdcd") && !shown.contains("efef"),
        "{shown}"
    );
    desk.write(
        "throughline.toml",
        format!("[secrets]\nold_keys = [\"{}\"]\n", "cd".repeat(32)).as_bytes(),
    );
    let shown = desk.run(&["config", "check"]).good();
    assert!(!shown.contains("cdcd"), "{shown}");
}
