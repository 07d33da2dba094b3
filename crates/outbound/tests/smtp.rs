//! Sending to a scripted server: what arrives, and what each fault is called.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test fails the test")]

use std::collections::BTreeMap;
use std::time::Duration;

use throughline_outbound::email::envelope::Envelope;
use throughline_outbound::email::smtp::{
    Login, Outcome, Pool, Security, Server, Stage, Timeouts, check,
};
use throughline_test_servers::smtp::{At, Do, Rule, Scripted};

const TO: [&str; 2] = ["a@example.test", "b@example.test"];
const TEXT: &[u8] = b"Subject: x\r\n\r\na confidential body\r\n";

fn server(scripted: &Scripted) -> Server {
    let mut server = Server::new("127.0.0.1", scripted.port(), Security::Plain);
    server.timeouts = Timeouts::all(Duration::from_secs(20));
    server
}

/// For servers that hang: long enough for a busy machine.
fn impatient(scripted: &Scripted) -> Pool {
    let mut server = server(scripted);
    server.timeouts = Timeouts::all(Duration::from_millis(700));
    Pool::new(server, Login::None)
}

fn pool(scripted: &Scripted) -> Pool {
    Pool::new(server(scripted), Login::None)
}

fn envelope() -> Envelope {
    Envelope::new("me@example.test", TO).unwrap()
}

/// Sends one mail to a server with these rules.
async fn outcome_of(rules: Vec<Rule>) -> (Outcome, Scripted) {
    let scripted = Scripted::start(rules).await;
    let outcome = impatient(&scripted).send(&envelope(), TEXT).await;
    assert!(!format!("{outcome:?}").contains("confidential"));
    (outcome, scripted)
}

fn is_sent(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Sent { .. })
}

#[tokio::test]
async fn two_hundred_mails_over_four_connections_arrive_once_each() {
    let scripted = Scripted::start(vec![]).await;
    let pool = pool(&scripted);
    let send = |number: usize| {
        let pool = pool.clone();
        tokio::spawn(async move {
            let from = format!("from-{number}@example.test");
            let (one, two) =
                (format!("one-{number}@example.test"), format!("two-{number}@example.test"));
            let envelope = Envelope::new(&from, [one.as_str(), two.as_str()]).unwrap();
            let text = format!("Subject: {number}\r\n\r\nbody {number}\r\n");
            assert!(is_sent(&pool.send(&envelope, text.as_bytes()).await));
        })
    };
    let all: Vec<_> = (0..200).map(send).collect();
    for one in all {
        one.await.unwrap();
    }
    let mut by_sender = BTreeMap::new();
    for mail in scripted.mails() {
        let text = String::from_utf8(mail.bytes).unwrap();
        assert!(by_sender.insert(mail.from, (mail.to, text)).is_none(), "sent twice");
    }
    assert_eq!(by_sender.len(), 200);
    for number in 0..200 {
        let (to, text) = &by_sender[&format!("from-{number}@example.test")];
        assert_eq!(
            to,
            &[format!("one-{number}@example.test"), format!("two-{number}@example.test")]
        );
        assert_eq!(text, &format!("Subject: {number}\r\n\r\nbody {number}\r\n"));
    }
    assert!(scripted.most_open() <= 4, "{} at once", scripted.most_open());
    assert!(scripted.connections() <= 8, "{} for 200 mails", scripted.connections());
}

#[tokio::test]
async fn only_the_last_250_is_success() {
    let (outcome, scripted) = outcome_of(vec![]).await;
    assert_eq!(outcome, Outcome::Sent { answer: "taken".into() });
    assert_eq!(scripted.mails()[0].to, TO);
    assert_eq!(scripted.mails()[0].bytes, TEXT);
    for nonsense in ["354 go", "220 hello", "hello"] {
        let (outcome, _) = outcome_of(vec![Rule::answer(At::End, nonsense)]).await;
        assert!(matches!(outcome, Outcome::Unknown(_)), "{nonsense}: {outcome:?}");
    }
    let (outcome, _) = outcome_of(vec![Rule::answer(At::Data, "250 ok")]).await;
    assert!(matches!(outcome, Outcome::NotSent(_)), "{outcome:?}");
}

#[tokio::test]
async fn a_no_for_ever_and_a_no_for_now_are_told_apart() {
    for at in [At::Mail, At::Rcpt, At::Data, At::End] {
        let (outcome, scripted) = outcome_of(vec![Rule::answer(at, "554 5.7.1 no")]).await;
        let words = "5.7.1 no".to_string();
        assert_eq!(outcome, Outcome::Refused { code: 554, words, permanent: true }, "{at:?}");
        assert!(scripted.mails().is_empty());
        let (outcome, _) = outcome_of(vec![Rule::answer(at, "451 later")]).await;
        assert_eq!(outcome, Outcome::Deferred { code: 451, words: "later".into() }, "{at:?}");
        let closing = Do::AnswerAndClose("421 closing".into());
        let (outcome, _) = outcome_of(vec![Rule::new(at, closing)]).await;
        assert!(matches!(outcome, Outcome::Deferred { code: 421, .. }), "{at:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_greylisted_mail_gets_in_at_the_third_try() {
    let scripted = Scripted::start(vec![Rule::answer(At::Mail, "451 later").first(2)]).await;
    let pool = pool(&scripted);
    for _ in 0..2 {
        let outcome = pool.send(&envelope(), TEXT).await;
        assert!(matches!(outcome, Outcome::Deferred { code: 451, .. }), "{outcome:?}");
    }
    assert!(is_sent(&pool.send(&envelope(), TEXT).await));
    assert_eq!(scripted.mails().len(), 1);
}

#[tokio::test]
async fn refused_recipients_do_not_keep_it_from_the_others() {
    let rule = Rule::answer(At::Rcpt, "550 no such user").containing("a@example.test");
    let (outcome, scripted) = outcome_of(vec![rule]).await;
    let Outcome::Partly { accepted, refused, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(accepted, ["b@example.test"]);
    assert_eq!(refused.len(), 1);
    let one = &refused[0];
    assert_eq!((one.address.as_str(), one.code, one.words.as_str()), (TO[0], 550, "no such user"));
    assert_eq!(scripted.mails()[0].to, ["b@example.test"]);
}

#[tokio::test]
async fn before_the_end_of_the_mail_nothing_was_handed_over() {
    for at in [At::Greeting, At::Ehlo, At::Mail, At::Rcpt, At::Data] {
        for fault in [Do::Hang, Do::Close] {
            let (outcome, scripted) = outcome_of(vec![Rule::new(at, fault.clone())]).await;
            assert!(matches!(outcome, Outcome::NotSent(_)), "{at:?} {fault:?}: {outcome:?}");
            assert!(scripted.mails().is_empty());
        }
    }
    let (outcome, _) = outcome_of(vec![Rule::answer(At::Greeting, "554 go away")]).await;
    assert_eq!(outcome, Outcome::NotSent("the greeting: the server answered 554 go away".into()));
}

#[tokio::test]
async fn after_the_end_of_the_mail_it_is_unknown() {
    for fault in [Do::Hang, Do::Close] {
        let (outcome, scripted) = outcome_of(vec![Rule::new(At::End, fault.clone())]).await;
        assert!(matches!(outcome, Outcome::Unknown(_)), "{fault:?}: {outcome:?}");
        assert_eq!(scripted.mails().len(), 1, "it may have been sent, and here it was");
    }
}

#[tokio::test]
async fn no_server_is_not_sent() {
    let port = Scripted::start(vec![]).await.port();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let pool = Pool::new(Server::new("127.0.0.1", port, Security::Plain), Login::None);
    let outcome = pool.send(&envelope(), TEXT).await;
    assert!(
        matches!(&outcome, Outcome::NotSent(why) if why.starts_with("connecting")),
        "{outcome:?}"
    );
}

/// The fault that lettre's own pool has: the answers of a cancelled mail are read as those of the
/// next one, which then looks sent.
#[tokio::test]
async fn a_cancelled_send_does_not_spoil_the_next() {
    let steps =
        [(At::Mail, "250 ok"), (At::Rcpt, "250 ok"), (At::Data, "354 go"), (At::End, "250 taken")];
    for (at, usual) in steps {
        let late = Do::AnswerLate(Duration::from_millis(600), usual.into());
        let scripted = Scripted::start(vec![
            Rule::answer(at, usual).first(1),
            Rule::new(at, late).first(1),
            Rule::answer(At::End, "554 spam").containing("second"),
        ])
        .await;
        let pool = pool(&scripted);
        let to = Envelope::new("me@example.test", ["a@example.test"]).unwrap();
        assert!(is_sent(&pool.send(&to, b"Subject: warm\r\n\r\n").await));
        assert_eq!(pool.idle_connections(), 1);

        let first = pool.send(&to, b"Subject: first\r\n\r\n");
        let cancelled = tokio::time::timeout(Duration::from_millis(60), first).await;
        assert!(cancelled.is_err(), "{at:?}: {cancelled:?}");
        assert_eq!(pool.idle_connections(), 0, "its connection is gone");

        let second = pool.send(&to, b"Subject: second\r\n\r\n").await;
        assert!(matches!(second, Outcome::Refused { code: 554, .. }), "{at:?}: {second:?}");
        let third = pool.send(&to, b"Subject: third\r\n\r\n").await;
        assert!(is_sent(&third), "{at:?}: {third:?}");
        assert_eq!(scripted.connections(), 3, "{at:?}: warm and first, second, third");
    }
}

#[tokio::test]
async fn dots_eight_bit_text_and_large_mails_survive() {
    let scripted = Scripted::start(vec![]).await;
    let pool = pool(&scripted);
    let mut large = b"Subject: large\r\n\r\n".to_vec();
    large.extend(b".\r\n..\r\n.x\r\n\xff\xfe 8-bit \xc3\xbc\r\n".repeat(100_000));
    let long_line =
        [b"Subject: long\r\n\r\n".to_vec(), vec![b'.'; 100_000], b"\r\n".to_vec()].concat();
    for mail in [large, long_line, b"\r\n.\r\n".to_vec(), b"no end".to_vec()] {
        assert!(is_sent(&pool.send(&envelope(), &mail).await));
        let taken = scripted.mails().pop().unwrap();
        let wanted = if mail.ends_with(b"\r\n") { mail } else { [&mail[..], b"\r\n"].concat() };
        assert!(taken.bytes == wanted, "{} bytes became {}", wanted.len(), taken.bytes.len());
        assert!(taken.clean_line_ends);
    }
    // A mail with bare line feeds around a dot cannot end early and start another.
    let smuggled = b"Subject: x\r\n\r\n\n.\nMAIL FROM:<evil@example.test>\r\n\r.\r\r\n";
    assert!(is_sent(&pool.send(&envelope(), smuggled).await));
    assert_eq!(scripted.mails().len(), 5);

    let seven = Scripted::offering(&[], vec![]).await;
    let outcome = self::pool(&seven).send(&envelope(), b"\xff\r\n").await;
    assert!(matches!(outcome, Outcome::NotSent(_)), "{outcome:?}");
}

#[tokio::test]
async fn a_connection_that_the_server_closed_meanwhile_is_replaced() {
    let closing = Do::AnswerAndClose("421 idle".into());
    let scripted = Scripted::start(vec![
        Rule::new(At::Mail, Do::Answer("250 ok".into())).first(1),
        Rule::new(At::Mail, closing).first(1),
        Rule::new(At::Mail, Do::Answer("250 ok".into())).first(1),
        Rule::new(At::Mail, Do::Close).first(1),
    ])
    .await;
    let pool = pool(&scripted);
    for _ in 0..3 {
        assert!(is_sent(&pool.send(&envelope(), TEXT).await));
    }
    assert_eq!((scripted.connections(), scripted.mails().len()), (3, 3));
}

#[tokio::test]
async fn unused_connections_are_closed() {
    let scripted = Scripted::start(vec![]).await;
    let mut server = server(&scripted);
    server.idle = Duration::from_millis(100);
    let pool = Pool::new(server, Login::None);
    assert!(is_sent(&pool.send(&envelope(), TEXT).await));
    assert_eq!((pool.idle_connections(), scripted.open()), (1, 1));
    for _ in 0..100 {
        if scripted.open() == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!((pool.idle_connections(), scripted.open()), (0, 0));
}

fn password() -> Login {
    Login::Password { user: "user".into(), password: "s3cret-pass".into() }
}

#[tokio::test]
async fn each_kind_of_login_says_the_right_words() {
    let token = Login::XOauth2 { user: "user".into(), token: "t0ken".into() };
    let cases = [
        ("AUTH PLAIN LOGIN", password(), vec!["AUTH PLAIN AHVzZXIAczNjcmV0LXBhc3M="]),
        ("AUTH LOGIN", password(), vec!["AUTH LOGIN", "dXNlcg==", "czNjcmV0LXBhc3M="]),
        ("AUTH=LOGIN", password(), vec!["AUTH LOGIN", "dXNlcg==", "czNjcmV0LXBhc3M="]),
        ("AUTH XOAUTH2", token, vec!["AUTH XOAUTH2 dXNlcj11c2VyAWF1dGg9QmVhcmVyIHQwa2VuAQE="]),
    ];
    for (offer, login, wanted) in cases {
        let scripted = Scripted::offering(&[offer], vec![]).await;
        let pool = Pool::new(server(&scripted), login);
        assert!(is_sent(&pool.send(&envelope(), TEXT).await));
        assert_eq!(scripted.logins(), wanted);
    }
}

#[tokio::test]
async fn a_failed_login_hands_nothing_over_and_shows_no_secret() {
    let repeats = "535 what is AHVzZXIAczNjcmV0LXBhc3M= or s3cret-pass supposed to mean";
    let scripted = Scripted::offering(&["AUTH PLAIN"], vec![Rule::answer(At::Auth, repeats)]).await;
    let pool = Pool::new(server(&scripted), password());
    let outcome = pool.send(&envelope(), TEXT).await;
    let Outcome::NotSent(why) = &outcome else { panic!("{outcome:?}") };
    assert_eq!(why, "the login: the server answered 535 what is *** or *** supposed to mean");
    assert!(!format!("{pool:?} {:?}", password()).contains("s3cret"));

    let challenge = Rule::answer(At::Auth, "334 eyJzdGF0dXMiOiI0MDEifQ==").first(1);
    let scripted = Scripted::offering(&["AUTH XOAUTH2"], vec![challenge]).await;
    let token = Login::XOauth2 { user: "user".into(), token: "old".into() };
    let pool = Pool::new(server(&scripted), token);
    assert!(matches!(pool.send(&envelope(), TEXT).await, Outcome::NotSent(_)));
    assert_eq!(scripted.logins().last().unwrap(), "", "the challenge wants an empty line");
    pool.set_login(password());
    let outcome = pool.send(&envelope(), TEXT).await;
    let wanted = "the login: the server does not offer PLAIN or LOGIN";
    assert_eq!(outcome, Outcome::NotSent(wanted.into()));
    assert!(scripted.mails().is_empty());
}

#[tokio::test]
async fn without_the_tls_that_was_asked_for_nothing_is_said() {
    let scripted = Scripted::offering(&["AUTH PLAIN"], vec![]).await;
    for security in [Security::StartTls, Security::Tls] {
        let mut server = server(&scripted);
        server.security = security;
        let outcome = Pool::new(server, password()).send(&envelope(), TEXT).await;
        assert!(matches!(outcome, Outcome::NotSent(_)), "{security:?}: {outcome:?}");
    }
    assert!(scripted.logins().is_empty() && scripted.mails().is_empty());
}

#[tokio::test]
async fn the_test_of_a_connection_names_each_step() {
    let scripted = Scripted::offering(&["AUTH PLAIN"], vec![]).await;
    let steps = check(&server(&scripted), &password()).await;
    let stages: Vec<_> = steps.iter().map(|step| (step.stage, step.ok)).collect();
    let wanted = [Stage::Connect, Stage::Greeting, Stage::Ehlo, Stage::Login].map(|s| (s, true));
    assert_eq!(stages, wanted);
    let mut tls = server(&scripted);
    tls.security = Security::StartTls;
    let steps = check(&tls, &password()).await;
    let last = steps.last().unwrap();
    assert_eq!((last.stage, last.ok), (Stage::StartTls, false));
    assert_eq!(last.words, "STARTTLS: the server does not offer it");
    assert!(scripted.mails().is_empty());
}
