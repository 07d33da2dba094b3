//! The generic webhook: a reply goes as JSON to an address that an admin entered, signed after Standard
//! Webhooks. Our id is the message's id, so that a receiver who was sent it twice sees that.
//!
//! The inbox says in `reply_url` where to, signs with the secrets `reply_secret`, or else with `secret`
//! where that is one of Standard Webhooks, and says in `reply_files` whether files go as `base64` (the
//! usual) or as a `link`. A receiver may answer with JSON that has an `id`: under that name the message is
//! known when it comes back.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::outcome::{BLOCKED, FILE, OTHER, Reading, Refusal, Scope};
use super::request::{Answer, Reach, Request, word};
use super::{Account, Around, FileToSend, Outgoing, Platform, Step};
use crate::webhook::{SigningSecret, signatures};

/// The most that all files of a reply may hold when they stand in it, in bytes.
const MOST_WITHIN: usize = 20 * 1024 * 1024;

/// A generic webhook.
#[derive(Debug)]
pub(super) struct Webhook;

impl Platform for Webhook {
    fn steps(&self, account: &Account, outgoing: &Outgoing) -> Result<Vec<Step>, Refusal> {
        account.needed("reply_url")?;
        secrets(account)?;
        if outgoing.template.is_some() {
            return Err(Refusal::no_templates());
        }
        let size: usize = outgoing.files.iter().map(|file| file.bytes.len()).sum();
        if !by_link(account) && size > MOST_WITHIN {
            return Err(Refusal::of(FILE, "the files are larger than 20 MB together"));
        }
        Ok(vec![Step::Whole])
    }

    fn request(&self, _: &Step, around: &Around<'_>) -> Result<Request, Refusal> {
        let Around { account, outgoing, now, .. } = *around;
        let url = account.needed("reply_url")?.to_owned();
        let files: Result<Vec<Value>, Refusal> =
            outgoing.files.iter().map(|file| of_file(file, by_link(account))).collect();
        let Outgoing { conversation, recipient, text, answers, key, .. } = outgoing;
        let body = json!({
            "type": "message.reply",
            "id": key,
            "conversation": conversation,
            "recipient": recipient,
            "answers": answers,
            "text": text,
            "files": files?,
        });
        let request = Request::json("reply", url, &body);
        let signature = signatures(&secrets(account)?, key, now, &request.body);
        let request = request.with("webhook-id", key.clone());
        let request = request.with("webhook-timestamp", now.to_string());
        let request = request.with("webhook-signature", signature);
        Ok(Request { reach: Reach::Entered, ..request })
    }

    fn read(&self, _: &Step, answer: &Answer, now: i64) -> Reading {
        if answer.is_success() {
            return Reading::Taken(word(&answer.json(), "/id").into_iter().collect());
        }
        let body = String::from_utf8_lossy(&answer.body);
        let words: String = body.chars().take(200).collect();
        let why = format!("the receiver answered {}: {}", answer.status, words.trim());
        if let 300..=399 = answer.status {
            let hint = "Redirects are not followed: an admin enters the address that it points to.";
            return Reading::refused(("redirected", hint, Scope::Account), why);
        }
        Reading::of_status(answer, now, words.trim()).unwrap_or_else(|| {
            let known = match answer.status {
                401 | 403 => (
                    "not_allowed",
                    "The receiver does not take our signature: compare the secret on both sides.",
                    Scope::Account,
                ),
                404 | 405 => (
                    "no_receiver",
                    "There is no receiver at this address: an admin checks `reply_url`.",
                    Scope::Account,
                ),
                // Standard Webhooks: the receiver does not want any more.
                410 => (BLOCKED.0, "The receiver takes no more replies.", Scope::Account),
                413 => FILE,
                _ => OTHER,
            };
            Reading::refused(known, why)
        })
    }

    fn knows_repeats(&self) -> bool {
        true
    }
}

fn by_link(account: &Account) -> bool {
    account.text("reply_files") == Some("link")
}

/// What signs: the secret for replies, or the one for what comes in. Each of several signs.
fn secrets(account: &Account) -> Result<Vec<SigningSecret>, Refusal> {
    let named = |name| {
        let all = account.secrets(name).iter();
        all.filter_map(|secret| SigningSecret::parse(secret.trim()).ok()).collect::<Vec<_>>()
    };
    let good = Some(named("reply_secret")).filter(|good| !good.is_empty());
    let good = good.unwrap_or_else(|| named("secret"));
    match good.is_empty() {
        false => Ok(good),
        true => {
            let hint = "An admin sets `reply_secret`: whsec_ and 24 to 64 bytes in base64.";
            let why = "the inbox has no secret to sign replies with";
            Err(Refusal::of(("not_set_up", hint, Scope::Account), why))
        }
    }
}

fn of_file(file: &FileToSend, by_link: bool) -> Result<Value, Refusal> {
    let FileToSend { name, media_type, bytes, link, description: _ } = file;
    let mut value = json!({ "name": name, "media_type": media_type, "size": bytes.len() });
    let (member, content) = match (by_link, link) {
        (false, _) => ("base64", STANDARD.encode(bytes)),
        (true, Some(link)) => ("url", link.clone()),
        (true, None) => {
            let hint = "Set `reply_files` to base64, or send the file another way.";
            let why = format!("the file {name} has no address that the receiver could read");
            return Err(Refusal::of(("needs_public_link", hint, Scope::Message), why));
        }
    };
    if let Some(fields) = value.as_object_mut() {
        fields.insert(member.to_owned(), content.into());
    }
    Ok(value)
}
