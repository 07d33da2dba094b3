//! Redaction: taking the content of an item out for good, all of it or stretches of its text, so that a
//! trace stays.

use throughline_core::actor::{Actor, Scope};
use throughline_core::event::Happening;
use throughline_core::id::ItemId;
use throughline_core::inbound::TextSpan;
use throughline_core::outgoing::Outgoing;
use throughline_core::ticket::Ticket;
use throughline_core::time::Instant;
use throughline_core::timeline::{Author, Detail, MessageDetail, Redaction, TimelineItem};
use throughline_store::search::{self, Index};
use throughline_store::{
    Conn, events, facts, imports, outgoing, redaction, tickets, timeline, trash,
};

use super::pins::about;
use super::trash::put_aside;
use crate::tickets::save;
use crate::{App, AppError, index};

/// What stands where something was.
const BLACK: char = '█';
/// What stands where a subject was.
const NO_SUBJECT: &str = "████";
/// Items of a ticket whose search documents are made anew when its subject goes.
const REINDEXED: i64 = 1_000;
/// The most stretches of one redaction.
const MAX_RANGES: usize = 1_000;

/// What is to be taken out of an item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redact {
    /// Why.
    pub reason: String,
    /// Stretches of the text, counted in characters from 0, each with its end; `None` for all there is.
    pub ranges: Option<Vec<(usize, usize)>>,
    /// Whether the subject goes too, when only stretches do.
    pub subject: bool,
    /// Whether names and addresses go too, when only stretches do.
    pub parties: bool,
    /// Whether the files go too, when only stretches do.
    pub attachments: bool,
}

/// Takes content out of an item. It keeps its place, its kind and its times. The mail as it arrived, its
/// HTML, and where asked its files, are gone as well.
///
/// For who may read the ledger (leads and admins), and for agents in what they wrote themselves.
pub async fn redact(
    app: &App,
    actor: &Actor,
    id: ItemId,
    what: Redact,
) -> Result<TimelineItem, AppError> {
    actor.require(Scope::CustomersWrite)?;
    let reason = crate::admin::description(Some(&what.reason))?;
    let reason = reason.ok_or_else(|| AppError::invalid("reason", "say why"))?;
    let now = app.now();
    let trace = Redaction { by: actor.name(), at: now.as_micros(), reason };
    let event = app.event(actor, now, Happening::ItemRedacted { item: id });
    let (app2, actor) = (app.clone(), actor.clone());
    let write = move |conn: &mut Conn| {
        let before = held(conn, &actor, id)?;
        let mut item = before.clone();
        let blobs = take_out(conn, &mut item, &what, trace)?;
        trash::note(conn, &blobs, now)?;
        let subject = what.ranges.is_none() || what.subject;
        clean_traces(&app2, conn, &actor, [&before, &item], subject, now)?;
        events::append(conn, &[about(event, &item)])?;
        Ok::<_, AppError>((item, blobs))
    };
    let (item, blobs) = app.store().write(write).await?;
    put_aside(app, blobs).await?;
    Ok(item)
}

/// The item, if the actor may see it and take something out of it.
fn held(conn: &mut Conn, actor: &Actor, id: ItemId) -> Result<TimelineItem, AppError> {
    let mail = outgoing::hold(conn, id)?;
    timeline::hold(conn, id)?;
    let item = timeline::get(conn, actor, id)?.ok_or_else(|| AppError::not_found("item"))?;
    let own = actor.agent().is_some_and(|me| item.author == Author::Agent(me));
    if !own {
        actor.require(Scope::Ledger)?;
    }
    if mail.as_ref().is_some_and(Outgoing::waits) {
        let message = "it is still to be sent; take it back first";
        return Err(AppError::conflict("not_sent_yet", message));
    }
    Ok(item)
}

/// Takes content out of the item and stores that. Answers with the blobs that it let go of.
fn take_out(
    conn: &mut Conn,
    item: &mut TimelineItem,
    what: &Redact,
    trace: Redaction,
) -> Result<Vec<String>, AppError> {
    let id = item.id;
    let mut blobs: Vec<String> = redaction::html_blob(&item.detail).into_iter().collect();
    let (whole, at) = (what.ranges.is_none(), Instant::from_micros(trace.at));
    match &what.ranges {
        None => {
            // The log that told of a call says it, too.
            blobs.extend(imports::let_go_of_items(conn, &[id], at)?);
            item.body = String::new();
            item.detail = Detail::Redacted(trace);
        }
        Some(ranges) => blacken(item, ranges, what, trace)?,
    }
    if whole || what.attachments {
        blobs.extend(redaction::drop_files(conn, &[id])?);
    }
    if whole || what.parties {
        redaction::empty_outgoing(conn, id)?;
    }
    blobs.extend(redaction::empty_deliveries(conn, &[id], "its content was taken out")?);
    redaction::save(conn, item)?;
    redaction::forget_answers(conn, &id.to_string())?;
    drop_derived(conn, &[id])?;
    Ok(blobs)
}

/// Removes what was drawn from items and stands elsewhere: the facts that they state.
pub(super) fn drop_derived(conn: &mut Conn, items: &[ItemId]) -> Result<(), AppError> {
    for item in items {
        facts::forget_item(conn, *item)?;
    }
    Ok(())
}

/// Blackens stretches of the text, and takes out what else was asked for.
fn blacken(
    item: &mut TimelineItem,
    ranges: &[(usize, usize)],
    what: &Redact,
    trace: Redaction,
) -> Result<(), AppError> {
    let Detail::Message(message) = &mut item.detail else {
        let message = "only of messages can a part be taken out; take out all of this";
        return Err(AppError::invalid("ranges", message));
    };
    let (body, spans) = blackened(&item.body, &message.spans, ranges)?;
    item.body = body;
    let MessageDetail {
        subject,
        from,
        to,
        cc,
        html_blob,
        attachments,
        bounce,
        sending,
        platform,
        template,
        ..
    } = message.as_mut();
    // The HTML says the same as the text, and so do its earlier texts, the platform's own fields, and what
    // was put into a template.
    (*html_blob, *template) = (None, None);
    platform.iter_mut().for_each(|platform| platform.redact(what.attachments, what.parties));
    if what.subject {
        *subject = Some(NO_SUBJECT.to_owned());
    }
    if what.parties {
        *from = None;
        to.clear();
        cc.clear();
        bounce.iter_mut().for_each(|bounce| bounce.recipients.clear());
        sending.iter_mut().for_each(|sending| sending.words = None);
    }
    if what.attachments {
        attachments.clear();
    }
    (message.spans, message.redacted) = (spans, Some(trace));
    Ok(())
}

/// The text with black in place of these stretches, and where its spans lie then. Line breaks stay.
fn blackened(
    body: &str,
    spans: &[TextSpan],
    ranges: &[(usize, usize)],
) -> Result<(String, Vec<TextSpan>), AppError> {
    let length = body.chars().count();
    let fits = |(start, end): &(usize, usize)| start < end && *end <= length;
    if ranges.len() > MAX_RANGES || !ranges.iter().all(fits) {
        let message = format!(
            "at most {MAX_RANGES} stretches, each with its start before its end, and that within the \
             {length} characters of the text"
        );
        return Err(AppError::invalid("ranges", message));
    }
    let mut black = vec![false; length];
    for (start, end) in ranges {
        black.iter_mut().take(*end).skip(*start).for_each(|b| *b = true);
    }
    let mut text = String::with_capacity(body.len());
    // Where each byte of the text before lies in the new one.
    let mut places = vec![0; body.len() + 1];
    for ((at, c), black) in body.char_indices().zip(black) {
        places.iter_mut().skip(at).take(c.len_utf8()).for_each(|place| *place = text.len());
        text.push(if black && c != '\n' { BLACK } else { c });
    }
    if let Some(end) = places.last_mut() {
        *end = text.len();
    }
    let place = |at: usize| places.get(at).copied().unwrap_or(text.len());
    let moved = |span: &TextSpan| TextSpan {
        start: place(span.start),
        end: place(span.end),
        ..span.clone()
    };
    let spans = spans.iter().map(moved).collect();
    Ok((text, spans))
}

/// Makes the search documents anew, and takes the subject out of the ticket if it came of this item.
fn clean_traces(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    [before, after]: [&TimelineItem; 2],
    subject: bool,
    now: Instant,
) -> Result<(), AppError> {
    let ticket = match after.ticket {
        Some(id) => tickets::get(conn, actor, id)?,
        None => None,
    };
    if let (true, Some(ticket)) = (subject, &ticket)
        && is_subject_of(before, ticket)
    {
        return clean_ticket(app, conn, ticket, now).map(drop);
    }
    match after.detail {
        Detail::Redacted(_) => Ok(search::remove(conn, Index::Items, after.id.get())?),
        _ => Ok(index::item(conn, after, ticket.as_ref())?),
    }
}

/// Whether the ticket has its subject of this item.
fn is_subject_of(item: &TimelineItem, ticket: &Ticket) -> bool {
    let subject = item.message().and_then(|message| message.subject.as_deref());
    subject == Some(ticket.subject.as_str())
}

/// Takes the subject out of a ticket if it came of this item. Answers with the ticket as it is then.
pub(crate) fn clean_subject(
    app: &App,
    conn: &mut Conn,
    item: &TimelineItem,
    ticket: &Ticket,
    now: Instant,
) -> Result<Ticket, AppError> {
    if is_subject_of(item, ticket) {
        return clean_ticket(app, conn, ticket, now);
    }
    Ok(ticket.clone())
}

fn clean_ticket(
    app: &App,
    conn: &mut Conn,
    before: &Ticket,
    now: Instant,
) -> Result<Ticket, AppError> {
    let mut ticket = Ticket { subject: NO_SUBJECT.to_owned(), ..before.clone() };
    save(app, conn, before, &mut ticket, now)?;
    let (system, filter) = (Actor::system(), super::TimelineFilter::default());
    for item in timeline::of_ticket(conn, &system, ticket.id, &filter, None, REINDEXED)? {
        match item.detail {
            Detail::Redacted(_) => search::remove(conn, Index::Items, item.id.get())?,
            _ => index::item(conn, &item, Some(&ticket))?,
        }
    }
    Ok(ticket)
}

#[cfg(test)]
mod tests {
    use super::*;
    use throughline_core::inbound::SpanKind;

    #[test]
    fn black_stands_for_each_character_and_spans_move_along() {
        let span = TextSpan {
            start: 11,
            end: 15,
            kind: SpanKind::Quote,
            rule: "r".into(),
            confidence: 1.0,
        };
        let body = "kart şş12\n> q\n";
        let (text, spans) = blackened(body, &[span], &[(5, 10)]).unwrap();
        assert_eq!(text, "kart ████\n> q\n");
        let [span] = spans.as_slice() else { panic!("{spans:?}") };
        assert!(
            text[span.start..span.end].starts_with('\n') || text[span.start..].starts_with(">")
        );
        for bad in [(3, 3), (5, 4), (0, 99)] {
            assert_eq!(blackened(body, &[], &[bad]).unwrap_err().field, Some("ranges"));
        }
    }
}
