//! Moving a message to another ticket: its row, and what hangs on it.

use diesel::prelude::*;
use throughline_core::id::{InboxId, TicketId};
use throughline_core::time::Instant;
use throughline_core::timeline::{ItemKind, OrderKey, TimelineItem};

use crate::conn::Conn;
use crate::error::StoreError;
use crate::schema::{outgoing_mails, timeline_items};
use crate::timeline::detail_column;

/// How many tie-breaks are tried before giving up; see the timeline's own.
const MAX_TIES: u32 = 64;

/// Writes an item back that has become another ticket's: ticket, customer, inbox, channel and detail
/// are as given, and it gets a free place on that customer's timeline.
pub fn save(conn: &mut Conn, item: &mut TimelineItem) -> Result<(), StoreError> {
    for attempt in 0..MAX_TIES {
        let key = OrderKey::new(item.occurred_at, item.id, attempt);
        item.key = key;
        // Another may take the place meanwhile: that is one more that is not free.
        if is_free(conn, item, key)? {
            match crate::nested(conn, |conn| write(conn, item)) {
                Err(error) if error.is_constraint("timeline_items_order_key") => {}
                done => return done.and_then(|()| crate::pins::follow(conn, item)),
            }
        }
    }
    Err(StoreError::Internal("no free place on the timeline".to_owned()))
}

fn is_free(conn: &mut Conn, item: &TimelineItem, key: OrderKey) -> Result<bool, StoreError> {
    let taken = timeline_items::table
        .filter(timeline_items::customer_id.eq(item.customer.get()))
        .filter(timeline_items::order_key.eq(key.get()))
        .filter(timeline_items::id.ne(item.id.get()));
    Ok(taken.count().get_result::<i64>(conn)? == 0)
}

fn write(conn: &mut Conn, item: &TimelineItem) -> Result<(), StoreError> {
    diesel::update(timeline_items::table.filter(timeline_items::id.eq(item.id.get())))
        .set((
            timeline_items::customer_id.eq(item.customer.get()),
            timeline_items::order_key.eq(item.key.get()),
            timeline_items::channel.eq(item.channel.code()),
            timeline_items::ticket_id.eq(item.ticket.map(TicketId::get)),
            timeline_items::inbox_id.eq(item.inbox.map(InboxId::get)),
            timeline_items::detail.eq(detail_column(&item.detail)?),
        ))
        .execute(conn)?;
    crate::facts::follow_item(conn, item.id, item.customer)?;
    // It goes out, or went out, by the inbox that it was written in; only its ticket is another.
    if let Some(ticket) = item.ticket {
        diesel::update(outgoing_mails::table.filter(outgoing_mails::item_id.eq(item.id.get())))
            .set(outgoing_mails::ticket_id.eq(ticket.get()))
            .execute(conn)?;
    }
    Ok(())
}

/// When the newest message of a ticket occurred.
pub fn newest_message_at(conn: &mut Conn, ticket: TicketId) -> Result<Option<Instant>, StoreError> {
    let newest: Option<i64> = timeline_items::table
        .filter(timeline_items::ticket_id.eq(ticket.get()))
        .filter(timeline_items::kind.eq(ItemKind::Message.code()))
        .order(timeline_items::order_key.desc())
        .select(timeline_items::occurred_at)
        .first(conn)
        .optional()?;
    Ok(newest.map(Instant::from_micros))
}
