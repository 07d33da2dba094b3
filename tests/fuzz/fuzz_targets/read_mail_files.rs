//! Any bytes are looked through for mails, as a mail, an mbox or a ZIP archive, without a panic, within time
//! and memory; and what is found is the same in whatever pieces they come.

#![no_main]

use std::io::Read;
use std::ops::ControlFlow;

use libfuzzer_sys::fuzz_target;
use throughline_fuzz::Pieces;
use throughline_ingest::files::{FoundMail, MAX_MAIL_BYTES, Skipped, preview, visit};

/// So much may come out of an archive; more would only take time.
const ENOUGH: usize = 1 << 20;

fn all(input: impl Read) -> (Vec<Result<FoundMail, Skipped>>, Result<(), String>) {
    let (mut found, mut size) = (Vec::new(), 0);
    let read = visit(input, &mut |one| {
        size += one.as_ref().map_or(1, |mail| mail.bytes.len());
        found.push(one);
        if size > ENOUGH { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    (found, read.map(|_| ()).map_err(|error| error.to_string()))
}

fuzz_target!(|bytes: &[u8]| {
    let (found, read) = all(bytes);
    let (in_pieces, read_so) = all(Pieces::of(bytes));
    assert_eq!((&found, &read), (&in_pieces, &read_so));
    for one in &found {
        match one {
            Ok(mail) => assert!(mail.bytes.len() <= MAX_MAIL_BYTES),
            Err(skipped) => assert!(!skipped.reason.is_empty(), "left out without a reason"),
        }
    }
    if let Err(why) = &read {
        assert!(!why.is_empty(), "not read without a reason");
    }
    let shown = preview(bytes, true, 3);
    assert!(shown.rows.len() <= 3 && shown.rows.len() <= found.len());
});
