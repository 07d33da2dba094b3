//! WooCommerce: what becomes of orders.
//!
//! Requests are known in [`hook`], bodies read in [`decode`]. Nothing is asked of the shop and nothing goes
//! back.

mod decode;
mod hook;

use throughline_core::channel::Channel;

use crate::hooks::Account;
use crate::registry::{Ability, ChannelType, Field, FieldKind};
use crate::{Decode, Undecodable};

/// The kind of channel.
pub static WOOCOMMERCE: ChannelType = ChannelType {
    name: "woocommerce",
    title: "WooCommerce",
    icon: "woocommerce",
    docs: "channels/woocommerce.md",
    channel: Channel::Event,
    fields: &[
        Field {
            name: "shop",
            label: "Shop",
            help: "The host of the shop's address, such as shop.example. Ids of customers mean something \
                   only within it.",
            kind: FieldKind::Text,
            required: true,
        },
        Field {
            name: "secret",
            label: "Secret",
            help: "What stands in the field Secret of the webhook in WooCommerce.",
            kind: FieldKind::Secret,
            required: true,
        },
    ],
    can: &[Ability::Hook],
    length: None,
    hook: Some(&hook::WooHook),
    poll: None,
    files: None,
    decoder,
};

fn decoder(account: &Account) -> Result<Box<dyn Decode>, Undecodable> {
    let shop = account.text("shop").unwrap_or_default().trim().to_ascii_lowercase();
    let plain = |c: u8| c.is_ascii_alphanumeric() || b"-.:".contains(&c);
    if shop.is_empty() || shop.len() > 80 || !shop.bytes().all(plain) {
        let why = "`shop` is the host of the shop's address, such as shop.example";
        return Err(Undecodable(why.to_owned()));
    }
    Ok(Box::new(decode::Woo { shop }))
}
