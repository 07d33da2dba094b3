//! Typed 64-bit ids: time-ordered, made by the application, unique over all nodes.
//!
//! An id is 41 bits of milliseconds since 2024-01-01, 10 bits of node and 12 bits of sequence. On
//! the wire it is a prefix and thirteen Crockford base-32 digits (`tkt_01H2…`), so that one kind
//! can never be passed for another and text order is time order.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::time::Instant;

/// 2024-01-01T00:00:00Z in milliseconds; ids run until 2093.
const EPOCH_MS: i64 = 1_704_067_200_000;
const SEQUENCE_BITS: u32 = 12;
const NODE_BITS: u32 = 10;
/// How many nodes may make ids at one time.
pub const MAX_NODES: i16 = 1 << NODE_BITS;
/// Digits of an id on the wire: 13 × 5 bits hold 64.
const DIGITS: usize = 13;
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Makes ids for one node. Ids of one maker are strictly rising, even when the clock is set back.
#[derive(Debug)]
pub struct IdMaker {
    node: i64,
    /// The last tick handed out: milliseconds and sequence in one number.
    last: AtomicI64,
}

impl IdMaker {
    /// A maker for a node number leased from the store (`0..MAX_NODES`).
    pub fn new(node: i16) -> Self {
        Self { node: i64::from(node.rem_euclid(MAX_NODES)), last: AtomicI64::new(0) }
    }

    /// A fresh unique number at or after `now`; also used as a sort key ("stamp").
    pub fn stamp(&self, now: Instant) -> i64 {
        let tick = (now.as_millis() - EPOCH_MS).max(1) << SEQUENCE_BITS;
        let next = |last: i64| Some(tick.max(last + 1));
        let last = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        // `next` never refuses, so both arms hold the value before the update.
        let used = tick.max(last.unwrap_or_else(|l| l) + 1);
        let (ms, sequence) = (used >> SEQUENCE_BITS, used & ((1 << SEQUENCE_BITS) - 1));
        (ms << (SEQUENCE_BITS + NODE_BITS)) | (self.node << SEQUENCE_BITS) | sequence
    }

    /// A fresh id of the wanted kind.
    pub fn make<T: From<i64>>(&self, now: Instant) -> T {
        T::from(self.stamp(now))
    }
}

/// The smallest id that can be made at an instant; ids of before are smaller. Clocks of several nodes may
/// differ by a little, and so may what is found by it.
pub fn first_id_at(at: Instant) -> i64 {
    let ms = (at.as_millis() - EPOCH_MS).clamp(0, (1 << 41) - 1);
    ms << (SEQUENCE_BITS + NODE_BITS)
}

/// A name or id that means nothing here; the text says what would.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnknownName(String);

impl UnknownName {
    /// Says which names of `what` exist.
    pub fn new<'a>(what: &str, got: &str, known: impl Iterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.collect();
        let got: String = got.chars().take(40).collect();
        Self(format!("'{got}' is not a {what}; one of: {}", known.join(", ")))
    }

    fn id(prefix: &str, got: &str) -> Self {
        let got: String = got.chars().take(40).collect();
        Self(format!("'{got}' is not an id of this kind: expected {prefix}_ and 13 digits"))
    }
}

fn encode(prefix: &str, value: i64) -> String {
    let mut out = String::with_capacity(prefix.len() + 1 + DIGITS);
    out.push_str(prefix);
    out.push('_');
    for place in (0..DIGITS).rev() {
        let digit = (value as u64 >> (place * 5)) & 31;
        out.push(char::from(ALPHABET[digit as usize]));
    }
    out
}

fn decode(prefix: &str, text: &str) -> Option<i64> {
    let digits = text.strip_prefix(prefix)?.strip_prefix('_')?;
    if digits.len() != DIGITS {
        return None;
    }
    let mut value: u64 = 0;
    for byte in digits.bytes() {
        let digit = ALPHABET.iter().position(|known| *known == byte)? as u64;
        value = value.checked_mul(32)?.checked_add(digit)?;
    }
    i64::try_from(value).ok()
}

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident $prefix:literal;)+) => { $(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i64);

        impl $name {
            /// What stands before the digits on the wire.
            pub const PREFIX: &'static str = $prefix;

            /// The stored number.
            pub fn get(self) -> i64 { self.0 }
        }

        impl From<i64> for $name { fn from(value: i64) -> Self { Self(value) } }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&encode($prefix, self.0))
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownName;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                decode($prefix, s).map(Self).ok_or_else(|| UnknownName::id($prefix, s))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+ };
}

ids! {
    /// A customer record.
    CustomerId "cus";
    /// One address, number or handle of a customer.
    IdentityId "idn";
    /// An organization.
    OrganizationId "org";
    /// A ticket (its human number is another thing).
    TicketId "tkt";
    /// An item on a timeline.
    ItemId "itm";
    /// An attachment of an item.
    AttachmentId "att";
    /// A tag.
    TagId "tag";
    /// A team.
    TeamId "tea";
    /// An agent.
    AgentId "agt";
    /// An inbox.
    InboxId "inb";
    /// A raw delivery in the ledger.
    DeliveryId "dlv";
    /// A job.
    JobId "job";
    /// A domain event.
    EventId "evt";
    /// An API key.
    ApiKeyId "key";
    /// A refresh token.
    SessionId "ses";
    /// A merge of two customers.
    MergeId "mrg";
    /// A suggestion that two customers are one.
    SuggestionId "sug";
    /// A fact that a customer told us.
    FactId "fct";
    /// A rule that finds facts.
    FactRuleId "frl";
    /// A rule that finds questions.
    QuestionRuleId "qrl";
    /// A promise that we made.
    PromiseId "prm";
    /// A webhook.
    WebhookId "whk";
    /// A type of pushed events.
    EventTypeId "ety";
    /// A pushed event.
    PushedEventId "pev";
    /// A custom field.
    CustomFieldId "cfd";
    /// A consent.
    ConsentId "cst";
    /// An erasure of a customer.
    ErasureId "ers";
    /// An import. Its ids begin as they did when there were phone logs alone.
    ImportId "phi";
    /// A telephone call, be it on a timeline or not.
    PhoneCallId "cal";
    /// A view: a list of tickets that is kept.
    ViewId "viw";
    /// A macro.
    MacroId "mac";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_survive_the_wire_and_refuse_another_kind() {
        let maker = IdMaker::new(7);
        let id: TicketId = maker.make(Instant::from_micros(1_790_000_000_000_000));
        let text = id.to_string();
        assert_eq!(text.len(), 17);
        assert_eq!(text.parse::<TicketId>(), Ok(id));
        assert!(text.parse::<CustomerId>().is_err());
        assert!("tkt_zzzzzzzzzzzzz".parse::<TicketId>().is_err(), "beyond 63 bits");
        assert!("tkt_1".parse::<TicketId>().is_err());
        assert!("tkt_çççççç1".parse::<TicketId>().is_err());
    }

    #[test]
    fn stamps_rise_within_a_millisecond_and_when_the_clock_falls_back() {
        let maker = IdMaker::new(1);
        let now = Instant::from_micros(1_790_000_000_000_000);
        let mut last = maker.stamp(now);
        for i in 0..10_000 {
            let next = maker.stamp(now.plus_millis(-i));
            assert!(next > last);
            last = next;
        }
    }

    #[test]
    fn two_nodes_never_make_the_same_id() {
        let now = Instant::from_micros(1_790_000_000_000_000);
        let (a, b) = (IdMaker::new(1), IdMaker::new(2));
        let first: std::collections::HashSet<i64> = (0..5000).map(|_| a.stamp(now)).collect();
        assert!((0..5000).all(|_| !first.contains(&b.stamp(now))));
    }

    #[test]
    fn the_first_id_of_an_instant_parts_what_was_made_before() {
        let at = Instant::from_micros(1_790_000_000_000_000);
        let (before, after): (TicketId, TicketId) =
            (IdMaker::new(1023).make(at.plus_millis(-1)), IdMaker::new(0).make(at));
        assert!(before.get() < first_id_at(at) && first_id_at(at) <= after.get());
        assert_eq!(first_id_at(Instant::from_micros(0)), 0);
        assert!(first_id_at(Instant::from_micros(i64::MAX)) > after.get());
    }

    #[test]
    fn text_order_is_time_order() {
        let maker = IdMaker::new(3);
        let early: TicketId = maker.make(Instant::from_micros(1_790_000_000_000_000));
        let late: TicketId = maker.make(Instant::from_micros(1_790_000_001_000_000));
        assert!(early.to_string() < late.to_string());
    }
}
