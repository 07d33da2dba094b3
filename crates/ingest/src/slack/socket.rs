//! Socket Mode of Slack: what a hook would bring comes over a connection that we open, so that no address
//! of ours has to be public. Each envelope holds what the body of a hook would hold, and is kept in the
//! same form; it comes again until it is confirmed.

use serde_json::{Value, json};
use throughline_core::time::Instant;

use super::hook::{is_of_team, kept};
use crate::hooks::Account;
use crate::lenient::text;
use crate::listen::{Heard, Listen};
use crate::poll::{Answer, Found, News, Place, Poll, Question, Trouble};

/// How the address of a connection is asked for, and what comes by it.
pub(super) struct SlackSocket;

impl Poll for SlackSocket {
    fn is_wanted(&self, account: &Account) -> bool {
        match account.text("arrival") {
            Some(arrival) => arrival == "socket",
            None => account.secrets("signing_secret").is_empty() && token(account).is_some(),
        }
    }

    fn every_seconds(&self, _: &Account) -> u32 {
        0
    }

    fn ask(&self, account: &Account, _: &Place, _: Instant) -> Result<Question, Trouble> {
        let missing = "the inbox has no `app_token`, which begins with xapp-; enter it";
        let token = token(account).ok_or_else(|| broken(missing))?;
        Ok(Question {
            method: "POST",
            url: "https://slack.com/api/apps.connections.open".to_owned(),
            headers: vec![
                ("authorization", format!("Bearer {token}")),
                ("content-type", "application/x-www-form-urlencoded".to_owned()),
            ],
            body: Some(Vec::new()),
            wait_seconds: 0,
        })
    }

    fn read(&self, _: &Account, place: &Place, answer: &Answer<'_>) -> Result<News, Trouble> {
        let said: Value = serde_json::from_slice(answer.body).unwrap_or_default();
        let url = text(&said, &["url"]).filter(|_| said.get("ok") == Some(&Value::Bool(true)));
        let Some(url) = url.filter(|_| answer.status == 200) else {
            return Err(trouble(answer, text(&said, &["error"]).unwrap_or_default()));
        };
        let place = Place { cursor: place.cursor.clone(), session: json!({ "url": url }) };
        Ok(News { found: Vec::new(), place, more: true })
    }

    fn listen(&self) -> Option<&'static dyn Listen> {
        Some(&SlackSocket)
    }
}

impl Listen for SlackSocket {
    fn address(&self, place: &Place) -> Option<String> {
        text(&place.session, &["url"]).map(str::to_owned)
    }

    fn hear(&self, account: &Account, words: &str) -> Heard {
        let Ok(mut said) = serde_json::from_str::<Value>(words) else { return Heard::Nothing };
        if text(&said, &["type"]) == Some("disconnect") {
            return match text(&said, &["reason"]) {
                Some("link_disabled") => Heard::Trouble(broken(
                    "Socket Mode was turned off on the page of the Slack app: turn it on, or set \
                     `arrival` to hook",
                )),
                _ => Heard::Again,
            };
        }
        let Some(envelope) = text(&said, &["envelope_id"]).map(str::to_owned) else {
            return Heard::Nothing;
        };
        let confirm = json!({ "envelope_id": envelope }).to_string();
        let is_command = text(&said, &["type"]) == Some("slash_commands");
        let payload = said.get_mut("payload").map(Value::take).unwrap_or_default();
        if !payload.is_object() || !is_of_team(&payload, account.text("team_id")) {
            return Heard::Confirm(confirm);
        }
        let (name, bytes) = kept(as_by_hook(payload, is_command));
        Heard::Told { found: Found { name, bytes }, confirm }
    }
}

/// A command comes without a type, as it does in the form that a hook gets.
fn as_by_hook(mut payload: Value, is_command: bool) -> Value {
    if let Some(fields) = payload.as_object_mut().filter(|_| is_command) {
        fields.insert("type".to_owned(), "slash_command".into());
    }
    payload
}

fn token(account: &Account) -> Option<&str> {
    let good = |token: &&str| !token.is_empty();
    account.secrets("app_token").iter().map(|token| token.trim()).find(good)
}

fn trouble(answer: &Answer<'_>, error: &str) -> Trouble {
    let after_seconds = answer.header("retry-after").and_then(|wait| wait.parse().ok());
    match error {
        "invalid_auth" | "not_authed" | "token_revoked" | "token_expired" | "account_inactive" => {
            broken("Slack does not take `app_token`: enter an app-level token of your app")
        }
        "not_allowed_token_type" => {
            broken("`app_token` is a token of another kind: it has to be an app-level one (xapp-)")
        }
        "missing_scope" | "no_permission" => {
            broken("`app_token` lacks the scope connections:write: make an app-level token with it")
        }
        "forbidden_team" => broken("Slack does not let this workspace use Socket Mode"),
        "" => Trouble::Later {
            why: format!("Slack answered with status {}", answer.status),
            after_seconds,
        },
        error => {
            let error: String = error.chars().take(100).collect();
            Trouble::Later { why: format!("Slack answered {error}"), after_seconds }
        }
    }
}

fn broken(why: &str) -> Trouble {
    Trouble::Broken { why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::Map;

    use super::*;
    use crate::hooks::{Hook, HookRequest, Taking};
    use crate::slack::hook::SlackHook;

    fn account(settings: Value, secrets: &[&str]) -> Account {
        let settings: Map<String, Value> = settings.as_object().unwrap().clone();
        let secrets: BTreeMap<String, Vec<String>> =
            secrets.iter().map(|name| ((*name).to_owned(), vec!["xapp-1".to_owned()])).collect();
        Account { settings, secrets }
    }

    fn hear(settings: Value, words: &Value) -> Heard {
        SlackSocket.hear(&account(settings, &[]), &words.to_string())
    }

    /// What the hook keeps of a body.
    fn by_hook(body: &str) -> Found {
        let request = HookRequest {
            method: "POST",
            url: "",
            tail: "",
            query: &[],
            headers: &[],
            body: body.as_bytes(),
            at: Instant::from_micros(0),
        };
        match SlackHook.receive(&request, &Account::default()).unwrap() {
            Taking::Recorded(kept) => Found { name: kept.name, bytes: kept.bytes },
            Taking::Answered(_) => panic!("it is to be kept"),
        }
    }

    fn told(words: Value) -> (Found, String) {
        match hear(json!({}), &words) {
            Heard::Told { found, confirm } => (found, confirm),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_comes_is_kept_as_a_hook_would_keep_it() {
        let event = json!({ "token": "t", "type": "event_callback", "event_id": "Ev1", "team_id": "T1",
            "event": { "type": "message", "text": "hi", "ts": "1.2", "channel": "C1" } });
        let envelope = json!({ "type": "events_api", "envelope_id": "e1", "payload": event,
            "accepts_response_payload": false, "retry_attempt": 1, "retry_reason": "timeout" });
        let (found, confirm) = told(envelope);
        assert_eq!(
            (found, confirm.as_str()),
            (by_hook(&event.to_string()), "{\"envelope_id\":\"e1\"}")
        );
        let action =
            json!({ "type": "block_actions", "trigger_id": "1.2.x", "team": { "id": "T1" } });
        let (found, _) =
            told(json!({ "type": "interactive", "envelope_id": "e2", "payload": action }));
        assert_eq!(
            found,
            by_hook(
                "payload=%7B%22type%22%3A%22block_actions%22%2C%22trigger_id%22%3A%221.2.x%22%2C%22team%22%3A%7B%22id%22%3A%22T1%22%7D%7D"
            )
        );
        let command = json!({ "command": "/order", "text": "4417", "trigger_id": "7.8.y" });
        let (found, _) =
            told(json!({ "type": "slash_commands", "envelope_id": "e3", "payload": command }));
        assert_eq!(found, by_hook("command=%2Forder&text=4417&trigger_id=7.8.y"));
    }

    #[test]
    fn what_says_nothing_is_not_kept() {
        assert_eq!(
            hear(json!({}), &json!({ "type": "hello", "num_connections": 1 })),
            Heard::Nothing
        );
        let again = json!({ "type": "disconnect", "reason": "refresh_requested" });
        assert_eq!(hear(json!({}), &again), Heard::Again);
        let off = hear(json!({}), &json!({ "type": "disconnect", "reason": "link_disabled" }));
        assert!(matches!(off, Heard::Trouble(Trouble::Broken { .. })));
        let other =
            json!({ "envelope_id": "e", "type": "events_api", "payload": { "team_id": "T2" } });
        assert!(matches!(hear(json!({ "team_id": "T1" }), &other), Heard::Confirm(_)));
        assert_eq!(SlackSocket.hear(&Account::default(), "no JSON"), Heard::Nothing);
    }

    #[test]
    fn the_address_is_asked_for_and_stays_out_of_what_is_stored() {
        let read = |status, body: Value| {
            let (headers, at) = (&[][..], Instant::from_micros(0));
            let body = body.to_string();
            let answer = Answer { status, headers, body: body.as_bytes(), at };
            SlackSocket.read(&Account::default(), &Place::default(), &answer)
        };
        let news = read(200, json!({ "ok": true, "url": "wss://a.example/?ticket=1" })).unwrap();
        assert_eq!(news.place.cursor, Value::Null);
        assert_eq!(SlackSocket.address(&news.place).unwrap(), "wss://a.example/?ticket=1");
        let refused = read(200, json!({ "ok": false, "error": "invalid_auth" })).unwrap_err();
        assert!(matches!(refused, Trouble::Broken { why } if why.contains("app_token")));
        let odd = read(200, json!({ "ok": false, "error": "internal_error" })).unwrap_err();
        assert!(matches!(odd, Trouble::Later { why, .. } if why.contains("internal_error")));
        let down = read(503, Value::Null).unwrap_err();
        assert!(matches!(down, Trouble::Later { why, .. } if why.contains("503")));
    }

    #[test]
    fn it_is_wanted_if_that_is_set_or_there_is_no_hook() {
        let wanted =
            |settings, secrets: &[&str]| SlackSocket.is_wanted(&account(settings, secrets));
        assert!(wanted(json!({}), &["app_token"]) && !wanted(json!({}), &[]));
        assert!(!wanted(json!({}), &["app_token", "signing_secret"]));
        assert!(wanted(json!({ "arrival": "socket" }), &["app_token", "signing_secret"]));
        assert!(!wanted(json!({ "arrival": "hook" }), &["app_token"]));
        let bare = SlackSocket.ask(&Account::default(), &Place::default(), Instant::from_micros(0));
        assert!(matches!(bare, Err(Trouble::Broken { why }) if why.contains("app_token")));
    }
}
