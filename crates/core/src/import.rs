//! Imports: a file of calls, of contacts or of mails, how far it was read, and what became of its rows. What
//! a call is stands in `call`, what a contact says in `contact`; how a file is read is none of this crate's
//! business, so `source` is JSON here.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{ImportId, InboxId};
use crate::time::Instant;
use crate::wire::closed_set;

closed_set! {
    /// What a file holds.
    ImportKind, "kind of import" {
        /// Calls: the log of a phone system.
        Calls = 1 "calls",
        /// Contacts: a table of people.
        Contacts = 2 "contacts",
        /// Mails: an mbox, an archive of mails, or a single one.
        Mail = 3 "mail",
    }
}

closed_set! {
    /// How far an import has come.
    ImportState, "import state" {
        /// The file is here; nothing was done with it.
        Uploaded = 1 "uploaded",
        /// A dry run is under way, or about to be.
        Checking = 2 "checking",
        /// It is being read in, or about to be.
        Running = 3 "running",
        /// Somebody stopped it; it can go on where it was.
        Paused = 4 "paused",
        /// All of the file was read.
        Done = 5 "done",
        /// It cannot go on; `reason` says why.
        Failed = 6 "failed",
        /// Somebody ended it. What was read in stays.
        Cancelled = 7 "cancelled",
    }
}

impl ImportState {
    /// Whether a worker has it in hand.
    pub fn is_working(self) -> bool {
        matches!(self, Self::Checking | Self::Running)
    }

    /// Whether nothing more is to be expected of it, unless somebody starts it again.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// What became of the rows of a file; of a dry run, what would become of them. A row is a line of a table
/// or a mail; what does not belong to its kind of import stays zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImportCounts {
    /// Rows that were read. This is also the place from which an import goes on.
    pub rows: u64,
    /// Bytes of the file that were read for that.
    pub bytes: u64,
    /// Rows that tell of a leg nobody knew of.
    pub legs_new: u64,
    /// Rows that tell of a leg as it is known.
    pub legs_known: u64,
    /// Rows that tell of a known leg something else than before.
    pub legs_changed: u64,
    /// Rows that could not be read.
    pub rejected: u64,
    /// Calls that are new.
    pub calls_new: u64,
    /// Calls that were known and got another leg, or say something else now.
    pub calls_extended: u64,
    /// Among the new calls those that name nobody: they are on no timeline.
    pub without_number: u64,
    /// Customers who were made.
    pub customers_new: u64,
    /// Contacts of customers who were known, and of whom the file said something new.
    pub customers_changed: u64,
    /// Contacts of customers of whom the file said nothing new.
    pub customers_known: u64,
    /// Organizations that were made.
    pub organizations_new: u64,
    /// Mails that nobody had brought before.
    pub mails_new: u64,
    /// Mails that had come before.
    pub mails_known: u64,
}

/// A file, and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// What it holds.
    pub kind: ImportKind,
    /// The inbox whose calls or mails these are; contacts belong to none.
    pub inbox: Option<InboxId>,
    /// The name of the file.
    pub name: String,
    /// The name of its blob; empty once the file was let go of.
    pub blob: String,
    /// The size of the file in bytes.
    pub size: i64,
    /// Who brought it, as events name an actor.
    pub actor: String,
    /// How the file is read; not yet said when `None`. Of mails there is nothing to say.
    pub source: Option<Value>,
    /// How far it has come.
    pub state: ImportState,
    /// What became of its rows up to now.
    pub counts: ImportCounts,
    /// What the last dry run found.
    pub checked: Option<ImportCounts>,
    /// Why it failed.
    pub reason: Option<String>,
    /// When the file came.
    pub created_at: Instant,
    /// When it was begun, or went on.
    pub started_at: Option<Instant>,
    /// When it was over.
    pub finished_at: Option<Instant>,
    /// Rises with every change.
    pub version: i64,
}

impl Import {
    /// How many seconds are left at the pace up to now; `None` while that cannot be said.
    pub fn seconds_left(&self, now: Instant) -> Option<u64> {
        let counts = match self.state {
            ImportState::Running => self.counts,
            ImportState::Checking => self.checked?,
            _ => return None,
        };
        let size = u64::try_from(self.size).ok()?;
        let spent = now.as_micros().checked_sub(self.started_at?.as_micros())?;
        let spent = u128::try_from(spent).ok()? / 1_000_000;
        let left = u128::from(size.saturating_sub(counts.bytes));
        let seconds = (left * spent).checked_div(u128::from(counts.bytes))?;
        u64::try_from(seconds).ok()
    }
}

/// A row that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// Its place among the rows of the file, from 1.
    pub place: u64,
    /// The line on which it begins, from 1.
    pub line: u64,
    /// Why, in words that say what to do.
    pub reason: String,
    /// The row as it stands in the file, as far as that is text.
    pub raw: String,
}

/// The first line of the rejected rows as CSV.
pub const REJECTED_HEADER: &str = "row,line,reason,raw\r\n";

impl RejectedRow {
    /// The row as a line of CSV, to be opened in a spreadsheet.
    pub fn csv(&self) -> String {
        let (reason, raw) = (cell(&self.reason), cell(&self.raw));
        format!("{},{},{reason},{raw}\r\n", self.place, self.line)
    }
}

/// A text as a cell. What a spreadsheet would run as a formula gets an apostrophe before it.
fn cell(text: &str) -> String {
    let guarded =
        text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r']);
    let guard = if guarded { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn import(state: ImportState, bytes: u64) -> Import {
        Import {
            id: ImportId::from(1),
            kind: ImportKind::Calls,
            inbox: Some(InboxId::from(2)),
            name: "Master.csv".to_owned(),
            blob: String::new(),
            size: 1_000,
            actor: "system".to_owned(),
            source: None,
            state,
            counts: ImportCounts { bytes, ..ImportCounts::default() },
            checked: None,
            reason: None,
            created_at: Instant::from_micros(0),
            started_at: Some(Instant::from_micros(0)),
            finished_at: None,
            version: 1,
        }
    }

    #[test]
    fn no_cell_is_run_by_a_spreadsheet() {
        let row = |raw: &str| {
            let (reason, raw) = ("no time".to_owned(), raw.to_owned());
            RejectedRow { place: 7, line: 9, reason, raw }.csv()
        };
        assert_eq!(row("=HYPERLINK(\"x\")"), "7,9,\"no time\",\"'=HYPERLINK(\"\"x\"\")\"\r\n");
        for bad in ["+1", "-1", "@a", "\t=1", " =1", "\r=1"] {
            assert!(row(bad).contains(",\"'"), "{bad:?}");
        }
        assert_eq!(row("a,\nb"), "7,9,\"no time\",\"a,\nb\"\r\n");
    }

    #[test]
    fn what_is_left_is_told_by_the_pace_up_to_now() {
        let now = Instant::from_micros(10_000_000);
        assert_eq!(import(ImportState::Running, 250).seconds_left(now), Some(30));
        assert_eq!(import(ImportState::Running, 1_000).seconds_left(now), Some(0));
        assert_eq!(import(ImportState::Running, 0).seconds_left(now), None);
        assert_eq!(import(ImportState::Done, 250).seconds_left(now), None);
        let back = Instant::from_micros(-5_000_000);
        assert_eq!(import(ImportState::Running, 250).seconds_left(back), None, "a clock set back");
    }
}
