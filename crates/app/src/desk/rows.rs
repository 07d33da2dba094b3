//! What the rows of a page show: a question for all of them at a time.

use std::collections::{HashMap, HashSet};

use throughline_core::actor::Actor;
use throughline_core::desk::{self, Said, TicketRow, Writer};
use throughline_core::id::{CustomerId, TicketId};
use throughline_core::ticket::TicketView;
use throughline_core::timeline::TimelineItem;
use throughline_store::{Conn, StoreError, ticket_rows as store};

/// The same tickets with what a row shows of each.
pub(crate) fn with_rows(
    conn: &mut Conn,
    actor: &Actor,
    views: Vec<TicketView>,
) -> Result<Vec<TicketView>, StoreError> {
    let ids: Vec<TicketId> = views.iter().map(|view| view.ticket.id).collect();
    let records: Vec<CustomerId> = views.iter().map(|view| view.ticket.customer).collect();
    let names = store::names(conn, &records)?;
    let mut said = store::last_said(conn, actor, &ids)?;
    let (mut unread, mut mentioned, mut drafted) = (HashSet::new(), HashSet::new(), HashMap::new());
    if let Some(agent) = actor.agent() {
        unread = store::unread(conn, agent, &ids)?;
        mentioned = store::mentioned(conn, agent, &ids)?;
        drafted = store::drafted(conn, agent, &ids)?;
    }
    let row = |view: TicketView| {
        let id = view.ticket.id;
        let row = TicketRow {
            customer_name: names.get(&view.ticket.customer).cloned(),
            last: said.remove(&id).map(|item| last(&item)),
            unread: unread.contains(&id),
            mentioned: mentioned.contains(&id),
            draft: drafted.get(&id).map(|text| desk::one_line(text)),
        };
        TicketView { row: Some(Box::new(row)), ..view }
    };
    Ok(views.into_iter().map(row).collect())
}

fn last(item: &TimelineItem) -> Said {
    Said {
        preview: desk::preview(item),
        by: Writer::of(item.author),
        channel: item.channel,
        at: item.occurred_at,
    }
}
