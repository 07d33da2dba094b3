//! An outgoing mail as data, and its bytes (RFC 5322, MIME). No network, no clock: the date and the
//! ids come from the caller, so the same mail gives the same bytes.

mod body;
mod headers;
mod text;

use lettre::message::{Mailbox, Message, MessageBuilder};

use super::envelope::{self, Envelope, EnvelopeError};

/// A name, which may be empty, and an address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Party {
    /// The display name; more than 120 characters are cut.
    pub name: String,
    /// The address, ASCII.
    pub address: String,
}

/// A file that goes along.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct File {
    /// Its name, without a path.
    pub name: String,
    /// Its media type; a wrong one becomes `application/octet-stream`.
    pub media_type: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// What is answered, to be shown below the answer.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Quoted {
    /// The line above, such as "On Monday Ada wrote:".
    pub attribution: String,
    /// The plain text that is answered.
    pub text: String,
}

/// Why a mail is written without a person (RFC 3834 section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AutoKind {
    /// An automatic answer to one mail. It has the empty return path.
    Replied,
    /// Written on a machine's own account.
    Generated,
}

/// One mail to be written.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct OutgoingMail {
    /// The author; also where failures are reported to, unless `auto` says otherwise.
    pub from: Party,
    /// Where answers should go, when not to `from`.
    pub reply_to: Option<Party>,
    /// Recipients.
    pub to: Vec<Party>,
    /// Recipients of copies.
    pub cc: Vec<Party>,
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same as HTML, already safe; it is put into the mail as it is.
    pub html: Option<String>,
    /// The `Message-ID` without brackets.
    pub message_id: String,
    /// The `Message-ID` that is answered, without brackets.
    pub in_reply_to: Option<String>,
    /// The thread, oldest first, without brackets. Of a long thread the first and the last twenty
    /// are named.
    pub references: Vec<String>,
    /// The date in microseconds since the epoch; written in whole seconds, UTC.
    pub date_micros: i64,
    /// What is answered.
    pub quoted: Option<Quoted>,
    /// The author's signature, plain text, without its "-- " line.
    pub signature: Option<String>,
    /// Files.
    pub attachments: Vec<File>,
    /// Set when no person wrote it.
    pub auto: Option<AutoKind>,
    /// The id of this installation, by which its own mails are known when they come back.
    pub instance: String,
}

/// How large a mail may be, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// One file, before its encoding, which makes it a third larger.
    pub file: usize,
    /// The whole mail as it is sent.
    pub mail: usize,
}

impl Default for Limits {
    /// 18 MiB a file and 25 MiB a mail, which is what large providers take.
    fn default() -> Self {
        Self { file: 18 << 20, mail: 25 << 20 }
    }
}

/// A mail ready to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Composed {
    /// The mail: ASCII only, lines end in CRLF, before dot-stuffing.
    pub bytes: Vec<u8>,
    /// Who it is handed over from and to.
    pub envelope: Envelope,
}

/// Why a mail could not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// An address is bad, or there is none.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The `Message-ID` is empty or holds what must not be in one.
    #[error("the message id is not of the form name@domain")]
    MessageId,
    /// The date is before 1970 or after 9999.
    #[error("the date is outside the years 1970 to 9999")]
    Date,
    /// A file is larger than the limit.
    #[error("the file '{name}' has {size} bytes; {limit} are allowed")]
    FileTooLarge {
        /// The name of the file.
        name: String,
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The mail as a whole is larger than the limit.
    #[error("the mail has {size} bytes as it would be sent; {limit} are allowed")]
    MailTooLarge {
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The mail could not be put together for another reason.
    #[error("the mail could not be written: {0}")]
    Build(String),
}

/// Writes a mail.
pub fn compose(mail: &OutgoingMail, limits: &Limits) -> Result<Composed, ComposeError> {
    check_files(mail, limits)?;
    let everybody = mail.to.iter().chain(&mail.cc).map(|party| party.address.as_str());
    let envelope = match mail.auto {
        Some(AutoKind::Replied) => Envelope::without_return(everybody)?,
        Some(AutoKind::Generated) | None => Envelope::new(&mail.from.address, everybody)?,
    };
    let builder = headers::add(addressed(mail)?, mail)?;
    let message = body::add(builder, mail)?;
    let bytes = message.formatted();
    if bytes.len() > limits.mail {
        return Err(ComposeError::MailTooLarge { size: bytes.len(), limit: limits.mail });
    }
    Ok(Composed { bytes, envelope })
}

fn check_files(mail: &OutgoingMail, limits: &Limits) -> Result<(), ComposeError> {
    match mail.attachments.iter().find(|file| file.bytes.len() > limits.file) {
        Some(file) => Err(ComposeError::FileTooLarge {
            name: text::one_line(&file.name, 120),
            size: file.bytes.len(),
            limit: limits.file,
        }),
        None => Ok(()),
    }
}

fn addressed(mail: &OutgoingMail) -> Result<MessageBuilder, ComposeError> {
    let mut builder = Message::builder().from(mailbox(&mail.from)?);
    if let Some(party) = &mail.reply_to {
        builder = builder.reply_to(mailbox(party)?);
    }
    for party in &mail.to {
        builder = builder.to(mailbox(party)?);
    }
    for party in &mail.cc {
        builder = builder.cc(mailbox(party)?);
    }
    Ok(builder)
}

fn mailbox(party: &Party) -> Result<Mailbox, ComposeError> {
    let name = text::one_line(&party.name, 120);
    let name = (!name.is_empty()).then_some(name);
    Ok(Mailbox::new(name, envelope::address(&party.address)?))
}

// What people write is not for logs: of these only sizes are shown.
macro_rules! without_content {
    ($type:ty, $name:literal, $this:ident => $size:expr) => {
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let $this = self;
                write!(f, concat!($name, "({} bytes)"), $size)
            }
        }
    };
}
without_content!(File, "File", file => file.bytes.len());
without_content!(Quoted, "Quoted", quoted => quoted.text.len());
without_content!(OutgoingMail, "OutgoingMail", mail => mail.text.len());
without_content!(Composed, "Composed", mail => mail.bytes.len());
