//! Passwords and tokens never reach the log, not even with everything logged: the library below logs
//! all that it sends. A process of its own, because the log belongs to the process.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails the test")]

use std::io::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use throughline_ingest::email::imap::{Connection, ImapServer, Limits, Login, Secret, Security};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A server that takes every login, and keeps what it was sent.
async fn server(sent: Shared) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(BufReader::new(stream), sent.clone()));
        }
    });
    address
}

async fn converse(mut stream: BufReader<tokio::net::TcpStream>, mut sent: Shared) {
    stream.get_mut().write_all(b"* OK ready\r\n").await.unwrap();
    let (mut line, mut tag) = (String::new(), String::new());
    while stream.read_line(&mut line).await.unwrap_or(0) > 0 {
        sent.write_all(line.as_bytes()).unwrap();
        if let Some((first, _)) = line.split_once(' ') {
            tag = first.to_owned();
        }
        let answer = match line.as_str() {
            text if text.contains("AUTHENTICATE") => "+ \r\n".to_owned(),
            text if text.contains("CAPABILITY") => {
                format!("* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n")
            }
            _ => format!("{tag} OK done\r\n"),
        };
        stream.get_mut().write_all(answer.as_bytes()).await.unwrap();
        line.clear();
    }
}

#[tokio::test]
async fn secrets_are_sent_and_not_logged() {
    let (log, sent) = (Shared::default(), Shared::default());
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .init();
    let server = ImapServer {
        host: "127.0.0.1".to_owned(),
        port: server(sent.clone()).await.port(),
        security: Security::Plain,
        extra_root: None,
        limits: Limits::default(),
    };
    let user = "anna@example.test".to_owned();
    for login in [
        Login::Password { user: user.clone(), password: Secret::new(r#"se"sa\me"#) },
        Login::Password { user: user.clone(), password: Secret::new("gizli-ş") },
        Login::XOauth2 { user, token: Secret::new("ya29.token") },
    ] {
        Connection::open(&server, &login).await.unwrap();
    }

    let (log, sent) = (log.text(), sent.text());
    for secret in [
        // Escaped as RFC 3501, section 4.3, wants it.
        r#"LOGIN "anna@example.test" "se\"sa\\me""#,
        // "\0anna@example.test\0gizli-ş" and "user=anna@example.test\x01auth=Bearer ya29.token\x01\x01".
        "AGFubmFAZXhhbXBsZS50ZXN0AGdpemxpLcWf\r\n",
        "dXNlcj1hbm5hQGV4YW1wbGUudGVzdAFhdXRoPUJlYXJlciB5YTI5LnRva2VuAQE=\r\n",
    ] {
        assert!(sent.contains(secret), "{secret} was not sent:\n{sent}");
    }
    assert!(log.contains("encode: input") && log.contains("CAPABILITY"), "the log is being kept");
    for part in ["sa\\\\me", "gizli", "Z2l6bGk", "AGdpemxp", "ya29", "dXNlcj1"] {
        assert!(!log.contains(part), "{part} is in the log");
    }
}
