//! The kind of a fact: those that the product knows, and those that an admin names.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The kind of a fact: lower-case letters, digits and underscores.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FactKind(Cow<'static, str>);

/// A text that is no kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a kind of facts is 1 to 40 lower-case letters, digits and underscores, a letter first")]
pub struct NotAKind;

macro_rules! kinds {
    ($($(#[$meta:meta])* $name:ident = $text:literal;)+) => {
        impl FactKind {
            $($(#[$meta])* pub const $name: Self = Self(Cow::Borrowed($text));)+

            /// The kinds that have rules of their own, in the order of a sheet.
            pub const BUILT_IN: &'static [&'static str] = &[$($text),+];
        }
    };
}

kinds! {
    /// The number of an order.
    ORDER_NUMBER = "order_number";
    /// The number of a parcel on its way.
    TRACKING_NUMBER = "tracking_number";
    /// The number of one device.
    SERIAL_NUMBER = "serial_number";
    /// A device.
    DEVICE = "device";
    /// A version of a program or system.
    VERSION = "version";
    /// The day of a purchase.
    PURCHASE_DATE = "purchase_date";
    /// An amount of money with its currency.
    AMOUNT = "amount";
    /// A day.
    DATE = "date";
    /// A postal address.
    POSTAL_ADDRESS = "postal_address";
    /// A telephone number.
    PHONE = "phone";
    /// An e-mail address.
    EMAIL = "email";
    /// An account at a bank.
    IBAN = "iban";
}

impl FactKind {
    /// A kind of the product's own tables.
    pub(crate) fn known(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// The kind as a text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The place of the kind on a sheet.
    pub fn place(&self) -> usize {
        let own = Self::BUILT_IN.iter().position(|known| *known == self.as_str());
        own.unwrap_or(Self::BUILT_IN.len())
    }
}

impl fmt::Display for FactKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for FactKind {
    type Err = NotAKind;

    fn from_str(text: &str) -> Result<Self, NotAKind> {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let first = text.as_bytes().first().is_some_and(u8::is_ascii_lowercase);
        if !first || text.len() > 40 || !text.bytes().all(fits) {
            return Err(NotAKind);
        }
        let own = Self::BUILT_IN.iter().find(|known| **known == text);
        Ok(Self(own.map_or_else(|| Cow::Owned(text.to_owned()), |known| Cow::Borrowed(*known))))
    }
}

impl TryFrom<String> for FactKind {
    type Error = NotAKind;

    fn try_from(text: String) -> Result<Self, NotAKind> {
        text.parse()
    }
}

impl From<FactKind> for String {
    fn from(kind: FactKind) -> Self {
        kind.0.into_owned()
    }
}
