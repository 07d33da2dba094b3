//! Listening to the platform of one inbox, for as long as one connection lasts: what is told is recorded,
//! and only then confirmed.

use serde_json::Value;
use throughline_app::channels::{Claim, Found};
use throughline_ingest::listen::{Heard, Listen};
use throughline_outbound::ask::Unheard;
use throughline_outbound::socket::{Said, Socket};
use tokio::time::{Instant, sleep};

use super::follow::{Follower, Stopped, trouble_of};

/// After a connection that ended sooner than this many least pauses, as many are waited.
const SHORT: u32 = 10;

impl Follower {
    /// Listens until the connection ends. An end is no trouble once something was heard: platforms end
    /// connections now and then.
    pub(super) async fn listen(
        &self,
        claim: Claim,
        cursor: &Value,
        listen: &dyn Listen,
        url: &str,
    ) -> Result<(), Stopped> {
        let from = Instant::now();
        let mut socket = self
            .asker
            .listen(url)
            .await
            .map_err(|unheard| Stopped::Platform(trouble_of(unheard)))?;
        let mut heard = false;
        loop {
            let ended = match socket.next().await {
                Ok(Said::End) => Unheard::Failed("the connection was closed at once".to_owned()),
                Ok(Said::Silence) => {
                    self.keep(claim, Vec::new(), cursor).await?;
                    continue;
                }
                Ok(Said::Words(words)) => {
                    heard = true;
                    match self
                        .take(claim, cursor, listen.hear(&self.account, &words), &mut socket)
                        .await?
                    {
                        Going::On => continue,
                        Going::Again => Unheard::Failed("another connection is wanted".to_owned()),
                        Going::Broke(unheard) => unheard,
                    }
                }
                Err(unheard) => unheard,
            };
            if !heard {
                return Err(trouble_of(ended).into());
            }
            tracing::info!(inbox.id = %self.inbox, why = %ended, "the connection is opened anew");
            let short = self.settings.least_pause * SHORT;
            if from.elapsed() < short {
                sleep(short).await;
            }
            return Ok(());
        }
    }

    /// Does what is wanted by what was heard.
    async fn take(
        &self,
        claim: Claim,
        cursor: &Value,
        heard: Heard,
        socket: &mut Socket,
    ) -> Result<Going, Stopped> {
        let confirm = match heard {
            Heard::Nothing => return Ok(Going::On),
            Heard::Again => return Ok(Going::Again),
            Heard::Trouble(trouble) => return Err(trouble.into()),
            Heard::Confirm(confirm) => confirm,
            Heard::Told { found, confirm } => {
                let found = Found { name: found.name, bytes: found.bytes };
                self.keep(claim, vec![found], cursor).await?;
                confirm
            }
        };
        Ok(socket.tell(confirm).await.map_or_else(Going::Broke, |()| Going::On))
    }
}

/// How it goes on with a connection.
enum Going {
    On,
    Again,
    Broke(Unheard),
}
