//! Imports on the wire.

use serde::Serialize;
use serde_json::Value;
use throughline_core::import::{Import, ImportCounts};
use throughline_core::time;
use utoipa::ToSchema;

use crate::wire::{ImportId, ImportKind, ImportState, InboxId, Instant, Wire};

/// A file that was sent here, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportOut {
    /// Its id.
    id: ImportId,
    /// What it holds.
    kind: ImportKind,
    /// The inbox whose calls or mails these are; null for contacts.
    inbox: Option<InboxId>,
    /// The name of the file.
    #[schema(example = "Master.csv")]
    name: String,
    /// The size of the file in bytes.
    #[schema(example = 18244)]
    size: i64,
    /// Whether the file is still here. It is let go of a month after the import was over.
    has_file: bool,
    /// Who brought it: `system`, or the id of an agent or API key.
    #[schema(example = "agt_1h2p9x8gk0009")]
    by: String,
    /// How far it has come.
    state: ImportState,
    /// How the file is read; null until it was said. Mails are read as they are.
    #[schema(value_type = Option<Object>)]
    source: Option<Value>,
    /// What became of its rows up to now.
    counts: ImportCountsOut,
    /// What the last dry run found; null when there was none.
    checked: Option<ImportCountsOut>,
    /// How many seconds are left at the pace up to now; null while that cannot be said.
    #[schema(example = 12)]
    seconds_left: Option<u64>,
    /// Why it failed; null when it did not.
    reason: Option<String>,
    /// When the file came.
    created_at: Instant,
    /// When it was begun, or went on.
    started_at: Option<Instant>,
    /// When it was over.
    finished_at: Option<Instant>,
}

/// The counts on the wire, each named and explained once.
macro_rules! counts {
    ($($(#[$about:meta])+ $count:ident,)+) => {
        /// What became of the rows of a file; of a dry run, what would become of them. A row is a line of a
        /// table or a mail; what does not belong to the kind of import is 0.
        #[derive(Debug, Serialize, ToSchema)]
        pub struct ImportCountsOut {
            $($(#[$about])+ $count: u64,)+
        }

        impl ImportCountsOut {
            fn of(counts: ImportCounts) -> Self {
                let ImportCounts { $($count),+ } = counts;
                Self { $($count),+ }
            }
        }
    };
}

counts! {
    /// Rows that were read.
    #[schema(example = 1000)]
    rows,
    /// Bytes that were read for that.
    #[schema(example = 18244)]
    bytes,
    /// Legs that are new.
    legs_new,
    /// Legs that were known.
    legs_known,
    /// Legs that were known, of which the file says something else.
    legs_changed,
    /// Rows that could not be read.
    rejected,
    /// Calls that are new.
    calls_new,
    /// Calls that got another leg.
    calls_extended,
    /// Among the new calls those that name nobody.
    without_number,
    /// Customers that are new.
    customers_new,
    /// Contacts of customers who were known, and of whom the file says something new.
    customers_changed,
    /// Contacts of customers of whom the file says nothing new.
    customers_known,
    /// Organizations that are new.
    organizations_new,
    /// Mails that are new: what becomes of each is told by the ledger.
    mails_new,
    /// Mails that had come before.
    mails_known,
}

impl ImportOut {
    /// On the wire.
    pub fn of(import: Import, now: time::Instant) -> Self {
        let seconds_left = import.seconds_left(now);
        let Import {
            id,
            kind,
            inbox,
            name,
            blob,
            size,
            actor,
            source,
            state,
            counts,
            checked,
            reason,
            created_at,
            started_at,
            finished_at,
            version: _,
        } = import;
        Self {
            id: id.into(),
            kind: kind.into(),
            inbox: inbox.map(Wire),
            name,
            size,
            has_file: !blob.is_empty(),
            by: actor,
            state: state.into(),
            source,
            counts: ImportCountsOut::of(counts),
            checked: checked.map(ImportCountsOut::of),
            seconds_left,
            reason,
            created_at: created_at.into(),
            started_at: started_at.map(Wire),
            finished_at: finished_at.map(Wire),
        }
    }
}
