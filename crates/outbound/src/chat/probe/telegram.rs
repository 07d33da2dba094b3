//! Trying out a bot of Telegram: whose token it is, and where its updates go.

use serde_json::Value;

use super::{Check, Found, Tried, named, no};
use crate::chat::request::{Answer, Request, word};
use crate::chat::telegram::written;
use crate::chat::{Endpoints, Refusal};

/// What is asked.
pub(super) const CHECKS: &[Check] = &[
    Check { step: "token", request: me, judge: judge_me },
    Check { step: "arrival", request: hook, judge: judge_hook },
];

fn me(tried: &Tried<'_>, endpoints: &Endpoints) -> Result<Option<Request>, Refusal> {
    ask(tried, endpoints, "getMe")
}

fn hook(tried: &Tried<'_>, endpoints: &Endpoints) -> Result<Option<Request>, Refusal> {
    ask(tried, endpoints, "getWebhookInfo")
}

fn ask(
    tried: &Tried<'_>,
    endpoints: &Endpoints,
    method: &'static str,
) -> Result<Option<Request>, Refusal> {
    let token = tried.account.secret("bot_token")?;
    let url = format!("{}/bot{}/{method}", endpoints.telegram, written(token));
    Ok(Some(Request::get(method, url)))
}

fn good(answer: &Answer) -> Result<Value, String> {
    let said = answer.json();
    if answer.is_success() && said.pointer("/ok") == Some(&Value::Bool(true)) {
        return Ok(said);
    }
    let unknown = answer.status == 404;
    let words = word(&said, "/description");
    Err(match unknown {
        true => "Telegram does not know `bot_token`: enter the one that BotFather shows".to_owned(),
        false => no("Telegram", answer, words, "bot_token"),
    })
}

fn judge_me(tried: &Tried<'_>, answer: &Answer) -> Found {
    let said = good(answer)?;
    let (id, name) = (named(&said, "/result/id"), named(&said, "/result/username"));
    let wanted = tried.account.text("bot_id").unwrap_or_default();
    if id != wanted {
        return Err(format!(
            "the token is that of the bot {id} (@{name}), and `bot_id` is {wanted}"
        ));
    }
    let all = said.pointer("/result/can_read_all_group_messages") == Some(&Value::Bool(true));
    let groups = match all {
        true => "in groups it sees all messages",
        false => {
            "in groups it sees commands and answers to itself only, unless it is an admin there"
        }
    };
    Ok(format!("the token is that of @{name}; {groups}"))
}

fn judge_hook(tried: &Tried<'_>, answer: &Answer) -> Found {
    let said = good(answer)?;
    let url = word(&said, "/result/url").unwrap_or_default();
    let waiting = named(&said, "/result/pending_update_count");
    match (tried.is_asked, url.is_empty()) {
        (true, true) => {
            Ok(format!("no webhook is set, so updates can be asked for; {waiting} wait"))
        }
        (true, false) => Err(format!(
            "Telegram sends the updates of this bot to {url}, so they cannot be asked for: call \
             deleteWebhook, or set `arrival` to hook"
        )),
        (false, true) => Err(format!(
            "no webhook is set: call setWebhook with the address of {} and the secret",
            tried.hook
        )),
        (false, false) if !url.ends_with(tried.hook) => Err(format!(
            "Telegram sends the updates of this bot to {url}, which is not {} of this server",
            tried.hook
        )),
        (false, false) => match word(&said, "/result/last_error_message") {
            Some(last) => {
                Ok(format!("the webhook is set; {waiting} updates wait; the last error: {last}"))
            }
            None => Ok(format!("the webhook is set; {waiting} updates wait")),
        },
    }
}
