//! Twilio: SMS, MMS and WhatsApp messages to a number or sender that was rented there, and how far our
//! own have come.
//!
//! Requests are known in [`hook`], what they say is read in [`decode`]. Answers are not sent here.

mod decode;
mod file;
mod hook;
mod url;

use throughline_core::channel::Channel;

use crate::hooks::Account;
use crate::registry::{Ability, ChannelType, Field, FieldKind, Length, LengthUnit};
use crate::{Decode, Undecodable};

/// What Twilio is.
pub static TWILIO: ChannelType = ChannelType {
    name: "twilio",
    title: "Twilio (SMS, WhatsApp)",
    icon: "twilio",
    docs: "channels/twilio.md",
    channel: Channel::Chat,
    fields: FIELDS,
    can: &[Ability::Hook, Ability::Reply, Ability::ReplyWithFiles, Ability::Receipts],
    length: Some(Length { most: 1600, unit: LengthUnit::Utf16 }),
    hook: Some(&hook::TwilioHook),
    poll: None,
    files: Some(&file::TwilioFiles),
    decoder,
};

const FIELDS: &[Field] = &[
    Field {
        name: "account_sid",
        label: "Account SID",
        help: "On the first page of the Twilio console; it begins with AC.",
        kind: FieldKind::Text,
        required: true,
    },
    Field {
        name: "auth_token",
        label: "Auth token",
        help: "Beside the Account SID. It proves that a request comes from Twilio, and files are \
               fetched with it.",
        kind: FieldKind::Secret,
        required: true,
    },
    Field {
        name: "number",
        label: "Number",
        help: "The number or sender that customers write to, such as +14155550100 or \
               whatsapp:+14155550100.",
        kind: FieldKind::Text,
        required: true,
    },
];

fn decoder(account: &Account) -> Result<Box<dyn Decode>, Undecodable> {
    Ok(Box::new(decode::Twilio { number: account.text("number").map(str::to_owned) }))
}
