//! Trying out an app of Slack: whose tokens they are, and whether Socket Mode is on.

use serde_json::Value;

use super::{Check, Found, Tried, named, no};
use crate::chat::request::{Answer, Request, word};
use crate::chat::{Endpoints, Refusal};

/// What is asked.
pub(super) const CHECKS: &[Check] = &[
    Check { step: "token", request: auth, judge: judge_auth },
    Check { step: "arrival", request: socket, judge: judge_socket },
];

fn auth(tried: &Tried<'_>, endpoints: &Endpoints) -> Result<Option<Request>, Refusal> {
    let token = tried.account.secret("bot_token")?;
    let url = format!("{}/auth.test", endpoints.slack);
    Ok(Some(Request::form("auth.test", url, &[]).bearer(token)))
}

/// Asks for the address of a connection, and makes none.
fn socket(tried: &Tried<'_>, endpoints: &Endpoints) -> Result<Option<Request>, Refusal> {
    if !tried.is_asked {
        return Ok(None);
    }
    let token = tried.account.secret("app_token")?;
    let url = format!("{}/apps.connections.open", endpoints.slack);
    Ok(Some(Request::form("apps.connections.open", url, &[]).bearer(token)))
}

fn good(answer: &Answer, token: &str) -> Result<Value, String> {
    let said = answer.json();
    if answer.is_success() && said.pointer("/ok") == Some(&Value::Bool(true)) {
        return Ok(said);
    }
    let error = word(&said, "/error");
    Err(match error.as_deref() {
        Some(
            "invalid_auth" | "not_authed" | "token_revoked" | "token_expired" | "account_inactive",
        ) => {
            format!("Slack does not take `{token}`: enter the one that the page of your app shows")
        }
        Some("not_allowed_token_type") => {
            format!("`{token}` is a token of another kind than is needed there")
        }
        Some("missing_scope") => {
            let needed = named(&said, "/needed");
            format!("`{token}` lacks the scope {needed}: add it, and install the app anew")
        }
        _ => no("Slack", answer, error, token),
    })
}

fn judge_auth(tried: &Tried<'_>, answer: &Answer) -> Found {
    let said = good(answer, "bot_token")?;
    let (team, id) = (named(&said, "/team"), named(&said, "/team_id"));
    let (user, user_id) = (named(&said, "/user"), named(&said, "/user_id"));
    if let Some(wanted) = tried.account.text("team_id").filter(|wanted| *wanted != id) {
        return Err(format!(
            "the token is of the workspace {team} ({id}), and `team_id` is {wanted}"
        ));
    }
    if let Some(wanted) = tried.account.text("bot_user_id").filter(|wanted| *wanted != user_id) {
        return Err(format!(
            "the token is that of {user} ({user_id}), and `bot_user_id` is {wanted}"
        ));
    }
    Ok(format!("the token is that of {user} ({user_id}) in the workspace {team} ({id})"))
}

fn judge_socket(_: &Tried<'_>, answer: &Answer) -> Found {
    good(answer, "app_token")?;
    Ok("Socket Mode is on".to_owned())
}
