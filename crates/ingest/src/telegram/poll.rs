//! Asking Telegram for the updates of a bot (`getUpdates`). It keeps us waiting until there are some, and
//! forgets those before the offset that is named: so an offset is named only after the updates before it
//! were recorded.

use serde::Deserialize;
use serde_json::{Value, json};
use throughline_core::time::Instant;

use super::hook::delivery_name;
use crate::hooks::Account;
use crate::poll::{Answer, Found, News, Place, Poll, Question, Trouble};
use crate::slices;

/// For how long Telegram waits for updates, in seconds. It takes no more than 50.
const WAIT: u32 = 50;
/// The most updates of an answer; Telegram gives no more.
const MOST: usize = 100;
/// The kinds of updates that are wanted. Signs on messages are left out by Telegram unless they are named.
const KINDS: [&str; 18] = [
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "message_reaction",
    "callback_query",
    "my_chat_member",
    "chat_join_request",
    "shipping_query",
    "pre_checkout_query",
    "purchased_paid_media",
    "poll",
    "poll_answer",
    "chat_boost",
];

/// How updates are asked for.
pub(super) struct TelegramPoll;

/// What an answer says of itself.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Said {
    ok: bool,
    error_code: Option<u16>,
    description: Option<String>,
    parameters: Option<Parameters>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Parameters {
    retry_after: Option<u32>,
}

impl Poll for TelegramPoll {
    fn is_wanted(&self, account: &Account) -> bool {
        match account.text("arrival") {
            Some(arrival) => arrival == "poll",
            None => account.secrets("webhook_secret").is_empty() && token(account).is_some(),
        }
    }

    fn every_seconds(&self, _: &Account) -> u32 {
        0
    }

    fn ask(&self, account: &Account, place: &Place, _: Instant) -> Result<Question, Trouble> {
        let token =
            token(account).ok_or_else(|| broken("the inbox has no `bot_token`; enter it"))?;
        // It stands in the address as it is, and must be no more than a part of that.
        if !token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":_-".contains(&byte)) {
            return Err(broken("`bot_token` is no token; enter the one that BotFather shows"));
        }
        let mut asked = json!({ "timeout": WAIT, "limit": MOST, "allowed_updates": KINDS });
        if let (Some(offset), Some(asked)) = (offset(account, place), asked.as_object_mut()) {
            asked.insert("offset".to_owned(), offset.into());
        }
        Ok(Question {
            method: "POST",
            url: format!("https://api.telegram.org/bot{token}/getUpdates"),
            headers: vec![("content-type", "application/json".to_owned())],
            body: Some(asked.to_string().into_bytes()),
            wait_seconds: WAIT,
        })
    }

    fn read(&self, account: &Account, place: &Place, answer: &Answer<'_>) -> Result<News, Trouble> {
        let said: Said = serde_json::from_slice(answer.body).unwrap_or_default();
        if answer.status != 200 || !said.ok {
            return Err(trouble(answer, said));
        }
        let unclear = || later("Telegram's answer holds no list of updates", None);
        let updates = slices::elements(answer.body, "result").ok_or_else(unclear)?;
        let mut last = None;
        let found: Vec<Found> = updates
            .into_iter()
            .map(|bytes| {
                let update: Value = serde_json::from_slice(bytes).unwrap_or_default();
                last = last.max(update.get("update_id").and_then(Value::as_i64));
                Found { name: delivery_name(&update), bytes: bytes.to_vec() }
            })
            .collect();
        let more = found.len() >= MOST;
        let next = match (last, found.is_empty()) {
            (Some(last), _) => Some(last.saturating_add(1)),
            // After a week of silence Telegram counts from another number, which may be lower. What was
            // before the offset is forgotten by now, so there is no need to name it again.
            (None, true) => None,
            (None, false) => offset(account, place),
        };
        let cursor = json!({ "bot": account.text("bot_id"), "offset": next });
        Ok(News { found, place: Place { cursor, session: Value::Null }, more })
    }
}

fn token(account: &Account) -> Option<&str> {
    let good = |token: &&str| !token.is_empty();
    account.secrets("bot_token").iter().map(|token| token.trim()).find(good)
}

/// Where to go on. An offset of another bot would make Telegram forget updates that nobody has read.
fn offset(account: &Account, place: &Place) -> Option<i64> {
    let of = place.cursor.get("bot").and_then(Value::as_str);
    let same = of.is_some() && of == account.text("bot_id");
    place.cursor.get("offset").and_then(Value::as_i64).filter(|_| same)
}

fn trouble(answer: &Answer<'_>, said: Said) -> Trouble {
    let code = said.error_code.unwrap_or(answer.status);
    let words = said.description.unwrap_or_default();
    let words: String = words.chars().take(300).collect();
    match code {
        401 | 404 => {
            broken("Telegram does not know the bot's token; enter the one that BotFather shows")
        }
        403 => broken(&format!("Telegram refuses: {words}")),
        409 if words.to_lowercase().contains("webhook") => broken(
            "a webhook is set for this bot, so Telegram gives its updates to nobody who asks: call \
             deleteWebhook, or set `arrival` to hook",
        ),
        409 => later(
            "another program asks for the updates of this bot, and Telegram gives them to one only: stop \
             that program, or give this inbox a bot of its own",
            None,
        ),
        429 => {
            let named = said.parameters.unwrap_or_default().retry_after;
            let after = named.or_else(|| answer.header("retry-after")?.parse().ok());
            later("Telegram asks to wait: it was asked too often", after)
        }
        _ if words.is_empty() => later(&format!("Telegram answered with status {code}"), None),
        _ => later(&format!("Telegram answered with status {code}: {words}"), None),
    }
}

fn broken(why: &str) -> Trouble {
    Trouble::Broken { why: why.to_owned() }
}

fn later(why: &str, after_seconds: Option<u32>) -> Trouble {
    Trouble::Later { why: why.to_owned(), after_seconds }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::Map;

    use super::*;

    fn account(settings: Value, secrets: &[(&str, &str)]) -> Account {
        let settings: Map<String, Value> = settings.as_object().unwrap().clone();
        let secrets: BTreeMap<String, Vec<String>> =
            secrets.iter().map(|(k, v)| ((*k).to_owned(), vec![(*v).to_owned()])).collect();
        Account { settings, secrets }
    }

    fn bot() -> Account {
        account(json!({ "bot_id": "7" }), &[("bot_token", "7:AA")])
    }

    fn read(account: &Account, place: &Place, status: u16, body: &str) -> Result<News, Trouble> {
        let (headers, at) = (&[][..], Instant::from_micros(0));
        TelegramPoll.read(account, place, &Answer { status, headers, body: body.as_bytes(), at })
    }

    fn asked(place: &Place) -> Value {
        let question = TelegramPoll.ask(&bot(), place, Instant::from_micros(0)).unwrap();
        serde_json::from_slice(&question.body.unwrap()).unwrap()
    }

    #[test]
    fn a_bot_is_asked_if_that_is_set_or_it_has_no_hook() {
        let wanted = |settings, secrets: &[(&str, &str)]| {
            TelegramPoll.is_wanted(&account(settings, secrets))
        };
        let (token, secret) = (("bot_token", "7:AA"), ("webhook_secret", "s"));
        assert!(wanted(json!({}), &[token]) && !wanted(json!({}), &[]));
        assert!(!wanted(json!({}), &[token, secret]));
        assert!(wanted(json!({ "arrival": "poll" }), &[token, secret]));
        assert!(!wanted(json!({ "arrival": "hook" }), &[token]));
    }

    #[test]
    fn an_offset_is_named_after_what_was_found_and_once_only() {
        let place = Place::default();
        let first = asked(&place);
        assert_eq!((&first["timeout"], first.get("offset")), (&json!(50), None));
        assert!(first["allowed_updates"].as_array().unwrap().contains(&json!("message_reaction")));
        let body =
            "{\"ok\":true,\"result\":[{\"update_id\":9,\n\"message\":{}},{\"update_id\":10}]}";
        let news = read(&bot(), &place, 200, body).unwrap();
        assert_eq!(news.found[0].bytes, b"{\"update_id\":9,\n\"message\":{}}");
        let names: Vec<_> = news.found.iter().filter_map(|found| found.name.as_deref()).collect();
        assert_eq!((names, news.more), (vec!["9", "10"], false));
        assert_eq!(asked(&news.place)["offset"], 11);
        let none = read(&bot(), &news.place, 200, "{\"ok\":true,\"result\":[]}").unwrap();
        assert_eq!((none.found.len(), asked(&none.place).get("offset")), (0, None));
        let other = Place { cursor: json!({ "bot": "8", "offset": 99 }), session: Value::Null };
        assert_eq!(asked(&other).get("offset"), None, "it is another bot's");
    }

    #[test]
    fn a_full_answer_says_that_there_is_more() {
        let updates: Vec<Value> = (0..MOST).map(|n| json!({ "update_id": n })).collect();
        let body = json!({ "ok": true, "result": updates }).to_string();
        assert!(read(&bot(), &Place::default(), 200, &body).unwrap().more);
    }

    #[test]
    fn trouble_is_told_in_plain_words() {
        let told = |status, body: Value| {
            read(&bot(), &Place::default(), status, &body.to_string()).unwrap_err()
        };
        let conflict = |words: &str| told(409, json!({ "ok": false, "description": words }));
        let hook = conflict("Conflict: can't use getUpdates method while webhook is active");
        assert!(matches!(&hook, Trouble::Broken { why } if why.contains("deleteWebhook")));
        let other = conflict("Conflict: terminated by other getUpdates request");
        assert!(matches!(&other, Trouble::Later { why, .. } if why.contains("another program")));
        let refused = told(401, json!({ "ok": false, "error_code": 401 }));
        assert!(matches!(&refused, Trouble::Broken { why } if why.contains("token")));
        let wait = told(429, json!({ "ok": false, "parameters": { "retry_after": 7 } }));
        assert!(matches!(wait, Trouble::Later { after_seconds: Some(7), .. }));
        let odd = read(&bot(), &Place::default(), 200, "{\"ok\":true,\"result\":7}");
        assert!(matches!(odd, Err(Trouble::Later { .. })));
        let page = read(&bot(), &Place::default(), 502, "<html>").unwrap_err();
        assert!(matches!(page, Trouble::Later { why, .. } if why.contains("502")));
        let no = TelegramPoll.ask(&Account::default(), &Place::default(), Instant::from_micros(0));
        assert!(matches!(no, Err(Trouble::Broken { why }) if why.contains("bot_token")));
        let odd = account(json!({}), &[("bot_token", "7:AA/../8:BB")]);
        let odd = TelegramPoll.ask(&odd, &Place::default(), Instant::from_micros(0));
        assert!(matches!(odd, Err(Trouble::Broken { why }) if !why.contains("AA")));
    }
}
