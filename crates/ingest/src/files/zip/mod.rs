//! Archives (ZIP), read from their beginning to their end like any other file: what is packed in them, one
//! thing after the other. The list at the end of an archive, which says the same once more, is not needed.
//!
//! Taken are what is stored and what is deflated, which is what programs for everybody write. What is
//! encrypted, or packed in another way, is named and passed over; so is what is not the bytes that were
//! packed. Folders, and what systems put beside files, are not spoken of.

mod content;
mod header;
#[cfg(test)]
mod tests;

use std::io::{self, BufRead, Read};

use content::Content;
use header::{DEFLATED, EMPTY, ENTRY, Header, STORED};

/// Whether a file is an archive, by its first bytes.
pub(super) fn is_zip(head: &[u8]) -> bool {
    head.starts_with(&ENTRY) || head.starts_with(&EMPTY)
}

/// How much an archive may unpack to, in bytes: a few bytes can unpack to more than anybody has room for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// What one entry may.
    pub entry: u64,
    /// What all may together, unless they are packed by less than [`TIMES`].
    pub all: u64,
}

/// How many times as long as it was read an archive may become behind its bound. Mails pack to a fifth.
const TIMES: u64 = 50;

/// The entries of an archive.
pub(super) struct Archive<R> {
    input: R,
    bounds: Bounds,
    packed: u64,
    plain: u64,
}

/// What becomes of an entry.
pub(super) enum Entry<'a> {
    /// A file, to be read.
    File(&'a mut dyn Read),
    /// Something that is not taken, with the reason.
    Refused(&'static str),
}

const SPOILT: &str = "it is damaged: its bytes are not those that were packed";

impl<R: BufRead> Archive<R> {
    /// One that begins here.
    pub(super) fn new(input: R, bounds: Bounds) -> Self {
        Self { input, bounds, packed: 0, plain: 0 }
    }

    /// Shows each entry in its order, with its name, until one is not wanted any more. What is not read of an
    /// entry is passed over. One that is seen to be damaged while it is read is shown once more, as refused.
    pub(super) fn each(
        &mut self,
        mut show: impl FnMut(&str, Entry<'_>) -> io::Result<bool>,
    ) -> io::Result<()> {
        let mut before = String::new();
        loop {
            let place =
                || if before.is_empty() { String::new() } else { format!("behind {before}") };
            let header = Header::read(&mut self.input).map_err(|error| named(&place(), &error))?;
            let Some(header) = header else { return Ok(()) };
            let goes_on = self.entry(&header, &mut show);
            if !goes_on.map_err(|error| named(&header.name, &error))? {
                return Ok(());
            }
            before = header.name;
        }
    }

    fn entry(
        &mut self,
        header: &Header,
        show: &mut impl FnMut(&str, Entry<'_>) -> io::Result<bool>,
    ) -> io::Result<bool> {
        let is_known = matches!(header.method, STORED | DEFLATED);
        let refused = match header.is_encrypted() {
            true => Some("it is encrypted"),
            false if !is_known => Some("it is packed in a way that is not read"),
            false => None,
        };
        // A folder that is stored holds nothing, whether that is said before or behind it.
        let is_endless = header.has_sizes_behind()
            && header.said.packed == 0
            && !(header.is_folder && header.method == STORED);
        match refused {
            Some(why) if is_endless => Err(endless(why)),
            None if is_endless && header.method == STORED => Err(endless("its length is not told")),
            Some(why) => {
                self.pass_over_packed(header)?;
                if header.is_quiet { Ok(true) } else { show(&header.name, Entry::Refused(why)) }
            }
            None => self.content(header, show),
        }
    }

    /// Shows an entry that can be unpacked.
    fn content(
        &mut self,
        header: &Header,
        show: &mut impl FnMut(&str, Entry<'_>) -> io::Result<bool>,
    ) -> io::Result<bool> {
        let all = self.bounds.all.max(self.packed.saturating_mul(TIMES));
        let room = self.bounds.entry.min(all.saturating_sub(self.plain));
        let mut content = Content::new(&mut self.input, header, room);
        let shown = match header.is_quiet {
            true => Ok(true),
            false => show(&header.name, Entry::File(&mut content)),
        };
        let goes_on = match shown {
            Ok(false) => return Ok(false),
            Ok(true) => match content.pass_over() {
                // Nobody wanted so much of it as to be told that it is damaged.
                Err(_) if content.is_spoilt() => Ok(true),
                passed => passed.map(|()| true),
            },
            Err(_) if content.is_spoilt() => show(&header.name, Entry::Refused(SPOILT)),
            Err(error) => Err(error),
        }?;
        let (packed, plain) = content.sizes();
        (self.packed, self.plain) = (self.packed + packed, self.plain + plain);
        if header.is_folder && plain > 0 {
            return show(&header.name, Entry::Refused("a folder that holds bytes is not read"));
        }
        Ok(goes_on)
    }

    fn pass_over_packed(&mut self, header: &Header) -> io::Result<()> {
        let packed = header.said.packed;
        let passed = io::copy(&mut (&mut self.input).take(packed), &mut io::sink())?;
        if passed < packed {
            return Err(cut_off(io::ErrorKind::UnexpectedEof.into()));
        }
        if header.has_sizes_behind() {
            header.read_behind(&mut self.input, packed, header.said.plain)?;
        }
        Ok(())
    }
}

fn endless(why: &str) -> io::Error {
    damaged(&format!("{why}, so that nothing behind it can be found: pack the archive anew"))
}

fn exactly<const N: usize>(input: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    input.read_exact(&mut bytes).map_err(cut_off)?;
    Ok(bytes)
}

/// What is wrong with the bytes themselves, so that trying again is useless.
fn damaged(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

fn cut_off(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => damaged("the archive breaks off: send it again as a whole"),
        _ => error,
    }
}

/// An error with the entry where it happened.
fn named(place: &str, error: &io::Error) -> io::Error {
    match place {
        "" => io::Error::new(error.kind(), error.to_string()),
        place => io::Error::new(error.kind(), format!("{place}: {error}")),
    }
}
