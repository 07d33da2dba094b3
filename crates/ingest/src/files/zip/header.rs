//! What stands before an entry of an archive, and what may stand behind one.

use std::io::{self, Read};

use super::{damaged, exactly};

/// What an entry begins with.
pub(super) const ENTRY: [u8; 4] = *b"PK\x03\x04";
/// What the end of an archive without entries begins with.
pub(super) const EMPTY: [u8; 4] = *b"PK\x05\x06";
/// What may stand behind the last entry: the list of all, its end, the end of a large one, and notes before it.
const ENDS: [[u8; 4]; 4] = [*b"PK\x01\x02", EMPTY, *b"PK\x06\x06", *b"PK\x06\x08"];
/// What may stand behind an entry, before its sum and its sizes.
pub(super) const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
/// Flags of an entry: it is encrypted; its sum and its sizes stand behind it.
pub(super) const ENCRYPTED: u16 = 1;
pub(super) const SIZES_BEHIND: u16 = 1 << 3;
/// How an entry may be packed.
pub(super) const STORED: u16 = 0;
pub(super) const DEFLATED: u16 = 8;
/// The size that says that the real one is elsewhere.
const LARGE: u32 = u32::MAX;
/// The longest name that is kept, in characters: it is told to people.
const MAX_NAME: usize = 200;

/// What an archive says of an entry: the sum of its bytes, and its sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Said {
    pub sum: u32,
    pub packed: u64,
    pub plain: u64,
}

/// What stands before an entry.
pub(super) struct Header {
    pub name: String,
    flags: u16,
    pub method: u16,
    pub said: Said,
    large: bool,
    pub is_folder: bool,
    /// Whether nobody wants to hear of it.
    pub is_quiet: bool,
}

impl Header {
    /// The next one; `None` where the list at the end begins. Whatever else stands there means that the
    /// place was lost, and that what is behind it would be.
    pub fn read(input: &mut impl Read) -> io::Result<Option<Self>> {
        let signature: [u8; 4] = exactly(input)?;
        if ENDS.contains(&signature) {
            return Ok(None);
        }
        if signature != ENTRY {
            return Err(damaged("the archive is damaged: pack it anew"));
        }
        let fixed: [u8; 26] = exactly(input)?;
        let two = |at: usize| u16::from_le_bytes([at, at + 1].map(|at| byte(&fixed, at)));
        let four =
            |at: usize| u32::from_le_bytes([at, at + 1, at + 2, at + 3].map(|at| byte(&fixed, at)));
        let (packed, plain) = (four(14), four(18));
        let name = some(input, two(22))?;
        let extra = some(input, two(24))?;
        let large = packed == LARGE || plain == LARGE;
        let sizes = if large {
            large_sizes(&extra, packed, plain)
        } else {
            Some((u64::from(packed), u64::from(plain)))
        };
        let (packed, plain) = sizes
            .ok_or_else(|| damaged("the archive is damaged: it tells no size; pack it anew"))?;
        let whole = String::from_utf8_lossy(&name).replace('\0', "");
        let said = Said { sum: four(10), packed, plain };
        let is_folder = whole.ends_with(['/', '\\']);
        let is_quiet = is_folder || is_of_the_system(&whole);
        let name = whole.chars().take(MAX_NAME).collect();
        let (flags, method) = (two(2), two(4));
        Ok(Some(Self { name, flags, method, said, large, is_folder, is_quiet }))
    }

    pub fn is_encrypted(&self) -> bool {
        self.flags & ENCRYPTED != 0
    }

    /// Whether its sum and its sizes stand behind it.
    pub fn has_sizes_behind(&self) -> bool {
        self.flags & SIZES_BEHIND != 0
    }

    /// Reads what stands behind it. Some put large sizes there without having said so before: how long the
    /// entry was tells which they are.
    pub fn read_behind(&self, input: &mut impl Read, packed: u64, plain: u64) -> io::Result<Said> {
        let first: [u8; 4] = exactly(input)?;
        let sum = if first == DESCRIPTOR { exactly(input)? } else { first };
        let sum = u32::from_le_bytes(sum);
        let (low, high): ([u8; 4], [u8; 4]) = (exactly(input)?, exactly(input)?);
        let small = [low, high].map(|size| u64::from(u32::from_le_bytes(size)));
        if !self.large && small == [packed, plain] {
            return Ok(Said { sum, packed, plain });
        }
        let packed = u64::from(u32::from_le_bytes(low)) | u64::from(u32::from_le_bytes(high)) << 32;
        Ok(Said { sum, packed, plain: u64::from_le_bytes(exactly(input)?) })
    }
}

/// Whether it is something that a system puts beside what people pack.
fn is_of_the_system(name: &str) -> bool {
    let mut parts = name.split(['/', '\\']);
    let file = parts.clone().next_back().unwrap_or_default();
    parts.any(|part| part == "__MACOSX")
        || file.starts_with("._")
        || matches!(file, ".DS_Store" | "Thumbs.db" | "desktop.ini")
}

fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or_default()
}

fn some(input: &mut impl Read, length: u16) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::from(length)];
    input.read_exact(&mut bytes).map_err(super::cut_off)?;
    Ok(bytes)
}

/// The packed and the plain size of a large entry. Those that do not fit into their places stand in an extra
/// field, the plain one first.
fn large_sizes(extra: &[u8], packed: u32, plain: u32) -> Option<(u64, u64)> {
    let mut rest = extra;
    loop {
        let length = usize::from(u16::from_le_bytes([*rest.get(2)?, *rest.get(3)?]));
        let mut field = rest.get(4..4 + length)?;
        if !rest.starts_with(&[1, 0]) {
            rest = rest.get(4 + length..)?;
            continue;
        }
        let mut size = |small: u32| {
            if small != LARGE {
                return Some(u64::from(small));
            }
            let (size, behind) = field.split_first_chunk::<8>()?;
            field = behind;
            Some(u64::from_le_bytes(*size))
        };
        let plain = size(plain)?;
        return Some((size(packed)?, plain));
    }
}
