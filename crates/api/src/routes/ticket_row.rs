//! What a row of a list of tickets shows beside the ticket.

use serde::Serialize;
use throughline_core::desk::TicketRow;
use utoipa::ToSchema;

use crate::wire::{Channel, Instant, Writer};

/// What a row of a list shows beside the ticket, as you see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct TicketRowOut {
    /// What the customer is called: his name, else the first of his addresses.
    #[schema(example = "Ayşe Yılmaz")]
    customer_name: Option<String>,
    /// How the last message or note begins, in one line and without what is folded away; null when
    /// nothing was said, or you may not see it.
    #[schema(example = "Merhaba, siparişim hâlâ gelmedi.")]
    preview: Option<String>,
    /// Who wrote that: the customer, an agent, or a machine.
    last_author: Option<Writer>,
    /// The channel by which that came or went.
    last_channel: Option<Channel>,
    /// When that was.
    last_at: Option<Instant>,
    /// Whether there is something that you have not read.
    unread: bool,
    /// Whether a note names you that you have not read.
    mentioned: bool,
    /// How the draft begins that you have here; null when you have none.
    #[schema(example = "Merhaba, bakıyoruz")]
    draft: Option<String>,
}

impl TicketRowOut {
    /// On the wire.
    pub fn of(row: TicketRow) -> Self {
        let TicketRow { customer_name, last, unread, mentioned, draft } = row;
        Self {
            customer_name,
            last_author: last.as_ref().map(|said| said.by.into()),
            last_channel: last.as_ref().map(|said| said.channel.into()),
            last_at: last.as_ref().map(|said| said.at.into()),
            preview: last.map(|said| said.preview),
            unread,
            mentioned,
            draft,
        }
    }
}
