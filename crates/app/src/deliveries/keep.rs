//! What is saved of a message once it has its place: the item, its files, its event.

use throughline_core::actor::Actor;
use throughline_core::event::Happening;
use throughline_core::facts::Found;
use throughline_core::id::ItemId;
use throughline_core::inbound::{
    InboundAttachment, InboundMessage, Nature, SpanKind, TextSpan, Trust,
};
use throughline_core::mail_settings::MailSettings;
use throughline_core::threading;
use throughline_core::ticket::tidy_subject;
use throughline_core::time::Instant;
use throughline_core::timeline::{
    AttachmentInfo, Author, BounceInfo, Detail, Direction, ItemKind, MessageDetail, OrderKey,
    TimelineItem, Visibility,
};
use throughline_mail::reply::{self, OUR_WORDS, Span, quote_spans_with};
use throughline_mail::trust::{self, Results};
use throughline_store::attachments::Attachment;
use throughline_store::{Conn, attachments, correspondence, customers, events, timeline};

use super::arrive::{Prepared, StoredFile};
use super::desk::Batch;
use super::place::Place;
use super::study::{MAX_SPANS, Studied};
use crate::{App, AppError, facts};

/// Messages of ours whose words are looked for in an answer.
const SENT: usize = 20;

/// Whether the author's domain is proved; `None` where no server that the inbox trusts said anything.
pub(super) fn trust_of(mail: &InboundMessage, settings: &MailSettings) -> Option<Trust> {
    if settings.trusted_servers.is_empty() {
        return None;
    }
    let trusted: Vec<&str> = settings.trusted_servers.iter().map(String::as_str).collect();
    let results = Results { direct: &mail.auth_results, arc: &mail.arc_results };
    let from = mail.from.as_ref().map(|from| from.address.as_str()).unwrap_or_default();
    let domain = from.rsplit_once('@').map_or("", |(_, domain)| domain);
    match trust::judge(results, &trusted, domain) {
        trust::Trust::Aligned { by } => Some(Trust::Aligned { by: by.to_owned() }),
        trust::Trust::Unaligned { why } => Some(Trust::Unaligned { why }),
        trust::Trust::None => None,
    }
}

/// Saves the item, its files, its event, and the customer's activity.
pub(super) fn keep(
    batch: &Batch<'_>,
    conn: &mut Conn,
    place: &Place,
    prepared: Prepared,
    trust: Option<Trust>,
    bounce: Option<BounceInfo>,
    at: Instant,
) -> Result<TimelineItem, AppError> {
    let (app, now) = (batch.app(), batch.now);
    let id = app.ids().make(now);
    let files = files_of(app, id, &prepared, now);
    let machine = prepared.message.nature == Nature::Bounce;
    let Content { body, detail, found } = content(conn, place, prepared, trust, bounce, &files)?;
    let mut item = TimelineItem {
        id,
        customer: place.record,
        key: OrderKey::new(at, id, 0),
        kind: ItemKind::Message,
        channel: place.ticket.channel,
        visibility: Visibility::Public,
        ticket: Some(place.ticket.id),
        inbox: Some(place.ticket.inbox),
        identity: place.identity,
        author: if machine { Author::System } else { Author::Customer },
        occurred_at: at,
        created_at: now,
        body,
        detail: Detail::Message(Box::new(detail)),
    };
    timeline::insert(conn, &mut item)?;
    attachments::insert(conn, &files)?;
    match found {
        Some(found) => facts::of_studied(app, conn, &item, found)?,
        None => facts::of_item_by(&batch.desk.fact_rules, app, conn, &item)?,
    }
    customers::touch(conn, item.customer, at)?;
    let event = app.event(&Actor::system(), now, Happening::MessageReceived { item: id });
    events::append(conn, &[event.of_ticket(&place.ticket)])?;
    Ok(item)
}

/// The text of the item, and what belongs to it.
struct Content {
    body: String,
    detail: MessageDetail,
    /// The facts in it, unless they have to be looked for anew.
    found: Option<Vec<Found>>,
}

fn content(
    conn: &mut Conn,
    place: &Place,
    prepared: Prepared,
    trust: Option<Trust>,
    bounce: Option<BounceInfo>,
    files: &[Attachment],
) -> Result<Content, AppError> {
    let Prepared { message, files: _, html_blob, studied, left_at_source } = prepared;
    let Studied { body, body_cut, spans, found, tokens: _ } = studied;
    let by_words = spans_by_words(conn, place, &message, &body)?;
    // Where other stretches are left out, other facts may stand.
    let found = by_words.is_none().then_some(found);
    let detail = MessageDetail {
        spans: by_words.unwrap_or(spans),
        trust,
        bounce,
        left_at_source,
        third_party: place.third_party,
        body_cut,
        html_blob,
        attachments: files.iter().map(|file| file.info.clone()).collect(),
        owner_reason: place.owner.clone(),
        thread_reason: Some(place.reason.clone()),
        ..written(message)
    };
    Ok(Content { body, detail, found })
}

/// What the mail itself says.
fn written(message: InboundMessage) -> MessageDetail {
    MessageDetail {
        subject: Some(tidy_subject(message.subject.as_deref().unwrap_or_default())),
        from: message.from,
        to: message.to,
        cc: message.cc,
        message_id: message.message_id.as_deref().and_then(threading::normalise_id),
        nature: Some(message.nature),
        protection: message.protection,
        ..MessageDetail::new(Direction::Inbound)
    }
}

/// The stretches of the body to fold away by our own words, where the ticket has any of them. Else it is
/// as the text alone tells.
fn spans_by_words(
    conn: &mut Conn,
    place: &Place,
    message: &InboundMessage,
    body: &str,
) -> Result<Option<Vec<TextSpan>>, AppError> {
    let passed_on = reply::is_passed_on(message.subject.as_deref().unwrap_or_default());
    let sent = match place.is_new || passed_on || body.is_empty() {
        true => Vec::new(),
        false => correspondence::sent_texts(conn, place.ticket.id, SENT)?,
    };
    let texts: Vec<&str> = sent.iter().map(String::as_str).collect();
    let by_words = if texts.is_empty() { Vec::new() } else { quote_spans_with(body, &texts) };
    let ours = by_words.iter().any(|span| span.rule == OUR_WORDS);
    Ok(ours.then(|| by_words.into_iter().map(text_span).take(MAX_SPANS).collect()))
}

fn text_span(span: Span) -> TextSpan {
    let Span { start, end, kind, rule, confidence } = span;
    let kind = match kind {
        reply::SpanKind::Quote => SpanKind::Quote,
        reply::SpanKind::Signature => SpanKind::Signature,
    };
    TextSpan { start, end, kind, rule: rule.to_owned(), confidence }
}

fn files_of(app: &App, item: ItemId, prepared: &Prepared, now: Instant) -> Vec<Attachment> {
    let file = |(file, stored): (&InboundAttachment, &StoredFile)| Attachment {
        info: AttachmentInfo {
            id: app.ids().make(now),
            name: file.name.as_deref().map(clean),
            media_type: clean(&file.media_type),
            size: stored.size,
            inline: file.inline,
            description: None,
        },
        item,
        blob: stored.blob.clone(),
        content_id: file.content_id.as_deref().map(clean),
    };
    prepared.message.attachments.iter().zip(&prepared.files).map(file).collect()
}

/// Without control characters: PostgreSQL cannot hold NUL, and nobody can read the others.
fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
