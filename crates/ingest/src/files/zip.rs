//! Archives (ZIP), read from their beginning to their end like any other file: what is packed in them, one
//! thing after the other. The list at the end of an archive, which says the same once more, is not needed.
//!
//! Taken are what is stored and what is deflated, which is what programs for everybody write. What is
//! encrypted, or packed in another way, is named and passed over.

use std::io::{self, BufRead, Read};

use flate2::bufread::DeflateDecoder;

/// What an archive begins with: that of its first entry, or that of one without entries.
const ENTRY: [u8; 4] = *b"PK\x03\x04";
const EMPTY: [u8; 4] = *b"PK\x05\x06";
/// What may stand behind an entry, before its sum and sizes.
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
/// Flags of an entry: it is encrypted; its sizes stand behind it; its name is UTF-8.
const ENCRYPTED: u16 = 1;
const SIZES_BEHIND: u16 = 1 << 3;
/// The size that says that the real one is elsewhere.
const LARGE: u32 = u32::MAX;
/// How an entry may be packed.
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// Whether a file is an archive, by its first bytes.
pub(super) fn is_zip(head: &[u8]) -> bool {
    head.starts_with(&ENTRY) || head.starts_with(&EMPTY)
}

/// What stands before an entry.
struct Header {
    name: String,
    flags: u16,
    method: u16,
    packed: u64,
    large: bool,
}

/// The entries of an archive.
pub(super) struct Archive<R> {
    input: R,
}

/// What becomes of an entry.
pub(super) enum Entry<'a> {
    /// A file, to be read.
    File(&'a mut dyn Read),
    /// Something that is not taken, with the reason.
    Refused(String),
}

impl<R: BufRead> Archive<R> {
    /// One that begins here.
    pub(super) fn new(input: R) -> Self {
        Self { input }
    }

    /// Shows each entry in its order, with its name, until one is not wanted any more. What is not read of an
    /// entry is passed over; `most` bounds what one may unpack to.
    pub(super) fn each(
        &mut self,
        most: u64,
        mut show: impl FnMut(&str, Entry<'_>) -> io::Result<bool>,
    ) -> io::Result<()> {
        while let Some(header) = self.header()? {
            if header.name.ends_with('/') && header.packed == 0 {
                continue;
            }
            let known = header.flags & SIZES_BEHIND == 0;
            let goes_on = match (header.flags & ENCRYPTED != 0, header.method) {
                (false, DEFLATED) => self.deflated(&header, most, &mut show)?,
                (encrypted, _) if !known => {
                    let why = if encrypted { "it is encrypted" } else { "its length is not told" };
                    let name = &header.name;
                    return Err(unreadable(format!(
                        "{name}: {why}, so that nothing behind it can be found; pack the archive anew"
                    )));
                }
                (false, STORED) => self.stored(&header, most, &mut show)?,
                (encrypted, _) => {
                    self.pass_over(header.packed)?;
                    let why = if encrypted {
                        "it is encrypted"
                    } else {
                        "it is packed in a way that is not read"
                    };
                    show(&header.name, Entry::Refused(why.to_owned()))?
                }
            };
            if !goes_on {
                return Ok(());
            }
        }
        Ok(())
    }

    fn deflated(
        &mut self,
        header: &Header,
        most: u64,
        show: &mut impl FnMut(&str, Entry<'_>) -> io::Result<bool>,
    ) -> io::Result<bool> {
        let mut unpacked = Bounded { inner: DeflateDecoder::new(&mut self.input), left: most };
        let goes_on = show(&header.name, Entry::File(&mut unpacked))?;
        io::copy(&mut unpacked, &mut io::sink())?;
        if header.flags & SIZES_BEHIND != 0 {
            self.descriptor(header.large)?;
        }
        Ok(goes_on)
    }

    fn stored(
        &mut self,
        header: &Header,
        most: u64,
        show: &mut impl FnMut(&str, Entry<'_>) -> io::Result<bool>,
    ) -> io::Result<bool> {
        let mut packed = Bounded { inner: (&mut self.input).take(header.packed), left: most };
        let goes_on = show(&header.name, Entry::File(&mut packed))?;
        io::copy(&mut packed, &mut io::sink())?;
        Ok(goes_on)
    }

    fn pass_over(&mut self, bytes: u64) -> io::Result<()> {
        io::copy(&mut (&mut self.input).take(bytes), &mut io::sink())?;
        Ok(())
    }

    /// What stands before the next entry; `None` where the list at the end begins.
    fn header(&mut self) -> io::Result<Option<Header>> {
        let signature: [u8; 4] = self.bytes()?;
        if signature != ENTRY {
            let ends = signature.starts_with(b"PK");
            return if ends {
                Ok(None)
            } else {
                Err(unreadable("the archive is damaged".to_owned()))
            };
        }
        let fixed: [u8; 26] = self.bytes()?;
        let two = |at: usize| u16::from_le_bytes([at, at + 1].map(|at| byte(&fixed, at)));
        let four =
            |at: usize| u32::from_le_bytes([at, at + 1, at + 2, at + 3].map(|at| byte(&fixed, at)));
        let (flags, method) = (two(2), two(4));
        let (packed, plain) = (four(14), four(18));
        let name = self.exactly(usize::from(two(22)))?;
        let extra = self.exactly(usize::from(two(24)))?;
        let large = packed == LARGE || plain == LARGE;
        let packed = match packed {
            LARGE => large_size(&extra, plain == LARGE),
            packed => Some(u64::from(packed)),
        };
        let packed = packed.ok_or_else(|| unreadable("the archive is damaged".to_owned()))?;
        let name = String::from_utf8_lossy(&name).replace('\0', "");
        Ok(Some(Header { name, flags, method, packed, large }))
    }

    /// Passes over the sum and the sizes behind an entry.
    fn descriptor(&mut self, large: bool) -> io::Result<()> {
        let first: [u8; 4] = self.bytes()?;
        let sizes = if large { 16 } else { 8 };
        let rest = if first == DESCRIPTOR { 4 + sizes } else { sizes };
        self.exactly(rest).map(drop)
    }

    fn bytes<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes).map_err(cut_off)?;
        Ok(bytes)
    }

    fn exactly(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.input.read_exact(&mut bytes).map_err(cut_off)?;
        Ok(bytes)
    }
}

fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or_default()
}

/// The packed size of a large entry, which stands in an extra field behind the plain one.
fn large_size(extra: &[u8], plain_too: bool) -> Option<u64> {
    let mut rest = extra;
    loop {
        let length = usize::from(u16::from_le_bytes([*rest.get(2)?, *rest.get(3)?]));
        let field = rest.get(4..4 + length)?;
        if rest.starts_with(&[1, 0]) {
            let at = if plain_too { 8 } else { 0 };
            return field.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes);
        }
        rest = rest.get(4 + length..)?;
    }
}

fn unreadable(why: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

fn cut_off(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            unreadable("the archive breaks off: send it again as a whole".to_owned())
        }
        _ => error,
    }
}

/// What is unpacked, up to a bound: a few bytes can unpack to more than anybody has room for.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into).map_err(cut_off)?;
        self.left = match self.left.checked_sub(read as u64) {
            Some(left) => left,
            None => return Err(unreadable("something in it unpacks to far too much".to_owned())),
        };
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// An entry as programs write it; `behind` puts its sizes behind it.
    fn entry(name: &str, content: &[u8], method: u16, flags: u16) -> Vec<u8> {
        let packed = if method == DEFLATED {
            let mut encoder =
                flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(content).unwrap();
            encoder.finish().unwrap()
        } else {
            content.to_vec()
        };
        let behind = flags & SIZES_BEHIND != 0;
        let sizes = [packed.len() as u32, content.len() as u32].map(u32::to_le_bytes).concat();
        let mut all = ENTRY.to_vec();
        all.extend([20_u16, flags, method, 0, 0].map(u16::to_le_bytes).concat());
        all.extend([0; 4]);
        all.extend(if behind { vec![0; 8] } else { sizes.clone() });
        all.extend([name.len() as u16, 0].map(u16::to_le_bytes).concat());
        all.extend(name.as_bytes());
        all.extend(packed);
        if behind {
            all.extend(DESCRIPTOR);
            all.extend([0; 4]);
            all.extend(sizes);
        }
        all
    }

    fn read(bytes: &[u8], most: u64) -> io::Result<Vec<(String, String)>> {
        let mut found = Vec::new();
        Archive::new(bytes).each(most, |name, entry| {
            let mut text = String::new();
            match entry {
                Entry::File(file) => drop(file.read_to_string(&mut text)?),
                Entry::Refused(why) => text = why,
            }
            found.push((name.to_owned(), text));
            Ok(true)
        })?;
        Ok(found)
    }

    fn archive(entries: &[Vec<u8>]) -> Vec<u8> {
        [entries.concat(), b"PK\x01\x02".to_vec(), vec![0; 60]].concat()
    }

    #[test]
    fn what_is_packed_is_read_in_its_order_whoever_packed_it() {
        let all = archive(&[
            entry("folder/", b"", STORED, 0),
            entry("folder/a.eml", b"first", STORED, 0),
            entry("b.eml", b"second second second", DEFLATED, 0),
            entry("c.eml", b"third third third", DEFLATED, SIZES_BEHIND),
            entry("d.eml", b"secret", STORED, ENCRYPTED),
            entry("e.eml", b"packed anyhow", 12, 0),
        ]);
        assert!(is_zip(&all) && !is_zip(b"From: a@x.example"));
        let found = read(&all, 1_000).unwrap();
        let texts: Vec<&str> = found.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts[..3], ["first", "second second second", "third third third"]);
        assert_eq!(texts[3], "it is encrypted");
        assert!(texts[4].contains("not read"));
        assert_eq!(found[0].0, "folder/a.eml");
        let none = [&EMPTY[..], &[0; 18]].concat();
        assert!(is_zip(&none) && read(&none, 10).unwrap().is_empty());
    }

    #[test]
    fn what_is_damaged_or_far_too_much_is_refused() {
        let all = archive(&[entry("a", &[b'x'; 5_000], DEFLATED, 0)]);
        let told = |bytes: &[u8], most| read(bytes, most).unwrap_err().to_string();
        assert!(told(&all, 4_999).contains("too much"));
        assert!(read(&all, 5_000).is_ok());
        assert!(told(&all[..40], 5_000).contains("breaks off"));
        let open_ended = archive(&[entry("a", b"x", STORED, SIZES_BEHIND)]);
        assert!(told(&open_ended, 10).contains("length is not told"));
        let noise = [&ENTRY[..], &[7; 26]].concat();
        assert!(read(&noise, 10).is_err());
    }
}
