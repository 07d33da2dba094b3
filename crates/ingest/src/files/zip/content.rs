//! What an entry of an archive holds, unpacked while it is read, and compared with what was said of it.

use std::io::{self, BufRead, Read, Take};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use super::header::{DEFLATED, Header, Said};
use super::{cut_off, damaged};

/// The bytes of an entry. At their end it is seen whether they are what the archive said, before anybody is
/// told that this was the end: half a mail is none.
pub(super) struct Content<'a, R> {
    packed: Packed<'a, R>,
    header: &'a Header,
    sum: Crc,
    plain: u64,
    room: u64,
    end: End,
}

enum Packed<'a, R> {
    Stored(Take<&'a mut R>),
    Deflated(DeflateDecoder<&'a mut R>),
}

/// Whether the end was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    NotYet,
    Reached,
    /// It was, and the bytes before it are others than were packed.
    Spoilt,
}

impl<'a, R: BufRead> Content<'a, R> {
    /// Of an entry whose bytes come next; `room` is how much it may unpack to.
    pub fn new(input: &'a mut R, header: &'a Header, room: u64) -> Self {
        let packed = match header.method {
            DEFLATED => Packed::Deflated(DeflateDecoder::new(input)),
            _ => Packed::Stored(input.take(header.said.packed)),
        };
        Self { packed, header, sum: Crc::new(), plain: 0, room, end: End::NotYet }
    }

    /// Reads what is left, so that the next entry comes next.
    pub fn pass_over(&mut self) -> io::Result<()> {
        io::copy(self, &mut io::sink()).map(drop)
    }

    /// Whether it was read to its end and is not what was packed; what is behind it can be read.
    pub fn is_spoilt(&self) -> bool {
        self.end == End::Spoilt
    }

    /// How many bytes were read, and to how many they unpacked.
    pub fn sizes(&self) -> (u64, u64) {
        let packed = match &self.packed {
            Packed::Stored(bytes) => self.header.said.packed - bytes.limit(),
            Packed::Deflated(decoder) => decoder.total_in(),
        };
        (packed, self.plain)
    }

    fn close(&mut self) -> io::Result<()> {
        let ((packed, plain), header) = (self.sizes(), self.header);
        let said = match &mut self.packed {
            Packed::Stored(bytes) if bytes.limit() > 0 => {
                return Err(cut_off(io::ErrorKind::UnexpectedEof.into()));
            }
            _ if !header.has_sizes_behind() => header.said,
            Packed::Stored(bytes) => header.read_behind(bytes.get_mut(), packed, plain)?,
            Packed::Deflated(decoder) => header.read_behind(decoder.get_mut(), packed, plain)?,
        };
        if said.packed != packed {
            return Err(damaged("this is not as long as the archive says: pack it anew"));
        }
        if said == (Said { sum: self.sum.sum(), packed, plain }) {
            self.end = End::Reached;
            return Ok(());
        }
        self.end = End::Spoilt;
        Err(damaged(super::SPOILT))
    }
}

impl<R: BufRead> Read for Content<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.end != End::NotYet || into.is_empty() {
            return Ok(0);
        }
        let read = match &mut self.packed {
            Packed::Stored(bytes) => bytes.read(into),
            Packed::Deflated(decoder) => decoder.read(into).map_err(undecodable),
        }?;
        self.sum.update(into.get(..read).unwrap_or_default());
        self.plain += read as u64;
        if self.plain > self.room {
            let why = "it unpacks to far too much: pack the archive anew, without it";
            return Err(damaged(why));
        }
        if read == 0 {
            self.close()?;
        }
        Ok(read)
    }
}

/// What the unpacking has to say, in words that say what to do.
fn undecodable(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            damaged("this is damaged and cannot be unpacked: pack the archive anew")
        }
        _ => cut_off(error),
    }
}
