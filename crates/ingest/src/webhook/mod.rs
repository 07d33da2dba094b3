//! The generic webhook: any program that can sign a request and send JSON. What its fields mean is told
//! by a mapping that an admin writes.
//!
//! Requests are known in [`hook`], mappings are read and used in [`mapping`]. Answers are not sent here.

mod hook;
pub mod mapping;

use throughline_core::channel::Channel;

use crate::fetch::Open;
use crate::hooks::Account;
use crate::registry::{Ability, ChannelType, Field, FieldKind};
use crate::{Decode, Undecodable};

/// What a generic webhook is.
pub static WEBHOOK: ChannelType = ChannelType {
    name: "webhook",
    title: "Webhook",
    icon: "webhook",
    docs: "channels/webhook.md",
    channel: Channel::Chat,
    fields: FIELDS,
    can: &[Ability::Hook, Ability::Reply, Ability::ReplyWithFiles, Ability::Edits],
    length: None,
    hook: Some(&hook::Webhook),
    poll: None,
    files: Some(&Open),
    decoder,
};

const FIELDS: &[Field] = &[
    Field {
        name: "scheme",
        label: "How requests are signed",
        help: "standard_webhooks for senders that follow that specification, github for a hash in \
               X-Hub-Signature-256, bearer for a fixed secret in the Authorization header.",
        kind: FieldKind::Choice(hook::SCHEMES),
        required: true,
    },
    Field {
        name: "secret",
        label: "Secret",
        help: "What the sender signs with. For standard_webhooks it begins with whsec_.",
        kind: FieldKind::Secret,
        required: true,
    },
    Field {
        name: "mapping",
        label: "Mapping",
        help: "Where in a delivery the id, the conversation, the text and the rest stand. Without \
               one, the usual names are tried.",
        kind: FieldKind::Json,
        required: false,
    },
    Field {
        name: "reply_url",
        label: "Address for replies",
        help: "Where replies are sent to, as JSON. Without one nobody can reply by this inbox.",
        kind: FieldKind::Text,
        required: false,
    },
    Field {
        name: "reply_secret",
        label: "Secret for replies",
        help: "What replies are signed with, after Standard Webhooks: whsec_ and 24 to 64 bytes in \
               base64. Without one the secret above signs, where it has that form.",
        kind: FieldKind::Secret,
        required: false,
    },
];

fn decoder(account: &Account) -> Result<Box<dyn Decode>, Undecodable> {
    let mapping = match account.settings.get("mapping").filter(|given| !given.is_null()) {
        Some(given) => mapping::Mapping::read(given),
        None => mapping::Mapping::usual(),
    };
    let mapping = mapping.map_err(|wrong| Undecodable(format!("the mapping is wrong: {wrong}")))?;
    Ok(Box::new(mapping))
}
