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

/// A customer with what is usually read along.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerView {
    /// The record.
    pub customer: Customer,
    /// All its identities, oldest first.
    pub identities: Vec<Identity>,
    /// Its tags by name.
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
