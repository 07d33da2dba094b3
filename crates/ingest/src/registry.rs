//! The channels that there are. Each describes itself once: the API, the command line and the web page
//! build their set-up from it.

use throughline_core::channel::Channel;
pub use throughline_core::length::{Length, LengthUnit};
use throughline_core::rating;
use throughline_core::time::Instant;

use crate::fetch::Fetch;
use crate::hooks::{Account, Hook};
use crate::poll::{Poll, Trouble};
use crate::{Decode, Undecodable};

/// A kind of channel, such as Telegram.
pub struct ChannelType {
    /// Its name in programs.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// The name of its icon.
    pub icon: &'static str,
    /// The page of the docs that tells how it is set up.
    pub docs: &'static str,
    /// What kind of way it is.
    pub channel: Channel,
    /// What an admin fills in.
    pub fields: &'static [Field],
    /// What it can do.
    pub can: &'static [Ability],
    /// The most that one message of ours may hold.
    pub length: Option<Length>,
    /// How requests of the platform are known and taken.
    pub hook: Option<&'static dyn Hook>,
    /// How the platform is asked for what is new.
    pub poll: Option<&'static dyn Poll>,
    /// How files are got at that lie with the platform.
    pub files: Option<&'static dyn Fetch>,
    /// What reads its deliveries, for an inbox that is set up so.
    pub decoder: fn(&Account) -> Result<Box<dyn Decode>, Undecodable>,
}

/// Something that an admin fills in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name in programs.
    pub name: &'static str,
    /// What people read beside it.
    pub label: &'static str,
    /// Where one finds it, and what it is for.
    pub help: &'static str,
    /// What may stand in it.
    pub kind: FieldKind,
    /// Whether nothing works without it.
    pub required: bool,
}

/// What inboxes of reviews and surveys may be set to.
pub const OPEN_TICKET_BELOW: Field = Field {
    name: rating::OPEN_TICKET_BELOW,
    label: "Open a ticket below",
    help: "A whole number: a rating below it, on its own scale, opens a ticket, or opens again the one that \
           it belongs to. Without one, none does.",
    kind: FieldKind::Text,
    required: false,
};

/// Says what is wrong with that setting, if anything is.
pub fn check_open_ticket_below(account: &Account) -> Result<(), Undecodable> {
    let given = account.text(rating::OPEN_TICKET_BELOW);
    match given.map(|text| text.trim().parse::<i32>()) {
        None | Some(Ok(_)) => Ok(()),
        Some(Err(_)) => {
            let name = rating::OPEN_TICKET_BELOW;
            Err(Undecodable(format!("`{name}` is a whole number, such as 3")))
        }
    }
}

/// What may stand in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// A text that everybody who may set up inboxes may read.
    Text,
    /// A secret: it is kept encrypted and never shown again.
    Secret,
    /// The same of several lines: the text of a file with a key.
    KeyFile,
    /// One of some.
    Choice(&'static [&'static str]),
    /// A JSON value.
    Json,
}

impl FieldKind {
    /// Whether what stands in it is a secret.
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Secret | Self::KeyFile)
    }
}

/// What a channel can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ability {
    /// It takes requests of the platform.
    Hook,
    /// It asks the platform by itself, so that no address of ours has to be public.
    Poll,
    /// Replies go back by it.
    Reply,
    /// Files go back by it.
    ReplyWithFiles,
    /// The platform tells how far our messages have come.
    Receipts,
    /// Customers change and take back what they wrote.
    Edits,
}

/// All kinds, in the order in which they are offered.
pub const ALL: &[&ChannelType] = &[
    &crate::webhook::WEBHOOK,
    &crate::telegram::TELEGRAM,
    &crate::slack::SLACK,
    &crate::whatsapp::WHATSAPP,
    &crate::matrix::MATRIX,
    &crate::twilio::TWILIO,
    &crate::shopify::SHOPIFY,
    &crate::woocommerce::WOOCOMMERCE,
    &crate::typeform::TYPEFORM,
    &crate::mastodon::MASTODON,
    &crate::bluesky::BLUESKY,
    &crate::feeds::FEED,
    &crate::app_store::APP_STORE,
    &crate::google_play::GOOGLE_PLAY,
];

/// The kind of this name.
pub fn named(name: &str) -> Option<&'static ChannelType> {
    ALL.iter().copied().find(|kind| kind.name == name)
}

/// What proves who we are to a platform to which one proves that by a key of one's own, signed at this moment;
/// nothing for the others. The key itself is handed to nobody.
///
/// # Errors
/// When the set-up holds no good key, with what an admin is to do.
pub fn signed(kind: &str, account: &Account, now: Instant) -> Option<Result<String, String>> {
    let signed = match kind {
        "app_store" => crate::app_store::signed(account, now),
        "google_play" => crate::google_play::signed(account, now),
        _ => return None,
    };
    let why = |trouble| match trouble {
        Trouble::Later { why, .. } | Trouble::Broken { why } => why,
    };
    Some(signed.map_err(why))
}
