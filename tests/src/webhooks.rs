//! Receivers of webhooks that behave as a test says, and what sends to them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use throughline_api::WireShape;
use throughline_app::App;
use throughline_app::webhooks::Courier;
use throughline_outbound::webhook::{Client, ClientOptions};
use throughline_worker::webhooks::{HttpCourier, Settings, Webhooks};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Sends to this machine, and waits two seconds for an answer.
pub fn courier() -> Arc<dyn Courier> {
    courier_within(Duration::from_secs(2))
}

fn courier_within(limit: Duration) -> Arc<dyn Courier> {
    let options = ClientOptions { allow_private: true, limit, extra_roots: None };
    Arc::new(HttpCourier::new(Client::new(&options).expect("a client")))
}

/// What serves webhooks; step it with `drain`.
pub fn serving(app: &App, settings: Settings) -> Webhooks {
    Webhooks::new(app.clone(), courier(), Arc::new(WireShape), settings)
}

/// The same with as long as the program waits for an answer, for tests in which many are asked at once.
pub fn patient(app: &App, settings: Settings) -> Webhooks {
    let courier = courier_within(ClientOptions::default().limit);
    Webhooks::new(app.clone(), courier, Arc::new(WireShape), settings)
}

/// How a receiver answers one request.
#[derive(Debug, Clone)]
pub enum Answer {
    /// With this status and these header lines.
    Status(u16, &'static str),
    /// Not at all, until the client gives up.
    Hang,
    /// By closing the connection.
    Close,
}

/// A message as it came.
#[derive(Debug, Clone)]
pub struct Got {
    /// The path that was asked for.
    pub path: String,
    /// The header lines, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Got {
    /// A header, or an empty text.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

/// A receiver on a port of its own.
#[derive(Clone)]
pub struct Receiver {
    /// Its address, such as `http://127.0.0.1:4000`.
    pub url: String,
    script: Arc<Mutex<VecDeque<Answer>>>,
    usual: Arc<Mutex<Answer>>,
    got: Arc<Mutex<Vec<Got>>>,
    open: Arc<AtomicUsize>,
}

impl Receiver {
    /// One that answers 204 to everything.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let receiver = Self {
            url,
            script: Arc::default(),
            usual: Arc::new(Mutex::new(Answer::Status(204, ""))),
            got: Arc::default(),
            open: Arc::default(),
        };
        let own = receiver.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                own.open.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(own.clone().serve(stream));
            }
        });
        receiver
    }

    /// Answers the next requests so, and then as usual.
    pub fn next(&self, answers: &[Answer]) {
        self.script.lock().expect("a lock").extend(answers.iter().cloned());
    }

    /// Answers so from now on.
    pub fn always(&self, answer: Answer) {
        *self.usual.lock().expect("a lock") = answer;
    }

    /// All that came, whatever was answered.
    pub fn got(&self) -> Vec<Got> {
        self.got.lock().expect("a lock").clone()
    }

    /// How many came.
    pub fn count(&self) -> usize {
        self.got.lock().expect("a lock").len()
    }

    /// How many connections were opened.
    pub fn connections(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    async fn serve(self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        while let Some(got) = read(&mut stream).await {
            let scripted = self.script.lock().expect("a lock").pop_front();
            let answer = scripted.unwrap_or_else(|| self.usual.lock().expect("a lock").clone());
            self.got.lock().expect("a lock").push(got);
            match answer {
                Answer::Status(status, headers) => {
                    let text = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n{headers}\r\n");
                    // RFC 9110, section 15.3.5: 204 has no length.
                    let text = match status {
                        204 => text.replace("content-length: 0\r\n", ""),
                        _ => text,
                    };
                    if stream.write_all(text.as_bytes()).await.is_err() {
                        return;
                    }
                }
                Answer::Hang => {
                    // Until the other side closes.
                    let _ = stream.read(&mut [0; 1]).await;
                    return;
                }
                Answer::Close => return,
            }
        }
    }
}

/// One request; `None` at the end of the connection.
async fn read(stream: &mut BufReader<TcpStream>) -> Option<Got> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        line.clear();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(0, |(_, value)| value.parse().expect("a length"));
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Got { path, headers, body })
}
