//! An export as one page for people. It needs nothing else, runs nothing and loads nothing; each text has
//! its own direction. Of the HTML of mails it shows the text alone.

use std::fmt::Write;

use serde_json::Value;
use throughline_app::AppError;
use throughline_app::profiles::Profile;
use throughline_app::timeline::{Exported, ExportedItem, Part};
use throughline_core::customer::CustomerView;
use throughline_core::merging::Merge;
use throughline_core::profile::{Consent, ProfileField};
use throughline_core::promises::MadePromise;
use throughline_core::rating::Rating;
use throughline_core::ticket::TicketView;
use throughline_core::timeline::{Author, Detail, TimelineItem};

use super::Writer;
use crate::wire::Instant;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;\
    padding:0 1rem;color:#1c1c1c}article{border-block-start:1px solid #ccc;padding-block:.75rem}\
    pre{white-space:pre-wrap;font:inherit;margin:.5rem 0}header,small{color:#555}\
    table{border-collapse:collapse}td,th{text-align:start;padding:.15rem .75rem .15rem 0}";

/// Writes a page.
#[derive(Debug, Default)]
pub(super) struct Html {
    /// The heading under which it writes.
    heading: &'static str,
}

/// What stands before the tickets.
pub(super) fn head(begun: &Exported) -> String {
    let name = escape(begun.customer.customer.name.as_deref().unwrap_or("Customer"));
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <title>{name}</title><style>{STYLE}</style></head><body>\n\
         <h1 dir=\"auto\">{name}</h1><p>All that is held on this customer, {}.</p>\n",
        time(begun.at)
    );
    if !begun.complete {
        out.push_str("<p><strong>Some of it may not be seen by who made this.</strong></p>\n");
    }
    person(&mut out, &begun.customer);
    fields(&mut out, &begun.profile);
    out
}

fn person(out: &mut String, view: &CustomerView) {
    let CustomerView { customer, merged, identities, tags } = view;
    let _ = writeln!(out, "<section><h2>{}</h2><table>", customer.id);
    let mut row = |label: &str, value: &str| {
        let value = escape(value);
        let _ = writeln!(out, "<tr><th>{label}</th><td dir=\"auto\">{value}</td></tr>");
    };
    row("Name", customer.name.as_deref().unwrap_or_default());
    row("Language", customer.language.as_deref().unwrap_or_default());
    row("Time zone", customer.time_zone.as_deref().unwrap_or_default());
    let names: Vec<&str> = tags.iter().map(|tag| tag.name.as_str()).collect();
    row("Tags", &names.join(", "));
    let merged: Vec<String> = merged.iter().map(ToString::to_string).collect();
    row("Merged records", &merged.join(", "));
    for identity in identities {
        let seen = Instant::from(identity.first_seen_at);
        let from = format!("{} (by {}, first seen {seen})", identity.display, identity.source);
        row(identity.kind.as_str(), &from);
    }
    out.push_str("</table></section>\n");
}

/// What is said of the customer's fields, what counts first.
fn fields(out: &mut String, profile: &Profile) {
    out.push_str("<section><h2>Profile</h2><table>\n");
    for ProfileField { said, alternatives } in &profile.fields {
        for said in std::iter::once(said).chain(alternatives) {
            let value = match &said.value {
                Value::String(text) => escape(text),
                other => escape(&other.to_string()),
            };
            let (field, source, at) =
                (escape(&said.field), said.source.as_str(), time(said.set_at));
            let _ = writeln!(
                out,
                "<tr><th>{field}</th><td dir=\"auto\">{value}</td><td><small>{source}, \
                 {at}</small></td></tr>"
            );
        }
    }
    out.push_str("</table></section>\n");
}

impl Writer for Html {
    fn part(&mut self, part: Part) -> Result<String, AppError> {
        let mut out = String::new();
        match part {
            Part::Tickets(all) => self.list(&mut out, "Tickets", &all, ticket),
            Part::Items(all) => self.list(&mut out, "Timeline", &all, item),
            Part::Promises(all) => self.list(&mut out, "Promises", &all, promise),
            Part::Consents(all) => self.list(&mut out, "Consents", &all, consent),
            Part::Merges(all) => self.list(&mut out, "Merges", &all, merge),
        }
        Ok(out)
    }

    fn end(&mut self) -> String {
        "</body></html>\n".to_owned()
    }
}

impl Html {
    /// Writes these under their heading; nothing has none.
    fn list<T>(
        &mut self,
        out: &mut String,
        heading: &'static str,
        things: &[T],
        write: fn(&mut String, &T),
    ) {
        if !things.is_empty() && self.heading != heading {
            self.heading = heading;
            out.push_str(&format!("<h2>{heading}</h2>\n"));
        }
        things.iter().for_each(|thing| write(out, thing));
    }
}

// Writing into a string cannot fail.

fn promise(out: &mut String, promise: &MadePromise) {
    let (text, state, due) = (escape(&promise.text), promise.state.as_str(), time(promise.due_at));
    let _ = writeln!(out, "<p><bdi>{text}</bdi> <small>until {due}, {state}</small></p>");
}

fn consent(out: &mut String, consent: &Consent) {
    let (purpose, source) = (escape(&consent.purpose), escape(&consent.source));
    let proof = escape(consent.proof.as_deref().unwrap_or_default());
    let (state, at) = (consent.state.as_str(), time(consent.given_at));
    let _ = writeln!(
        out,
        "<p>{purpose}: {state} <small>{at}, <bdi>{source}</bdi> <bdi>{proof}</bdi></small></p>"
    );
}

fn merge(out: &mut String, merge: &Merge) {
    let (merged, survivor, at) = (merge.merged, merge.survivor, time(merge.merged_at));
    let undone = merge.undone_at.map(|at| format!(", undone {}", time(at))).unwrap_or_default();
    let _ = writeln!(out, "<p>{merged} into {survivor} <small>{at}{undone}</small></p>");
}

fn ticket(out: &mut String, view: &TicketView) {
    let ticket = &view.ticket;
    let subject = escape(&ticket.subject);
    let (number, status, at) = (ticket.number, escape(&ticket.status), time(ticket.created_at));
    let _ = writeln!(
        out,
        "<p id=\"{}\">Ticket #{number} <bdi>{subject}</bdi> <small>{status}, {at}</small></p>",
        ticket.id
    );
}

fn item(out: &mut String, exported: &ExportedItem) {
    let ExportedItem { item, facts, files } = exported;
    let author = match item.author {
        Author::Customer => "customer".to_owned(),
        Author::Agent(id) => format!("agent {id}"),
        Author::Key(id) => format!("key {id}"),
        Author::System => "system".to_owned(),
    };
    let (kind, channel) = (item.kind.as_str(), item.channel.as_str());
    let _ = writeln!(
        out,
        "<article id=\"{}\"><header>{} · {kind} · {channel} · {author}</header>",
        item.id,
        time(item.occurred_at)
    );
    details(out, item);
    if !item.body.is_empty() {
        let _ = writeln!(out, "<pre dir=\"auto\">{}</pre>", escape(&item.body));
    }
    for fact in facts {
        let (kind, value) = (escape(&fact.kind.to_string()), escape(&fact.display));
        let state = fact.state.as_str();
        let _ = writeln!(out, "<p>Fact: {kind} <bdi>{value}</bdi> <small>{state}</small></p>");
    }
    for (id, blake3) in files {
        let info = item.message().and_then(|m| m.attachments.iter().find(|file| file.id == *id));
        let name = info.and_then(|info| info.name.as_deref()).map(escape).unwrap_or_default();
        let _ = writeln!(
            out,
            "<p>File <bdi>{name}</bdi> <small>/api/v1/attachments/{id}, BLAKE3 {blake3}</small></p>"
        );
    }
    out.push_str("</article>\n");
}

fn details(out: &mut String, item: &TimelineItem) {
    match &item.detail {
        Detail::Message(message) => {
            let subject = escape(message.subject.as_deref().unwrap_or_default());
            let people = message.from.iter().chain(&message.to).chain(&message.cc);
            let people: Vec<&str> = people.map(|party| party.address.as_str()).collect();
            let people = escape(&people.join(", "));
            let _ = writeln!(out, "<h3 dir=\"auto\">{subject}</h3><p><small>{people}</small></p>");
        }
        Detail::Change { changes } => {
            for change in changes {
                let (from, to) = (change.from.as_deref(), change.to.as_deref());
                let (from, to) = (escape(from.unwrap_or("–")), escape(to.unwrap_or("–")));
                let field = escape(&change.field);
                let _ = writeln!(out, "<p>{field}: <bdi>{from}</bdi> → <bdi>{to}</bdi></p>");
            }
        }
        Detail::Pushed(pushed) => {
            let _ = writeln!(out, "<h3 dir=\"auto\">{}</h3>", escape(&pushed.title));
            if let Some(Rating { value, most, .. }) = pushed.rating {
                let _ = writeln!(out, "<p><bdi>{value}</bdi> of <bdi>{most}</bdi></p>");
            }
            for field in &pushed.fields {
                let (label, value) = (escape(&field.label), escape(&field.value));
                let _ = writeln!(out, "<p><bdi>{label}</bdi>: <bdi>{value}</bdi></p>");
            }
        }
        Detail::Call(detail) => call(out, &detail.call),
        Detail::Redacted(redaction) => {
            let _ = writeln!(out, "<p dir=\"auto\">Taken out: {}</p>", escape(&redaction.reason));
        }
        Detail::Note(_) | Detail::Merge(_) | Detail::Promise(_) | Detail::Brief(_) => {}
    }
}

fn call(out: &mut String, call: &throughline_core::call::Call) {
    let party = call.customer.as_ref();
    let number = party.and_then(|party| party.number.as_ref()).map(|number| number.raw.as_str());
    let name = party.and_then(|party| party.name.as_deref()).unwrap_or_default();
    let (number, name) = (escape(number.unwrap_or_default()), escape(name));
    let (direction, disposition) = (call.direction, call.disposition);
    let talk = call.talk_seconds.unwrap_or_default();
    let _ = writeln!(out, "<h3 dir=\"auto\"><bdi>{number}</bdi> <bdi>{name}</bdi></h3>");
    let _ = writeln!(out, "<p>{direction}, {disposition}, {talk} s of talk</p>");
}

fn time(at: throughline_core::time::Instant) -> String {
    let at = Instant::from(at);
    format!("<time datetime=\"{at}\">{at}</time>")
}

/// A text that is nothing but text wherever it stands in a page.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_was_written_becomes_markup() {
        let hostile = "<script>\"'&</script>";
        assert_eq!(escape(hostile), "&lt;script&gt;&quot;&#39;&amp;&lt;/script&gt;");
    }
}
