//! Parts that are kept as files: their names, their ids, their bytes.

use crate::body::{content, html, transfer};
use crate::headers::params::Value;
use crate::headers::{ids, text};
use crate::mail::{Attachment, Mail};
use crate::parse::declared_charset;
use crate::parse::structure::Part;
use crate::tnef;

/// Puts the attachments at these indices into the mail; a `winmail.dat` is
/// followed by the files within it, and its body is the mail's where there is
/// no other.
pub fn add(mail: &mut Mail, bytes: &[u8], parts: &[Part<'_>], indices: &[usize]) {
    let fallback = declared_charset(parts);
    let has_body = mail.html.is_some() || !mail.text.trim().is_empty();
    for part in indices.iter().filter_map(|&index| parts.get(index)) {
        let attachment = attachment(bytes, part, fallback.as_deref());
        let inner = tnef::read(&attachment.bytes);
        mail.attachments.push(attachment);
        mail.attachments.extend(inner.files);
        if !has_body {
            mail.html = mail.html.take().or(inner.html);
            let made = || mail.html.as_deref().map(html::to_text);
            mail.text = inner.text.or_else(made).unwrap_or_else(|| mail.text.clone());
        }
    }
}

fn attachment(bytes: &[u8], part: &Part<'_>, fallback: Option<&str>) -> Attachment {
    let disposition = part.headers.get("Content-Disposition").map(Value::parse).unwrap_or_default();
    let content_id = part.headers.get("Content-ID").and_then(ids::first);
    let inline =
        disposition.value != "attachment" && content_id.is_some() || disposition.value == "inline";
    Attachment {
        name: name(part, &disposition, fallback),
        media_type: part.media_type.clone(),
        bytes: content(bytes, part),
        content_id,
        inline,
        from_tnef: false,
    }
}

/// The disposition's name wins over the type's; some old mailers put it into
/// the description.
fn name(part: &Part<'_>, disposition: &Value, fallback: Option<&str>) -> Option<String> {
    disposition
        .get("filename", fallback)
        .or_else(|| part.content_type.get("name", fallback))
        .or_else(|| disposition.get("name", fallback))
        .or_else(|| part.content_type.get("filename", fallback))
        .or_else(|| described(part))
}

/// A `Content-Description` that looks like a file name.
fn described(part: &Part<'_>) -> Option<String> {
    if !part.media_type.starts_with("application/") {
        return None;
    }
    let description = text::decode(part.headers.get("Content-Description")?, None);
    let (stem, ending) = description.rsplit_once('.')?;
    let is_name = !stem.is_empty()
        && (2..=4).contains(&ending.len())
        && ending.chars().all(|c| c.is_ascii_alphanumeric());
    is_name.then_some(description)
}

/// A file that was uuencoded within the text.
pub fn from_uu(file: transfer::UuFile) -> Attachment {
    Attachment {
        name: Some(file.name),
        media_type: "application/octet-stream".to_owned(),
        bytes: file.bytes,
        ..Attachment::default()
    }
}
