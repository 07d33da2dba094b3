//! Typeform: answers to surveys, with what they rate and what was written in them.
//!
//! Requests are known in [`hook`], answers read in [`decode`], and what a question measures is told in
//! [`metric`]. Nothing is asked of Typeform and nothing goes back.

mod answer;
mod decode;
mod hook;
mod metric;

use throughline_core::channel::Channel;

use crate::hooks::Account;
use crate::registry::{
    Ability, ChannelType, Field, FieldKind, OPEN_TICKET_BELOW, check_open_ticket_below,
};
use crate::{Decode, Undecodable};

/// The kind of channel.
pub static TYPEFORM: ChannelType = ChannelType {
    name: "typeform",
    title: "Typeform",
    icon: "typeform",
    docs: "channels/typeform.md",
    channel: Channel::Survey,
    fields: &[
        Field {
            name: "secret",
            label: "Secret",
            help: "What stands in the field Secret of the webhook in Typeform.",
            kind: FieldKind::Secret,
            required: true,
        },
        Field {
            name: "metrics",
            label: "What questions measure",
            help: "By the reference or id of a question: nps, csat, ces, stars or none, or an object of \
                   metric, least and most. Without it, the type and the reference of a question tell.",
            kind: FieldKind::Json,
            required: false,
        },
        OPEN_TICKET_BELOW,
    ],
    can: &[Ability::Hook],
    length: None,
    hook: Some(&hook::TypeformHook),
    poll: None,
    files: None,
    decoder,
};

fn decoder(account: &Account) -> Result<Box<dyn Decode>, Undecodable> {
    check_open_ticket_below(account)?;
    let given = account.settings.get("metrics").filter(|given| !given.is_null());
    Ok(Box::new(decode::Typeform { metrics: metric::Metrics::read(given)? }))
}
