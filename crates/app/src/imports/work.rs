//! What the worker does with an import: it hands in rows, a bounded batch at a time, each batch in one
//! transaction that moves the place up to which the file was read. So who dies in between is followed by
//! another who goes on there, and nothing comes twice.

use throughline_core::actor::Actor;
use throughline_core::call::Leg;
use throughline_core::contact::Contact;
use throughline_core::id::ImportId;
use throughline_core::import::{Import, ImportKind, ImportState, RejectedRow};
use throughline_core::time::Instant;
use throughline_store::{Conn, imports as store};

use super::contacts::{self, Placed};
use super::mails;
use crate::phone::{self, Place};
use crate::{App, AppError};

/// One row of a file: a line of a table, or a mail.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its place among the rows of the file, from 1.
    pub place: u64,
    /// The line of the file on which it begins, from 1.
    pub line: u64,
    /// What it tells, or why it cannot be read.
    pub told: Result<Told, RejectedRow>,
}

/// What a row tells.
#[derive(Debug, Clone)]
pub enum Told {
    /// Legs of calls.
    Legs(Vec<Leg>),
    /// A person, with the row as it stands in the file.
    Contact(Box<Contact>, String),
    /// A mail.
    Mail(FoundMail),
}

/// A mail as it lies in a file.
#[derive(Debug, Clone)]
pub struct FoundMail {
    /// What names it: its content, whatever file it is found in.
    pub external_id: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
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

/// One reading of a file: which import, and when it was begun or went on. What an earlier reading still has in
/// hand is not taken, since the file may be read in another way by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// The import.
    pub import: ImportId,
    /// When it was begun, or went on.
    pub since: Option<Instant>,
}

impl Run {
    /// The reading of an import that is under way.
    pub fn of(import: &Import) -> Self {
        Self { import: import.id, since: import.started_at }
    }
}

/// How many rejected rows are kept, the first ones; the others are only counted.
pub const MAX_REJECTED: u64 = 10_000;

/// Whether there is more to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Going {
    /// Hand in the next rows.
    On,
    /// Somebody stopped it, or another worker has it: hand in nothing more.
    Stopped,
}

/// An import that a worker is to work on; `None` when there is nothing to do any more.
pub async fn in_hand(app: &App, id: ImportId) -> Result<Option<Import>, AppError> {
    let read = move |conn: &mut Conn| store::get(conn, &Actor::system(), id);
    let found = app.store().lookup(read).await?;
    Ok(found.filter(|import| import.state.is_working() && !import.blob.is_empty()))
}

/// What the rows of a batch tell, apart from those that cannot be read.
#[derive(Default)]
pub(super) struct Sorted {
    pub legs: Vec<(Place, Leg)>,
    pub contacts: Vec<Placed>,
    pub mails: Vec<FoundMail>,
    pub rejected: Vec<RejectedRow>,
}

impl Sorted {
    /// The rows by what they tell.
    pub fn of(rows: Vec<Row>) -> Self {
        let mut sorted = Self::default();
        for Row { place, line, told } in rows {
            match told {
                Ok(Told::Legs(legs)) => {
                    sorted.legs.extend(legs.into_iter().map(|leg| ((place, line), leg)));
                }
                Ok(Told::Contact(contact, raw)) => {
                    sorted.contacts.push(((place, line), raw, *contact));
                }
                Ok(Told::Mail(mail)) => sorted.mails.push(mail),
                Err(row) => sorted.rejected.push(row),
            }
        }
        sorted
    }
}

/// Reads rows in. Repeating a batch changes nothing.
pub async fn take(app: &App, run: Run, batch: Batch) -> Result<Going, AppError> {
    let (app2, now) = (app.clone(), app.now());
    let Batch { behind, rows, bytes } = batch;
    let read = rows.len() as u64;
    let Sorted { legs, contacts, mails, mut rejected } = Sorted::of(rows);
    let mails = mails::stored(app, run.import, mails).await?;
    let write = move |conn: &mut Conn| {
        let Some(mut import) = held(conn, run, ImportState::Running)? else {
            return Ok(Going::Stopped);
        };
        if import.counts.rows != behind {
            return Ok(Going::Stopped);
        }
        let mut counts = import.counts;
        match import.kind {
            ImportKind::Calls => {
                rejected.extend(phone::legs(&app2, conn, &import, legs, &mut counts, now)?);
            }
            ImportKind::Contacts => {
                rejected.extend(contacts::place(&app2, conn, &import, contacts, &mut counts, now)?);
            }
            ImportKind::Mail => mails::record(&app2, conn, &import, mails, &mut counts, now)?,
        }
        let room = MAX_REJECTED.saturating_sub(counts.rejected);
        counts.rejected += rejected.len() as u64;
        rejected.truncate(usize::try_from(room).unwrap_or(usize::MAX));
        store::reject(conn, run.import, &rejected)?;
        (counts.rows, counts.bytes) = (counts.rows + read, bytes);
        import.counts = counts;
        import.version += 1;
        store::update(conn, &import)?;
        Ok::<_, AppError>(Going::On)
    };
    app.store().write(write).await
}

/// An import in a state of this reading, held against others until the end of the transaction.
pub(super) fn held(
    conn: &mut Conn,
    run: Run,
    state: ImportState,
) -> Result<Option<Import>, AppError> {
    let import = store::hold(conn, &Actor::system(), run.import)?;
    Ok(import.filter(|import| import.state == state && Run::of(import) == run))
}

/// Notes that all of the file was read.
pub async fn finish(app: &App, run: Run) -> Result<(), AppError> {
    over(app, run, None).await
}

/// Notes that the file cannot be read on, and why.
pub async fn fail(app: &App, run: Run, reason: String) -> Result<(), AppError> {
    over(app, run, Some(reason)).await
}

async fn over(app: &App, run: Run, reason: Option<String>) -> Result<(), AppError> {
    let now = app.now();
    let write = move |conn: &mut Conn| {
        let import = store::hold(conn, &Actor::system(), run.import)?;
        let import = import.filter(|import| import.state.is_working() && Run::of(import) == run);
        match import {
            Some(import) => end(conn, import, reason, now),
            None => Ok(()),
        }
    };
    app.store().write(write).await
}

/// Ends an import, or a dry run, that is under way and held.
pub(super) fn end(
    conn: &mut Conn,
    mut import: Import,
    reason: Option<String>,
    now: Instant,
) -> Result<(), AppError> {
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
    Ok(store::update(conn, &import)?)
}
