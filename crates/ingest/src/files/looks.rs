//! Whether bytes are a mail, told by their first header block.
//!
//! The danger lies in replies saved as text: they quote `From:`, `To:` and `Subject:` lines too,
//! but further down, behind what their author wrote. So the header has to come first, or to hold
//! fields that only machines write.

/// Fields that machines write and people never quote.
const MACHINE: &[&str] = &[
    "received",
    "return-path",
    "message-id",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "delivered-to",
    "envelope-to",
    "dkim-signature",
    "authentication-results",
    "in-reply-to",
    "references",
    "received-spf",
    "auto-submitted",
    "precedence",
];

/// Fields that people see, and so also quote.
const SHOWN: &[&str] =
    &["from", "to", "cc", "bcc", "subject", "date", "sender", "reply-to", "resent-from"];

/// How many lines of a header block are looked at; trace fields alone can fill dozens.
const MAX_LINES: usize = 200;

/// Why bytes are not a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAMail {
    /// There are no bytes other than white space.
    #[error("it is empty")]
    Empty,
    /// The first lines are no header fields.
    #[error("it does not begin with mail headers")]
    NoHeader,
    /// There are header fields, but none that a mail has.
    #[error("it begins with fields, but with none of the fields of a mail")]
    NoKnownField,
}

/// What the first block of lines holds.
#[derive(Debug, Default)]
struct Block {
    machine: usize,
    shown: usize,
    other: usize,
    strays: usize,
    starts_with_field: bool,
}

/// Whether bytes are a mail, told by their beginning ([`super::HEAD_BYTES`] are enough).
pub fn looks_like_mail(head: &[u8]) -> bool {
    check(head).is_ok()
}

/// The same with the reason why not.
pub(super) fn check(head: &[u8]) -> Result<(), NotAMail> {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    if head.is_empty() {
        return Err(NotAMail::Empty);
    }
    let block = read(head);
    let known = block.machine + block.shown;
    let fields = known + block.other;
    // One banner line before the header is forgiven when machines wrote what follows.
    let begins = block.starts_with_field || (block.machine >= 2 && block.strays <= fields);
    match () {
        () if !begins || block.strays > fields => Err(NotAMail::NoHeader),
        () if known == 0 => Err(NotAMail::NoKnownField),
        () => Ok(()),
    }
}

fn read(head: &[u8]) -> Block {
    let mut block = Block::default();
    let separators = |line: &&[u8]| line.starts_with(b"From ") || line.starts_with(b">From ");
    let lines = lines(head).skip_while(separators).take(MAX_LINES);
    for (index, line) in lines.enumerate().take_while(|(_, line)| !line.trim_ascii().is_empty()) {
        let folded = index > 0 && line.first().is_some_and(|b| matches!(b, b' ' | b'\t'));
        match field_name(line) {
            _ if folded => {}
            Some(name) => {
                block.starts_with_field |= index == 0;
                block.count(&name);
            }
            None => block.strays += 1,
        }
    }
    block
}

impl Block {
    fn count(&mut self, name: &str) {
        if MACHINE.contains(&name) || name.starts_with("x-") {
            self.machine += 1;
        } else if SHOWN.contains(&name) {
            self.shown += 1;
        } else {
            self.other += 1;
        }
    }
}

/// Lines that end with LF, CR LF or, in old exports, CR alone.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let bare_returns = !bytes.contains(&b'\n');
    let end = if bare_returns { b'\r' } else { b'\n' };
    bytes.split(move |byte| *byte == end).map(<[u8]>::trim_ascii_end)
}

/// The name of a header field, lower-cased: printable ASCII up to a colon (RFC 5322, 2.2).
pub(super) fn field_name(line: &[u8]) -> Option<String> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = line.get(..colon)?.trim_ascii_end();
    let shaped = !name.is_empty() && name.len() <= 76 && name.iter().all(u8::is_ascii_graphic);
    shaped.then(|| String::from_utf8_lossy(name).to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &str = "Return-Path: <a@x.example>\nFrom: a@x.example\nSubject: hi\n\ntext\n";

    #[test]
    fn mails_are_seen_through_what_tools_did_to_them() {
        let with_returns = MAIL.replace('\n', "\r");
        let with_both = MAIL.replace('\n', "\r\n");
        for mail in [MAIL, &with_returns, &with_both] {
            for lead in ["", "\u{feff}", "\n\n  \n", "From a@x.example Mon Nov  2 09:30:00 2026\n"]
            {
                assert!(looks_like_mail(format!("{lead}{mail}").as_bytes()), "{lead:?}");
            }
        }
        assert!(looks_like_mail(b"Subject: \xfe\xe7\xfd raw\nFrom: \xd0@x.example\n\n\xff"));
        assert!(looks_like_mail(b"From: a@x.example\nTo: b@x.example\nno blank line\n\n"));
    }

    #[test]
    fn a_banner_before_machine_fields_is_forgiven() {
        let saved = "---- Original message ----\nReceived: by x\nMessage-ID: <1@x>\nFrom: a@x\n\nb";
        assert!(looks_like_mail(saved.as_bytes()));
    }

    #[test]
    fn texts_that_quote_or_resemble_headers_are_not_mails() {
        let outlook = "Thanks!\n_____\nFrom: a@x.example\nSent: Monday\nTo: b\nSubject: c\n\ntext";
        assert_eq!(check(outlook.as_bytes()), Err(NotAMail::NoHeader));
        assert_eq!(check(b"One: two\nthree\n"), Err(NotAMail::NoKnownField));
        assert_eq!(check(b"{\"from\": 1, \"to\": 2}\n"), Err(NotAMail::NoKnownField));
        assert_eq!(check(b"# Title\n\nText\n"), Err(NotAMail::NoHeader));
        assert_eq!(check(b" \r\n"), Err(NotAMail::Empty));
    }
}
