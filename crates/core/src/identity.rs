//! Identities, and the rule that says whose a message is.
//!
//! An identity belongs to the customer record it was first seen on. The first rule here knows
//! e-mail addresses; the place for stronger kinds and proofs is [`IdentityKind`] and [`resolve`].

use crate::id::{CustomerId, IdentityId};
use crate::reason::Reason;
use crate::time::Instant;
use crate::wire::closed_set;

/// The longest address kept (RFC 5321: 64 + 1 + 255, in octets).
pub const MAX_ADDRESS: usize = 320;

closed_set! {
    /// What kind of thing identifies a customer.
    IdentityKind, "identity kind" {
        /// An e-mail address.
        Email = 1 "email",
        /// A telephone number in the form of E.164. Never a key by itself.
        Phone = 2 "phone",
        /// The id of an account on a platform; its scope says where it means something.
        Platform = 3 "platform",
        /// The id that an integrator's own system gave to the customer; its scope names the system.
        External = 4 "external",
        /// A name that its owner may change. Never a key by itself.
        Username = 5 "username",
    }
}

/// One address, number or handle of a customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// Its id.
    pub id: IdentityId,
    /// The record it was first seen on.
    pub customer: CustomerId,
    /// What kind it is.
    pub kind: IdentityKind,
    /// Where the value means something, such as a workspace or a system; empty where it means the
    /// same everywhere.
    pub scope: String,
    /// The normalised form: the key by which it is found.
    pub value: String,
    /// The form as first seen.
    pub display: String,
    /// The name that came with it.
    pub name: Option<String>,
    /// How it was proved: `none` until a rule proves it.
    pub proof: String,
    /// Where it was first seen, such as `email` or `api`.
    pub source: String,
    /// When it was first seen.
    pub first_seen_at: Instant,
    /// When it was proved.
    pub proved_at: Option<Instant>,
    /// Whether several people use it (`info@`, a household): it then merges nobody.
    pub shared: bool,
}

/// An e-mail address in the one form by which addresses are compared.
///
/// Lower-cased as a whole: RFC 5321 lets a host tell `A@` from `a@`, but no host in use does,
/// and people write their address both ways.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EmailAddress(String);

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not an e-mail address: expected name@domain, at most {MAX_ADDRESS} bytes")]
pub struct NotAnAddress(String);

impl EmailAddress {
    /// Checks and normalises.
    pub fn parse(text: &str) -> Result<Self, NotAnAddress> {
        let trimmed = text.trim().trim_start_matches('<').trim_end_matches('>');
        let bad = || NotAnAddress(trimmed.chars().take(60).collect());
        let (local, domain) = trimmed.rsplit_once('@').ok_or_else(bad)?;
        let clean = |s: &str| !s.is_empty() && !s.chars().any(|c| c.is_control() || c == ' ');
        if !clean(local) || !clean(domain) || trimmed.len() > MAX_ADDRESS {
            return Err(bad());
        }
        Ok(Self(trimmed.to_lowercase()))
    }

    /// The normalised text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part behind the last `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl std::fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whose a message is.
#[derive(Debug, Clone, PartialEq)]
pub enum Owner {
    /// A customer we know, by this identity.
    Known {
        /// The record.
        customer: CustomerId,
        /// The identity it came by.
        identity: IdentityId,
    },
    /// Nobody we know: make a customer.
    New,
}

/// Decides whose a message from `sender` is, given the identity stored for that address.
pub fn resolve(sender: &EmailAddress, stored: Option<&Identity>) -> (Owner, Reason) {
    match stored {
        Some(identity) => (
            Owner::Known { customer: identity.customer, identity: identity.id },
            Reason::SameAddress { address: sender.to_string() },
        ),
        None => (Owner::New, Reason::FirstContact { address: sender.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_in_one_form() {
        let a = EmailAddress::parse(" <Ali.Veli@Example.COM> ").unwrap();
        assert_eq!(a.as_str(), "ali.veli@example.com");
        assert_eq!(a.domain(), "example.com");
        for bad in ["", "ali", "@x.com", "ali@", "a b@x.com", "a@x\n.com"] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_known_address_is_its_customer_and_says_why() {
        let sender = EmailAddress::parse("a@x.com").unwrap();
        let stored = Identity {
            id: IdentityId::from(5),
            customer: CustomerId::from(9),
            kind: IdentityKind::Email,
            scope: String::new(),
            value: "a@x.com".into(),
            display: "a@x.com".into(),
            name: None,
            proof: "none".into(),
            source: "email".into(),
            first_seen_at: Instant::from_micros(0),
            proved_at: None,
            shared: false,
        };
        let (owner, reason) = resolve(&sender, Some(&stored));
        assert_eq!(owner, Owner::Known { customer: stored.customer, identity: stored.id });
        assert_eq!(reason, Reason::SameAddress { address: "a@x.com".into() });
        assert_eq!(resolve(&sender, None).0, Owner::New);
    }
}
