//! Trying out a service of a homeserver of Matrix: whose token it is.

use super::{Check, Found, Tried, named, no};
use crate::chat::request::{Answer, Reach, Request, segment, word};
use crate::chat::{Endpoints, Refusal};

/// What is asked.
pub(super) const CHECKS: &[Check] = &[Check { step: "token", request: who, judge }];

/// In whose name the token speaks, when it speaks for our user.
fn who(tried: &Tried<'_>, _: &Endpoints) -> Result<Option<Request>, Refusal> {
    let server = tried.account.needed("server")?.trim().trim_end_matches('/');
    let (user, token) = (tried.account.needed("user")?, tried.account.secret("as_token")?);
    let url = format!("{server}/_matrix/client/v3/account/whoami?user_id={}", segment(user));
    let request = Request::get("whoami", url).bearer(token);
    Ok(Some(Request { reach: Reach::Entered, ..request }))
}

fn judge(tried: &Tried<'_>, answer: &Answer) -> Found {
    let said = answer.json();
    let wanted = tried.account.text("user").unwrap_or_default();
    if !answer.is_success() {
        let code = word(&said, "/errcode");
        return Err(match code.as_deref() {
            Some("M_EXCLUSIVE" | "M_FORBIDDEN") => format!(
                "the homeserver does not let `as_token` speak for {wanted}: compare `user` with the \
                 registration"
            ),
            Some("M_UNKNOWN_TOKEN" | "M_MISSING_TOKEN") => {
                "the homeserver does not know `as_token`: compare it with the registration, and start \
                 the homeserver anew after a change"
                    .to_owned()
            }
            _ => no("the homeserver", answer, word(&said, "/error").or(code), "as_token"),
        });
    }
    let user = named(&said, "/user_id");
    if user != wanted {
        return Err(format!("the token is that of {user}, and `user` is {wanted}"));
    }
    Ok(format!(
        "the token is that of {user}. Whether the homeserver sends to {} is told by a message to it",
        tried.hook
    ))
}
