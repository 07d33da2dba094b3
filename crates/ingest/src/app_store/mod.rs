//! Apple's App Store: what customers write about an app, and what was answered.
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
pub static APP_STORE: ChannelType = ChannelType {
    name: "app_store",
    title: "App Store reviews",
    icon: "app_store",
    docs: "docs/channels/app_store.md",
    channel: Channel::Review,
    fields: &[
        Field {
            name: "app_id",
            label: "App id",
            help: "The digits of the app's Apple ID: App Store Connect > the app > App Information.",
            kind: FieldKind::Text,
            required: true,
        },
        Field {
            name: "issuer_id",
            label: "Issuer id",
            help: "App Store Connect > Users and Access > Integrations > App Store Connect API.",
            kind: FieldKind::Text,
            required: true,
        },
        Field {
            name: "key_id",
            label: "Key id",
            help: "Beside the key on the same page. The key needs the role Customer Support.",
            kind: FieldKind::Text,
            required: true,
        },
        Field {
            name: "private_key",
            label: "Private key",
            help: "The text of the file AuthKey_….p8, which can be downloaded only once.",
            kind: FieldKind::KeyFile,
            required: true,
        },
        OPEN_TICKET_BELOW,
    ],
    can: &[Ability::Poll, Ability::Reply, Ability::Edits],
    length: Some(Length { most: 5970, unit: LengthUnit::CodePoints }),
    hook: None,
    poll: Some(&poll::AppStorePoll),
    files: None,
    decoder,
};

/// What proves who we are, for one request.
pub(crate) fn signed(account: &Account, now: Instant) -> Result<String, Trouble> {
    poll::token(account, now)
}

fn decoder(account: &Account) -> Result<Box<dyn Decode>, Undecodable> {
    let wrong = |why: &str| Err(Undecodable(why.to_owned()));
    let app = account.text("app_id").unwrap_or_default();
    if app.is_empty() || !app.bytes().all(|byte| byte.is_ascii_digit()) {
        return wrong("`app_id` is made of digits");
    }
    for name in ["issuer_id", "key_id"] {
        let text = account.text(name).unwrap_or_default();
        let is_id = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if text.is_empty() || !text.bytes().all(is_id) {
            return Err(Undecodable(format!("`{name}` is made of letters, digits and dashes")));
        }
    }
    check_open_ticket_below(account)?;
    Ok(Box::new(decode::AppStore { app: app.to_owned() }))
}
