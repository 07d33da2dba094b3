//! What servers took and the database does not know yet.
//!
//! Between a server's "taken" and our next commit a process that dies would send once more. So what was
//! taken is written into a file first, which takes microseconds and outlives the process; whoever finds
//! it there notes it and sends nothing. It is not forced onto the disk: the commit that follows is, and
//! a machine that loses power in between may send a mail twice. Outcomes that could not be written yet
//! are kept here in memory too.

use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use throughline_core::id::ItemId;
use throughline_core::outgoing::Attempt;
use throughline_core::time::Instant;

use super::ways::lock;

/// A file that holds nothing of use any more is emptied from this size on, in bytes. Another process
/// of the same machine may have written a line in that moment: then its mail is sent twice if that
/// process dies in the next one.
const EMPTIED_FROM: u64 = 256 * 1024;

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
    file: Option<Mutex<Page>>,
    known: Mutex<HashMap<ItemId, Remembered>>,
}

/// The file as this process writes it.
struct Page {
    file: File,
    /// Its size in bytes, as far as this process knows.
    size: u64,
    /// Mails that this process noted as taken and not yet as settled. A reply to a chat is noted after each
    /// of its messages, and settled once.
    open: HashSet<ItemId>,
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
    /// Whether the end of the mail is about to be written, and nothing is known of its answer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    ending: bool,
}

impl Journal {
    /// Reads a file, made when it is missing. A line that was not finished is passed over: its mail was
    /// not noted as taken then.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
        let mut known = HashMap::new();
        for line in BufReader::new(&file).split(b'\n') {
            let Ok(Line { item, since, attempt, ending: false }) = serde_json::from_slice(&line?)
            else {
                continue;
            };
            let since = Some(Instant::from_micros(since));
            match attempt {
                Some(attempt) => known.insert(item, Remembered { since, attempt }),
                None => known.remove(&item),
            };
        }
        // Ends what a process that died in the middle of a line left.
        file.write_all(b"\n")?;
        let (size, open) = (file.metadata()?.len(), known.keys().copied().collect());
        let mut page = Page { file, size, open };
        page.empty_when_useless()?;
        Ok(Self { file: Some(Mutex::new(page)), known: Mutex::new(known) })
    }

    /// Notes that the end of a mail is about to be written. A process that dies before the answer leaves it
    /// open whether the mail was taken; it goes again, and here one sees why it may have come twice.
    pub fn ending(&self, item: ItemId, since: Instant) {
        self.write(&Line { item, since: since.as_micros(), attempt: None, ending: true });
    }

    /// Notes at once that a server took a mail.
    pub fn taken(&self, item: ItemId, since: Instant, attempt: &Attempt) {
        if was_taken(attempt) {
            self.write(&Line {
                item,
                since: since.as_micros(),
                attempt: Some(attempt.clone()),
                ending: false,
            });
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

    /// Notes that the database knows what came of a try, or does not want to.
    pub fn settled(&self, item: ItemId, tried: &Remembered) {
        if let Some(since) = tried.since.filter(|_| was_taken(&tried.attempt)) {
            self.write(&Line { item, since: since.as_micros(), attempt: None, ending: false });
        }
    }

    /// A journal that cannot be written is told, and costs no more than its purpose.
    fn write(&self, line: &Line) {
        let Some(page) = &self.file else { return };
        if let Err(error) = lock(page).write(line) {
            tracing::warn!(%error, "the journal of sent mails cannot be written");
        }
    }
}

/// Whether a server took the mail, for somebody at least. Of a try of a chat every end is of use: one that
/// began and of which nothing is known is not tried again.
fn was_taken(attempt: &Attempt) -> bool {
    matches!(attempt, Attempt::Taken(_) | Attempt::Partly { .. } | Attempt::Chat(_))
}

impl Page {
    fn write(&mut self, line: &Line) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        self.file.write_all(&bytes)?;
        self.size += bytes.len() as u64;
        match line.attempt {
            Some(_) => self.open.insert(line.item),
            None => !line.ending && self.open.remove(&line.item),
        };
        self.empty_when_useless()
    }

    fn empty_when_useless(&mut self) -> io::Result<()> {
        if self.open.is_empty() && self.size > EMPTIED_FROM {
            self.file.set_len(0)?;
            self.size = 0;
        }
        Ok(())
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
        journal.settled(first, &known);
        assert_eq!(Journal::open(&path).unwrap().recall(first), None);
    }

    #[test]
    fn a_file_does_not_grow_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let journal = Journal::open(&path).unwrap();
        let size = || std::fs::metadata(&path).unwrap().len();
        let (since, last) = (Instant::from_micros(1), ItemId::from(9_999));
        let tried = Remembered { since: Some(since), attempt: taken() };
        for number in 0..9_999 {
            journal.taken(ItemId::from(number), since, &taken());
            journal.settled(ItemId::from(number), &tried);
        }
        assert!(size() < EMPTIED_FROM + 1_000, "{}", size());
        journal.taken(last, since, &taken());
        (0..9_999).for_each(|_| journal.taken(last, since, &taken()));
        assert!(size() > EMPTIED_FROM, "what is of use stays");
        assert!(Journal::open(&path).unwrap().recall(last).is_some());
    }
}
