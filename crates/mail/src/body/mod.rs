//! The body of a mail: which parts are shown, which are attachments, and what
//! their bytes say.

pub mod attach;
pub mod charset;
pub mod flowed;
pub mod html;
pub mod select;
pub mod transfer;

use crate::limits::MAX_SHOWN_BYTES;
use crate::mail::{Attachment, Mail};
use crate::parse::structure::Part;

/// Fills in everything that comes from the body.
pub fn fill(mail: &mut Mail, bytes: &[u8], parts: &[Part<'_>]) {
    let shown = select::shown(parts);
    let mut found = Found::default();
    for &index in &shown.text {
        if let Some(part) = parts.get(index) {
            found.add_text(bytes, part);
        }
    }
    let html: Vec<String> = pick(parts, &shown.html)
        .filter(|part| part.media_type == "text/html")
        .map(|part| text_of(bytes, part))
        .filter(|html| !html.trim().is_empty())
        .collect();
    if html.is_empty() && found.text.is_empty() {
        found.text = last_resort(bytes, parts, &shown.attachments);
    }
    mail.html = Some(html.join("\n")).filter(|html| !html.is_empty());
    mail.text = match &mail.html {
        Some(html) if found.text.trim().is_empty() => html::to_text(html),
        _ => found.text,
    };
    mail.charset = pick(parts, &shown.text)
        .chain(pick(parts, &shown.html))
        .find_map(|part| part.content_type.get("charset", None))
        .map(|charset| charset.to_ascii_lowercase());
    mail.calendar_method = parts.iter().find_map(|part| calendar_method(bytes, part));
    attach::add(mail, bytes, parts, &shown.attachments);
    mail.attachments.extend(found.files);
}

/// A mail without any body may hold its words in a part that calls itself
/// something else.
fn last_resort(bytes: &[u8], parts: &[Part<'_>], attachments: &[usize]) -> String {
    pick(parts, attachments)
        .find(|part| {
            part.media_type.starts_with("text/") || part.media_type == "message/delivery-status"
        })
        .map(|part| text_of(bytes, part))
        .unwrap_or_default()
}

fn pick<'p, 'a>(parts: &'p [Part<'a>], indices: &'p [usize]) -> impl Iterator<Item = &'p Part<'a>> {
    indices.iter().filter_map(|&index| parts.get(index))
}

/// The text under construction, and the files that were written into it.
#[derive(Default)]
struct Found {
    text: String,
    files: Vec<Attachment>,
}

impl Found {
    fn add_text(&mut self, bytes: &[u8], part: &Part<'_>) {
        let text = if part.media_type == "text/html" {
            html::to_text(&text_of(bytes, part))
        } else {
            self.without_files(text_of(bytes, part), part)
        };
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        self.text.push_str(&text);
    }

    /// Takes uuencoded files out of plain text.
    fn without_files(&mut self, text: String, part: &Part<'_>) -> String {
        let files = transfer::uu_files(text.as_bytes());
        let mut kept = String::new();
        let mut from = 0;
        for file in files {
            kept.push_str(text.get(from..file.start).unwrap_or_default());
            from = file.end;
            self.files.push(attach::from_uu(file));
        }
        kept.push_str(text.get(from..).unwrap_or_default());
        flowed::unfold(kept, &part.content_type)
    }
}

/// The decoded text of a part, line ends as line feeds, up to the limit.
pub fn text_of(bytes: &[u8], part: &Part<'_>) -> String {
    let mut decoded = content(bytes, part);
    decoded.truncate(MAX_SHOWN_BYTES);
    let declared = part.content_type.get("charset", None);
    let declared = declared.or_else(|| {
        (part.media_type == "text/html").then(|| html::declared_charset(&decoded)).flatten()
    });
    let text = charset::decode(&decoded, declared.as_deref());
    tidy(text)
}

/// Line ends become line feeds, and NUL goes: no database takes it.
fn tidy(text: String) -> String {
    let text =
        if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text };
    if text.contains('\0') { text.replace('\0', "") } else { text }
}

/// The bytes of a part after transfer decoding.
pub fn content(bytes: &[u8], part: &Part<'_>) -> Vec<u8> {
    let body = bytes.get(part.body.clone()).unwrap_or_default();
    transfer::decode(&part.headers, body)
}

/// The method that a calendar part names in its type or within.
fn calendar_method(bytes: &[u8], part: &Part<'_>) -> Option<String> {
    if !matches!(part.media_type.as_str(), "text/calendar" | "application/ics") {
        return None;
    }
    let within = || {
        let text = text_of(bytes, part);
        let line = text.lines().find_map(|line| line.strip_prefix("METHOD:"));
        line.map(|method| method.trim().to_owned())
    };
    let method = part.content_type.get("method", None).or_else(within)?;
    Some(method.to_ascii_uppercase())
}
