//! Trying out a set-up: questions to a platform that change nothing there, and what its answers say in
//! plain words. Each platform has a list of checks; [`Chats::check`] makes them one after the other.
//!
//! Test messages are replies like any other; here is only where one goes.

mod matrix;
mod meta;
mod slack;
mod telegram;
mod twilio;
mod woocommerce;

use super::client::{Chats, Lost};
use super::request::{Answer, Request, word};
use super::{Account, Endpoints, Refusal};
use crate::http;

/// What a set-up is tried out with.
#[derive(Debug, Clone, Copy)]
pub struct Tried<'a> {
    /// The kind of channel, as it stands in the registry.
    pub kind: &'a str,
    /// The set-up of the inbox.
    pub account: &'a Account,
    /// The path of the inbox's hook.
    pub hook: &'a str,
    /// Whether the platform is asked for what is new, and not told to use the hook.
    pub is_asked: bool,
}

/// One step of a test and how it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// A stable name, such as `settings`, `token`, `hook`.
    pub step: &'static str,
    /// Whether it went well.
    pub ok: bool,
    /// What was found, or what is wrong and what helps.
    pub words: String,
}

/// What was found, or what is wrong.
type Found = Result<String, String>;

/// A question to a platform.
struct Check {
    step: &'static str,
    /// The question; `None` when there is nothing to ask with this set-up.
    request: fn(&Tried<'_>, &Endpoints) -> Result<Option<Request>, Refusal>,
    judge: fn(&Tried<'_>, &Answer) -> Found,
}

fn checks(kind: &str) -> &'static [Check] {
    match kind {
        "telegram" => telegram::CHECKS,
        "slack" => slack::CHECKS,
        "whatsapp" => meta::CHECKS,
        "twilio" => twilio::CHECKS,
        "matrix" => matrix::CHECKS,
        "woocommerce" => woocommerce::CHECKS,
        _ => &[],
    }
}

impl Chats {
    /// Tries out a set-up, to the first step that fails.
    pub async fn check(&self, tried: &Tried<'_>) -> Vec<Step> {
        let mut steps = vec![step("settings", settings(tried))];
        for check in checks(tried.kind) {
            if steps.last().is_some_and(|last| !last.ok) {
                break;
            }
            let request = match (check.request)(tried, self.endpoints()) {
                Ok(None) => continue,
                Ok(Some(request)) => Ok(request),
                Err(refusal) => Err(format!("{}. {}", refusal.why, refusal.hint)),
            };
            let found = match request {
                Ok(request) => self.found(tried, check, request).await,
                Err(why) => Err(why),
            };
            steps.push(step(check.step, found));
        }
        for step in &mut steps {
            step.words = tried.account.hide(&step.words);
        }
        steps
    }

    async fn found(&self, tried: &Tried<'_>, check: &Check, request: Request) -> Found {
        http::usable(&request.url, self.options().allow_private)?;
        match self.exchange(request).await {
            Ok(answer) => (check.judge)(tried, &answer),
            Err(Lost::KeptIn(why) | Lost::Unsent(why) | Lost::Unanswered(why)) => {
                Err(format!("the platform could not be reached: {why}"))
            }
        }
    }
}

fn step(step: &'static str, found: Found) -> Step {
    let (ok, words) = match found {
        Ok(words) => (true, words),
        Err(words) => (false, words),
    };
    Step { step, ok, words }
}

/// What can be said of the set-up without asking anybody.
fn settings(tried: &Tried<'_>) -> Found {
    let held = |name: &str| tried.account.secrets(name).iter().any(|one| !one.trim().is_empty());
    let needed: &[&str] = match tried.kind {
        "telegram" => &["bot_token"],
        "slack" => &["bot_token"],
        "whatsapp" => &["access_token", "app_secret", "verify_token"],
        "twilio" => &["auth_token"],
        "matrix" => &["hs_token", "as_token"],
        "webhook" | "shopify" | "woocommerce" | "typeform" => &["secret"],
        _ => &[],
    };
    if let Some(missing) = needed.iter().find(|name| !held(name)) {
        return Err(format!("`{missing}` is missing: an admin enters it in the set-up"));
    }
    match tried.kind {
        "webhook" => Ok(webhook(tried)),
        "shopify" => {
            Ok(sends(tried, "Settings > Notifications > Webhooks > Send test notification"))
        }
        "typeform" => Ok(sends(tried, "Connect > Webhooks > View deliveries > Send test request")),
        "telegram" if !tried.is_asked && !held("webhook_secret") => {
            Err("neither is there a `webhook_secret`, nor is `arrival` poll: nothing can arrive"
                .into())
        }
        "slack" if !tried.is_asked && !held("signing_secret") => {
            Err("neither is there a `signing_secret`, nor is `arrival` socket: nothing can arrive"
                .into())
        }
        "telegram" | "slack" | "whatsapp" | "twilio" | "matrix" | "woocommerce" => {
            Ok("all that is needed is there".to_owned())
        }
        _ => Ok("this kind has no test of its own; how it fares is told by its health".to_owned()),
    }
}

/// A program of anybody's has nothing that could be asked.
fn webhook(tried: &Tried<'_>) -> String {
    let replies = match tried.account.text("reply_url") {
        None => "No address for replies is set, so nobody can reply by this inbox.",
        Some(_) => "To try replies, send a test message: it goes to `reply_url`.",
    };
    format!(
        "There is nothing to ask here. Send a signed request to {} and see whether it is answered with \
         200. {replies}",
        tried.hook
    )
}

/// Of a platform that only sends we have nothing with which it could be asked.
fn sends(tried: &Tried<'_>, place: &str) -> String {
    format!(
        "There is nothing to ask here: have a test sent to {} ({place}), and see whether it comes",
        tried.hook
    )
}

/// The conversation that a test message to this recipient belongs to. `to` may be the key of a
/// conversation as well, as it stands in the events of the platform.
///
/// # Errors
/// When there is no such recipient on the platform.
pub fn conversation(kind: &str, account: &Account, to: &str) -> Result<String, Refusal> {
    let own = |name: &str| {
        let own = account.needed(name)?;
        let has = to.strip_prefix(own).is_some_and(|rest| rest.starts_with(':'));
        Ok(if has { to.to_owned() } else { format!("{own}:{to}") })
    };
    match kind {
        "telegram" => own("bot_id"),
        "whatsapp" => own("phone_number_id"),
        // Both sides of a conversation are written alike.
        "twilio" if account.needed("number")?.starts_with("whatsapp:") && to.starts_with('+') => {
            Ok(format!("{}:whatsapp:{to}", account.needed("number")?))
        }
        "twilio" => own("number"),
        "slack" if to.contains(':') => Ok(to.to_owned()),
        // Without a thread it becomes a message of its own in the channel.
        "slack" => Ok(format!("{}:{to}:", account.text("team_id").unwrap_or("team"))),
        _ => Ok(to.to_owned()),
    }
}

/// What is said of an answer that is no good one.
fn no(platform: &str, answer: &Answer, words: Option<String>, token: &str) -> String {
    let words = words.map(|words| format!(" ({words})")).unwrap_or_default();
    match answer.status {
        401 | 403 => {
            format!("{platform} does not take `{token}`{words}: enter the one that is good now")
        }
        429 => format!("{platform} asks to wait{words}: try again in a minute"),
        500.. => format!("{platform} has trouble of its own{words}: try again later"),
        status => format!("{platform} answered with status {status}{words}"),
    }
}

/// A word of an answer, or a sign for its lack.
fn named(said: &serde_json::Value, path: &str) -> String {
    word(said, path).unwrap_or_else(|| "?".to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn account(settings: serde_json::Value) -> Account {
        Account { settings: settings.as_object().unwrap().clone(), ..Account::default() }
    }

    #[test]
    fn a_recipient_becomes_the_conversation_that_replies_go_into() {
        for (kind, settings, to, expected) in [
            ("telegram", json!({ "bot_id": "7" }), "-100", "7:-100"),
            ("telegram", json!({ "bot_id": "7" }), "7:-100:5", "7:-100:5"),
            ("whatsapp", json!({ "phone_number_id": "5" }), "4930", "5:4930"),
            ("twilio", json!({ "number": "+1415" }), "+4930", "+1415:+4930"),
            ("twilio", json!({ "number": "whatsapp:+1" }), "+49", "whatsapp:+1:whatsapp:+49"),
            (
                "twilio",
                json!({ "number": "whatsapp:+1" }),
                "whatsapp:+1:whatsapp:+49",
                "whatsapp:+1:whatsapp:+49",
            ),
            ("slack", json!({ "team_id": "T1" }), "C1", "T1:C1:"),
            ("slack", json!({}), "T1:C1:1.2", "T1:C1:1.2"),
            ("webhook", json!({}), "c-7", "c-7"),
        ] {
            assert_eq!(conversation(kind, &account(settings), to).unwrap(), expected);
        }
        assert_eq!(
            conversation("twilio", &account(json!({})), "+49").unwrap_err().code,
            "not_set_up"
        );
    }

    #[test]
    fn what_is_missing_is_told_before_anybody_is_asked() {
        let empty = Account::default();
        for (kind, missing) in [
            ("telegram", "bot_token"),
            ("slack", "bot_token"),
            ("whatsapp", "access_token"),
            ("twilio", "auth_token"),
            ("webhook", "secret"),
            ("matrix", "hs_token"),
            ("shopify", "secret"),
            ("woocommerce", "secret"),
        ] {
            let tried = Tried { kind, account: &empty, hook: "/hooks/x", is_asked: false };
            assert!(settings(&tried).unwrap_err().contains(missing), "{kind}");
        }
    }
}
