//! Customers and organizations.

use crate::id::{CustomerId, OrganizationId};
use crate::identity::Identity;
use crate::tag::Tag;
use crate::time::Instant;

/// A person (or a shared address) that writes to us.
#[derive(Debug, Clone, PartialEq)]
pub struct Customer {
    /// Its id.
    pub id: CustomerId,
    /// The name to show; `None` when nobody told it.
    pub name: Option<String>,
    /// Where the person works.
    pub organization: Option<OrganizationId>,
    /// BCP 47 language to answer in, such as `tr` or `fa`.
    pub language: Option<String>,
    /// IANA time zone, such as `Europe/Istanbul`.
    pub time_zone: Option<String>,
    /// The surviving record of those that are one customer; `None` in that one.
    pub canonical: Option<CustomerId>,
    /// Part of the sample data.
    pub demo: bool,
    /// When it was made.
    pub created_at: Instant,
    /// When its fields were last changed.
    pub updated_at: Instant,
    /// When the newest item of its timeline occurred.
    pub last_activity_at: Instant,
    /// A unique number that rises with activity: lists are sorted and paged by it.
    pub activity_key: i64,
    /// Rises with every change of its fields; the base of its ETag.
    pub version: i64,
}

impl Customer {
    /// The id by which the customer is known: that of the surviving record.
    pub fn known_as(&self) -> CustomerId {
        self.canonical.unwrap_or(self.id)
    }
}

impl Customer {
    /// The customer as shown when these records, oldest first, were merged into this one.
    pub fn filled_from(mut self, merged: &[Customer]) -> Self {
        for other in merged {
            self.name = self.name.or_else(|| other.name.clone());
            self.organization = self.organization.or(other.organization);
            self.language = self.language.or_else(|| other.language.clone());
            self.time_zone = self.time_zone.or_else(|| other.time_zone.clone());
        }
        self
    }
}

/// A customer with what is usually read along.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerView {
    /// The surviving record. Where it lacks a name, an organization, a language or a time zone, it
    /// has that of the oldest merged record that knows one.
    pub customer: Customer,
    /// The records that were merged into it, oldest first.
    pub merged: Vec<CustomerId>,
    /// The identities of all of them, oldest first.
    pub identities: Vec<Identity>,
    /// The tags of all of them by name.
    pub tags: Vec<Tag>,
}

/// A company or institution that customers belong to.
#[derive(Debug, Clone, PartialEq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// The mail domain whose customers belong to it.
    pub domain: Option<String>,
    /// The organization that it is a part of.
    pub parent: Option<OrganizationId>,
    /// When it was made.
    pub created_at: Instant,
}
