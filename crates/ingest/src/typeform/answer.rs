//! One answer of a survey: its question, what it says, and whether the customer wrote it himself.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use throughline_core::rating::Rating;

use super::metric::Metrics;
use crate::fields::Fields;
use crate::lenient::scalar;

/// The questions of a survey, by their ids.
pub(super) type Questions = BTreeMap<String, Fields>;

/// An answer.
pub(super) struct Answer {
    /// The question, as people read it; its reference where it is not told.
    pub question: String,
    /// Its reference, or its id.
    pub name: String,
    /// Its type, such as `long_text`.
    pub kind: String,
    /// What it says.
    pub value: String,
    /// What it rates.
    pub rating: Option<Rating>,
    /// Whether it is the customer's own words.
    pub is_text: bool,
    /// What is left of it.
    pub rest: Fields,
}

impl Answer {
    /// Reads one.
    pub fn read(mut answer: Fields, questions: &Questions, metrics: &Metrics) -> Self {
        let mut field = answer.object("field").unwrap_or_default();
        let id = field.id("id").unwrap_or_default();
        let none = Fields::default();
        let question = questions.get(&id).unwrap_or(&none);
        let reference = field.text("ref").unwrap_or_else(|| id.clone());
        let kind = field.text("type").unwrap_or_default();
        answer.put_rest("field", field);
        let said = answer.text("type").unwrap_or_default();
        let number = answer.peek("number").and_then(whole);
        let value = value(&mut answer, &said);
        let scale = metrics.scale_of(&id, &reference, &kind, question);
        let title = question.peek_text("title").map(plain).filter(|title| !title.is_empty());
        Self {
            question: title.unwrap_or_else(|| reference.clone()),
            rating: scale.zip(number).and_then(|(scale, number)| scale.rating(number)),
            is_text: said == "text" && matches!(kind.as_str(), "long_text" | "short_text" | ""),
            name: reference,
            kind,
            value,
            rest: answer,
        }
    }

    /// For programs.
    pub fn data(&self) -> Value {
        let Self { question, name, kind, value, rating, .. } = self;
        json!({ "question": question, "ref": name, "type": kind, "value": value, "rating": rating })
    }
}

/// A number without a fraction, also where it is written with one that is nought.
fn whole(value: &Value) -> Option<i64> {
    let float = || value.as_f64().filter(|f| f.fract() == 0.0 && f.abs() < 1e9).map(|f| f as i64);
    value.as_i64().or_else(float)
}

/// What an answer says, in words.
fn value(answer: &mut Fields, said: &str) -> String {
    if let Some(mut choice) = answer.object("choice") {
        let label = choice.text("label").or_else(|| choice.text("other"));
        answer.put_rest("choice", choice);
        return label.unwrap_or_default();
    }
    if let Some(mut choices) = answer.object("choices") {
        let mut labels: Vec<String> =
            choices.list("labels").unwrap_or_default().iter().filter_map(scalar).collect();
        labels.extend(choices.text("other"));
        answer.put_rest("choices", choices);
        return labels.join(", ");
    }
    if let Some(mut payment) = answer.object("payment") {
        let amount = payment.id("amount").unwrap_or_default();
        answer.put_rest("payment", payment);
        return amount;
    }
    if let Some(yes) = answer.peek("boolean").and_then(Value::as_bool) {
        answer.leave(&["boolean"]);
        return if yes { "yes" } else { "no" }.to_owned();
    }
    let found = answer.peek(said).and_then(scalar);
    if found.is_some() {
        answer.leave(&[said]);
    }
    found.unwrap_or_default()
}

/// A title without the places in it that Typeform fills in, such as `{{field:…}}`.
fn plain(title: &str) -> String {
    let mut text = String::new();
    let mut rest = title;
    while let Some((before, behind)) = rest.split_once("{{") {
        text.push_str(before);
        match behind.split_once("}}") {
            Some((_, after)) => {
                text.push('…');
                rest = after;
            }
            None => rest = behind,
        }
    }
    text.push_str(rest);
    text.trim().to_owned()
}
