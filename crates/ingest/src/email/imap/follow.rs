//! Following a folder: where one stands in it, and taking in what is new. The cursor moves only when
//! what lies before it is recorded, so whatever fails, nothing is passed over.

use async_trait::async_trait;

use super::connection::{Connection, Folder};
use super::error::{ImapError, SinkError};
use super::fetch::{Batch, Fetched, Got, UIDS_PER_COMMAND, plan};

/// Up to here a folder is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The UIDVALIDITY under which `last_uid` was recorded.
    pub uid_validity: u32,
    /// The highest recorded UID; 0 when there is none yet.
    pub last_uid: u32,
}

/// Where batches go.
#[async_trait]
pub trait Sink: Send + Sync {
    /// Records a batch (UIDs ascending) and, in the same transaction, the cursor that then holds.
    /// After a loss of connection or of UIDVALIDITY messages come again: repeats are dropped by
    /// their content.
    async fn record(&self, batch: Vec<Fetched>, cursor: Cursor) -> Result<(), SinkError>;
}

/// Takes in all that is in the folder beyond the cursor, and gives the cursor that then holds. The
/// folder is opened for reading only. Without a cursor, or when UIDVALIDITY has changed, it begins with
/// the first message.
///
/// A message that is in the folder and yet does not come is [`ImapError::Missing`]: what lies before it
/// is recorded. The caller may put its cursor on that UID to pass it over, and should say so. When
/// fetching fails on a batch of one, the error is [`ImapError::Unfetchable`]; a caller that fails
/// again and again at one place finds the culprit by a limit of one message in a batch.
pub async fn catch_up(
    connection: &mut Connection,
    folder: &str,
    cursor: Option<Cursor>,
    sink: &dyn Sink,
) -> Result<Cursor, ImapError> {
    let opened = connection.examine(folder).await?;
    let cursor = standing(cursor, opened.uid_validity);
    let mut windows = Windows::new(&opened, cursor);
    let mut intake = Intake { cursor, sink, waiting: None };
    let taken = intake.take_windows(connection, &mut windows).await;
    // What was fetched before a failure is recorded all the same.
    intake.record_waiting().await?;
    taken.map(|()| intake.cursor)
}

/// Opens a folder for reading and gives all UIDs in it, ascending, asked for in windows.
pub async fn listing(
    connection: &mut Connection,
    folder: &str,
) -> Result<(Folder, Vec<u32>), ImapError> {
    let opened = connection.examine(folder).await?;
    let start = Cursor { uid_validity: opened.uid_validity, last_uid: 0 };
    let (mut windows, mut all) = (Windows::new(&opened, start), Vec::new());
    while let Some((from, to)) = windows.next() {
        let uids = connection.uids(from, to).await?;
        windows.found(uids.len());
        all.extend(uids);
    }
    Ok((opened, all))
}

/// Where one stands after the folder was opened.
fn standing(cursor: Option<Cursor>, uid_validity: u32) -> Cursor {
    match cursor {
        Some(cursor) if cursor.uid_validity == uid_validity => cursor,
        Some(_) => {
            tracing::warn!(imap.uid_validity = uid_validity, "the folder begins anew");
            Cursor { uid_validity, last_uid: 0 }
        }
        None => Cursor { uid_validity, last_uid: 0 },
    }
}

/// What is taken in. While one batch is recorded, the next one is fetched: the two want different
/// things of the world. So two batches are held at once.
struct Intake<'a> {
    /// Up to here all is recorded.
    cursor: Cursor,
    sink: &'a dyn Sink,
    /// What was fetched and is not recorded yet.
    waiting: Option<Vec<Fetched>>,
}

impl Intake<'_> {
    async fn take_windows(
        &mut self,
        connection: &mut Connection,
        windows: &mut Windows,
    ) -> Result<(), ImapError> {
        while let Some((from, to)) = windows.next() {
            let uids = connection.uids(from, to).await?;
            windows.found(uids.len());
            for some in uids.chunks(UIDS_PER_COMMAND) {
                self.take_in(connection, some).await?;
            }
        }
        Ok(())
    }

    async fn take_in(
        &mut self,
        connection: &mut Connection,
        uids: &[u32],
    ) -> Result<(), ImapError> {
        let sizes = connection.sizes(uids).await?;
        for batch in plan(uids, &sizes, &connection.limits) {
            let fetching = fetch_whole(connection, &batch);
            let (recorded, fetched) = tokio::join!(self.record_waiting(), fetching);
            recorded?;
            let (messages, stuck) = fetched?;
            self.waiting = Some(messages);
            if let Some(uid) = stuck {
                return Err(ImapError::Missing { folder: name_of_open(connection), uid });
            }
        }
        Ok(())
    }

    async fn record_waiting(&mut self) -> Result<(), ImapError> {
        let Some(messages) = self.waiting.take() else { return Ok(()) };
        let Some(last_uid) = messages.last().map(|message| message.uid) else { return Ok(()) };
        let next = Cursor { last_uid, ..self.cursor };
        self.sink.record(messages, next).await?;
        self.cursor = next;
        Ok(())
    }
}

/// Fetches a batch up to the first message that is there and does not come; its UID is given too.
async fn fetch_whole(
    connection: &mut Connection,
    batch: &Batch,
) -> Result<(Vec<Fetched>, Option<u32>), ImapError> {
    let fetched = connection.fetch_batch(batch).await;
    let mut got = fetched.map_err(|error| blamed(connection, batch.alone(), error))?;
    let stuck = settle(connection, &mut got).await?;
    got.messages.retain(|message| stuck.is_none_or(|uid| message.uid < uid));
    Ok((got.messages, stuck))
}

/// Says which message a failure to fetch belongs to, when only one was asked for.
fn blamed(connection: &Connection, alone: Option<u32>, error: ImapError) -> ImapError {
    match alone {
        Some(uid) => {
            let folder = name_of_open(connection);
            ImapError::Unfetchable { folder, uid, why: Box::new(error) }
        }
        None => error,
    }
}

fn name_of_open(connection: &Connection) -> String {
    connection.folder.as_ref().map(|folder| folder.name.clone()).unwrap_or_default()
}

/// Asks again for what did not come. What was removed meanwhile is no loss; the first UID that is there
/// and does not come a second time is given.
async fn settle(connection: &mut Connection, got: &mut Got) -> Result<Option<u32>, ImapError> {
    if got.missing.is_empty() {
        return Ok(None);
    }
    let there = connection.still_there(&got.missing).await?;
    if there.is_empty() {
        return Ok(None);
    }
    let again = connection.fetch(&there).await?;
    got.messages.extend(again.messages);
    got.messages.sort_by_key(|message| message.uid);
    if again.missing.is_empty() {
        return Ok(None);
    }
    Ok(connection.still_there(&again.missing).await?.first().copied())
}

/// The ranges of UIDs to search one after the other. A range grows while little is found in it, because
/// UIDs may lie far apart, and shrinks when much is, because long answers take long to read.
#[derive(Debug)]
struct Windows {
    from: Option<u32>,
    /// The last UID of the folder when it was opened, if it is known.
    last: Option<u32>,
    width: u32,
}

impl Windows {
    const FIRST: u32 = 10_000;
    const WIDEST: u32 = 1 << 24;
    /// Up to so many messages a folder is searched at once.
    const FEW: u32 = 20_000;

    fn new(folder: &Folder, cursor: Cursor) -> Self {
        let last = folder.uid_next.map(|next| next.saturating_sub(1));
        let from = cursor.last_uid.checked_add(1);
        let nothing_new = folder.exists == 0 || from.zip(last).is_some_and(|(a, b)| a > b);
        let width = if folder.exists <= Self::FEW { u32::MAX } else { Self::FIRST };
        Self { from: if nothing_new { None } else { from }, last, width }
    }

    fn next(&mut self) -> Option<(u32, Option<u32>)> {
        let from = self.from?;
        let Some(last) = self.last else {
            self.from = None;
            return Some((from, None));
        };
        let to = from.saturating_add(self.width - 1).min(last);
        self.from = if to < last { to.checked_add(1) } else { None };
        Some((from, Some(to)))
    }

    fn found(&mut self, count: usize) {
        if count < Self::FIRST as usize / 4 {
            self.width = self.width.saturating_mul(2).min(Self::WIDEST);
        } else if count > Self::FEW as usize {
            self.width = (self.width / 4).max(Self::FIRST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(uid_next: Option<u32>, exists: u32) -> Folder {
        Folder { uid_validity: 1, uid_next, exists }
    }

    fn at(last_uid: u32) -> Cursor {
        Cursor { uid_validity: 1, last_uid }
    }

    #[test]
    fn another_uidvalidity_begins_anew() {
        assert_eq!(standing(Some(at(7)), 1), at(7));
        assert_eq!(standing(Some(at(7)), 2), Cursor { uid_validity: 2, last_uid: 0 });
        assert_eq!(standing(None, 1), at(0));
    }

    #[test]
    fn small_folders_are_searched_at_once() {
        let mut windows = Windows::new(&folder(Some(4_000_000_000), 12), at(7));
        assert_eq!(windows.next(), Some((8, Some(3_999_999_999))));
        assert_eq!(windows.next(), None);
        assert_eq!(Windows::new(&folder(Some(8), 12), at(7)).next(), None);
        assert_eq!(Windows::new(&folder(None, 12), at(7)).next(), Some((8, None)));
        assert_eq!(Windows::new(&folder(Some(8), 0), at(0)).next(), None);
        assert_eq!(Windows::new(&folder(None, 1), at(u32::MAX)).next(), None);
    }

    #[test]
    fn windows_cover_every_uid_once() {
        let mut windows = Windows::new(&folder(Some(u32::MAX), 1_000_000), at(0));
        let (mut expected, mut rounds) = (1u32, 0);
        while let Some((from, to)) = windows.next() {
            assert_eq!(from, expected);
            let to = to.unwrap();
            // A million messages lie together at the start, and nothing after them.
            windows.found(if rounds < 40 { 30_000 } else { 0 });
            expected = to + 1;
            rounds += 1;
        }
        assert_eq!(expected, u32::MAX);
        assert!(rounds < 400, "{rounds} rounds");
    }
}
