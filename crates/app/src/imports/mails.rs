//! Mails of a file: recorded like any mail that arrives, and marked with the import that brought them. What
//! becomes of each is told by the ledger.

use std::collections::HashSet;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use throughline_core::actor::Actor;
use throughline_core::delivery::Delivery;
use throughline_core::id::{ImportId, InboxId};
use throughline_core::import::{Import, ImportCounts};
use throughline_core::inbound::RawDelivery;
use throughline_core::time::Instant;
use throughline_store::{Conn, deliveries as ledger, imports as store};

use super::work::FoundMail;
use crate::deliveries::{BLOB_WRITES, insert, put_blob};
use crate::{App, AppError};

/// Keeps the bytes of mails; the rows of the ledger that will name them are not written yet.
pub(super) async fn stored(
    app: &App,
    import: ImportId,
    mails: Vec<FoundMail>,
) -> Result<Vec<Delivery>, AppError> {
    if mails.is_empty() {
        return Ok(Vec::new());
    }
    let find = move |conn: &mut Conn| store::get(conn, &Actor::system(), import);
    let found = app.store().lookup(find).await?;
    let Some(inbox) = found.and_then(|import| import.inbox) else { return Ok(Vec::new()) };
    let row = |mail: FoundMail| async move {
        let FoundMail { external_id, bytes } = mail;
        let raw = RawDelivery { inbox, external_id, bytes, received_at: app.now() };
        let row = put_blob(app, raw).await?;
        Ok::<_, AppError>(Delivery { import: Some(import), ..row })
    };
    stream::iter(mails).map(row).buffered(BLOB_WRITES).try_collect().await
}

/// Adds mails to the ledger, and enqueues their processing.
pub(super) fn record(
    app: &App,
    conn: &mut Conn,
    import: &Import,
    mails: Vec<Delivery>,
    counts: &mut ImportCounts,
    now: Instant,
) -> Result<(), AppError> {
    debug_assert!(mails.iter().all(|mail| Some(mail.inbox) == import.inbox));
    for recorded in insert(app, conn, mails, now)? {
        let counted = if recorded.fresh { &mut counts.mails_new } else { &mut counts.mails_known };
        *counted += 1;
    }
    Ok(())
}

/// A dry run over mails.
#[derive(Debug, Default)]
pub(super) struct Counting {
    /// What was counted.
    pub counts: ImportCounts,
    seen: HashSet<blake3::Hash>,
}

impl Counting {
    /// Counts mails.
    pub fn rows(
        &mut self,
        conn: &mut Conn,
        inbox: InboxId,
        mails: &[FoundMail],
    ) -> Result<(), AppError> {
        let names: Vec<String> = mails.iter().map(|mail| mail.external_id.clone()).collect();
        let known = ledger::by_external_ids(conn, inbox, &names)?;
        for name in names {
            let first = self.seen.insert(blake3::hash(name.as_bytes()));
            let is_new = first && !known.contains_key(&name);
            self.counts.mails_new += u64::from(is_new);
            self.counts.mails_known += u64::from(!is_new);
        }
        Ok(())
    }
}
