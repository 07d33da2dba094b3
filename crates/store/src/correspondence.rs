//! What was written in a ticket, bounded: who takes part in it, and what we sent. For deciding about a
//! mail; what is shown to people is read by [`crate::timeline`].

use diesel::prelude::*;
use throughline_core::id::{InboxId, ItemId, TicketId};
use throughline_core::time::Instant;
use throughline_core::timeline::{Direction, ItemKind, MessageDetail, SendState};

use crate::conn::{Conn, each};
use crate::error::StoreError;
use crate::read::from_json;
use crate::schema::timeline_items;
use crate::timeline::CUSTOMER;

/// Items looked at per ticket or inbox at the most, the newest ones.
const MAX_ITEMS: i64 = 200;

const WHAT: &str = "timeline_items.detail";

/// What belongs to the newest 200 messages of a ticket, newest first.
pub fn of_ticket(conn: &mut Conn, ticket: TicketId) -> Result<Vec<MessageDetail>, StoreError> {
    let newest = timeline_items::table
        .filter(timeline_items::ticket_id.eq(ticket.get()))
        .filter(timeline_items::kind.eq(ItemKind::Message.code()))
        .order(timeline_items::order_key.desc())
        .limit(MAX_ITEMS)
        .select(timeline_items::detail);
    let details: Vec<String> = each!(conn, c => newest.load(c))?;
    details.iter().map(|json| from_json(WHAT, json)).collect()
}

/// The texts of the newest messages that went out in a ticket, newest first. Only among its newest 200
/// items, so that a long correspondence costs no more than a short one.
pub fn sent_texts(
    conn: &mut Conn,
    ticket: TicketId,
    most: usize,
) -> Result<Vec<String>, StoreError> {
    let newest = timeline_items::table
        .filter(timeline_items::ticket_id.eq(ticket.get()))
        .order(timeline_items::order_key.desc())
        .limit(MAX_ITEMS)
        .select((timeline_items::id, timeline_items::author_kind, timeline_items::kind));
    let newest: Vec<(i64, i16, i16)> = each!(conn, c => newest.load(c))?;
    let ours = |(_, author, kind): &&(i64, i16, i16)| {
        *author != CUSTOMER && *kind == ItemKind::Message.code()
    };
    let ids: Vec<i64> = newest.iter().filter(ours).map(|(id, _, _)| *id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(String, String)> = timeline_items::table
        .filter(timeline_items::id.eq_any(ids))
        .order(timeline_items::order_key.desc())
        .select((timeline_items::body, timeline_items::detail))
        .load(conn)?;
    let mut texts = Vec::new();
    for (body, json) in rows {
        // Bounces are not the customer's either, but they came in.
        let detail: MessageDetail = from_json(WHAT, &json)?;
        if detail.direction == Direction::Outbound && texts.len() < most {
            texts.push(body);
        }
    }
    Ok(texts)
}

/// The newest message that went from an inbox to one of these addresses, among the newest 200 that
/// were written there since.
pub fn newest_to(
    conn: &mut Conn,
    inbox: InboxId,
    since: Instant,
    addresses: &[String],
) -> Result<Option<(ItemId, TicketId)>, StoreError> {
    let rows: Vec<(i64, Option<i64>, String)> = timeline_items::table
        .filter(timeline_items::inbox_id.eq(inbox.get()))
        .filter(timeline_items::kind.eq(ItemKind::Message.code()))
        .filter(timeline_items::author_kind.ne(CUSTOMER))
        .filter(timeline_items::created_at.ge(since.as_micros()))
        .order(timeline_items::id.desc())
        .limit(MAX_ITEMS)
        .select((timeline_items::id, timeline_items::ticket_id, timeline_items::detail))
        .load(conn)?;
    for (item, ticket, json) in rows {
        let detail: MessageDetail = from_json(WHAT, &json)?;
        if let (Some(ticket), true) = (ticket, went_to(&detail, addresses)) {
            return Ok(Some((ItemId::from(item), TicketId::from(ticket))));
        }
    }
    Ok(None)
}

fn went_to(detail: &MessageDetail, addresses: &[String]) -> bool {
    let went =
        detail.direction == Direction::Outbound && detail.send_state != Some(SendState::Cancelled);
    let mut parties = detail.to.iter().chain(&detail.cc);
    went && parties.any(|to| addresses.iter().any(|a| a.eq_ignore_ascii_case(&to.address)))
}
