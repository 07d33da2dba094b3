//! The sample data: made-up mails that go the way of real ones, and what agents did with them.
//!
//! Every name and address is invented, under domains that cannot exist. The inbox says what it is,
//! and customers and tickets carry a tag that says it too. Loading again adds nothing: mails have
//! fixed names at their source, and each further step looks before it acts.

mod compose;
mod letters;

use throughline_app::deliveries::Recorded;
pub use throughline_app::demo::ADDRESS;
use throughline_app::demo::{MAILS, TAG};
use throughline_app::tickets::{NewNote, TicketPatch, TicketRef};
use throughline_app::{App, customers, deliveries, inboxes, tickets, timeline};
use throughline_core::actor::Actor;
use throughline_core::channel::Channel;
use throughline_core::id::TicketId;
use throughline_core::inbound::RawDelivery;
use throughline_core::page::{MAX_LIMIT, PageRequest};
use throughline_core::query::TimelineFilter;
use throughline_core::ticket::Priority;
use throughline_core::timeline::ItemKind;

use crate::commands::worker;
use crate::config::Settings;
use crate::error::Failure;

const INBOX_NAME: &str = "Demo inbox (sample data)";

/// Somebody made up.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    /// The name as written in mails.
    pub name: &'static str,
    /// The address.
    pub address: &'static str,
    /// The language he or she writes.
    pub language: &'static str,
}

/// A ticket of the sample data.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Names it, in ids.
    pub key: &'static str,
    /// Who wrote.
    pub person: Person,
    /// The subject of the first mail.
    pub subject: &'static str,
    /// The mails, oldest first.
    pub letters: &'static [Letter],
    /// Tags that agents gave it.
    pub tags: &'static [&'static str],
    /// A note that an agent wrote.
    pub note: Option<&'static str>,
    /// The key of its status, when it is not open.
    pub status: Option<&'static str>,
    /// Its priority.
    pub priority: Priority,
}

/// A mail of a ticket.
#[derive(Debug, Clone, Copy)]
pub struct Letter {
    /// How many hours before the loading it was written.
    pub hours_ago: i64,
    /// Its text.
    pub text: &'static str,
    /// A text file that came with it: its name and what is in it.
    pub file: Option<(&'static str, &'static str)>,
}

/// What was loaded.
#[derive(Debug, Clone, Copy)]
pub struct Loaded {
    /// How many mails there are.
    pub mails: usize,
    /// How many of them were not there before.
    pub fresh: usize,
}

/// Loads what is missing.
pub async fn load(settings: &Settings, app: &App) -> Result<Loaded, Failure> {
    let inbox = inboxes::ensure(app, Channel::Email, ADDRESS, INBOX_NAME).await?;
    let now = app.now();
    let mut raw = Vec::new();
    for sample in letters::all() {
        for (at, _) in sample.letters.iter().enumerate() {
            raw.push(RawDelivery {
                inbox: inbox.id,
                external_id: format!("{MAILS}{}/{at}", sample.key),
                bytes: compose::mail(&sample, at, now),
                received_at: now,
            });
        }
    }
    let recorded = deliveries::record(app, &Actor::system(), raw).await?;
    worker::runner(settings, app, worker::runner_settings(settings)).drain().await?;
    let mut rest = recorded.as_slice();
    for sample in letters::all() {
        let (own, others) = rest.split_at(sample.letters.len().min(rest.len()));
        rest = others;
        if let Some(first) = own.first() {
            work_on(app, &sample, first).await?;
        }
    }
    let fresh = recorded.iter().filter(|r| r.fresh).count();
    Ok(Loaded { mails: recorded.len(), fresh })
}

/// Does to a ticket what its agents did, unless that was done before.
async fn work_on(app: &App, sample: &Sample, first: &Recorded) -> Result<(), Failure> {
    let system = Actor::system();
    let delivery = deliveries::get(app, &system, first.delivery).await?;
    // Another worker holds it; the next loading goes on here.
    let Some(item) = delivery.item else { return Ok(()) };
    let item = timeline::get(app, &system, item).await?;
    let Some(ticket) = item.ticket else { return Ok(()) };
    let view = tickets::get(app, &system, TicketRef::Id(ticket)).await?;
    if view.tags.iter().any(|tag| tag.name == TAG) {
        return Ok(());
    }
    mark_customer(app, sample, &view.ticket).await?;
    if let Some(note) = sample.note
        && !has_note(app, ticket).await?
    {
        let new = NewNote { body: note.to_owned(), mentions: Vec::new(), draft_revision: None };
        tickets::note(app, &system, ticket, new).await?;
    }
    // The tag comes with the last step, so that a ticket which has it is done.
    let tags = sample.tags.iter().chain(&[TAG]);
    let patch = TicketPatch {
        status: sample.status.map(str::to_owned),
        priority: Some(sample.priority),
        add_tags: tags.map(|tag| (*tag).to_owned()).collect(),
        ..TicketPatch::default()
    };
    tickets::update(app, &system, ticket, patch, None).await?;
    Ok(())
}

async fn mark_customer(
    app: &App,
    sample: &Sample,
    ticket: &throughline_core::ticket::Ticket,
) -> Result<(), Failure> {
    let patch = customers::CustomerPatch {
        language: Some(Some(sample.person.language.to_owned())),
        add_tags: vec![TAG.to_owned()],
        demo: Some(true),
        ..customers::CustomerPatch::default()
    };
    customers::update(app, &Actor::system(), ticket.customer, patch, None).await?;
    Ok(())
}

async fn has_note(app: &App, ticket: TicketId) -> Result<bool, Failure> {
    let filter = TimelineFilter { kinds: vec![ItemKind::Note], ..TimelineFilter::default() };
    let request = PageRequest { limit: MAX_LIMIT, after: None };
    let page = timeline::of_ticket(app, &Actor::system(), ticket, &filter, &request).await?;
    Ok(!page.items.is_empty())
}
