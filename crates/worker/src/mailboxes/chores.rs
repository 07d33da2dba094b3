//! What is done on a server to messages that are recorded: marked as seen, moved, deleted. Done only
//! after they are committed; what a crash left undone is done at the next connection.

use std::time::Duration;

use throughline_app::mailboxes;
use throughline_core::mail_settings::AfterRecording;
use throughline_ingest::email::imap::{
    Connection, Cursor, Gone, ImapError, encode_name, pause_before,
};
use tokio::time::Instant;

use super::follow::Follower;
use super::trouble::Trouble;

/// How the chores of a folder go. Failing at them does not keep mail from being fetched.
#[derive(Debug, Default)]
pub(super) struct Chores {
    failures: u32,
    not_before: Option<Instant>,
    /// What went wrong, as long as it does.
    pub(super) trouble: Option<String>,
}

impl Chores {
    fn are_due(&self) -> bool {
        self.not_before.is_none_or(|at| at <= Instant::now())
    }

    /// Notes a failure; the next attempt waits, and longer each time.
    pub(super) fn failed(&mut self, error: &ImapError) {
        let pause: Duration = pause_before(self.failures, rand::random());
        self.not_before = Some(Instant::now() + pause);
        self.failures = self.failures.saturating_add(1);
        self.trouble = Some(error.to_string());
    }
}

impl Follower {
    /// Does what is pending in the folder. Says whether there was anything: then the folder was
    /// opened anew, and what came meanwhile is to be looked for.
    pub(super) async fn do_chores(
        &self,
        connection: &mut Connection,
        chores: &mut Chores,
        cursor: Cursor,
    ) -> Result<bool, Trouble> {
        if !chores.are_due() {
            return Ok(false);
        }
        let (key, validity) = (self.key(), cursor.uid_validity);
        let (mut pending, lost): (Vec<_>, Vec<_>) = mailboxes::pending(&self.app, &key)
            .await?
            .into_iter()
            .partition(|one| one.uid_validity == validity);
        if !lost.is_empty() {
            mailboxes::give_up_others(&self.app, &key, validity).await?;
        }
        if pending.is_empty() {
            return Ok(!lost.is_empty());
        }
        pending.sort_unstable_by_key(|one| one.uid);
        let opened = connection.select(&self.name()).await.map_err(Trouble::Chores)?;
        if opened.uid_validity != validity {
            return Ok(true);
        }
        // A setting that was changed meanwhile wins: what is not wanted any more is not done.
        let wanted = pending.iter().filter(|one| one.what == self.after);
        let wanted: Vec<u32> = wanted.map(|one| one.uid).collect();
        self.act(connection, &wanted).await.map_err(Trouble::Chores)?;
        *chores = Chores::default();
        let all = pending.into_iter().map(|one| one.uid).collect();
        mailboxes::settle(&self.app, &key, validity, all).await?;
        Ok(true)
    }

    async fn act(&self, connection: &mut Connection, uids: &[u32]) -> Result<(), ImapError> {
        let gone = match (self.after, self.move_to()) {
            (_, _) if uids.is_empty() => return Ok(()),
            (AfterRecording::MarkSeen, _) => return connection.mark_seen(uids).await,
            (AfterRecording::Move, Some(target)) => {
                connection.move_to(uids, &encode_name(target)).await?
            }
            (AfterRecording::Delete, _) => connection.delete(uids).await?,
            (AfterRecording::Leave | AfterRecording::Move, _) => return Ok(()),
        };
        if gone == Gone::Marked {
            let inbox = self.inbox.inbox.id;
            tracing::warn!(inbox.id = %inbox, folder = self.folder, "the server cannot remove \
                single messages; they are only marked as deleted");
        }
        Ok(())
    }

    fn move_to(&self) -> Option<&str> {
        self.inbox.settings.incoming.as_ref()?.move_to.as_deref()
    }
}
