//! Taking a JSON object apart field by field: what a decoder takes has its place in an event, and what
//! is left over goes into `extra`, so that a field that nobody knew of is not lost.
//!
//! Nothing of any channel stands here. A field that does not hold what is asked for stays where it is.

use serde_json::{Map, Value};
use throughline_core::identity::{Hint, IdentityKind, Proof};
use throughline_core::time::Instant;

/// The last second that RFC 3339 can write.
const LAST_SECOND: i64 = 253_402_300_799;

/// What is left of an object.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fields(Map<String, Value>);

impl Fields {
    /// The fields of a value, if it is an object; the value itself if not.
    pub fn read(value: Value) -> Result<Self, Value> {
        match value {
            Value::Object(map) => Ok(Self(map)),
            other => Err(other),
        }
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is such a field.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A field that stays where it is.
    pub fn peek(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A text that is not empty, which stays where it is.
    pub fn peek_text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// Takes an instant that is written with its zone, after RFC 3339.
    pub fn instant(&mut self, name: &str) -> Option<Instant> {
        self.take_as(name, |value| match value.as_str().map(str::parse) {
            Some(Ok(at)) => Ok(at),
            _ => Err(value),
        })
    }

    /// The names of the fields.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Takes a text that is not empty.
    pub fn text(&mut self, name: &str) -> Option<String> {
        self.take_as(name, |value| match value {
            Value::String(text) if !text.is_empty() => Ok(text),
            other => Err(other),
        })
    }

    /// Takes an id: a text, or a whole number whatever its length.
    pub fn id(&mut self, name: &str) -> Option<String> {
        self.take_as(name, |value| match value {
            Value::String(text) if !text.trim().is_empty() => Ok(text),
            Value::Number(number) if number.is_i64() || number.is_u64() => Ok(number.to_string()),
            other => Err(other),
        })
    }

    /// Takes a whole number, also one that is written as a text.
    pub fn whole(&mut self, name: &str) -> Option<i64> {
        self.take_as(name, |value| match &value {
            Value::Number(number) => number.as_i64().ok_or(value),
            Value::String(text) => text.parse().map_err(|_| value),
            _ => Err(value),
        })
    }

    /// Takes an instant that is written in seconds since 1970. Zero means none.
    pub fn seconds(&mut self, name: &str) -> Option<Instant> {
        let seconds = self.whole(name)?;
        let micros = (1..=LAST_SECOND).contains(&seconds).then(|| seconds * 1_000_000);
        if micros.is_none() {
            self.put(name, Value::from(seconds));
        }
        micros.map(Instant::from_micros)
    }

    /// Takes a yes or no; no where there is none.
    pub fn flag(&mut self, name: &str) -> bool {
        self.take_as(name, |value| value.as_bool().ok_or(value)).unwrap_or_default()
    }

    /// Takes an object.
    pub fn object(&mut self, name: &str) -> Option<Self> {
        self.take_as(name, Self::read)
    }

    /// Takes a list.
    pub fn list(&mut self, name: &str) -> Option<Vec<Value>> {
        self.take_as(name, |value| match value {
            Value::Array(list) => Ok(list),
            other => Err(other),
        })
    }

    /// Takes the objects of a list; what in it is none stays under its name.
    pub fn objects(&mut self, name: &str) -> Vec<Self> {
        let read = self.list(name).unwrap_or_default().into_iter().map(Self::read);
        let (objects, others): (Vec<_>, Vec<_>) = read.partition(Result::is_ok);
        let others: Vec<Value> = others.into_iter().filter_map(Result::err).collect();
        if !others.is_empty() {
            self.put(name, Value::Array(others));
        }
        objects.into_iter().filter_map(Result::ok).collect()
    }

    /// Puts a value under a name.
    pub fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Puts back what is left of an object that was taken, unless nothing is.
    pub fn put_rest(&mut self, name: &str, rest: Self) {
        if !rest.0.is_empty() {
            self.put(name, Value::Object(rest.0));
        }
    }

    /// Leaves fields aside: they go nowhere.
    pub fn leave(&mut self, names: &[&str]) {
        names.iter().for_each(|name| drop(self.0.remove(*name)));
    }

    /// A name that depends on all that is left, for what brings none of its own.
    pub fn name(&self) -> String {
        // Only maps whose keys are no texts cannot be written.
        hash(&serde_json::to_string(&self.0).unwrap_or_default())
    }

    /// What is left, for `extra`.
    pub fn into_rest(self) -> Map<String, Value> {
        self.0
    }

    fn take_as<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Value) -> Result<T, Value>,
    ) -> Option<T> {
        let value = self.0.get_mut(name)?;
        match read(std::mem::take(value)) {
            Ok(taken) => {
                self.0.remove(name);
                Some(taken)
            }
            Err(other) => {
                *value = other;
                None
            }
        }
    }
}

/// A name for what brings none of its own: it depends on all that it says.
pub fn name_of(value: &Value) -> String {
    hash(&value.to_string())
}

fn hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().chars().take(32).collect()
}

/// A hint with its proof; none where the value is none of its kind.
pub fn hint(kind: IdentityKind, scope: &str, text: &str, proof: Proof) -> Option<Hint> {
    let hint = Hint::read(kind, scope, text, None).ok()?;
    Some(Hint { proof, ..hint })
}

/// The texts that there are and that are not empty, with a separator between them.
pub fn joined(texts: &[Option<&str>], separator: &str) -> String {
    let texts: Vec<&str> =
        texts.iter().flatten().copied().filter(|text| !text.is_empty()).collect();
    texts.join(separator)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_what_was_asked_for_stays() {
        let value =
            json!({ "a": 9_007_199_254_740_993_i64, "b": { "c": 1 }, "d": [1, {}], "e": -1 });
        let mut fields = Fields::read(value).unwrap();
        assert_eq!((fields.text("a"), fields.object("d"), fields.list("b")), (None, None, None));
        assert_eq!(fields.id("a").as_deref(), Some("9007199254740993"));
        assert_eq!((fields.seconds("e"), fields.objects("d").len()), (None, 1));
        assert_eq!(Value::from(fields.into_rest()), json!({ "b": { "c": 1 }, "d": [1], "e": -1 }));
    }
}
