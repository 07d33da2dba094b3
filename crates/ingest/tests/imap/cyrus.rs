//! A second server that shares no code with the first: what is true of Dovecot alone is no rule.

use std::time::{Duration, Instant};

use throughline_ingest::email::imap::{Connection, Woken, catch_up, check};
use throughline_test_servers::cyrus::Cyrus;

use crate::support::{Memory, USER, login, message, plain};

async fn connect(server: &Cyrus) -> Connection {
    Connection::open(&plain(server.imap()), &login()).await.expect("a connection")
}

#[tokio::test]
async fn cyrus_gives_each_mail_once_and_none_is_marked_as_seen() {
    let Some(server) = Cyrus::start() else { return };
    (1..=120).for_each(|n| server.deliver(USER, &message(n)));
    let mut connection = connect(&server).await;
    let sink = Memory::default();
    let cursor = catch_up(&mut connection, "INBOX", None, &sink).await.unwrap();
    assert_eq!(sink.uids(), (1..=120).collect::<Vec<u32>>());
    let holds = |bytes: &[u8], n: usize| {
        // Cyrus adds its own headers in front, as every delivering server may.
        let subject = format!("Subject: number {n}\r\n").into_bytes();
        bytes.windows(subject.len()).any(|part| part == subject)
    };
    let whole = |sink: &Memory| {
        sink.taken.lock().unwrap().iter().zip(1..).all(|(mail, n)| holds(&mail.bytes, n))
    };
    assert!(whole(&sink), "in order, and whole");
    let again = catch_up(&mut connection, "INBOX", Some(cursor), &sink).await.unwrap();
    assert_eq!((again, sink.uids().len()), (cursor, 120), "nothing comes twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn cyrus_wakes_who_waits() {
    let Some(server) = Cyrus::start() else { return };
    server.deliver(USER, &message(1));
    let mut connection = connect(&server).await;
    assert!(connection.offers("IDLE"), "{:?}", connection.capabilities());
    connection.examine("INBOX").await.unwrap();
    let waiting = tokio::spawn(async move {
        let woken = connection.idle(Duration::from_secs(30)).await;
        (woken, Instant::now(), connection)
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    let delivered = Instant::now();
    server.deliver(USER, &message(2));
    let (woken, at, mut connection) = waiting.await.unwrap();
    assert_eq!(woken.unwrap(), Woken::Changed);
    assert!(at.duration_since(delivered) < Duration::from_secs(2));
    assert_eq!(connection.uids(2, None).await.unwrap(), [2]);
}

#[tokio::test]
async fn at_cyrus_too_messages_are_marked_and_deleted() {
    let Some(server) = Cyrus::start() else { return };
    (1..=4).for_each(|n| server.deliver(USER, &message(n)));
    let mut connection = connect(&server).await;
    connection.select("INBOX").await.unwrap();
    connection.mark_seen(&[1]).await.unwrap();
    connection.delete(&[3]).await.unwrap();
    assert_eq!(connection.uids(1, None).await.unwrap(), [1, 2, 4]);
    let folders = connection.list().await.unwrap();
    assert!(folders.iter().any(|folder| folder.name == "INBOX"), "{folders:?}");
    let missing = connection.examine("Nowhere").await.unwrap_err();
    assert!(missing.to_string().contains("open the folder"), "{missing}");
}

#[tokio::test]
async fn the_connection_to_cyrus_is_tested_step_by_step() {
    let Some(server) = Cyrus::start() else { return };
    server.deliver(USER, &message(1));
    let steps = check(&plain(server.imap()), &login(), "INBOX").await;
    assert!(steps.iter().all(|step| step.outcome.is_ok()), "{steps:?}");
    assert_eq!(steps.last().map(|step| step.name), Some("fetch"));
}
