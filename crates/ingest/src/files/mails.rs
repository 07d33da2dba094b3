//! The mails in one file: none, one, those of an mbox, or those of the files in an archive.

use std::io::{self, BufReader, Cursor, Read};
use std::ops::ControlFlow;

use super::mbox::{Mbox, Split, is_separator};
use super::zip::{Archive, Bounds, Entry, is_zip};
use super::{HEAD_BYTES, looks};

/// The longest mail that is taken, in bytes; mail servers refuse far less.
pub const MAX_MAIL_BYTES: usize = 100 * 1024 * 1024;

/// A mail as it lies in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundMail {
    /// Its bytes; in an mbox without separator and quoting.
    pub bytes: Vec<u8>,
    /// Its place in an mbox or an archive, from 1; `None` when the file is the mail.
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
    /// Its place in an mbox or an archive; `None` when it is the whole file.
    pub position: Option<usize>,
    /// Why, to follow upon "skipped:".
    pub reason: String,
}

/// What may be told of a file, one thing after the other: a mail, or something that is none.
pub type Told<'a> = dyn FnMut(Result<FoundMail, Skipped>) -> ControlFlow<()> + 'a;

/// How much an archive may unpack to.
const MAX_UNPACKED: Bounds = Bounds { entry: 8 * 1024 * 1024 * 1024, all: 64 * 1024 * 1024 * 1024 };

/// Tells the mails in a file, in their order, with one of them in memory at a time: the file is a mail, an
/// mbox, or an archive of such files. Breaks off when `told` does. An error means that the file cannot be
/// read, or not to its end; what was told before is whole.
pub fn visit(input: impl Read, told: &mut Told<'_>) -> io::Result<ControlFlow<()>> {
    let mut input = input;
    let head = head_of(&mut input)?;
    if !is_zip(&head) {
        return one_file(head, &mut input, None, &mut 0, told);
    }
    let (mut count, mut flow) = (0, ControlFlow::Continue(()));
    let all = BufReader::with_capacity(HEAD_BYTES, Cursor::new(head).chain(input));
    Archive::new(all, MAX_UNPACKED).each(|name, entry| {
        flow = match entry {
            Entry::File(file) => {
                let head = head_of(file)?;
                one_file(head, file, Some(name), &mut count, told)?
            }
            Entry::Refused(why) => {
                count += 1;
                told(Err(Skipped { position: Some(count), reason: format!("{name}: {why}") }))
            }
        };
        Ok(flow.is_continue())
    })?;
    Ok(flow)
}

/// Tells the mails in one file that is no archive; in an archive it has a name, and they have places.
fn one_file(
    head: Vec<u8>,
    rest: &mut dyn Read,
    name: Option<&str>,
    count: &mut usize,
    told: &mut Told<'_>,
) -> io::Result<ControlFlow<()>> {
    let start = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&head);
    if let Err(reason) = looks::check(start) {
        *count += 1;
        let reason = match name {
            Some(name) => format!("{name}: not a mail: {reason}"),
            None => format!("not a mail: {reason}"),
        };
        return Ok(told(Err(Skipped { position: name.map(|_| *count), reason })));
    }
    let is_mbox = looks::lines(start).next().is_some_and(is_separator) && start.contains(&b'\n');
    let mut all = Cursor::new(head).chain(rest);
    if is_mbox {
        for split in Mbox::new(BufReader::with_capacity(HEAD_BYTES, all)) {
            let split = split?;
            *count += 1;
            if told(in_mbox(split, *count)).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        return Ok(ControlFlow::Continue(()));
    }
    let mut bytes = Vec::new();
    (&mut all).take(MAX_MAIL_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    *count += 1;
    let position = name.map(|_| *count);
    let fits = bytes.len() <= MAX_MAIL_BYTES;
    Ok(told(if fits { Ok(FoundMail { bytes, position }) } else { Err(too_long(position)) }))
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

fn head_of(input: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    input.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(bytes: &[u8]) -> Vec<Result<FoundMail, Skipped>> {
        let mut all = Vec::new();
        let mut told = |one| {
            all.push(one);
            ControlFlow::Continue(())
        };
        assert!(visit(bytes, &mut told).unwrap().is_continue());
        all
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
