//! Templates of titles and fields: a text with places, `Order {{data.number}} placed`.
//!
//! A place is a dotted path and nothing else: no logic, no functions, no escapes. So a template can
//! neither fail nor run for long once it has been parsed.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::line;
use crate::facts::FactKind;
use crate::time::Instant;
use crate::timeline::PushedField;
use crate::wire::closed_set;

/// What stands where the data has nothing.
pub const MISSING: &str = "—";
/// The longest template, in characters.
pub const MAX_TEMPLATE: usize = 500;
/// The most places in one template.
const MAX_PLACES: usize = 20;
/// The longest value of one place in a title or field, in characters.
const MAX_VALUE: usize = 500;
/// The most parts of a path.
const MAX_PARTS: usize = 10;

closed_set! {
    /// How a field is shown.
    FieldFormat, "field format" {
        /// As it is.
        Text = 1 "text",
        /// An amount of money: a number with a currency beside it.
        Amount = 2 "amount",
        /// A point in time.
        Date = 3 "date",
        /// An address on the web; anything else is not shown.
        Link = 4 "link",
    }
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotATemplate(String);

/// Where the values come from.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The name of the event's type.
    pub event_type: &'a str,
    /// The title as pushed.
    pub title: &'a str,
    /// The data as pushed.
    pub data: &'a Value,
}

/// A dotted path: `data.customer.name`, `data.lines.0.sku`, `type`, `title`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Path(String);

impl Path {
    /// Checks a path.
    pub fn parse(text: &str) -> Result<Self, NotATemplate> {
        let bad = |why: &str| Err(NotATemplate(format!("'{}' {why}", line(text, 60))));
        let mut parts = text.split('.');
        let root = parts.next().unwrap_or_default();
        let fits = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        let rest: Vec<&str> = parts.collect();
        if rest.iter().any(|p| p.is_empty() || !p.chars().all(fits)) || rest.len() > MAX_PARTS {
            return bad("is no path; write names joined by dots, such as data.number");
        }
        match root {
            "data" if !rest.is_empty() => Ok(Self(text.to_owned())),
            "type" | "title" if rest.is_empty() => Ok(Self(text.to_owned())),
            _ => bad("does not begin with data., and is neither type nor title"),
        }
    }

    /// The path as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.split('.').skip(1)
    }

    /// The value there, when it is within the data.
    fn find<'a>(&self, data: &'a Value) -> Option<&'a Value> {
        self.keys().try_fold(data, step)
    }

    /// What stands beside the value under another name.
    fn beside<'a>(&self, data: &'a Value, name: &str) -> Option<&'a Value> {
        let keys: Vec<&str> = self.keys().collect();
        let (_, above) = keys.split_last()?;
        above.iter().copied().try_fold(data, step)?.get(name)
    }

    fn text(&self, source: &Source<'_>) -> Option<String> {
        match self.0.as_str() {
            "type" => Some(source.event_type.to_owned()),
            "title" => Some(source.title.to_owned()).filter(|t| !t.is_empty()),
            _ => scalar(self.find(source.data)?),
        }
    }
}

fn step<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    match value {
        Value::Array(list) => list.get(key.parse::<usize>().ok()?),
        other => other.get(key),
    }
}

impl TryFrom<String> for Path {
    type Error = NotATemplate;

    fn try_from(text: String) -> Result<Self, NotATemplate> {
        Self::parse(&text)
    }
}

impl From<Path> for String {
    fn from(path: Path) -> Self {
        path.0
    }
}

/// A value as a text; nothing for null, empty texts and objects.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|t| !t.trim().is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Array(list) => {
            let parts: Vec<String> = list.iter().filter_map(plain).collect();
            (!parts.is_empty()).then(|| parts.join(", "))
        }
        Value::Null | Value::Object(_) => None,
    }
}

/// The same without lists, so that lists of lists do not unfold.
fn plain(value: &Value) -> Option<String> {
    if value.is_array() { None } else { scalar(value) }
}

/// A parsed template. On the wire and in the database it is the text that it was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Words(String),
    Place(Path),
}

impl Template {
    /// Parses `Order {{data.number}} placed`.
    pub fn parse(text: &str) -> Result<Self, NotATemplate> {
        if text.trim().is_empty() || text.chars().count() > MAX_TEMPLATE {
            return Err(NotATemplate(format!("a template is 1 to {MAX_TEMPLATE} characters")));
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((words, after)) = rest.split_once("{{") {
            let open = || NotATemplate("a place is opened by {{ and not closed by }}".to_owned());
            let (path, behind) = after.split_once("}}").ok_or_else(open)?;
            parts.push(Part::Words(words.to_owned()));
            parts.push(Part::Place(Path::parse(path.trim())?));
            rest = behind;
        }
        parts.push(Part::Words(rest.to_owned()));
        if parts.len() > MAX_PLACES * 2 + 1 {
            return Err(NotATemplate(format!("a template has at most {MAX_PLACES} places")));
        }
        Ok(Self { text: text.to_owned(), parts })
    }

    /// The text that it was made from.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text on one line, with `missing` where the data has nothing.
    pub fn render(&self, source: &Source<'_>, missing: &str) -> String {
        let value = |path: &Path| {
            let text = path.text(source).map(|text| line(&text, MAX_VALUE));
            text.unwrap_or_else(|| missing.to_owned())
        };
        self.joined(value)
    }

    /// The text with the lines that the data has, and nothing where it has nothing.
    pub fn render_text(&self, source: &Source<'_>) -> String {
        self.joined(|path| path.text(source).unwrap_or_default())
    }

    fn joined(&self, value: impl Fn(&Path) -> String) -> String {
        let part = |part: &Part| match part {
            Part::Words(words) => words.clone(),
            Part::Place(path) => value(path),
        };
        self.parts.iter().map(part).collect()
    }
}

impl TryFrom<String> for Template {
    type Error = NotATemplate;

    fn try_from(text: String) -> Result<Self, NotATemplate> {
        Self::parse(&text)
    }
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.text
    }
}

/// A line below the title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldTemplate {
    /// What it is.
    pub label: String,
    /// Where its value stands.
    pub path: Path,
    /// How it is shown.
    pub format: FieldFormat,
    /// What fact about the customer it is, when it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact: Option<FactKind>,
}

impl FieldTemplate {
    /// The line for an event.
    pub fn render(&self, source: &Source<'_>) -> PushedField {
        let value = match self.format {
            FieldFormat::Text => self.path.text(source),
            FieldFormat::Amount => self.amount(source),
            FieldFormat::Date => self.path.text(source).map(|text| date(&text)),
            FieldFormat::Link => self.path.text(source).filter(|text| is_link(text)),
        };
        let value = value.map_or_else(|| MISSING.to_owned(), |text| line(&text, MAX_VALUE));
        PushedField { label: self.label.clone(), value }
    }

    /// The fact that an event with this data states.
    pub fn fact(&self, data: &Value) -> Option<(FactKind, String)> {
        let source = Source { event_type: "", title: "", data };
        let value = match self.format {
            FieldFormat::Amount => self.amount(&source),
            _ => self.path.text(&source),
        };
        let value = value.map(|text| line(&text, MAX_VALUE)).filter(|text| !text.is_empty());
        Some((self.fact.clone()?, value?))
    }

    /// An amount is an object of `amount` and `currency`, or a number with `currency` beside it.
    fn amount(&self, source: &Source<'_>) -> Option<String> {
        let found = self.path.find(source.data)?;
        let (number, currency) = match found {
            Value::Object(both) => (both.get("amount")?, both.get("currency")),
            other => (other, self.path.beside(source.data, "currency")),
        };
        let number = scalar(number)?;
        Some(match currency.and_then(Value::as_str) {
            Some(currency) => format!("{number} {currency}"),
            None => number,
        })
    }
}

/// An instant as date and time in UTC; any other text as it is.
fn date(text: &str) -> String {
    let Ok(at) = text.parse::<Instant>() else { return text.to_owned() };
    let written = at.to_string();
    match (written.get(..10), written.get(11..16)) {
        (Some(day), Some(time)) => format!("{day} {time} UTC"),
        _ => written,
    }
}

/// Only addresses that lead to a page, a mail or a call: no scripts.
fn is_link(text: &str) -> bool {
    let lower = text.trim().to_ascii_lowercase();
    ["https://", "http://", "mailto:", "tel:"].iter().any(|scheme| lower.starts_with(scheme))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn render(template: &str, data: &Value) -> String {
        let source = Source { event_type: "order.placed", title: "", data };
        Template::parse(template).unwrap().render(&source, MISSING)
    }

    #[test]
    fn places_are_filled_and_what_is_missing_is_a_dash() {
        let data =
            json!({ "number": 4417, "lines": [{ "sku": "A-1" }], "tags": ["x", "y"], "n": null });
        assert_eq!(render("Order {{data.number}} placed", &data), "Order 4417 placed");
        assert_eq!(render("{{ data.lines.0.sku }}/{{data.tags}}", &data), "A-1/x, y");
        assert_eq!(render("{{data.n}}{{data.no.where}}{{data.lines.9.sku}}", &data), "———");
        assert_eq!(render("{{type}} }} {", &data), "order.placed }} {");
        assert_eq!(render("{{data.lines}}", &data), MISSING, "objects are not shown");
    }

    #[test]
    fn a_value_is_never_taken_for_a_template() {
        let data = json!({ "a": "{{data.b}}", "b": "secret" });
        assert_eq!(render("{{data.a}}", &data), "{{data.b}}");
    }

    #[test]
    fn what_is_no_template_is_refused() {
        let long = "x".repeat(501);
        let many = "{{data.a}}".repeat(21);
        for bad in [
            "",
            "{{",
            "{{}}",
            "{{data}}",
            "{{env.HOME}}",
            "{{data..a}}",
            "{{data.a b}}",
            &long,
            &many,
        ] {
            assert!(Template::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn fields_are_shown_by_their_format() {
        let data = json!({
            "total": { "amount": 12.5, "currency": "TRY" }, "paid": 3, "currency": "EUR",
            "at": "2026-11-22T12:30:00+03:00", "good": "https://x.example/1", "bad": "javascript:alert(1)"
        });
        let source = Source { event_type: "t", title: "", data: &data };
        let show = |path: &str, format| {
            let path = Path::parse(path).unwrap();
            FieldTemplate { label: "l".into(), path, format, fact: None }.render(&source).value
        };
        assert_eq!(show("data.total", FieldFormat::Amount), "12.5 TRY");
        assert_eq!(show("data.paid", FieldFormat::Amount), "3 EUR");
        assert_eq!(show("data.at", FieldFormat::Date), "2026-11-22 09:30 UTC");
        assert_eq!(show("data.good", FieldFormat::Link), "https://x.example/1");
        assert_eq!(show("data.bad", FieldFormat::Link), MISSING);
    }
}
