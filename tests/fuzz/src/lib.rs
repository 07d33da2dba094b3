//! How the inboxes of the targets are set up: one of each kind of channel, with all that its decoder and
//! its hook ask for. No sender knows their secrets. How phone logs are read is in [`phone`].

pub mod phone;

use std::io::Read;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use throughline_core::identity::PhoneNumber;
use throughline_core::inbound::InboundEvent;
use throughline_core::time::Instant;
use throughline_ingest::Decode;
use throughline_ingest::hooks::Account;
use throughline_ingest::poll::{Answer, Place};
use throughline_ingest::registry::{self, ChannelType, FieldKind};

/// What every secret is.
pub const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The mapping of the project's own fixture of webhooks.
fn mapping() -> Value {
    json!({
        "each": "/events",
        "id": "/message/id",
        "conversation": { "join": ["^/account/id", { "literal": "/" }, "/message/room"] },
        "answers": "/message/parent",
        "subject": "/topic",
        "url": "/page",
        "text": ["/message/body", "/message/rich"],
        "html": "/message/rich",
        "occurred_at": "/message/at",
        "revision": "/message/seq",
        "name": "/author/display",
        "hints": [
            { "kind": "phone", "region": "DE", "path": "/author/phone" },
            { "kind": "email", "path": "/author/mail", "verified": "/author/mail_checked" }
        ],
        "kind": { "path": "/action", "edit": ["edited"], "deletion": ["deleted"] },
        "files": { "list": "/files", "url": "/href", "name": "/title", "size": "/bytes" },
        "keep_rest": true
    })
}

/// An inbox of a kind, whose choices are the `choice`th each.
fn account_of(kind: &ChannelType, choice: usize) -> Account {
    let mut account = Account::default();
    for field in kind.fields {
        let value = match field.kind {
            FieldKind::Secret | FieldKind::KeyFile => {
                account.secrets.insert(field.name.to_owned(), vec![SECRET.to_owned()]);
                continue;
            }
            FieldKind::Choice(choices) => json!(choices[choice % choices.len()]),
            FieldKind::Json if choice == 0 && field.name == "mapping" => mapping(),
            FieldKind::Json => continue,
            FieldKind::Text => json!(match field.name {
                "bot_id" => "70044",
                "bot_user_id" => "U0HELPBOT",
                "phone_number_id" => "330044005500",
                "number" => "+4915700000001",
                "user" => "@support:example.org",
                "shop" => "magaza.myshopify.example",
                "handle" => "kiosk.bsky.social",
                "url" => "https://blog.example/feed.xml",
                "app_id" => "1234567",
                "issuer_id" | "key_id" => "ab-12",
                "package_name" => "org.example.kiosk",
                "server" => "desk.example",
                // What is not given; and else what comes from another account would be left aside.
                _ => continue,
            }),
        };
        account.settings.insert(field.name.to_owned(), value);
    }
    account
}

/// All kinds, each in as many set-ups as it has choices, and in two at least.
pub fn accounts() -> Vec<(&'static ChannelType, Account)> {
    let each = |kind: &&'static ChannelType| {
        let choices = kind.fields.iter().filter_map(|field| match field.kind {
            FieldKind::Choice(choices) => Some(choices.len()),
            _ => None,
        });
        let most = choices.max().unwrap_or_default().max(2);
        (0..most).map(|choice| (*kind, account_of(kind, choice))).collect::<Vec<_>>()
    };
    registry::ALL.iter().flat_map(each).collect()
}

/// Reads the numbering plans of all countries, which takes seconds under a sanitizer.
pub fn read_tables() {
    assert!(PhoneNumber::parse("+4915700000001", None).is_ok());
}

/// An inbox, and what reads what comes to it.
pub struct Inbox {
    kind: &'static ChannelType,
    account: Account,
    decoder: Box<dyn Decode>,
}

/// One of each. What is read once and for all is read here, so that no input is blamed for it.
pub fn inboxes() -> Vec<Inbox> {
    read_tables();
    let inbox = |(kind, account): (&'static ChannelType, Account)| {
        let decoder = (kind.decoder)(&account);
        let decoder = decoder.unwrap_or_else(|why| panic!("set up {} here: {why}", kind.name));
        Inbox { kind, account, decoder }
    };
    accounts().into_iter().map(inbox).collect()
}

impl Inbox {
    /// The bytes come by the hook; and they are what the platform answers when it is asked, where it is.
    pub fn takes(&self, bytes: &[u8]) {
        read(self.decoder.as_ref(), bytes);
        let Some(poll) = self.kind.poll else { return };
        let at = Instant::from_micros(1_790_000_000_000_000);
        let answer = Answer { status: 200, headers: &[], body: bytes, at };
        let Ok(news) = poll.read(&self.account, &Place::default(), &answer) else { return };
        news.found.iter().for_each(|found| read(self.decoder.as_ref(), &found.bytes));
    }
}

/// What is read of some bytes: the same each time, and such that it can be put away and taken out again,
/// as what waits for its message is.
pub fn read(decoder: &dyn Decode, bytes: &[u8]) {
    let Ok(events) = decoder.decode(bytes) else { return };
    assert_eq!(Ok(&events), decoder.decode(bytes).as_ref());
    for event in events {
        let InboundEvent::Channel(event) = event else { continue };
        assert!(!event.key.is_empty(), "an event without a key: {event:?}");
        let kept = serde_json::to_value(&event).expect("plain data");
        assert_eq!(serde_json::from_value::<Box<_>>(kept).expect("its own form"), event);
    }
}

/// Bytes that come in pieces, as from a blob that is fetched: of every size up to a few.
pub struct Pieces<'a> {
    bytes: &'a [u8],
    next: usize,
}

impl<'a> Pieces<'a> {
    /// The same bytes.
    pub fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, next: 0 }
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        self.next = self.next % 97 + 1;
        let most = self.next.min(into.len());
        self.bytes.read(&mut into[..most])
    }
}

/// Saved settings, and the file behind them and an empty line.
pub fn saved<S: DeserializeOwned>(bytes: &[u8]) -> Option<(S, &[u8])> {
    let border = bytes.windows(2).position(|two| two == b"\n\n")?;
    let (head, file) = bytes.split_at(border);
    Some((serde_json::from_slice(head).ok()?, &file[2..]))
}
