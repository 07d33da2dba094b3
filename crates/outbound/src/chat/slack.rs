//! Slack: messages by its Web API. A conversation is `team:channel:root`, the thread under a message; an
//! object is `channel:ts`, as the decoder names both.
//!
//! Files are put in three steps, and the last one shows all of them at once. Slack does not tell as which
//! message it shows them, so files have no object; and it knows no key by which a repeat would be seen.
//! A name between colons, such as `:tea:`, is shown as its picture all the same: for that alone there is
//! no way to write it.

use reqwest::Url;
use serde_json::{Value, json};
use throughline_core::length::{Length, LengthUnit};

use super::outcome::{FILE, GONE, Known, LENGTH, NO_RIGHTS, OTHER, Reading, Refusal, Scope, TOKEN};
use super::request::{Answer, Request, word};
use super::{Account, Around, Outgoing, Platform, Step};

/// Slack takes 40,000 characters and shows a message of more than these as several.
const LENGTH_OF_ONE: Length = Length { most: 4000, unit: LengthUnit::CodePoints };
/// How many characters one becomes at the most when it is escaped.
const LONGEST_ESCAPE: usize = 5;

/// Slack.
#[derive(Debug)]
pub(super) struct Slack;

/// Where a message goes.
struct Place<'a> {
    channel: &'a str,
    /// The message under which it goes; none for one that stands by itself.
    root: Option<&'a str>,
}

impl Platform for Slack {
    fn steps(&self, account: &Account, outgoing: &Outgoing) -> Result<Vec<Step>, Refusal> {
        account.secret("bot_token")?;
        place(outgoing)?;
        if outgoing.template.is_some() {
            return Err(Refusal::no_templates());
        }
        if let Some(empty) = outgoing.files.iter().find(|file| file.bytes.is_empty()) {
            return Err(Refusal::of(FILE, format!("the file {} is empty", empty.name)));
        }
        let texts = texts(outgoing.text.trim_end()).map(|text| Step::Text(text.to_owned()));
        let files = 0..outgoing.files.len();
        let share = (!outgoing.files.is_empty()).then_some(Step::Share);
        let files = files.flat_map(|number| [Step::Ask(number), Step::Upload(number)]);
        Ok(texts.chain(files).chain(share).collect())
    }

    fn request(&self, step: &Step, around: &Around<'_>) -> Result<Request, Refusal> {
        let Place { channel, root } = place(around.outgoing)?;
        let token = around.account.secret("bot_token")?;
        let url = |method| format!("{}/{method}", around.endpoints.slack);
        match step {
            Step::Text(text) => {
                let url = url("chat.postMessage");
                let body = message(channel, root, text);
                Ok(Request::json("chat.postMessage", url, &body).bearer(token))
            }
            Step::Ask(number) => {
                let file = around.outgoing.files.get(*number).ok_or_else(no_file)?;
                let length = file.bytes.len().to_string();
                let fields = [("filename", file.name.as_str()), ("length", length.as_str())];
                let name = "files.getUploadURLExternal";
                Ok(Request::form(name, url(name), &fields).bearer(token))
            }
            Step::Upload(number) => {
                let file = around.outgoing.files.get(*number).ok_or_else(no_file)?;
                let put_at = around.upload_url.ok_or_else(no_file)?;
                is_slacks(put_at, around)?;
                // Who has the address may write there; the token is not wanted.
                Ok(Request::bytes("upload", put_at.to_owned(), &file.bytes))
            }
            Step::Share => {
                let files = around.progress.noted.iter().zip(&around.outgoing.files);
                let files = files.map(|(id, file)| json!({ "id": id, "title": file.name }));
                let files: Vec<Value> = files.collect();
                let body = in_thread(json!({ "files": files, "channel_id": channel }), root);
                let name = "files.completeUploadExternal";
                Ok(Request::json(name, url(name), &body).bearer(token))
            }
            _ => Err(Refusal::of(OTHER, "this is no step of Slack's")),
        }
    }

    fn read(&self, step: &Step, answer: &Answer, now: i64) -> Reading {
        let said = answer.json();
        let error = word(&said, "/error").unwrap_or_default();
        if matches!(error.as_str(), "ratelimited" | "rate_limited") {
            return Reading::later(answer.retry_after(now), error);
        }
        if let Some(reading) = Reading::of_status(answer, now, &error) {
            return reading;
        }
        match step {
            Step::Upload(_) if answer.is_success() => return Reading::Done,
            Step::Upload(_) => return Reading::later(None, "Slack did not take the file"),
            _ if said.pointer("/ok") != Some(&Value::Bool(true)) => {
                return refused(answer, error, &said);
            }
            _ => {}
        }
        taken(step, &said).unwrap_or_else(|| Reading::unreadable(answer))
    }
}

fn taken(step: &Step, said: &Value) -> Option<Reading> {
    Some(match step {
        Step::Text(_) => {
            let (channel, ts) = (word(said, "/channel")?, word(said, "/ts")?);
            Reading::Taken(vec![format!("{channel}:{ts}")])
        }
        Step::Ask(_) => {
            Reading::PutAt { url: word(said, "/upload_url")?, id: word(said, "/file_id")? }
        }
        _ => Reading::Taken(Vec::new()),
    })
}

fn place(outgoing: &Outgoing) -> Result<Place<'_>, Refusal> {
    let key = &outgoing.conversation;
    let mut parts = key.splitn(3, ':').skip(1);
    match (parts.next(), parts.next()) {
        (Some(channel), Some(root)) if !channel.is_empty() => {
            Ok(Place { channel, root: Some(root).filter(|root| !root.is_empty()) })
        }
        _ => Err(Refusal::no_conversation(key, "team:channel:root")),
    }
}

/// A message that is shown as it is written.
fn message(channel: &str, root: Option<&str>, text: &str) -> Value {
    let body = json!({
        "channel": channel,
        "text": escaped(text),
        "mrkdwn": false,
        "parse": "none",
        "link_names": false,
        "unfurl_links": false,
        "unfurl_media": false,
    });
    in_thread(body, root)
}

fn in_thread(mut body: Value, root: Option<&str>) -> Value {
    if let (Some(root), Some(fields)) = (root, body.as_object_mut()) {
        fields.insert("thread_ts".to_owned(), root.into());
    }
    body
}

fn no_file() -> Refusal {
    Refusal::of(FILE, "the file, or the place for it, is not there any more")
}

/// A file goes to Slack and to nobody else, whatever an answer says.
fn is_slacks(address: &str, around: &Around<'_>) -> Result<(), Refusal> {
    let url = Url::parse(address).ok();
    let base = Url::parse(&around.endpoints.slack).ok();
    let is_slacks = url.zip(base).is_some_and(|(url, base)| match around.endpoints.is_real {
        true => {
            let host = url.host_str().unwrap_or_default();
            let is_host = host == "slack.com" || host.ends_with(".slack.com");
            is_host && url.scheme() == "https"
        }
        false => url.origin() == base.origin(),
    });
    let hint = "Try again; if it stays so, look whether the workspace is what it should be.";
    let known = ("bad_address", hint, Scope::Message);
    let why = "Slack named a place for the file that is not Slack's";
    is_slacks.then_some(()).ok_or_else(|| Refusal::of(known, why))
}

/// The parts of a text, each short enough as it goes out.
fn texts(text: &str) -> impl Iterator<Item = &str> {
    let Length { most, unit } = LENGTH_OF_ONE;
    LENGTH_OF_ONE.split(text).into_iter().flat_map(move |part| {
        match LENGTH_OF_ONE.fits(&escaped(part)) {
            true => vec![part],
            false => unit.split(part, most / LONGEST_ESCAPE),
        }
    })
}

/// What would be markup otherwise.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn refused(answer: &Answer, error: String, said: &Value) -> Reading {
    match error.as_str() {
        "" => Reading::unreadable(answer),
        // Slack's own docs: some of the work may have been done before it failed.
        "internal_error" | "fatal_error" => Reading::unknown(format!("Slack answered {error}")),
        "service_unavailable" | "request_timeout" | "team_added_to_org" => {
            Reading::later(None, format!("Slack answered {error}"))
        }
        _ => {
            let needed = word(said, "/needed").map(|scope| format!(" (needed: {scope})"));
            let why = format!("Slack answered {error}{}", needed.unwrap_or_default());
            Reading::refused(known(&error), why)
        }
    }
}

fn known(error: &str) -> Known {
    match error {
        "invalid_auth"
        | "not_authed"
        | "token_revoked"
        | "token_expired"
        | "account_inactive"
        | "org_login_required"
        | "ekm_access_denied"
        | "two_factor_setup_required" => TOKEN,
        "missing_scope"
        | "no_permission"
        | "not_allowed_token_type"
        | "access_denied"
        | "team_access_not_granted" => NO_RIGHTS,
        "not_in_channel" => (
            "not_a_member",
            "The app is not in this channel: somebody there invites it with /invite.",
            Scope::Recipient,
        ),
        "channel_not_found" | "user_not_found" | "user_disabled" => GONE,
        "is_archived" | "thread_not_found" | "thread_locked" | "cannot_reply_to_message" => (
            "conversation_closed",
            "The channel is archived, or the thread is gone or locked: answer in another one.",
            Scope::Recipient,
        ),
        "msg_too_long" | "msg_blocks_too_long" => LENGTH,
        other if other.starts_with("restricted_action") => (
            "not_allowed",
            "A setting of the workspace or channel does not let the app write there.",
            Scope::Recipient,
        ),
        other if other.contains("file") || other.contains("upload") => FILE,
        _ => OTHER,
    }
}
