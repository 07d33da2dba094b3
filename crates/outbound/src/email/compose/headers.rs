//! The headers of an outgoing mail apart from its addresses and its MIME structure.

use std::time::{Duration, SystemTime};

use lettre::message::MessageBuilder;
use lettre::message::header::{HeaderName, HeaderValue};

use super::text::one_line;
use super::{AutoKind, ComposeError, OutgoingMail};

/// RFC 5322 section 2.1.1 allows 998 bytes in a line; a longer id could not be written.
const LONGEST_ID: usize = 900;
/// Longer subjects are cut; nobody sees them whole.
const LONGEST_SUBJECT: usize = 900;
/// The last second of the year 9999, the end of the `Date` header's four digits.
const LAST_SECOND: u64 = 253_402_300_799;

/// Adds them all.
pub(super) fn add(
    builder: MessageBuilder,
    mail: &OutgoingMail,
) -> Result<MessageBuilder, ComposeError> {
    if !is_id(&mail.message_id) {
        return Err(ComposeError::MessageId);
    }
    let builder = builder.date(date(mail.date_micros)?);
    let builder = builder.raw_header(subject(&mail.subject));
    let builder = raw(builder, "Message-ID", format!("<{}>", mail.message_id));
    Ok(own(thread(builder, mail), mail))
}

fn thread(builder: MessageBuilder, mail: &OutgoingMail) -> MessageBuilder {
    let mut builder = builder;
    // An id that is broken is left out: a thread with a gap is better than no mail.
    if let Some(id) = mail.in_reply_to.as_ref().filter(|id| is_id(id)) {
        builder = raw(builder, "In-Reply-To", format!("<{id}>"));
    }
    let references = references(&mail.references);
    match references.is_empty() {
        true => builder,
        false => raw(builder, "References", references),
    }
}

/// The first id names the thread and the last ones the place in it; RFC 5537 section 3.4.4 shortens
/// in the same way.
fn references(ids: &[String]) -> String {
    let good: Vec<&String> = ids.iter().filter(|id| is_id(id)).collect();
    let tail = good.len().saturating_sub(20).max(1).min(good.len());
    let kept = good.iter().take(1).chain(good.iter().skip(tail));
    kept.map(|id| format!("<{id}>")).collect::<Vec<_>>().join(" ")
}

fn own(builder: MessageBuilder, mail: &OutgoingMail) -> MessageBuilder {
    let mut builder = builder;
    let instance = one_line(&mail.instance, 100);
    if !instance.is_empty() {
        builder = raw(builder, "X-Throughline", instance);
    }
    let Some(auto) = mail.auto else { return builder };
    let kind = match auto {
        AutoKind::Replied => "auto-replied",
        AutoKind::Generated => "auto-generated",
    };
    let builder = raw(builder, "Auto-Submitted", kind.to_string());
    // Exchange does not know the header above and answers absence notes unless it sees this one.
    raw(builder, "X-Auto-Response-Suppress", "All".to_string())
}

fn raw(builder: MessageBuilder, name: &'static str, value: String) -> MessageBuilder {
    builder.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value))
}

fn is_id(id: &str) -> bool {
    let safe = |b: u8| b.is_ascii_graphic() && !matches!(b, b'<' | b'>');
    id.contains('@') && id.len() <= LONGEST_ID && id.bytes().all(safe)
}

fn date(micros: i64) -> Result<SystemTime, ComposeError> {
    let seconds = u64::try_from(micros.div_euclid(1_000_000)).map_err(|_| ComposeError::Date)?;
    let last = seconds <= LAST_SECOND;
    last.then(|| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).ok_or(ComposeError::Date)
}

fn subject(subject: &str) -> HeaderValue {
    let subject = one_line(subject, LONGEST_SUBJECT);
    let name = HeaderName::new_from_ascii_str("Subject");
    // lettre leaves ASCII as it is, so a word too long to fold would break the line limit, and text
    // that looks like an encoded word would be decoded by the reader.
    let long_word = subject.split(' ').any(|word| word.is_ascii() && word.len() > 70);
    if long_word || subject.contains("=?") {
        let encoded = encoded_words(&subject);
        return HeaderValue::dangerous_new_pre_encoded(name, subject, encoded);
    }
    HeaderValue::new(name, subject)
}

/// RFC 2047 section 4.2: every byte that is not a letter or digit as `=XX`, words of at most 75
/// characters, whole characters in each, one word a line.
fn encoded_words(text: &str) -> String {
    let mut words = vec![String::new()];
    for c in text.chars() {
        let piece = encoded_char(c);
        let full = words.last().is_none_or(|word| word.len() + piece.len() > 60);
        if full {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push_str(&piece);
        }
    }
    words.iter().map(|word| format!("=?utf-8?q?{word}?=")).collect::<Vec<_>>().join("\r\n ")
}

fn encoded_char(c: char) -> String {
    if c.is_ascii_alphanumeric() {
        return c.to_string();
    }
    let mut buffer = [0; 4];
    c.encode_utf8(&mut buffer).bytes().map(|byte| format!("={byte:02X}")).collect()
}
