//! Opening a connection: TLS, STARTTLS, signing in, and what an admin is told when it fails.

use std::net::TcpListener;

use throughline_ingest::email::imap::{
    Connection, ImapError, ImapServer, Login, Secret, Security, check,
};
use throughline_test_servers::dovecot::Dovecot;

use crate::support::{USER, dovecot, login, message, plain};

fn tls(server: &Dovecot) -> ImapServer {
    ImapServer {
        host: "localhost".to_owned(),
        security: Security::Tls,
        extra_root: Some(std::fs::read(server.authority()).unwrap()),
        ..plain(server.tls())
    }
}

#[tokio::test]
async fn tls_with_an_authority_of_ones_own() {
    let Some(server) = dovecot() else { return };
    let connection = Connection::open(&tls(&server), &login()).await.unwrap();
    assert!(connection.offers("IDLE") && connection.offers("IMAP4REV1"));
    connection.logout().await.unwrap();
}

#[tokio::test]
async fn an_unknown_authority_and_a_wrong_name_are_refused() {
    let Some(server) = dovecot() else { return };
    let unknown = ImapServer { extra_root: None, ..tls(&server) };
    let error = Connection::open(&unknown, &login()).await.unwrap_err();
    assert!(matches!(error, ImapError::Certificate { .. }), "{error}");
    assert!(error.to_string().contains("authority that is not known"), "{error}");
}

#[tokio::test]
async fn a_certificate_made_out_to_another_name_is_refused() {
    let Some(server) = dovecot() else { return };
    // The certificate is made out to localhost and 127.0.0.1; this is another address of the machine.
    let relay = tokio::net::TcpListener::bind("127.0.0.2:0").await.unwrap();
    let port = relay.local_addr().unwrap().port();
    let behind = server.tls();
    tokio::spawn(async move {
        let (mut near, _) = relay.accept().await.unwrap();
        let mut far = tokio::net::TcpStream::connect(behind).await.unwrap();
        drop(tokio::io::copy_bidirectional(&mut near, &mut far).await);
    });
    let other_name = ImapServer { host: "127.0.0.2".to_owned(), port, ..tls(&server) };
    let error = Connection::open(&other_name, &login()).await.unwrap_err();
    assert!(matches!(error, ImapError::Certificate { .. }), "{error}");
    assert!(error.to_string().contains("made out to another name"), "{error}");
}

#[tokio::test]
async fn a_port_without_tls_is_told() {
    let Some(server) = dovecot() else { return };
    let wrong_port = ImapServer { port: server.plain().port(), ..tls(&server) };
    let error = Connection::open(&wrong_port, &login()).await.unwrap_err();
    assert!(matches!(error, ImapError::Tls { .. }), "{error}");
}

#[tokio::test]
async fn starttls_protects_and_verifies() {
    let Some(server) = dovecot() else { return };
    let good =
        ImapServer { security: Security::StartTls, port: server.plain().port(), ..tls(&server) };
    let mut connection = Connection::open(&good, &login()).await.unwrap();
    assert_eq!(connection.examine("INBOX").await.unwrap().exists, 0);
    let unknown = ImapServer { extra_root: None, ..good };
    let error = Connection::open(&unknown, &login()).await.unwrap_err();
    assert!(matches!(error, ImapError::Certificate { .. }), "{error}");
}

#[tokio::test]
async fn a_wrong_password_is_told_in_plain_words() {
    let Some(server) = dovecot() else { return };
    for word in ["wrong", "fälsch"] {
        let wrong = Login::Password { user: USER.to_owned(), password: Secret::new(word) };
        let error = Connection::open(&plain(server.plain()), &wrong).await.unwrap_err();
        let words = error.to_string();
        assert!(matches!(error, ImapError::LoginRefused { .. }), "{words}");
        assert!(words.contains("Authentication failed") && words.contains("password"), "{words}");
        assert!(!words.contains("Some(") && !words.contains(word), "{words}");
    }
}

#[tokio::test]
async fn an_unprotected_connection_to_another_machine_is_refused() {
    let far =
        ImapServer { host: "mail.example.com".to_owned(), ..plain("127.0.0.1:1".parse().unwrap()) };
    let error = Connection::open(&far, &login()).await.unwrap_err();
    assert!(matches!(error, ImapError::PlainRefused { .. }), "{error}");
}

#[tokio::test]
async fn a_closed_port_is_told_as_unreachable() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = Connection::open(&plain(address), &login()).await.unwrap_err();
    assert!(matches!(error, ImapError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn the_check_walks_to_a_message_or_names_the_step_that_fails() {
    let Some(server) = dovecot() else { return };
    server.deliver(USER, &message(1));
    let steps = check(&tls(&server), &login(), "INBOX").await;
    let names: Vec<&str> = steps.iter().map(|step| step.name).collect();
    assert_eq!(names, ["connect", "protect", "login", "folder", "fetch"]);
    assert!(steps.iter().all(|step| step.outcome.is_ok()), "{steps:?}");

    let steps = check(&tls(&server), &login(), "No such folder").await;
    let last = steps.last().unwrap();
    assert_eq!(last.name, "folder");
    assert!(last.outcome.as_ref().unwrap_err().contains("refuses to open the folder"), "{last:?}");
}
