//! The mails in one file: none, one, or those of an mbox.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use super::mbox::{Mbox, Split, is_separator};
use super::{HEAD_BYTES, looks};

/// The longest mail that is taken, in bytes; mail servers refuse far less.
pub const MAX_MAIL_BYTES: usize = 100 * 1024 * 1024;

/// A mail as it lies in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundMail {
    /// Its bytes; in an mbox without separator and quoting.
    pub bytes: Vec<u8>,
    /// Its place in an mbox, from 1; `None` when the file is the mail.
    pub position: Option<usize>,
}

impl FoundMail {
    /// What names the mail at its source: its content, so that it is taken once however often and
    /// under whatever name it is found.
    pub fn external_id(&self) -> String {
        format!("blake3:{}", blake3::hash(&self.bytes).to_hex())
    }
}

/// Something that was looked at and not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its place in an mbox; `None` when it is the whole file.
    pub position: Option<usize>,
    /// Why, to follow upon "skipped:".
    pub reason: String,
}

/// The mails of one file, in their order.
pub struct Mails(Kind);

enum Kind {
    Single(Option<Result<FoundMail, Skipped>>),
    Mbox(Box<Mbox<BufReader<File>>>, usize),
}

/// Opens a file and finds its mails. An error means that it could not be read at all.
pub fn mails_in(path: &Path) -> io::Result<Mails> {
    let head = head_of(path)?;
    let start = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&head);
    if let Err(reason) = looks::check(start) {
        let reason = format!("not a mail: {reason}");
        return Ok(Mails(Kind::Single(Some(Err(Skipped { position: None, reason })))));
    }
    if looks::lines(start).next().is_some_and(is_separator) && start.contains(&b'\n') {
        let reader = BufReader::with_capacity(HEAD_BYTES, File::open(path)?);
        return Ok(Mails(Kind::Mbox(Box::new(Mbox::new(reader)), 0)));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_MAIL_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    let single = if bytes.len() > MAX_MAIL_BYTES {
        Err(too_long(None))
    } else {
        Ok(FoundMail { bytes, position: None })
    };
    Ok(Mails(Kind::Single(Some(single))))
}

impl Iterator for Mails {
    type Item = io::Result<Result<FoundMail, Skipped>>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Kind::Single(single) => single.take().map(Ok),
            Kind::Mbox(mbox, count) => {
                let split = mbox.next()?;
                *count += 1;
                Some(split.map(|split| in_mbox(split, *count)))
            }
        }
    }
}

fn in_mbox(split: Split, position: usize) -> Result<FoundMail, Skipped> {
    let position = Some(position);
    match split {
        Split::Mail(bytes) => Ok(FoundMail { bytes, position }),
        Split::TooLong(_) => Err(too_long(position)),
    }
}

fn too_long(position: Option<usize>) -> Skipped {
    let reason = format!("longer than {} MB", MAX_MAIL_BYTES / (1024 * 1024));
    Skipped { position, reason }
}

fn head_of(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)?.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn found(bytes: &[u8]) -> Vec<Result<FoundMail, Skipped>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, bytes).unwrap();
        mails_in(&path).unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn a_single_mail_is_taken_as_it_is() {
        let raw = b"\n\nFrom: a@x.example\r\n\r\n>From here\r\n";
        let mails = found(raw);
        assert_eq!(mails, [Ok(FoundMail { bytes: raw.to_vec(), position: None })]);
        let id = mails[0].as_ref().unwrap().external_id();
        assert!(id.starts_with("blake3:") && id.len() == 71);
    }

    #[test]
    fn a_separator_with_one_mail_is_one_mail() {
        let mails = found(b"From a@x Mon Nov  2 09:30:00 2026\nSubject: s\n\ntext\n");
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].as_ref().unwrap().bytes, b"Subject: s\n\ntext\n");
    }

    #[test]
    fn what_is_no_mail_is_skipped_with_its_reason() {
        let skipped = found(b"just text\n");
        assert!(skipped[0].as_ref().unwrap_err().reason.contains("not a mail"));
    }
}
