//! What the data of an event must look like: a small part of JSON Schema.
//!
//! It knows `type`, `properties`, `required`, `additionalProperties` (true or false), `enum`,
//! `minLength`, `maxLength`, `minimum`, `maximum`, `items`, `minItems`, `maxItems`, and passes over
//! `title` and `description`. Any other keyword is refused when a schema is made, so that nobody
//! relies on a rule that is not held. The whole of JSON Schema would bring patterns and references,
//! which can run for long and lead elsewhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::line;

/// The most levels of a schema.
const MAX_DEPTH: usize = 10;
/// The longest schema, in bytes of JSON.
pub const MAX_SCHEMA: usize = 32 * 1024;

/// Where and why something does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {why}")]
pub struct Misfit {
    /// The place, such as `data.lines.0.sku`.
    pub path: String,
    /// What is wrong there.
    pub why: String,
}

/// A parsed schema. On the wire and in the database it is the JSON that it was made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct Schema {
    json: Value,
    rules: Rules,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Rules {
    types: Vec<Type>,
    properties: BTreeMap<String, Rules>,
    required: Vec<String>,
    closed: bool,
    among: Option<Vec<Value>>,
    length: (Option<u64>, Option<u64>),
    range: (Option<f64>, Option<f64>),
    items: Option<Box<Rules>>,
    count: (Option<u64>, Option<u64>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Object,
    Array,
    Text,
    Number,
    Integer,
    Boolean,
    Null,
}

const TYPES: [(&str, Type); 7] = [
    ("object", Type::Object),
    ("array", Type::Array),
    ("string", Type::Text),
    ("number", Type::Number),
    ("integer", Type::Integer),
    ("boolean", Type::Boolean),
    ("null", Type::Null),
];

impl Type {
    fn holds(self, value: &Value) -> bool {
        match self {
            Self::Object => value.is_object(),
            Self::Array => value.is_array(),
            Self::Text => value.is_string(),
            Self::Number => value.is_number(),
            // 1.0 is an integer in JSON Schema.
            Self::Integer => {
                value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|n| n.fract() == 0.0)
            }
            Self::Boolean => value.is_boolean(),
            Self::Null => value.is_null(),
        }
    }

    fn name(self) -> &'static str {
        TYPES.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }
}

impl TryFrom<Value> for Schema {
    type Error = Misfit;

    fn try_from(json: Value) -> Result<Self, Misfit> {
        if json.to_string().len() > MAX_SCHEMA {
            return Err(misfit("schema", format!("a schema has at most {MAX_SCHEMA} bytes")));
        }
        let rules = rules(&json, "schema", 0)?;
        Ok(Self { json, rules })
    }
}

impl From<Schema> for Value {
    fn from(schema: Schema) -> Self {
        schema.json
    }
}

impl Schema {
    /// The JSON that it was made from.
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// Whether data fits; if not, the first place at fault.
    pub fn check(&self, data: &Value) -> Result<(), Misfit> {
        check(&self.rules, data, "data")
    }
}

fn misfit(path: &str, why: impl Into<String>) -> Misfit {
    Misfit { path: line(path, 200), why: why.into() }
}

fn rules(json: &Value, path: &str, depth: usize) -> Result<Rules, Misfit> {
    let Value::Object(words) = json else { return Err(misfit(path, "a schema is an object")) };
    if depth > MAX_DEPTH {
        return Err(misfit(path, format!("a schema has at most {MAX_DEPTH} levels")));
    }
    let mut found = Rules::default();
    for (word, value) in words {
        let at = format!("{path}.{word}");
        match word.as_str() {
            "title" | "description" if value.is_string() => {}
            "type" => found.types = types(value, &at)?,
            "properties" => found.properties = properties(value, &at, depth)?,
            "required" => found.required = names(value, &at)?,
            "additionalProperties" => found.closed = !flag(value, &at)?,
            "enum" => found.among = Some(list(value, &at)?.clone()),
            "minLength" => found.length.0 = Some(count(value, &at)?),
            "maxLength" => found.length.1 = Some(count(value, &at)?),
            "minimum" => found.range.0 = Some(number(value, &at)?),
            "maximum" => found.range.1 = Some(number(value, &at)?),
            "items" => found.items = Some(Box::new(rules(value, &at, depth + 1)?)),
            "minItems" => found.count.0 = Some(count(value, &at)?),
            "maxItems" => found.count.1 = Some(count(value, &at)?),
            _ => {
                return Err(misfit(
                    &at,
                    "this keyword is not known here; see docs/pushing-events.md",
                ));
            }
        }
    }
    Ok(found)
}

fn types(value: &Value, path: &str) -> Result<Vec<Type>, Misfit> {
    let named = |value: &Value| {
        let name = value.as_str().unwrap_or_default();
        let known = TYPES.iter().find(|(known, _)| *known == name);
        known.map(|(_, known)| *known).ok_or_else(|| misfit(path, "is no type of JSON Schema"))
    };
    match value {
        Value::Array(list) if !list.is_empty() => list.iter().map(named).collect(),
        single => Ok(vec![named(single)?]),
    }
}

fn properties(value: &Value, path: &str, depth: usize) -> Result<BTreeMap<String, Rules>, Misfit> {
    let all: &Map<String, Value> = value.as_object().ok_or_else(|| misfit(path, "is no object"))?;
    let one = |(name, schema): (&String, &Value)| {
        Ok((name.clone(), rules(schema, &format!("{path}.{name}"), depth + 1)?))
    };
    all.iter().map(one).collect()
}

fn list<'a>(value: &'a Value, path: &str) -> Result<&'a Vec<Value>, Misfit> {
    value.as_array().filter(|l| !l.is_empty()).ok_or_else(|| misfit(path, "is no list, or empty"))
}

fn names(value: &Value, path: &str) -> Result<Vec<String>, Misfit> {
    let all = value.as_array().ok_or_else(|| misfit(path, "is no list"))?;
    let name = |v: &Value| v.as_str().map(str::to_owned).ok_or_else(|| misfit(path, "is no name"));
    all.iter().map(name).collect()
}

fn flag(value: &Value, path: &str) -> Result<bool, Misfit> {
    value.as_bool().ok_or_else(|| misfit(path, "is neither true nor false"))
}

fn count(value: &Value, path: &str) -> Result<u64, Misfit> {
    value.as_u64().ok_or_else(|| misfit(path, "is no whole number from 0"))
}

fn number(value: &Value, path: &str) -> Result<f64, Misfit> {
    value.as_f64().ok_or_else(|| misfit(path, "is no number"))
}

fn check(rules: &Rules, value: &Value, path: &str) -> Result<(), Misfit> {
    if !rules.types.is_empty() && !rules.types.iter().any(|t| t.holds(value)) {
        let names: Vec<&str> = rules.types.iter().map(|t| t.name()).collect();
        return Err(misfit(path, format!("expected {}", names.join(" or "))));
    }
    if rules.among.as_ref().is_some_and(|among| !among.contains(value)) {
        return Err(misfit(path, "is not one of the values allowed"));
    }
    match value {
        Value::String(text) => {
            within(text.chars().count() as u64, rules.length, path, "characters")
        }
        Value::Number(number) => in_range(number.as_f64().unwrap_or_default(), rules.range, path),
        Value::Array(all) => check_list(rules, all, path),
        Value::Object(all) => check_object(rules, all, path),
        Value::Null | Value::Bool(_) => Ok(()),
    }
}

fn check_list(rules: &Rules, all: &[Value], path: &str) -> Result<(), Misfit> {
    within(all.len() as u64, rules.count, path, "entries")?;
    let Some(each) = &rules.items else { return Ok(()) };
    let mut numbered = all.iter().enumerate();
    numbered.try_for_each(|(at, value)| check(each, value, &format!("{path}.{at}")))
}

fn check_object(rules: &Rules, all: &Map<String, Value>, path: &str) -> Result<(), Misfit> {
    if let Some(name) = rules.required.iter().find(|name| !all.contains_key(*name)) {
        return Err(misfit(&format!("{path}.{name}"), "is missing"));
    }
    for (name, value) in all {
        let at = format!("{path}.{name}");
        match rules.properties.get(name) {
            Some(rules) => check(rules, value, &at)?,
            None if rules.closed => return Err(misfit(&at, "is not known to the schema")),
            None => {}
        }
    }
    Ok(())
}

fn within(
    n: u64,
    (least, most): (Option<u64>, Option<u64>),
    path: &str,
    what: &str,
) -> Result<(), Misfit> {
    if least.is_some_and(|least| n < least) {
        return Err(misfit(path, format!("has fewer than {} {what}", least.unwrap_or_default())));
    }
    if most.is_some_and(|most| n > most) {
        return Err(misfit(path, format!("has more than {} {what}", most.unwrap_or_default())));
    }
    Ok(())
}

fn in_range(n: f64, (least, most): (Option<f64>, Option<f64>), path: &str) -> Result<(), Misfit> {
    if least.is_some_and(|least| n < least) || most.is_some_and(|most| n > most) {
        return Err(misfit(path, "is out of range"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fault(schema: &Value, data: &Value) -> Option<String> {
        Schema::try_from(schema.clone()).unwrap().check(data).err().map(|m| m.path)
    }

    #[test]
    fn the_place_at_fault_is_named() {
        let schema = json!({
            "type": "object", "required": ["number"], "additionalProperties": false,
            "properties": {
                "number": { "type": ["string", "integer"], "maxLength": 4 },
                "state": { "enum": ["new", "paid"] },
                "lines": { "type": "array", "maxItems": 2, "items": { "required": ["sku"] } },
                "total": { "type": "number", "minimum": 0 }
            }
        });
        assert_eq!(fault(&schema, &json!({ "number": 1.0, "state": "new", "total": 0.5 })), None);
        for (data, path) in [
            (json!([]), "data"),
            (json!({}), "data.number"),
            (json!({ "number": 1.5 }), "data.number"),
            (json!({ "number": "şşşşş" }), "data.number"),
            (json!({ "number": "1", "state": "old" }), "data.state"),
            (json!({ "number": "1", "lines": [{ "sku": 1 }, {}] }), "data.lines.1.sku"),
            (json!({ "number": "1", "lines": [{}, {}, {}] }), "data.lines"),
            (json!({ "number": "1", "total": -1 }), "data.total"),
            (json!({ "number": "1", "more": 1 }), "data.more"),
        ] {
            assert_eq!(fault(&schema, &data).as_deref(), Some(path), "{data}");
        }
    }

    #[test]
    fn rules_that_would_not_be_held_are_refused() {
        for bad in [
            json!({ "pattern": "a+" }),
            json!({ "$ref": "#/x" }),
            json!({ "type": "text" }),
            json!([]),
            json!({ "required": [1] }),
            json!({ "properties": { "a": { "format": "email" } } }),
        ] {
            assert!(Schema::try_from(bad.clone()).is_err(), "{bad}");
        }
        let mut deep = json!({});
        for _ in 0..12 {
            deep = json!({ "items": deep });
        }
        assert!(Schema::try_from(deep).is_err());
    }
}
