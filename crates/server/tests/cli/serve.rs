//! The server as a process: first start, second start, and an orderly end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use crate::support::{Desk, Ran};

/// A running server and what it printed before it was ready.
struct Running {
    child: Child,
    address: String,
    printed: String,
}

impl Running {
    fn start(desk: &Desk, args: &[&str]) -> Self {
        let mut command = desk.command(&["serve"]);
        command.args(args).env("THROUGHLINE__SERVER__BIND", "127.0.0.1:0");
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut printed = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        while !printed.contains("Docs") {
            assert!(lines.read_line(&mut printed).unwrap() > 0, "it ended early: {printed}");
        }
        let url = printed.lines().find_map(|line| line.strip_prefix("API   http://")).unwrap();
        let address = url.split('/').next().unwrap().to_owned();
        Self { child, address, printed }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Asks it to stop; whether it ended well.
    fn stop(mut self) -> bool {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().unwrap();
        self.child.wait().unwrap().success()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A test that failed leaves no server behind.
        let _ = self.child.kill();
    }
}

#[test]
fn the_first_start_needs_nothing_and_shows_the_password_once() {
    let desk = Desk::new();
    let first = Running::start(&desk, &["--first-run", "--admin-email", "boss@x.example"]);
    assert!(first.printed.contains("boss@x.example"), "{}", first.printed);
    assert!(first.printed.contains("password:"), "{}", first.printed);
    assert!(first.get("/health/ready").starts_with("HTTP/1.1 200"));
    assert!(first.get("/api/v1/tickets").starts_with("HTTP/1.1 401"));
    assert!(first.stop());
    let loaded = desk.dump();
    assert_eq!(loaded.iter().filter(|line| line.starts_with("ticket ")).count(), 24);
    let second = Running::start(&desk, &["--first-run"]);
    assert!(!second.printed.contains("password"), "{}", second.printed);
    assert!(second.stop());
    assert_eq!(desk.dump(), loaded);
}

#[test]
fn an_address_that_is_taken_is_said_so() {
    let desk = Desk::new();
    let running = Running::start(&desk, &["--no-worker"]);
    let mut other = desk.command(&["serve"]);
    other.env("THROUGHLINE__SERVER__BIND", &running.address);
    Ran(other.output().unwrap()).failed(1, "server.bind");
    assert!(running.stop());
}
