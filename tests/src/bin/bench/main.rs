//! `make bench`: what the product costs against the barest way to do the same, as ratios measured
//! in one run. A ratio holds on a slow machine and on a fast one; absolute figures are printed
//! beside it for the reader alone.
//!
//!     bench --server target/release/throughline [--items 1000000] [--mails 5000]
//!           [--hooks 3000] [--rows 1000000]
//!           [--only process,import,calls,lists,merging,http,hooks,rate,mail]

mod calls;
mod hook_rate;
mod hooks;
mod http;
mod import;
mod lists;
mod mail;
mod merging;
mod process;
mod seed;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use table::Table;

/// The allocator of the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What to measure with.
pub struct Options {
    /// The built server.
    pub server: PathBuf,
    /// Items in the large database.
    pub items: i64,
    /// Mails to import.
    pub mails: usize,
    /// Requests of platforms to take.
    pub hooks: usize,
    /// Lines of the phone log to read in.
    pub rows: usize,
    /// The parts to measure.
    pub only: Vec<String>,
}

/// A part of the measurements.
type Part = fn(&Options, &mut Table);

/// The parts, in the order of the table.
const PARTS: &[(&str, Part)] = &[
    ("process", process::measure),
    ("import", import::measure),
    ("calls", calls::measure),
    ("lists", lists::measure),
    ("merging", merging::measure),
    ("http", http::measure),
    ("hooks", hooks::measure),
    ("rate", hook_rate::measure),
    ("mail", mail::measure),
];

fn options() -> Options {
    let mut options = Options {
        server: "target/release/throughline".into(),
        items: 1_000_000,
        mails: 5_000,
        hooks: 3_000,
        rows: 1_000_000,
        only: PARTS.iter().map(|(name, _)| (*name).to_owned()).collect(),
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().unwrap_or_default();
        match word.as_str() {
            "--server" => options.server = value.into(),
            "--items" => options.items = value.parse().expect("a number of items"),
            "--mails" => options.mails = value.parse().expect("a number of mails"),
            "--hooks" => options.hooks = value.parse().expect("a number of requests"),
            "--rows" => options.rows = value.parse().expect("a number of lines"),
            "--only" => options.only = value.split(',').map(str::to_owned).collect(),
            other => {
                panic!(
                    "unknown option {other}: use --server, --items, --mails, --hooks, --rows, --only"
                )
            }
        }
    }
    options
}

fn main() -> ExitCode {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let options = options();
    let mut table = Table::default();
    for (name, measure) in PARTS {
        if options.only.iter().any(|only| only == name) {
            measure(&options, &mut table);
        }
    }
    table.print();
    ExitCode::from(u8::from(table.missed()))
}
