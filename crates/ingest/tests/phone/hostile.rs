//! Logs that are broken, hostile or very long: rows are rejected with a reason, memory stays small, and
//! reading again adds nothing.

use std::io::{self, Read};

use proptest::prelude::*;
use throughline_core::call::{Window, group};
use throughline_ingest::phone::{self, Settings};

use super::{legs, rejected, rows, settings, source};

const ASTERISK: &str = include_str!("asterisk_21.csv");

#[test]
fn an_overlapping_file_adds_nothing() {
    let lines: Vec<&str> = ASTERISK.lines().collect();
    let whole = legs(&rows(ASTERISK.as_bytes(), settings("asterisk_csv")));
    let part = |range: std::ops::Range<usize>| {
        legs(&rows(lines[range].join("\n").as_bytes(), settings("asterisk_csv")))
    };
    let twice: Vec<_> = [part(8..16), part(0..12), part(4..10)].concat();
    assert_eq!(group(twice), group(whole));
}

#[test]
fn a_file_that_is_cut_off_is_made_whole_by_the_next() {
    let whole = legs(&rows(ASTERISK.as_bytes(), settings("asterisk_csv")));
    let cut = &ASTERISK[..ASTERISK.len() - 60];
    let first = rows(cut.as_bytes(), settings("asterisk_csv"));
    assert_eq!(rejected(&first).len(), 1, "the row that is cut off");
    assert_eq!(group([legs(&first), whole.clone()].concat()), group(whole));
}

#[test]
fn broken_rows_are_rejected_one_by_one() {
    let good = ASTERISK.lines().next().unwrap_or_default();
    let text = format!(
        "{good}\n1,2,3\n{}\n{}\n{good}x\n{}\n{good}\n",
        good.replace("09:00:00", "25:00:00"),
        good.replacen(",7,", ",seven,", 1),
        good.replacen("\"\"", "\"", 1),
    );
    let rows = rows(text.as_bytes(), settings("asterisk_csv"));
    let why = rejected(&rows);
    assert!(why[0].starts_with("2: it has 3 columns; Master.csv has 16 to 21"), "{why:?}");
    assert!(why[1].starts_with("3: start: '2026-02-03 25:00:00' is not a time"), "{why:?}");
    assert!(why[2].starts_with("4: duration: 'seven' is no number of seconds"), "{why:?}");
    assert!(
        rows[5].raw.starts_with("\",\"+90532"),
        "the row is kept as it stands: {}",
        rows[5].raw
    );
    assert!(rows[5].result.is_err(), "a quote is missing");
    assert!(rows[6].result.is_ok(), "and the next one is read");
}

/// A log of so many rows, made while it is read.
struct Endless {
    left: u32,
    line: Vec<u8>,
}

impl Read for Endless {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.line.is_empty() && self.left > 0 {
            self.left -= 1;
            let (n, call) = (self.left, self.left / 2);
            let row = format!(
                "\"\",\"+90532{:07}\",\"201\",\"in\",\"\",\"P/t-{call}\",\"P/201-{n}\",\"Dial\",\"\",\
                 \"2026-02-03 09:00:00\",,\"2026-02-03 09:00:07\",7,0,\"NO ANSWER\",\"D\",\"{call}.1\",\"\",\"\",\"{call}.1\",{n}\n",
                call % 5_000_000
            );
            self.line = row.into_bytes();
        }
        let take = out.len().min(self.line.len());
        out[..take].copy_from_slice(&self.line[..take]);
        self.line.drain(..take);
        Ok(take)
    }
}

#[test]
fn a_long_log_is_read_and_grouped_while_it_comes() {
    let input = Endless { left: 20_000, line: Vec::new() };
    let mut window = Window::new(64);
    let (mut calls, mut legs) = (0, 0);
    for row in phone::read(input, &source(settings("asterisk_csv"))).expect("a file") {
        for leg in row.expect("a row").result.expect("a leg") {
            legs += 1;
            calls += window.push(leg).len();
        }
    }
    calls += window.finish().len();
    assert_eq!((calls, legs), (10_000, 20_000));
}

#[test]
fn a_file_without_an_end_of_line_costs_no_memory() {
    let input = io::repeat(b'x').take(32 << 20);
    let rows: Vec<_> =
        phone::read(input, &source(settings("asterisk_csv"))).expect("a file").collect();
    assert_eq!(rows.len(), 1);
    let row = rows.into_iter().next().expect("a row").expect("read");
    assert_eq!(row.raw.len(), 1024);
    assert!(row.result.is_err_and(|why| why.to_string().contains("longer than 64 KiB")));
}

#[test]
fn a_fault_of_reading_is_told() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    assert!(phone::read(Broken, &source(settings("asterisk_csv"))).is_err());
    let input = ASTERISK.as_bytes().chain(io::repeat(b'\n').take(1 << 20)).chain(Broken);
    let rows =
        phone::read(input, &source(settings("asterisk_csv"))).expect("the beginning is read");
    let last = rows.last().expect("something");
    assert!(last.is_err(), "what is missing is not taken for the end");
}

fn any_settings(format: &str) -> Settings {
    let mut settings = settings(format);
    if format == "mapped" {
        let mapping =
            r##"{"columns":[{"column":"#1","field":"started"},{"column":"#2","field":"from"}]}"##;
        settings.mapping = serde_json::from_str(mapping).ok();
    }
    settings
}

proptest! {
    #[test]
    fn whatever_is_given_is_rows_or_rejections(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        text in "[\"{}\\[\\],:;a-z0-9\n\\\\ .-]{0,200}",
    ) {
        for format in phone::formats() {
            for input in [bytes.as_slice(), text.as_bytes()] {
                let rows = rows(input, any_settings(format.name));
                prop_assert!(rows.iter().all(|row| !row.raw.contains('\0')));
                phone::look(input);
                let numbers: Vec<u64> = rows.iter().map(|row| row.number).collect();
                prop_assert!(numbers.is_sorted());
            }
        }
    }

    #[test]
    fn one_changed_byte_costs_no_more_than_the_rows_it_touches(at in 0_usize..4000, byte in any::<u8>()) {
        let mut bytes = ASTERISK.as_bytes().to_vec();
        let at = at % bytes.len();
        bytes[at] = byte;
        let rows = rows(&bytes, settings("asterisk_csv"));
        let good = rows.iter().filter(|row| row.result.is_ok()).count();
        prop_assert!(good >= 13, "{good} of 16 after {byte:#x} at {at}: {:?}", rejected(&rows));
    }
}

/// Bytes of which each read gives so many at the most.
struct Pieces<'a>(&'a [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let most = self.1.min(out.len());
        self.0.read(&mut out[..most])
    }
}

#[test]
fn rows_are_the_same_in_whatever_pieces_a_file_comes() {
    let good = ASTERISK.lines().next().unwrap_or_default();
    let two_lines = good.replacen("from-trunk", "from\ntrunk", 1);
    // A quote that nobody closes, more than the longest row, and cells of two lines behind it.
    let text = format!(
        "{good}\n1,\"open\n{}{}",
        "1,2,3\n".repeat(12_000),
        format!("{two_lines}\n").repeat(400)
    );
    let read = |size: usize| -> Vec<_> {
        let rows = phone::read(Pieces(text.as_bytes(), size), &source(settings("asterisk_csv")));
        rows.expect("a file").map(|row| row.expect("a row")).collect()
    };
    let whole = read(1 << 20);
    assert!(whole.len() > 12_000);
    for size in [700, 40_000] {
        assert!(read(size) == whole, "in pieces of {size} bytes");
    }
}
