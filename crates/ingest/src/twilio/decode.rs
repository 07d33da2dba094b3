//! What a form of Twilio says: a message to us, or how far one of ours has come.

use serde_json::{Map, Value};
use throughline_core::identity::{Hint, IdentityKind, Proof};
use throughline_core::inbound::{
    ChannelEvent, Content, Conversation, FileAt, Happened, InboundEvent, Person, Receipt,
    ReceiptState, RemoteFile, Role,
};
use throughline_core::timeline::Direction;

use crate::hooks::form;
use crate::lenient::{MOST_EXTRA, cut, is_at};
use crate::{Decode, Undecodable};

/// Where our auth token may go.
const TWILIO_HOSTS: &[&str] = &["twilio.com", "twiliocdn.com"];
/// The most files that one message has; WhatsApp and MMS know of ten.
const MOST_FILES: usize = 64;
/// What is read elsewhere, says the same again, or says nothing to people.
const NO_EXTRA: &[&str] = &[
    "AccountSid",
    "ApiVersion",
    "Body",
    "ErrorCode",
    "ErrorMessage",
    "ChannelStatusMessage",
    "ExternalUserId",
    "From",
    "MessageSid",
    "MessageStatus",
    "NumMedia",
    "NumSegments",
    "OriginalRepliedMessageSid",
    "ProfileName",
    "ReferralNumMedia",
    "SmsMessageSid",
    "SmsSid",
    "SmsStatus",
    "To",
];

/// The decoder of one inbox.
pub(super) struct Twilio {
    /// Our number or sender, as the admin says.
    pub(super) number: Option<String>,
}

impl Decode for Twilio {
    fn decode(&self, bytes: &[u8]) -> Result<Vec<InboundEvent>, Undecodable> {
        let parts = Parts(form::texts(bytes));
        let sid = ["MessageSid", "SmsMessageSid", "SmsSid"].iter().find_map(|name| parts.get(name));
        let event = match sid {
            Some(sid) => self.event(&parts, sid),
            None if parts.get("AccountSid").is_some() => unknown(&parts, None),
            None => return Err(Undecodable("this is no form as Twilio sends them".into())),
        };
        Ok(vec![InboundEvent::Channel(Box::new(event))])
    }
}

/// The parts of a form.
struct Parts(Vec<(String, String)>);

impl Parts {
    fn get(&self, name: &str) -> Option<&str> {
        form::value(&self.0, name)
    }

    fn status(&self) -> &str {
        self.get("MessageStatus").or_else(|| self.get("SmsStatus")).unwrap_or_default()
    }

    /// What has no place of its own, within bounds.
    fn extra(&self) -> Map<String, Value> {
        let mut left = MOST_EXTRA;
        let is_file =
            |name: &str| name.starts_with("MediaUrl") || name.starts_with("MediaContentType");
        let is_extra = |name: &str| !NO_EXTRA.contains(&name) && !is_file(name);
        let mut extra = Map::new();
        for (name, value) in &self.0 {
            if value.is_empty() || !is_extra(name) {
                continue;
            }
            let Some(rest) = left.checked_sub(name.len() + value.len()) else { continue };
            left = rest;
            extra.insert(name.clone(), value.as_str().into());
        }
        extra
    }
}

impl Twilio {
    fn event(&self, parts: &Parts, sid: &str) -> ChannelEvent {
        match parts.status() {
            "received" | "receiving" => self.message(parts, sid),
            "" if parts.get("Body").is_some() || parts.get("NumMedia").is_some() => {
                self.message(parts, sid)
            }
            status => match state(status) {
                Some(state) => self.receipt(parts, sid, state),
                None => unknown(parts, Some(sid)),
            },
        }
    }

    fn message(&self, parts: &Parts, sid: &str) -> ChannelEvent {
        let content = Content { text: words(parts), html: None, files: files(parts) };
        let kind =
            parts.get("MessageType").map_or_else(|| "message".into(), |t| format!("message.{t}"));
        ChannelEvent {
            key: sid.to_owned(),
            provider_kind: kind,
            occurred_at: None,
            direction: Direction::Inbound,
            who: writer(parts),
            conversation: self.conversation(parts.get("To"), parts.get("From")).map(|known| {
                let answers = parts.get("OriginalRepliedMessageSid").map(str::to_owned);
                Conversation { answers, ..known }
            }),
            what: Happened::Message { object: sid.to_owned(), content },
            extra: parts.extra(),
        }
    }

    /// Our number first, then theirs: the same for what comes and for what goes. A form that does not
    /// name ours means the one that the inbox is set to.
    fn conversation(&self, ours: Option<&str>, theirs: Option<&str>) -> Option<Conversation> {
        let ours = ours.or(self.number.as_deref()).unwrap_or_default();
        let key = format!("{ours}:{}", theirs?);
        Some(Conversation { key, ..Conversation::default() })
    }

    fn receipt(&self, parts: &Parts, sid: &str, state: ReceiptState) -> ChannelEvent {
        let status = parts.status();
        ChannelEvent {
            key: format!("{sid}:{status}"),
            provider_kind: format!("status.{status}"),
            occurred_at: None,
            direction: Direction::Inbound,
            who: Person { role: Role::Platform, ..Person::default() },
            conversation: self.conversation(parts.get("From"), parts.get("To")),
            what: Happened::Receipt(Receipt {
                state,
                of: vec![sid.to_owned()],
                up_to: None,
                error: error(parts),
            }),
            extra: parts.extra(),
        }
    }
}

fn state(status: &str) -> Option<ReceiptState> {
    match status {
        "accepted" | "scheduled" | "queued" | "sending" | "sent" | "partially_delivered" => {
            Some(ReceiptState::Sent)
        }
        "failed" | "undelivered" | "canceled" => Some(ReceiptState::Failed),
        "delivered" => Some(ReceiptState::Delivered),
        "read" => Some(ReceiptState::Read),
        _ => None,
    }
}

/// The code, by which the words are found at Twilio, and the words where it sends any.
fn error(parts: &Parts) -> Option<String> {
    let code = parts.get("ErrorCode").filter(|code| *code != "0");
    let words = parts.get("ErrorMessage").or_else(|| parts.get("ChannelStatusMessage"));
    match (code, words) {
        (Some(code), Some(words)) => Some(format!("{code}: {}", cut(words, 500))),
        (code, words) => code.or(words).map(|error| cut(error, 500)),
    }
}

/// What was written, the button that was pressed, or the place that was sent.
fn words(parts: &Parts) -> String {
    let written = parts.get("Body").or_else(|| parts.get("ButtonText"));
    let place = || {
        let spot = parts.get("Latitude").zip(parts.get("Longitude"));
        let spot = spot.map(|(latitude, longitude)| format!("{latitude}, {longitude}"));
        let named = ["Label", "Address"].iter().filter_map(|name| parts.get(name));
        named.map(str::to_owned).chain(spot).collect::<Vec<_>>().join("\n")
    };
    written.map_or_else(place, str::to_owned)
}

fn files(parts: &Parts) -> Vec<RemoteFile> {
    // Counting on is cheaper and surer than what the form says of their number.
    (0..MOST_FILES).map_while(|at| file(parts, at)).collect()
}

fn file(parts: &Parts, at: usize) -> Option<RemoteFile> {
    let url = parts.get(&format!("MediaUrl{at}"))?.to_owned();
    let at_url = if is_at(&url, TWILIO_HOSTS) { FileAt::GuardedUrl } else { FileAt::Url };
    let media_type = parts.get(&format!("MediaContentType{at}")).map(str::to_owned);
    Some(RemoteFile { at: at_url(url), name: None, media_type, size: None })
}

/// The sender. WhatsApp's own id of him goes before his number, for which Twilio vouches and which may
/// be another's tomorrow.
fn writer(parts: &Parts) -> Person {
    let from = parts.get("From").unwrap_or_default();
    let address = from.rsplit_once(':').map_or(from, |(_, address)| address);
    let platform = from.split_once(':').map(|(platform, _)| platform);
    let number = Some(address).filter(|address| address.starts_with('+'));
    let wa_id = || parts.get("WaId").map(|id| format!("+{}", id.trim_start_matches('+')));
    let phone = number.map(str::to_owned).or_else(wa_id);
    let phone = phone.and_then(|phone| Hint::read(IdentityKind::Phone, "", &phone, None).ok());
    let own_id = parts.get("ExternalUserId").or(match (platform, number) {
        (Some(_), None) => Some(address),
        _ => None,
    });
    let own_id = own_id.and_then(|id| {
        Hint::read(IdentityKind::Platform, platform.unwrap_or("whatsapp"), id, None).ok()
    });
    let hints = own_id.into_iter().chain(phone);
    Person {
        role: Role::Customer,
        name: parts.get("ProfileName").map(str::to_owned),
        language: None,
        hints: hints.map(|hint| Hint { proof: Proof::Provider, ..hint }).collect(),
    }
}

/// A form that tells of something else, such as a status that is new.
fn unknown(parts: &Parts, sid: Option<&str>) -> ChannelEvent {
    let status = parts.status();
    let hash = || {
        let told: String = parts.0.iter().map(|(name, value)| format!("{name}={value}&")).collect();
        blake3::hash(told.as_bytes()).to_hex().to_string()
    };
    let text = match (sid, status) {
        (Some(_), "") => "Twilio tells of a message without a status".to_owned(),
        (Some(_), status) => {
            format!("Twilio tells of a message with the status {}", cut(status, 80))
        }
        (None, _) => "Twilio tells of something that is no message".to_owned(),
    };
    let theirs = parts.get("From").map(|from| ("From".to_owned(), from.into()));
    let ours = parts.get("To").map(|to| ("To".to_owned(), to.into()));
    ChannelEvent {
        key: sid.map_or_else(hash, |sid| format!("{sid}:{status}")),
        provider_kind: format!("status.{}", cut(status, 80)),
        occurred_at: None,
        direction: Direction::Inbound,
        who: Person { role: Role::Platform, ..Person::default() },
        conversation: None,
        what: Happened::Unknown {
            object: sid.map(str::to_owned),
            content: Content { text, ..Content::default() },
        },
        extra: parts.extra().into_iter().chain(theirs).chain(ours).collect(),
    }
}
