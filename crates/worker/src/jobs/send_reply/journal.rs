//! What servers took and the database does not know yet.
//!
//! Between a server's "taken" and our next commit a process that dies would send once more. So what was
//! taken is written into a file first, which takes microseconds and outlives the process; whoever finds
//! it there notes it and sends nothing. It is not forced onto the disk: the commit that follows is, and
//! a machine that loses power in between may send a mail twice. Outcomes that could not be written yet
//! are kept here in memory too.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use throughline_core::id::ItemId;
use throughline_core::outgoing::Attempt;
use throughline_core::time::Instant;

use super::ways::lock;

/// A file that holds nothing of use any more is emptied from this size on, in bytes.
const EMPTIED_FROM: u64 = 64 * 1024;

/// What came of a try, and when that began: the same mail may be sent anew by somebody's wish later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remembered {
    /// When the try began; nothing when it never did.
    pub since: Option<Instant>,
    /// What came of it.
    pub attempt: Attempt,
}

/// See the module.
#[derive(Default)]
pub(super) struct Journal {
    file: Option<Mutex<File>>,
    known: Mutex<HashMap<ItemId, Remembered>>,
}

/// A line of the file.
#[derive(Serialize, Deserialize)]
struct Line {
    item: ItemId,
    /// In microseconds.
    since: i64,
    /// Absent when the database knows by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attempt: Option<Attempt>,
}

impl Journal {
    /// Reads a file, made when it is missing. A line that was not finished is passed over: its mail was
    /// not noted as taken then.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
        let mut known = HashMap::new();
        for line in BufReader::new(&file).split(b'\n') {
            let Ok(Line { item, since, attempt }) = serde_json::from_slice(&line?) else {
                continue;
            };
            let since = Some(Instant::from_micros(since));
            match attempt {
                Some(attempt) => known.insert(item, Remembered { since, attempt }),
                None => known.remove(&item),
            };
        }
        if known.is_empty() && file.metadata()?.len() > EMPTIED_FROM {
            file.set_len(0)?;
        }
        // Ends what a process that died in the middle of a line left.
        file.write_all(b"\n")?;
        Ok(Self { file: Some(Mutex::new(file)), known: Mutex::new(known) })
    }

    /// Notes at once that a server took a mail.
    pub fn taken(&self, item: ItemId, since: Instant, attempt: &Attempt) {
        if matches!(attempt, Attempt::Taken(_) | Attempt::Partly { .. }) {
            self.write(&Line { item, since: since.as_micros(), attempt: Some(attempt.clone()) });
        }
    }

    /// Keeps an outcome that could not be written into the database.
    pub fn keep(&self, item: ItemId, remembered: Remembered) {
        lock(&self.known).insert(item, remembered);
    }

    /// What is remembered of a mail. It is forgotten here, not in the file.
    pub fn recall(&self, item: ItemId) -> Option<Remembered> {
        lock(&self.known).remove(&item)
    }

    /// Notes that the database knows what came of a try.
    pub fn settled(&self, item: ItemId, since: Instant) {
        self.write(&Line { item, since: since.as_micros(), attempt: None });
    }

    /// A journal that cannot be written is told, and costs no more than its purpose.
    fn write(&self, line: &Line) {
        let Some(file) = &self.file else { return };
        let written = serde_json::to_vec(line).map_err(io::Error::from).and_then(|mut bytes| {
            bytes.push(b'\n');
            lock(file).write_all(&bytes)
        });
        if let Err(error) = written {
            tracing::warn!(%error, "the journal of sent mails cannot be written");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken() -> Attempt {
        Attempt::Taken(vec!["a@x.example".to_owned()])
    }

    #[test]
    fn what_was_taken_is_known_after_a_death_until_it_is_settled() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (first, second) = (ItemId::from(1), ItemId::from(2));
        let since = Instant::from_micros(7);
        let journal = Journal::open(&path).unwrap();
        journal.taken(first, since, &taken());
        journal.taken(second, since, &Attempt::Later("not this one".into()));
        drop(journal);
        std::fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .and_then(|mut file| file.write_all(b"{\"item\":"))
            .unwrap();
        let journal = Journal::open(&path).unwrap();
        let known = journal.recall(first).unwrap();
        assert_eq!(known, Remembered { since: Some(since), attempt: taken() });
        assert_eq!(journal.recall(second), None, "only what was taken is written");
        journal.settled(first, since);
        assert_eq!(Journal::open(&path).unwrap().recall(first), None);
    }

    #[test]
    fn a_large_file_that_holds_nothing_of_use_is_emptied() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let journal = Journal::open(&path).unwrap();
        for number in 0..2_000 {
            journal.taken(ItemId::from(number), Instant::from_micros(1), &taken());
            journal.settled(ItemId::from(number), Instant::from_micros(1));
        }
        assert!(std::fs::metadata(&path).unwrap().len() > EMPTIED_FROM);
        drop(Journal::open(&path).unwrap());
        assert!(std::fs::metadata(&path).unwrap().len() <= 1);
    }
}
