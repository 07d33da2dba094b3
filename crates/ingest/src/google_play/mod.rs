//! Google Play: what customers write about an app, and what was answered.
//!
//! Asking is decided here and done elsewhere; so is who signs for us where we answer. Answering is not done
//! here.

mod decode;
mod poll;

use throughline_core::channel::Channel;
use throughline_core::time::Instant;

use crate::hooks::Account;
use crate::poll::Trouble;
use crate::registry::{
    Ability, ChannelType, Field, FieldKind, Length, LengthUnit, OPEN_TICKET_BELOW,
    check_open_ticket_below,
};
use crate::{Decode, Undecodable};

/// The kind of channel.
pub static GOOGLE_PLAY: ChannelType = ChannelType {
    name: "google_play",
    title: "Google Play reviews",
    icon: "google_play",
    docs: "docs/channels/google_play.md",
    channel: Channel::Review,
    fields: &[
        Field {
            name: "package_name",
            label: "Package name",
            help: "The name of the app, such as org.example.kiosk.",
            kind: FieldKind::Text,
            required: true,
        },
        Field {
            name: "service_account",
            label: "Service account",
            help: "The text of the JSON key of a service account of Google Cloud, which was invited in \
                   the Play Console with the right to reply to reviews.",
            kind: FieldKind::KeyFile,
            required: true,
        },
        OPEN_TICKET_BELOW,
    ],
    can: &[Ability::Poll, Ability::Reply, Ability::Edits],
    length: Some(Length { most: 350, unit: LengthUnit::CodePoints }),
    hook: None,
    poll: Some(&poll::GooglePlayPoll),
    files: None,
    decoder,
};

/// What proves who we are, for which a token is given.
pub(crate) fn signed(account: &Account, now: Instant) -> Result<String, Trouble> {
    poll::assertion(account, now)
}

fn decoder(account: &Account) -> Result<Box<dyn Decode>, Undecodable> {
    let package = account.text("package_name").unwrap_or_default();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_';
    if !package.contains('.') || !package.bytes().all(is_name) {
        let why = "`package_name` is a name with dots in it, such as org.example.kiosk";
        return Err(Undecodable(why.to_owned()));
    }
    check_open_ticket_below(account)?;
    Ok(Box::new(decode::GooglePlay { package: package.to_owned() }))
}
