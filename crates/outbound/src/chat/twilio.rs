//! Twilio: SMS and WhatsApp by its Messages API. A conversation is `ours:theirs`, two numbers, which for
//! WhatsApp have `whatsapp:` before them; an object is Twilio's own id of a message, as the decoder names
//! both.
//!
//! Twilio fetches files by itself, so a file goes only where anybody who knows its address can read it.
//! It knows no key by which a repeat would be seen.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use throughline_core::length::{Length, LengthUnit};
use throughline_core::outgoing::TemplateValue;

use super::outcome::{
    BLOCKED, FILE, Known, LENGTH, NO_RIGHTS, NOT_THERE, OTHER, Reading, Refusal, Scope, TEMPLATE,
    TOKEN, WINDOW,
};
use super::request::{Answer, Request, segment, word};
use super::{Account, Around, Outgoing, Platform, Step, check_files};

/// The most that one message may hold. An SMS of this length goes in several segments.
const LENGTH_OF_ONE: Length = Length { most: 1600, unit: LengthUnit::Utf16 };

/// Twilio.
#[derive(Debug)]
pub(super) struct Twilio;

impl Platform for Twilio {
    fn steps(&self, account: &Account, outgoing: &Outgoing) -> Result<Vec<Step>, Refusal> {
        account.needed("account_sid")?;
        account.secret("auth_token")?;
        let (_, theirs) = sides(account, outgoing)?;
        if outgoing.template.is_some() {
            return match theirs.starts_with("whatsapp:") {
                true => Ok(vec![Step::Template]),
                false => Err(Refusal::no_templates()),
            };
        }
        check_files("twilio", outgoing)?;
        if let Some(bare) = outgoing.files.iter().find(|file| file.link.is_none()) {
            return Err(no_link(&bare.name));
        }
        let texts = LENGTH_OF_ONE.split(outgoing.text.trim_end()).into_iter();
        let texts = texts.map(|text| Step::Text(text.to_owned()));
        Ok(texts.chain((0..outgoing.files.len()).map(Step::File)).collect())
    }

    fn request(&self, step: &Step, around: &Around<'_>) -> Result<Request, Refusal> {
        let Around { account, endpoints, outgoing, .. } = *around;
        let (sid, token) = (account.needed("account_sid")?, account.secret("auth_token")?);
        let (ours, theirs) = sides(account, outgoing)?;
        let mut fields = vec![("From", ours), ("To", theirs)];
        let variables;
        match (step, &outgoing.template) {
            (Step::Text(text), _) => fields.push(("Body", text)),
            (Step::File(number), _) => {
                let link = outgoing.files.get(*number).and_then(|file| file.link.as_deref());
                fields.push(("MediaUrl", link.ok_or_else(|| no_link(""))?));
            }
            (Step::Template, Some(template)) => {
                variables = named(&template.values);
                fields.push(("ContentSid", &template.name));
                // Twilio refuses variables that say nothing.
                fields.extend(
                    (!template.values.is_empty())
                        .then_some(("ContentVariables", variables.as_str())),
                );
            }
            _ => return Err(Refusal::of(OTHER, "this is no step of Twilio's")),
        }
        fields.extend(outgoing.status_url.as_deref().map(|url| ("StatusCallback", url)));
        let url = format!("{}/Accounts/{}/Messages.json", endpoints.twilio, segment(sid));
        Ok(signed_in(Request::form("Messages", url, &fields), sid, token))
    }

    fn read(&self, _: &Step, answer: &Answer, now: i64) -> Reading {
        if answer.is_success() {
            let sid = word(&answer.json(), "/sid");
            return sid.map_or_else(|| Reading::unreadable(answer), |s| Reading::Taken(vec![s]));
        }
        failed(answer, now)
    }
}

/// A request with the account's credentials.
pub(super) fn signed_in(request: Request, sid: &str, token: &str) -> Request {
    let login = STANDARD.encode(format!("{sid}:{token}"));
    request.with("authorization", format!("Basic {login}"))
}

/// By Twilio's code, where the answer has one.
pub(super) fn failed(answer: &Answer, now: i64) -> Reading {
    let said = answer.json();
    let code = said.get("code").and_then(Value::as_i64).unwrap_or_default();
    let words = word(&said, "/message").unwrap_or_default();
    let words = if code == 0 { words } else { format!("{code}: {words}") };
    if matches!(code, 14107 | 20429 | 21611 | 30001 | 63018) {
        return Reading::later(answer.retry_after(now), words);
    }
    Reading::of_status(answer, now, &words)
        .unwrap_or_else(|| Reading::refused(known(code, answer.status), words))
}

/// Our address and theirs. Each may have a colon in it, behind the name of the platform.
fn sides<'a>(account: &Account, outgoing: &'a Outgoing) -> Result<(&'a str, &'a str), Refusal> {
    let key = &outgoing.conversation;
    let number = account.needed("number")?;
    let theirs = key.strip_prefix(number).and_then(|rest| rest.strip_prefix(':'));
    let own = theirs.and_then(|theirs| Some((key.get(..number.len())?, theirs)));
    // The inbox may have had another number when the conversation began.
    let sides = own.or_else(|| match key.starts_with('+') {
        true => key.split_once(':'),
        false => {
            let (at, _) = key.match_indices(':').nth(1)?;
            Some((key.get(..at)?, key.get(at + 1..)?))
        }
    });
    let sides = sides.filter(|(ours, theirs)| !ours.is_empty() && !theirs.is_empty());
    sides.ok_or_else(|| Refusal::no_conversation(key, "number:number"))
}

/// What stands in the places of a template, by their names.
fn named(values: &[TemplateValue]) -> String {
    let named = values.iter().map(|one| (one.name.clone(), one.value.as_str().into()));
    Value::Object(named.collect::<Map<String, Value>>()).to_string()
}

fn no_link(name: &str) -> Refusal {
    let hint = "Twilio fetches files by itself, and this server has no public address for them: \
                send the file by mail, or put it where the customer can fetch it and send the link.";
    let known = ("needs_public_link", hint, Scope::Message);
    Refusal::of(known, format!("the file {name} has no public address"))
}

fn known(code: i64, status: u16) -> Known {
    match code {
        20003 | 20404 => TOKEN,
        20005 | 30002 | 21606 | 21603 | 21212 | 21659..=21661 | 63007 | 63020 | 63051 => (
            "account_refused",
            "Twilio does not let this number send: an admin checks number and account in the \
             Twilio console.",
            Scope::Account,
        ),
        21608 | 21408 => (
            "not_allowed",
            "The Twilio account may not send to this number yet: an admin upgrades the trial, or \
             allows the country in the console.",
            Scope::Recipient,
        ),
        21610 => (
            "blocked",
            "The customer answered STOP and gets nothing more until they send START.",
            Scope::Recipient,
        ),
        63016 => WINDOW,
        63003 | 63024 | 21211 | 21217 | 21265 | 21614 | 21635 | 30003..=30006 => NOT_THERE,
        63014 => BLOCKED,
        21617 => LENGTH,
        21620 | 21623 | 12300 | 30019 | 63019 | 63021 => FILE,
        21655..=21656 | 63027..=63030 => TEMPLATE,
        _ if status == 401 => TOKEN,
        _ if status == 403 => NO_RIGHTS,
        _ => OTHER,
    }
}
