//! Mail in: catching up with a full mailbox, and from delivery to visible.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use throughline_test_servers::dovecot::Dovecot;

use super::desk::{DESK, Desk, PASSWORD};
use crate::Options;
use crate::table::{Spans, Table, show, timed};

/// Mails in the full mailbox.
const FULL: usize = 10_000;
/// How many the bare client asks for at once, as ours does.
const BATCH: usize = 200;
/// Single deliveries.
const SINGLE: usize = 60;

/// Measures.
pub fn measure(options: &Options, server: &Dovecot, table: &mut Table) {
    (0..FULL).for_each(|number| server.deliver(DESK, &mail(number)));
    fetch_all(server.plain());
    let (bare, ()) = timed(|| fetch_all(server.plain()));
    let desk = Desk::new(&options.server, server.plain(), 1);
    let started = Instant::now();
    let serving = desk.serve(&[]);
    let recorded = desk.wait_for("select count(*) from mail_uids", FULL as i64) - started;
    let done = "select count(*) from deliveries where outcome > 0";
    let processed = desk.wait_for(done, FULL as i64) - started;
    let rate = |span: Duration| format!("{:.0} mails/s", FULL as f64 / span.as_secs_f64());
    let ratio = |span: Duration| span.as_secs_f64() / bare.as_secs_f64();
    let what = "IMAP catch-up, 10,000 mails, recorded durably";
    table.add(what, rate(recorded), rate(bare), ratio(recorded), None);
    let what = "IMAP catch-up, 10,000 mails, on timelines";
    table.add(what, rate(processed), rate(bare), ratio(processed), None);
    single(&desk, server, table);
    drop(serving);
}

/// Deliveries one by one. The bare client is told of each by the same server; that is the least that
/// anybody can need.
fn single(desk: &Desk, server: &Dovecot, table: &mut Table) {
    let told = watch(server.plain());
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for number in FULL..FULL + SINGLE {
        // Dovecot looks at most twice a second; without a pause every delivery would wait for that.
        std::thread::sleep(Duration::from_millis(700 + (number as u64 * 37) % 300));
        while told.try_recv().is_ok() {}
        let delivered = Instant::now();
        server.deliver(DESK, &mail(number));
        let visible = desk.wait_for("select count(*) from timeline_items", number as i64 + 1);
        ours.push(visible - delivered);
        let seen = told.recv_timeout(Duration::from_secs(5)).expect("the server tells of mail");
        bare.push(seen - delivered);
    }
    let (ours, bare) = (Spans::new(ours), Spans::new(bare));
    for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
        let what = format!("from delivery to visible, {name} (against being told by IDLE)");
        table.spans(&what, ours.at(share), bare.at(share), Some(1.5));
    }
    eprintln!("  slowest {}", show(ours.at(1.0)));
}

fn mail(number: usize) -> Vec<u8> {
    let body = format!("This is line of mail {number}, long enough to be read.\r\n").repeat(40);
    format!(
        "From: Customer {c} <c{c}@example.test>\r\nTo: {DESK}\r\nSubject: Question {number}\r\n\
         Message-ID: <m{number}@bench.test>\r\nDate: Mon, 02 Nov 2026 09:30:00 +0300\r\n\r\n{body}",
        c = number % 2_000
    )
    .into_bytes()
}

/// The least of an IMAP client: blocking, and it only looks for the end of each answer.
struct Bare(BufReader<TcpStream>);

impl Bare {
    fn open(address: SocketAddr) -> Self {
        let mut bare = Self(BufReader::new(TcpStream::connect(address).expect("IMAP answers")));
        bare.line();
        bare.ask(&format!("LOGIN {DESK} \"{PASSWORD}\""));
        bare.ask("EXAMINE INBOX");
        bare
    }

    fn line(&mut self) -> String {
        let mut line = Vec::new();
        assert!(self.0.read_until(b'\n', &mut line).expect("a line") > 0, "the server closed");
        String::from_utf8_lossy(&line).into_owned()
    }

    fn send(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).expect("IMAP listens");
    }

    /// Runs a command to its end; yields how many bytes of literals came.
    fn ask(&mut self, command: &str) -> usize {
        self.send(&format!("x {command}\r\n"));
        let mut bytes = 0;
        loop {
            let line = self.line();
            if line.starts_with("x ") {
                assert!(line.starts_with("x OK"), "{line}");
                return bytes;
            }
            let Some((_, size)) = line.trim_end().rsplit_once('{') else { continue };
            let Ok(size) = size.trim_end_matches('}').parse::<usize>() else { continue };
            let mut literal = vec![0; size];
            self.0.read_exact(&mut literal).expect("a literal");
            bytes += literal.len();
        }
    }
}

fn fetch_all(address: SocketAddr) {
    let mut bare = Bare::open(address);
    let mut bytes = 0;
    for from in (1..=FULL).step_by(BATCH) {
        let to = from + BATCH - 1;
        bytes += bare.ask(&format!("UID FETCH {from}:{to} (UID INTERNALDATE BODY.PEEK[])"));
    }
    assert!(bytes > FULL * 1_000, "the mails came: {bytes} bytes");
}

/// The instants at which a bare client that waits with IDLE is told of new mail.
fn watch(address: SocketAddr) -> Receiver<Instant> {
    let (sender, receiver) = channel();
    let mut bare = Bare::open(address);
    bare.send("x IDLE\r\n");
    bare.line();
    std::thread::spawn(move || {
        loop {
            let mut line = String::new();
            if !matches!(bare.0.read_line(&mut line), Ok(1..)) {
                return;
            }
            if line.contains("EXISTS") && sender.send(Instant::now()).is_err() {
                return;
            }
        }
    });
    receiver
}
