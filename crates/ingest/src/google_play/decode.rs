//! Reviews of Google Play to what happened. A review holds the words of the customer and the answer to
//! them, both in their latest state.

use serde_json::{Map, Value, json};
use throughline_core::inbound::{ChannelEvent, InboundEvent};
use throughline_core::time::Instant;

use crate::fields::Fields;
use crate::reviews::{Answered, Review, state};
use crate::{Decode, Undecodable};

/// What reviews are called here.
const KIND: &str = "review.google_play";

/// Reads the reviews of one app.
pub(super) struct GooglePlay {
    /// The name of the app.
    pub(super) package: String,
}

impl Decode for GooglePlay {
    fn decode(&self, bytes: &[u8]) -> Result<Vec<InboundEvent>, Undecodable> {
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|why| Undecodable(format!("it is no JSON: {why}")))?;
        let no_reviews = || Undecodable("it has no `reviews`: there are none in it".to_owned());
        let mut all = Fields::read(value).map_err(|_| no_reviews())?;
        let reviews = match all.has("reviews") {
            true => all.objects("reviews"),
            false if all.has("reviewId") => vec![all],
            false => return Err(no_reviews()),
        };
        let events = reviews.into_iter().flat_map(|review| self.review(review));
        Ok(events.map(|event| InboundEvent::Channel(Box::new(event))).collect())
    }
}

impl GooglePlay {
    fn review(&self, mut review: Fields) -> Vec<ChannelEvent> {
        let id = review.id("reviewId").unwrap_or_else(|| review.name());
        let author = review.text("authorName");
        let (mut told, mut others) = (Vec::new(), Vec::new());
        for mut comment in review.objects("comments") {
            if let Some(said) = comment.object("userComment") {
                told.push(self.said(said, &id, author.clone()));
            } else if let Some(answer) = comment.object("developerComment") {
                told.push(answered(answer, &id));
            } else {
                others.push(Value::Object(comment.into_rest()));
            }
        }
        if !others.is_empty() {
            review.put("comments", others);
        }
        if told.is_empty() {
            told.push(self.said(Fields::default(), &id, author));
        }
        if let (Some(first), false) = (told.first_mut(), review.is_empty()) {
            first.extra.insert("review".to_owned(), Value::Object(review.into_rest()));
        }
        told
    }

    fn said(&self, mut said: Fields, id: &str, author: Option<String>) -> ChannelEvent {
        let stars = said.whole("starRating");
        let whole = said.text("text").unwrap_or_default();
        let (title, text) = match whole.split_once('\t') {
            Some((title, text)) => (title.trim().to_owned(), text.trim().to_owned()),
            None => (String::new(), whole.trim().to_owned()),
        };
        let (at, changed) = time(&mut said);
        let language = said.text("reviewerLanguage").map(|language| language.replace('_', "-"));
        let version = said.text("appVersionName");
        let code = said.whole("appVersionCode");
        let device = said.text("device");
        let product = said.object("deviceMetadata");
        let product = product.map(|device| Value::Object(device.into_rest()));
        let named =
            product.as_ref().and_then(|device| device.get("productName")).and_then(Value::as_str);
        let android = said.whole("androidOsVersion").map(|version| version.to_string());
        said.leave(&["thumbsUpCount", "thumbsDownCount"]);
        let shown = named.map(str::to_owned).or_else(|| device.clone());
        let data = json!({ "app": self.package, "review": id, "version": version, "version_code": code,
            "device": device, "device_metadata": product, "android_api": android });
        Review {
            event_type: KIND,
            scope: format!("google_play:{}", self.package),
            id: id.to_owned(),
            state: state(&json!([stars, whole, changed])),
            stars,
            title,
            text,
            author,
            language,
            at,
            fields: vec![
                ("Version", version.clone()),
                ("Device", shown),
                ("Android API", android.clone()),
            ],
            data: object(data),
            extra: said.into_rest(),
        }
        .event()
    }
}

fn answered(mut answer: Fields, review: &str) -> ChannelEvent {
    let text = answer.text("text").unwrap_or_default();
    let (at, changed) = time(&mut answer);
    Answered {
        event_type: KIND,
        review: review.to_owned(),
        id: review.to_owned(),
        state: state(&json!([text, changed])),
        text,
        at,
        extra: answer.into_rest(),
    }
    .event()
}

/// Takes when something was written or changed, with its nanoseconds, and as it is written.
fn time(fields: &mut Fields) -> (Option<Instant>, Option<String>) {
    let Some(mut time) = fields.object("lastModified") else { return (None, None) };
    let at = time.seconds("seconds");
    let nanos = time.whole("nanos").unwrap_or_default().clamp(0, 999_999_999);
    fields.put_rest("lastModified", time);
    let at = at.map(|at| at.plus_micros(nanos / 1000));
    (at, at.map(|at| format!("{at}:{nanos}")))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
