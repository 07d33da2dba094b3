//! Answers to reviews in the App Store, by the App Store Connect API. A conversation is `review:` and the
//! review's id; an object is `answer:` and the answer's id, as the decoder names both.
//!
//! A review has one answer: another one takes its place, so that a repeat does no harm. The token is signed
//! by whoever has the key, and comes as the secret `signed`.

use serde_json::{Value, json};

use super::outcome::{Known, LENGTH, NO_RIGHTS, OTHER, REVIEW_GONE, Reading, Refusal, TOKEN};
use super::request::{Answer, Request, word};
use super::reviews::{checked, review_of};
use super::{Account, Around, Outgoing, Platform, Step};

/// The App Store.
#[derive(Debug)]
pub(super) struct AppStore;

impl Platform for AppStore {
    fn steps(&self, account: &Account, outgoing: &Outgoing) -> Result<Vec<Step>, Refusal> {
        account.secret("signed")?;
        let review = review_of(outgoing)?;
        checked("app_store", outgoing)?;
        Ok(vec![Step::Answer(review.to_owned())])
    }

    fn request(&self, step: &Step, around: &Around<'_>) -> Result<Request, Refusal> {
        let Step::Answer(review) = step else {
            return Err(Refusal::of(OTHER, "this is no step of the App Store's"));
        };
        let token = around.account.secret("signed")?;
        let body = json!({ "data": {
            "type": "customerReviewResponses",
            "attributes": { "responseBody": around.outgoing.text.trim() },
            "relationships": {
                "review": { "data": { "type": "customerReviews", "id": review } }
            },
        } });
        let url = format!("{}/v1/customerReviewResponses", around.endpoints.app_store);
        Ok(Request::json("customerReviewResponses", url, &body).bearer(token))
    }

    fn read(&self, _: &Step, answer: &Answer, now: i64) -> Reading {
        let said = answer.json();
        let words = word(&said, "/errors/0/detail").or_else(|| word(&said, "/errors/0/title"));
        let words = words.unwrap_or_default();
        if let Some(reading) = Reading::of_status(answer, now, &words) {
            return reading;
        }
        if answer.is_success() {
            let id = word(&said, "/data/id");
            let taken = id.map(|id| Reading::Taken(vec![format!("answer:{id}")]));
            return taken.unwrap_or_else(|| Reading::unreadable(answer));
        }
        match words.is_empty() {
            true => Reading::unreadable(answer),
            false => Reading::refused(known(answer.status, &said), words),
        }
    }

    fn knows_repeats(&self) -> bool {
        true
    }
}

fn known(status: u16, said: &Value) -> Known {
    let code = word(said, "/errors/0/code").unwrap_or_default();
    match status {
        401 => TOKEN,
        403 => NO_RIGHTS,
        404 => REVIEW_GONE,
        409 | 422 if code.contains("TOO_LONG") => LENGTH,
        409 if code.contains("RELATIONSHIP") => REVIEW_GONE,
        _ => OTHER,
    }
}
