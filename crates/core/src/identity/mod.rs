//! Identities: what identifies a customer, in the forms by which things are compared, and the rule
//! that says whose something is.
//!
//! An identity belongs to the customer record it was first seen on, for ever. The forms of each kind
//! stand in the modules below, the rule in [`resolve()`]; nothing here looks anything up.

mod email;
mod key;
mod phone;
mod resolve;

use crate::id::{CustomerId, IdentityId};
use crate::time::Instant;
use crate::wire::closed_set;

pub use email::{EmailAddress, MAX_ADDRESS, NotAnAddress, is_role_address};
pub use key::{Hint, Key, MAX_SCOPE, MAX_VALUE, NotAnIdentity};
pub use phone::{NotANumber, PhoneNumber, Region};
pub use resolve::{Found, Meeting, Owner, Resolution, differ, lead_of, leaders, resolve};

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

impl IdentityKind {
    /// Whether it belongs to one holder for good, so that it leads before a number that is passed on
    /// or a name that is given up.
    pub fn is_strong(self) -> bool {
        matches!(self, Self::Email | Self::Platform | Self::External)
    }

    /// Whether a value means something only within a scope.
    pub fn needs_scope(self) -> bool {
        matches!(self, Self::Platform | Self::External | Self::Username)
    }
}

closed_set! {
    /// How it was proved that an identity is its customer's. The numbers are not stored, the names are.
    Proof, "proof" {
        /// Not at all: somebody says so.
        None = 0 "none",
        /// A mail from this address whose author's domain was authenticated and aligned.
        AlignedMail = 1 "aligned_mail",
        /// Whoever gives out the id signed it.
        Signed = 2 "signed",
        /// The provider or integrator by whom it came vouches for it.
        Provider = 3 "provider",
        /// An agent verified it.
        Agent = 4 "agent",
    }
}

impl Proof {
    /// Whether an identity of this kind, proved so, may by itself say who somebody is. A username may
    /// not, however proved: its owner can give it up and another take it.
    pub fn binds(self, kind: IdentityKind) -> bool {
        self != Self::None && kind != IdentityKind::Username
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
    /// How it was proved.
    pub proof: Proof,
    /// Where it was first seen, such as `email` or `api`.
    pub source: String,
    /// When it was first seen.
    pub first_seen_at: Instant,
    /// When it was proved.
    pub proved_at: Option<Instant>,
    /// Whether several people use it (`info@`, a household): it then merges nobody.
    pub shared: bool,
}

impl Identity {
    /// The key by which it is found.
    pub fn key(&self) -> Key {
        Key { kind: self.kind, scope: self.scope.clone(), value: self.value.clone() }
    }
}
