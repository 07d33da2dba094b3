//! Matrix: messages by the client API of a homeserver. A conversation is a room, an object an event, as the
//! decoder names both.
//!
//! Each message has a name of ours, by which the homeserver knows a repeat. Files are put on the homeserver
//! first; that is seen by nobody.

use serde_json::{Map, Value, json};
use throughline_core::length::{Length, LengthUnit};

use super::outcome::{FILE, Known, LENGTH, OTHER, Reading, Refusal, Scope, TOKEN};
use super::request::{Answer, Reach, Request, media_type_of, segment, word};
use super::{Account, Around, FileToSend, Outgoing, Platform, Step};

/// An event may be of 65,536 bytes, and a text may become six times as long when it is written as JSON.
const LENGTH_OF_ONE: Length = Length { most: 10_000, unit: LengthUnit::Bytes };
/// Where a homeserver takes what clients say.
const CLIENT: &str = "_matrix/client/v3";

/// Matrix.
#[derive(Debug)]
pub(super) struct Matrix;

impl Platform for Matrix {
    fn steps(&self, account: &Account, outgoing: &Outgoing) -> Result<Vec<Step>, Refusal> {
        account.secret("as_token")?;
        account.needed("server")?;
        room(outgoing)?;
        if outgoing.template.is_some() {
            return Err(Refusal::no_templates());
        }
        let texts = LENGTH_OF_ONE.split(outgoing.text.trim_end()).into_iter();
        let texts = texts.map(|text| Step::Text(text.to_owned()));
        let files = 0..outgoing.files.len();
        let files = files.flat_map(|number| [Step::Upload(number), Step::File(number)]);
        Ok(texts.chain(files).collect())
    }

    fn request(&self, step: &Step, around: &Around<'_>) -> Result<Request, Refusal> {
        let Around { account, outgoing, progress, .. } = around;
        let message = match step {
            Step::Upload(number) => return upload(around, file(outgoing, *number)?),
            Step::Text(text) => {
                let mut message = json!({ "msgtype": "m.text", "body": text });
                let answers = outgoing.answers.as_ref().filter(|_| progress.objects.is_empty());
                if let (Some(answered), Some(fields)) = (answers, message.as_object_mut()) {
                    let answered = json!({ "m.in_reply_to": { "event_id": answered } });
                    fields.insert("m.relates_to".to_owned(), answered);
                }
                message
            }
            Step::File(number) => {
                let file = file(outgoing, *number)?;
                shown(file, progress.noted.get(*number).ok_or_else(no_file)?)
            }
            _ => return Err(Refusal::of(OTHER, "this is no step of Matrix's")),
        };
        let name = format!("{}-{}", outgoing.key, progress.done);
        let path =
            format!("rooms/{}/send/m.room.message/{}", segment(room(outgoing)?), segment(&name));
        let url = format!("{}/{CLIENT}/{path}", server(account)?);
        let request = Request { method: "PUT", ..Request::json("send", url, &message) };
        entered(request, account)
    }

    fn read(&self, step: &Step, answer: &Answer, now: i64) -> Reading {
        let said = answer.json();
        let words = words(&said);
        if answer.status == 429 {
            let wait = said.pointer("/retry_after_ms").and_then(Value::as_u64);
            let wait = wait.map(|millis| millis.div_ceil(1_000));
            return Reading::later(wait.or_else(|| answer.retry_after(now)), words);
        }
        if let Some(reading) = Reading::of_status(answer, now, &words) {
            return reading;
        }
        let taken = match step {
            _ if !answer.is_success() => None,
            Step::Upload(_) => word(&said, "/content_uri").map(Reading::Noted),
            _ => word(&said, "/event_id").map(|event| Reading::Taken(vec![event])),
        };
        taken.unwrap_or_else(|| match words.is_empty() {
            true => Reading::unreadable(answer),
            false => Reading::refused(known(step, &said), words),
        })
    }

    /// By the name of each message.
    fn knows_repeats(&self) -> bool {
        true
    }

    fn enter(&self, account: &Account, conversation: &str) -> Option<Result<Request, Refusal>> {
        let request = server(account).and_then(|server| {
            let url = format!("{server}/{CLIENT}/join/{}", segment(conversation));
            entered(Request::json("join", url, &json!({})), account)
        });
        Some(request)
    }

    fn entered(&self, answer: &Answer, now: i64) -> Reading {
        match self.read(&Step::Share, answer, now) {
            _ if answer.is_success() => Reading::Done,
            other => other,
        }
    }
}

fn room(outgoing: &Outgoing) -> Result<&str, Refusal> {
    let key = outgoing.conversation.as_str();
    let is_room = key.starts_with('!') && key.len() > 1;
    is_room.then_some(key).ok_or_else(|| Refusal::no_conversation(key, "the id of a room"))
}

/// The homeserver, which an admin entered.
fn server(account: &Account) -> Result<&str, Refusal> {
    Ok(account.needed("server")?.trim_end_matches('/'))
}

/// A request to an address that an admin entered, in the name of our service.
fn entered(request: Request, account: &Account) -> Result<Request, Refusal> {
    let request = request.bearer(account.secret("as_token")?);
    Ok(Request { reach: Reach::Entered, ..request })
}

fn file(outgoing: &Outgoing, number: usize) -> Result<&FileToSend, Refusal> {
    outgoing.files.get(number).ok_or_else(no_file)
}

fn no_file() -> Refusal {
    Refusal::of(FILE, "the file is not there any more")
}

fn upload(around: &Around<'_>, file: &FileToSend) -> Result<Request, Refusal> {
    let server = server(around.account)?;
    let url = format!("{server}/_matrix/media/v3/upload?filename={}", segment(&file.name));
    let mut request = Request::bytes("upload", url, &file.bytes);
    request.headers = vec![("content-type", media_type_of(&file.media_type).to_owned())];
    entered(request, around.account)
}

/// A message that shows a file which lies on the homeserver.
fn shown(file: &FileToSend, address: &str) -> Value {
    let kind = match file.media_type.split('/').next() {
        Some("image") => "m.image",
        Some("audio") => "m.audio",
        Some("video") => "m.video",
        _ => "m.file",
    };
    let info = json!({ "mimetype": media_type_of(&file.media_type), "size": file.bytes.len() });
    json!({
        "msgtype": kind, "body": file.name, "filename": file.name, "url": address, "info": info
    })
}

/// What a homeserver says of a failure: its code, and its sentence.
fn words(said: &Value) -> String {
    let parts = [word(said, "/errcode"), word(said, "/error")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(": ")
}

fn known(step: &Step, said: &Value) -> Known {
    let empty = Map::new();
    let said = said.as_object().unwrap_or(&empty);
    match said.get("errcode").and_then(Value::as_str).unwrap_or_default() {
        "M_UNKNOWN_TOKEN" | "M_MISSING_TOKEN" => TOKEN,
        "M_TOO_LARGE" if matches!(step, Step::Upload(_)) => FILE,
        "M_TOO_LARGE" => LENGTH,
        "M_FORBIDDEN" | "M_NOT_FOUND" => (
            "not_a_member",
            "Our user is not in this room any more: somebody has to invite it again.",
            Scope::Recipient,
        ),
        _ => OTHER,
    }
}
