//! Numbers by which a client orders its own writes.

use std::str::FromStr;

use serde::{Deserialize, Deserializer};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// The highest: what every client can hold exactly, also those that know only floating-point numbers.
const MOST: i64 = (1 << 53) - 1;

/// A number that rises with each write of a client: a counter, or milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revision(i64);

impl Revision {
    /// The number.
    pub fn get(self) -> i64 {
        self.0
    }

    fn checked(number: i64) -> Result<Self, String> {
        let fits = (1..=MOST).contains(&number);
        fits.then_some(Self(number)).ok_or_else(|| format!("expected a number from 1 to {MOST}"))
    }
}

impl FromStr for Revision {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let number = text.parse().ok().filter(|_| digits);
        Self::checked(number.unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for Revision {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::checked(i64::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

impl PartialSchema for Revision {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .maximum(Some(MOST))
            .examples([1_764_000_000_000_i64])
            .description(Some(
                "Rises with each write of yours: a counter, or milliseconds since 1970.",
            ))
            .into()
    }
}

impl ToSchema for Revision {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_are_plain_numbers_that_every_client_can_hold() {
        assert_eq!("9007199254740991".parse(), Ok(Revision(MOST)));
        for bad in ["0", "-1", "+1", "", "9007199254740992", "1.5", "x"] {
            assert!(bad.parse::<Revision>().is_err(), "{bad}");
        }
    }
}
