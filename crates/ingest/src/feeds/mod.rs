//! Feeds: what blogs, forums, status pages and alerts publish as RSS or Atom.
//!
//! Asking is decided here and done elsewhere. A feed is read by `xml`, what it says by `decode`.

mod charset;
mod date;
mod decode;
mod entry;
mod poll;
mod xml;

use throughline_core::channel::Channel;

use crate::asking::several;
use crate::hooks::Account;
use crate::registry::{Ability, ChannelType, Field, FieldKind};
use crate::{Decode, Undecodable};

/// The most search terms of one inbox.
const MOST_TERMS: usize = 50;

/// The kind of channel.
pub static FEED: ChannelType = ChannelType {
    name: "feed",
    title: "RSS or Atom feed",
    icon: "feed",
    docs: "docs/channels/feed.md",
    channel: Channel::Social,
    fields: &[
        Field {
            name: "url",
            label: "Address",
            help: "The address of the feed, with https:// or http:// before it.",
            kind: FieldKind::Text,
            required: true,
        },
        Field {
            name: "search_terms",
            label: "Search terms",
            help: "Words of which one has to stand in an entry, with commas between them. Without any, \
                   every entry is taken.",
            kind: FieldKind::Text,
            required: false,
        },
    ],
    can: &[Ability::Poll],
    length: None,
    hook: None,
    poll: Some(&poll::FeedPoll),
    files: None,
    decoder,
};

fn decoder(account: &Account) -> Result<Box<dyn Decode>, Undecodable> {
    if poll::address(account).is_none() {
        let why = "`url` is the address of a feed, such as https://blog.example/feed.xml";
        return Err(Undecodable(why.to_owned()));
    }
    if several(account, "search_terms").len() > MOST_TERMS {
        return Err(Undecodable(
            "`search_terms` are at most 50, with commas between them".to_owned(),
        ));
    }
    Ok(Box::new(decode::Feed))
}
