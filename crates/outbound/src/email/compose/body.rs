//! The MIME structure of an outgoing mail: which parts, in which encoding.

use lettre::message::header::{ContentTransferEncoding, ContentType, Header};
use lettre::message::{Attachment, Body, Message, MessageBuilder, MultiPart, SinglePart};

use super::{ComposeError, File, OutgoingMail, text};

/// Ends a mail with its body. Multipart only where there is more than the text.
pub(super) fn add(builder: MessageBuilder, mail: &OutgoingMail) -> Result<Message, ComposeError> {
    let plain = encoded("text/plain; charset=utf-8", text::plain(mail))?;
    let message = match (&mail.html, mail.attachments.is_empty()) {
        (None, true) => builder.singlepart(plain),
        (None, false) => {
            let mixed = MultiPart::mixed().boundary(boundary(mail, "mixed"));
            builder.multipart(with_files(mixed.singlepart(plain), mail)?)
        }
        (Some(html), true) => builder.multipart(alternative(mail, plain, html)?),
        (Some(html), false) => {
            let mixed = MultiPart::mixed().boundary(boundary(mail, "mixed"));
            let both = alternative(mail, plain, html)?;
            builder.multipart(with_files(mixed.multipart(both), mail)?)
        }
    };
    message.map_err(|error| ComposeError::Build(error.to_string()))
}

fn alternative(
    mail: &OutgoingMail,
    plain: SinglePart,
    html: &str,
) -> Result<MultiPart, ComposeError> {
    let html = encoded("text/html; charset=utf-8", text::html(mail, html))?;
    let both = MultiPart::alternative().boundary(boundary(mail, "alternative"));
    Ok(both.singlepart(plain).singlepart(html))
}

fn with_files(parts: MultiPart, mail: &OutgoingMail) -> Result<MultiPart, ComposeError> {
    mail.attachments.iter().try_fold(parts, |parts, file| Ok(parts.singlepart(attachment(file)?)))
}

fn attachment(file: &File) -> Result<SinglePart, ComposeError> {
    let name = text::one_line(&file.name, 120);
    let name = if name.is_empty() { "file".to_string() } else { name };
    let body = Body::new_with_encoding(file.bytes.clone(), ContentTransferEncoding::Base64)
        .map_err(|_| ComposeError::Build("a file could not be encoded".into()))?;
    Ok(Attachment::new(name).body(body, media_type(&file.media_type)?))
}

/// The type as given, unless it is none or one that must not be in base64 (RFC 2046 sections 5.1
/// and 5.2: mails and multiparts).
fn media_type(given: &str) -> Result<ContentType, ComposeError> {
    let given = text::one_line(given, 120).to_ascii_lowercase();
    let composite = given.starts_with("message/") || given.starts_with("multipart/");
    match ContentType::parse(&given) {
        Ok(known) if !composite && given.is_ascii() => Ok(known),
        _ => content_type("application/octet-stream"),
    }
}

fn content_type(text: &str) -> Result<ContentType, ComposeError> {
    <ContentType as Header>::parse(text).map_err(|error| ComposeError::Build(error.to_string()))
}

/// Text is never sent as it is, even when it is ASCII: in quoted-printable and base64 no line is
/// too long, no relay strips or escapes anything, and a boundary with `=_` cannot occur.
fn encoded(kind: &str, text: String) -> Result<SinglePart, ComposeError> {
    let foreign = text.bytes().filter(|byte| !byte.is_ascii()).count();
    // Quoted-printable writes three bytes for each of these, base64 four thirds for every one.
    let encoding = match foreign > text.len() / 6 {
        true => ContentTransferEncoding::Base64,
        false => ContentTransferEncoding::QuotedPrintable,
    };
    let body = Body::new_with_encoding(text, encoding)
        .map_err(|_| ComposeError::Build("the text could not be encoded".into()))?;
    Ok(SinglePart::builder().content_type(content_type(kind)?).body(body))
}

/// From the message id instead of by chance, so that the same mail has the same bytes.
fn boundary(mail: &OutgoingMail, kind: &str) -> String {
    let id = mail.message_id.chars().filter(char::is_ascii_alphanumeric).take(40);
    format!("=_{kind}_{}", id.collect::<String>())
}
