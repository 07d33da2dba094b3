//! Answers to reviews in Google Play, by reviews.reply. A conversation is `review:` and the review's id; an
//! object is `answer:` and that id too, as the decoder names both.
//!
//! A review has one answer: another one takes its place, so that a repeat does no harm. What proves who we
//! are is signed by whoever has the key and comes as the secret `signed`; for it Google gives a token, which
//! is kept nowhere.

use serde_json::Value;
use serde_json::json;

use super::outcome::{Known, LENGTH, NO_RIGHTS, OTHER, REVIEW_GONE, Reading, Refusal, TOKEN};
use super::request::{Answer, Request, segment, word};
use super::reviews::{checked, review_of};
use super::{Account, Around, Outgoing, Platform, Step};

/// How a signed claim is exchanged for a token (RFC 7523).
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Google Play.
#[derive(Debug)]
pub(super) struct GooglePlay;

impl Platform for GooglePlay {
    fn steps(&self, account: &Account, outgoing: &Outgoing) -> Result<Vec<Step>, Refusal> {
        account.secret("signed")?;
        account.needed("package_name")?;
        let review = review_of(outgoing)?;
        checked("google_play", outgoing)?;
        Ok(vec![Step::Ask(0), Step::Answer(review.to_owned())])
    }

    fn request(&self, step: &Step, around: &Around<'_>) -> Result<Request, Refusal> {
        let Around { account, endpoints, outgoing, .. } = *around;
        match step {
            Step::Ask(_) => {
                let fields = [("grant_type", GRANT), ("assertion", account.secret("signed")?)];
                Ok(Request::form("token", endpoints.google_tokens.clone(), &fields))
            }
            Step::Answer(review) => {
                let lost = || Refusal::of(OTHER, "no token was given");
                let token = around.upload_url.ok_or_else(lost)?;
                let (base, app) = (&endpoints.google_play, account.needed("package_name")?.trim());
                let (app, review) = (segment(app), segment(review));
                let url = format!("{base}/applications/{app}/reviews/{review}:reply");
                let body = json!({ "replyText": outgoing.text.trim() });
                Ok(Request::json("reviews.reply", url, &body).bearer(token))
            }
            _ => Err(Refusal::of(OTHER, "this is no step of Google Play's")),
        }
    }

    fn read(&self, step: &Step, answer: &Answer, now: i64) -> Reading {
        let said = answer.json();
        let words = word(&said, "/error/message")
            .or_else(|| word(&said, "/error_description"))
            .or_else(|| word(&said, "/error"))
            .unwrap_or_default();
        if let Some(reading) = Reading::of_status(answer, now, &words) {
            return reading;
        }
        if !answer.is_success() {
            return match words.is_empty() {
                true => Reading::unreadable(answer),
                false => Reading::refused(known(step, answer.status, &words), words),
            };
        }
        let reading = match step {
            Step::Answer(review) if said.get("result").is_some_and(Value::is_object) => {
                Some(Reading::Taken(vec![format!("answer:{review}")]))
            }
            Step::Ask(_) => word(&said, "/access_token")
                .map(|token| Reading::PutAt { url: token, id: String::new() }),
            _ => None,
        };
        reading.unwrap_or_else(|| Reading::unreadable(answer))
    }

    fn knows_repeats(&self) -> bool {
        true
    }
}

fn known(step: &Step, status: u16, words: &str) -> Known {
    let words = words.to_lowercase();
    match status {
        401 => TOKEN,
        // Of a token it says so when the key is not good.
        400 if matches!(step, Step::Ask(_)) => TOKEN,
        403 => NO_RIGHTS,
        404 => REVIEW_GONE,
        400 if ["long", "length", "character"].iter().any(|word| words.contains(word)) => LENGTH,
        _ => OTHER,
    }
}
