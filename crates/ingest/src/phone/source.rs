//! How a source of phone logs is read: what an admin sets, and what is made of it.

use serde::{Deserialize, Serialize};
use throughline_core::call::{DstPolicy, NumberPlan};

use super::clock::Clock;
use super::formats::{PhoneFormat, named};
use super::mapping::Mapping;
use crate::tables::settings::{check_separator, region};
use crate::tables::{Encoding, Wrong};

/// What an admin sets. It is saved as it is, and told back as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The name of the format, of those in [`super::formats()`].
    pub format: String,
    /// The time zone of the phone system's clock by its IANA name, such as `Europe/Berlin`. Where the
    /// format gives instants it may be left out.
    #[serde(default)]
    pub time_zone: String,
    /// What to do with times that come twice or never when clocks are changed.
    #[serde(default = "reject")]
    pub dst: DstPolicy,
    /// The encoding; `None` to find out.
    #[serde(default)]
    pub encoding: Option<Encoding>,
    /// The separator of columns; `None` to find out.
    #[serde(default)]
    pub separator: Option<char>,
    /// Whether the first row is a header; `None` to find out.
    #[serde(default)]
    pub header: Option<bool>,
    /// The names of the columns in their order, where an admin of the phone system chose them.
    #[serde(default)]
    pub columns: Vec<String>,
    /// What the columns mean, for the format `mapped`.
    #[serde(default)]
    pub mapping: Option<Mapping>,
    /// The country in which numbers without a country code are read, by its ISO 3166-1 code.
    #[serde(default)]
    pub region: String,
    /// How many digits extensions have, at least and at most; `[2, 5]` unless set.
    #[serde(default)]
    pub extension_digits: Option<(u8, u8)>,
    /// What extensions begin with, where not all numbers of that length are extensions.
    #[serde(default)]
    pub extension_prefixes: Vec<String>,
    /// What is dialled before a number outside.
    #[serde(default)]
    pub outside_prefix: String,
    /// Our own numbers.
    #[serde(default)]
    pub own_numbers: Vec<String>,
    /// Contexts of the dial plan (`dcontext`, `context`) in which customers call us.
    #[serde(default)]
    pub inbound_contexts: Vec<String>,
    /// Contexts in which we call customers.
    #[serde(default)]
    pub outbound_contexts: Vec<String>,
    /// Contexts in which we call one another.
    #[serde(default)]
    pub internal_contexts: Vec<String>,
    /// What the channels of lines to the outside begin with, such as `PJSIP/trunk`.
    #[serde(default)]
    pub trunks: Vec<String>,
}

fn reject() -> DstPolicy {
    DstPolicy::Reject
}

impl Settings {
    /// Settings of a format with everything else left to be found out.
    pub fn of(format: &str) -> Self {
        Self {
            format: format.to_owned(),
            time_zone: String::new(),
            dst: reject(),
            encoding: None,
            separator: None,
            header: None,
            columns: Vec::new(),
            mapping: None,
            region: String::new(),
            extension_digits: None,
            extension_prefixes: Vec::new(),
            outside_prefix: String::new(),
            own_numbers: Vec::new(),
            inbound_contexts: Vec::new(),
            outbound_contexts: Vec::new(),
            internal_contexts: Vec::new(),
            trunks: Vec::new(),
        }
    }
}

/// Settings that were checked.
#[derive(Debug, Clone)]
pub struct Source {
    pub(super) format: &'static PhoneFormat,
    pub(super) clock: Clock,
    pub(super) plan: NumberPlan,
    pub(super) settings: Settings,
}

impl Source {
    /// Checks settings, and tells all that is wrong with them.
    pub fn new(settings: Settings) -> Result<Self, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let format = named(&settings.format);
        if format.is_none() {
            let known: Vec<&str> = super::formats().iter().map(|format| format.name).collect();
            wrong.push(Wrong::new("format", format!("expected one of {}", known.join(", "))));
        }
        let clock = clock(&settings, format.is_some_and(|f| f.needs_zone), &mut wrong);
        let plan = plan(&settings, &mut wrong);
        if let Some(format) = format {
            check_table(&settings, format, &mut wrong);
        }
        match (format, clock, wrong.is_empty()) {
            (Some(format), Some(clock), true) => Ok(Self { format, clock, plan, settings }),
            _ => Err(wrong),
        }
    }

    /// What was checked.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}

fn clock(settings: &Settings, needed: bool, wrong: &mut Vec<Wrong>) -> Option<Clock> {
    let name = match settings.time_zone.trim() {
        "" if needed => {
            let why = "name the time zone of the phone system's clock, such as Europe/Berlin; \
                       if it runs on universal time, UTC";
            wrong.push(Wrong::new("time_zone", why));
            return None;
        }
        name => name,
    };
    let clock = Clock::new(name, settings.dst);
    if clock.is_none() {
        let name: String = name.chars().take(40).collect();
        let why = format!("'{name}' is no time zone; use an IANA name such as Europe/Berlin");
        wrong.push(Wrong::new("time_zone", why));
    }
    clock
}

fn plan(settings: &Settings, wrong: &mut Vec<Wrong>) -> NumberPlan {
    let digits = settings.extension_digits.unwrap_or((2, 5));
    if digits.1 > 10 {
        wrong.push(Wrong::new("extension_digits", "extensions have at most 10 digits"));
    }
    let mut plan = NumberPlan::default();
    plan.region = region(&settings.region, wrong);
    plan.extension_digits = digits;
    plan.extension_prefixes.clone_from(&settings.extension_prefixes);
    settings.outside_prefix.trim().clone_into(&mut plan.outside_prefix);
    plan.with_own(&settings.own_numbers)
}

fn check_table(settings: &Settings, format: &PhoneFormat, wrong: &mut Vec<Wrong>) {
    check_separator(settings.separator, wrong);
    if !settings.columns.is_empty() && !format.takes_columns {
        wrong.push(Wrong::new("columns", "this format has columns of its own; leave them out"));
    }
    match &settings.mapping {
        None if format.needs_mapping => {
            wrong.push(Wrong::new("mapping", "say what the columns are"))
        }
        Some(_) if !format.needs_mapping => {
            wrong.push(Wrong::new(
                "mapping",
                "this format needs none; leave it out, or choose mapped",
            ));
        }
        Some(mapping) => {
            wrong.extend(mapping.faults().into_iter().map(|why| Wrong::new("mapping", why)))
        }
        None => {}
    }
}
