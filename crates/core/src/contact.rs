//! What a table of contacts says of one person, and what its columns can say.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::identity::Hint;
use crate::profile::CUSTOM;

/// One person in a table of contacts, as far as that can be read without knowing anybody.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Contact {
    /// By what the person is known: the id in the system that the table comes from, addresses, numbers; in
    /// this order.
    pub identities: Vec<Hint>,
    /// The name to show.
    pub name: Option<String>,
    /// The name of the organization.
    pub organization: Option<String>,
    /// The language, a BCP 47 tag.
    pub language: Option<String>,
    /// The time zone, an IANA name.
    pub time_zone: Option<String>,
    /// Names of tags.
    pub tags: Vec<String>,
    /// Custom fields by their keys, in the words of the table.
    pub custom: Vec<(String, String)>,
}

/// What a column of a table of contacts can say.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ContactField {
    /// The id of the person in the system that the table comes from.
    ExternalId,
    /// A name, or a part of it. Several columns are read as one name, in their order.
    Name,
    /// E-mail addresses.
    Email,
    /// Telephone numbers.
    Phone,
    /// The name of the organization.
    Organization,
    /// The language.
    Language,
    /// The time zone.
    TimeZone,
    /// Tags.
    Tags,
    /// A custom field, by its key.
    Custom(String),
}

impl ContactField {
    /// Those that are always there, by their names.
    pub const PLAIN: [(&'static str, Self); 8] = [
        ("external_id", Self::ExternalId),
        ("name", Self::Name),
        ("email", Self::Email),
        ("phone", Self::Phone),
        ("organization", Self::Organization),
        ("language", Self::Language),
        ("time_zone", Self::TimeZone),
        ("tags", Self::Tags),
    ];

    /// Whether a person can be known by it.
    pub fn identifies(&self) -> bool {
        matches!(self, Self::ExternalId | Self::Email | Self::Phone)
    }
}

impl fmt::Display for ContactField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Custom(key) = self {
            return write!(f, "{CUSTOM}{key}");
        }
        let plain = Self::PLAIN.iter().find(|(_, field)| field == self);
        f.write_str(plain.map_or("", |(name, _)| name))
    }
}

/// A text names no field of a contact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no field of a contact: use {names}, or custom. with the key of a custom field", names = names())]
pub struct NoContactField(String);

fn names() -> String {
    ContactField::PLAIN.map(|(name, _)| name).join(", ")
}

impl FromStr for ContactField {
    type Err = NoContactField;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(key) = text.strip_prefix(CUSTOM).filter(|key| !key.is_empty()) {
            return Ok(Self::Custom(key.to_owned()));
        }
        let plain = Self::PLAIN.into_iter().find(|(name, _)| *name == text);
        plain.map(|(_, field)| field).ok_or_else(|| {
            let shown: String = text.chars().take(40).collect();
            NoContactField(shown)
        })
    }
}

impl TryFrom<String> for ContactField {
    type Error = NoContactField;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ContactField> for String {
    fn from(field: ContactField) -> Self {
        field.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_known_by_their_names() {
        for (name, field) in ContactField::PLAIN {
            assert_eq!((name.parse(), field.to_string()), (Ok(field), name.to_owned()));
        }
        let plan: ContactField = "custom.plan".parse().unwrap();
        assert_eq!((plan.to_string(), plan.identifies()), ("custom.plan".to_owned(), false));
        let error = "shoe size".parse::<ContactField>().unwrap_err().to_string();
        assert!(error.contains("external_id, name"), "{error}");
        assert!("custom.".parse::<ContactField>().is_err());
    }
}
