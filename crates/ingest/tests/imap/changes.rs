//! Marking, moving and deleting on a real server, with and without MOVE and UIDPLUS.

use throughline_ingest::email::imap::{Gone, encode_name};
use throughline_test_servers::dovecot::{Dovecot, Options};

use crate::support::{USER, connect, message};

fn with_three_mails(without: &[&'static str]) -> Option<Dovecot> {
    let options = Options { without: without.to_vec(), ..Options::default() };
    let server = Dovecot::start(options)?;
    (1..=3).for_each(|n| server.deliver(USER, &message(n)));
    server.make_mailbox(USER, "Erledigte Entwürfe");
    Some(server)
}

#[tokio::test]
async fn seen_is_marked_on_those_messages_only() {
    let Some(server) = with_three_mails(&[]) else { return };
    let mut connection = connect(&server).await;
    connection.select("INBOX").await.unwrap();
    connection.mark_seen(&[1, 3]).await.unwrap();
    let seen: Vec<bool> =
        server.flags(USER, "INBOX").iter().map(|line| line.contains("\\Seen")).collect();
    assert_eq!(seen, [true, false, true]);
}

#[tokio::test]
async fn messages_move_with_and_without_the_extension() {
    for without in [&[][..], &["MOVE"]] {
        let Some(server) = with_three_mails(without) else { return };
        let mut connection = connect(&server).await;
        let folders = connection.list().await.unwrap();
        let folder = folders.iter().find(|folder| folder.display == "Erledigte Entwürfe").unwrap();
        assert_eq!(folder.name, encode_name("Erledigte Entwürfe"));
        assert!(folder.selectable);
        connection.select("INBOX").await.unwrap();
        assert_eq!(connection.move_to(&[2], &folder.name).await.unwrap(), Gone::Removed);
        assert_eq!(connection.uids(1, None).await.unwrap(), [1, 3]);
        assert_eq!(connection.examine(&folder.name).await.unwrap().exists, 1);
    }
}

#[tokio::test]
async fn deleting_removes_those_messages_only() {
    let Some(server) = with_three_mails(&[]) else { return };
    let mut connection = connect(&server).await;
    connection.select("INBOX").await.unwrap();
    assert_eq!(connection.delete(&[1, 2]).await.unwrap(), Gone::Removed);
    assert_eq!(connection.uids(1, None).await.unwrap(), [3]);
}

#[tokio::test]
async fn without_uidplus_messages_are_only_marked() {
    let Some(server) = with_three_mails(&["UIDPLUS", "MOVE"]) else { return };
    let mut connection = connect(&server).await;
    connection.select("INBOX").await.unwrap();
    assert_eq!(connection.delete(&[2]).await.unwrap(), Gone::Marked);
    assert_eq!(connection.uids(1, None).await.unwrap(), [1, 2, 3]);
    assert!(server.flags(USER, "INBOX")[1].contains("\\Deleted"));
}
