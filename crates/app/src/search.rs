//! Full-text search. Hits come newest recorded first; a ticket or customer comes once.

use std::collections::{HashMap, HashSet};

use throughline_core::actor::{Actor, Scope};
use throughline_core::customer::Customer;
use throughline_core::id::{CustomerId, ItemId, TicketId};
use throughline_core::page::{Cursor, Page, PageRequest};
use throughline_core::query::{CustomerQuery, TicketQuery};
use throughline_core::text::{Query, Snippet, parse_query, snippet};
use throughline_core::ticket::Ticket;
use throughline_core::timeline::TimelineItem;
use throughline_store::search::{self, Index};
use throughline_store::{Conn, StoreError, customers, ticket_search, tickets, timeline};

use crate::{App, AppError, page};

/// Hits read from the index at one time.
const CHUNK: i64 = 200;
/// Hits looked at for one page at the most; a page may then be short and still have a next one.
const MAX_HITS: usize = 10_000;
/// The length of a snippet in characters.
const SNIPPET_CHARS: usize = 200;

/// An item that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The item.
    pub item: TimelineItem,
    /// Its ticket, when it belongs to one.
    pub ticket: Option<Ticket>,
    /// The part of its text that matches.
    pub snippet: Snippet,
}

/// Reads a query, saying in the error what is wrong with it.
pub(crate) fn parse(q: &str) -> Result<Query, AppError> {
    parse_query(q).map_err(|e| AppError::invalid("q", e.to_string()))
}

/// Items that match, newest recorded first.
pub async fn items(
    app: &App,
    actor: &Actor,
    q: &str,
    request: &PageRequest,
) -> Result<Page<Hit>, AppError> {
    actor.require(Scope::TicketsRead)?;
    page::check(request)?;
    let query = parse(q)?;
    let mut before = request.key_for("hit")?;
    let (actor, limit) = (actor.clone(), request.limit as usize);
    app.store()
        .read(move |conn| {
            let mut found = Vec::new();
            let mut seen = 0;
            // Most actors see all hits: one more than a page is then enough.
            let mut chunk = limit as i64 + 1;
            loop {
                let ids = search::hits(conn, Index::Items, &query, before, chunk)?;
                let end = (ids.len() as i64) < chunk;
                chunk = CHUNK;
                seen += ids.len();
                for hit in visible_hits(conn, &actor, &query, &ids)? {
                    if found.len() == limit {
                        let next = found.last().map(|h: &Hit| Cursor::new("hit", h.item.id.get()));
                        return Ok(Page { items: found, next });
                    }
                    found.push(hit);
                }
                before = ids.last().copied().or(before);
                if end || seen >= MAX_HITS {
                    let next = if end { None } else { before.map(|id| Cursor::new("hit", id)) };
                    return Ok(Page { items: found, next });
                }
            }
        })
        .await
}

/// The hits among these ids that the actor may see, in the order of the ids.
fn visible_hits(
    conn: &mut Conn,
    actor: &Actor,
    query: &Query,
    ids: &[i64],
) -> Result<Vec<Hit>, StoreError> {
    let wanted: Vec<ItemId> = ids.iter().copied().map(ItemId::from).collect();
    let mut items = timeline::by_ids(conn, actor, &wanted)?;
    items.sort_by_key(|item| std::cmp::Reverse(item.id));
    let ids: HashSet<TicketId> = items.iter().filter_map(|item| item.ticket).collect();
    let ids: Vec<TicketId> = ids.into_iter().collect();
    let found = tickets::by_ids(conn, actor, &ids)?;
    let found: HashMap<TicketId, Ticket> = found.into_iter().map(|t| (t.id, t)).collect();
    let hit = |item: TimelineItem| {
        let ticket = match item.ticket {
            Some(id) => Some(found.get(&id)?.clone()),
            None => None,
        };
        let snippet = snippet(&item.body, query, SNIPPET_CHARS);
        Some(Hit { item, ticket, snippet })
    };
    Ok(items.into_iter().filter_map(hit).collect())
}

/// Tickets with a matching item that fit the filters, by their newest matching item.
pub(crate) fn tickets_matching(
    conn: &mut Conn,
    actor: &Actor,
    wanted: &TicketQuery,
    query: &Query,
    request: &PageRequest,
) -> Result<Page<Ticket>, AppError> {
    const TAG: &str = "tqy";
    let start = request.key_for(TAG)?;
    let mut top = request.after.as_ref().and_then(|cursor| cursor.top);
    let mut before = start;
    let mut found: Vec<(i64, Ticket)> = Vec::new();
    let mut passed: HashSet<TicketId> = HashSet::new();
    let mut seen = 0;
    let next = loop {
        let hits = search::hits(conn, Index::Items, query, before, CHUNK)?;
        let end = (hits.len() as i64) < CHUNK;
        seen += hits.len();
        if start.is_none() && top.is_none() {
            top = hits.first().copied();
        }
        let shown = start.map(|start| start..=top.unwrap_or(i64::MAX));
        let fresh = ticket_search::newest(conn, actor, wanted, query, &hits, shown, &mut passed)?;
        found.extend(fresh);
        before = hits.last().copied().or(before);
        let limit = request.limit as usize;
        if found.len() > limit {
            found.truncate(limit);
            break found.last().map(|(hit, _)| Cursor::new(TAG, *hit).from_top(top));
        }
        if end {
            break None;
        }
        if seen >= MAX_HITS {
            break before.map(|hit| Cursor::new(TAG, hit).from_top(top));
        }
    };
    Ok(Page { items: found.into_iter().map(|(_, ticket)| ticket).collect(), next })
}

/// Customers that match and fit the filters, newest first.
pub(crate) fn customers_matching(
    conn: &mut Conn,
    actor: &Actor,
    wanted: &CustomerQuery,
    query: &Query,
    request: &PageRequest,
) -> Result<Page<Customer>, AppError> {
    const TAG: &str = "cqy";
    let mut before = request.key_for(TAG)?;
    let mut found: Vec<(i64, Customer)> = Vec::new();
    let mut seen = 0;
    loop {
        let ids = search::hits(conn, Index::Customers, query, before, CHUNK)?;
        let end = (ids.len() as i64) < CHUNK;
        seen += ids.len();
        found.extend(surviving(conn, actor, wanted, query, &ids)?);
        before = ids.last().copied().or(before);
        if end || found.len() > request.limit as usize {
            let page = Page::cut(found, request, TAG, |(hit, _)| *hit);
            let items = page.items.into_iter().map(|(_, customer)| customer).collect();
            return Ok(Page { items, next: page.next });
        }
        if seen >= MAX_HITS {
            let items = found.into_iter().map(|(_, customer)| customer).collect();
            return Ok(Page { items, next: before.map(|id| Cursor::new(TAG, id)) });
        }
    }
}

/// The customers of matching records, each at the newest of his records that match, in their order.
fn surviving(
    conn: &mut Conn,
    actor: &Actor,
    wanted: &CustomerQuery,
    query: &Query,
    hits: &[i64],
) -> Result<Vec<(i64, Customer)>, StoreError> {
    let roots = customers::roots(conn, hits)?;
    let ids: Vec<CustomerId> = roots.values().copied().collect();
    let groups = customers::merged_into(conn, &ids)?;
    let of_groups = groups.iter().flat_map(|(root, merged)| {
        std::iter::once(root.get()).chain(merged.iter().map(|record| record.id.get()))
    });
    let matching = search::among(conn, Index::Customers, query, &of_groups.collect::<Vec<_>>())?;
    let is_newest = |hit: &i64| {
        let Some(merged) = roots.get(hit).and_then(|root| groups.get(root)) else { return true };
        let all =
            merged.iter().map(|record| record.id.get()).chain(roots.get(hit).map(|r| r.get()));
        !all.into_iter().any(|other| other > *hit && matching.contains(&other))
    };
    let shown: Vec<i64> = hits.iter().copied().filter(is_newest).collect();
    let ids: Vec<i64> = shown.iter().filter_map(|hit| roots.get(hit)).map(|r| r.get()).collect();
    let fitting = customers::matching(conn, actor, wanted, &ids)?;
    let mut fitting: HashMap<CustomerId, Customer> =
        fitting.into_iter().map(|customer| (customer.id, customer)).collect();
    let place = |hit: i64| Some((hit, fitting.remove(roots.get(&hit)?)?));
    Ok(shown.into_iter().filter_map(place).collect())
}
