//! Reads a phone log: on a thread of its own, a few batches ahead of what is written. What becomes of the
//! rows is decided in `app::phone`, which also knows up to where the file was read; a worker that takes
//! over reads the file from its beginning, since a row may belong to one before it, and hands in what is
//! behind that place.

use std::io::BufReader;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use serde::Deserialize;
use throughline_app::phone::{self, Batch, Checking, Going, ImportState, PhoneImport, Row};
use throughline_app::{App, AppError};
use throughline_core::id::PhoneImportId;
use throughline_core::phone_import::RejectedRow;
use throughline_ingest::phone as format;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio_util::sync::CancellationToken;

use crate::job::{Context, Job, Payload, Verdict};

/// Batches that are read ahead.
const AHEAD: usize = 2;
/// What the reader asks of the blob store at once.
const BUFFER: usize = 256 * 1024;
/// The longest row that is kept of those that are rejected, in characters.
const MAX_RAW: usize = 4_000;

/// The job `import_calls`.
#[derive(Debug, Clone, Copy)]
pub struct ImportCalls {
    /// Rows read in with one transaction. On SQLite all others who write wait for it, so few.
    pub batch: usize,
}

impl Default for ImportCalls {
    fn default() -> Self {
        Self { batch: 200 }
    }
}

#[derive(Deserialize)]
struct Arguments {
    import: PhoneImportId,
}

/// How the reading of a file went on.
enum Read {
    /// Rows.
    Rows(Batch),
    /// The file cannot be read on, and trying again is useless.
    Unreadable(String),
    /// Its bytes could not be had at the moment.
    Broken(String),
}

/// How work on an import ended.
enum Ended {
    /// There is nothing left to do for this worker.
    Done,
    /// The worker stops.
    Stopped,
}

#[async_trait]
impl Job for ImportCalls {
    fn kinds(&self) -> &'static [&'static str] {
        &[throughline_app::jobs::IMPORT_CALLS]
    }

    async fn run(&self, context: &Context, jobs: &[Payload]) -> Vec<Verdict> {
        let mut verdicts = Vec::with_capacity(jobs.len());
        for job in jobs {
            verdicts.push(match job.read::<Arguments>() {
                Err(verdict) => verdict,
                Ok(_) if context.stop.is_cancelled() => Verdict::NotBegun,
                Ok(Arguments { import }) => self.verdict(context, import).await,
            });
        }
        verdicts
    }

    /// A long file must not hold up a short one.
    fn side_by_side(&self) -> Option<usize> {
        Some(2)
    }
}

impl ImportCalls {
    async fn verdict(&self, context: &Context, id: PhoneImportId) -> Verdict {
        match self.import(&context.app, &context.stop, id).await {
            Ok(Ended::Done) => Verdict::Done,
            Ok(Ended::Stopped) => Verdict::NotBegun,
            Err(error) => {
                let cause = error.cause.as_deref().map(|cause| format!(" ({cause})"));
                Verdict::Failed(format!("{error}{}", cause.unwrap_or_default()))
            }
        }
    }

    async fn import(
        &self,
        app: &App,
        stop: &CancellationToken,
        id: PhoneImportId,
    ) -> Result<Ended, AppError> {
        let Some(import) = phone::in_hand(app, id).await? else { return Ok(Ended::Done) };
        let source = match source_of(&import) {
            Ok(source) => source,
            Err(why) => return over(app, id, Some(why)).await,
        };
        let bytes = app.store().blobs().open_reader(&import.blob).await?;
        let skip = if import.state == ImportState::Running { import.counts.rows } else { 0 };
        let (sender, mut read) = channel(AHEAD);
        let size = self.batch.max(1);
        tokio::task::spawn_blocking(move || {
            let told = Arc::new(AtomicU64::new(0));
            let counted = Counted { inner: bytes, told: Arc::clone(&told) };
            let input = BufReader::with_capacity(BUFFER, counted);
            read_all(input, &told, &source, skip, size, &sender);
        });
        match import.state {
            ImportState::Checking => check(app, stop, import, &mut read).await,
            _ => take(app, stop, id, &mut read).await,
        }
    }
}

async fn take(
    app: &App,
    stop: &CancellationToken,
    id: PhoneImportId,
    read: &mut Receiver<Read>,
) -> Result<Ended, AppError> {
    while let Some(next) = read.recv().await {
        if stop.is_cancelled() {
            return Ok(Ended::Stopped);
        }
        match next {
            Read::Rows(batch) => {
                if phone::take(app, id, batch).await? == Going::Stopped {
                    return Ok(Ended::Done);
                }
            }
            Read::Unreadable(why) => return over(app, id, Some(why)).await,
            Read::Broken(why) => return Err(AppError::internal(why)),
        }
    }
    over(app, id, None).await
}

async fn check(
    app: &App,
    stop: &CancellationToken,
    import: PhoneImport,
    read: &mut Receiver<Read>,
) -> Result<Ended, AppError> {
    let id = import.id;
    let mut checking = Checking::new(app.clone(), import);
    while let Some(next) = read.recv().await {
        if stop.is_cancelled() {
            return Ok(Ended::Stopped);
        }
        match next {
            Read::Rows(batch) => {
                if checking.take(batch).await? == Going::Stopped {
                    return Ok(Ended::Done);
                }
            }
            Read::Unreadable(why) => return over(app, id, Some(why)).await,
            Read::Broken(why) => return Err(AppError::internal(why)),
        }
    }
    over(app, id, None).await
}

async fn over(app: &App, id: PhoneImportId, why: Option<String>) -> Result<Ended, AppError> {
    match why {
        Some(why) => phone::fail(app, id, why).await?,
        None => phone::finish(app, id).await?,
    }
    Ok(Ended::Done)
}

/// How the file is read, or why it cannot be.
fn source_of(import: &PhoneImport) -> Result<format::Source, String> {
    let json = import.source.clone().unwrap_or_default();
    let settings = serde_json::from_value(json).map_err(|e| format!("source: {e}"))?;
    let all = |wrong: Vec<format::Wrong>| {
        wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    format::Source::new(settings).map_err(all)
}

/// Reads the file to its end, unless nobody listens any more.
fn read_all(
    input: impl std::io::Read,
    told: &AtomicU64,
    source: &format::Source,
    skip: u64,
    size: usize,
    sender: &Sender<Read>,
) {
    let rows = match format::read(input, source) {
        Ok(rows) => rows,
        Err(error) => {
            let _ = sender.blocking_send(trouble(&error));
            return;
        }
    };
    let mut batch = Batch { behind: skip, ..Batch::default() };
    let mut seen = 0;
    for next in rows {
        let row = match next {
            Ok(row) => row,
            Err(error) => {
                let _ = sender.blocking_send(trouble(&error));
                return;
            }
        };
        seen += 1;
        if seen <= skip {
            continue;
        }
        batch.rows.push(handed(row));
        if batch.rows.len() >= size {
            batch.bytes = told.load(Ordering::Relaxed);
            let behind = seen;
            let full = std::mem::replace(&mut batch, Batch { behind, ..Batch::default() });
            if sender.blocking_send(Read::Rows(full)).is_err() {
                return;
            }
        }
    }
    if seen == 0 {
        let format = &source.settings().format;
        let why = format!("the file has no row of the format {format}: look at its preview");
        let _ = sender.blocking_send(Read::Unreadable(why));
        return;
    }
    batch.bytes = told.load(Ordering::Relaxed);
    let _ = sender.blocking_send(Read::Rows(batch));
}

fn trouble(error: &std::io::Error) -> Read {
    match error.kind() {
        std::io::ErrorKind::InvalidData | std::io::ErrorKind::InvalidInput => {
            Read::Unreadable(error.to_string())
        }
        _ => Read::Broken(error.to_string()),
    }
}

fn handed(row: format::Row) -> Row {
    let format::Row { number: place, line, raw, result } = row;
    let legs = result.map_err(|why| RejectedRow {
        place,
        line,
        reason: why.to_string(),
        raw: raw.chars().take(MAX_RAW).collect(),
    });
    Row { place, line, legs }
}

/// Tells how many bytes were read through it.
struct Counted<R> {
    inner: R,
    told: Arc<AtomicU64>,
}

impl<R: std::io::Read> std::io::Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(into)?;
        self.told.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
