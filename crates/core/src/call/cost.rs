//! What a call cost: a decimal number as text, added up exactly.

use serde::{Deserialize, Serialize};

/// The most digits of an amount: more than any bill has, and few enough to be added in 128 bits.
const MAX_DIGITS: usize = 30;

/// An amount of money. The amount is never a float.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// The amount, such as `0.0150`.
    pub amount: String,
    /// The currency (ISO 4217), if the log says which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

/// A text that is no amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not an amount: expected digits with at most one decimal mark, such as 0.0150")]
pub struct NotAnAmount(String);

impl Cost {
    /// Reads an amount, with the character that stands before its decimals.
    pub fn read(text: &str, mark: char, currency: Option<&str>) -> Result<Self, NotAnAmount> {
        let bad = || NotAnAmount(text.chars().take(40).collect());
        let plain: String = text.chars().filter(|c| !is_grouping(*c, mark)).collect();
        let plain = plain.replace(mark, ".");
        Decimal::parse(&plain).ok_or_else(bad)?;
        let currency = currency.map(|c| c.trim().to_ascii_uppercase()).filter(|c| !c.is_empty());
        Ok(Self { amount: plain.trim_start_matches('+').to_owned(), currency })
    }

    /// The same with the opposite sign.
    pub fn negated(self) -> Self {
        let amount = match self.amount.strip_prefix('-') {
            Some(rest) => rest.to_owned(),
            None => format!("-{}", self.amount),
        };
        Self { amount, ..self }
    }

    /// The sum, if all are of one currency and there are any.
    pub fn sum<'a>(costs: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        let mut costs = costs.into_iter();
        let first = costs.next()?;
        let mut sum = Decimal::parse(&first.amount)?;
        for cost in costs {
            if cost.currency != first.currency {
                return None;
            }
            sum = sum.plus(Decimal::parse(&cost.amount)?)?;
        }
        Some(Self { amount: sum.text(), currency: first.currency.clone() })
    }
}

/// What separates thousands: spaces, apostrophes, and of point and comma the one that is no decimal mark.
fn is_grouping(c: char, mark: char) -> bool {
    c != mark && (matches!(c, '.' | ',' | '\'' | '\u{2019}') || c.is_whitespace())
}

/// A whole number, and how many of its digits are decimals.
#[derive(Clone, Copy)]
struct Decimal {
    whole: i128,
    decimals: usize,
}

impl Decimal {
    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (before, after) = digits.split_once('.').unwrap_or((digits, ""));
        let all = format!("{before}{after}");
        let good = !all.is_empty() && all.len() <= MAX_DIGITS;
        let good = good && all.bytes().all(|b| b.is_ascii_digit());
        let whole: i128 = good.then(|| all.parse().ok())??;
        let whole = if text.starts_with('-') { -whole } else { whole };
        Some(Self { whole, decimals: after.len() })
    }

    fn plus(self, other: Self) -> Option<Self> {
        let decimals = self.decimals.max(other.decimals);
        let scaled = |d: Self| {
            let by = 10_i128.checked_pow(u32::try_from(decimals - d.decimals).ok()?)?;
            d.whole.checked_mul(by)
        };
        Some(Self { whole: scaled(self)?.checked_add(scaled(other)?)?, decimals })
    }

    fn text(self) -> String {
        let sign = if self.whole < 0 { "-" } else { "" };
        let digits = format!("{:0width$}", self.whole.unsigned_abs(), width = self.decimals + 1);
        match digits.split_at_checked(digits.len() - self.decimals) {
            Some((before, after)) if !after.is_empty() => format!("{sign}{before}.{after}"),
            _ => format!("{sign}{digits}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, mark: char) -> String {
        Cost::read(text, mark, None).map_or_else(|e| e.to_string(), |cost| cost.amount)
    }

    #[test]
    fn amounts_are_read_by_their_mark_and_keep_their_decimals() {
        for (text, mark, expected) in [
            ("0.0150", '.', "0.0150"),
            ("-0.200", '.', "-0.200"),
            ("1.234,50", ',', "1234.50"),
            ("1 234.50", '.', "1234.50"),
            ("12", '.', "12"),
        ] {
            assert_eq!(read(text, mark), expected, "{text}");
        }
        for bad in ["", "-", "1.2.3", "1e5", "ten", "9999999999999999999999999999999"] {
            assert!(read(bad, '.').contains("is not an amount"), "{bad:?}: {}", read(bad, '.'));
        }
    }

    #[test]
    fn sums_are_exact_and_of_one_currency() {
        let cost = |amount: &str, currency| Cost::read(amount, '.', Some(currency)).unwrap();
        let sum = Cost::sum(&[cost("0.1", "usd"), cost("0.20", "USD"), cost("-0.005", "USD")]);
        assert_eq!(sum, Some(cost("0.295", "USD")));
        assert_eq!(Cost::sum(&[cost("1", "USD"), cost("1", "EUR")]), None);
        assert_eq!(Cost::sum(&[]), None);
        assert_eq!(cost("-0.200", "USD").negated().amount, "0.200");
    }
}
