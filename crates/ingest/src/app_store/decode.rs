//! Reviews of the App Store to what happened. An answer stands beside the review, under `included`.

use serde_json::{Value, json};
use throughline_core::inbound::{ChannelEvent, InboundEvent};
use throughline_core::time::Instant;

use crate::fields::Fields;
use crate::lenient::text;
use crate::reviews::{Answered, Review, state};
use crate::{Decode, Undecodable};

/// What reviews are called here.
const KIND: &str = "review.app_store";

/// Reads the reviews of one app.
pub(super) struct AppStore {
    /// The id of the app.
    pub(super) app: String,
}

impl Decode for AppStore {
    fn decode(&self, bytes: &[u8]) -> Result<Vec<InboundEvent>, Undecodable> {
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|why| Undecodable(format!("it is no JSON: {why}")))?;
        let no_reviews = || Undecodable("it has no `data`: there are no reviews in it".to_owned());
        let mut all = Fields::read(value).map_err(|_| no_reviews())?;
        if !all.has("data") {
            return Err(no_reviews());
        }
        // One review may stand there without a list.
        let alone = all.object("data");
        let reviews = all.objects("data").into_iter().chain(alone);
        let mut answers: Vec<Option<Fields>> =
            all.objects("included").into_iter().map(Some).collect();
        let mut events = Vec::new();
        for review in reviews {
            let (event, id, answer) = self.review(review);
            events.push(event);
            let is_its = |known: &&mut Option<Fields>| {
                let known =
                    known.as_ref().and_then(|known| known.peek("id")).and_then(Value::as_str);
                answer.is_some() && known == answer.as_deref()
            };
            let answer = answers.iter_mut().find(is_its).and_then(Option::take);
            events.extend(answer.map(|answer| answered(answer, id)));
        }
        Ok(events.into_iter().map(|event| InboundEvent::Channel(Box::new(event))).collect())
    }
}

/// What makes a state of a review.
pub(super) fn state_of(review: &Value) -> String {
    let part = |name| review.get("attributes").and_then(|all| all.get(name)).cloned();
    state(&json!([part("rating"), part("title"), part("body"), part("createdDate")]))
}

impl AppStore {
    /// A review, its id, and the id of the answer to it.
    fn review(&self, mut review: Fields) -> (ChannelEvent, String, Option<String>) {
        let whole = Value::Object(review.clone().into_rest());
        let state = state_of(&whole);
        let id = review.id("id").unwrap_or_else(|| state.clone());
        let answer = text(&whole, &["relationships", "response", "data", "id"]).map(str::to_owned);
        review.leave(&["type", "relationships", "links"]);
        let mut said = review.object("attributes").unwrap_or_default();
        let territory = said.text("territory");
        let at: Option<Instant> = said.text("createdDate").and_then(|at| at.parse().ok());
        let told = Review {
            event_type: KIND,
            scope: format!("app_store:{}", self.app),
            id: id.clone(),
            state,
            stars: said.whole("rating"),
            title: said.text("title").unwrap_or_default(),
            text: said.text("body").unwrap_or_default(),
            author: said.text("reviewerNickname"),
            language: None,
            at,
            fields: vec![("Country", territory.clone())],
            data: object(json!({ "app": self.app, "review": id, "territory": territory })),
            extra: Default::default(),
        };
        review.put_rest("attributes", said);
        let event = Review { extra: review.into_rest(), ..told }.event();
        (event, id, answer)
    }
}

fn answered(mut answer: Fields, review: String) -> ChannelEvent {
    let id = answer.id("id").unwrap_or_default();
    answer.leave(&["type", "relationships", "links"]);
    let mut said = answer.object("attributes").unwrap_or_default();
    let modified = said.text("lastModifiedDate");
    let told = Answered {
        event_type: KIND,
        review,
        text: said.text("responseBody").unwrap_or_default(),
        id,
        state: state(&json!(modified)),
        at: modified.and_then(|at| at.parse().ok()),
        extra: Default::default(),
    };
    answer.put_rest("attributes", said);
    Answered { extra: answer.into_rest(), ..told }.event()
}

fn object(value: Value) -> serde_json::Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Default::default(),
    }
}
