//! Hints at who an event is about, and which of them decides.

use serde::{Deserialize, Serialize};

use crate::identity::{EmailAddress, Identity, IdentityKind, MAX_ADDRESS};
use crate::reason::Reason;

/// The most hints of one event.
pub const MAX_HINTS: usize = 10;
/// The longest scope, in characters.
const MAX_SCOPE: usize = 100;
/// The longest name that comes with a hint, in characters.
const MAX_NAME: usize = 200;

/// An address, number or id of whoever an event is about, in the form by which it is found.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hint {
    /// What kind it is.
    pub kind: IdentityKind,
    /// Where the value means something; empty where it means the same everywhere.
    pub scope: String,
    /// The normalised form.
    pub value: String,
    /// The form as pushed.
    pub display: String,
    /// The name that came with it.
    pub name: Option<String>,
}

/// Why something is no hint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotAHint(String);

impl Hint {
    /// Checks and normalises.
    pub fn parse(
        kind: IdentityKind,
        scope: &str,
        value: &str,
        name: Option<&str>,
    ) -> Result<Self, NotAHint> {
        let (scope, display) = (scope.trim(), value.trim());
        let clean = |text: &str, most: usize| {
            text.chars().count() <= most && !text.chars().any(char::is_control)
        };
        if display.is_empty() || display.len() > MAX_ADDRESS || !clean(display, MAX_ADDRESS) {
            return Err(NotAHint(format!("a value is 1 to {MAX_ADDRESS} bytes of one line")));
        }
        let everywhere = matches!(kind, IdentityKind::Email | IdentityKind::Phone);
        if !clean(scope, MAX_SCOPE) || scope.is_empty() != everywhere {
            let why = if everywhere {
                "has no scope"
            } else {
                "needs a scope, such as the name of its system"
            };
            return Err(NotAHint(format!("an identity of the kind {kind} {why}")));
        }
        let name = name.map(|name| super::line(name, MAX_NAME)).filter(|name| !name.is_empty());
        let value = normalised(kind, display)?;
        Ok(Self { kind, scope: scope.to_owned(), value, display: display.to_owned(), name })
    }

    /// Whether this is the identity.
    pub fn is(&self, identity: &Identity) -> bool {
        self.kind == identity.kind && self.scope == identity.scope && self.value == identity.value
    }

    /// Whether it may become an identity of a customer who was found by another one: ids that a
    /// system gave, which say nothing to anybody else. An address or number might be a mistake, and
    /// would lead other people's mails and calls here.
    pub fn joins_known(&self) -> bool {
        matches!(self.kind, IdentityKind::External | IdentityKind::Platform)
    }
}

fn normalised(kind: IdentityKind, value: &str) -> Result<String, NotAHint> {
    match kind {
        IdentityKind::Email => {
            EmailAddress::parse(value).map(|a| a.to_string()).map_err(|e| NotAHint(e.to_string()))
        }
        IdentityKind::Phone => phone(value),
        IdentityKind::Username => Ok(value.to_lowercase()),
        IdentityKind::Platform | IdentityKind::External => Ok(value.to_owned()),
    }
}

/// A number in the form of E.164; without the country in front it could be several people's.
fn phone(value: &str) -> Result<String, NotAHint> {
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    let fits = |c: char| c.is_ascii_digit() || " ()-./+".contains(c);
    if value.starts_with('+') && (7..=15).contains(&digits.len()) && value.chars().all(fits) {
        return Ok(format!("+{digits}"));
    }
    Err(NotAHint("a telephone number begins with + and the country (E.164)".to_owned()))
}

/// How much a kind of identity says, the strongest first: ids that a system gave, then addresses,
/// then what changes hands.
fn rank(kind: IdentityKind) -> u8 {
    match kind {
        IdentityKind::External => 0,
        IdentityKind::Platform => 1,
        IdentityKind::Email => 2,
        IdentityKind::Phone => 3,
        IdentityKind::Username => 4,
    }
}

/// The identity that says whose an event is, of those known among its hints: proved before not
/// proved, then by kind, then as pushed.
pub fn decide<'a>(hints: &[Hint], known: &'a [Identity]) -> Option<(&'a Identity, Reason)> {
    let place = |identity: &Identity| hints.iter().position(|hint| hint.is(identity));
    let found = known.iter().filter_map(|identity| Some((place(identity)?, identity)));
    let best = found.min_by_key(|(at, identity)| {
        (identity.proved_at.is_none(), identity.shared, rank(identity.kind), *at)
    });
    best.map(|(_, identity)| (identity, reason_of(identity)))
}

/// The reason that names an identity we know.
pub fn reason_of(identity: &Identity) -> Reason {
    Reason::KnownIdentity {
        identity_kind: identity.kind,
        scope: identity.scope.clone(),
        value: identity.value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{CustomerId, IdentityId};
    use crate::time::Instant;

    fn hint(kind: IdentityKind, value: &str) -> Hint {
        let scope = if kind == IdentityKind::External { "shop" } else { "" };
        Hint::parse(kind, scope, value, None).unwrap()
    }

    fn identity(hint: &Hint, customer: i64, proved: bool) -> Identity {
        Identity {
            id: IdentityId::from(customer),
            customer: CustomerId::from(customer),
            kind: hint.kind,
            scope: hint.scope.clone(),
            value: hint.value.clone(),
            display: hint.display.clone(),
            name: None,
            proof: "none".into(),
            source: "event".into(),
            first_seen_at: Instant::from_micros(0),
            proved_at: proved.then(|| Instant::from_micros(0)),
            shared: false,
        }
    }

    #[test]
    fn hints_are_normalised_or_refused() {
        assert_eq!(hint(IdentityKind::Email, " Ayse@Example.COM ").value, "ayse@example.com");
        assert_eq!(hint(IdentityKind::Phone, "+90 (532) 111-22 33").value, "+905321112233");
        let bad = |kind, scope, value| Hint::parse(kind, scope, value, None).is_err();
        assert!(bad(IdentityKind::Phone, "", "0532 111 22 33"), "whose country?");
        assert!(bad(IdentityKind::External, "", "7") && bad(IdentityKind::Email, "x", "a@b.c"));
        assert!(
            bad(IdentityKind::External, "shop", "") && bad(IdentityKind::External, "shop", "a\nb")
        );
    }

    #[test]
    fn the_strongest_known_hint_decides() {
        let (mail, id) = (hint(IdentityKind::Email, "a@b.co"), hint(IdentityKind::External, "7"));
        let hints = [mail.clone(), id.clone()];
        let known = [identity(&mail, 1, false), identity(&id, 2, false)];
        assert_eq!(decide(&hints, &known).unwrap().0.customer, CustomerId::from(2));
        let known = [identity(&mail, 1, true), identity(&id, 2, false)];
        assert_eq!(decide(&hints, &known).unwrap().0.customer, CustomerId::from(1));
        assert!(decide(&hints[..1], &known[1..]).is_none(), "not hinted at");
    }
}
