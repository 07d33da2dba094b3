//! Three-valued fields of patches: absent keeps, null clears, a value sets.

use serde::{Deserialize, Deserializer};

/// A field of a patch that may be cleared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// Not named: keep what is there.
    #[default]
    Absent,
    /// Null: clear it.
    Null,
    /// Set it.
    Value(T),
}

impl<T> Patch<T> {
    /// In the form that use cases take: outer `None` keeps, inner `None` clears.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Option<Option<U>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(None),
            Self::Value(value) => Some(Some(change(value))),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    /// Only called for a field that is there; `#[serde(default)]` covers the absent one.
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(d)?.map_or(Self::Null, Self::Value))
    }
}

/// For a field that may be absent but not null: with `#[serde(default, deserialize_with = "given")]`.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(d: D) -> Result<Option<T>, D::Error> {
    T::deserialize(d).map(Some)
}

/// For a list of at most `MAX` things: with `#[serde(default, deserialize_with = "at_most::<50, _, _>")]`.
pub fn at_most<'de, const MAX: usize, T, D>(d: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let list = Vec::deserialize(d)?;
    if list.len() <= MAX {
        return Ok(list);
    }
    Err(serde::de::Error::custom(format!("at most {MAX} entries")))
}

/// The same for a list that may be absent.
pub fn given_at_most<'de, const MAX: usize, T, D>(d: D) -> Result<Option<Vec<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    at_most::<MAX, T, D>(d).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[serde(default)]
        nullable: Patch<u8>,
        #[serde(default, deserialize_with = "given")]
        plain: Option<u8>,
    }

    fn read(json: &str) -> Result<Sample, String> {
        serde_json::from_str(json).map_err(|e| e.to_string())
    }

    #[test]
    fn absent_null_and_value_are_three_things() {
        assert_eq!(read("{}").unwrap().nullable, Patch::Absent);
        assert_eq!(read(r#"{"nullable":null}"#).unwrap().nullable, Patch::Null);
        assert_eq!(read(r#"{"nullable":7}"#).unwrap().nullable, Patch::Value(7));
        assert!(read(r#"{"nullable":"x"}"#).is_err());
        assert!(read(r#"{"other":1}"#).is_err());
    }

    #[test]
    fn what_cannot_be_cleared_refuses_null() {
        assert_eq!(read(r#"{"plain":3}"#).unwrap().plain, Some(3));
        assert_eq!(read("{}").unwrap().plain, None);
        assert!(read(r#"{"plain":null}"#).is_err());
    }

    #[test]
    fn use_cases_get_two_options() {
        assert_eq!(Patch::Value(2).map(i64::from), Some(Some(2)));
        assert_eq!(Patch::<i32>::Null.map(i64::from), Some(None));
        assert_eq!(Patch::<i32>::Absent.map(i64::from), None);
    }
}
