//! The mail that carries a reply: which of its parts come from the item, which from the inbox.

use throughline_app::outgoing::Due;
use throughline_core::inbound::Party;
use throughline_core::mail_settings::MailSettings;
use throughline_core::outgoing::{attribution, reply_subject};
use throughline_core::time::Instant;
use throughline_core::timeline::{AttachmentInfo, Detail, MessageDetail, TimelineItem};
use throughline_outbound::email::compose::{AutoKind, File, OutgoingMail, Party as Named, Quoted};

/// Writes the letter. The same reply gives the same one, whenever it is tried.
pub fn of(
    due: &Due,
    files: Vec<(AttachmentInfo, Vec<u8>)>,
    instance: &str,
    now: Instant,
) -> OutgoingMail {
    let settings = due.set_up.as_ref().map(|own| own.settings.clone()).unwrap_or_default();
    let name = settings.from_name.clone().unwrap_or_else(|| due.inbox.name.clone());
    let party = |address: &str| Named { name: name.clone(), address: address.to_owned() };
    let (to, cc) = recipients(&due.item);
    let automatic = due.mail.automatic;
    OutgoingMail {
        from: party(&due.inbox.address),
        reply_to: due.reply_to.as_deref().map(party),
        to,
        cc,
        subject: subject(due, &settings),
        text: due.item.body.clone(),
        html: Some(html(&due.item.body)),
        message_id: due.mail.message_id.clone(),
        in_reply_to: parent(due),
        references: references(due),
        date_micros: due.mail.first_tried_at.unwrap_or(now).as_micros(),
        // Who gets an automatic answer knows what he wrote a moment ago, and whoever forged his
        // address would have it sent on.
        quoted: (settings.quote && !automatic).then(|| quoted(due)).flatten(),
        signature: settings.signature.filter(|signature| !signature.trim().is_empty()),
        attachments: files.into_iter().map(file).collect(),
        auto: automatic.then_some(AutoKind::Replied),
        instance: instance.to_owned(),
    }
}

fn message(item: &TimelineItem) -> Option<&MessageDetail> {
    match &item.detail {
        Detail::Message(message) => Some(message),
        _ => None,
    }
}

fn answered(due: &Due) -> Option<&MessageDetail> {
    due.answered.as_ref().and_then(message)
}

fn recipients(item: &TimelineItem) -> (Vec<Named>, Vec<Named>) {
    let named = |party: &Party| Named {
        name: party.name.clone().unwrap_or_default(),
        address: party.address.clone(),
    };
    let all = |list: &[Party]| list.iter().map(named).collect();
    message(item).map(|m| (all(&m.to), all(&m.cc))).unwrap_or_default()
}

/// The subject of what is answered, which mail programs keep together with its answers; the ticket's
/// own where nothing is answered.
fn subject(due: &Due, settings: &MailSettings) -> String {
    let asked = answered(due).and_then(|message| message.subject.as_deref());
    let asked = asked.filter(|subject| !subject.trim().is_empty());
    let number = settings.subject_number.then_some(due.ticket.number);
    reply_subject(asked.unwrap_or(&due.ticket.subject), due.answered.is_some(), number)
}

/// What is answered; where the customer wrote nothing by mail, the thread's last message.
fn parent(due: &Due) -> Option<String> {
    let asked = answered(due).and_then(|message| message.message_id.clone());
    asked.or_else(|| due.thread.last().cloned())
}

/// The thread with the parent at its end (RFC 5322 section 3.6.4).
fn references(due: &Due) -> Vec<String> {
    let parent = parent(due);
    let others = due.thread.iter().filter(|id| Some(*id) != parent.as_ref());
    others.cloned().chain(parent.clone()).collect()
}

fn quoted(due: &Due) -> Option<Quoted> {
    let item = due.answered.as_ref().filter(|item| !item.body.trim().is_empty())?;
    let from = message(item)?.from.clone()?;
    let attribution = attribution(due.language.as_deref(), item.occurred_at, &from);
    Some(Quoted { attribution, text: item.body.clone() })
}

fn file((info, bytes): (AttachmentInfo, Vec<u8>)) -> File {
    File { name: info.name.unwrap_or_default(), media_type: info.media_type, bytes }
}

/// The text as HTML, for programs that show plain text in a fixed width, or Persian from left to
/// right: each paragraph takes the direction of its own first letter.
fn html(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let paragraphs = text.trim().split("\n\n").map(str::trim_end).filter(|p| !p.is_empty());
    let marked = paragraphs.map(|paragraph| {
        let escaped = paragraph.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let lines = escaped.trim_start_matches('\n').replace('\n', "<br>\n");
        format!("<p dir=\"auto\">{lines}</p>\n")
    });
    marked.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_paragraphs_and_never_markup() {
        let text = "سلام،\r\nخوبی؟\n\n\n<b>1 & 2</b>\n";
        let wanted = "<p dir=\"auto\">سلام،<br>\nخوبی؟</p>\n\
                      <p dir=\"auto\">&lt;b&gt;1 &amp; 2&lt;/b&gt;</p>\n";
        assert_eq!(html(text), wanted);
        assert_eq!(html(" "), "");
    }
}
