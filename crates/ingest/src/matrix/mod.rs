//! Matrix, as an application service (Matrix specification, Application Service API v1): our homeserver
//! sends what happens in the rooms that our user is in.
//!
//! Going into rooms and answering are not done here.

mod decode;
mod file;
mod hook;
mod message;

use throughline_core::channel::Channel;

use crate::hooks::Account;
use crate::registry::{Ability, ChannelType, Field, FieldKind, Length, LengthUnit};
use crate::{Decode, Undecodable};

/// The kind of channel.
pub static MATRIX: ChannelType = ChannelType {
    name: "matrix",
    title: "Matrix",
    icon: "matrix",
    docs: "docs/channels/matrix.md",
    channel: Channel::Chat,
    fields: &[
        Field {
            name: "server",
            label: "Homeserver",
            help: "The address of its client API, such as https://matrix.example.org. Replies and files \
                   go by it.",
            kind: FieldKind::Text,
            required: true,
        },
        Field {
            name: "user",
            label: "User",
            help: "Whom customers write to, such as @support:example.org: an @, `sender_localpart` of the \
                   registration, and the name of the homeserver.",
            kind: FieldKind::Text,
            required: true,
        },
        Field {
            name: "hs_token",
            label: "Token of the homeserver",
            help: "`hs_token` of the registration: by it the homeserver's requests are known.",
            kind: FieldKind::Secret,
            required: true,
        },
        Field {
            name: "as_token",
            label: "Token of the service",
            help: "`as_token` of the registration: by it we speak to the homeserver.",
            kind: FieldKind::Secret,
            required: true,
        },
    ],
    can: &[
        Ability::Hook,
        Ability::Reply,
        Ability::ReplyWithFiles,
        Ability::Receipts,
        Ability::Edits,
    ],
    // An event may be of 65,536 bytes, and a text may become six times as long when it is written as JSON.
    length: Some(Length { most: 10_000, unit: LengthUnit::Bytes }),
    hook: Some(&hook::MatrixHook),
    poll: None,
    files: Some(&file::MatrixFiles),
    decoder,
};

fn decoder(account: &Account) -> Result<Box<dyn Decode>, Undecodable> {
    let user = account.text("user").unwrap_or_default();
    if !user.starts_with('@') || !user.contains(':') {
        let why = "`user` is written like @support:example.org".to_owned();
        return Err(Undecodable(why));
    }
    Ok(Box::new(decode::Matrix { user: user.to_owned() }))
}
