//! Files of mails: an mbox, an archive of mails, or a single one.

use std::ops::ControlFlow;

use throughline_app::imports::{FoundMail, RejectedRow, Told};
use throughline_ingest::files::{Skipped, visit};

use super::reader::Reader;

/// Reads the file to its end, unless nobody listens any more.
pub(super) fn read(input: impl std::io::Read, reader: &mut Reader<'_>) {
    let mut found = |one: Result<throughline_ingest::files::FoundMail, Skipped>| {
        let place = reader.next_place();
        let told = match one {
            Ok(mail) => {
                let external_id = mail.external_id();
                Ok(Told::Mail(FoundMail { external_id, bytes: mail.bytes }))
            }
            Err(Skipped { reason, .. }) => {
                Err(RejectedRow { place, line: place, reason, raw: String::new() })
            }
        };
        reader.row(place, place, told)
    };
    match visit(input, &mut found) {
        Ok(ControlFlow::Continue(())) => reader.end("the file holds no mail"),
        Ok(ControlFlow::Break(())) => {}
        Err(error) => reader.trouble(&error),
    }
}
