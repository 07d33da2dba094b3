//! What an archive of mails holds, before it is read in: its first mails. Pure: the first bytes are handed in.

use std::ops::ControlFlow;

use throughline_core::inbound::InboundEvent;
use throughline_core::time::Instant;

use super::mails::{FoundMail, Skipped, visit};
use crate::Decode;
use crate::email::Email;

/// The first mails of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MailPreview {
    /// What was found, in the order of the file.
    pub rows: Vec<MailRow>,
    /// Why the file cannot be read.
    pub unreadable: Option<String>,
}

/// Something in a file of mails.
#[derive(Debug, Clone, PartialEq)]
pub struct MailRow {
    /// Its place in the file, from 1.
    pub number: u64,
    /// What it is, or why it is no mail that can be read.
    pub result: Result<MailHead, String>,
}

/// What a mail is known by to people.
#[derive(Debug, Clone, PartialEq)]
pub struct MailHead {
    /// Who wrote it.
    pub from: Option<String>,
    /// What it is about.
    pub subject: Option<String>,
    /// When it was written, as it says.
    pub written_at: Option<Instant>,
}

/// Reads the first mails of a file. `whole` says whether these bytes are all of it.
pub fn preview(head: &[u8], whole: bool, most: usize) -> MailPreview {
    let mut found = MailPreview::default();
    let mut told = |one: Result<FoundMail, Skipped>| {
        let number = found.rows.len() as u64 + 1;
        let result = one.map_err(|skipped| skipped.reason).and_then(|mail| head_of(&mail.bytes));
        found.rows.push(MailRow { number, result });
        if found.rows.len() > most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    // An archive says itself where it is cut off, and tells no half mails.
    let is_half = match visit(head, &mut told) {
        Err(error) if whole => {
            found.unreadable = Some(error.to_string());
            false
        }
        Err(_) => false,
        Ok(_) => !whole && found.rows.len() > 1,
    };
    if found.rows.len() > most || is_half {
        // One more than wanted, or cut off in the middle.
        found.rows.pop();
    }
    found
}

fn head_of(bytes: &[u8]) -> Result<MailHead, String> {
    let events = Email.decode(bytes).map_err(|why| why.to_string())?;
    let message = events.into_iter().find_map(|event| match event {
        InboundEvent::Message(message) => Some(message),
        InboundEvent::Channel(_) => None,
    });
    let message = message.ok_or_else(|| "there is no message in it".to_owned())?;
    let from = message.from.map(|party| party.address);
    Ok(MailHead { from, subject: message.subject, written_at: message.written_at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_mails_are_shown() {
        let mbox = "From a@x Mon Nov  2 09:30:00 2026\nFrom: a@x.example\nSubject: one\n\ntext\n\n\
            From b@x Mon Nov  2 09:31:00 2026\nFrom: b@x.example\nSubject: two\n\ntext\n";
        let found = preview(mbox.as_bytes(), true, 20);
        let subjects: Vec<Option<String>> =
            found.rows.iter().map(|row| row.result.clone().unwrap().subject).collect();
        assert_eq!(subjects, [Some("one".to_owned()), Some("two".to_owned())]);
        assert_eq!(preview(mbox.as_bytes(), true, 1).rows.len(), 1);
        let cut = preview(&mbox.as_bytes()[..120], false, 20);
        assert_eq!((cut.rows.len(), cut.unreadable), (1, None));
        let none = preview(b"a,b\n", true, 20);
        assert!(none.rows[0].result.clone().unwrap_err().contains("not a mail"));
    }
}
