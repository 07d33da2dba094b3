//! A small HTTP server on this machine, which answers as it is told and keeps what it was sent.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with a request.
#[derive(Debug, Clone)]
pub enum Do {
    /// Answers: status and headers, and the body, in which BASE stands for the server's address.
    Say(&'static str, String),
    /// The same after a while.
    SayLate(Duration, &'static str, String),
    /// Reads the request and closes the connection.
    Cut,
    /// Reads the request and never answers.
    Wait,
    /// Sends on to this address, in which BASE stands for the server's.
    SendOn(String),
    /// Answers well with so many bytes, without saying how many they are.
    Pour(usize),
    /// Answers well and never ends: this many bytes are announced, and the connection is cut after some.
    Break(usize),
}

/// Says what to do with a request, of which this is the number, from 0.
type Answering = Arc<dyn Fn(usize, &str) -> Do + Send + Sync>;

/// The server. It ends with the test.
pub struct Server {
    port: u16,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// One that does these things, one for each request, and the last of them from then on.
    pub async fn start(script: Vec<Do>) -> Self {
        Self::answering(move |number, _| {
            script.get(number).or(script.last()).expect("a script").clone()
        })
        .await
    }

    /// One that does what it is told to do with each request, which comes with its number, from 0.
    pub async fn answering(answer: impl Fn(usize, &str) -> Do + Send + Sync + 'static) -> Self {
        let answer: Answering = Arc::new(answer);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&answer), Arc::clone(&kept)));
            }
        });
        Self { port, seen }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The requests so far: head and body.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("the requests").clone()
    }
}

async fn serve(mut stream: TcpStream, answer: Answering, seen: Arc<Mutex<Vec<String>>>) {
    let base = format!("http://{}", stream.local_addr().expect("an address"));
    while let Some(request) = request(&mut stream).await {
        let number = {
            let mut seen = seen.lock().expect("the requests");
            seen.push(request.clone());
            seen.len() - 1
        };
        let what = answer(number, &request);
        if let Do::SayLate(after, ..) = &what {
            tokio::time::sleep(*after).await;
        }
        match what {
            Do::Cut => return,
            Do::Wait => tokio::time::sleep(Duration::from_secs(600)).await,
            Do::Say(head, body) | Do::SayLate(_, head, body) => {
                let body = body.replace("BASE", &base);
                let answer =
                    format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
            Do::SendOn(address) => {
                let address = address.replace("BASE", &base);
                let answer = format!(
                    "HTTP/1.1 307 Temporary Redirect\r\nlocation: {address}\r\ncontent-length: 0\r\n\r\n"
                );
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
            Do::Pour(bytes) => {
                let mut answer = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
                answer.resize(answer.len() + bytes, b'x');
                let _ = stream.write_all(&answer).await;
                return;
            }
            Do::Break(announced) => {
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {announced}\r\n\r\n{{");
                let _ = stream.write_all(head.as_bytes()).await;
                return;
            }
        }
    }
}

async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.map_or(0, |length| length.parse().expect("a number"));
        if body.len() >= length {
            return Some(text);
        }
    }
}
