//! Shopify: what becomes of orders, and what the law has shops ask for.
//!
//! Requests are known in [`hook`], orders read in [`order`], all else in [`decode`]. Nothing is asked of
//! Shopify and nothing goes back.

mod decode;
mod hook;
mod order;

use throughline_core::channel::Channel;

use crate::hooks::Account;
use crate::registry::{Ability, ChannelType, Field, FieldKind};
use crate::{Decode, Undecodable};

/// The kind of channel.
pub static SHOPIFY: ChannelType = ChannelType {
    name: "shopify",
    title: "Shopify",
    icon: "shopify",
    docs: "channels/shopify.md",
    channel: Channel::Event,
    fields: &[
        Field {
            name: "shop",
            label: "Shop",
            help: "The shop's own domain at Shopify, such as the-shop.myshopify.com. Ids of customers \
                   mean something only within it.",
            kind: FieldKind::Text,
            required: true,
        },
        Field {
            name: "secret",
            label: "Signing secret",
            help: "For webhooks made in the shop's settings: the key shown below the list of webhooks. \
                   For those of an app: the app's client secret.",
            kind: FieldKind::Secret,
            required: true,
        },
    ],
    can: &[Ability::Hook],
    length: None,
    hook: Some(&hook::ShopifyHook),
    poll: None,
    files: None,
    decoder,
};

fn decoder(account: &Account) -> Result<Box<dyn Decode>, Undecodable> {
    let shop = account.text("shop").unwrap_or_default().trim().to_ascii_lowercase();
    let plain = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'.';
    if shop.len() > 80 || !shop.contains('.') || !shop.bytes().all(plain) {
        let why = "`shop` is the shop's domain, such as the-shop.myshopify.com";
        return Err(Undecodable(why.to_owned()));
    }
    Ok(Box::new(decode::Shopify { shop }))
}
