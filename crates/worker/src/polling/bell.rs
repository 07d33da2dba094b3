//! The bell of one inbox: a connection by which its platform says that something happened, while one waits
//! before the next question. Without one, or while it is broken, one waits to the end.

use std::future::pending;
use std::time::Duration;

use throughline_ingest::listen::BellAt;
use throughline_ingest::poll::Place;
use throughline_outbound::socket::{Said, Socket};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::follow::Follower;

/// So many least pauses pass between a ring and the question: what happens at once is asked for at once.
const TOGETHER: u32 = 6;
/// So many pass before a connection that ended is opened anew.
const ANEW: u32 = 60;
/// So many pass before it is tried again where it could not be opened.
const AGAIN: u32 = 600;

/// What is known of the bell.
#[derive(Default)]
pub(super) struct Ringing {
    socket: Option<Socket>,
    /// When it may be opened.
    from: Option<Instant>,
}

impl Follower {
    /// Waits until the platform says that something happened; for ever where it has no bell. It rings, too,
    /// when it was hung up just now: what happened before that was said to nobody.
    pub(super) async fn rung(&self, ringing: &mut Ringing, place: &Place) {
        let Some(bell) = self.poll.bell() else { return pending().await };
        loop {
            let Some(socket) = &mut ringing.socket else {
                let Some(at) = bell.address(&self.account, place) else { return pending().await };
                match self.hang(ringing, &at).await {
                    true => return,
                    false => continue,
                }
            };
            match socket.next().await {
                Ok(Said::Words(words)) if bell.rings(&words) => {
                    sleep(self.settings.least_pause * TOGETHER).await;
                    return pass_over(socket).await;
                }
                Ok(Said::Words(_) | Said::Silence) => {}
                Ok(Said::End) | Err(_) => {
                    ringing.socket = None;
                    ringing.from = Some(Instant::now() + self.settings.least_pause * ANEW);
                }
            }
        }
    }

    /// Opens the connection. Says whether it is open.
    async fn hang(&self, ringing: &mut Ringing, at: &BellAt) -> bool {
        if let Some(from) = ringing.from {
            sleep_until(from).await;
        }
        match self.asker.listen_with(&at.url, &at.headers).await {
            Ok(socket) => ringing.socket = Some(socket),
            Err(why) => {
                tracing::info!(inbox.id = %self.inbox, %why,
                    "a platform cannot say when something happens; it is asked from time to time");
                ringing.from = Some(Instant::now() + self.settings.least_pause * AGAIN);
            }
        }
        ringing.socket.is_some()
    }
}

/// Passes over what was said up to now: one question finds all of it.
async fn pass_over(socket: &mut Socket) {
    while let Ok(Ok(Said::Words(_))) = timeout(Duration::ZERO, socket.next()).await {}
}
