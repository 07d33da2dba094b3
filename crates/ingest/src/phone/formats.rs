//! The formats of phone logs, as an admin chooses among them.

use serde::Serialize;

/// A format of phone logs.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct PhoneFormat {
    /// Its name in settings, such as `asterisk_csv`.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Where such a file comes from, and what to know about it.
    pub help: &'static str,
    /// Whether its times are those of a clock on the wall, so that a time zone has to be named.
    pub needs_zone: bool,
    /// Whether it is a table of columns, with an encoding and a separator.
    pub is_table: bool,
    /// Whether `columns` may be given, because an admin of the phone system chooses them.
    pub takes_columns: bool,
    /// Whether it wants a mapping.
    pub needs_mapping: bool,
}

/// Asterisk's `Master.csv`.
pub(super) const ASTERISK: &str = "asterisk_csv";
/// Asterisk's channel events.
pub(super) const CEL: &str = "asterisk_cel";
/// FreePBX's table of calls.
pub(super) const FREEPBX: &str = "freepbx";
/// FreeSWITCH's mod_cdr_csv.
pub(super) const FREESWITCH: &str = "freeswitch_csv";
/// FreeSWITCH's mod_json_cdr.
pub(super) const FREESWITCH_JSON: &str = "freeswitch_json";
/// Twilio's list of calls.
pub(super) const TWILIO: &str = "twilio_calls";
/// Any table by a mapping.
pub(super) const MAPPED: &str = "mapped";

const FORMATS: &[PhoneFormat] = &[
    PhoneFormat {
        name: ASTERISK,
        title: "Asterisk Master.csv",
        help: "cdr-csv/Master.csv of cdr_csv, with 16 to 21 columns and no header",
        needs_zone: true,
        is_table: true,
        takes_columns: true,
        needs_mapping: false,
    },
    PhoneFormat {
        name: CEL,
        title: "Asterisk channel events (CEL)",
        help: "the file of cel_custom; name its columns if cel_custom.conf has an order of its own",
        needs_zone: false,
        is_table: true,
        takes_columns: true,
        needs_mapping: false,
    },
    PhoneFormat {
        name: FREEPBX,
        title: "FreePBX",
        help: "the table asteriskcdrdb.cdr, exported as CSV with the names of its columns",
        needs_zone: true,
        is_table: true,
        takes_columns: true,
        needs_mapping: false,
    },
    PhoneFormat {
        name: FREESWITCH,
        title: "FreeSWITCH CSV",
        help: "the file of mod_cdr_csv; name its columns if your template is not \"example\"",
        needs_zone: true,
        is_table: true,
        takes_columns: true,
        needs_mapping: false,
    },
    PhoneFormat {
        name: FREESWITCH_JSON,
        title: "FreeSWITCH JSON",
        help: "files of mod_json_cdr, one record for each channel",
        needs_zone: false,
        is_table: false,
        takes_columns: false,
        needs_mapping: false,
    },
    PhoneFormat {
        name: TWILIO,
        title: "Twilio calls",
        help: "answers of Twilio's Calls list as JSON",
        needs_zone: false,
        is_table: false,
        takes_columns: false,
        needs_mapping: false,
    },
    PhoneFormat {
        name: MAPPED,
        title: "Any CSV",
        help: "a table of any phone system, by a mapping that says what each column is",
        needs_zone: true,
        is_table: true,
        takes_columns: false,
        needs_mapping: true,
    },
];

/// All formats, in the order in which they are shown.
pub fn formats() -> &'static [PhoneFormat] {
    FORMATS
}

/// The format of this name.
pub fn named(name: &str) -> Option<&'static PhoneFormat> {
    FORMATS.iter().find(|format| format.name == name)
}
