//! What the tests share: settings for a server, and a sink that remembers.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use throughline_ingest::email::imap::{
    Connection, Cursor, Fetched, ImapServer, Limits, Login, Secret, Security, Sink, SinkError,
};
use throughline_test_servers::dovecot::{Dovecot, Options};

pub const USER: &str = "anna@example.test";

/// A Dovecot with one account; `None` where it is not installed.
pub fn dovecot() -> Option<Dovecot> {
    Dovecot::start(Options::default())
}

/// Settings for an unprotected server on this machine, with short limits.
pub fn plain(address: SocketAddr) -> ImapServer {
    ImapServer {
        host: "127.0.0.1".to_owned(),
        port: address.port(),
        security: Security::Plain,
        extra_root: None,
        limits: Limits { batch_messages: 50, step: Duration::from_secs(20), ..Limits::default() },
    }
}

pub fn login() -> Login {
    Login::Password { user: USER.to_owned(), password: Secret::new("open sesame") }
}

pub async fn connect(server: &Dovecot) -> Connection {
    Connection::open(&plain(server.plain()), &login()).await.expect("a connection")
}

/// The `n`th message of a test: distinct, with a body of some length.
pub fn message(n: usize) -> Vec<u8> {
    let body = format!("line {n}\r\n").repeat(1 + n % 40);
    format!("From: a@example.test\r\nSubject: number {n}\r\n\r\n{body}").into_bytes()
}

/// Remembers all batches and the cursor; fails from the `fails_at`th batch on.
#[derive(Default)]
pub struct Memory {
    pub taken: Mutex<Vec<Fetched>>,
    pub cursor: Mutex<Option<Cursor>>,
    pub batches: Mutex<usize>,
    pub fails_at: Option<usize>,
}

impl Memory {
    pub fn uids(&self) -> Vec<u32> {
        self.taken.lock().unwrap().iter().map(|message| message.uid).collect()
    }

    pub fn cursor(&self) -> Option<Cursor> {
        *self.cursor.lock().unwrap()
    }
}

#[async_trait]
impl Sink for Memory {
    async fn record(&self, batch: Vec<Fetched>, cursor: Cursor) -> Result<(), SinkError> {
        let mut batches = self.batches.lock().unwrap();
        if self.fails_at.is_some_and(|at| *batches >= at) {
            return Err(SinkError("the disk is full".to_owned()));
        }
        *batches += 1;
        assert!(batch.is_sorted_by_key(|message| message.uid), "batches come in UID order");
        assert_eq!(batch.last().map(|message| message.uid), Some(cursor.last_uid));
        self.taken.lock().unwrap().extend(batch);
        *self.cursor.lock().unwrap() = Some(cursor);
        Ok(())
    }
}
