//! What a file looks like, for people to confirm before it is read.

use serde::Serialize;

use super::{asterisk, cel, formats, freeswitch};
use crate::tables::text::{Charset, Encoding, Input, detect};
use crate::tables::{Column, columns, first_rows, separator};

/// Events of Asterisk's channels, by which a table of them is known.
const EVENTS: [&str; 6] =
    ["CHAN_START", "CHAN_END", "ANSWER", "HANGUP", "LINKEDID_END", "BRIDGE_ENTER"];

/// What the beginning of a file tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Looks {
    /// The encoding. Where it is found out and not named, each row that is UTF-8 is read as such, and each
    /// other one as Windows-1252 or Windows-1254.
    pub encoding: Encoding,
    /// Whether a byte order mark says so.
    pub has_mark: bool,
    /// The separator; `None` if it is no table.
    pub separator: Option<char>,
    /// Whether the first row names the columns.
    pub has_header: bool,
    /// The name of the format that it seems to have.
    pub format: Option<&'static str>,
    /// The columns, if it is a table.
    pub columns: Vec<Column>,
}

/// Looks at the first [`super::HEAD_BYTES`] of a file.
pub fn look(head: &[u8]) -> Looks {
    let (encoding, has_mark) = detect(head);
    let mut looks = Looks {
        encoding,
        has_mark,
        separator: None,
        has_header: false,
        format: None,
        columns: Vec::new(),
    };
    if let Some(format) = json_format(head, encoding) {
        looks.format = format;
        return looks;
    }
    let charset = Charset { encoding, named: false, turkish: false };
    let separator = separator(head, charset);
    looks.separator = Some(separator);
    let mut rows = first_rows(head, charset, separator);
    looks.has_header = rows.first().is_some_and(|first| is_header(first));
    let header = if looks.has_header { rows.remove(0) } else { Vec::new() };
    let (format, names) = table_format(&header, rows.first());
    looks.format = format;
    looks.columns = columns(&names, &rows);
    looks
}

/// The format of a file of JSON, if it is one that is known; `None` if it is no JSON.
fn json_format(head: &[u8], encoding: Encoding) -> Option<Option<&'static str>> {
    let mut text = Vec::new();
    let mut input = Input::new(std::io::empty(), head.to_vec(), encoding);
    input.fill(&mut text).ok()?;
    let text = String::from_utf8_lossy(&text);
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let has = |name: &str| text.contains(&format!("\"{name}\""));
    let switch = has("channel_data") || has("variables");
    let twilio = has("sid") && (has("calls") || has("start_time"));
    match (switch, twilio) {
        (true, _) => Some(Some(formats::FREESWITCH_JSON)),
        (false, true) => Some(Some(formats::TWILIO)),
        _ => Some(None),
    }
}

/// Whether a row names columns: words in all cells, and no digits but at the end of a name.
pub(super) fn is_header(row: &[String]) -> bool {
    let is_name = |cell: &String| {
        let cell = cell.trim().trim_end_matches(|c: char| c.is_ascii_digit());
        cell.chars().any(char::is_alphabetic)
            && !cell.chars().any(|c| c.is_ascii_digit() || matches!(c, '@' | '<' | '>' | '\n'))
            && cell.chars().count() <= 40
    };
    let filled: Vec<&String> = row.iter().filter(|cell| !cell.trim().is_empty()).collect();
    filled.len() >= 2 && filled.len() * 2 > row.len() && filled.into_iter().all(is_name)
}

/// A header's name in the form in which formats know it.
pub(super) fn plain(name: &str) -> String {
    name.trim().to_ascii_lowercase()
}

/// The format and the names of the columns.
fn table_format(
    header: &[String],
    first: Option<&Vec<String>>,
) -> (Option<&'static str>, Vec<String>) {
    let names: Vec<String> = header.iter().map(|name| plain(name)).collect();
    let has = |wanted: &[&str]| wanted.iter().all(|name| names.iter().any(|n| n == name));
    if has(&["calldate", "src", "dst"]) {
        return (Some(formats::FREEPBX), header.to_vec());
    }
    if has(&["src", "dst", "start", "billsec"]) {
        return (Some(formats::ASTERISK), header.to_vec());
    }
    if has(&["eventtype", "eventtime"]) {
        return (Some(formats::CEL), header.to_vec());
    }
    if has(&["caller_id_number", "destination_number"]) {
        return (Some(formats::FREESWITCH), header.to_vec());
    }
    match first {
        Some(row) if header.is_empty() => without_header(row),
        _ => (None, header.to_vec()),
    }
}

fn without_header(row: &[String]) -> (Option<&'static str>, Vec<String>) {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let is_time = |at: usize| {
        let cell = row.get(at).map(String::as_str).unwrap_or_default();
        cell.len() >= 19 && cell.parse::<jiff::civil::DateTime>().is_ok()
    };
    if row.iter().any(|cell| EVENTS.contains(&cell.trim())) {
        let sample = row.len() == cel::SAMPLE.len();
        let names = if sample { owned(&cel::SAMPLE) } else { Vec::new() };
        return (Some(formats::CEL), names);
    }
    if is_time(9)
        && row.get(12).is_some_and(|cell| cell.parse::<u32>().is_ok())
        && let Some(names) = asterisk::columns(row)
    {
        return (Some(formats::ASTERISK), names);
    }
    if row.len() == asterisk::FREEPBX.len() && is_time(0) {
        return (Some(formats::FREEPBX), owned(&asterisk::FREEPBX));
    }
    if row.len() == freeswitch::EXAMPLE.len() && is_time(4) {
        return (Some(formats::FREESWITCH), owned(&freeswitch::EXAMPLE));
    }
    (None, Vec::new())
}
