//! Mastodon, and servers that speak its API: mentions of an account, posts that name it in another way,
//! and what becomes of them.
//!
//! Asking is decided here and done elsewhere; answering is not done here.

mod ask;
mod bell;
mod decode;
mod look;
mod person;
mod place;
mod poll;
mod post;
mod search;
mod thread;

use throughline_core::channel::Channel;

use crate::asking::{host, several};
use crate::fetch::Open;
use crate::hooks::Account;
use crate::registry::{Ability, ChannelType, Field, FieldKind, Length, LengthUnit};
use crate::{Decode, Undecodable};

/// The most search terms of one inbox: each is a question a minute.
const MOST_TERMS: usize = 20;

/// The kind of channel.
pub static MASTODON: ChannelType = ChannelType {
    name: "mastodon",
    title: "Mastodon",
    icon: "mastodon",
    docs: "docs/channels/mastodon.md",
    channel: Channel::Social,
    fields: &[
        Field {
            name: "server",
            label: "Server",
            help: "The name of the server on which the account is, such as mastodon.social.",
            kind: FieldKind::Text,
            required: true,
        },
        Field {
            name: "access_token",
            label: "Access token",
            help: "Preferences > Development > New application, with read:accounts, \
                   read:notifications, read:statuses, read:search, and write:statuses for replies.",
            kind: FieldKind::Secret,
            required: true,
        },
        Field {
            name: "search_terms",
            label: "Search terms",
            help: "Words by which posts without an @ are found, with commas between them. What begins \
                   with # is a hashtag and works on every server; words need a server with a search, \
                   which finds only posts whose authors allow it.",
            kind: FieldKind::Text,
            required: false,
        },
        Field {
            name: "max_characters",
            label: "Characters of a post",
            help: "The most that a post of ours may hold, where that is to be other than the server says.",
            kind: FieldKind::Text,
            required: false,
        },
    ],
    can: &[Ability::Poll, Ability::Reply, Ability::ReplyWithFiles, Ability::Edits],
    // Most servers take 500; a part of that is kept free for the name of whom a post is for.
    length: Some(Length { most: 460, unit: LengthUnit::Mastodon }),
    hook: None,
    poll: Some(&poll::MastodonPoll),
    files: Some(&Open),
    decoder,
};

fn decoder(account: &Account) -> Result<Box<dyn Decode>, Undecodable> {
    let wrong = |why: &str| Err(Undecodable(why.to_owned()));
    let Some(server) = host(account.text("server").unwrap_or_default()) else {
        return wrong("`server` is the name of a server, such as mastodon.social, without a path");
    };
    if several(account, "search_terms").len() > MOST_TERMS {
        return wrong("`search_terms` are at most 20, with commas between them");
    }
    let characters = account.settings.get("max_characters").and_then(|value| value.as_str());
    let is_count = |text: &str| matches!(text.parse(), Ok(100_u32..=100_000));
    if characters.is_some_and(|text| !text.is_empty() && !is_count(text)) {
        return wrong("`max_characters` is a number from 100 to 100000");
    }
    Ok(Box::new(decode::Mastodon { server }))
}
