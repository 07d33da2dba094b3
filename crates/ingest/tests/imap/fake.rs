//! A hand-written IMAP server with three messages that does one thing wrong.

use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What the server does in answer to one line.
#[derive(Clone)]
pub enum Act {
    /// Sends these bytes; `TAG` stands for the command's tag.
    Say(&'static str),
    /// Closes the connection at once.
    Close,
    /// Says nothing more and keeps the connection open.
    Stall,
}

/// What it does wrong: to commands that begin with this, it does that instead.
pub type Wrong = (&'static str, &'static [Act]);

/// Starts it; it serves until the test ends. The greeting is the command "greeting".
pub async fn start(wrong: &'static [Wrong]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, wrong));
        }
    });
    address
}

async fn serve(stream: TcpStream, wrong: &'static [Wrong]) {
    let mut stream = BufReader::new(stream);
    let mut line = "* greeting".to_owned();
    loop {
        let (tag, command) = line.trim_end().split_once(' ').unwrap_or(("", line.trim_end()));
        let told = wrong.iter().find(|(start, _)| begins(command, start));
        let usual = [Act::Say(usual(command))];
        for act in told.map_or(&usual[..], |(_, acts)| acts) {
            match act {
                Act::Say(text) => {
                    let bytes = text.replace("TAG", tag);
                    if stream.get_mut().write_all(bytes.as_bytes()).await.is_err() {
                        return;
                    }
                }
                Act::Close => return,
                Act::Stall => std::future::pending().await,
            }
        }
        line.clear();
        if !matches!(stream.read_line(&mut line).await, Ok(1..)) {
            return;
        }
    }
}

/// Whether a command begins so; the empty line only is meant by the empty text.
fn begins(command: &str, start: &str) -> bool {
    if start.is_empty() { command.is_empty() } else { command.starts_with(start) }
}

/// What a sound server says.
fn usual(command: &str) -> &'static str {
    match command {
        "greeting" => "* OK ready\r\n",
        "CAPABILITY" => "* CAPABILITY IMAP4rev1 IDLE\r\nTAG OK done\r\n",
        "IDLE" => "+ waiting\r\n",
        _ if command.starts_with("EXAMINE") => {
            "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n* OK [UIDNEXT 4] next\r\nTAG OK done\r\n"
        }
        _ if command.starts_with("UID SEARCH") => "* SEARCH 1 2 3\r\nTAG OK done\r\n",
        _ if command.contains("RFC822.SIZE") => {
            "* 1 FETCH (UID 1 RFC822.SIZE 5)\r\n* 2 FETCH (UID 2 RFC822.SIZE 5)\r\n\
             * 3 FETCH (UID 3 RFC822.SIZE 5)\r\nTAG OK done\r\n"
        }
        _ if command.starts_with("UID FETCH") => {
            "* 1 FETCH (UID 1 BODY[] {5}\r\none\r\n)\r\n* 2 FETCH (UID 2 BODY[] {5}\r\ntwo\r\n)\r\n\
             * 3 FETCH (UID 3 BODY[] {5}\r\nthr\r\n)\r\nTAG OK done\r\n"
        }
        _ => "TAG OK done\r\n",
    }
}
