//! Rows on their way from the thread that reads a file to the one that hands them in, in batches.

use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use throughline_app::imports::{Batch, RejectedRow, Row, Told};
use tokio::sync::mpsc::Sender;

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
        if let Ok(Told::Mail(mail)) = &told {
            self.batch_bytes += mail.bytes.len();
        }
        self.batch.rows.push(Row { place, line, told });
        if self.batch.rows.len() < self.size && self.batch_bytes < BATCH_BYTES {
            return ControlFlow::Continue(());
        }
        self.batch.bytes = self.told.load(Ordering::Relaxed);
        self.batch_bytes = 0;
        let next = Batch { behind: self.seen, ..Batch::default() };
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
        let mut batch = std::mem::take(&mut self.batch);
        batch.bytes = self.told.load(Ordering::Relaxed);
        let _ = self.sender.blocking_send(Read::Rows(batch));
    }

    /// The file cannot be read on.
    pub fn trouble(&mut self, error: &io::Error) {
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
