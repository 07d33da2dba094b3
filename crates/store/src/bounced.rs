//! Messages of ours that came back.

use diesel::prelude::*;
use throughline_core::actor::Actor;
use throughline_core::id::ItemId;
use throughline_core::time::Instant;
use throughline_core::timeline::{Detail, Direction, SendState, TimelineItem};

use crate::conn::Conn;
use crate::error::StoreError;
use crate::schema::{outgoing_mails, timeline_items};
use crate::timeline::{self, detail_column};

/// Writes on a message of ours that it came back, and in whose words. Answers with the message as it
/// is then; `None` when it is not ours, was never sent for good, or says so already.
pub fn mark(
    conn: &mut Conn,
    id: ItemId,
    words: &str,
    now: Instant,
) -> Result<Option<TimelineItem>, StoreError> {
    let row = timeline_items::table.filter(timeline_items::id.eq(id.get()));
    if let Conn::Pg(c) = conn {
        row.select(timeline_items::id).for_update().first::<i64>(c).optional()?;
    }
    let Some(mut item) = timeline::get(conn, &Actor::system(), id)? else { return Ok(None) };
    let Detail::Message(message) = &mut item.detail else { return Ok(None) };
    let came_back = match message.send_state {
        Some(SendState::Cancelled) | None => false,
        Some(SendState::Bounced) => {
            message.sending.as_ref().and_then(|s| s.words.as_deref()) != Some(words)
        }
        Some(_) => true,
    };
    if message.direction != Direction::Outbound || !came_back {
        return Ok(None);
    }
    message.send_state = Some(SendState::Bounced);
    let sending = message.sending.get_or_insert_default();
    sending.words = Some(words.to_owned());
    sending.next_try_at = None;
    let detail = detail_column(&item.detail)?;
    diesel::update(row).set(timeline_items::detail.eq(detail)).execute(conn)?;
    let outgoing = outgoing_mails::table.filter(outgoing_mails::item_id.eq(id.get()));
    diesel::update(outgoing)
        .set((
            outgoing_mails::state.eq(SendState::Bounced.code()),
            outgoing_mails::words.eq(words),
            outgoing_mails::updated_at.eq(now.as_micros()),
        ))
        .execute(conn)?;
    Ok(Some(item))
}
