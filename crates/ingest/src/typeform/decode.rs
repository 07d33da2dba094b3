//! What Typeform's bodies say: a survey that somebody answered. Its token names it, however often it comes;
//! what came before it was finished is the same response in an earlier state.
//!
//! Hidden fields stand in the address by which the survey was opened, so whoever opens it can write what he
//! likes into them: they hint at a customer and prove nothing.

use serde_json::{Map, Value, json};
use throughline_core::identity::{IdentityKind, Proof};
use throughline_core::inbound::{
    ChannelEvent, Content, Conversation, Event, Happened, InboundEvent, Person,
};
use throughline_core::rating::{Metric, Rating};
use throughline_core::timeline::{Direction, PushedField};

use super::answer::{Answer, Questions};
use super::metric::Metrics;
use crate::fields::{Fields, hint};
use crate::lenient::{MOST_EXTRA, bounded, scalar};
use crate::shop::field;
use crate::{Decode, Undecodable};

/// The names of hidden fields that name a ticket of ours, and the others that are read.
const TICKET: &[&str] = &["ticket", "ticket_id", "ticket_number"];
const EMAIL: &[&str] = &["email", "e-mail", "mail"];
const NAME: &[&str] = &["name", "customer_name"];
const LANGUAGE: &[&str] = &["language", "lang", "locale"];
/// In which order ratings lead, where a survey has several.
const ORDER: [Metric; 4] = [Metric::Nps, Metric::Csat, Metric::Ces, Metric::Stars];

/// The decoder of one inbox.
pub(super) struct Typeform {
    /// What its questions measure.
    pub metrics: Metrics,
}

impl Decode for Typeform {
    fn decode(&self, bytes: &[u8]) -> Result<Vec<InboundEvent>, Undecodable> {
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|error| Undecodable(format!("it is no JSON: {error}")))?;
        let name = crate::fields::name_of(&value);
        let fields = Fields::read(value);
        let mut fields = fields.map_err(|_| Undecodable("it is no JSON object".to_owned()))?;
        let event = match fields.object("form_response") {
            Some(response) => self.response(fields, response, &name),
            None => unknown(fields, &name),
        };
        Ok(vec![InboundEvent::Channel(Box::new(event))])
    }
}

impl Typeform {
    fn response(&self, mut fields: Fields, mut response: Fields, name: &str) -> ChannelEvent {
        let kind = fields.text("event_type").unwrap_or_else(|| "form_response".to_owned());
        let token = response.id("token").unwrap_or_else(|| format!("unnamed:{name}"));
        let object = format!("response:{token}");
        // A response that is not finished comes again under the same token.
        let key = match kind.as_str() {
            "form_response" => object.clone(),
            _ => format!("{object}:{name}"),
        };
        let at = response.instant("submitted_at");
        let at = at.or_else(|| response.instant("landed_at"));
        let answers = self.answers(&mut response);
        let mut hidden = response.object("hidden").unwrap_or_default();
        let (who, ticket) = (person(&mut hidden, &answers), first(&mut hidden, TICKET));
        let what = responded(object, &mut response, &answers, &hidden, ticket.as_deref());
        let rests = answers.into_iter().map(|answer| Value::Object(answer.rest.into_rest()));
        response.put("answers", Value::Array(rests.collect()));
        fields.put_rest("form_response", response);
        ChannelEvent {
            key,
            provider_kind: kind,
            occurred_at: at,
            direction: Direction::Inbound,
            who,
            conversation: ticket.as_deref().and_then(Conversation::of_ticket),
            what: Happened::Event(Box::new(what)),
            extra: kept(fields),
        }
    }

    fn answers(&self, response: &mut Fields) -> Vec<Answer> {
        let definition = response.object("definition").unwrap_or_default();
        let questions = questions(&definition);
        response.put_rest("definition", definition);
        let answers = response.objects("answers").into_iter();
        answers.map(|answer| Answer::read(answer, &questions, &self.metrics)).collect()
    }
}

fn responded(
    object: String,
    response: &mut Fields,
    answers: &[Answer],
    hidden: &Fields,
    ticket: Option<&str>,
) -> Event {
    let mut calculated = response.object("calculated").unwrap_or_default();
    let score = calculated.id("score");
    response.put_rest("calculated", calculated);
    let mut definition = response.object("definition").unwrap_or_default();
    let title = definition.text("title").unwrap_or_else(|| "Survey".to_owned());
    response.put_rest("definition", definition);
    Event {
        object,
        event_type: "survey.responded".to_owned(),
        title,
        text: words(answers),
        fields: shown(answers, score.as_deref()),
        facts: Vec::new(),
        rating: leading(answers),
        data: data(response, answers, hidden, ticket, score),
    }
}

fn questions(definition: &Fields) -> Questions {
    let all = definition.peek("fields").and_then(Value::as_array);
    let read = |question: &Value| {
        let question = Fields::read(question.clone()).ok()?;
        Some((question.peek_text("id")?.to_owned(), question))
    };
    all.into_iter().flatten().filter_map(read).collect()
}

/// Takes the first of some hidden fields that says something.
fn first(hidden: &mut Fields, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| hidden.id(name))
}

/// Who answered, as far as he or the address of the survey says.
fn person(hidden: &mut Fields, answers: &[Answer]) -> Person {
    let asked = answers.iter().find(|answer| answer.kind == "email");
    let email = first(hidden, EMAIL).or_else(|| asked.map(|answer| answer.value.clone()));
    let email = email.and_then(|email| hint(IdentityKind::Email, "", &email, Proof::None));
    Person {
        name: first(hidden, NAME),
        language: first(hidden, LANGUAGE),
        hints: email.into_iter().collect(),
        ..Person::default()
    }
}

/// What he wrote himself, and nothing else: each text with a line between.
fn words(answers: &[Answer]) -> String {
    let texts: Vec<&str> = answers
        .iter()
        .filter(|answer| answer.is_text)
        .map(|answer| answer.value.as_str())
        .collect();
    texts.join("\n\n")
}

fn shown(answers: &[Answer], score: Option<&str>) -> Vec<PushedField> {
    let of = |rating: Rating| format!("{} of {}", rating.value, rating.most);
    let line = |answer: &Answer| {
        let value = answer.rating.map_or_else(|| answer.value.clone(), of);
        field(&answer.question, value)
    };
    let all = answers.iter().filter(|answer| !answer.is_text && !answer.value.is_empty()).map(line);
    all.chain(score.map(|score| field("Score", score))).collect()
}

fn leading(answers: &[Answer]) -> Option<Rating> {
    let ratings: Vec<Rating> = answers.iter().filter_map(|answer| answer.rating).collect();
    ORDER.iter().find_map(|metric| ratings.iter().find(|rating| rating.metric == *metric).copied())
}

fn data(
    response: &mut Fields,
    answers: &[Answer],
    hidden: &Fields,
    ticket: Option<&str>,
    score: Option<String>,
) -> Map<String, Value> {
    let hidden: Map<String, Value> = hidden
        .names()
        .filter_map(|name| Some((name.to_owned(), scalar(hidden.peek(name)?)?.into())))
        .collect();
    let data = json!({
        "form": response.id("form_id"),
        "ticket": ticket,
        "score": score,
        "hidden": hidden,
        "answers": answers.iter().map(Answer::data).collect::<Vec<_>>(),
    });
    data.as_object().cloned().unwrap_or_default()
}

fn unknown(fields: Fields, name: &str) -> ChannelEvent {
    ChannelEvent {
        key: format!("unknown:{name}"),
        provider_kind: fields.peek_text("event_type").unwrap_or("unknown").to_owned(),
        occurred_at: None,
        direction: Direction::Inbound,
        who: Person::default(),
        conversation: None,
        what: Happened::Unknown { object: None, content: Content::default() },
        extra: kept(fields),
    }
}

/// What is left, within bounds.
fn kept(left: Fields) -> Map<String, Value> {
    let kept = bounded(&Value::Object(left.into_rest()), &mut MOST_EXTRA.clone());
    kept.and_then(|kept| kept.as_object().cloned()).unwrap_or_default()
}
