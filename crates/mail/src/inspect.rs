//! A parsed mail as a flat report for people and for scoring. Nothing is
//! decided here: every field repeats what `parse` and `reply` found.

use mail_parser::DateTime;
use serde::Serialize;

use crate::{Mail, Mailbox, parse, reply};

/// One mail, flattened.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// The name the caller gave.
    pub id: String,
    /// Why there is nothing else, when parsing failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The facts, when parsing succeeded.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub facts: Option<Facts>,
    /// The new text of a reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_text: Option<String>,
}

/// What a mail says.
#[derive(Debug, Clone, Default, Serialize)]
#[allow(missing_docs, reason = "the names are those of the fields of `Mail`")]
pub struct Facts {
    pub from_addr: Option<String>,
    pub from_name: Option<String>,
    pub subject: Option<String>,
    pub to: Vec<String>,
    pub cc: Vec<String>,
    pub reply_to: Vec<String>,
    pub message_id: Option<String>,
    pub in_reply_to: Vec<String>,
    pub references: Vec<String>,
    pub date: Option<String>,
    pub text: String,
    pub html: Option<String>,
    pub attachments: Vec<AttachmentFacts>,
    pub tnef_attachments: Vec<String>,
    pub is_bounce: bool,
    pub bounce_recipients: Vec<String>,
    pub bounce_status: Option<String>,
    pub bounce_permanent: bool,
    pub is_auto_reply: bool,
    pub is_auto_generated: bool,
    pub is_feedback_report: bool,
    /// What protects it and by which standard, such as `signed pgp`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protection: Option<String>,
    pub calendar_method: Option<String>,
    pub charset: Option<String>,
}

/// What is known of an attachment without its bytes.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the names are those of the fields of `Attachment`")]
pub struct AttachmentFacts {
    pub name: Option<String>,
    #[serde(rename = "type")]
    pub media_type: String,
    pub size: usize,
    pub content_id: Option<String>,
    pub inline: bool,
}

/// Parses a mail and reports on it.
pub fn inspect(id: &str, bytes: &[u8]) -> Report {
    match parse(bytes) {
        Ok(mail) => Report {
            id: id.to_owned(),
            error: None,
            reply_text: Some(reply::visible_text_of(&mail)),
            facts: Some(facts(mail)),
        },
        Err(error) => {
            Report { id: id.to_owned(), error: Some(error.to_string()), ..Report::default() }
        }
    }
}

/// Reports on a plain body without headers.
pub fn inspect_text(id: &str, text: &str) -> Report {
    let reply_text = Some(reply::visible_text(text));
    Report { id: id.to_owned(), reply_text, ..Report::default() }
}

/// Reports on an HTML body without headers.
pub fn inspect_html(id: &str, html: &str) -> Report {
    inspect_text(id, &crate::body::html::to_text(html))
}

fn facts(mail: Mail) -> Facts {
    let from = mail.from.unwrap_or_default();
    let bounce = mail.nature.bounce().cloned().unwrap_or_default();
    let (tnef, attached): (Vec<_>, Vec<_>) =
        mail.attachments.into_iter().partition(|attachment| attachment.from_tnef);
    Facts {
        from_addr: Some(from.address).filter(|address| !address.is_empty()),
        from_name: from.name,
        subject: mail.subject,
        to: addresses(mail.to),
        cc: addresses(mail.cc),
        reply_to: addresses(mail.reply_to),
        message_id: mail.message_id,
        in_reply_to: mail.in_reply_to,
        references: mail.references,
        date: mail.date.map(iso_8601),
        text: mail.text,
        html: mail.html,
        attachments: attached.into_iter().map(attachment_facts).collect(),
        tnef_attachments: tnef.into_iter().filter_map(|attachment| attachment.name).collect(),
        is_bounce: mail.nature.is_bounce(),
        bounce_recipients: bounce.recipients,
        bounce_status: bounce.status,
        bounce_permanent: bounce.permanent,
        is_auto_reply: mail.nature.is_auto_reply(),
        is_auto_generated: mail.nature.is_auto_generated(),
        is_feedback_report: mail.nature.is_feedback_report(),
        protection: mail
            .protection
            .map(|found| format!("{} {}", found.kind(), found.scheme().name())),
        calendar_method: mail.calendar_method,
        charset: mail.charset,
    }
}

fn addresses(mailboxes: Vec<Mailbox>) -> Vec<String> {
    mailboxes.into_iter().map(|mailbox| mailbox.address).collect()
}

fn attachment_facts(attachment: crate::Attachment) -> AttachmentFacts {
    AttachmentFacts {
        name: attachment.name,
        media_type: attachment.media_type,
        size: attachment.bytes.len(),
        content_id: attachment.content_id,
        inline: attachment.inline,
    }
}

fn iso_8601(micros: i64) -> String {
    DateTime::from_timestamp(micros.div_euclid(1_000_000)).to_rfc3339()
}
