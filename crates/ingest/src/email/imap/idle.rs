//! Waiting for new messages with IDLE (RFC 2177).

use std::time::Duration;

use async_imap::Session;
use async_imap::imap_proto::{RequestId, Response};
use tokio::time::{Instant, timeout_at};

use super::connection::{Connection, ended, send};
use super::error::ImapError;
use super::wire::Wire;

const DOING: &str = "wait for new messages";

/// Why waiting ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woken {
    /// There are more messages in the folder than before.
    Changed,
    /// The time was over.
    TimedOut,
}

impl Connection {
    /// Waits until a message arrives in the open folder, or until `timeout` is over. RFC 2177 wants it
    /// to be under 29 minutes. A server without IDLE is told as [`ImapError::NotOffered`], and the
    /// connection stays good: the caller then looks at intervals.
    ///
    /// A message that arrived during an earlier command wakes at once.
    pub async fn idle(&mut self, timeout: Duration) -> Result<Woken, ImapError> {
        if !self.offers("IDLE") {
            return Err(ImapError::NotOffered { what: "IDLE (being told of new messages)" });
        }
        if !self.has_changed() {
            let mut session = self.take()?;
            let id = send(&mut session, "IDLE", DOING).await?;
            self.until_accepted(&mut session, &id).await?;
            self.until_changed(&mut session, timeout).await?;
            self.leave(&mut session, &id).await?;
            self.put_back(session);
        }
        let changed = self.has_changed();
        if let Some(folder) = &mut self.folder {
            folder.changed = false;
        }
        Ok(if changed { Woken::Changed } else { Woken::TimedOut })
    }

    fn has_changed(&self) -> bool {
        self.folder.as_ref().is_some_and(|folder| folder.changed)
    }

    /// Reads up to the `+`. New messages may be told before it; a refusal ends the waiting.
    async fn until_accepted(
        &mut self,
        session: &mut Session<Wire>,
        id: &RequestId,
    ) -> Result<(), ImapError> {
        loop {
            let judge = |response: &Response<'_>| match response {
                Response::Continue(_) => Ok(true),
                _ if ended(response, id, DOING)? => {
                    Err(ImapError::unreadable(DOING, "waiting ended before it began"))
                }
                _ => Ok(false),
            };
            if self.hear(session, DOING, judge).await?? {
                return Ok(());
            }
        }
    }

    /// Reads until a message is told or the time is over. Reading can be broken off between responses
    /// without loss: what has come of one stays in the session's buffer.
    async fn until_changed(
        &mut self,
        session: &mut Session<Wire>,
        timeout: Duration,
    ) -> Result<(), ImapError> {
        session.get_mut().allow(timeout + self.limits.step);
        let deadline = Instant::now() + timeout;
        let judge = |response: &Response<'_>| matches!(response, Response::Done { .. });
        while !self.has_changed() {
            match timeout_at(deadline, self.hear(session, DOING, judge)).await {
                Err(_) => break,
                Ok(Err(error)) => return Err(error),
                Ok(Ok(false)) => {}
                Ok(Ok(true)) => {
                    let why = "the server ended the waiting itself";
                    return Err(ImapError::unreadable(DOING, why));
                }
            }
        }
        Ok(())
    }

    async fn leave(
        &mut self,
        session: &mut Session<Wire>,
        id: &RequestId,
    ) -> Result<(), ImapError> {
        session.get_mut().allow(self.limits.step);
        let sent = session.run_command_untagged("DONE").await;
        sent.map_err(|error| ImapError::of_library(DOING, error))?;
        loop {
            let judge = |response: &Response<'_>| ended(response, id, DOING);
            if self.hear(session, DOING, judge).await?? {
                return Ok(());
            }
        }
    }
}
