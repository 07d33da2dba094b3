//! A disk that is full while mails come in: the server's blobs lie on a small file system of their own,
//! which is mounted for that process alone.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::office::{AYSE, DESK, Office, wait_for};
use crate::server::{Installation, Server};

/// Mails of about 600 KB: the small file system holds three of them.
const MAILS: usize = 12;

fn large(number: usize) -> Vec<u8> {
    let line = format!("{number} {}\r\n", "x".repeat(70));
    let head = format!(
        "From: {AYSE}\r\nTo: {DESK}\r\nSubject: Large {number}\r\n\
         Message-ID: <large{number}@load.test>\r\n\r\n"
    );
    [head.into_bytes(), line.repeat(8_000).into_bytes()].concat()
}

/// Whether this machine lets us mount anything: containers often do not.
fn may_mount() -> bool {
    let mut probe = Command::new("unshare");
    probe.args(["--mount", "sh", "-c", "mount -t tmpfs -o size=1m none /mnt"]);
    probe.output().is_ok_and(|ran| ran.status.success())
}

#[test]
fn a_full_disk_delays_mail_and_neither_loses_nor_doubles_it() {
    let Some(office) = Office::open() else { return };
    if !may_mount() {
        println!("left out: nothing can be mounted here");
        return;
    }
    let at = Installation::new();
    std::fs::create_dir_all(at.path().join("data/blobs")).unwrap();
    let server = Server::start_by(&at, &["unshare", "--mount", "sh", "-c", SMALL, "sh"]);
    let client = server.sign_in(&server.first_password());
    let inbox = client.set_up_inbox(&office, &json!({}));
    (0..MAILS).for_each(|number| office.dovecot.deliver(DESK, &large(number)));
    let status = format!("/inboxes/{inbox}/email/status");
    let words = wait_for(Duration::from_secs(60), || {
        let found = client.get(&status);
        let words = found["folders"][0]["last_error"].as_str().map(str::to_owned);
        words.ok_or_else(|| format!("no error: {found}"))
    });
    assert!(words.contains("recorded"), "{words}");
    let before = at.number("select count(*) from mail_uids");
    assert!(before < MAILS as i64, "the disk was full before all were in: {before}");
    let mut larger = Command::new("nsenter");
    larger.args(["-t", &server.process(), "-m", "mount", "-o", "remount,size=64m"]);
    assert!(larger.arg(at.path().join("data/blobs")).status().unwrap().success());
    wait_for(Duration::from_secs(120), || {
        let stored = at.number("select count(*) from deliveries where outcome = 1");
        if stored == MAILS as i64 { Ok(()) } else { Err(format!("{stored} stored")) }
    });
    assert_eq!(at.number("select count(*) from deliveries"), MAILS as i64);
    let told: Value = client.post(&format!("/inboxes/{inbox}/email/reconcile"), &json!({}));
    assert_eq!(told["folders"][0]["missing"], 0, "{told}");
    assert!(server.stop());
}

/// Mounts the small file system, and becomes the server.
const SMALL: &str = "mount -t tmpfs -o size=2m none data/blobs && exec \"$@\"";
