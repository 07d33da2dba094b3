//! Sending to a real Postfix, plain, by STARTTLS and by TLS, with a certificate of its own.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test fails the test")]

use std::time::Duration;

use throughline_outbound::email::compose::{Limits, OutgoingMail, Party, compose};
use throughline_outbound::email::envelope::Envelope;
use throughline_outbound::email::smtp::{
    Login, Outcome, Pool, Security, Server, Stage, Timeouts, check,
};
use throughline_test_servers::smtp::{Postfix, is_root};

fn postfix() -> Option<Postfix> {
    let started = Postfix::start();
    if started.is_none() {
        let must = is_root() && std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(!must, "Postfix is not installed and CI=true");
        println!("left out: Postfix is not installed, or this is not root");
    }
    started
}

fn server(postfix: &Postfix, security: Security) -> Server {
    let port = if security == Security::Tls { postfix.tls_port } else { postfix.port };
    let mut server = Server::new("localhost", port, security);
    server.extra_roots_pem = Some(postfix.root_pem.clone());
    server.timeouts = Timeouts::all(Duration::from_secs(20));
    server
}

fn mail(id: &str, to: &[&str]) -> OutgoingMail {
    let party = |address: &str| Party { name: "Şükrü".into(), address: address.into() };
    OutgoingMail {
        from: party("help@example.test"),
        to: to.iter().map(|address| party(address)).collect(),
        subject: "سلام".into(),
        text: ".\nuzun satır ".repeat(200),
        message_id: format!("{id}@throughline.test"),
        date_micros: 1_795_000_000_000_000,
        ..OutgoingMail::default()
    }
}

#[tokio::test]
async fn postfix_takes_our_mail_on_every_way_and_passes_it_on() {
    let Some(postfix) = postfix() else { return };
    for security in [Security::Plain, Security::StartTls, Security::Tls] {
        let pool = Pool::new(server(&postfix, security), Login::None);
        for number in 0..2 {
            let id = format!("real-{security:?}-{number}");
            let mail = compose(&mail(&id, &["ada@example.test"]), &Limits::default()).unwrap();
            let outcome = pool.send(&mail.envelope, &mail.bytes).await;
            let Outcome::Sent { answer } = &outcome else { panic!("{security:?}: {outcome:?}") };
            let queued = answer.rsplit(' ').next().unwrap();
            let id = format!("message-id=<{id}@throughline.test>");
            assert!(postfix.wait_for_log(&[queued, &id]).is_some(), "{}", postfix.log());
            let passed = postfix.wait_for_log(&[queued, "to=<ada@example.test>", "status=sent"]);
            assert!(passed.is_some(), "{}", postfix.log());
        }
        assert_eq!(pool.idle_connections(), 1, "both went over one connection");
    }
}

#[tokio::test]
async fn postfix_refuses_one_of_two_recipients_and_a_mail_that_is_too_large() {
    let Some(postfix) = postfix() else { return };
    let pool = Pool::new(server(&postfix, Security::Plain), Login::None);
    let two = compose(&mail("two", &["nobody@example.test", "b@example.test"]), &Limits::default());
    let two = two.unwrap();
    let outcome = pool.send(&two.envelope, &two.bytes).await;
    let Outcome::Partly { accepted, refused, .. } = &outcome else { panic!("{outcome:?}") };
    assert_eq!(accepted, &["b@example.test"]);
    assert_eq!((refused[0].address.as_str(), refused[0].code), ("nobody@example.test", 550));

    let envelope = Envelope::new("help@example.test", ["b@example.test"]).unwrap();
    let outcome = pool.send(&envelope, &b"x\r\n".repeat(11_000_000)).await;
    assert!(matches!(outcome, Outcome::Refused { code: 552, .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_stops_everything() {
    let Some(postfix) = postfix() else { return };
    for security in [Security::StartTls, Security::Tls] {
        let mut stranger = server(&postfix, security);
        stranger.extra_roots_pem = None;
        let steps = check(&stranger, &Login::None).await;
        let last = steps.last().unwrap();
        assert_eq!((last.stage, last.ok), (Stage::Tls, false), "{steps:?}");
        let steps = check(&server(&postfix, security), &Login::None).await;
        assert!(steps.iter().all(|step| step.ok), "{steps:?}");
    }
}
