//! Reading the files on a thread of its own, a few mails ahead of their recording.

use std::path::{Path, PathBuf};

use throughline_ingest::files::{FoundMail, Skipped, mails_in};
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
    let mails = match mails_in(path) {
        Ok(mails) => mails,
        Err(error) => {
            send(0, What::Unreadable(error.to_string()))?;
            return send(size, What::End);
        }
    };
    for found in mails {
        match found {
            Ok(Ok(mail)) => send(mail.bytes.len() as u64, What::Mail(mail))?,
            Ok(Err(skipped)) => send(0, What::Skipped(skipped))?,
            Err(error) => send(0, What::Unreadable(error.to_string()))?,
        }
    }
    send(size, What::End)
}
