//! From bytes to a [`Mail`]: the steps in their order. Each step is done by a
//! module of its own.

pub mod lines;
pub mod structure;

use crate::body;
use crate::headers::{Headers, address, date, ids, plain, text};
use crate::mail::{Mail, Mailbox, ParseError};
use crate::nature;
use structure::Part;

/// Reads the bytes of one mail. Fails only when there is nothing of a mail in
/// them; whatever else is broken is read as far as it goes.
pub fn parse(bytes: &[u8]) -> Result<Mail, ParseError> {
    let bytes = lines::normalise(bytes);
    if bytes.is_empty() {
        return Err(ParseError::Empty);
    }
    let parts = structure::read(&bytes);
    let root = parts.first().filter(|root| !root.headers.is_empty());
    let root = root.ok_or(ParseError::NoHeader)?;
    let mut mail = from_headers(&root.headers, declared_charset(&parts).as_deref());
    body::fill(&mut mail, &bytes, &parts);
    mail.nature = nature::of(&mail, &bytes, &parts);
    mail.protection = nature::protection::of(&bytes, &parts, &mail.text);
    Ok(mail)
}

/// The character set that raw 8-bit headers are most likely in: the first that
/// any part declares, but one that says something about the script before
/// those that any gateway writes.
pub fn declared_charset(parts: &[Part<'_>]) -> Option<String> {
    let declared = || parts.iter().filter_map(|part| part.content_type.get("charset", None));
    let common = ["us-ascii", "utf-8", "iso-8859-1", "windows-1252"];
    let is_common = |label: &String| common.iter().any(|known| label.eq_ignore_ascii_case(known));
    declared().find(|label| !is_common(label)).or_else(|| declared().next())
}

fn from_headers(headers: &Headers<'_>, fallback: Option<&str>) -> Mail {
    let mailboxes = |name: &str| mailboxes(headers, name, fallback);
    let ids = |name: &str| headers.get(name).map(ids::all).unwrap_or_default();
    Mail {
        from: one(mailboxes("From")),
        sender: one(mailboxes("Sender")),
        to: reachable(mailboxes("To")),
        cc: reachable(mailboxes("Cc")),
        bcc: reachable(mailboxes("Bcc")),
        reply_to: reachable(mailboxes("Reply-To")),
        subject: subject(headers, fallback),
        date: headers.all("Date").find_map(date::parse),
        message_id: headers.get("Message-ID").and_then(ids::first),
        in_reply_to: ids("In-Reply-To"),
        references: ids("References"),
        auth_results: headers.all("Authentication-Results").map(plain).collect(),
        arc_results: headers.all("ARC-Authentication-Results").map(plain).collect(),
        installation: headers.plain("X-Throughline").filter(|name| !name.is_empty()),
        list_id: headers.get("List-Id").and_then(ids::first),
        envelope_to: envelope_to(headers),
        ..Mail::default()
    }
}

fn subject(headers: &Headers<'_>, fallback: Option<&str>) -> Option<String> {
    let subject = text::decode(headers.get("Subject")?, fallback);
    Some(subject).filter(|subject| !subject.is_empty())
}

/// The mailboxes of all fields of this name.
fn mailboxes(headers: &Headers<'_>, name: &str, fallback: Option<&str>) -> Vec<Mailbox> {
    headers.all(name).flat_map(|value| address::parse(value, fallback)).collect()
}

/// The first that has an address; without any, the first.
fn one(mailboxes: Vec<Mailbox>) -> Option<Mailbox> {
    let with_address = mailboxes.iter().position(|mailbox| mailbox.address.contains('@'));
    mailboxes.into_iter().nth(with_address.unwrap_or(0))
}

/// Recipients whom a mail can reach; `undisclosed-recipients` and bare names
/// are none.
fn reachable(mut mailboxes: Vec<Mailbox>) -> Vec<Mailbox> {
    mailboxes.retain(|mailbox| mailbox.address.contains('@'));
    mailboxes
}

fn envelope_to(headers: &Headers<'_>) -> Vec<String> {
    let names = ["Delivered-To", "X-Original-To", "Envelope-To"];
    let values = names.iter().flat_map(|name| mailboxes(headers, name, None));
    values.map(|mailbox| mailbox.address).filter(|address| !address.is_empty()).collect()
}
