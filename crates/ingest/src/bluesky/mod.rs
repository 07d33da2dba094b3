//! Bluesky: mentions, answers and quotes of an account, posts that name it in another way, and whether
//! they are still there.
//!
//! Asking is decided here and done elsewhere; answering is not done here.

mod ask;
mod decode;
mod place;
mod poll;
mod post;
mod thread;

use throughline_core::channel::Channel;

use crate::asking::several;
use crate::fetch::Open;
use crate::hooks::Account;
use crate::registry::{Ability, ChannelType, Field, FieldKind, Length, LengthUnit};
use crate::{Decode, Undecodable};

/// The most search terms of one inbox: each is a question a minute.
const MOST_TERMS: usize = 20;

/// The kind of channel.
pub static BLUESKY: ChannelType = ChannelType {
    name: "bluesky",
    title: "Bluesky",
    icon: "bluesky",
    docs: "docs/channels/bluesky.md",
    channel: Channel::Social,
    fields: &[
        Field {
            name: "handle",
            label: "Handle",
            help: "The name of the account, such as kiosk.bsky.social, or its DID.",
            kind: FieldKind::Text,
            required: true,
        },
        Field {
            name: "app_password",
            label: "App password",
            help: "Settings > Privacy and security > App passwords. Never the account's own password.",
            kind: FieldKind::Secret,
            required: true,
        },
        Field {
            name: "service",
            label: "Server",
            help: "The server on which the account is; bsky.social unless you have one of your own.",
            kind: FieldKind::Text,
            required: false,
        },
        Field {
            name: "search_terms",
            label: "Search terms",
            help: "Words by which posts without an @ are found, with commas between them.",
            kind: FieldKind::Text,
            required: false,
        },
    ],
    can: &[Ability::Poll, Ability::Reply, Ability::ReplyWithFiles],
    length: Some(Length { most: 300, unit: LengthUnit::Graphemes }),
    hook: None,
    poll: Some(&poll::BlueskyPoll),
    files: Some(&Open),
    decoder,
};

fn decoder(account: &Account) -> Result<Box<dyn Decode>, Undecodable> {
    let wrong = |why: &str| Err(Undecodable(why.to_owned()));
    let handle = account.text("handle").unwrap_or_default().trim();
    let is_handle = |c: u8| c.is_ascii_alphanumeric() || b".-:@_%".contains(&c);
    if !handle.contains(['.', ':']) || !handle.bytes().all(is_handle) {
        return wrong(
            "`handle` is the name of an account with its domain, such as kiosk.bsky.social",
        );
    }
    if poll::service(account).is_none() {
        return wrong("`service` is the name of a server, such as bsky.social, without a path");
    }
    if several(account, "search_terms").len() > MOST_TERMS {
        return wrong("`search_terms` are at most 20, with commas between them");
    }
    Ok(Box::new(decode::Bluesky))
}
