//! WhatsApp by Meta's Cloud API. A conversation is `number:other`, our number's id and the customer's id
//! or number, or the id of a group; an object is Meta's own id of a message, as the decoder names both.
//!
//! When more than a day has passed since the customer wrote, only templates go: `core::outgoing::window`
//! says which it is. Our id goes with each message and comes back with its receipts.

use serde_json::{Map, Value, json};
use throughline_core::length::{Length, LengthUnit};
use throughline_core::outgoing::{TemplatePart, TemplateValue};

use super::outcome::{
    BLOCKED, FILE, Known, LENGTH, NO_RIGHTS, NOT_THERE, OTHER, Reading, Refusal, Scope, TEMPLATE,
    TOKEN, WINDOW,
};
use super::request::{Answer, Part, Request, media_type_of, segment, word};
use super::{Account, Around, FileToSend, FilledTemplate, Outgoing, Platform, Step};

/// The most that one message may hold.
const LENGTH_OF_ONE: Length = Length { most: 4096, unit: LengthUnit::CodePoints };
const MEGABYTE: usize = 1024 * 1024;
/// The largest file, and the largest that are shown or played, in bytes.
const LARGEST: usize = 100 * MEGABYTE;
const LARGEST_IMAGE: usize = 5 * MEGABYTE;
const LARGEST_PLAYED: usize = 16 * MEGABYTE;
/// The longest id of ours that goes with a message, in characters.
const LONGEST_KEY: usize = 512;

/// WhatsApp.
#[derive(Debug)]
pub(super) struct WhatsApp;

/// Whom a message goes to.
enum To<'a> {
    Number(&'a str),
    Person(&'a str),
    Group(&'a str),
}

impl<'a> To<'a> {
    /// Reads the other side of a conversation. An id of a person begins with a country and a dot.
    fn read(other: &'a str) -> Self {
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let country = other.split_once('.').map(|(country, _)| country);
        let is_country = |c: &str| c.len() == 2 && c.bytes().all(|b| b.is_ascii_uppercase());
        match (is_digits(other.trim_start_matches('+')), country) {
            (true, _) => Self::Number(other),
            (false, Some(country)) if is_country(country) => Self::Person(other),
            _ => Self::Group(other),
        }
    }

    fn fields(&self) -> Map<String, Value> {
        let (kind, name, value) = match self {
            Self::Number(number) => ("individual", "to", number.trim_start_matches('+')),
            Self::Person(id) => ("individual", "recipient", *id),
            Self::Group(id) => ("group", "to", *id),
        };
        let fields = [("messaging_product", "whatsapp"), ("recipient_type", kind), (name, value)];
        fields.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect()
    }
}

impl Platform for WhatsApp {
    fn steps(&self, account: &Account, outgoing: &Outgoing) -> Result<Vec<Step>, Refusal> {
        account.secret("access_token")?;
        to(account, outgoing)?;
        if outgoing.template.is_some() {
            return Ok(vec![Step::Template]);
        }
        if let Some(large) = outgoing.files.iter().find(|file| file.bytes.len() > LARGEST) {
            let why = format!("the file {} is larger than 100 MB", large.name);
            return Err(Refusal::of(FILE, why));
        }
        let texts = LENGTH_OF_ONE.split(outgoing.text.trim_end()).into_iter();
        let texts = texts.map(|text| Step::Text(text.to_owned()));
        let files = (0..outgoing.files.len()).flat_map(|n| [Step::Upload(n), Step::File(n)]);
        Ok(texts.chain(files).collect())
    }

    fn request(&self, step: &Step, around: &Around<'_>) -> Result<Request, Refusal> {
        let Around { account, endpoints, outgoing, .. } = *around;
        let (token, number) = (account.secret("access_token")?, account.needed("phone_number_id")?);
        let url = |what| format!("{}/{}/{what}", endpoints.whatsapp, segment(number));
        if let Step::Upload(number) = step {
            let file = file(outgoing, *number)?;
            let media_type = media_type_of(&file.media_type);
            let parts = [
                Part::Text("messaging_product", "whatsapp"),
                Part::Text("type", media_type),
                Part::File("file", &file.name, media_type, &file.bytes),
            ];
            return Ok(Request::multipart("media", url("media"), &parts).bearer(token));
        }
        let mut body = to(account, outgoing)?.fields();
        if let Some(object) =
            outgoing.answers.as_ref().filter(|_| around.progress.objects.is_empty())
        {
            body.insert("context".to_owned(), json!({ "message_id": object }));
        }
        if !outgoing.key.is_empty() {
            let key: String = outgoing.key.chars().take(LONGEST_KEY).collect();
            body.insert("biz_opaque_callback_data".to_owned(), key.into());
        }
        let (kind, content) = content(step, around)?;
        body.insert("type".to_owned(), kind.into());
        body.insert(kind.to_owned(), content);
        Ok(Request::json("messages", url("messages"), &Value::Object(body)).bearer(token))
    }

    fn read(&self, step: &Step, answer: &Answer, now: i64) -> Reading {
        let said = answer.json();
        if said.get("error").is_some() {
            return failed(answer, &said, now);
        }
        if let Some(reading) = Reading::of_status(answer, now, "") {
            return reading;
        }
        let taken = match step {
            Step::Upload(_) => word(&said, "/id").map(Reading::Noted),
            _ => word(&said, "/messages/0/id").map(|id| Reading::Taken(vec![id])),
        };
        taken.filter(|_| answer.is_success()).unwrap_or_else(|| Reading::unreadable(answer))
    }
}

fn to<'a>(account: &Account, outgoing: &'a Outgoing) -> Result<To<'a>, Refusal> {
    let number = account.needed("phone_number_id")?;
    let key = &outgoing.conversation;
    let other = key.strip_prefix(number).and_then(|rest| rest.strip_prefix(':'));
    let expected = "number:customer, with the number of this inbox,";
    let other = other.filter(|other| !other.is_empty());
    let other = other.ok_or_else(|| Refusal::no_conversation(key, expected))?;
    Ok(match (To::read(other), outgoing.recipient.as_deref()) {
        // Meta goes on telling the number only where it is written to.
        (To::Person(_), Some(known)) if matches!(To::read(known), To::Number(_)) => {
            To::Number(known)
        }
        (to, _) => to,
    })
}

fn file(outgoing: &Outgoing, number: usize) -> Result<&FileToSend, Refusal> {
    let gone = || Refusal::of(FILE, "the file is not there any more");
    outgoing.files.get(number).ok_or_else(gone)
}

/// What a message says: its kind, and what stands under that name.
fn content(step: &Step, around: &Around<'_>) -> Result<(&'static str, Value), Refusal> {
    match step {
        Step::Text(text) => Ok(("text", json!({ "body": text, "preview_url": false }))),
        Step::Template => {
            let template = around.outgoing.template.as_ref();
            let none = || Refusal::of(TEMPLATE, "the template is not there any more");
            Ok(("template", of_template(template.ok_or_else(none)?)))
        }
        Step::File(number) => {
            let file = file(around.outgoing, *number)?;
            let put = || Refusal::of(FILE, "the file was not put at Meta's");
            let id = around.progress.noted.get(*number).ok_or_else(put)?;
            Ok(match kind(file) {
                "document" => ("document", json!({ "id": id, "filename": file.name })),
                kind => (kind, json!({ "id": id })),
            })
        }
        _ => Err(Refusal::of(OTHER, "this is no step of WhatsApp's")),
    }
}

fn of_template(template: &FilledTemplate) -> Value {
    let FilledTemplate { name, language, values } = template;
    let mut components: Vec<(TemplatePart, Vec<Value>)> = Vec::new();
    for value in values {
        let parameter = parameter(value);
        match components.iter_mut().find(|(part, _)| *part == value.part) {
            Some((_, parameters)) => parameters.push(parameter),
            None => components.push((value.part, vec![parameter])),
        }
    }
    let component = |(part, parameters): (TemplatePart, Vec<Value>)| match part {
        TemplatePart::Header => json!({ "type": "header", "parameters": parameters }),
        TemplatePart::Body => json!({ "type": "body", "parameters": parameters }),
        TemplatePart::Button(at) => json!({
            "type": "button", "sub_type": "url", "index": at.to_string(), "parameters": parameters
        }),
    };
    let components: Vec<Value> = components.into_iter().map(component).collect();
    json!({ "name": name, "language": { "code": language }, "components": components })
}

/// What stands in a place. Places with words for names are told by them; numbers stand in their order.
fn parameter(value: &TemplateValue) -> Value {
    let TemplateValue { part, name, value } = value;
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
    match is_number || matches!(part, TemplatePart::Button(_)) {
        true => json!({ "type": "text", "text": value }),
        false => json!({ "type": "text", "parameter_name": name, "text": value }),
    }
}

/// As what a file is shown: as what it is where WhatsApp can, to be fetched else.
fn kind(file: &FileToSend) -> &'static str {
    let size = file.bytes.len();
    let bare = file.media_type.split(';').next().unwrap_or_default().trim();
    match bare {
        "image/jpeg" | "image/png" if size <= LARGEST_IMAGE => "image",
        "video/mp4" | "video/3gpp" if size <= LARGEST_PLAYED => "video",
        "audio/aac" | "audio/amr" | "audio/mpeg" | "audio/mp4" | "audio/ogg"
            if size <= LARGEST_PLAYED =>
        {
            "audio"
        }
        _ => "document",
    }
}

/// By its code: Meta says that neither the status nor the words are to be relied on.
pub(super) fn failed(answer: &Answer, said: &Value, now: i64) -> Reading {
    let code = said.pointer("/error/code").and_then(Value::as_i64).unwrap_or_default();
    let parts = ["/error/message", "/error/error_data/details"];
    let words: Vec<String> = parts.iter().filter_map(|path| word(said, path)).collect();
    let words = format!("{code}: {}", words.join(": "));
    match code {
        1 | 2 | 4 | 80007 | 130429 | 131000 | 131016 | 131048 | 131056 | 131057 | 133004 => {
            Reading::later(answer.retry_after(now), words)
        }
        _ => match known(code) {
            Some(known) => Reading::refused(known, words),
            None => Reading::of_status(answer, now, &words)
                .unwrap_or_else(|| Reading::refused(OTHER, words)),
        },
    }
}

fn known(code: i64) -> Option<Known> {
    Some(match code {
        0 | 190 => TOKEN,
        3 | 10 | 200..=299 | 131005 => NO_RIGHTS,
        131047 => WINDOW,
        131021 | 131026 => NOT_THERE,
        131050 => BLOCKED,
        131062 => (
            "number_needed",
            "This kind of message goes to a phone number only: ask the customer for theirs.",
            Scope::Recipient,
        ),
        131049 | 130472 => (
            "held_back",
            "WhatsApp keeps this from the customer for now: wait until they write, or try tomorrow.",
            Scope::Recipient,
        ),
        33 | 368 | 130497 | 131030 | 131031 | 131042 | 131045 | 133010 => (
            "account_refused",
            "WhatsApp does not let this number send: an admin looks in the WhatsApp Manager.",
            Scope::Account,
        ),
        132000..=132999 => TEMPLATE,
        131051..=131053 => FILE,
        131010 => LENGTH,
        _ => return None,
    })
}
