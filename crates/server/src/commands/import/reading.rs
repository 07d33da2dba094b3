//! Reading the files on a thread of its own, a few mails ahead of their recording.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use throughline_ingest::files::{FoundMail, Skipped, visit};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// How many mails are read ahead. They may be large, so few.
const AHEAD: usize = 8;

/// Something that was looked at.
#[derive(Debug)]
pub struct Looked {
    /// The file.
    pub path: PathBuf,
    /// How many of its bytes were read for this; the sum over a run is the size of all files.
    pub read: u64,
    /// What was found.
    pub what: What,
}

/// What was found.
#[derive(Debug)]
pub enum What {
    /// A mail.
    Mail(FoundMail),
    /// Something that is no mail, or one too long.
    Skipped(Skipped),
    /// A file that could not be read.
    Unreadable(String),
    /// Nothing further: the file is done.
    End,
}

/// Starts reading. The thread ends with the last file, or when the receiver is dropped.
pub fn start(files: Vec<PathBuf>) -> Receiver<Looked> {
    let (sender, receiver) = channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        for path in files {
            if read_file(&path, &sender).is_none() {
                return;
            }
        }
    });
    receiver
}

/// Sends all that is in one file; `None` when nobody listens any more.
fn read_file(path: &Path, sender: &Sender<Looked>) -> Option<()> {
    let size = std::fs::metadata(path).map(|meta| meta.len()).unwrap_or_default();
    let mut told = 0;
    let mut send = |read: u64, what: What| {
        let read = read.min(size - told);
        told += read;
        sender.blocking_send(Looked { path: path.to_path_buf(), read, what }).ok()
    };
    let mut listens = true;
    let mut told = |found: Result<FoundMail, Skipped>| {
        let sent = match found {
            Ok(mail) => send(mail.bytes.len() as u64, What::Mail(mail)),
            Err(skipped) => send(0, What::Skipped(skipped)),
        };
        listens = sent.is_some();
        if listens { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let read = File::open(path).and_then(|file| visit(file, &mut told));
    if !listens {
        return None;
    }
    if let Err(error) = read {
        send(0, What::Unreadable(error.to_string()))?;
    }
    send(size, What::End)
}
