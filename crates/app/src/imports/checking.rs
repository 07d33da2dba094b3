//! A dry run: what would become of the rows of a file.

use throughline_core::id::InboxId;
use throughline_core::import::{Import, ImportCounts, ImportKind, ImportState};
use throughline_store::{Conn, imports as store};

use super::work::{Batch, Going, Run, Sorted, held};
use super::{contacts, mails};
use crate::phone;
use crate::{App, AppError};

/// A dry run. It remembers of what the file named that it came before, by hashes, and writes nothing but how
/// far it is.
pub struct Checking {
    app: App,
    import: Import,
    memory: Option<Box<Memory>>,
}

/// What a dry run remembers.
#[derive(Default)]
struct Memory {
    read: ImportCounts,
    calls: phone::Counting,
    contacts: contacts::Counting,
    mails: mails::Counting,
}

impl Checking {
    /// Begins one.
    pub fn new(app: App, import: Import) -> Self {
        Self { app, import, memory: Some(Box::default()) }
    }

    /// Counts what would become of rows.
    pub async fn take(&mut self, batch: Batch) -> Result<Going, AppError> {
        let mut memory = self.memory.take().unwrap_or_default();
        let import = self.import.clone();
        let look = move |conn: &mut Conn| {
            memory.rows(conn, &import, batch)?;
            Ok::<_, AppError>(memory)
        };
        let memory = self.app.store().read(look).await?;
        let counts = memory.counts(self.import.kind);
        self.memory = Some(memory);
        self.note(counts).await
    }

    async fn note(&self, counts: ImportCounts) -> Result<Going, AppError> {
        let run = Run::of(&self.import);
        let write = move |conn: &mut Conn| {
            let Some(mut import) = held(conn, run, ImportState::Checking)? else {
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

impl Memory {
    fn rows(&mut self, conn: &mut Conn, import: &Import, batch: Batch) -> Result<(), AppError> {
        self.read.rows += batch.rows.len() as u64;
        self.read.bytes = batch.bytes;
        let Sorted { legs, contacts, mails, rejected } = Sorted::of(batch.rows);
        self.read.rejected += rejected.len() as u64;
        match import.kind {
            ImportKind::Calls => {
                let legs = legs.into_iter().map(|(_, leg)| leg);
                self.calls.legs(conn, inbox_of(import)?, legs)
            }
            ImportKind::Contacts => self.contacts.rows(conn, contacts),
            ImportKind::Mail => self.mails.rows(conn, inbox_of(import)?, &mails),
        }
    }

    /// What was counted, with how far it is.
    fn counts(&self, kind: ImportKind) -> ImportCounts {
        let found = match kind {
            ImportKind::Calls => self.calls.counts,
            ImportKind::Contacts => self.contacts.counts,
            ImportKind::Mail => self.mails.counts,
        };
        let ImportCounts { rows, bytes, rejected, .. } = self.read;
        ImportCounts { rows, bytes, rejected: rejected + found.rejected, ..found }
    }
}

/// The inbox of an import that has one.
fn inbox_of(import: &Import) -> Result<InboxId, AppError> {
    import.inbox.ok_or_else(|| AppError::internal("an import without its inbox"))
}
