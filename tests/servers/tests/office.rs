//! The servers together: what Postfix takes is in Dovecot, and what cannot be delivered comes back.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use throughline_test_servers::dovecot::{Dovecot, Options};
use throughline_test_servers::smtp::Postfix;

const ANNA: &str = "anna@example.test";

fn send(port: u16, to: &str) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("SMTP answers");
    let mut answers = BufReader::new(stream.try_clone().expect("a second handle"));
    let steps = [
        ("220", "HELO client.test\r\n".to_owned()),
        ("250", format!("MAIL FROM:<{ANNA}>\r\n")),
        ("250", format!("RCPT TO:<{to}>\r\n")),
        ("250", "DATA\r\n".to_owned()),
        ("354", "Subject: hello\r\n\r\nbody\r\n.\r\n".to_owned()),
        ("250", "QUIT\r\n".to_owned()),
    ];
    for (expected, next) in steps {
        let mut line = String::new();
        answers.read_line(&mut line).expect("an answer");
        assert!(line.starts_with(expected), "{line} instead of {expected}");
        stream.write_all(next.as_bytes()).expect("SMTP listens");
    }
}

fn wait_for(server: &Dovecot, count: usize) {
    let end = Instant::now() + Duration::from_secs(20);
    while server.flags(ANNA, "INBOX").len() < count {
        assert!(Instant::now() < end, "{:?}", server.flags(ANNA, "INBOX"));
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn postfix_hands_mail_to_dovecot_and_reports_what_it_cannot_deliver() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    let Some(postfix) = Postfix::delivering_to(dovecot.lmtp()) else {
        println!("left out: Postfix is not installed, or this is not root");
        return;
    };
    send(postfix.port, "anna+t123@example.test");
    wait_for(&dovecot, 1);
    send(postfix.port, "gone@example.test");
    wait_for(&dovecot, 2);
    assert!(postfix.wait_for_log(&["gone@example.test", "status=bounced"]).is_some());
}
