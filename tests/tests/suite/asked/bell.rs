//! Streaming on Mastodon: the server says at once that something happened, and it is asked for at once.
//! Without streaming, or while it is broken, it is asked for each minute.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::SinkExt;
use serde_json::json;
use throughline_test_servers::http::Server;
use throughline_tests::{World, on_both};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};

use super::mastodon::{self, Mastodon, TOKEN};
use super::{Desk, Run};
use crate::channels::bot::text;
use crate::mailboxes::kit::soon;

on_both!(
    what_the_server_says_at_once_is_asked_for_at_once,
    a_connection_that_breaks_is_opened_anew_and_nothing_is_lost,
    a_server_that_streams_nothing_is_asked_each_minute,
);

/// What is said by a connection; nothing said ends it.
type Line = broadcast::Sender<Option<String>>;

/// A server that streams beside what it answers.
struct Streaming {
    /// Where both are.
    url: String,
    line: Line,
    opened: Arc<AtomicUsize>,
    answers: Server,
}

impl Streaming {
    async fn start(mastodon: &Mastodon) -> Self {
        let answers = mastodon.start().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        mastodon.streams_at("wss://streaming.social.example");
        let (line, opened) = (broadcast::channel(16).0, Arc::new(AtomicUsize::new(0)));
        let behind = answers.url().trim_start_matches("http://").to_owned();
        let (says, counts) = (line.clone(), Arc::clone(&opened));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, behind.clone(), says.clone(), Arc::clone(&counts)));
            }
        });
        Self { url, line, opened, answers }
    }

    fn says(&self, kind: &str) {
        let payload = json!({ "id": "1", "type": kind }).to_string();
        let words = json!({ "stream": ["user:notification"], "event": "notification",
            "payload": payload });
        self.line.send(Some(words.to_string())).expect("somebody listens");
    }

    fn opened(&self) -> usize {
        self.opened.load(Ordering::SeqCst)
    }
}

/// What wants to stay open streams, all else is answered by the server behind.
async fn serve(mut stream: TcpStream, behind: String, line: Line, opened: Arc<AtomicUsize>) {
    let mut head = [0; 64];
    let seen = stream.peek(&mut head).await.unwrap_or_default();
    if !head[..seen].starts_with(b"GET /api/v1/streaming?stream=user:notification ") {
        let mut to = TcpStream::connect(behind).await.expect("the server");
        let _ = tokio::io::copy_bidirectional(&mut stream, &mut to).await;
        return;
    }
    let mut said = line.subscribe();
    #[allow(clippy::result_large_err, reason = "the library wants it so")]
    let is_ours = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
        let token = request.headers().get("authorization").expect("a token");
        assert_eq!(token.to_str().expect("text"), format!("Bearer {TOKEN}"));
        Ok(response)
    };
    let accepted = tokio_tungstenite::accept_hdr_async(stream, is_ours).await;
    let mut stream = accepted.expect("a connection");
    opened.fetch_add(1, Ordering::SeqCst);
    while let Ok(Some(words)) = said.recv().await {
        stream.send(Message::text(words)).await.expect("it is said");
    }
}

async fn connected(world: &Arc<World>) -> (Desk, Mastodon, Streaming) {
    let mastodon = Mastodon::default();
    let streaming = Streaming::start(&mastodon).await;
    let unused = Server::start(Vec::new()).await;
    let desk = Desk::new(world, "social", unused, mastodon::set_up(TOKEN)).await;
    (desk, mastodon, streaming)
}

fn poller(desk: &Desk, streaming: &Streaming) -> Run {
    let poller = desk.world.channel_poller(&desk.world.app, &streaming.url);
    let stop = tokio_util::sync::CancellationToken::new();
    Run { task: tokio::spawn(poller.run(stop.clone())), stop }
}

async fn what_the_server_says_at_once_is_asked_for_at_once(world: Arc<World>) {
    let (desk, mastodon, streaming) = connected(&world).await;
    let run = poller(&desk, &streaming);
    soon("somebody listens", async || streaming.opened() == 1).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    // No time passes by the clock.
    for number in 1..=3 {
        mastodon.mention(number, "elif", "public", None);
        streaming.says("mention");
        desk.until_delivered(usize::try_from(number).expect("small")).await;
    }
    // What brings no post is not asked for.
    let before = streaming.answers.seen().len();
    streaming.says("favourite");
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(streaming.answers.seen().len(), before);
    run.end().await;
    let bodies: Vec<String> =
        desk.timeline("elif").await.iter().map(|item| text(&item["body"]).to_owned()).collect();
    assert_eq!(bodies.len(), 3, "{bodies:?}");
    assert_eq!((streaming.opened(), desk.deliveries().await.len()), (1, 3));
}

async fn a_connection_that_breaks_is_opened_anew_and_nothing_is_lost(world: Arc<World>) {
    let (desk, mastodon, streaming) = connected(&world).await;
    let run = poller(&desk, &streaming);
    for opened in 1..=3 {
        soon("somebody listens", async || streaming.opened() == opened).await;
        // It is said to nobody: the connection ends before.
        tokio::time::sleep(Duration::from_millis(100)).await;
        streaming.line.send(None).expect("somebody listens");
        mastodon.mention(u64::try_from(opened).expect("small"), "elif", "public", None);
    }
    desk.until_delivered(3).await;
    run.end().await;
    assert_eq!(desk.health().await["ok"], json!(true));
    assert_eq!(desk.timeline("elif").await.len(), 3);
}

async fn a_server_that_streams_nothing_is_asked_each_minute(world: Arc<World>) {
    let mastodon = Mastodon::default();
    // Nobody is there.
    mastodon.streams_at("wss://streaming.social.example");
    mastodon.moody(Box::new(|asked| {
        let is_stream = asked.path == "/api/v1/streaming";
        is_stream.then(|| super::platform::no("404 Not Found", &json!({})))
    }));
    let server = mastodon.start().await;
    let desk = Desk::new(&world, "social", server, mastodon::set_up(TOKEN)).await;
    let run = desk.begun().await;
    mastodon.mention(1, "elif", "public", None);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(desk.deliveries().await.len(), 0);
    desk.pass_until(61, async || !desk.deliveries().await.is_empty()).await;
    desk.until_delivered(1).await;
    run.end().await;
    let health = desk.health().await;
    assert_eq!((&health["ok"], &health["trouble"]), (&json!(true), &json!(null)), "{health}");
}
