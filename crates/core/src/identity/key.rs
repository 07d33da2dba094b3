//! The key of an identity, and a hint: what somebody says identifies a customer.

use serde::{Deserialize, Serialize};

use super::{EmailAddress, IdentityKind, PhoneNumber, Proof, Region};
use crate::text;

/// The longest scope, in characters.
pub const MAX_SCOPE: usize = 100;
/// The longest id or username, in characters.
pub const MAX_VALUE: usize = 200;

/// By what an identity is found.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// What kind it is.
    pub kind: IdentityKind,
    /// Where the value means something; empty where it means the same everywhere.
    pub scope: String,
    /// The normalised form.
    pub value: String,
}

/// Why something is no identity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotAnIdentity(String);

impl Key {
    /// The key of an e-mail address.
    pub fn email(address: &EmailAddress) -> Self {
        let value = address.to_string();
        Self { kind: IdentityKind::Email, scope: String::new(), value }
    }

    /// Checks and normalises, each kind by its own rule. `region` is where numbers without a country
    /// code are read.
    pub fn read(
        kind: IdentityKind,
        scope: &str,
        text: &str,
        region: Option<Region>,
    ) -> Result<Self, NotAnIdentity> {
        let value = match kind {
            IdentityKind::Email => {
                let address = EmailAddress::parse(text).map_err(|e| bad(e.to_string()))?;
                address.to_string()
            }
            IdentityKind::Phone => {
                let number = PhoneNumber::parse(text, region).map_err(|e| bad(e.to_string()))?;
                number.as_str().to_owned()
            }
            // Other systems' ids are theirs: `A1` and `a1` may be two people.
            IdentityKind::Platform | IdentityKind::External => line(text, MAX_VALUE)?,
            IdentityKind::Username => username(text)?,
        };
        Ok(Self { kind, scope: scope_of(kind, scope)?, value })
    }
}

fn bad(why: impl Into<String>) -> NotAnIdentity {
    NotAnIdentity(why.into())
}

fn scope_of(kind: IdentityKind, scope: &str) -> Result<String, NotAnIdentity> {
    match (kind.needs_scope(), scope.trim().is_empty()) {
        (false, true) => Ok(String::new()),
        (false, false) => Err(bad(format!("an identity of kind {kind} has no scope"))),
        (true, true) => Err(bad(format!(
            "say in `scope` where this {kind} means something, such as slack:T024"
        ))),
        (true, false) => Ok(line(scope, MAX_SCOPE)?.to_lowercase()),
    }
}

/// One line without control characters.
fn line(text: &str, max: usize) -> Result<String, NotAnIdentity> {
    let line = text.trim();
    if line.is_empty() || line.chars().count() > max || line.chars().any(char::is_control) {
        return Err(bad(format!("expected 1 to {max} characters without control characters")));
    }
    Ok(line.to_owned())
}

/// A username without the `@` that some write before it, its letters folded.
fn username(name: &str) -> Result<String, NotAnIdentity> {
    line(&text::fold(name.trim().trim_start_matches('@')), MAX_VALUE)
}

/// What somebody says identifies a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    /// By what it is found.
    pub key: Key,
    /// The form as given.
    pub display: String,
    /// The name that came with it.
    pub name: Option<String>,
    /// How it was proved here and now.
    pub proof: Proof,
}

impl Hint {
    /// A hint that proves nothing. See [`Key::read`].
    pub fn read(
        kind: IdentityKind,
        scope: &str,
        text: &str,
        region: Option<Region>,
    ) -> Result<Self, NotAnIdentity> {
        let key = Key::read(kind, scope, text, region)?;
        Ok(Self { key, display: text.trim().to_owned(), name: None, proof: Proof::None })
    }

    /// Whether it may by itself say who somebody is.
    pub fn binds(&self) -> bool {
        self.proof.binds(self.key.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(kind: IdentityKind, scope: &str, text: &str) -> Option<(String, String)> {
        let key = Key::read(kind, scope, text, Region::parse("TR")).ok()?;
        Some((key.scope, key.value))
    }

    #[test]
    fn each_kind_has_its_form() {
        use IdentityKind::*;
        let cases = [
            (Email, "", "Elif@X.example", Some(("", "elif@x.example"))),
            (Phone, "", "0532 123 45 67", Some(("", "+905321234567"))),
            (Platform, "Slack:T024", " U01ab ", Some(("slack:t024", "U01ab"))),
            (External, "crm", "A-17", Some(("crm", "A-17"))),
            (Username, "x", "@ElifYılmaz", Some(("x", "elifyilmaz"))),
            (Email, "x", "elif@x.example", None),
            (External, "", "17", None),
            (External, "crm", "a\nb", None),
            (Username, "x", "@", None),
        ];
        for (kind, scope, text, expected) in cases {
            let expected = expected.map(|(s, v)| (s.to_owned(), v.to_owned()));
            assert_eq!(value(kind, scope, text), expected, "{kind} {scope} {text:?}");
        }
    }
}
