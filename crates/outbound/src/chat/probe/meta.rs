//! Trying out a number of WhatsApp: whether the token may see it.

use super::{Check, Found, Tried, named, no};
use crate::chat::request::{Answer, Request, segment, word};
use crate::chat::{Endpoints, Refusal};

/// What is asked.
pub(super) const CHECKS: &[Check] = &[Check { step: "number", request: number, judge }];

fn number(tried: &Tried<'_>, endpoints: &Endpoints) -> Result<Option<Request>, Refusal> {
    let (id, token) =
        (tried.account.needed("phone_number_id")?, tried.account.secret("access_token")?);
    let fields = "display_phone_number,verified_name,quality_rating";
    let url = format!("{}/{}?fields={fields}", endpoints.whatsapp, segment(id));
    Ok(Some(Request::get("phone_number", url).bearer(token)))
}

fn judge(tried: &Tried<'_>, answer: &Answer) -> Found {
    let said = answer.json();
    if answer.is_success() {
        let (number, name) =
            (named(&said, "/display_phone_number"), named(&said, "/verified_name"));
        let quality = named(&said, "/quality_rating").to_lowercase();
        return Ok(format!(
            "the number is {number} ({name}), its quality {quality}. Whether Meta sends to {} is told \
             by a message to that number",
            tried.hook
        ));
    }
    let words = word(&said, "/error/message");
    Err(match word(&said, "/error/code").as_deref() {
        Some("190") => "Meta does not take `access_token` any more: enter a new one".to_owned(),
        Some("100") => {
            "Meta knows no number with this `phone_number_id`, or the token may not see it: \
                        compare it with the app dashboard"
                .to_owned()
        }
        _ => no("Meta", answer, words, "access_token"),
    })
}
