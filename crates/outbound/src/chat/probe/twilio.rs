//! Trying out an account of Twilio: whether it is one, and active.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Check, Found, Tried, named, no};
use crate::chat::request::{Answer, Request, segment, word};
use crate::chat::{Endpoints, Refusal};

/// What is asked.
pub(super) const CHECKS: &[Check] = &[Check { step: "account", request: account, judge }];

fn account(tried: &Tried<'_>, endpoints: &Endpoints) -> Result<Option<Request>, Refusal> {
    let (sid, token) = (tried.account.needed("account_sid")?, tried.account.secret("auth_token")?);
    let url = format!("{}/Accounts/{}.json", endpoints.twilio, segment(sid));
    let login = STANDARD.encode(format!("{sid}:{token}"));
    Ok(Some(Request::get("Accounts", url).with("authorization", format!("Basic {login}"))))
}

fn judge(tried: &Tried<'_>, answer: &Answer) -> Found {
    let said = answer.json();
    if !answer.is_success() {
        return Err(no("Twilio", answer, word(&said, "/message"), "auth_token"));
    }
    let (name, status) = (named(&said, "/friendly_name"), named(&said, "/status"));
    if status != "active" {
        return Err(format!(
            "the account {name} is {status}: nothing arrives and nothing goes out"
        ));
    }
    Ok(format!(
        "the account is {name}, and active. Whether its number sends to {} is told by a message to it",
        tried.hook
    ))
}
