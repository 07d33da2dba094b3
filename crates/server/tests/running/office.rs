//! A post office: Postfix hands all mail to Dovecot. With it a customer's side: sending by SMTP, and
//! reading by Python's IMAP client, which shares no code with ours.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use throughline_test_servers::dovecot::{Dovecot, Options};
use throughline_test_servers::smtp::Postfix;

/// The desk's own account.
pub const DESK: &str = "desk@example.test";
/// A customer.
pub const AYSE: &str = "ayse@example.test";
/// Another one.
pub const REZA: &str = "reza@example.test";
/// Everybody's password.
pub const PASSWORD: &str = "open sesame";

/// Prints the raw mails of an INBOX, oldest first, each behind a line with its length.
const READER: &str = r#"
import imaplib, sys
host, port, user, password = sys.argv[1:]
box = imaplib.IMAP4(host, int(port))
box.login(user, password)
box.select('INBOX', readonly=True)
_, found = box.search(None, 'ALL')
for number in found[0].split():
    _, parts = box.fetch(number, '(BODY.PEEK[])')
    raw = parts[0][1]
    sys.stdout.buffer.write(b'%d\n' % len(raw) + raw)
box.logout()
"#;

/// See the module.
pub struct Office {
    pub dovecot: Dovecot,
    postfix: Postfix,
}

impl Office {
    /// Starts both; `None` when one cannot be had here, which with CI=true is a failure.
    pub fn open() -> Option<Self> {
        let account = |name: &str| (name.to_owned(), PASSWORD.to_owned());
        let users = [DESK, AYSE, REZA].map(account).to_vec();
        let dovecot = Dovecot::start(Options { users, ..Options::default() })?;
        let postfix = Postfix::delivering_to(dovecot.lmtp());
        if postfix.is_none() {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "Postfix is missing and CI=true");
            println!("left out: Postfix is not installed, or this is not root");
        }
        Some(Self { dovecot, postfix: postfix? })
    }

    /// The port of SMTP on 127.0.0.1.
    pub fn smtp_port(&self) -> u16 {
        self.postfix.port
    }

    /// Hands a mail to Postfix. Lines of `raw` end in LF.
    pub fn send(&self, from: &str, to: &str, raw: &str) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.postfix.port)).unwrap();
        let mut answers = BufReader::new(stream.try_clone().unwrap());
        let stuffed = raw.replace("\n.", "\n..").replace('\n', "\r\n");
        let steps = [
            ("220", "EHLO client.test\r\n".to_owned()),
            ("250", format!("MAIL FROM:<{from}>\r\n")),
            ("250", format!("RCPT TO:<{to}>\r\n")),
            ("250", "DATA\r\n".to_owned()),
            ("354", format!("{stuffed}\r\n.\r\n")),
            ("250", "QUIT\r\n".to_owned()),
        ];
        for (expected, next) in steps {
            let answer = answer(&mut answers);
            assert!(answer.starts_with(expected), "{answer} instead of {expected}");
            stream.write_all(next.as_bytes()).unwrap();
        }
    }

    /// All mails of an account's INBOX.
    pub fn mails_of(&self, user: &str) -> Vec<String> {
        let address = self.dovecot.plain();
        let (host, port) = (address.ip().to_string(), address.port().to_string());
        let ran =
            Command::new("python3").args(["-c", READER, &host, &port, user, PASSWORD]).output();
        let ran = ran.unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let (mut rest, mut mails) = (ran.stdout.as_slice(), Vec::new());
        while let Some(end) = rest.iter().position(|b| *b == b'\n') {
            let length: usize = std::str::from_utf8(&rest[..end]).unwrap().parse().unwrap();
            let (mail, after) = rest[end + 1..].split_at(length);
            mails.push(String::from_utf8_lossy(mail).into_owned());
            rest = after;
        }
        mails
    }

    /// Waits until an account has as many mails, and yields them.
    pub fn wait_for_mails(&self, user: &str, count: usize) -> Vec<String> {
        wait_for(Duration::from_secs(20), || {
            let mails = self.mails_of(user);
            if mails.len() >= count { Ok(mails) } else { Err(format!("{} mails", mails.len())) }
        })
    }
}

fn answer(answers: &mut impl BufRead) -> String {
    let mut all = String::new();
    loop {
        let start = all.len();
        assert!(answers.read_line(&mut all).unwrap() > 0, "the server closed: {all}");
        if all.as_bytes().get(start + 3) != Some(&b'-') {
            return all[start..].to_owned();
        }
    }
}

/// Asks again until it is so, and fails with the last reason when the time is over.
#[track_caller]
pub fn wait_for<T>(limit: Duration, mut asked: impl FnMut() -> Result<T, String>) -> T {
    let end = Instant::now() + limit;
    loop {
        match asked() {
            Ok(found) => return found,
            Err(why) if Instant::now() > end => panic!("not within {limit:?}: {why}"),
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}
