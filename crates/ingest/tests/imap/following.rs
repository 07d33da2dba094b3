//! Catching up with a folder of a real server: nothing lost, nothing doubled, nothing changed.

use std::sync::Mutex;

use async_trait::async_trait;
use throughline_ingest::email::imap::{
    Connection, Cursor, Fetched, ImapError, ImapServer, Limits, Sink, SinkError, catch_up, listing,
};
use throughline_test_servers::dovecot::Dovecot;

use crate::support::{Memory, USER, connect, dovecot, login, message, plain};

#[tokio::test]
async fn five_hundred_mails_come_once_each_and_stay_unseen() {
    let Some(server) = dovecot() else { return };
    (1..=500).for_each(|n| server.deliver(USER, &message(n)));
    let sink = Memory::default();
    let mut connection = connect(&server).await;
    let cursor = catch_up(&mut connection, "INBOX", None, &sink).await.unwrap();

    assert_eq!(sink.uids(), (1..=500).collect::<Vec<u32>>());
    assert_eq!(cursor.last_uid, 500);
    let mut taken: Vec<Vec<u8>> =
        sink.taken.lock().unwrap().iter().map(|message| message.bytes.clone()).collect();
    let mut sent: Vec<Vec<u8>> = (1..=500).map(message).collect();
    taken.sort();
    sent.sort();
    assert!(taken == sent, "every message came as it was delivered");
    assert!(sink.taken.lock().unwrap().iter().all(|m| m.internal_date_micros.is_some()));
    let flags = server.flags(USER, "INBOX");
    assert_eq!(flags.len(), 500);
    assert!(!flags.iter().any(|line| line.contains("Seen")), "catching up marks nothing as seen");

    let again = catch_up(&mut connection, "INBOX", Some(cursor), &sink).await.unwrap();
    assert_eq!((again, sink.uids().len()), (cursor, 500), "nothing comes twice");
    server.deliver(USER, &message(501));
    let later = catch_up(&mut connection, "INBOX", Some(cursor), &sink).await.unwrap();
    assert_eq!((later.last_uid, sink.uids().len()), (501, 501));
}

#[tokio::test]
async fn after_a_crash_it_goes_on_from_the_cursor() {
    let Some(mut server) = dovecot() else { return };
    (1..=120).for_each(|n| server.deliver(USER, &message(n)));
    let first = Memory { fails_at: Some(1), ..Memory::default() };
    let mut connection = connect(&server).await;
    let error = catch_up(&mut connection, "INBOX", None, &first).await.unwrap_err();
    assert!(matches!(error, ImapError::Sink(_)), "{error}");
    let cursor = first.cursor().unwrap();
    assert_eq!(cursor.last_uid, 50, "the cursor stands after the one batch that was recorded");

    server.kill();
    let error = catch_up(&mut connection, "INBOX", Some(cursor), &first).await.unwrap_err();
    assert!(matches!(error, ImapError::Lost { .. }), "{error}");
    let error = connection.examine("INBOX").await.unwrap_err();
    assert!(matches!(error, ImapError::GivenUp), "{error}");

    server.restart();
    let second = Memory::default();
    let mut connection = connect(&server).await;
    let end = catch_up(&mut connection, "INBOX", Some(cursor), &second).await.unwrap();
    assert_eq!(second.uids(), (51..=120).collect::<Vec<u32>>());
    assert_eq!(end.last_uid, 120);
}

/// Kills the server when the second batch comes, after that batch is recorded.
struct Killer {
    server: Mutex<Dovecot>,
    memory: Memory,
}

#[async_trait]
impl Sink for Killer {
    async fn record(&self, batch: Vec<Fetched>, cursor: Cursor) -> Result<(), SinkError> {
        self.memory.record(batch, cursor).await?;
        if *self.memory.batches.lock().unwrap() == 2 {
            self.server.lock().unwrap().kill();
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_server_killed_in_the_middle_loses_nothing_and_doubles_nothing() {
    let Some(server) = dovecot() else { return };
    (1..=170).for_each(|n| server.deliver(USER, &message(n)));
    let mut connection = connect(&server).await;
    let sink = Killer { server: Mutex::new(server), memory: Memory::default() };
    let error = catch_up(&mut connection, "INBOX", None, &sink).await.unwrap_err();
    assert!(matches!(error, ImapError::Lost { .. }), "{error}");
    let cursor = sink.memory.cursor();
    assert_eq!(cursor.map(|cursor| cursor.last_uid), Some(100));

    let Killer { server, memory } = sink;
    let mut server = server.into_inner().unwrap();
    server.restart();
    let mut connection = connect(&server).await;
    catch_up(&mut connection, "INBOX", cursor, &memory).await.unwrap();
    assert_eq!(memory.uids(), (1..=170).collect::<Vec<u32>>());
}

#[tokio::test]
async fn another_uidvalidity_begins_with_the_first_message() {
    let Some(server) = dovecot() else { return };
    (1..=3).for_each(|n| server.deliver(USER, &message(n)));
    let mut connection = connect(&server).await;
    let cursor = catch_up(&mut connection, "INBOX", None, &Memory::default()).await.unwrap();
    server.set_uid_validity(USER, 424_242);

    let sink = Memory::default();
    let mut connection = connect(&server).await;
    let end = catch_up(&mut connection, "INBOX", Some(cursor), &sink).await.unwrap();
    assert_eq!(end, Cursor { uid_validity: 424_242, last_uid: 3 });
    assert_eq!(sink.uids(), [1, 2, 3]);
    assert!(sink.taken.lock().unwrap().iter().all(|m| m.uid_validity == 424_242));
}

#[tokio::test]
async fn a_message_over_the_limit_gives_its_header() {
    let Some(server) = dovecot() else { return };
    let large = [b"Subject: large\r\n\r\n".as_slice(), &b"x".repeat(3_000)].concat();
    server.deliver(USER, &message(1));
    server.deliver(USER, &large);
    server.deliver(USER, &message(3));
    let limits = Limits { message: 2_000, ..Limits::default() };
    let settings = ImapServer { limits, ..plain(server.plain()) };
    let mut connection = Connection::open(&settings, &login()).await.unwrap();
    let sink = Memory::default();
    catch_up(&mut connection, "INBOX", None, &sink).await.unwrap();
    let taken = sink.taken.lock().unwrap();
    let sizes: Vec<Option<u32>> = taken.iter().map(|message| message.full_size).collect();
    assert_eq!(sizes, [None, Some(3_018), None]);
    assert_eq!(taken[1].bytes, b"Subject: large\r\n\r\n");
}

#[tokio::test]
async fn all_uids_of_a_folder_are_listed_and_cut_into_portions() {
    let Some(server) = dovecot() else { return };
    (1..=30).for_each(|n| server.deliver(USER, &message(n)));
    let limits = Limits { batch_messages: 12, ..Limits::default() };
    let settings = ImapServer { limits, ..plain(server.plain()) };
    let mut connection = Connection::open(&settings, &login()).await.unwrap();
    let (folder, uids) = listing(&mut connection, "INBOX").await.unwrap();
    assert_eq!((folder.exists, &uids), (30, &(1..=30).collect::<Vec<u32>>()));
    let portions = connection.portions(&uids).await.unwrap();
    assert_eq!(portions.iter().map(Vec::len).collect::<Vec<_>>(), [12, 12, 6]);
    assert_eq!(portions.concat(), uids);
}

#[tokio::test]
async fn messages_that_are_gone_are_reported_as_missing() {
    let Some(server) = dovecot() else { return };
    (1..=3).for_each(|n| server.deliver(USER, &message(n)));
    let mut connection = connect(&server).await;
    connection.select("INBOX").await.unwrap();
    connection.delete(&[2]).await.unwrap();
    let got = connection.fetch(&[1, 2, 3, 9]).await.unwrap();
    let came: Vec<u32> = got.messages.iter().map(|message| message.uid).collect();
    assert_eq!((came, got.missing), (vec![1, 3], vec![2, 9]));
    let sink = Memory::default();
    let cursor = catch_up(&mut connection, "INBOX", None, &sink).await.unwrap();
    assert_eq!((sink.uids(), cursor.last_uid), (vec![1, 3], 3));
}
