//! Timeline items: a page is one range of one index. Every read takes the actor.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable};
use throughline_core::actor::{Actor, Sees};
use throughline_core::channel::Channel;
use throughline_core::id::{
    AgentId, ApiKeyId, CustomerId, IdentityId, InboxId, ItemId, TeamId, TicketId,
};
use throughline_core::query::TimelineFilter;
use throughline_core::time::Instant;
use throughline_core::timeline::{Author, Detail, ItemKind, OrderKey, TimelineItem, Visibility};

use crate::conn::{Conn, MultiBackend, each};
use crate::error::StoreError;
use crate::merges::{absorbed, kin};
use crate::read::{all, from_json, known, to_json};
use crate::schema::{attachments, customers, item_tags, tags, tickets, timeline_items};

/// How many of the 2,048 tie-breaks of a microsecond are tried before giving up. Sources with whole
/// seconds do crowd one microsecond; with 1,500 items there, one in a thousand million fails.
pub(crate) const MAX_TIES: u32 = 64;

pub(crate) const CUSTOMER: i16 = 1;
pub(crate) const AGENT: i16 = 2;
const KEY: i16 = 3;
const SYSTEM: i16 = 4;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = timeline_items, treat_none_as_default_value = false)]
pub(crate) struct Row {
    id: i64,
    customer_id: i64,
    order_key: i64,
    kind: i16,
    channel: i16,
    visibility: i16,
    ticket_id: Option<i64>,
    inbox_id: Option<i64>,
    identity_id: Option<i64>,
    author_kind: i16,
    author_id: Option<i64>,
    occurred_at: i64,
    created_at: i64,
    body: String,
    detail: String,
}

fn author(kind: i16, id: Option<i64>) -> Result<Author, StoreError> {
    let author = match (kind, id) {
        (CUSTOMER, _) => Some(Author::Customer),
        (AGENT, Some(id)) => Some(Author::Agent(AgentId::from(id))),
        (KEY, Some(id)) => Some(Author::Key(ApiKeyId::from(id))),
        (SYSTEM, _) => Some(Author::System),
        _ => None,
    };
    known("timeline_items.author_kind", kind, author)
}

fn author_columns(author: Author) -> (i16, Option<i64>) {
    match author {
        Author::Customer => (CUSTOMER, None),
        Author::Agent(id) => (AGENT, Some(id.get())),
        Author::Key(id) => (KEY, Some(id.get())),
        Author::System => (SYSTEM, None),
    }
}

/// What the JSON of a redacted item begins with, whatever its kind.
const REDACTED: &str = "{\"redacted\":";
/// What the JSON of a call begins with that came by a phone log, and was not pushed.
const LOGGED: &str = "{\"call\":";

/// The kind stands in a column of its own, so that the JSON needs no tag.
fn detail(kind: ItemKind, json: &str) -> Result<Detail, StoreError> {
    const WHAT: &str = "timeline_items.detail";
    if let Some(inner) = json.strip_prefix(REDACTED) {
        return Ok(Detail::Redacted(from_json(WHAT, inner.strip_suffix('}').unwrap_or(inner))?));
    }
    Ok(match kind {
        ItemKind::Message => Detail::Message(from_json(WHAT, json)?),
        ItemKind::Note => Detail::Note(from_json(WHAT, json)?),
        ItemKind::Change => Detail::Change { changes: from_json(WHAT, json)? },
        ItemKind::Call if json.starts_with(LOGGED) => Detail::Call(from_json(WHAT, json)?),
        ItemKind::Call
        | ItemKind::Mention
        | ItemKind::Review
        | ItemKind::SurveyResponse
        | ItemKind::Order
        | ItemKind::PageView
        | ItemKind::Event => Detail::Pushed(from_json(WHAT, json)?),
        ItemKind::Merge => Detail::Merge(from_json(WHAT, json)?),
        ItemKind::Promise => Detail::Promise(from_json(WHAT, json)?),
        ItemKind::Brief => Detail::Brief(from_json(WHAT, json)?),
    })
}

pub(crate) fn detail_column(detail: &Detail) -> Result<String, StoreError> {
    match detail {
        Detail::Message(message) => to_json(message),
        Detail::Note(note) => to_json(note),
        Detail::Change { changes } => to_json(changes),
        Detail::Pushed(pushed) => to_json(pushed),
        Detail::Merge(merge) => to_json(merge),
        Detail::Promise(promise) => to_json(promise),
        Detail::Brief(brief) => to_json(brief),
        Detail::Call(call) => to_json(call),
        Detail::Redacted(redaction) => Ok(format!("{REDACTED}{}}}", to_json(redaction)?)),
    }
}

pub(crate) fn from_row(row: Row) -> Result<TimelineItem, StoreError> {
    let visibility = Visibility::from_code(row.visibility);
    let kind = known("timeline_items.kind", row.kind, ItemKind::from_code(row.kind))?;
    Ok(TimelineItem {
        id: ItemId::from(row.id),
        customer: CustomerId::from(row.customer_id),
        key: OrderKey::from(row.order_key),
        kind,
        channel: known("timeline_items.channel", row.channel, Channel::from_code(row.channel))?,
        visibility: known("timeline_items.visibility", row.visibility, visibility)?,
        ticket: row.ticket_id.map(TicketId::from),
        inbox: row.inbox_id.map(InboxId::from),
        identity: row.identity_id.map(IdentityId::from),
        author: author(row.author_kind, row.author_id)?,
        occurred_at: Instant::from_micros(row.occurred_at),
        created_at: Instant::from_micros(row.created_at),
        body: row.body,
        detail: detail(kind, &row.detail)?,
    })
}

fn to_row(item: &TimelineItem, key: OrderKey) -> Result<Row, StoreError> {
    let (author_kind, author_id) = author_columns(item.author);
    Ok(Row {
        id: item.id.get(),
        customer_id: item.customer.get(),
        order_key: key.get(),
        kind: item.kind.code(),
        channel: item.channel.code(),
        visibility: item.visibility.code(),
        ticket_id: item.ticket.map(TicketId::get),
        inbox_id: item.inbox.map(InboxId::get),
        identity_id: item.identity.map(IdentityId::get),
        author_kind,
        author_id,
        occurred_at: item.occurred_at.as_micros(),
        created_at: item.created_at.as_micros(),
        body: item.body.clone(),
        detail: detail_column(&item.detail)?,
    })
}

/// Inserts an item, giving it a free place among those of its microsecond.
pub fn insert(conn: &mut Conn, item: &mut TimelineItem) -> Result<(), StoreError> {
    let mut row = to_row(item, item.key)?;
    for attempt in 0..MAX_TIES {
        let key = OrderKey::new(item.occurred_at, item.id, attempt);
        row.order_key = key.get();
        let inserted = each!(conn, c => diesel::insert_into(timeline_items::table)
            .values(&row)
            .on_conflict((timeline_items::customer_id, timeline_items::order_key))
            .do_nothing()
            .execute(c))?;
        if inserted == 1 {
            item.key = key;
            return Ok(());
        }
    }
    Err(StoreError::Internal("no free place on the timeline".to_owned()))
}

type Filter =
    Box<dyn BoxableExpression<timeline_items::table, MultiBackend, SqlType = Nullable<Bool>>>;

/// The items an actor may see: those of inboxes open to him, those of tickets he has, and of those
/// without an inbox those of customers whom he may know of.
///
/// Those of the inboxes `also` are let through as well; whoever asks for that must not show them.
pub(crate) fn visible_to(actor: &Actor, also: &[InboxId]) -> Option<Filter> {
    let Sees::Only { inboxes, agent, teams } = &actor.sees else { return None };
    let through: Vec<i64> = inboxes.iter().chain(also).copied().map(InboxId::get).collect();
    let inboxes: Vec<i64> = inboxes.iter().copied().map(InboxId::get).collect();
    let teams: Vec<i64> = teams.iter().copied().map(TeamId::get).collect();
    let has = || {
        let mine = tickets::assignee_agent_id.eq(agent.map(AgentId::get));
        mine.or(tickets::assignee_team_id.eq_any(teams.clone()))
    };
    let open = timeline_items::inbox_id.eq_any(through);
    let his = tickets::table.filter(tickets::id.nullable().eq(timeline_items::ticket_id));
    let his = diesel::dsl::exists(his.filter(has()).select(tickets::id));
    let of_record = tickets::table.filter(tickets::customer_id.eq(timeline_items::customer_id));
    let of_group = || {
        let (id, canonical) = (customers::id, customers::canonical_id);
        let one = kin.field(canonical).eq(absorbed.field(canonical));
        let one = one.or(kin.field(canonical).eq(absorbed.field(id).nullable()));
        let one = one.or(kin.field(id).nullable().eq(absorbed.field(canonical)));
        tickets::table
            .inner_join(absorbed.on(absorbed.field(id).eq(tickets::customer_id)))
            .inner_join(kin.on(one))
            .filter(kin.field(id).eq(timeline_items::customer_id))
    };
    let may = || tickets::inbox_id.eq_any(inboxes.clone()).nullable().or(has());
    let seen = diesel::dsl::exists(of_record.filter(may()).select(tickets::id));
    let seen = seen.or(diesel::dsl::exists(of_group().filter(may()).select(tickets::id)));
    let fresh = diesel::dsl::not(diesel::dsl::exists(of_record.select(tickets::id)));
    let fresh = fresh.and(diesel::dsl::not(diesel::dsl::exists(of_group().select(tickets::id))));
    let known = timeline_items::inbox_id.is_null().and(seen.or(fresh));
    Some(Box::new(open.or(his.nullable()).or(known.nullable())))
}

pub(crate) type Boxed<'a> = timeline_items::BoxedQuery<'a, MultiBackend>;

/// The items that fit, of those that the actor may see and of those of the inboxes `also`.
pub(crate) fn filtered<'a>(actor: &Actor, filter: &TimelineFilter, also: &[InboxId]) -> Boxed<'a> {
    let rows = timeline_items::table.into_boxed::<MultiBackend>();
    let rows = match visible_to(actor, also) {
        Some(visible) => rows.filter(visible),
        None => rows,
    };
    brought_about(fitting(rows, filter), filter)
}

/// By who may read them, who brought them about, what tags they bear, and whether they have files.
fn brought_about<'a>(mut rows: Boxed<'a>, filter: &TimelineFilter) -> Boxed<'a> {
    if let Some(visibility) = filter.visibility {
        rows = rows.filter(timeline_items::visibility.eq(visibility.code()));
    }
    if !filter.authors.is_empty() {
        let codes: Vec<i16> = filter.authors.iter().map(|a| a.code()).collect();
        rows = rows.filter(timeline_items::author_kind.eq_any(codes));
    }
    if let Some(tag) = &filter.tag {
        let borne = item_tags::table.inner_join(tags::table.on(tags::id.eq(item_tags::tag_id)));
        let borne = borne.filter(item_tags::item_id.eq(timeline_items::id));
        let borne = borne.filter(tags::folded_name.eq(tag.clone()));
        rows = rows.filter(diesel::dsl::exists(borne.select(item_tags::tag_id)));
    }
    let files = attachments::table.filter(attachments::item_id.eq(timeline_items::id));
    let has = diesel::dsl::exists(files.select(attachments::id));
    match filter.has_attachments {
        Some(true) => rows.filter(has),
        Some(false) => rows.filter(diesel::dsl::not(has)),
        None => rows,
    }
}

fn fitting<'a>(mut rows: Boxed<'a>, filter: &TimelineFilter) -> Boxed<'a> {
    // The rest is looked at by `brought_about`.
    let TimelineFilter { kinds, channels, ticket, from, until, .. } = filter;
    if !kinds.is_empty() {
        let codes: Vec<i16> = kinds.iter().map(|k| k.code()).collect();
        rows = rows.filter(timeline_items::kind.eq_any(codes));
    }
    if !channels.is_empty() {
        let codes: Vec<i16> = channels.iter().map(|c| c.code()).collect();
        rows = rows.filter(timeline_items::channel.eq_any(codes));
    }
    if let Some(ticket) = ticket {
        rows = rows.filter(timeline_items::ticket_id.eq(ticket.get()));
    }
    if let Some(from) = from {
        rows = rows.filter(timeline_items::order_key.ge(OrderKey::floor(*from).get()));
    }
    if let Some(until) = until {
        rows = rows.filter(timeline_items::order_key.lt(OrderKey::floor(*until).get()));
    }
    rows
}

fn newest_first(
    conn: &mut Conn,
    rows: Boxed<'_>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<TimelineItem>, StoreError> {
    let rows: Vec<Row> = rows
        .filter(timeline_items::order_key.lt(before.unwrap_or(i64::MAX)))
        .order(timeline_items::order_key.desc())
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    all(rows, from_row)
}

/// When the newest item of these records occurred, what tells of merges aside: one look into the index
/// for each.
pub fn newest_at(conn: &mut Conn, records: &[CustomerId]) -> Result<Option<Instant>, StoreError> {
    let mut newest = None;
    for record in records {
        let last: Option<i64> = timeline_items::table
            .filter(timeline_items::customer_id.eq(record.get()))
            .filter(timeline_items::kind.ne(ItemKind::Merge.code()))
            .order(timeline_items::order_key.desc())
            .select(timeline_items::occurred_at)
            .first(conn)
            .optional()?;
        newest = newest.max(last.map(Instant::from_micros));
    }
    Ok(newest)
}

/// The items of a ticket, newest first, before an order key.
pub fn of_ticket(
    conn: &mut Conn,
    actor: &Actor,
    ticket: TicketId,
    filter: &TimelineFilter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<TimelineItem>, StoreError> {
    let rows = filtered(actor, filter, &[]).filter(timeline_items::ticket_id.eq(ticket.get()));
    newest_first(conn, rows, before, limit)
}

/// Messages among which the customer's newest is looked for: some may be a third party's, or of the
/// same second.
const LOOKED_AT: i64 = 8;

/// The newest message of a ticket that its customer wrote himself, among those that we knew of at an
/// instant if one is given. Mails tell whole seconds: of those of one second it is the one that we
/// learned of last.
pub fn newest_from_customer(
    conn: &mut Conn,
    ticket: TicketId,
    known_at: Option<Instant>,
) -> Result<Option<TimelineItem>, StoreError> {
    let rows: Vec<Row> = timeline_items::table
        .filter(timeline_items::ticket_id.eq(ticket.get()))
        .filter(timeline_items::created_at.le(known_at.map_or(i64::MAX, Instant::as_micros)))
        .filter(timeline_items::author_kind.eq(CUSTOMER))
        .filter(timeline_items::kind.eq(ItemKind::Message.code()))
        .order(timeline_items::order_key.desc())
        .limit(LOOKED_AT)
        .select(Row::as_select())
        .load(conn)?;
    let own = |item: &TimelineItem| match &item.detail {
        Detail::Message(message) => !message.third_party,
        _ => false,
    };
    let items = all(rows, from_row)?.into_iter().filter(own);
    Ok(items.max_by_key(|item| (item.occurred_at, item.id)))
}

/// Messages of a ticket that its customer wrote and that we learned of since an instant, newest
/// first, at most `limit`.
pub fn from_customer_since(
    conn: &mut Conn,
    ticket: TicketId,
    since: Instant,
    limit: i64,
) -> Result<Vec<TimelineItem>, StoreError> {
    let rows: Vec<Row> = timeline_items::table
        .filter(timeline_items::ticket_id.eq(ticket.get()))
        .filter(timeline_items::author_kind.eq(CUSTOMER))
        .filter(timeline_items::kind.eq(ItemKind::Message.code()))
        .filter(timeline_items::created_at.gt(since.as_micros()))
        .order(timeline_items::order_key.desc())
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    all(rows, from_row)
}

/// An item whoever asks, held against other writers until the end of the transaction.
pub fn hold(conn: &mut Conn, id: ItemId) -> Result<Option<TimelineItem>, StoreError> {
    if let Conn::Pg(c) = conn {
        let row = timeline_items::table.filter(timeline_items::id.eq(id.get()));
        row.select(timeline_items::id).for_update().first::<i64>(c).optional()?;
    }
    get(conn, &Actor::system(), id)
}

/// Holds items against other writers until the end of the transaction, in one order always.
pub fn hold_all(conn: &mut Conn, ids: &[ItemId]) -> Result<(), StoreError> {
    if let Conn::Pg(c) = conn {
        let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
        let rows = timeline_items::table.filter(timeline_items::id.eq_any(ids));
        let rows = rows.order(timeline_items::id).select(timeline_items::id);
        rows.for_update().load::<i64>(c)?;
    }
    Ok(())
}

/// Writes what belongs to an item's kind alone over what stood there. Hold the item first.
pub fn set_detail(conn: &mut Conn, id: ItemId, detail: &Detail) -> Result<(), StoreError> {
    let column = detail_column(detail)?;
    diesel::update(timeline_items::table.filter(timeline_items::id.eq(id.get())))
        .set(timeline_items::detail.eq(column))
        .execute(conn)?;
    Ok(())
}

/// An item, if the actor may see it.
pub fn get(conn: &mut Conn, actor: &Actor, id: ItemId) -> Result<Option<TimelineItem>, StoreError> {
    Ok(by_ids(conn, actor, &[id])?.pop())
}

/// The tickets and channels of the items among these ids that the actor may see.
pub(crate) fn places(
    conn: &mut Conn,
    actor: &Actor,
    ids: &[i64],
) -> Result<HashMap<i64, (Option<i64>, i16)>, StoreError> {
    let rows: Vec<(i64, Option<i64>, i16)> = filtered(actor, &TimelineFilter::default(), &[])
        .filter(timeline_items::id.eq_any(ids.to_vec()))
        .select((timeline_items::id, timeline_items::ticket_id, timeline_items::channel))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, ticket, channel)| (id, (ticket, channel))).collect())
}

/// The items among these ids that the actor may see, in no order.
pub fn by_ids(
    conn: &mut Conn,
    actor: &Actor,
    ids: &[ItemId],
) -> Result<Vec<TimelineItem>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
    let rows: Vec<Row> = filtered(actor, &TimelineFilter::default(), &[])
        .filter(timeline_items::id.eq_any(ids))
        .select(Row::as_select())
        .load(conn)?;
    all(rows, from_row)
}
