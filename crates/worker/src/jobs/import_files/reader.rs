//! Rows on their way from the thread that reads a file to the one that hands them in, in batches.

use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use throughline_app::AppError;
use throughline_app::imports::{Batch, RejectedRow, Row, Told};
use tokio::sync::mpsc::{Receiver, Sender};

/// The longest row that is kept of those that are rejected, in characters.
const MAX_RAW: usize = 4_000;
/// A batch is closed early when it holds so many bytes: mails may be large.
const BATCH_BYTES: usize = 32 * 1024 * 1024;

/// How the reading of a file went on.
pub(super) enum Read {
    /// Rows.
    Rows(Batch),
    /// The file cannot be read on, and trying again is useless.
    Unreadable(String),
    /// Its bytes could not be had at the moment.
    Broken(String),
    /// All of it was read. It is said in so many words: a reader that only falls silent has died.
    End,
}

/// What is read next.
pub(super) async fn next(read: &mut Receiver<Read>) -> Result<Read, AppError> {
    let died = || AppError::internal("the reading of the file broke off without a word");
    read.recv().await.ok_or_else(died)
}

/// Takes rows from whoever reads a file.
pub(super) struct Reader<'a> {
    told: &'a AtomicU64,
    skip: u64,
    size: usize,
    sender: &'a Sender<Read>,
    batch: Batch,
    batch_bytes: usize,
    seen: u64,
}

impl<'a> Reader<'a> {
    /// One that passes over so many rows and hands in batches of `size`; `told` is how many bytes were read.
    pub fn new(told: &'a AtomicU64, skip: u64, size: usize, sender: &'a Sender<Read>) -> Self {
        let batch = Batch { behind: skip, ..Batch::default() };
        Self { told, skip, size, sender, batch, batch_bytes: 0, seen: 0 }
    }

    /// The next row of the file, with its place there. Breaks off when nobody listens any more.
    pub fn row(
        &mut self,
        place: u64,
        line: u64,
        told: Result<Told, RejectedRow>,
    ) -> ControlFlow<()> {
        self.seen += 1;
        if self.seen <= self.skip {
            return ControlFlow::Continue(());
        }
        let bytes = match &told {
            Ok(Told::Mail(mail)) => mail.bytes.len(),
            _ => 0,
        };
        // Mails may be large: one that is goes into a batch of its own.
        if self.batch_bytes > 0 && self.batch_bytes + bytes > BATCH_BYTES {
            self.send(self.seen - 1)?;
        }
        self.batch_bytes += bytes;
        self.batch.rows.push(Row { place, line, told });
        if self.batch.rows.len() < self.size && self.batch_bytes < BATCH_BYTES {
            return ControlFlow::Continue(());
        }
        self.send(self.seen)
    }

    /// Sends the batch as it is; the next one begins behind so many rows.
    fn send(&mut self, behind: u64) -> ControlFlow<()> {
        self.batch.bytes = self.told.load(Ordering::Relaxed);
        self.batch_bytes = 0;
        let next = Batch { behind, ..Batch::default() };
        let full = std::mem::replace(&mut self.batch, next);
        match self.sender.blocking_send(Read::Rows(full)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }

    /// Which row comes next, from 1.
    pub fn next_place(&self) -> u64 {
        self.seen + 1
    }

    /// The end of the file; `empty` says what is wrong with one that has no row.
    pub fn end(&mut self, empty: &str) {
        if self.seen == 0 {
            let _ = self.sender.blocking_send(Read::Unreadable(empty.to_owned()));
            return;
        }
        if self.send(self.seen).is_continue() {
            let _ = self.sender.blocking_send(Read::End);
        }
    }

    /// The file cannot be read on. What was read before that is not lost.
    pub fn trouble(&mut self, error: &io::Error) {
        if !self.batch.rows.is_empty() && self.send(self.seen).is_break() {
            return;
        }
        let _ = self.sender.blocking_send(match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                Read::Unreadable(error.to_string())
            }
            _ => Read::Broken(error.to_string()),
        });
    }
}

/// The beginning of a row, to be shown.
pub(super) fn cut(raw: &str) -> String {
    raw.chars().take(MAX_RAW).collect()
}

/// Tells how many bytes were read through it.
pub(super) struct Counted<R> {
    pub inner: R,
    pub told: Arc<AtomicU64>,
}

impl<R: io::Read> io::Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.told.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use throughline_app::imports::FoundMail;
    use tokio::sync::mpsc::channel;

    use super::*;

    /// What is sent of so many rows in batches of two, `how` being how it ends.
    fn sent(rows: u64, how: impl FnOnce(&mut Reader<'_>)) -> Vec<String> {
        let (sender, mut read) = channel(16);
        let told = AtomicU64::new(0);
        let mut reader = Reader::new(&told, 0, 2, &sender);
        for place in 1..=rows {
            let (reason, raw) = (String::new(), String::new());
            let row = RejectedRow { place, line: place, reason, raw };
            assert!(reader.row(place, place, Err(row)).is_continue());
        }
        how(&mut reader);
        drop(sender);
        let mut all = Vec::new();
        while let Some(next) = read.blocking_recv() {
            all.push(match next {
                Read::Rows(batch) => format!("{} behind {}", batch.rows.len(), batch.behind),
                Read::Unreadable(why) => format!("unreadable: {why}"),
                Read::Broken(why) => format!("broken: {why}"),
                Read::End => "end".to_owned(),
            });
        }
        all
    }

    #[test]
    fn what_is_readable_before_a_damaged_place_is_sent() {
        let damaged = io::Error::new(io::ErrorKind::InvalidData, "damaged");
        let all = sent(3, |reader| reader.trouble(&damaged));
        assert_eq!(all, ["2 behind 0", "1 behind 2", "unreadable: damaged"]);
        let gone = io::Error::other("gone");
        assert_eq!(sent(1, |reader| reader.trouble(&gone)), ["1 behind 0", "broken: gone"]);
        assert_eq!(sent(0, |reader| reader.trouble(&gone)), ["broken: gone"]);
    }

    #[test]
    fn the_end_is_said() {
        assert_eq!(sent(3, |reader| reader.end("")), ["2 behind 0", "1 behind 2", "end"]);
        assert_eq!(sent(0, |reader| reader.end("no row")), ["unreadable: no row"]);
    }

    #[tokio::test]
    async fn a_reader_that_falls_silent_is_no_end() {
        let (sender, mut read) = channel(1);
        let died = std::thread::spawn(move || {
            let _sender = sender;
            panic!("as a reader might");
        });
        assert!(died.join().is_err());
        assert!(next(&mut read).await.is_err());
    }

    #[test]
    fn a_large_mail_is_not_put_to_others() {
        let (sender, mut read) = channel(16);
        let told = AtomicU64::new(0);
        let mut reader = Reader::new(&told, 0, 200, &sender);
        for length in [1, BATCH_BYTES, 1, 1] {
            let place = reader.next_place();
            let mail = FoundMail { external_id: String::new(), bytes: vec![0; length] };
            assert!(reader.row(place, place, Ok(Told::Mail(mail))).is_continue());
        }
        reader.end("");
        drop(sender);
        let mut batches = Vec::new();
        while let Some(Read::Rows(batch)) = read.blocking_recv() {
            batches.push((batch.behind, batch.rows.len()));
        }
        assert_eq!(batches, [(0, 1), (1, 1), (2, 2)]);
    }
}
