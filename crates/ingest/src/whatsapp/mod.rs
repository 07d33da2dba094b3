//! WhatsApp by Meta's Cloud API: one inbox is one number of a business.
//!
//! How files are got at is said in `file`. Answering is not done here.

mod body;
mod change;
mod decode;
mod file;
mod hook;
mod kinds;
mod message;
mod person;
mod status;

use throughline_core::channel::Channel;

use crate::hooks::Account;
use crate::registry::{Ability, ChannelType, Field, FieldKind, Length, LengthUnit};
use crate::{Decode, Undecodable};

/// The kind of channel.
pub static WHATSAPP: ChannelType = ChannelType {
    name: "whatsapp",
    title: "WhatsApp",
    icon: "whatsapp",
    docs: "docs/channels/whatsapp.md",
    channel: Channel::Chat,
    fields: FIELDS,
    can: &[
        Ability::Hook,
        Ability::Reply,
        Ability::ReplyWithFiles,
        Ability::Receipts,
        Ability::Edits,
    ],
    length: Some(Length { most: 4096, unit: LengthUnit::CodePoints }),
    hook: Some(&hook::WhatsAppHook),
    poll: None,
    files: Some(&file::WhatsAppFiles),
    decoder,
};

const FIELDS: &[Field] = &[
    Field {
        name: "phone_number_id",
        label: "Phone number id",
        help: "The id of the number, not the number: in the app dashboard under WhatsApp, API setup.",
        kind: FieldKind::Text,
        required: true,
    },
    Field {
        name: "app_secret",
        label: "App secret",
        help: "In the app dashboard under App settings, Basic. Meta signs with it.",
        kind: FieldKind::Secret,
        required: true,
    },
    Field {
        name: "verify_token",
        label: "Verify token",
        help: "A secret that you choose and enter beside the address of the hook. Meta shows it once.",
        kind: FieldKind::Secret,
        required: true,
    },
    Field {
        name: "access_token",
        label: "Access token",
        help: "A token of a system user with whatsapp_business_messaging. Files are fetched with it.",
        kind: FieldKind::Secret,
        required: true,
    },
    Field {
        name: "business_account_id",
        label: "WhatsApp Business account id",
        help: "Beside the phone number id. With it the approved templates of the account can be listed and \
               sent; the token then needs whatsapp_business_management too.",
        kind: FieldKind::Text,
        required: false,
    },
];

fn decoder(account: &Account) -> Result<Box<dyn Decode>, Undecodable> {
    let Some(number) = account.text("phone_number_id") else {
        return Err(Undecodable("the inbox has no `phone_number_id`".to_owned()));
    };
    Ok(Box::new(decode::WhatsApp { number: number.to_owned() }))
}
