//! Waiting for new messages on a real server.

use std::time::{Duration, Instant};

use throughline_ingest::email::imap::{ImapError, Woken};
use throughline_test_servers::dovecot::{Dovecot, Options};

use crate::support::{USER, connect, dovecot, message};

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_wakes_within_two_seconds() {
    let Some(server) = dovecot() else { return };
    let mut connection = connect(&server).await;
    connection.examine("INBOX").await.unwrap();
    let waiting = tokio::spawn(async move {
        let woken = connection.idle(Duration::from_secs(30)).await;
        (woken, Instant::now(), connection)
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    let delivered = Instant::now();
    server.deliver(USER, &message(1));
    let (woken, at, mut connection) = waiting.await.unwrap();
    assert_eq!(woken.unwrap(), Woken::Changed);
    let took = at.duration_since(delivered);
    assert!(at > delivered && took < Duration::from_secs(2), "{took:?}");
    assert_eq!(connection.uids(1, None).await.unwrap(), [1], "the connection is good afterwards");
}

#[tokio::test]
async fn without_news_it_ends_when_the_time_is_over() {
    let Some(server) = dovecot() else { return };
    let mut connection = connect(&server).await;
    connection.examine("INBOX").await.unwrap();
    let woken = connection.idle(Duration::from_millis(300)).await.unwrap();
    assert_eq!(woken, Woken::TimedOut);
    assert_eq!(connection.examine("INBOX").await.unwrap().exists, 0);
}

#[tokio::test]
async fn a_server_without_idle_is_told_and_the_connection_stays_good() {
    let options = Options { without: vec!["IDLE", "CONDSTORE"], ..Options::default() };
    let Some(server) = Dovecot::start(options) else { return };
    let mut connection = connect(&server).await;
    connection.examine("INBOX").await.unwrap();
    let error = connection.idle(Duration::from_secs(5)).await.unwrap_err();
    assert!(matches!(error, ImapError::NotOffered { .. }), "{error}");
    assert_eq!(connection.examine("INBOX").await.unwrap().exists, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn being_thrown_out_while_waiting_is_a_lost_connection() {
    let Some(server) = dovecot() else { return };
    let mut connection = connect(&server).await;
    connection.examine("INBOX").await.unwrap();
    let waiting = tokio::spawn(async move { connection.idle(Duration::from_secs(30)).await });
    tokio::time::sleep(Duration::from_millis(500)).await;
    server.kick(USER);
    let error = waiting.await.unwrap().unwrap_err();
    assert!(matches!(&error, ImapError::Lost { words, .. } if !words.is_empty()), "{error}");
}
