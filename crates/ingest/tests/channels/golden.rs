//! The golden test of a channel: each of its payloads says what the file beside it holds, and each leaf
//! is read or stands in the list of what is left aside.

use serde_json::Value;
use throughline_ingest::Decode;

use crate::hostile;
use crate::leaves::{fits, said, unread};

/// Checks all payloads in a folder beside this file. With `GOLDEN=write` it writes what they say instead,
/// to be read before it is committed.
pub fn check(folder: &str, decoder: &dyn Decode, left_aside: &[&str]) {
    let folder = hostile::folder(folder);
    let payloads = hostile::paths(&folder);
    assert!(!payloads.is_empty(), "no payload in {}", folder.display());
    let mut needed = vec![false; left_aside.len()];
    for path in payloads {
        let bytes = std::fs::read(&path).expect("a payload");
        let says = said(decoder, &bytes);
        let golden = path.with_extension("golden");
        if std::env::var("GOLDEN").is_ok_and(|wish| wish == "write") {
            std::fs::write(&golden, format!("{says:#}\n")).expect("written");
        }
        let kept = std::fs::read(&golden).unwrap_or_else(|_| panic!("no {}", golden.display()));
        let kept: Value = serde_json::from_slice(&kept).expect("JSON");
        assert_eq!(says, kept, "{}: it says {says:#}", path.display());
        for pointer in unread(decoder, &bytes) {
            let place = left_aside.iter().position(|pattern| fits(pattern, &pointer));
            let place =
                place.unwrap_or_else(|| panic!("{}: {pointer} is not read", path.display()));
            needed[place] = true;
        }
    }
    for (pattern, needed) in left_aside.iter().zip(needed) {
        assert!(needed, "{pattern} is left aside and in no payload, or it is read");
    }
}
