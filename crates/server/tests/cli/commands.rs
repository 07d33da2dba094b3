//! The commands one by one, their failures and exit codes.

use std::process::Command;

use crate::support::{CommandExt, Desk, Ran, run_bare};

#[test]
fn help_teaches_and_usage_errors_exit_with_2() {
    let help = run_bare(&["--help"]).good();
    assert!(help.contains("throughline serve") && help.contains("Exit codes"), "{help}");
    for command in ["serve", "worker", "migrate", "inspect", "demo"] {
        let help = run_bare(&[command, "--help"]).good();
        assert!(help.contains("throughline "), "{command} has no example: {help}");
    }
    run_bare(&["nonsense"]).failed(2, "nonsense");
    run_bare(&["import", "mail"]).failed(2, "PATH");
    run_bare(&["key", "create", "--name", "k", "--scope", "all"]).failed(2, "tickets:read");
}

#[test]
fn the_openapi_document_is_json() {
    let document = run_bare(&["openapi"]).good();
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
}

#[test]
fn a_wrong_configuration_exits_with_3_and_names_the_key() {
    let desk = Desk::new();
    let check =
        |variable: &str, value: &str| desk.command(&["config", "check"]).env(variable, value).ran();
    check("THROUGHLINE__SERVER__BNID", "x").failed(3, "server.bnid");
    check("THROUGHLINE__WORKER__POLL_MS", "often").failed(3, "worker.poll_ms");
    check("THROUGHLINE__DATABASE__URL", "mysql://x").failed(3, "sqlite://");
    check("THROUGHLINE__LOG__FORMAT", "loud").failed(3, "loud");
    check("THROUGHLINE_CONFIG", "no-such.toml").failed(3, "no-such.toml");
    desk.write("throughline.toml", b"[server]\nbind = \"0.0.0.0:1\"\nport = 2\n");
    desk.run(&["config", "check"]).failed(3, "server.port");
}

#[test]
fn the_effective_configuration_tells_origins_and_hides_secrets() {
    let desk = Desk::new();
    desk.write("throughline.toml", b"[worker]\npoll_ms = 20\n[server]\nbind = \"a:1\"\n");
    let mut command = desk.command(&["config", "check"]);
    command.env("THROUGHLINE__SERVER__BIND", "b:2");
    command.env("THROUGHLINE__DATABASE__URL", "postgres://me:topsecret@db/desk");
    command.env("THROUGHLINE__BLOBS__S3__SECRET_KEY", "topsecret");
    let shown = command.ran().good();
    let line = |key: &str| shown.lines().find(|line| line.starts_with(key)).unwrap().to_owned();
    assert!(line("server.bind").contains("\"b:2\""), "the environment wins over the file");
    assert!(line("server.bind").ends_with("# THROUGHLINE__SERVER__BIND"));
    assert!(line("worker.poll_ms").ends_with("# throughline.toml"));
    assert!(line("log.format").ends_with("# default"));
    assert!(line("database.url").contains("me:[hidden]@db"));
    assert!(!shown.contains("topsecret"));
}

#[test]
fn a_database_that_is_away_exits_with_4() {
    let desk = Desk::new();
    let mut command = desk.command(&["migrate"]);
    command.env("THROUGHLINE__DATABASE__URL", "postgres://me:topsecret@127.0.0.1:1/desk");
    let failure = command.ran().failed(4, "refused");
    assert!(!failure.contains("topsecret"));
    assert_eq!(failure.lines().count(), 1, "{failure}");
}

#[test]
fn migrating_twice_runs_nothing_twice() {
    let desk = Desk::new();
    assert!(desk.run(&["migrate"]).good().contains("ran migration"));
    assert!(!desk.run(&["migrate"]).good().contains("ran migration"));
}

#[test]
fn an_outdated_database_is_refused_when_it_may_not_be_migrated() {
    let desk = Desk::new();
    let mut command = desk.command(&["agent", "list"]);
    command.env("THROUGHLINE__DATABASE__MIGRATE_ON_START", "false");
    desk.write("data/throughline.db", b"");
    command.ran().failed(1, "throughline migrate");
}

#[test]
fn agents_and_keys_are_made_and_listed() {
    let desk = Desk::new();
    let made = ["agent", "create", "--email", "Sam@X.example", "--name", "Sam", "--role", "lead"];
    assert!(desk.run(&made).good().contains("one-time password"));
    desk.run(&made).failed(1, "address");
    let mut by_password = desk.command(&["agent", "create", "--email", "k@x.example"]);
    by_password.args(["--name", "Kim", "--password-stdin"]);
    let shown = Ran::with_input(by_password, b"a long enough password\n").good();
    assert!(!shown.contains("password"), "{shown}");
    let list = desk.run(&["agent", "list"]).good();
    assert!(list.contains("sam@x.example") && list.contains("Kim"), "{list}");
    let key = desk.run(&["key", "create", "--name", "shop", "--scope", "tickets:read"]).good();
    assert!(key.lines().last().unwrap().starts_with("tlk_"), "{key}");
}

#[test]
fn mails_are_inspected_one_line_each() {
    let desk = Desk::new();
    desk.write("a.eml", b"From: a@x.example\nSubject: s\n\nhello\n");
    desk.write(
        "manifest.jsonl",
        b"{\"id\":\"one\",\"file\":\"a.eml\",\"kind\":\"message\"}\n\
        {\"id\":\"two\",\"file\":\"b.eml\",\"kind\":\"message\"}\n",
    );
    let lines = desk.run(&["inspect", "--manifest", "manifest.jsonl"]).good();
    let lines: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["id"], &lines[0]["subject"]), (&"one".into(), &"s".into()));
    assert_eq!(lines[1]["id"], "two");
    assert!(lines[1]["error"].is_string(), "{lines:?}");
    assert_eq!(desk.run(&["inspect", "a.eml", "a.eml"]).good().lines().count(), 2);
}

#[test]
fn replies_without_a_header_are_inspected() {
    let desk = Desk::new();
    desk.write("b.txt", b"Thanks!\n\nOn Mon, 2 Nov 2026, Help wrote:\n> hello\n");
    desk.write("b.html", b"<p>Thanks!</p><blockquote type=cite>hello</blockquote>");
    let lines = desk.run(&["inspect", "--reply-text", "b.txt", "--reply-html", "b.html"]).good();
    for line in lines.lines() {
        let read: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(read["reply_text"], "Thanks!", "{line}");
    }
    assert_eq!(lines.lines().count(), 2);
}

#[test]
fn sample_data_is_loaded_once() {
    let desk = Desk::new();
    assert!(desk.run(&["demo"]).good().contains("37 of them new"));
    let first = desk.dump();
    assert_eq!(first.iter().filter(|line| line.starts_with("ticket ")).count(), 24);
    assert!(desk.run(&["demo"]).good().contains(", 0 of them new"));
    assert_eq!(desk.dump(), first);
}

#[test]
fn sample_data_is_taken_away_again() {
    let desk = Desk::new();
    desk.run(&["demo"]).good();
    let there = desk.dump();
    let told = desk.run(&["demo", "--remove"]).good();
    assert!(told.contains("37 mails, 24 tickets, 12 customers"), "{told}");
    assert!(!told.contains("stays"), "{told}");
    assert_eq!(desk.dump(), Vec::<String>::new());
    assert!(desk.run(&["demo", "--remove"]).good().contains("0 mails"));
    assert!(desk.run(&["demo"]).good().contains("37 of them new"));
    assert_eq!(desk.dump().len(), there.len());
}

#[test]
fn the_reference_pages_are_up_to_date() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let pages: [(&[&str], &str); 2] =
        [(&["config", "docs"], "docs/configuration.md"), (&["cli-docs"], "docs/cli.md")];
    for (command, page) in pages {
        let kept = std::fs::read_to_string(format!("{root}/{page}")).unwrap_or_default();
        let made = run_bare(command).good();
        let how = format!("run: throughline {} > {page}", command.join(" "));
        assert!(kept.trim_end() == made.trim_end(), "{page} is out of date; {how}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let binary = env!("CARGO_BIN_EXE_throughline");
    let piped = Command::new("sh").args(["-c", &format!("{binary} cli-docs | true")]).output();
    assert!(piped.unwrap().stderr.is_empty());
}
