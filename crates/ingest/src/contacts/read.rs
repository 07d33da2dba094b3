//! Going through a table of contacts, row by row, in little memory.

use std::io::{self, Read};

use throughline_core::contact::{Contact, ContactField};
use throughline_core::identity::{Hint, IdentityKind};

use super::settings::{Settings, Source};
use super::{HEAD_BYTES, Row, guess};
use crate::tables::records::{Record, Records};
use crate::tables::text::{Charset, Input, detect};
use crate::tables::{cut, first_rows, index, is_turkish, separator};

/// The most addresses, numbers and ids of one person.
const MAX_IDENTITIES: usize = 20;
/// The longest text that is taken from a cell, in characters.
const MAX_TEXT: usize = 2_000;

/// The rows of a table of contacts.
pub struct Rows<R> {
    source: Source,
    records: Records<R>,
    has_header: bool,
    names: Option<Vec<String>>,
    number: u64,
    ended: bool,
}

/// What a file is read by: what the settings say, and else what it looks like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub charset: Charset,
    pub separator: char,
    pub has_header: bool,
}

impl Found {
    /// Looks at the beginning of a file.
    pub fn of(head: &[u8], settings: &Settings, turkish: bool) -> Self {
        let encoding = settings.encoding.unwrap_or_else(|| detect(head).0);
        let charset = Charset { encoding, named: settings.encoding.is_some(), turkish };
        let separator = settings.separator.unwrap_or_else(|| separator(head, charset));
        let guessed =
            || first_rows(head, charset, separator).first().is_some_and(|r| guess::is_header(r));
        Self { charset, separator, has_header: settings.header.unwrap_or_else(guessed) }
    }
}

/// Goes through a table from its beginning. Whatever is wrong with a row is its own result; errors are those
/// of reading.
pub fn read<R: Read>(mut input: R, source: &Source) -> io::Result<Rows<R>> {
    let mut head = Vec::new();
    (&mut input).take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    let found = Found::of(&head, &source.settings, is_turkish(source.region));
    let input = Input::new(input, head, found.charset.encoding);
    let records = Records::new(input, found.charset, found.separator);
    let has_header = found.has_header;
    Ok(Rows { source: source.clone(), records, has_header, names: None, number: 0, ended: false })
}

impl<R: Read> Iterator for Rows<R> {
    type Item = io::Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        loop {
            match self.records.next() {
                Ok(Some(record)) => {
                    if let Some(row) = self.row(record) {
                        return Some(Ok(row));
                    }
                }
                Ok(None) => {
                    self.ended = true;
                    return None;
                }
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
    }
}

impl<R> Rows<R> {
    /// The row of a record; `None` if it is the header.
    fn row(&mut self, record: Record) -> Option<Row> {
        let Record { line, raw, cells } = record;
        if let (Ok(values), None) = (&cells, &self.names) {
            let places = (1..=values.len()).map(|place| format!("#{place}"));
            let names = if self.has_header { values.clone() } else { places.collect() };
            self.names = Some(names);
            if self.has_header {
                return None;
            }
        }
        self.number += 1;
        let result = cells.and_then(|values| self.contact(&values));
        Some(Row { number: self.number, line, raw, result })
    }

    fn contact(&self, values: &[String]) -> Result<Contact, String> {
        let names = self.names.as_deref().unwrap_or_default();
        if values.len() > names.len() {
            let (has, wants) = (values.len(), names.len());
            return Err(format!(
                "it has {has} columns where {wants} are named; a separator or a quote is missing or too many"
            ));
        }
        let mut contact = Contact::default();
        let mut identities = Identities { source: &self.source, found: Vec::new() };
        for column in &self.source.settings.columns {
            let at = index(names, &column.column);
            let at = at.ok_or_else(|| format!("{}: the file has no such column", column.column))?;
            let text = values.get(at).map(|value| value.trim()).unwrap_or_default();
            if text.is_empty() {
                continue;
            }
            let text = cut(&text.replace('\0', ""), MAX_TEXT);
            let told = identities.read(&column.field, &text);
            if !told.map_err(|why| format!("{}: {why}", column.column))? {
                put(&mut contact, &column.field, text);
            }
        }
        contact.identities = identities.ordered()?;
        Ok(contact)
    }
}

/// Notes what a cell says.
fn put(contact: &mut Contact, field: &ContactField, text: String) {
    let joined = |before: Option<String>| match before {
        Some(before) => Some(format!("{before} {text}")),
        None => Some(text.clone()),
    };
    match field {
        ContactField::Name => contact.name = joined(contact.name.take()),
        ContactField::Organization => contact.organization = joined(contact.organization.take()),
        ContactField::Language => contact.language = Some(text),
        ContactField::TimeZone => contact.time_zone = Some(text),
        ContactField::Tags => contact.tags.extend(parts(&text)),
        ContactField::Custom(key) => contact.custom.push((key.clone(), text)),
        ContactField::ExternalId | ContactField::Email | ContactField::Phone => {}
    }
}

/// The parts of a cell that holds several values. Address books write ` ::: ` between them.
fn parts(text: &str) -> Vec<String> {
    let all = text.replace(":::", ";");
    let parts = all.split([';', ',', '|', '\n']).map(str::trim);
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// By what the person of one row is known.
struct Identities<'a> {
    source: &'a Source,
    found: Vec<Hint>,
}

impl Identities<'_> {
    /// Reads a cell if it identifies; says whether it does.
    fn read(&mut self, field: &ContactField, text: &str) -> Result<bool, String> {
        let (kind, scope) = match field {
            ContactField::ExternalId => (IdentityKind::External, self.source.scope.as_str()),
            ContactField::Email => (IdentityKind::Email, ""),
            ContactField::Phone => (IdentityKind::Phone, ""),
            _ => return Ok(false),
        };
        let one = vec![text.to_owned()];
        let texts = if kind == IdentityKind::External { one } else { parts(text) };
        for text in texts {
            let hint = Hint::read(kind, scope, address(&text), self.source.region);
            let hint = hint.map_err(|why| why.to_string())?;
            if !self.found.iter().any(|known| known.key == hint.key) {
                self.found.push(hint);
            }
        }
        Ok(true)
    }

    /// What was given out first, then addresses, then numbers.
    fn ordered(mut self) -> Result<Vec<Hint>, String> {
        let rank = |hint: &Hint| match hint.key.kind {
            IdentityKind::External => 0,
            IdentityKind::Email => 1,
            _ => 2,
        };
        self.found.sort_by_key(rank);
        if self.found.is_empty() {
            let why = "it has no address, number or external id: nobody could be known by it again";
            return Err(why.to_owned());
        }
        if self.found.len() > MAX_IDENTITIES {
            return Err(format!("it has more than {MAX_IDENTITIES} addresses, numbers and ids"));
        }
        if self.found.iter().filter(|hint| rank(hint) == 0).count() > 1 {
            return Err("two external ids are two people".to_owned());
        }
        Ok(self.found)
    }
}

/// The address in `Name <address>`, and anything else as it is.
fn address(text: &str) -> &str {
    let inner = text.strip_suffix('>').and_then(|text| text.rsplit_once('<'));
    inner.map_or(text, |(_, address)| address.trim())
}
