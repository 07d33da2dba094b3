//! Trying a mapping on a delivery, for an admin who writes one: what comes out, and what each field found.

use serde::Serialize;
use serde_json::Value;
use throughline_core::inbound::ChannelEvent;

use super::{Mapping, WrongMapping};
use crate::Undecodable;

/// Of how many events of a delivery an admin sees what they found.
const SHOWN: usize = 20;

/// What a mapping makes of a delivery.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trial {
    /// The first events.
    pub events: Vec<ChannelEvent>,
    /// How many there are in all.
    pub count: usize,
    /// What the fields of those events found, in the order in which they were read.
    pub findings: Vec<Finding>,
}

/// What a field of a mapping found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which event it is, counted from nothing.
    pub event: usize,
    /// The field, such as `text` or `hints[0]`.
    pub field: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What a search came to. Places are JSON Pointers into the whole delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It found a value; none of its places is named where it is fixed.
    Found {
        /// Where it stands.
        at: Vec<String>,
        /// The beginning of it.
        value: String,
    },
    /// Nothing stands there.
    Missing {
        /// Where it was looked for.
        at: Vec<String>,
    },
    /// What stands there is not good for this field, which is left out.
    Unusable {
        /// Where it stands.
        at: Vec<String>,
        /// The beginning of it.
        value: String,
        /// Why.
        why: String,
    },
}

/// Why a mapping could not be tried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrialFailed {
    /// The mapping is wrong.
    #[error("{0}")]
    Mapping(#[from] WrongMapping),
    /// The delivery cannot be read by any mapping.
    #[error("{0}")]
    Payload(#[from] Undecodable),
}

/// Tries a mapping, or the usual one where none is given, on the bytes of a delivery.
pub fn try_on(mapping: Option<&Value>, payload: &[u8]) -> Result<Trial, TrialFailed> {
    let mapping = mapping.map_or_else(Mapping::usual, Mapping::read)?;
    let told = mapping.apply(payload)?;
    let count = told.len();
    let (events, findings): (Vec<_>, Vec<_>) = told.into_iter().take(SHOWN).unzip();
    Ok(Trial { events, count, findings: findings.concat() })
}
