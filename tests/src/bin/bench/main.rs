//! `make bench`: what the product costs against the barest way to do the same, as ratios measured
//! in one run. A ratio holds on a slow machine and on a fast one; absolute figures are printed
//! beside it for the reader alone.
//!
//!     bench --server target/release/throughline [--items 1000000] [--mails 5000]

mod http;
mod import;
mod lists;
mod process;
mod seed;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use table::Table;

/// What to measure with.
pub struct Options {
    /// The built server.
    pub server: PathBuf,
    /// Items in the large database.
    pub items: i64,
    /// Mails to import.
    pub mails: usize,
}

fn options() -> Options {
    let mut options =
        Options { server: "target/release/throughline".into(), items: 1_000_000, mails: 5_000 };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().unwrap_or_default();
        match word.as_str() {
            "--server" => options.server = value.into(),
            "--items" => options.items = value.parse().expect("a number of items"),
            "--mails" => options.mails = value.parse().expect("a number of mails"),
            other => panic!("unknown option {other}: use --server, --items, --mails"),
        }
    }
    options
}

fn main() -> ExitCode {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let options = options();
    let mut table = Table::default();
    process::measure(&options, &mut table);
    import::measure(&options, &mut table);
    lists::measure(&options, &mut table);
    http::measure(&options, &mut table);
    table.print();
    ExitCode::from(u8::from(table.missed()))
}
