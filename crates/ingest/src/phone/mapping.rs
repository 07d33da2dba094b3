//! What each column of a table means, where no format is known.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use throughline_core::call::{CallDirection, CallField, Disposition};

use crate::tables::column_fault;

/// What the columns of a table are. It is saved with a source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// What is read of which column. Several columns of one field are read as one text, with a space
    /// between them and in this order, such as a date and a time.
    pub columns: Vec<MappedColumn>,
    /// How times are written: `iso` (also the default), `rfc2822`, `epoch`, `epoch_ms`, or a pattern of
    /// strftime such as `%d.%m.%Y %H:%M:%S`.
    #[serde(default)]
    pub time_format: String,
    /// What stands before decimals.
    #[serde(default)]
    pub decimal_mark: DecimalMark,
    /// What numbers of durations count. Texts such as `00:01:15` are read for what they are.
    #[serde(default)]
    pub duration_unit: DurationUnit,
    /// What the words for dispositions mean, where they are not known anyway.
    #[serde(default)]
    pub dispositions: BTreeMap<String, Disposition>,
    /// What the words for directions mean, where they are not known anyway.
    #[serde(default)]
    pub directions: BTreeMap<String, CallDirection>,
    /// What begins rows that are no calls, such as `Totals`.
    #[serde(default)]
    pub ignore: Vec<String>,
}

/// One column and what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MappedColumn {
    /// Its name in the header, or its place from 1 on, such as `#3`.
    pub column: String,
    /// What it says.
    pub field: CallField,
}

/// What stands before decimals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecimalMark {
    /// `0.5`
    #[default]
    Point,
    /// `0,5`
    Comma,
}

impl DecimalMark {
    /// The character.
    pub fn char(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }
}

/// What numbers of durations count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DurationUnit {
    /// Seconds.
    #[default]
    Seconds,
    /// Thousandths of seconds.
    Milliseconds,
    /// Minutes.
    Minutes,
}

impl Mapping {
    /// What is wrong with it in itself, whatever file it is used for.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let has = |field| self.columns.iter().any(|column| column.field == field);
        if !has(CallField::Started) {
            faults.push("say which column tells when the call began (started)".to_owned());
        }
        let ends = [CallField::From, CallField::To, CallField::Customer];
        if !ends.into_iter().any(has) {
            faults.push("say which column has a number (from, to or customer)".to_owned());
        }
        faults.extend(self.columns.iter().filter_map(|one| column_fault(&one.column)));
        faults
    }
}
