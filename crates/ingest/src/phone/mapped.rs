//! Tables of any phone system, by a mapping that says what each column is.

use throughline_core::call::{CallDirection, CallField, Cost, Disposition, Leg};

use super::clock::{self, Moment};
use super::legs::{self, Cells};
use super::mapping::{DurationUnit, Mapping};
use super::{Rejection, Source};
use crate::tables::index;

/// The cells of a row by what a mapping says they are.
struct Row<'a> {
    cells: &'a Cells<'a>,
    mapping: &'a Mapping,
    source: &'a Source,
}

/// Whether a row is one that the mapping says to pass over.
pub(super) fn is_ignored(values: &[String], mapping: &Mapping) -> bool {
    let first = values.iter().map(|value| value.trim()).find(|value| !value.is_empty());
    first.is_some_and(|first| {
        mapping.ignore.iter().any(|begin| !begin.is_empty() && first.starts_with(begin.as_str()))
    })
}

/// The columns of a mapping that a file does not have.
pub(super) fn missing(names: &[String], mapping: &Mapping) -> Vec<String> {
    let has = |column: &str| index(names, column).is_some();
    let columns = mapping.columns.iter().map(|mapped| mapped.column.clone());
    columns.filter(|column| !has(column)).collect()
}

/// The leg that a row tells.
pub(super) fn leg(cells: &Cells<'_>, mapping: &Mapping, source: &Source) -> Result<Leg, Rejection> {
    let row = Row { cells, mapping, source };
    let started = row.time(CallField::Started)?;
    let started = started
        .ok_or_else(|| row.bad(CallField::Started, "it does not say when the call began"))?;
    let hash = cells.hash();
    // Without ids each row is a call of its own, named by all that it says.
    let key = row.get(CallField::LegKey).unwrap_or_else(|| hash.clone());
    let call = row.get(CallField::CallKey).unwrap_or_else(|| key.clone());
    let mut leg = legs::blank(&call, &key, hash, started);
    legs::put_times(&mut leg, row.time(CallField::Answered)?, row.time(CallField::Ended)?);
    row.put_ends(&mut leg)?;
    leg.duration_seconds = row.seconds(CallField::Duration)?;
    leg.talk_seconds = row.seconds(CallField::Talk)?;
    leg.wait_seconds = row.seconds(CallField::Wait)?;
    leg.hold_seconds = row.seconds(CallField::Hold)?;
    row.put_outcome(&mut leg);
    leg.queue = row.get(CallField::Queue);
    leg.hangup_cause = row.get(CallField::HangupCause);
    leg.transferred_to = row.get(CallField::TransferredTo);
    leg.recordings = row.get(CallField::Recording).into_iter().collect();
    leg.voicemails = row.get(CallField::Voicemail).into_iter().collect();
    leg.cost = row.cost()?;
    leg.data = row.rest();
    Ok(leg)
}

impl Row<'_> {
    /// What the columns of a field say together; `None` if nothing stands there, or a dash for nothing.
    fn get(&self, field: CallField) -> Option<String> {
        let columns = self.mapping.columns.iter().filter(|mapped| mapped.field == field);
        let values = columns.filter_map(|mapped| {
            let at = index(self.cells.names, &mapped.column)?;
            self.cells.values.get(at).map(|value| value.trim()).filter(|value| !value.is_empty())
        });
        let text = values.collect::<Vec<_>>().join(" ");
        Some(legs::cut(&text, 1000)).filter(|text| !matches!(text.as_str(), "" | "-" | "--"))
    }

    /// A rejection that names the column as the file does.
    fn bad(&self, field: CallField, why: &str) -> Rejection {
        let column = self.mapping.columns.iter().find(|mapped| mapped.field == field);
        Rejection::of(column.map_or(field.as_str(), |mapped| &mapped.column), why)
    }

    fn time(&self, field: CallField) -> Result<Option<Moment>, Rejection> {
        let text = self.get(field).filter(|text| !clock::is_no_time(text));
        let read = |text: String| self.source.clock.read(&text, self.mapping.time_format.trim());
        text.map(read).transpose().map_err(|why| self.bad(field, &why))
    }

    fn seconds(&self, field: CallField) -> Result<Option<u32>, Rejection> {
        let Some(text) = self.get(field) else { return Ok(None) };
        let text = text.replace(self.mapping.decimal_mark.char(), ".");
        let read = match self.mapping.duration_unit {
            _ if text.contains(':') => legs::seconds(&text),
            DurationUnit::Seconds => legs::seconds(&text),
            DurationUnit::Milliseconds => {
                legs::seconds(&text).map(|ms| ms.saturating_add(500) / 1000)
            }
            // Minutes with decimals, in thousandths so that no digit is lost.
            DurationUnit::Minutes => minutes(&text),
        };
        read.map(Some).map_err(|why| self.bad(field, &why))
    }

    fn put_ends(&self, leg: &mut Leg) -> Result<(), Rejection> {
        let plan = &self.source.plan;
        let number = |field| self.get(field).and_then(|text| plan.read(&text));
        let dialled = self.get(CallField::To).and_then(|text| plan.read_dialled(&text));
        leg.from =
            legs::party(number(CallField::From), self.get(CallField::FromName).as_deref(), None);
        leg.to = legs::party(dialled, self.get(CallField::ToName).as_deref(), None);
        leg.our_number = number(CallField::OurNumber);
        leg.extensions = self.get(CallField::Extension).into_iter().collect();
        let said = self.get(CallField::Direction);
        leg.direction = match said.as_deref().map(|words| self.way(words)) {
            Some(Some(direction)) => direction,
            _ => legs::direction(self.source, leg, None),
        };
        if leg.direction == CallDirection::Unknown && said.is_some() {
            let words = legs::cut(&said.unwrap_or_default(), 40);
            let why = format!(
                "'{words}' is no direction that is known; say in the mapping what it means"
            );
            return Err(self.bad(CallField::Direction, &why));
        }
        self.put_customer(leg);
        Ok(())
    }

    /// The customer at the end where he is, if a column names him whoever called.
    fn put_customer(&self, leg: &mut Leg) {
        let number = self.get(CallField::Customer).and_then(|text| self.source.plan.read(&text));
        let name = self.get(CallField::CustomerName).map(|name| legs::one_line(&name));
        if number.is_none() && name.is_none() {
            return;
        }
        let ours = self.get(CallField::Extension).and_then(|text| self.source.plan.read(&text));
        let outbound = leg.direction == CallDirection::Outbound;
        let (end, other) =
            if outbound { (&mut leg.to, &mut leg.from) } else { (&mut leg.from, &mut leg.to) };
        end.number = number.or_else(|| end.number.take());
        end.name = name.or_else(|| end.name.take());
        other.number = other.number.take().or(ours);
    }

    fn way(&self, words: &str) -> Option<CallDirection> {
        let told = self
            .mapping
            .directions
            .iter()
            .find(|(known, _)| legs::word(known) == legs::word(words));
        told.map(|(_, direction)| *direction).or_else(|| legs::way(words))
    }

    fn put_outcome(&self, leg: &mut Leg) {
        let words = self.get(CallField::Disposition).unwrap_or_default();
        let told = self
            .mapping
            .dispositions
            .iter()
            .find(|(known, _)| legs::word(known) == legs::word(&words));
        let known = told.map(|(_, disposition)| *disposition).or_else(|| legs::disposition(&words));
        let talked = leg.talk_seconds.is_some_and(|seconds| seconds > 0) || leg.answered.is_some();
        leg.disposition = match known {
            Some(known) => known,
            None if words.is_empty() && talked => Disposition::Answered,
            None if words.is_empty() && leg.talk_seconds == Some(0) => Disposition::Missed,
            None => Disposition::Unknown,
        };
        leg.disposition_words = legs::cut(&words, 100);
    }

    fn cost(&self) -> Result<Option<Cost>, Rejection> {
        let currency = self.get(CallField::Currency);
        let mark = self.mapping.decimal_mark.char();
        let read = |text: String| Cost::read(&text, mark, currency.as_deref());
        let cost = self.get(CallField::Cost).map(read).transpose();
        cost.map_err(|why| self.bad(CallField::Cost, &why.to_string()))
    }

    /// What stands in columns that mean nothing to the mapping.
    fn rest(&self) -> std::collections::BTreeMap<String, String> {
        let used: Vec<usize> = self
            .mapping
            .columns
            .iter()
            .filter_map(|m| index(self.cells.names, &m.column))
            .collect();
        let all = self.cells.names.iter().zip(self.cells.values).enumerate();
        let rest = all.filter(|(at, (_, value))| !used.contains(at) && !value.trim().is_empty());
        rest.map(|(_, (name, value))| (name.clone(), value.clone())).collect()
    }
}

fn minutes(text: &str) -> Result<u32, String> {
    let bad = || format!("'{}' is no number of minutes", legs::cut(text, 40));
    let (whole, decimals) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let decimals: String = decimals.chars().chain("000".chars()).take(3).collect();
    let good = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if !good(whole) || !good(&decimals) {
        return Err(bad());
    }
    let thousandths: u64 = format!("{whole}{decimals}").parse().map_err(|_| bad())?;
    let seconds = thousandths.checked_mul(60).ok_or_else(bad)? + 500;
    u32::try_from(seconds / 1000).map_err(|_| bad())
}
