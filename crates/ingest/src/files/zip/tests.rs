//! Archives as programs write them, and as nobody should.

use std::io::Write;

use super::header::{DESCRIPTOR, ENCRYPTED, SIZES_BEHIND};
use super::*;

/// How an entry is written: its flags, whether its sizes behind it are large, and what is said of its sum.
#[derive(Clone, Copy, Default)]
struct How {
    flags: u16,
    large_behind: bool,
    wrong_sum: bool,
}

const PLAIN: How = How { flags: 0, large_behind: false, wrong_sum: false };
const BEHIND: How = How { flags: SIZES_BEHIND, ..PLAIN };

/// An entry as programs write it.
fn entry(name: &str, content: &[u8], method: u16, how: How) -> Vec<u8> {
    let packed = if method == DEFLATED {
        let mut encoder =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    } else {
        content.to_vec()
    };
    let mut sum = flate2::Crc::new();
    sum.update(content);
    let sum = (sum.sum() ^ u32::from(how.wrong_sum)).to_le_bytes();
    let is_behind = how.flags & SIZES_BEHIND != 0;
    let sizes = [packed.len(), content.len()];
    let small = sizes.map(|size| (size as u32).to_le_bytes()).concat();
    let mut all = ENTRY.to_vec();
    all.extend([20_u16, how.flags, method, 0, 0].map(u16::to_le_bytes).concat());
    all.extend(if is_behind { vec![0; 12] } else { [&sum[..], &small].concat() });
    all.extend([name.len() as u16, 0].map(u16::to_le_bytes).concat());
    all.extend(name.as_bytes());
    all.extend(packed);
    if is_behind {
        all.extend(DESCRIPTOR);
        all.extend(sum);
        all.extend(match how.large_behind {
            true => sizes.map(|size| (size as u64).to_le_bytes()).concat(),
            false => small,
        });
    }
    all
}

/// What is shown of an archive, and how its reading ended.
fn shown(bytes: &[u8], bounds: Bounds) -> (Vec<(String, String)>, io::Result<()>) {
    let mut found = Vec::new();
    let ended = Archive::new(bytes, bounds).each(|name, entry| {
        let mut text = String::new();
        match entry {
            Entry::File(file) => drop(file.read_to_string(&mut text)?),
            Entry::Refused(why) => text = why.to_owned(),
        }
        found.push((name.to_owned(), text));
        Ok(true)
    });
    (found, ended)
}

const ROOMY: Bounds = Bounds { entry: 10_000, all: 10_000 };

/// What is in an archive that can be read to its end.
#[track_caller]
fn read(entries: &[Vec<u8>]) -> Vec<(String, String)> {
    let (found, ended) = shown(&archive(entries), ROOMY);
    ended.unwrap();
    found
}

/// What is said of one that cannot.
#[track_caller]
fn trouble(bytes: &[u8], bounds: Bounds) -> String {
    shown(bytes, bounds).1.unwrap_err().to_string()
}

fn archive(entries: &[Vec<u8>]) -> Vec<u8> {
    [entries.concat(), b"PK\x01\x02".to_vec(), vec![0; 60]].concat()
}

fn told(name: &str, text: &str) -> (String, String) {
    (name.to_owned(), text.to_owned())
}

#[test]
fn what_is_packed_is_read_in_its_order_whoever_packed_it() {
    let encrypted = How { flags: ENCRYPTED, ..PLAIN };
    let entries = [
        entry("folder/", b"", STORED, PLAIN),
        entry("folder/a.eml", b"first", STORED, PLAIN),
        entry("b.eml", b"second second second", DEFLATED, PLAIN),
        entry("c.eml", b"third third third", DEFLATED, BEHIND),
        entry("d.eml", b"secret", STORED, encrypted),
        entry("e.eml", b"packed anyhow", 12, PLAIN),
    ];
    assert!(is_zip(&archive(&entries)) && !is_zip(b"From: a@x.example"));
    let found = read(&entries);
    let texts: Vec<&str> = found.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(texts[..3], ["first", "second second second", "third third third"]);
    assert_eq!(texts[3], "it is encrypted");
    assert!(texts[4].contains("not read"));
    assert_eq!(found[0].0, "folder/a.eml");
    let none = [&EMPTY[..], &[0; 18]].concat();
    assert!(is_zip(&none) && shown(&none, ROOMY).0.is_empty());
}

#[test]
fn folders_are_passed_over_however_they_are_written() {
    // Java deflates nothing to two bytes, and puts the sizes behind them.
    for (method, how) in [(STORED, PLAIN), (STORED, BEHIND), (DEFLATED, PLAIN), (DEFLATED, BEHIND)]
    {
        let entries = [entry("folder/", b"", method, how), entry("a", b"a", DEFLATED, BEHIND)];
        assert_eq!(read(&entries), [told("a", "a")], "{method} {}", how.flags);
    }
}

#[test]
fn what_systems_put_beside_files_is_not_spoken_of() {
    let names = ["__MACOSX/._a.eml", ".DS_Store", "in/.DS_Store", "in/._b", "Thumbs.db"];
    let mut entries = names.map(|name| entry(name, b"binary", DEFLATED, BEHIND)).to_vec();
    entries.push(entry(".a", b"a", STORED, PLAIN));
    assert_eq!(read(&entries), [told(".a", "a")]);
}

#[test]
fn an_archive_ends_where_its_list_begins_and_nowhere_else() {
    let mail = entry("a.eml", b"first", STORED, PLAIN);
    for end in [&b"PK\x01\x02"[..], b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x08"] {
        let (found, ended) = shown(&[&mail, end, &[0; 60]].concat(), ROOMY);
        assert!(ended.is_ok() && found.len() == 1);
    }
    for lost in [&DESCRIPTOR[..], b"PK\x09\x09", b"\0\0\0\0"] {
        let (found, ended) = shown(&[&mail, lost, &mail].concat(), ROOMY);
        let why = ended.unwrap_err().to_string();
        assert!(why.starts_with("behind a.eml: the archive is damaged"), "{why}");
        assert_eq!(found.len(), 1);
    }
}

#[test]
fn half_an_entry_is_none() {
    let first = entry("a", b"whole", STORED, PLAIN);
    for (method, how) in [(STORED, PLAIN), (DEFLATED, PLAIN), (DEFLATED, BEHIND), (12, PLAIN)] {
        let second = entry("b", b"0123456789", method, how);
        for length in 32..second.len() {
            let cut = [&first, second.get(..length).unwrap()].concat();
            let (found, ended) = shown(&cut, ROOMY);
            let why = ended.unwrap_err().to_string();
            assert!(
                why.starts_with("b: ") && why.contains("anew") | why.contains("again"),
                "{why}"
            );
            assert_eq!(found, [told("a", "whole")], "cut off at {length}");
        }
    }
}

#[test]
fn what_is_not_the_bytes_that_were_packed_is_refused_and_passed_over() {
    for (method, flags) in [(STORED, 0), (DEFLATED, 0), (DEFLATED, SIZES_BEHIND)] {
        let wrong = How { flags, wrong_sum: true, ..PLAIN };
        let entries = [entry("a", b"text", method, wrong), entry("b", b"b", STORED, PLAIN)];
        assert_eq!(read(&entries), [told("a", SPOILT), told("b", "b")]);
    }
}

#[test]
fn sizes_behind_an_entry_may_be_large() {
    let large = How { large_behind: true, ..BEHIND };
    let entries = [entry("a", b"text", DEFLATED, large), entry("b", b"b", DEFLATED, BEHIND)];
    assert_eq!(read(&entries), [told("a", "text"), told("b", "b")]);
}

#[test]
fn what_unpacks_to_far_too_much_is_refused() {
    let long = entry("a", &[b'x'; 5_000], DEFLATED, PLAIN);
    let short = entry("b", b"b", STORED, PLAIN);
    let all = archive(&[long.clone(), short]);
    let told = trouble(&all, Bounds { entry: 4_999, all: 10_000 });
    assert!(told.starts_with("a: it unpacks to far too much"), "{told}");
    assert!(shown(&all, Bounds { entry: 5_000, all: 5_001 }).1.is_ok());
    let both = trouble(&all, Bounds { entry: 5_000, all: 5_000 });
    assert!(both.starts_with("b: "), "all together have a bound: {both}");
    // What is packed by little is no attempt at that, however long it is.
    let noise: Vec<u8> = (0..=255).collect();
    let many = archive(&[entry("a", &noise, STORED, PLAIN), entry("b", &noise, STORED, PLAIN)]);
    let bounds = Bounds { entry: 256, all: 256 };
    let mut found = 0;
    let ended = Archive::new(&many[..], bounds).each(|_, _| {
        found += 1;
        Ok(true)
    });
    assert!(ended.is_ok() && found == 2);
}

#[test]
fn what_cannot_be_found_or_unpacked_is_told() {
    let endless = archive(&[entry("a", b"x", STORED, BEHIND)]);
    assert!(trouble(&endless, ROOMY).contains("length is not told"));
    let encrypted = How { flags: ENCRYPTED | SIZES_BEHIND, ..PLAIN };
    let endless = archive(&[entry("a", b"x", DEFLATED, encrypted)]);
    assert!(trouble(&endless, ROOMY).starts_with("a: it is encrypted, so that"));
    let mut broken = entry("a", b"text text text", DEFLATED, PLAIN);
    broken[31..].fill(0xFF);
    let why = trouble(&archive(&[broken]), ROOMY);
    assert!(why.starts_with("a: ") && why.contains("anew"), "{why}");
    let noise = [&ENTRY[..], &[7; 26]].concat();
    assert!(trouble(&noise, ROOMY).contains("breaks off"));
}
