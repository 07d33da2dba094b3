//! Going through a log, row by row, in little memory.

use std::fmt;
use std::io::{self, Read};

use throughline_core::call::Leg;

use super::legs::{self, Cells};
use super::objects::{Object, Objects};
use super::{HEAD_BYTES, Looks, Rejection, Row, Source};
use super::{asterisk, cel, formats, freeswitch, looks, mapped, twilio};
use crate::tables::records::{Record, Records};
use crate::tables::text::{Charset, Input};

/// The rows of a log.
pub struct Rows<R> {
    source: Source,
    looks: Looks,
    reader: Reader<R>,
    /// The names of the columns, where they are the same for all rows.
    names: Option<Vec<String>>,
    events: cel::Events,
    number: u64,
    /// The row that was read last, for what the end of the file tells.
    last_line: u64,
    ended: bool,
    /// Whether reading failed: nothing comes after that.
    failed: bool,
}

enum Reader<R> {
    Table(Records<R>),
    Objects(Objects<R>),
}

impl<R> fmt::Debug for Rows<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows")
            .field("looks", &self.looks)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// Goes through a log from its beginning. Whatever is wrong with a row is its own result; errors are those
/// of reading.
pub fn read<R: Read>(mut input: R, source: &Source) -> io::Result<Rows<R>> {
    let mut head = Vec::new();
    (&mut input).take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    let settings = &source.settings;
    let mut looks = looks::look(&head);
    let guessed = looks.has_header;
    looks.encoding = settings.encoding.unwrap_or(looks.encoding);
    looks.separator = settings.separator.or(looks.separator).filter(|_| source.format.is_table);
    looks.has_header = source.format.is_table && settings.header.unwrap_or(guessed);
    looks.format = Some(source.format.name);
    let input = Input::new(input, head, looks.encoding);
    let turkish = crate::tables::is_turkish(source.plan.region);
    let charset = Charset { encoding: looks.encoding, named: settings.encoding.is_some(), turkish };
    let reader = match looks.separator {
        Some(separator) => Reader::Table(Records::new(input, charset, separator)),
        None if source.format.is_table => Reader::Table(Records::new(input, charset, ',')),
        None => Reader::Objects(Objects::new(input)),
    };
    let (source, events) = (source.clone(), cel::Events::default());
    Ok(Rows {
        source,
        looks,
        reader,
        names: None,
        events,
        number: 0,
        last_line: 0,
        ended: false,
        failed: false,
    })
}

impl<R: Read> Rows<R> {
    /// What the file looks like, with what the settings say instead of what was found out.
    pub fn looks(&self) -> &Looks {
        &self.looks
    }

    fn step(&mut self) -> io::Result<Option<Row>> {
        loop {
            let row = match &mut self.reader {
                Reader::Table(records) => match records.next()? {
                    Some(record) => self.of_record(record),
                    None => return Ok(self.end()),
                },
                Reader::Objects(objects) => match objects.next()? {
                    Some(object) => Some(self.of_object(object)),
                    None => return Ok(self.end()),
                },
            };
            if row.is_some() {
                return Ok(row);
            }
        }
    }

    /// The row of a record; `None` if it is the header, or one that the mapping says to pass over.
    fn of_record(&mut self, record: Record) -> Option<Row> {
        self.last_line = record.line;
        if let Ok(values) = &record.cells
            && (self.is_ignored(values) || self.is_header(values))
        {
            return None;
        }
        self.number += 1;
        let result = match &record.cells {
            Ok(values) => self.legs(values),
            Err(why) => Err(Rejection::of_row(why.clone())),
        };
        Some(Row { number: self.number, line: record.line, raw: record.raw, result })
    }

    /// Whether it is the header, whose names are kept.
    fn is_header(&mut self, values: &[String]) -> bool {
        let settings = &self.source.settings;
        let first = self.number == 0 && self.names.is_none();
        if !first {
            return false;
        }
        let exact = settings.mapping.is_some();
        let name = |name: &String| if exact { name.trim().to_owned() } else { looks::plain(name) };
        let given = !settings.columns.is_empty();
        if given {
            self.names = Some(settings.columns.iter().map(|n| looks::plain(n)).collect());
        }
        if self.looks.has_header && !given {
            self.names = Some(values.iter().map(name).collect());
        }
        self.looks.has_header
    }

    fn is_ignored(&self, values: &[String]) -> bool {
        let mapping = self.source.settings.mapping.as_ref();
        mapping.is_some_and(|mapping| mapped::is_ignored(values, mapping))
    }

    fn legs(&mut self, values: &[String]) -> Result<Vec<Leg>, Rejection> {
        let by_width;
        let names = match &self.names {
            Some(names) => names,
            None => {
                by_width = self.names_for(values)?;
                &by_width
            }
        };
        if names.len() != values.len() {
            let (has, wants) = (values.len(), names.len());
            return Err(Rejection::of_row(format!(
                "it has {has} columns where {wants} are named; a separator or a quote is missing or too many"
            )));
        }
        let cells = Cells { names, values };
        let source = &self.source;
        match (source.format.name, &source.settings.mapping) {
            (formats::CEL, _) => self.events.legs(&cells, source),
            (formats::FREESWITCH, _) => freeswitch::leg_of_row(&cells, source).map(|leg| vec![leg]),
            (formats::MAPPED, Some(mapping)) => {
                if let Some(column) = mapped::missing(names, mapping).first() {
                    return Err(Rejection::of(column, "the file has no such column"));
                }
                mapped::leg(&cells, mapping, source).map(|leg| vec![leg])
            }
            _ => asterisk::leg(&cells, source).map(|leg| vec![leg]),
        }
    }

    /// The names of the columns where the file has no header and the settings name none.
    fn names_for(&self, values: &[String]) -> Result<Vec<String>, Rejection> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let (wanted, names): (_, &[&str]) = match self.source.format.name {
            formats::ASTERISK => {
                let has = values.len();
                return asterisk::columns(values).ok_or_else(|| {
                    let why = format!("it has {has} columns; Master.csv has 16 to 21");
                    Rejection::of_row(why)
                });
            }
            formats::CEL => ("the sample of cel_custom.conf has", &cel::SAMPLE),
            formats::FREEPBX => ("the table of FreePBX has", &asterisk::FREEPBX),
            formats::FREESWITCH => ("the template \"example\" has", &freeswitch::EXAMPLE),
            _ => return Ok((1..=values.len()).map(|place| format!("#{place}")).collect()),
        };
        if names.len() == values.len() {
            return Ok(owned(names));
        }
        let (has, wants) = (values.len(), names.len());
        let why =
            format!("it has {has} columns, and {wanted} {wants}; name the columns in their order");
        Err(Rejection::of_row(why))
    }

    fn of_object(&mut self, object: Object) -> Row {
        self.number += 1;
        self.last_line = object.line;
        let result = match &object.fault {
            Some(why) => Err(Rejection::of_row(why.clone())),
            None => self.leg_of(&object.raw).map(|leg| vec![leg]),
        };
        Row {
            number: self.number,
            line: object.line,
            raw: object.raw.replace('\0', "\u{fffd}"),
            result,
        }
    }

    fn leg_of(&self, raw: &str) -> Result<Leg, Rejection> {
        let value: serde_json::Value = serde_json::from_str(raw)
            .map_err(|e| Rejection::of_row(format!("it is no JSON: {e}")))?;
        // The same object has the same hash, whatever stands between its parts.
        let hash = legs::short(&blake3::hash(value.to_string().as_bytes()));
        match self.source.format.name {
            formats::FREESWITCH_JSON => freeswitch::leg_of_record(&value, hash, &self.source),
            _ => twilio::leg_of_record(&value, hash, &self.source),
        }
    }

    /// What the end of the file tells: the calls that it does not end.
    fn end(&mut self) -> Option<Row> {
        let legs = if self.ended { Vec::new() } else { self.events.finish(&self.source) };
        self.ended = true;
        let (number, line) = (self.number, self.last_line);
        (!legs.is_empty()).then(|| Row { number, line, raw: String::new(), result: Ok(legs) })
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = io::Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let row = self.step();
        self.failed = row.is_err();
        row.transpose()
    }
}
