//! What the rows of a list show beside the tickets: asked for a whole page at once, however many rows it
//! has, each question by an index.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};
use throughline_core::actor::Actor;
use throughline_core::desk::{DraftContent, SPOKEN};
use throughline_core::id::{AgentId, CustomerId, ItemId, TicketId};
use throughline_core::ticket::StatusCategory;
use throughline_core::timeline::TimelineItem;

use crate::conn::Conn;
use crate::error::StoreError;
use crate::read::from_json;
use crate::schema::{customers, drafts, identities, mentions};
use crate::timeline::{self, AGENT, CUSTOMER};

#[derive(QueryableByName)]
struct Pair {
    #[diesel(sql_type = BigInt)]
    ticket: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    item: Option<i64>,
}

/// Numbers as SQL writes them.
fn listed(numbers: impl IntoIterator<Item = i64>) -> String {
    numbers.into_iter().map(|number| number.to_string()).collect::<Vec<_>>().join(",")
}

fn spoken() -> String {
    listed(SPOKEN.iter().map(|kind| i64::from(kind.code())))
}

/// The last thing that was said in each of these tickets, where the actor may see it: one look into the
/// index of the ticket's items each.
pub fn last_said(
    conn: &mut Conn,
    actor: &Actor,
    tickets: &[TicketId],
) -> Result<HashMap<TicketId, TimelineItem>, StoreError> {
    if tickets.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!(
        "SELECT t.id AS ticket, (SELECT i.id FROM timeline_items i WHERE i.ticket_id = t.id \
         AND i.kind IN ({}) ORDER BY i.order_key DESC LIMIT 1) AS item \
         FROM tickets t WHERE t.id IN ({})",
        spoken(),
        listed(tickets.iter().map(|id| id.get())),
    );
    let pairs: Vec<Pair> = diesel::sql_query(sql).load(conn)?;
    let ids: Vec<ItemId> = pairs.iter().filter_map(|pair| pair.item).map(ItemId::from).collect();
    let items = timeline::by_ids(conn, actor, &ids)?;
    let mut items: HashMap<ItemId, TimelineItem> =
        items.into_iter().map(|item| (item.id, item)).collect();
    let of = |pair: Pair| {
        let item = items.remove(&ItemId::from(pair.item?))?;
        Some((TicketId::from(pair.ticket), item))
    };
    Ok(pairs.into_iter().filter_map(of).collect())
}

/// Which of these tickets are unread to an agent.
///
/// One is that he put back, and one in which somebody else has said something behind what he read. A
/// ticket that he never opened concerns him when it is not resolved and is his, or nobody's and no team's
/// but one of his: so nothing has to be written for agents who do not look.
pub fn unread(
    conn: &mut Conn,
    agent: AgentId,
    tickets: &[TicketId],
) -> Result<HashSet<TicketId>, StoreError> {
    if tickets.is_empty() {
        return Ok(HashSet::new());
    }
    let me = agent.get();
    let sql = format!(
        "SELECT t.id AS ticket, t.id AS item FROM tickets t \
         LEFT JOIN ticket_reads r ON r.agent_id = {me} AND r.ticket_id = t.id \
           AND r.ticket_id IN ({tickets}) \
         WHERE t.id IN ({tickets}) AND (r.marked OR ( \
           (r.ticket_id IS NOT NULL OR (t.category <> {resolved} AND (t.assignee_agent_id = {me} \
             OR (t.assignee_agent_id IS NULL AND (t.assignee_team_id IS NULL OR EXISTS ( \
               SELECT 1 FROM team_members m WHERE m.agent_id = {me} \
               AND m.team_id = t.assignee_team_id)))))) \
           AND EXISTS (SELECT 1 FROM timeline_items i WHERE i.ticket_id = t.id \
             AND i.order_key >= COALESCE(r.since_key, {least}) AND i.id > COALESCE(r.item_id, 0) \
             AND i.kind IN ({kinds}) AND (i.author_kind = {CUSTOMER} \
               OR (i.author_kind = {AGENT} AND i.author_id <> {me})))))",
        tickets = listed(tickets.iter().map(|id| id.get())),
        resolved = StatusCategory::Resolved.code(),
        least = i64::MIN + 1,
        kinds = spoken(),
    );
    let found: Vec<Pair> = diesel::sql_query(sql).load(conn)?;
    Ok(found.into_iter().map(|pair| TicketId::from(pair.ticket)).collect())
}

/// Which of these tickets have a note that names an agent and that he has not read.
pub fn mentioned(
    conn: &mut Conn,
    agent: AgentId,
    tickets: &[TicketId],
) -> Result<HashSet<TicketId>, StoreError> {
    let ids: Vec<i64> = tickets.iter().map(|id| id.get()).collect();
    let found: Vec<i64> = mentions::table
        .filter(mentions::agent_id.eq(agent.get()))
        .filter(mentions::unread)
        .filter(mentions::ticket_id.eq_any(ids))
        .select(mentions::ticket_id)
        .load(conn)?;
    Ok(found.into_iter().map(TicketId::from).collect())
}

/// The text of an agent's newest draft in each of these tickets where he has one.
pub fn drafted(
    conn: &mut Conn,
    agent: AgentId,
    tickets: &[TicketId],
) -> Result<HashMap<TicketId, String>, StoreError> {
    let ids: Vec<i64> = tickets.iter().map(|id| id.get()).collect();
    let found: Vec<(i64, Option<String>)> = drafts::table
        .filter(drafts::agent_id.eq(agent.get()))
        .filter(drafts::ticket_id.eq_any(ids))
        .filter(drafts::content.is_not_null())
        .order(drafts::updated_key)
        .select((drafts::ticket_id, drafts::content))
        .load(conn)?;
    let text = |(ticket, content): (i64, Option<String>)| {
        let content: DraftContent = from_json("drafts.content", &content.unwrap_or_default())?;
        Ok((TicketId::from(ticket), content.body))
    };
    found.into_iter().map(text).collect()
}

/// What the customers of these records are called: by the name of the surviving record, else by that of
/// another, else as the first of their addresses is shown. Whoever asks sees their tickets.
pub fn names(
    conn: &mut Conn,
    records: &[CustomerId],
) -> Result<HashMap<CustomerId, String>, StoreError> {
    let ids: Vec<i64> = records.iter().map(|id| id.get()).collect();
    let (survivor, own) = (crate::merges::kin, customers::table);
    let known = survivor.field(customers::id).nullable().eq(customers::canonical_id);
    let rows: Vec<(i64, Option<String>, Option<String>)> = own
        .left_join(survivor.on(known))
        .filter(customers::id.eq_any(ids))
        .select((customers::id, customers::name, survivor.field(customers::name).nullable()))
        .load(conn)?;
    let mut names = HashMap::new();
    let mut nameless = Vec::new();
    for (id, own, surviving) in rows {
        match surviving.or(own) {
            Some(name) => drop(names.insert(CustomerId::from(id), name)),
            None => nameless.push(id),
        }
    }
    let shown: Vec<(i64, String)> = identities::table
        .filter(identities::customer_id.eq_any(nameless))
        .order(identities::id.desc())
        .select((identities::customer_id, identities::display))
        .load(conn)?;
    // The first is written last, and stays.
    names.extend(shown.into_iter().map(|(id, display)| (CustomerId::from(id), display)));
    Ok(names)
}
