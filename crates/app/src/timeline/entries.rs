//! A customer's timeline as people read it: with all filters, and with placeholders for what the reader
//! may know of and not read.

use throughline_core::actor::{Actor, Scope};
use throughline_core::channel::Channel;
use throughline_core::id::{CustomerId, InboxId, ItemId};
use throughline_core::query::TimelineFilter;
use throughline_core::time::Instant;
use throughline_core::timeline::{ItemKind, TimelineItem};
use throughline_core::walk::{Place, TimelinePage, Walk, WalkRequest};
use throughline_store::{Conn, history};

use super::{Found, Wanted, check, placeholders_for, stretch, whole};
use crate::customers::members;
use crate::{App, AppError, search};

/// Which items of a timeline.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TimelineQuery {
    /// What they are like.
    pub filter: TimelineFilter,
    /// Words that they hold.
    pub q: Option<String>,
    /// Only what was pinned.
    pub pinned: bool,
    /// Whether placeholders are wanted for what may be known of and not read.
    pub placeholders: bool,
}

impl TimelineQuery {
    /// Whether placeholders can be given: not with a filter that would tell something of their content.
    fn takes_placeholders(&self) -> bool {
        let TimelineFilter {
            kinds: _,
            channels: _,
            ticket,
            from: _,
            until: _,
            visibility,
            authors,
            has_attachments,
            tag,
        } = &self.filter;
        let tells = ticket.is_some()
            || visibility.is_some()
            || !authors.is_empty()
            || has_attachments.is_some()
            || tag.is_some()
            || self.q.is_some()
            || self.pinned;
        self.placeholders && !tells
    }

    /// What is to be read for this actor.
    pub(super) fn wanted(&self) -> Result<Wanted, AppError> {
        let text = self.q.as_deref().map(search::parse).transpose()?;
        Ok(Wanted { filter: self.filter.clone(), text, pinned: self.pinned, also: Vec::new() })
    }
}

/// One line of a timeline.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// An item.
    Item(Box<TimelineItem>),
    /// Something that the reader may know of and not read.
    Restricted {
        /// What it is.
        kind: ItemKind,
        /// The channel it came or went by.
        channel: Channel,
        /// When it happened.
        occurred_at: Instant,
    },
}

/// A customer's timeline.
pub async fn read(
    app: &App,
    actor: &Actor,
    customer: CustomerId,
    query: &TimelineQuery,
    request: &WalkRequest,
) -> Result<TimelinePage<Entry>, AppError> {
    actor.require(Scope::CustomersRead)?;
    check(request)?;
    let (walk, wanted) = (request.walk()?, query.wanted()?);
    let short = wanted.is_plain() && query.filter.shows_all_to(actor);
    let (actor, masked) = (actor.clone(), query.takes_placeholders());
    let read = move |conn: &mut Conn| match masked {
        true => with_placeholders(conn, &actor, customer, wanted, &walk),
        false => Ok((whole(conn, &actor, customer, &wanted, &walk)?, Vec::new())),
    };
    let found = if short { app.store().lookup(read).await } else { app.store().read(read).await };
    let (found, hidden) = found?;
    let page = TimelinePage::of_walk(found.items, request, &walk, found.reached, Place::of);
    Ok(page.map(|item| entry(item, &hidden)))
}

fn with_placeholders(
    conn: &mut Conn,
    actor: &Actor,
    customer: CustomerId,
    wanted: Wanted,
    walk: &Walk,
) -> Result<(Found, Vec<ItemId>), AppError> {
    let also = placeholders_for(conn, actor)?;
    let records = members(conn, actor, customer)?;
    let wanted = Wanted { also, ..wanted };
    let found = stretch(conn, actor, &records, &wanted, walk)?;
    let hidden = hidden(conn, actor, &found.items, &wanted.also)?;
    Ok((found, hidden))
}

/// The items that came only because their inbox gives placeholders.
fn hidden(
    conn: &mut Conn,
    actor: &Actor,
    items: &[TimelineItem],
    also: &[InboxId],
) -> Result<Vec<ItemId>, AppError> {
    let doubtful = items.iter().filter(|item| item.inbox.is_some_and(|i| also.contains(&i)));
    let mut doubtful: Vec<ItemId> = doubtful.map(|item| item.id).collect();
    let seen = history::visible_among(conn, actor, &doubtful)?;
    doubtful.retain(|id| !seen.contains(id));
    Ok(doubtful)
}

fn entry(item: TimelineItem, hidden: &[ItemId]) -> Entry {
    if hidden.contains(&item.id) {
        let TimelineItem { kind, channel, occurred_at, .. } = item;
        return Entry::Restricted { kind, channel, occurred_at };
    }
    Entry::Item(Box::new(item))
}
