//! Reads the files of imports: on a thread of its own, a few batches ahead of what is written. What becomes
//! of the rows is decided in `app::imports`, which also knows up to where a file was read; a worker that takes
//! over reads the file from its beginning, since a row may belong to one before it, and hands in what is
//! behind that place. How a file of each kind is read is in the modules below.

mod calls;
mod contacts;
mod mails;
mod reader;

use std::io::BufReader;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use async_trait::async_trait;
use serde::Deserialize;
use throughline_app::imports::{
    self, Batch, Checking, Going, Import, ImportKind, ImportState, Run, Told,
};
use throughline_app::jobs::{IMPORT_CALLS, IMPORT_CONTACTS, IMPORT_MAIL};
use throughline_app::{App, AppError};
use throughline_core::id::ImportId;
use tokio::sync::mpsc::{Receiver, channel};
use tokio_util::sync::CancellationToken;

use crate::job::{Context, Job, Payload, Verdict};
use reader::{Counted, Read, Reader, next};

/// Batches that are read ahead; those of mails are large.
const AHEAD: usize = 2;
const AHEAD_OF_MAILS: usize = 1;
/// What is said of rows that collide with what others do.
const COLLIDED: [&str; 2] = ["version_mismatch", "store_unavailable"];
/// How often rows are handed in that collide with what others do.
const TRIES: u32 = 4;
/// How long to wait where something came in between, in seconds.
const PAUSE_SECONDS: i64 = 15;
/// What the reader asks of the blob store at once.
const BUFFER: usize = 256 * 1024;

/// The jobs that read files of one kind in. Each kind is registered by itself, so that none holds up another.
#[derive(Debug, Clone, Copy)]
pub struct ImportFiles {
    /// What the files hold.
    pub kind: ImportKind,
    /// Rows read in with one transaction. On SQLite all others who write wait for it, so few.
    pub batch: usize,
}

impl ImportFiles {
    /// Those of a kind.
    pub fn of(kind: ImportKind) -> Self {
        Self { kind, batch: 200 }
    }
}

#[derive(Deserialize)]
struct Arguments {
    import: ImportId,
}

/// How work on an import ended.
enum Ended {
    /// There is nothing left to do for this worker.
    Done,
    /// The worker stops.
    Stopped,
}

#[async_trait]
impl Job for ImportFiles {
    fn kinds(&self) -> &'static [&'static str] {
        match self.kind {
            ImportKind::Calls => &[IMPORT_CALLS],
            ImportKind::Contacts => &[IMPORT_CONTACTS],
            ImportKind::Mail => &[IMPORT_MAIL],
        }
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

impl ImportFiles {
    async fn verdict(&self, context: &Context, id: ImportId) -> Verdict {
        let mut progress = false;
        let ended = self.import(&context.app, &context.stop, id, &mut progress).await;
        let error = match ended {
            Ok(Ended::Done) => return Verdict::Done,
            Ok(Ended::Stopped) => return Verdict::NotBegun,
            Err(error) => error,
        };
        let cause = error.cause.as_deref().map(|cause| format!(" ({cause})"));
        let why = format!("{error}{}", cause.unwrap_or_default());
        match progress {
            // Whoever comes further has not failed, however often something comes in between.
            true => Verdict::Later(context.app.now().plus_seconds(PAUSE_SECONDS), why),
            false => Verdict::Failed(why),
        }
    }

    async fn import(
        &self,
        app: &App,
        stop: &CancellationToken,
        id: ImportId,
        progress: &mut bool,
    ) -> Result<Ended, AppError> {
        let Some(import) = imports::in_hand(app, id).await? else { return Ok(Ended::Done) };
        let run = Run::of(&import);
        let format = match Format::of(app, &import) {
            Ok(format) => format,
            Err(why) => return over(app, run, Some(why)).await,
        };
        let bytes = app.store().blobs().open_reader(&import.blob).await?;
        let skip = if import.state == ImportState::Running { import.counts.rows } else { 0 };
        let ahead = if import.kind == ImportKind::Mail { AHEAD_OF_MAILS } else { AHEAD };
        let (sender, mut read) = channel(ahead);
        let size = self.batch.max(1);
        tokio::task::spawn_blocking(move || {
            let told = Arc::new(AtomicU64::new(0));
            let counted = Counted { inner: bytes, told: Arc::clone(&told) };
            let input = BufReader::with_capacity(BUFFER, counted);
            let mut reader = Reader::new(&told, skip, size, &sender);
            format.read(input, &mut reader);
        });
        match import.state {
            ImportState::Checking => check(app, stop, import, &mut read).await,
            _ => take(app, stop, run, &mut read, progress).await,
        }
    }
}

async fn take(
    app: &App,
    stop: &CancellationToken,
    run: Run,
    read: &mut Receiver<Read>,
    progress: &mut bool,
) -> Result<Ended, AppError> {
    loop {
        let next = next(read).await?;
        if stop.is_cancelled() {
            return Ok(Ended::Stopped);
        }
        match next {
            Read::Rows(batch) => {
                if hand_in(app, run, batch).await? == Going::Stopped {
                    return Ok(Ended::Done);
                }
                *progress = true;
            }
            Read::Unreadable(why) => return over(app, run, Some(why)).await,
            Read::Broken(why) => return Err(AppError::internal(why)),
            Read::End => return over(app, run, None).await,
        }
    }
}

/// Hands in a batch. Customers and calls are changed by others at the same time, so what collides is repeated
/// on the spot; mails collide with nobody, and are too large to be kept for that.
async fn hand_in(app: &App, run: Run, batch: Batch) -> Result<Going, AppError> {
    for _ in 1..TRIES {
        if batch.rows.iter().any(|row| matches!(row.told, Ok(Told::Mail(_)))) {
            break;
        }
        match imports::take(app, run, batch.clone()).await {
            Err(error) if COLLIDED.contains(&error.code) => {
                tracing::debug!(%error, import.id = %run.import, "rows are handed in once more");
            }
            taken => return taken,
        }
    }
    imports::take(app, run, batch).await
}

async fn check(
    app: &App,
    stop: &CancellationToken,
    import: Import,
    read: &mut Receiver<Read>,
) -> Result<Ended, AppError> {
    let run = Run::of(&import);
    let mut checking = Checking::new(app.clone(), import);
    loop {
        let next = next(read).await?;
        if stop.is_cancelled() {
            return Ok(Ended::Stopped);
        }
        match next {
            Read::Rows(batch) => {
                if checking.take(batch).await? == Going::Stopped {
                    return Ok(Ended::Done);
                }
            }
            Read::Unreadable(why) => return over(app, run, Some(why)).await,
            Read::Broken(why) => return Err(AppError::internal(why)),
            Read::End => return over(app, run, None).await,
        }
    }
}

async fn over(app: &App, run: Run, why: Option<String>) -> Result<Ended, AppError> {
    match why {
        Some(why) => imports::fail(app, run, why).await?,
        None => imports::finish(app, run).await?,
    }
    Ok(Ended::Done)
}

/// How the file of an import is read.
enum Format {
    Calls(Box<throughline_ingest::phone::Source>),
    Contacts(Box<throughline_ingest::contacts::Source>),
    Mails,
}

impl Format {
    /// By what was said of it; or why it cannot be read like that.
    fn of(app: &App, import: &Import) -> Result<Self, String> {
        let json = import.source.clone().unwrap_or_default();
        match import.kind {
            ImportKind::Calls => calls::source(json).map(|source| Self::Calls(Box::new(source))),
            ImportKind::Contacts => {
                let source = contacts::source(json, app.default_region());
                source.map(|source| Self::Contacts(Box::new(source)))
            }
            ImportKind::Mail => Ok(Self::Mails),
        }
    }

    /// Reads the file to its end, unless nobody listens any more.
    fn read(&self, input: impl std::io::Read, reader: &mut Reader<'_>) {
        match self {
            Self::Calls(source) => calls::read(input, source, reader),
            Self::Contacts(source) => contacts::read(input, source, reader),
            Self::Mails => mails::read(input, reader),
        }
    }
}
