//! The files of a message that lie with its platform: which of them wait to be fetched, are here, or cannot
//! be had, and what an edit does to them. Fetching them is not done here.

use serde::{Deserialize, Serialize};

use super::Platform;
use crate::id::AttachmentId;
use crate::inbound::{FileAt, RemoteFile};
use crate::time::Instant;

/// The most files that are kept of one message, earlier ones included.
const MAX_FILES: usize = 100;
/// For how long a file is asked for, in seconds.
const GIVE_UP_SECONDS: i64 = 24 * 60 * 60;
/// Waits between two tries in seconds; the last of them from then on. Platforms count those that fail.
const WAITS: [i64; 6] = [15, 60, 300, 900, 3_600, 7_200];
/// What is said of files that came before this program fetched any.
const NEVER_ASKED: &str = "it came before files were fetched; ask for it again";

/// A file of a message that lies, or lay, with its platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentFile {
    /// What the platform says of it.
    #[serde(flatten)]
    pub file: RemoteFile,
    /// Whether it is here.
    #[serde(default)]
    pub state: FileState,
    /// Whether an edit put other files in its place. It stays when it had been fetched by then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replaced: bool,
}

/// Whether a file is here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// It is to be fetched.
    Waiting(Wait),
    /// It is an attachment of the message.
    Fetched(AttachmentId),
    /// It could not be had; says why.
    Failed(String),
    /// It is larger than what is taken, or than what the platform hands out; says which.
    TooLarge(String),
}

impl Default for FileState {
    fn default() -> Self {
        Self::Failed(NEVER_ASKED.to_owned())
    }
}

/// How a file waits to be fetched.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// How often it was tried.
    #[serde(default)]
    pub tries: u32,
    /// When it was first tried, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_tried_at: Option<i64>,
    /// When it is tried next, in microseconds; at once when `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_try_at: Option<i64>,
    /// Why the last try failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}

impl Wait {
    /// What a try makes of it that failed and may be repeated, `after` so many seconds at the least.
    pub fn after_failure(&self, words: String, after: Option<u32>, now: Instant) -> FileState {
        let first = self.first_tried_at.map_or(now, Instant::from_micros);
        let last = first.plus_seconds(GIVE_UP_SECONDS);
        if now >= last {
            return FileState::Failed(words);
        }
        let number = usize::try_from(self.tries).unwrap_or(usize::MAX).min(WAITS.len() - 1);
        let usual = WAITS.get(number).copied().unwrap_or_default();
        let wait = usual.max(after.map_or(0, i64::from)).min(GIVE_UP_SECONDS);
        FileState::Waiting(Self {
            tries: self.tries.saturating_add(1),
            first_tried_at: Some(first.as_micros()),
            next_try_at: Some(now.plus_seconds(wait).min(last).as_micros()),
            words: Some(words),
        })
    }

    fn is_due(&self, now: Instant) -> bool {
        self.next_try_at.is_none_or(|at| at <= now.as_micros())
    }
}

impl SentFile {
    /// One that is to be fetched.
    pub fn new(file: RemoteFile) -> Self {
        Self { file, state: FileState::Waiting(Wait::default()), replaced: false }
    }

    /// The attachment that it became.
    pub fn attachment(&self) -> Option<AttachmentId> {
        match self.state {
            FileState::Fetched(id) => Some(id),
            _ => None,
        }
    }

    /// How it waits, when it does.
    pub fn wait(&self) -> Option<&Wait> {
        match &self.state {
            FileState::Waiting(wait) => Some(wait),
            _ => None,
        }
    }
}

impl Platform {
    /// The files that are to be fetched now, each with its place.
    pub fn due_files(&self, now: Instant) -> Vec<(usize, RemoteFile)> {
        let due = |file: &SentFile| file.wait().is_some_and(|wait| wait.is_due(now));
        let all = self.files.iter().enumerate().filter(|(_, file)| due(file));
        all.map(|(at, file)| (at, file.file.clone())).collect()
    }

    /// When the next file is to be fetched; `None` when none waits.
    pub fn next_file_at(&self, now: Instant) -> Option<Instant> {
        let at = |wait: &Wait| wait.next_try_at.map_or(now, Instant::from_micros);
        self.files.iter().filter_map(SentFile::wait).map(at).min()
    }

    /// The file that was to be fetched from this address, if it still is: an edit may have moved it, and
    /// of two with one address each is fetched by itself.
    pub fn waiting_file(&mut self, place: usize, at: &FileAt) -> Option<&mut SentFile> {
        let waits = |file: &SentFile| file.wait().is_some() && file.file.at == *at;
        let here = self.files.get(place).is_some_and(waits);
        let place = if here { Some(place) } else { self.files.iter().position(waits) };
        place.and_then(|place| self.files.get_mut(place))
    }

    /// The attachments that files became.
    pub fn fetched(&self) -> impl Iterator<Item = AttachmentId> {
        self.files.iter().filter_map(SentFile::attachment)
    }
}

/// Puts other files in the place of those that were there. One that stays the same stays what it is, and
/// what was fetched of the others is kept, as their earlier text is.
pub(super) fn replace(known: &mut Vec<SentFile>, new: &[RemoteFile]) {
    let mut before = std::mem::take(known);
    for file in new {
        let same = before.iter().position(|old| old.file.at == file.at);
        let state = same.map(|place| before.remove(place).state);
        let fresh = SentFile::new(file.clone());
        known.push(SentFile { state: state.unwrap_or(fresh.state.clone()), ..fresh });
    }
    let fetched = before.into_iter().filter(|old| old.attachment().is_some());
    known.extend(fetched.map(|old| SentFile { replaced: true, ..old }));
    known.truncate(MAX_FILES);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(id: &str) -> RemoteFile {
        RemoteFile { at: FileAt::Id(id.into()), name: None, media_type: None, size: None }
    }

    fn fetched(id: &str, attachment: i64) -> SentFile {
        let state = FileState::Fetched(AttachmentId::from(attachment));
        SentFile { state, ..SentFile::new(file(id)) }
    }

    fn at(second: i64) -> Instant {
        Instant::from_micros(second * 1_000_000)
    }

    #[test]
    fn an_edit_keeps_what_stays_and_what_was_fetched() {
        let mut files = vec![fetched("a", 1), SentFile::new(file("b")), fetched("c", 3)];
        replace(&mut files, &[file("d"), file("c")]);
        let shown: Vec<_> = files.iter().map(|f| (f.attachment(), f.replaced)).collect();
        let id = |number| Some(AttachmentId::from(number));
        assert_eq!(shown, [(None, false), (id(3), false), (id(1), true)]);
        replace(&mut files, &[file("a")]);
        assert_eq!(files[0], fetched("a", 1), "it came back");
        assert!(files.iter().all(|file| file.wait().is_none()), "{files:?}");
    }

    #[test]
    fn a_file_is_found_where_it_is_and_only_while_it_waits() {
        let files = vec![SentFile::new(file("a")), SentFile::new(file("a")), fetched("b", 2)];
        let mut platform = Platform { files, ..Platform::default() };
        let a = FileAt::Id("a".into());
        platform.waiting_file(1, &a).unwrap().state = FileState::Failed("no".into());
        assert!(platform.files[0].wait().is_some());
        platform.waiting_file(1, &a).unwrap().state = FileState::Failed("no".into());
        assert!(platform.files[0].wait().is_none());
        assert_eq!(platform.waiting_file(0, &a), None);
        assert_eq!(platform.waiting_file(2, &FileAt::Id("b".into())), None);
    }

    #[test]
    fn it_is_tried_ever_more_slowly_for_a_day() {
        let (mut wait, mut now, mut tries) = (Wait::default(), at(0), 0);
        let words = loop {
            match wait.after_failure("403".into(), None, now) {
                FileState::Waiting(next) => wait = next,
                FileState::Failed(words) => break words,
                other => panic!("{other:?}"),
            }
            (now, tries) = (Instant::from_micros(wait.next_try_at.unwrap()), tries + 1);
        };
        assert_eq!((words.as_str(), now, tries), ("403", at(86_400), 17));
        let asked = Wait::default().after_failure("429".into(), Some(90), at(0));
        assert!(matches!(asked, FileState::Waiting(Wait { next_try_at: Some(90_000_000), .. })));
    }

    #[test]
    fn what_was_stored_before_files_were_fetched_can_be_read() {
        let old = r#"{"at":{"url":"https://a.example/1"},"name":"x.png"}"#;
        let read: SentFile = serde_json::from_str(old).unwrap();
        assert_eq!(read.state, FileState::default());
        for state in [
            FileState::Waiting(Wait { tries: 1, ..Wait::default() }),
            FileState::Fetched(AttachmentId::from(7)),
            FileState::TooLarge("x".into()),
        ] {
            let file = SentFile { state, ..read.clone() };
            let stored = serde_json::to_string(&file).unwrap();
            assert_eq!(serde_json::from_str::<SentFile>(&stored).unwrap(), file, "{stored}");
        }
    }
}
