//! A server that does one thing wrong: every wrong is an error, never a short success, and the cursor
//! stays before what did not come.

use std::time::{Duration, Instant};

use throughline_ingest::email::imap::{
    Connection, ImapError, ImapServer, Limits, Login, Secret, Security, Woken, catch_up,
};

use crate::fake::Act::{Close, Say, Stall};
use crate::fake::{Wrong, start};
use crate::support::{Memory, login, plain};

const BODIES: &str = "UID FETCH 1:3 (UID INTERNALDATE";
const ONE: &str = "* 1 FETCH (UID 1 BODY[] {5}\r\none\r\n)\r\n";

async fn settings(wrong: &'static [Wrong]) -> ImapServer {
    let limits = Limits { step: Duration::from_millis(400), ..Limits::default() };
    ImapServer { limits, ..plain(start(wrong).await) }
}

async fn open(wrong: &'static [Wrong]) -> Result<Connection, ImapError> {
    Connection::open(&settings(wrong).await, &login()).await
}

/// Catches up and must fail with nothing recorded.
#[track_caller]
fn nothing_recorded(sink: &Memory) {
    assert_eq!(sink.cursor(), None, "the cursor must not move");
    assert!(sink.uids().is_empty());
}

async fn fails(wrong: &'static [Wrong]) -> ImapError {
    let mut connection = open(wrong).await.expect("opening is not what goes wrong here");
    let sink = Memory::default();
    let error = catch_up(&mut connection, "INBOX", None, &sink).await.unwrap_err();
    nothing_recorded(&sink);
    let after = connection.examine("INBOX").await.unwrap_err();
    assert!(matches!(after, ImapError::GivenUp), "{after}");
    error
}

#[tokio::test]
async fn a_sound_server_is_caught_up_with() {
    let mut connection = open(&[]).await.unwrap();
    let sink = Memory::default();
    let cursor = catch_up(&mut connection, "INBOX", None, &sink).await.unwrap();
    assert_eq!((sink.uids(), cursor.last_uid), (vec![1, 2, 3], 3));
}

#[tokio::test]
async fn an_end_in_the_middle_of_a_literal() {
    let error = fails(&[(BODIES, &[Say(ONE), Say("* 2 FETCH (UID 2 BODY[] {50}\r\ntw"), Close])]);
    let error = error.await;
    assert!(matches!(error, ImapError::Lost { .. }), "{error}");
}

#[tokio::test]
async fn an_end_between_two_messages() {
    let error = fails(&[(BODIES, &[Say(ONE), Close])]).await;
    assert!(matches!(error, ImapError::Lost { .. }), "{error}");
}

#[tokio::test]
async fn an_end_at_every_other_command() {
    const ENDS: [&[Wrong]; 3] = [
        &[("EXAMINE", &[Close])],
        &[("UID SEARCH", &[Close])],
        &[("UID FETCH 1:3 (UID RFC822.SIZE", &[Close])],
    ];
    for wrong in ENDS {
        let error = fails(wrong).await;
        assert!(matches!(error, ImapError::Lost { .. }), "{error}");
    }
    let error = open(&[("CAPABILITY", &[Close])]).await.unwrap_err();
    assert!(matches!(error, ImapError::Lost { .. }), "{error}");
}

#[tokio::test]
async fn a_refusal_after_the_first_message() {
    let error = fails(&[(BODIES, &[Say(ONE), Say("TAG NO [SERVERBUG] broken disk\r\n")])]).await;
    let words = error.to_string();
    assert!(matches!(error, ImapError::Refused { .. }), "{words}");
    assert!(words.contains("broken disk"), "{words}");
    let error = fails(&[(BODIES, &[Say("TAG BAD what?\r\n")])]).await;
    assert!(matches!(error, ImapError::Refused { .. }), "{error}");
}

#[tokio::test]
async fn a_stall_in_the_middle_of_a_literal() {
    let began = Instant::now();
    let error = fails(&[(BODIES, &[Say("* 1 FETCH (UID 1 BODY[] {500}\r\nfrom"), Stall])]).await;
    assert!(matches!(error, ImapError::Stalled { .. }), "{error}");
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn garbage_and_announcements_of_too_much() {
    let error = fails(&[(BODIES, &[Say(ONE), Say("* 2 FETCH what is this\r\nTAG OK done\r\n")])]);
    let error = error.await;
    assert!(matches!(error, ImapError::Unreadable { .. }), "{error}");
    let error = fails(&[(BODIES, &[Say("* 1 FETCH (UID 1 BODY[] {400000000}\r\n"), Stall])]).await;
    assert!(matches!(error, ImapError::TooLarge { bytes: 400_000_000, .. }), "{error}");
    let error = fails(&[(BODIES, &[Say(ONE), Say("A9999 OK not yours\r\n")])]).await;
    assert!(matches!(error, ImapError::Unreadable { .. }), "{error}");
}

#[tokio::test]
async fn capabilities_with_two_spaces() {
    const TWO_SPACES: &str = "* CAPABILITY IMAP4rev1 IDLE  MOVE\r\nTAG OK done\r\n";
    let error = open(&[("CAPABILITY", &[Say(TWO_SPACES)])]).await.unwrap_err();
    assert!(matches!(error, ImapError::Unreadable { .. }), "{error}");
}

#[tokio::test]
async fn a_server_that_takes_leave_at_once() {
    let error = open(&[("greeting", &[Say("* BYE too many connections\r\n"), Close])]).await;
    let words = error.unwrap_err().to_string();
    assert!(words.contains("turned the connection away: too many connections"), "{words}");
    let error = open(&[("greeting", &[Say("SSH-2.0-OpenSSH_9.2\r\n")])]).await.unwrap_err();
    assert!(matches!(error, ImapError::Unreadable { .. }), "{error}");
    let error = open(&[("greeting", &[Stall])]).await.unwrap_err();
    assert!(matches!(error, ImapError::Stalled { .. }), "{error}");
}

#[tokio::test]
async fn a_server_without_starttls() {
    let server = settings(&[("STARTTLS", &[Say("TAG BAD unknown command\r\n")])]).await;
    let server = ImapServer { security: Security::StartTls, ..server };
    let error = Connection::open(&server, &login()).await.unwrap_err();
    assert!(matches!(error, ImapError::NoStartTls { .. }), "{error}");
    assert!(error.to_string().contains("unknown command"), "{error}");
}

#[tokio::test]
async fn a_token_that_is_refused() {
    // The reason comes as a second challenge, which wants an empty line.
    let server = settings(&[
        ("AUTHENTICATE XOAUTH2", &[Say("+ \r\n")]),
        ("dXNlcj1hbm5h", &[Say("+ eyJzdGF0dXMiOiI0MDEifQ==\r\n")]),
        ("", &[Say("A0001 NO [AUTHENTICATIONFAILED] token expired\r\n")]),
    ]);
    let token = Secret::new("old token");
    let login = Login::XOauth2 { user: "anna@example.test".to_owned(), token };
    let error = Connection::open(&server.await, &login).await.unwrap_err();
    assert!(matches!(&error, ImapError::LoginRefused { .. }), "{error}");
    assert!(error.to_string().contains("token expired"), "{error}");
}

#[tokio::test]
async fn a_call_that_is_dropped_gives_the_connection_up() {
    let mut connection = open(&[("UID SEARCH", &[Stall])]).await.unwrap();
    connection.examine("INBOX").await.unwrap();
    let searching = connection.uids(1, None);
    assert!(tokio::time::timeout(Duration::from_millis(50), searching).await.is_err());
    let error = connection.uids(1, None).await.unwrap_err();
    assert!(matches!(error, ImapError::GivenUp), "{error}");
}

#[tokio::test]
async fn a_folder_without_uidvalidity() {
    let error = fails(&[("EXAMINE", &[Say("* 3 EXISTS\r\nTAG OK done\r\n")])]).await;
    assert!(matches!(error, ImapError::NoUidValidity { .. }), "{error}");
}

#[tokio::test]
async fn a_message_that_is_listed_and_does_not_come() {
    const THREE: &str = "* 3 FETCH (UID 3 BODY[] {5}\r\nthr\r\n)\r\nTAG OK done\r\n";
    let wrong: &[Wrong] = &[
        (BODIES, &[Say(ONE), Say(THREE)]),
        (
            "UID FETCH 2 (UID INTERNALDATE",
            &[Say("* 2 FETCH (UID 2 BODY[] NIL)\r\nTAG OK done\r\n")],
        ),
    ];
    let mut connection = open(wrong).await.unwrap();
    assert_eq!(connection.examine("INBOX").await.unwrap().exists, 3);
    let got = connection.fetch(&[1, 2, 3]).await.unwrap();
    assert_eq!((got.messages.len(), got.missing), (2, vec![2]));

    let sink = Memory::default();
    let error = catch_up(&mut connection, "INBOX", None, &sink).await.unwrap_err();
    assert!(matches!(error, ImapError::Missing { uid: 2, .. }), "{error}");
    assert_eq!(sink.uids(), [1], "what lies before the missing one is recorded");
    assert_eq!(sink.cursor().unwrap().last_uid, 1, "the cursor stays before it");
}

#[tokio::test]
async fn a_failure_on_a_message_alone_names_it() {
    const TOO_LARGE: &[Wrong] = &[(
        "UID FETCH 2 (UID INTERNALDATE",
        &[Say("* 2 FETCH (UID 2 BODY[] {400000000}\r\n"), Stall],
    )];
    let server = settings(TOO_LARGE).await;
    let limits = Limits { batch_messages: 1, ..server.limits };
    let server = ImapServer { limits, ..server };
    let mut connection = Connection::open(&server, &login()).await.unwrap();
    let sink = Memory::default();
    let error = catch_up(&mut connection, "INBOX", None, &sink).await.unwrap_err();
    let words = error.to_string();
    assert!(words.starts_with("message 2 of INBOX cannot be fetched"), "{words}");
    assert!(matches!(error, ImapError::Unfetchable { uid: 2, why, .. }
            if matches!(*why, ImapError::TooLarge { .. })));
    assert_eq!(sink.uids(), [1], "what lies before it is recorded");
}

#[tokio::test]
async fn a_message_that_comes_at_the_second_asking() {
    const THREE: &str = "* 3 FETCH (UID 3 BODY[] {5}\r\nthr\r\n)\r\nTAG OK done\r\n";
    let mut connection = open(&[(BODIES, &[Say(ONE), Say(THREE)])]).await.unwrap();
    let sink = Memory::default();
    let cursor = catch_up(&mut connection, "INBOX", None, &sink).await.unwrap();
    assert_eq!((sink.uids(), cursor.last_uid), (vec![1, 2, 3], 3));
}

#[tokio::test]
async fn a_failing_sink_keeps_the_cursor() {
    let mut connection = open(&[]).await.unwrap();
    let sink = Memory { fails_at: Some(0), ..Memory::default() };
    let error = catch_up(&mut connection, "INBOX", None, &sink).await.unwrap_err();
    assert!(matches!(error, ImapError::Sink(_)), "{error}");
    nothing_recorded(&sink);
}

async fn waits(wrong: &'static [Wrong]) -> Result<Woken, ImapError> {
    let mut connection = open(wrong).await.unwrap();
    connection.examine("INBOX").await.unwrap();
    connection.idle(Duration::from_millis(300)).await
}

#[tokio::test]
async fn waiting_that_is_refused_or_ends() {
    let error = waits(&[("IDLE", &[Say("TAG NO not now\r\n")])]).await.unwrap_err();
    assert!(matches!(error, ImapError::Refused { .. }), "{error}");
    let error = waits(&[("IDLE", &[Say("TAG BAD unknown\r\n")])]).await.unwrap_err();
    assert!(matches!(error, ImapError::Refused { .. }), "{error}");
    let error = waits(&[("IDLE", &[Say("+ waiting\r\n"), Close])]).await.unwrap_err();
    assert!(matches!(error, ImapError::Lost { .. }), "{error}");
    let error = waits(&[("IDLE", &[Stall])]).await.unwrap_err();
    assert!(matches!(error, ImapError::Stalled { .. }), "{error}");
    let error = waits(&[("IDLE", &[Say("+ waiting\r\nTAG OK enough\r\n")])]).await.unwrap_err();
    assert!(matches!(error, ImapError::Unreadable { .. }), "{error}");
}

#[tokio::test]
async fn a_message_told_before_waiting_begins_wakes() {
    // DONE has no tag: the answer carries the tag of IDLE, the fourth command.
    const DONE: Wrong = ("DONE", &[Say("A0004 OK done\r\n")]);
    let before: &[Wrong] = &[("IDLE", &[Say("* 4 EXISTS\r\n+ waiting\r\n")]), DONE];
    assert_eq!(waits(before).await.unwrap(), Woken::Changed);
    let none: &[Wrong] = &[DONE];
    assert_eq!(waits(none).await.unwrap(), Woken::TimedOut);
    let fewer: &[Wrong] = &[("IDLE", &[Say("+ waiting\r\n* 1 EXPUNGE\r\n* 2 EXISTS\r\n")]), DONE];
    assert_eq!(waits(fewer).await.unwrap(), Woken::TimedOut, "removals are no news");
}
