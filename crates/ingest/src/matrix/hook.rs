//! The hook of an application service: a homeserver puts transactions of events there, and asks whether we
//! are there. It names itself by a token in the header; older ones put it into the address.

use serde_json::{Value, json};

use crate::hooks::{Account, Hook, HookAnswer, HookRequest, Recording, Refused, Taking, signature};

/// Where transactions are put, each under a name of its own.
const TRANSACTIONS: [&str; 2] = ["_matrix/app/v1/transactions/", "transactions/"];
/// Where a homeserver asks whether we are there.
const PING: &str = "_matrix/app/v1/ping";

/// The hook of Matrix.
pub(super) struct MatrixHook;

impl Hook for MatrixHook {
    fn verify(&self, request: &HookRequest<'_>, account: &Account) -> Result<(), Refused> {
        let header = request.header("authorization").and_then(|given| given.split_once(' '));
        let bearer = header.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let given = bearer.map(|(_, token)| token).or_else(|| request.query("access_token"));
        let given = given.unwrap_or_default();
        let good = signature::is_secret(given, account.secrets("hs_token"));
        // An empty secret is none: else a request without a token would be good.
        if good && !given.is_empty() { Ok(()) } else { Err(Refused::Unsigned) }
    }

    fn receive(&self, request: &HookRequest<'_>, _: &Account) -> Result<Taking, Refused> {
        let name = TRANSACTIONS.iter().find_map(|before| request.tail.strip_prefix(before));
        match (request.method, name) {
            ("PUT", Some(name)) if !name.is_empty() && !name.contains('/') => {
                let body: Value =
                    serde_json::from_slice(request.body).map_err(|_| Refused::Misshapen)?;
                body.get("events").and_then(Value::as_array).ok_or(Refused::Misshapen)?;
                let answer = HookAnswer::json(&json!({}));
                let recording = Recording::of_body(request, Some(name));
                Ok(Taking::Recorded(Recording { answer, ..recording }))
            }
            ("POST", None) if request.tail == PING => {
                Ok(Taking::Answered(HookAnswer::json(&json!({}))))
            }
            // It asks for users and rooms that it does not know: we make none.
            ("GET", None) if request.tail.starts_with("_matrix/app/") => {
                Ok(Taking::Answered(error(404, "M_NOT_FOUND", "there is no such user or room")))
            }
            _ => Err(Refused::Misshapen),
        }
    }

    fn refusal(&self, why: Refused) -> Option<HookAnswer> {
        (why != Refused::Misshapen).then(|| error(403, "M_FORBIDDEN", "this token is not known"))
    }
}

fn error(status: u16, code: &str, words: &str) -> HookAnswer {
    HookAnswer { status, ..HookAnswer::json(&json!({ "errcode": code, "error": words })) }
}
