//! What the worker does with an import: it hands in rows, a bounded batch at a time, each batch in one
//! transaction that moves the place up to which the file was read. So who dies in between is followed by
//! another who goes on there, and nothing comes twice.

use throughline_core::actor::Actor;
use throughline_core::call::Leg;
use throughline_core::id::PhoneImportId;
use throughline_core::phone_import::{ImportCounts, ImportState, PhoneImport, RejectedRow};
use throughline_store::{Conn, phone_imports as store};

use super::counting::Counting;
use super::place;
use crate::{App, AppError};

/// One row of a file.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its place among the rows of the file, from 1.
    pub place: u64,
    /// The line of the file on which it begins, from 1.
    pub line: u64,
    /// The legs that it tells of, or why it cannot be read.
    pub legs: Result<Vec<Leg>, RejectedRow>,
}

/// Rows that were read together, in the order of the file.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// How many rows of the file came before these.
    pub behind: u64,
    /// The rows.
    pub rows: Vec<Row>,
    /// Bytes of the file that were read up to the end of these rows.
    pub bytes: u64,
}

/// Whether there is more to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Going {
    /// Hand in the next rows.
    On,
    /// Somebody stopped it, or another worker has it: hand in nothing more.
    Stopped,
}

/// An import that a worker is to work on; `None` when there is nothing to do any more.
pub async fn in_hand(app: &App, id: PhoneImportId) -> Result<Option<PhoneImport>, AppError> {
    let read = move |conn: &mut Conn| store::get(conn, &Actor::system(), id);
    let found = app.store().lookup(read).await?;
    Ok(found.filter(|import| import.state.is_working() && !import.blob.is_empty()))
}

/// Reads rows in. Repeating a batch changes nothing.
pub async fn take(app: &App, id: PhoneImportId, batch: Batch) -> Result<Going, AppError> {
    let (app2, now) = (app.clone(), app.now());
    let write = move |conn: &mut Conn| {
        let Some(mut import) = held(conn, id, ImportState::Running)? else {
            return Ok(Going::Stopped);
        };
        if import.counts.rows != batch.behind {
            return Ok(Going::Stopped);
        }
        let (rows, bytes) = (batch.rows.len() as u64, batch.bytes);
        let (mut legs, mut rejected) = (Vec::new(), Vec::new());
        for Row { place, line, legs: told } in batch.rows {
            match told {
                Ok(told) => legs.extend(told.into_iter().map(|leg| ((place, line), leg))),
                Err(row) => rejected.push(row),
            }
        }
        let mut counts = import.counts;
        rejected.extend(place::legs(&app2, conn, &import, legs, &mut counts, now)?);
        counts.rejected += rejected.len() as u64;
        store::reject(conn, id, &rejected)?;
        (counts.rows, counts.bytes) = (counts.rows + rows, bytes);
        import.counts = counts;
        import.version += 1;
        store::update(conn, &import)?;
        Ok::<_, AppError>(Going::On)
    };
    app.store().write(write).await
}

fn held(
    conn: &mut Conn,
    id: PhoneImportId,
    state: ImportState,
) -> Result<Option<PhoneImport>, AppError> {
    let import = store::hold(conn, &Actor::system(), id)?;
    Ok(import.filter(|import| import.state == state))
}

/// A dry run. It remembers of each call and number of the file that it came before, by a hash, and writes
/// nothing but how far it is.
pub struct Checking {
    app: App,
    import: PhoneImport,
    counting: Option<Box<Counting>>,
}

impl Checking {
    /// Begins one.
    pub fn new(app: App, import: PhoneImport) -> Self {
        Self { app, import, counting: Some(Box::default()) }
    }

    /// Counts what would become of rows.
    pub async fn take(&mut self, batch: Batch) -> Result<Going, AppError> {
        let mut counting = self.counting.take().unwrap_or_default();
        let inbox = self.import.inbox;
        let look = move |conn: &mut Conn| {
            counting.rows(conn, inbox, batch)?;
            Ok::<_, AppError>(counting)
        };
        let counting = self.app.store().read(look).await?;
        let counts = counting.counts;
        self.counting = Some(counting);
        self.note(counts).await
    }

    async fn note(&self, counts: ImportCounts) -> Result<Going, AppError> {
        let id = self.import.id;
        let write = move |conn: &mut Conn| {
            let Some(mut import) = held(conn, id, ImportState::Checking)? else {
                return Ok(Going::Stopped);
            };
            import.checked = Some(counts);
            import.version += 1;
            store::update(conn, &import)?;
            Ok::<_, AppError>(Going::On)
        };
        self.app.store().write(write).await
    }
}

/// Notes that all of the file was read.
pub async fn finish(app: &App, id: PhoneImportId) -> Result<(), AppError> {
    over(app, id, None).await
}

/// Notes that the file cannot be read on, and why.
pub async fn fail(app: &App, id: PhoneImportId, reason: String) -> Result<(), AppError> {
    over(app, id, Some(reason)).await
}

async fn over(app: &App, id: PhoneImportId, reason: Option<String>) -> Result<(), AppError> {
    let now = app.now();
    let write = move |conn: &mut Conn| {
        let import = store::hold(conn, &Actor::system(), id)?;
        let Some(mut import) = import.filter(|import| import.state.is_working()) else {
            return Ok(());
        };
        let checking = import.state == ImportState::Checking;
        import.state = match (&reason, checking) {
            (_, true) => ImportState::Uploaded,
            (Some(_), false) => ImportState::Failed,
            (None, false) => ImportState::Done,
        };
        if checking && reason.is_some() {
            import.checked = None;
        }
        import.finished_at = import.state.is_over().then_some(now);
        import.reason = reason.map(|reason| reason.replace('\0', ""));
        import.version += 1;
        Ok::<_, AppError>(store::update(conn, &import)?)
    };
    app.store().write(write).await
}
