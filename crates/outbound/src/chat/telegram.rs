//! Telegram: messages by the Bot API. The bot's token stands in every address.
//!
//! A conversation is `bot:chat`, with the business account before the chat and the topic after it where
//! there are such; an object is `chat:message`, as the decoder names both.

use serde_json::{Map, Value, json};
use throughline_core::length::{Length, LengthUnit};

use super::outcome::{
    BLOCKED, FILE, GONE, Known, LENGTH, NO_RIGHTS, OTHER, Reading, Refusal, Scope, TOKEN,
};
use super::request::{Answer, Part, Request, segment, word};
use super::{Account, Around, FileToSend, Outgoing, Platform, Step};

/// The most that one message may hold.
const LENGTH_OF_ONE: Length = Length { most: 4096, unit: LengthUnit::Utf16 };
/// The largest file that a bot may send, and the largest that is shown as a picture, in bytes.
const LARGEST: usize = 50 * 1024 * 1024;
const LARGEST_PICTURE: usize = 10 * 1024 * 1024;

/// Telegram.
#[derive(Debug)]
pub(super) struct Telegram;

/// Where a message goes.
struct Place<'a> {
    business: Option<&'a str>,
    chat: i64,
    topic: Option<i64>,
}

impl<'a> Place<'a> {
    /// Reads the key of a conversation. An id of a business account is no number.
    fn read(key: &'a str) -> Option<Self> {
        let mut parts = key.split(':').skip(1).peekable();
        let business = parts.next_if(|part| part.parse::<i64>().is_err());
        let chat = parts.next()?.parse().ok()?;
        let topic = parts.next().map(str::parse).transpose().ok()?;
        parts.next().is_none().then_some(Self { business, chat, topic })
    }

    /// The fields of a request that say where it goes.
    fn fields(&self) -> Map<String, Value> {
        let parts = [
            ("business_connection_id", self.business.map(Value::from)),
            ("chat_id", Some(self.chat.into())),
            ("message_thread_id", self.topic.map(Value::from)),
        ];
        parts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }

    /// The number of the message that is answered, when it stands in the same chat.
    fn answered(&self, object: &str) -> Option<i64> {
        let (place, message) = object.rsplit_once(':')?;
        let chat = self.chat.to_string();
        let here = match self.business {
            Some(business) => place == format!("{business}:{chat}"),
            None => place == chat,
        };
        message.parse().ok().filter(|_| here)
    }
}

impl Platform for Telegram {
    fn steps(&self, account: &Account, outgoing: &Outgoing) -> Result<Vec<Step>, Refusal> {
        account.secret("bot_token")?;
        place(outgoing)?;
        if outgoing.template.is_some() {
            return Err(Refusal::no_templates());
        }
        if let Some(large) = outgoing.files.iter().find(|file| file.bytes.len() > LARGEST) {
            let why = format!("the file {} is larger than 50 MB", large.name);
            return Err(Refusal::of(FILE, why));
        }
        let texts = LENGTH_OF_ONE.split(outgoing.text.trim_end()).into_iter();
        let texts = texts.map(|text| Step::Text(text.to_owned()));
        Ok(texts.chain((0..outgoing.files.len()).map(Step::File)).collect())
    }

    fn request(&self, step: &Step, around: &Around<'_>) -> Result<Request, Refusal> {
        let place = place(around.outgoing)?;
        let mut fields = place.fields();
        let answered =
            around.outgoing.answers.as_deref().filter(|_| around.progress.objects.is_empty());
        if let Some(message) = answered.and_then(|object| place.answered(object)) {
            // It may have been deleted meanwhile; the answer is to arrive all the same.
            let answered = json!({ "message_id": message, "allow_sending_without_reply": true });
            fields.insert("reply_parameters".to_owned(), answered);
        }
        let token = around.account.secret("bot_token")?;
        let url = |method| format!("{}/bot{}/{method}", around.endpoints.telegram, written(token));
        match step {
            Step::File(number) => {
                let file = around.outgoing.files.get(*number).ok_or_else(no_file)?;
                let (method, part) = method(file);
                Ok(Request::multipart(method, url(method), &parts(&texts(&fields), part, file)))
            }
            Step::Text(text) => {
                fields.insert("text".to_owned(), text.as_str().into());
                fields.insert("link_preview_options".to_owned(), json!({ "is_disabled": true }));
                Ok(Request::json("sendMessage", url("sendMessage"), &Value::Object(fields)))
            }
            _ => Err(Refusal::of(OTHER, "this is no step of Telegram's")),
        }
    }

    fn read(&self, _: &Step, answer: &Answer, now: i64) -> Reading {
        let said = answer.json();
        let words = word(&said, "/description").unwrap_or_default();
        if said.pointer("/ok") == Some(&Value::Bool(true)) {
            return object(&said).map_or_else(|| Reading::unreadable(answer), Reading::Taken);
        }
        if answer.status == 429 {
            let wait = said.pointer("/parameters/retry_after").and_then(Value::as_u64);
            return Reading::later(wait.or_else(|| answer.retry_after(now)), words);
        }
        if let Some(chat) = word(&said, "/parameters/migrate_to_chat_id") {
            let hint = "The group became another one: answer in the ticket of the new one.";
            let why = format!("{words}; it goes on as {chat}");
            return Reading::refused(("moved", hint, Scope::Recipient), why);
        }
        Reading::of_status(answer, now, &words).unwrap_or_else(|| match words.is_empty() {
            true => Reading::unreadable(answer),
            false => Reading::refused(known(answer.status, &words.to_lowercase()), words),
        })
    }
}

fn place(outgoing: &Outgoing) -> Result<Place<'_>, Refusal> {
    let key = &outgoing.conversation;
    Place::read(key).ok_or_else(|| Refusal::no_conversation(key, "bot:chat"))
}

fn no_file() -> Refusal {
    Refusal::of(FILE, "the file is not there any more")
}

/// A token as it stands in an address: the colon in it is no escape.
pub(super) fn written(token: &str) -> String {
    segment(token).replace("%3A", ":")
}

/// How a file is sent, and in which part of the form. Pictures are shown, all else is attached.
fn method(file: &FileToSend) -> (&'static str, &'static str) {
    let is_picture = matches!(file.media_type.as_str(), "image/jpeg" | "image/png");
    match is_picture && file.bytes.len() <= LARGEST_PICTURE {
        true => ("sendPhoto", "photo"),
        false => ("sendDocument", "document"),
    }
}

/// The fields of a form, in which lists and objects are JSON.
fn texts(fields: &Map<String, Value>) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    fields.iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

fn parts<'a>(texts: &'a [(String, String)], name: &'a str, file: &'a FileToSend) -> Vec<Part<'a>> {
    let texts = texts.iter().map(|(name, value)| Part::Text(name, value));
    texts.chain([Part::File(name, &file.name, &file.media_type, &file.bytes)]).collect()
}

/// The id of the message that was sent.
fn object(said: &Value) -> Option<Vec<String>> {
    let (chat, message) = (word(said, "/result/chat/id")?, word(said, "/result/message_id")?);
    Some(vec![match word(said, "/result/business_connection_id") {
        Some(business) => format!("{business}:{chat}:{message}"),
        None => format!("{chat}:{message}"),
    }])
}

fn known(status: u16, words: &str) -> Known {
    let has = |part: &str| words.contains(part);
    match status {
        401 | 404 => TOKEN,
        413 => FILE,
        403 if has("blocked by the user") => BLOCKED,
        403 if has("deactivated") => GONE,
        403 if has("initiate conversation") => (
            "not_started",
            "The customer has to write to the bot first, or again after they stopped it.",
            Scope::Recipient,
        ),
        403 => (
            "not_a_member",
            "The bot is not in this chat any more: somebody has to add it again.",
            Scope::Recipient,
        ),
        _ if has("chat not found") || has("peer_id_invalid") => GONE,
        _ if has("not enough rights") || has("have no rights") => {
            let (code, hint, _) = NO_RIGHTS;
            (code, hint, Scope::Recipient)
        }
        _ if has("too long") => LENGTH,
        _ if has("topic_closed") || has("thread not found") => (
            "conversation_closed",
            "The topic is closed or gone: open it again, or answer in another one.",
            Scope::Recipient,
        ),
        _ if has("file") || has("photo") => FILE,
        _ => OTHER,
    }
}
