//! `winmail.dat`: the files within the container that Outlook puts around its
//! attachments (TNEF, [MS-OXTNEF]). Files are read, and the body where it is
//! plain text or HTML; the compressed rich text is not.

use encoding_rs::UTF_16LE;

use crate::body::charset;
use crate::limits::MAX_TNEF_FILES;
use crate::mail::Attachment;

const SIGNATURE: u32 = 0x223E_9F78;
const ATTACH_START: u32 = 0x0006_9002;
const ATTACH_TITLE: u32 = 0x0001_8010;
const ATTACH_DATA: u32 = 0x0006_800F;
const ATTACH_PROPS: u32 = 0x0006_9005;
const CODE_PAGE: u32 = 0x0006_9007;
const MESSAGE_PROPS: u32 = 0x0006_9003;
const BODY: u32 = 0x0002_800C;

/// What a container holds.
#[derive(Default)]
pub struct Contents {
    /// The files, in their order.
    pub files: Vec<Attachment>,
    /// The plain body.
    pub text: Option<String>,
    /// The HTML body.
    pub html: Option<String>,
}

/// The contents, when the bytes are such a container at all. Whatever is
/// broken ends the reading; what was read up to there is kept.
pub fn read(bytes: &[u8]) -> Contents {
    let mut input = Input(bytes);
    if input.u32() != Some(SIGNATURE) || input.u16().is_none() {
        return Contents::default();
    }
    let mut reader = Reader::default();
    while let Some((id, data)) = attribute(&mut input) {
        reader.take(id, data);
        if reader.contents.files.len() > MAX_TNEF_FILES {
            break;
        }
    }
    let mut contents = reader.contents;
    contents.files.retain(|file| file.name.is_some() || !file.bytes.is_empty());
    contents
}

/// One attribute: level, id, length, data, checksum.
fn attribute<'a>(input: &mut Input<'a>) -> Option<(u32, &'a [u8])> {
    input.take(1)?;
    let id = input.u32()?;
    let length = usize::try_from(input.u32()?).ok()?;
    let data = input.take(length)?;
    input.u16()?;
    Some((id, data))
}

#[derive(Default)]
struct Reader {
    contents: Contents,
    code_page: Option<String>,
}

impl Reader {
    fn take(&mut self, id: u32, data: &[u8]) {
        match id {
            CODE_PAGE => {
                self.code_page = Input(data).u32().map(|page| format!("windows-{page}"));
            }
            ATTACH_START => self.contents.files.push(empty_file()),
            BODY => {
                let text = ansi(data, self.code_page.as_deref());
                self.contents.text = self.contents.text.take().or(text);
            }
            MESSAGE_PROPS => self.message_props(data),
            _ => {
                let code_page = self.code_page.as_deref();
                if let Some(file) = self.contents.files.last_mut() {
                    fill(file, id, data, code_page);
                }
            }
        }
    }
}

impl Reader {
    fn message_props(&mut self, data: &[u8]) {
        let code_page = self.code_page.clone();
        let mut input = Input(data);
        let count = input.u32().unwrap_or(0);
        for _ in 0..count {
            let Some((tag, value)) = property(&mut input, code_page.as_deref()) else { return };
            match (tag, value) {
                (0x1000, Value::Text(text)) => self.contents.text = Some(text),
                (0x1013, Value::Text(html)) => self.contents.html = Some(html),
                (0x1013, Value::Bytes(html)) => {
                    self.contents.html = ansi(html, code_page.as_deref())
                }
                _ => {}
            }
        }
    }
}

fn empty_file() -> Attachment {
    Attachment {
        media_type: "application/octet-stream".to_owned(),
        from_tnef: true,
        ..Attachment::default()
    }
}

fn fill(file: &mut Attachment, id: u32, data: &[u8], code_page: Option<&str>) {
    match id {
        ATTACH_TITLE => file.name = file.name.take().or_else(|| ansi(data, code_page)),
        ATTACH_DATA => file.bytes = data.to_vec(),
        ATTACH_PROPS => props(file, data, code_page),
        _ => {}
    }
}

/// The properties of a file; the long name wins over the short title.
fn props(file: &mut Attachment, data: &[u8], code_page: Option<&str>) {
    let mut input = Input(data);
    let count = input.u32().unwrap_or(0);
    for _ in 0..count {
        let Some((tag, value)) = property(&mut input, code_page) else { return };
        match (tag, value) {
            (0x3707, Value::Text(name)) => file.name = Some(name),
            (0x3001, Value::Text(name)) if file.name.is_none() => file.name = Some(name),
            (0x370E, Value::Text(media_type)) if media_type.contains('/') => {
                file.media_type = media_type.to_ascii_lowercase();
            }
            (0x3712, Value::Text(id)) => {
                file.content_id = Some(id.trim_matches(['<', '>']).to_owned());
                file.inline = true;
            }
            (0x3701, Value::Bytes(bytes)) if file.bytes.is_empty() => {
                // An object starts with its interface id; what follows is
                // another container or a document.
                file.bytes = bytes.get(16..).unwrap_or(bytes).to_vec();
            }
            _ => {}
        }
    }
}

enum Value<'a> {
    Text(String),
    Bytes(&'a [u8]),
    Other,
}

/// One MAPI property: type, tag, perhaps a name, one or several values. Only
/// the first of several values is kept.
fn property<'a>(input: &mut Input<'a>, code_page: Option<&str>) -> Option<(u16, Value<'a>)> {
    let kind = input.u16()?;
    let tag = input.u16()?;
    if tag >= 0x8000 {
        skip_name(input)?;
    }
    let many = kind & 0x1000 != 0;
    let kind = kind & 0x0FFF;
    let sized = matches!(kind, 0x0D | 0x1E | 0x1F | 0x102);
    let count = if many || sized { input.u32()? } else { 1 };
    let mut first = None;
    // Values may be of no width, so the count alone must not keep us.
    for _ in 0..count.min(u32::try_from(input.0.len()).unwrap_or(u32::MAX)) {
        let value = value(input, kind, sized, code_page)?;
        first = first.or(Some(value));
    }
    Some((tag, first.unwrap_or(Value::Other)))
}

fn value<'a>(
    input: &mut Input<'a>,
    kind: u16,
    sized: bool,
    code_page: Option<&str>,
) -> Option<Value<'a>> {
    if !sized {
        let width = match kind {
            0x01 => 0,
            0x02..=0x04 | 0x0A | 0x0B => 4,
            0x48 => 16,
            _ => 8,
        };
        return input.take(width).map(|_| Value::Other);
    }
    let length = usize::try_from(input.u32()?).ok()?;
    let data = input.take(length)?;
    input.take(padding(length))?;
    Some(match kind {
        0x1F => utf_16(data).map_or(Value::Other, Value::Text),
        0x1E => ansi(data, code_page).map_or(Value::Other, Value::Text),
        _ => Value::Bytes(data),
    })
}

/// A property with a name of its own: a set id, then a number or a text.
fn skip_name(input: &mut Input<'_>) -> Option<()> {
    input.take(16)?;
    match input.u32()? {
        0 => input.take(4)?,
        _ => {
            let length = usize::try_from(input.u32()?).ok()?;
            input.take(length)?;
            input.take(padding(length))?
        }
    };
    Some(())
}

/// Values are padded to four bytes.
fn padding(length: usize) -> usize {
    (4 - length % 4) % 4
}

fn ansi(data: &[u8], code_page: Option<&str>) -> Option<String> {
    let data = data.split(|&byte| byte == 0).next().unwrap_or_default();
    let text = match std::str::from_utf8(data) {
        Ok(text) => text.to_owned(),
        Err(_) => charset::decode(data, code_page),
    };
    Some(text).filter(|text| !text.is_empty())
}

fn utf_16(data: &[u8]) -> Option<String> {
    let text = UTF_16LE.decode_without_bom_handling(data).0;
    let text = text.split('\0').next().unwrap_or_default();
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

/// Bytes that are read from the front, little-endian.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(count)?;
        self.0 = tail;
        Some(head)
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(id: u32, data: &[u8]) -> Vec<u8> {
        let mut out = vec![2];
        out.extend(id.to_le_bytes());
        out.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        out.extend(data);
        out.extend([0, 0]);
        out
    }

    fn container(attributes: &[Vec<u8>]) -> Vec<u8> {
        let mut out = SIGNATURE.to_le_bytes().to_vec();
        out.extend([1, 0]);
        out.extend(attributes.concat());
        out
    }

    fn long_name(name: &str) -> Vec<u8> {
        let units: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        let mut out = 1u32.to_le_bytes().to_vec();
        out.extend([0x1F, 0x00, 0x07, 0x37]);
        out.extend(1u32.to_le_bytes());
        out.extend(u32::try_from(units.len()).unwrap().to_le_bytes());
        out.extend(&units);
        out.extend(std::iter::repeat_n(0, padding(units.len())));
        out
    }

    #[test]
    fn names_and_bytes_are_read() {
        let bytes = container(&[
            attribute(ATTACH_START, &[0; 14]),
            attribute(ATTACH_TITLE, b"FATURA~1.TXT\0"),
            attribute(ATTACH_DATA, b"hello"),
            attribute(ATTACH_PROPS, &long_name("fatura dökümü.txt")),
            attribute(ATTACH_START, &[0; 14]),
            attribute(ATTACH_TITLE, b"two.txt\0"),
        ]);
        let files = read(&bytes).files;
        assert_eq!(files.len(), 2);
        assert_eq!(files[0].name.as_deref(), Some("fatura dökümü.txt"));
        assert_eq!(files[0].bytes, b"hello");
        assert_eq!(files[1].name.as_deref(), Some("two.txt"));
    }

    #[test]
    fn what_is_cut_off_ends_the_reading() {
        let bytes =
            container(&[attribute(ATTACH_START, &[0; 14]), attribute(ATTACH_TITLE, b"a\0")]);
        for end in 0..bytes.len() {
            read(&bytes[..end]);
        }
        assert!(read(b"PK\x03\x04").files.is_empty());
    }
}
