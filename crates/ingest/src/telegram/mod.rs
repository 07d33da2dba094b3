//! Telegram: what a bot gets to see, by hook or by asking for updates. Both bring the same updates, and
//! both name them alike.
//!
//! What to ask is said in [`poll`], how files are got at in `file`; asking and answering are not done here.

mod body;
mod chat;
mod decode;
mod file;
mod hook;
mod kinds;
mod message;
mod person;
mod poll;

use throughline_core::channel::Channel;

use crate::hooks::Account;
use crate::registry::{Ability, ChannelType, Field, FieldKind, Length, LengthUnit};
use crate::{Decode, Undecodable};

pub use hook::delivery_name;

/// The kind of channel.
pub static TELEGRAM: ChannelType = ChannelType {
    name: "telegram",
    title: "Telegram",
    icon: "telegram",
    docs: "docs/channels/telegram.md",
    channel: Channel::Chat,
    fields: &[
        Field {
            name: "bot_id",
            label: "Bot id",
            help: "The digits before the colon in the bot's token.",
            kind: FieldKind::Text,
            required: true,
        },
        Field {
            name: "bot_token",
            label: "Bot token",
            help: "BotFather shows it when the bot is made. Files are fetched with it.",
            kind: FieldKind::Secret,
            required: true,
        },
        Field {
            name: "webhook_secret",
            label: "Webhook secret",
            help: "1 to 256 characters of A-Z, a-z, 0-9, _ and -, given to Telegram as secret_token \
                   with setWebhook. Without it no hook is taken.",
            kind: FieldKind::Secret,
            required: false,
        },
        Field {
            name: "arrival",
            label: "How updates arrive",
            help: "hook: Telegram sends them to us, which needs a public address. poll: we ask for them. \
                   If nothing is chosen, it is hook where there is a webhook secret, and else poll.",
            kind: FieldKind::Choice(&["hook", "poll"]),
            required: false,
        },
    ],
    can: &[Ability::Hook, Ability::Poll, Ability::Reply, Ability::ReplyWithFiles, Ability::Edits],
    length: Some(Length { most: 4096, unit: LengthUnit::Utf16 }),
    hook: Some(&hook::TelegramHook),
    poll: Some(&poll::TelegramPoll),
    files: Some(&file::TelegramFiles),
    decoder,
};

fn decoder(account: &Account) -> Result<Box<dyn Decode>, Undecodable> {
    let bot = account.text("bot_id").unwrap_or_default();
    if bot.is_empty() || !bot.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Undecodable("the inbox has no `bot_id`, which is made of digits".to_owned()));
    }
    Ok(Box::new(decode::Telegram { bot: bot.to_owned() }))
}
