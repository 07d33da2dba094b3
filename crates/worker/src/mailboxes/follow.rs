//! Following one folder for good: catch up, do the chores, wait for more, and begin again after
//! whatever goes wrong.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use throughline_app::App;
use throughline_app::mail_settings::MailInbox;
use throughline_app::mailboxes::{self, Claim, FolderCursor, FolderKey};
use throughline_core::mail_settings::AfterRecording;
use throughline_ingest::email::imap::{
    Connection, Cursor, ImapError, catch_up, encode_name, pause_before,
};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::Settings;
use super::chores::Chores;
use super::gate::Gate;
use super::recorder::{Recorder, restored, stored};
use super::trouble::{Culprit, Trouble, words_of};
use crate::access::MailAccess;
use crate::waker::Waker;

/// A message at which fetching failed so often is passed over.
const TRIES: u32 = 3;
/// Failures without any progress after which messages are fetched one by one, to find the culprit.
const STUCK: u32 = 2;
/// So many are fetched one by one at most; the culprit is among the first of them or nowhere.
const SINGLE_MESSAGES: usize = 500;
/// RFC 2177 wants IDLE to be renewed before 29 minutes are over.
const LONGEST_WAIT: Duration = Duration::from_secs(28 * 60);
/// The longest pause when the trouble is on our own side.
const OUR_PAUSE: Duration = Duration::from_secs(30);
/// How long giving a folder back may take.
const GIVE_BACK: Duration = Duration::from_secs(3);

/// Follows one folder of an inbox.
pub(super) struct Follower {
    pub(super) app: App,
    pub(super) access: MailAccess,
    pub(super) waker: Waker,
    pub(super) settings: Settings,
    pub(super) inbox: Arc<MailInbox>,
    pub(super) folder: String,
    pub(super) after: AfterRecording,
    pub(super) gate: Arc<Gate>,
}

/// How far following has come, over all connections.
#[derive(Debug, Default)]
struct Progress {
    cursor: Option<Cursor>,
    /// Failures since something was recorded or waiting went well.
    attempt: u32,
    /// Whether the folder was caught up with since the last failure.
    caught_up: bool,
    /// Failures at the present cursor.
    stuck: u32,
    /// Whether messages are fetched one by one.
    singly: bool,
    /// The message that seems to be to blame, and how often it was.
    blamed: Option<(Culprit, u32)>,
    chores: Chores,
}

impl Progress {
    fn reached(&mut self, cursor: Cursor) {
        if self.cursor != Some(cursor) {
            self.cursor = Some(cursor);
            (self.attempt, self.stuck, self.blamed) = (0, 0, None);
        }
    }

    fn caught_up_with(&mut self, cursor: Cursor) {
        self.reached(cursor);
        (self.caught_up, self.stuck, self.singly, self.blamed) = (true, 0, false, None);
    }

    /// The message that is to be passed over, or to be probed for that.
    fn hopeless(&self) -> Option<Culprit> {
        self.blamed.filter(|(_, times)| *times >= TRIES).map(|(culprit, _)| culprit)
    }

    /// Notes that fetching failed at the present cursor.
    fn failed_to_fetch(&mut self, trouble: &Trouble) {
        if let Some(culprit) = trouble.culprit() {
            self.blame(culprit);
        } else if !trouble.is_ours() {
            self.stuck = self.stuck.saturating_add(1);
            self.singly |= self.stuck >= STUCK || trouble.wants_single_messages();
        }
    }

    fn blame(&mut self, culprit: Culprit) {
        let before = self.blamed.filter(|(other, _)| other.uid == culprit.uid);
        self.blamed = Some((culprit, before.map_or(1, |(_, times)| times.saturating_add(1))));
    }
}

impl Follower {
    /// Follows the folder until `stop`, whenever no other worker does.
    pub(super) async fn run(self, stop: CancellationToken) {
        loop {
            let claimed = stop.run_until_cancelled(self.claim()).await;
            let Some((claim, cursor)) = claimed else { return };
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.lose(&claim) => {
                    tracing::warn!(inbox.id = %self.inbox.inbox.id, folder = self.folder,
                        "another worker follows this folder by now");
                }
                never = Box::pin(self.follow(&claim, cursor)) => match never {},
            }
            // If it fails, the claim runs out by itself.
            drop(timeout(GIVE_BACK, mailboxes::release(&self.app, &claim)).await);
        }
    }

    /// Waits until the folder is ours.
    async fn claim(&self) -> (Claim, Option<FolderCursor>) {
        loop {
            match mailboxes::claim(&self.app, self.key(), self.settings.lease).await {
                Ok(Some(claimed)) => return claimed,
                Ok(None) => {}
                Err(error) => {
                    let words = words_of(&error);
                    tracing::warn!(folder = self.folder, words, "a folder cannot be claimed now");
                }
            }
            sleep(self.settings.look).await;
        }
    }

    /// Renews the claim for as long as it is polled; ends when it is lost.
    async fn lose(&self, claim: &Claim) {
        loop {
            sleep(self.settings.lease / 3).await;
            match mailboxes::hold(&self.app, claim, self.settings.lease).await {
                Ok(true) => {}
                Ok(false) => return,
                // Recording asks for the claim as well, so nothing can go wrong meanwhile.
                Err(error) => tracing::warn!(%error, "the claim of a folder is not renewed"),
            }
        }
    }

    async fn follow(&self, claim: &Claim, cursor: Option<FolderCursor>) -> Infallible {
        let cursor = cursor.map(restored);
        let mut progress = Progress { cursor, ..Progress::default() };
        loop {
            let Err(trouble) = self.session(claim, &mut progress).await;
            self.recover(claim, &mut progress, trouble).await;
        }
    }

    /// One connection, until it fails.
    async fn session(&self, claim: &Claim, progress: &mut Progress) -> Result<Infallible, Trouble> {
        let mut connection = self.open(progress.singly).await?;
        if self.pass_over_hopeless(&mut connection, claim, progress).await? {
            connection = self.open(false).await?;
        }
        loop {
            let cursor = self.catch_up(&mut connection, claim, progress).await?;
            if self.do_chores(&mut connection, &mut progress.chores, cursor).await? {
                continue;
            }
            mailboxes::note_success(&self.app, claim, progress.chores.trouble.clone()).await?;
            self.wait(&mut connection).await?;
            progress.attempt = 0;
        }
    }

    async fn open(&self, singly: bool) -> Result<Connection, Trouble> {
        let (mut server, login) =
            self.access.incoming(&self.inbox).await.map_err(Trouble::Setup)?;
        server.limits = self.settings.limits;
        if singly {
            server.limits.batch_messages = 1;
        }
        Ok(self.gate.open(&server, &login).await?)
    }

    async fn catch_up(
        &self,
        connection: &mut Connection,
        claim: &Claim,
        progress: &mut Progress,
    ) -> Result<Cursor, Trouble> {
        let most = progress.singly.then_some(SINGLE_MESSAGES);
        let recorder = Recorder::new(&self.app, claim, self.after, &self.waker, most);
        let before = progress.cursor;
        let caught = catch_up(connection, &self.name(), before, &recorder).await;
        if let Some(reached) = recorder.reached() {
            progress.reached(reached);
        }
        let cursor = caught.map_err(|error| {
            let trouble = if recorder.had_enough() { Trouble::Enough } else { error.into() };
            progress.failed_to_fetch(&trouble);
            trouble
        })?;
        // Under another UIDVALIDITY the folder may be empty: then no batch brings the cursor along.
        if before.map(|before| before.uid_validity) != Some(cursor.uid_validity) {
            mailboxes::put_cursor(&self.app, claim, stored(cursor)).await?;
        }
        progress.caught_up_with(cursor);
        Ok(cursor)
    }

    /// Waits for more mail, or until it is time to look.
    async fn wait(&self, connection: &mut Connection) -> Result<(), Trouble> {
        if connection.offers("IDLE") {
            connection.idle(self.poll()).await?;
        } else {
            sleep(self.poll()).await;
        }
        Ok(())
    }

    /// Notes what went wrong and waits before the next attempt.
    async fn recover(&self, claim: &Claim, progress: &mut Progress, trouble: Trouble) {
        if let Trouble::Enough = trouble {
            (progress.singly, progress.stuck) = (false, 0);
            return;
        }
        let (inbox, folder) = (self.inbox.inbox.id, self.folder.as_str());
        if progress.caught_up && progress.attempt == 0 {
            // Servers end connections now and then; that is no trouble until the next one fails.
            tracing::info!(inbox.id = %inbox, folder, why = %trouble, "the connection is opened anew");
        } else {
            tracing::warn!(inbox.id = %inbox, folder, attempt = progress.attempt, why = %trouble,
                "a folder cannot be followed at the moment");
        }
        if let Trouble::Chores(error) = &trouble {
            // They wait by themselves; fetching goes on at once.
            return progress.chores.failed(error);
        }
        if let Err(error) = mailboxes::note_failure(&self.app, claim, trouble.to_string()).await {
            tracing::warn!(words = words_of(&error), "a failure could not be noted");
        }
        let pause = self.pause(progress, &trouble);
        progress.attempt = progress.attempt.saturating_add(1);
        progress.caught_up = false;
        sleep(pause).await;
    }

    fn pause(&self, progress: &Progress, trouble: &Trouble) -> Duration {
        let full = pause_before(progress.attempt, rand::random());
        if trouble.is_ours() {
            full.min(OUR_PAUSE)
        } else if progress.caught_up {
            // A server that only waits badly is looked at as often as one that cannot wait.
            full.min(self.poll())
        } else {
            full
        }
    }

    /// Passes over the message at which fetching has failed again and again. When that may be the
    /// server's fault, only if the message after it can be fetched; without one there is no hurry.
    /// Says whether it was passed over.
    async fn pass_over_hopeless(
        &self,
        connection: &mut Connection,
        claim: &Claim,
        progress: &mut Progress,
    ) -> Result<bool, Trouble> {
        let Some(culprit) = progress.hopeless() else { return Ok(false) };
        let opened = connection.examine(&self.name()).await?;
        let cursor = Cursor { uid_validity: opened.uid_validity, last_uid: culprit.uid };
        let same = progress.cursor.is_none_or(|at| at.uid_validity == opened.uid_validity);
        if !same || !culprit.sure && !next_comes(connection, culprit.uid).await? {
            return Ok(false);
        }
        if !mailboxes::put_cursor(&self.app, claim, stored(cursor)).await? {
            return Ok(false);
        }
        tracing::error!(inbox.id = %self.inbox.inbox.id, folder = self.folder, uid = culprit.uid,
            "a message cannot be fetched and is passed over; reconciling the inbox lists it, and \
            fetches it when that can be done");
        progress.reached(cursor);
        progress.singly = false;
        Ok(true)
    }

    pub(super) fn key(&self) -> FolderKey {
        FolderKey { inbox: self.inbox.inbox.id, folder: self.folder.clone() }
    }

    /// The folder's name in the form of the protocol.
    pub(super) fn name(&self) -> String {
        encode_name(&self.folder)
    }

    fn poll(&self) -> Duration {
        let incoming = self.inbox.settings.incoming.as_ref();
        let seconds = incoming.map_or(60, |incoming| incoming.poll_seconds.max(1));
        Duration::from_secs(u64::from(seconds)).min(LONGEST_WAIT)
    }
}

/// Whether the message after this one can be fetched.
async fn next_comes(connection: &mut Connection, uid: u32) -> Result<bool, ImapError> {
    let Some(from) = uid.checked_add(1) else { return Ok(false) };
    let Some(next) = connection.uids(from, None).await?.first().copied() else {
        return Ok(false);
    };
    Ok(!connection.fetch(&[next]).await?.messages.is_empty())
}
