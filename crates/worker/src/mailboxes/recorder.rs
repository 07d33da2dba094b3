//! From what was fetched to what is recorded.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use throughline_app::App;
use throughline_app::mailboxes::{self, Claim, FolderCursor, Message};
use throughline_core::mail_settings::AfterRecording;
use throughline_core::time::Instant;
use throughline_ingest::email::imap::{Cursor, Fetched, Sink, SinkError};

use super::trouble::sink_error;
use crate::waker::Waker;

/// Records the batches of one folder and remembers how far it has come.
pub(super) struct Recorder<'a> {
    app: &'a App,
    claim: &'a Claim,
    after: AfterRecording,
    waker: &'a Waker,
    most: Option<usize>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    reached: Option<Cursor>,
    batches: usize,
}

impl<'a> Recorder<'a> {
    /// One that takes no more than `most` batches.
    pub(super) fn new(
        app: &'a App,
        claim: &'a Claim,
        after: AfterRecording,
        waker: &'a Waker,
        most: Option<usize>,
    ) -> Self {
        Self { app, claim, after, waker, most, state: Mutex::default() }
    }

    /// The cursor of the last batch that was recorded.
    pub(super) fn reached(&self) -> Option<Cursor> {
        self.state().reached
    }

    /// Whether it has taken as many batches as it may.
    pub(super) fn had_enough(&self) -> bool {
        self.most.is_some_and(|most| self.state().batches >= most)
    }

    fn note(&self, cursor: Cursor) {
        let mut state = self.state();
        state.reached = Some(cursor);
        state.batches += 1;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Sink for Recorder<'_> {
    async fn record(&self, batch: Vec<Fetched>, cursor: Cursor) -> Result<(), SinkError> {
        if self.had_enough() {
            return Err(SinkError("enough for one turn".to_owned()));
        }
        let messages = batch.into_iter().map(message_of).collect();
        let recorded =
            mailboxes::record(self.app, self.claim, self.after, messages, stored(cursor)).await;
        let Some(recorded) = recorded.map_err(|error| sink_error(&error))? else {
            return Err(SinkError("another worker follows this folder by now".to_owned()));
        };
        self.note(cursor);
        let fresh = recorded.iter().filter(|recorded| recorded.fresh).count();
        let key = &self.claim.key;
        tracing::debug!(inbox.id = %key.inbox, folder = key.folder, fresh, "mail was recorded");
        if fresh > 0 {
            self.waker.wake();
        }
        Ok(())
    }
}

/// A cursor as it is stored.
pub(super) fn stored(cursor: Cursor) -> FolderCursor {
    FolderCursor { uid_validity: cursor.uid_validity, last_uid: cursor.last_uid }
}

/// A cursor as it was stored.
pub(super) fn restored(cursor: FolderCursor) -> Cursor {
    Cursor { uid_validity: cursor.uid_validity, last_uid: cursor.last_uid }
}

pub(super) fn message_of(fetched: Fetched) -> Message {
    let Fetched { uid, uid_validity, internal_date_micros, bytes, full_size } = fetched;
    let received_at = internal_date_micros.map(Instant::from_micros);
    Message { uid, uid_validity, received_at, bytes, full_size: full_size.map(i64::from) }
}
