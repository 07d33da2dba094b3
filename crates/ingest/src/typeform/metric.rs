//! What a question measures, and on which scale. A hook does not always say the scale, so it is what an admin
//! says, else what the question says of itself, else what is usual; a number that is not on it is no rating.

use std::collections::BTreeMap;

use serde_json::Value;
use throughline_core::rating::{Metric, Rating};

use crate::Undecodable;
use crate::fields::Fields;

/// The most questions that an admin says something of.
const MOST: usize = 200;

/// A scale, and what it measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scale {
    metric: Metric,
    least: i32,
    most: i32,
}

impl Scale {
    fn usual(metric: Metric) -> Self {
        let (least, most) = match metric {
            Metric::Nps => (0, 10),
            Metric::Ces => (1, 7),
            Metric::Csat | Metric::Stars => (1, 5),
        };
        Self { metric, least, most }
    }

    /// What a number on it is; none where it is not on it.
    pub fn rating(self, value: i64) -> Option<Rating> {
        Rating::read(self.metric, i32::try_from(value).ok()?, self.least, self.most)
    }
}

/// What an admin says of questions, by their references or ids.
#[derive(Debug, Clone, Default)]
pub(super) struct Metrics(BTreeMap<String, Option<Scale>>);

impl Metrics {
    /// Reads what an admin says.
    pub fn read(given: Option<&Value>) -> Result<Self, Undecodable> {
        let Some(given) = given else { return Ok(Self::default()) };
        let wrong = |why: String| Undecodable(format!("the setting `metrics` is wrong: {why}"));
        let given = given.as_object().filter(|given| given.len() <= MOST);
        let given = given.ok_or_else(|| {
            wrong(format!(
                "it is an object of at most {MOST} questions, such as {{\"why\": \"nps\"}}"
            ))
        })?;
        let scale = |(name, value): (&String, &Value)| {
            let scale = read(value).ok_or_else(|| {
                let known = "nps, csat, ces, stars, none, or an object of metric, least and most";
                wrong(format!("{name} is none of {known}"))
            })?;
            Ok((name.clone(), scale))
        };
        given.iter().map(scale).collect::<Result<_, _>>().map(Self)
    }

    /// On which scale a question is answered; none where it rates nothing.
    pub fn scale_of(
        &self,
        id: &str,
        reference: &str,
        kind: &str,
        question: &Fields,
    ) -> Option<Scale> {
        if let Some(said) = self.0.get(reference).or_else(|| self.0.get(id)) {
            return *said;
        }
        let named = named(reference);
        let properties = question.peek("properties").unwrap_or(&Value::Null);
        let scale = match kind {
            "nps" => Scale::usual(Metric::Nps),
            "opinion_scale" => told(properties, 11, named),
            "rating" => told(properties, 5, named),
            _ => return None,
        };
        Some(scale)
    }
}

fn read(value: &Value) -> Option<Option<Scale>> {
    if let Some(name) = value.as_str() {
        return match name {
            "none" => Some(None),
            name => name.parse().ok().map(Scale::usual).map(Some),
        };
    }
    let number = |name: &str| value.get(name)?.as_i64().and_then(|n| i32::try_from(n).ok());
    let metric = value.get("metric")?.as_str()?.parse().ok()?;
    let (least, most) = (number("least")?, number("most")?);
    Rating::read(metric, least, least, most)?;
    Some(Some(Scale { metric, least, most }))
}

/// The metric that a reference names as one of its words.
fn named(reference: &str) -> Option<Metric> {
    let words = reference.split(|c: char| !c.is_ascii_alphanumeric());
    words.filter_map(|word| word.to_ascii_lowercase().parse().ok()).next()
}

/// The scale that a question says, or the usual one of its metric, or of its type.
fn told(properties: &Value, usual_steps: i32, named: Option<Metric>) -> Scale {
    let steps = properties.get("steps").and_then(Value::as_i64);
    let steps = steps.and_then(|steps| i32::try_from(steps).ok()).filter(|s| (2..=100).contains(s));
    let from_one = properties.get("start_at_one").and_then(Value::as_bool);
    let Some(steps) = steps else {
        return Scale::usual(named.unwrap_or(match usual_steps {
            11 => Metric::Nps,
            _ => Metric::Csat,
        }));
    };
    // Stars begin at one, scales of opinion at nought where they do not say otherwise.
    let least = i32::from(from_one.unwrap_or(usual_steps == 5));
    let most = least + steps - 1;
    let metric = named.unwrap_or(match (least, most) {
        (0, 10) => Metric::Nps,
        (1, 7) => Metric::Ces,
        _ => Metric::Csat,
    });
    Scale { metric, least, most }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scale(kind: &str, reference: &str, properties: Value) -> Option<(&'static str, i32, i32)> {
        let question = Fields::read(json!({ "properties": properties })).unwrap();
        let found = Metrics::default().scale_of("id", reference, kind, &question)?;
        Some((found.metric.as_str(), found.least, found.most))
    }

    #[test]
    fn type_reference_and_steps_tell_what_is_measured() {
        assert_eq!(scale("nps", "x", json!({})), Some(("nps", 0, 10)));
        assert_eq!(scale("opinion_scale", "x", json!({})), Some(("nps", 0, 10)));
        assert_eq!(scale("opinion_scale", "after_csat", json!({})), Some(("csat", 1, 5)));
        assert_eq!(scale("opinion_scale", "CES-2", json!({})), Some(("ces", 1, 7)));
        let seven = json!({ "steps": 7, "start_at_one": true });
        assert_eq!(scale("opinion_scale", "x", seven), Some(("ces", 1, 7)));
        assert_eq!(scale("rating", "x", json!({})), Some(("csat", 1, 5)));
        assert_eq!(scale("rating", "x", json!({ "steps": 10 })), Some(("csat", 1, 10)));
        assert_eq!(scale("number", "nps", json!({})), None, "a number is not on a scale");
        assert_eq!(scale("rating", "x", json!({ "steps": -3 })), Some(("csat", 1, 5)));
    }

    #[test]
    fn what_an_admin_says_counts_before_all() {
        let given =
            json!({ "q": "ces", "r": "none", "s": { "metric": "csat", "least": 1, "most": 10 } });
        let metrics = Metrics::read(Some(&given)).unwrap();
        let none = Fields::default();
        let of = |name: &str| metrics.scale_of("id", name, "rating", &none);
        assert_eq!(of("q"), Some(Scale { metric: Metric::Ces, least: 1, most: 7 }));
        assert_eq!(of("r"), None);
        assert_eq!(of("s").and_then(|scale| scale.rating(10)).map(|rating| rating.most), Some(10));
        assert_eq!(of("s").and_then(|scale| scale.rating(11)), None);
        for bad in [
            json!([]),
            json!({ "q": "fun" }),
            json!({ "q": { "metric": "nps" } }),
            json!({ "q": { "metric": "nps", "least": 5, "most": 5 } }),
        ] {
            assert!(Metrics::read(Some(&bad)).is_err(), "{bad}");
        }
    }
}
