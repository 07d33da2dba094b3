//! Telephone calls: what a log says of one leg, and the call that all its legs together are.
//!
//! A phone system writes a row for each leg: who rang at whose phone, and for how long they talked. A
//! customer made one call. [`Call::of_legs`] makes it of its legs, whatever order they come in; legs that
//! come later, in another file, make it anew. Reading files is the business of `ingest::phone`.

mod cost;
mod group;
mod number;
mod summary;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::time::Instant;
use crate::wire::closed_set;

pub use cost::{Cost, NotAnAmount};
pub use group::{Window, group};
pub use number::{Number, NumberKind, NumberPlan};
pub use summary::Call;

closed_set! {
    /// Which way a call went.
    CallDirection, "direction" {
        /// A customer called us.
        Inbound = 1 "inbound",
        /// We called a customer.
        Outbound = 2 "outbound",
        /// We called one another.
        Internal = 3 "internal",
        /// The log does not tell.
        Unknown = 4 "unknown",
    }
}

closed_set! {
    /// What became of a call.
    Disposition, "disposition" {
        /// Somebody answered.
        Answered = 1 "answered",
        /// It rang, and nobody answered.
        Missed = 2 "missed",
        /// The line was busy.
        Busy = 3 "busy",
        /// It could not be put through.
        Failed = 4 "failed",
        /// A machine answered, to take a message.
        Voicemail = 5 "voicemail",
        /// The caller hung up while waiting in a queue.
        Abandoned = 6 "abandoned",
        /// The caller hung up before anybody answered.
        Cancelled = 7 "cancelled",
        /// It is not over yet.
        Ongoing = 8 "ongoing",
        /// The log says it in words that nobody here knows; they are kept.
        Unknown = 9 "unknown",
    }
}

closed_set! {
    /// How sure the times of a leg are.
    TimeQuality, "quality of time" {
        /// The log gives instants, or times with their offset.
        Exact = 1 "exact",
        /// The log gives the time of a clock on the wall, read in the time zone that was named.
        Local = 2 "local",
        /// A time came twice that day, when the clocks went back: the policy chose one.
        AmbiguousDst = 3 "ambiguous_dst",
        /// A time did not exist that day, when the clocks went forward: the policy moved it.
        ShiftedDst = 4 "shifted_dst",
    }
}

closed_set! {
    /// What to do with times that come twice, or never, when clocks are changed.
    DstPolicy, "policy" {
        /// Reject the row.
        Reject = 1 "reject",
        /// Take the earlier of the two instants.
        Earlier = 2 "earlier",
        /// Take the later of the two instants.
        Later = 3 "later",
    }
}

closed_set! {
    /// What a column of a log can say.
    CallField, "field of a call" {
        /// What is the same in all legs of a call.
        CallKey = 1 "call_key",
        /// What names the leg within its call.
        LegKey = 2 "leg_key",
        /// Which way it went.
        Direction = 3 "direction",
        /// The number of whoever called.
        From = 4 "from",
        /// The name of whoever called.
        FromName = 5 "from_name",
        /// The number that was called.
        To = 6 "to",
        /// The name of whoever was called.
        ToName = 7 "to_name",
        /// The customer's number, whoever called.
        Customer = 8 "customer",
        /// The customer's name, whoever called.
        CustomerName = 9 "customer_name",
        /// Our own number.
        OurNumber = 10 "our_number",
        /// The extension that talked, or whose phone rang.
        Extension = 11 "extension",
        /// The queue or ring group.
        Queue = 12 "queue",
        /// When it began. Several columns are read as one, such as a date and a time.
        Started = 13 "started",
        /// When somebody answered.
        Answered = 14 "answered",
        /// When it was over.
        Ended = 15 "ended",
        /// How long it took, ringing included.
        Duration = 16 "duration",
        /// For how long people talked.
        Talk = 17 "talk",
        /// For how long the caller waited.
        Wait = 18 "wait",
        /// For how long the customer was on hold.
        Hold = 19 "hold",
        /// What became of it.
        Disposition = 20 "disposition",
        /// Why it ended, in the system's words.
        HangupCause = 21 "hangup_cause",
        /// The name or address of the recording.
        Recording = 22 "recording",
        /// The name or address of the message on the machine.
        Voicemail = 23 "voicemail",
        /// To whom it was handed on.
        TransferredTo = 24 "transferred_to",
        /// What it cost.
        Cost = 25 "cost",
        /// The currency of the cost.
        Currency = 26 "currency",
    }
}

/// One end of a leg.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// The number, if the log has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<Number>,
    /// The name as the phone network or the phone system gave it. It proves nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The line or channel of the phone system, such as `PJSIP/101-0000001b`: the same in all legs in
    /// which the same phone takes part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
}

impl Party {
    /// Whether it is somebody from outside, known or withheld.
    pub fn is_outside(&self) -> bool {
        self.number.as_ref().is_some_and(|number| number.kind.is_outside())
    }
}

/// One row of a log: one leg of a call.
///
/// Of two readings of one leg (the same `call` and `key`) the one that [`Leg::outdoes`] the other counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// What names the call within its phone system: the same in all its legs.
    pub call: String,
    /// What names the leg within its call. The same row in another file has the same.
    pub key: String,
    /// A hash of all that the row says, in hexadecimal digits: a row that comes again has the same.
    pub hash: String,
    /// The place among the legs of the call, where the log counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<i64>,
    /// Which way the leg went.
    pub direction: CallDirection,
    /// Who called.
    #[serde(default)]
    pub from: Party,
    /// Who was called.
    #[serde(default)]
    pub to: Party,
    /// Our own number that was called, or that was shown to whom we called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub our_number: Option<Number>,
    /// The queue or ring group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// Whether another leg of the call tells the same talk from the customer's side: what is said by both
    /// halves of a bridge is counted once.
    #[serde(default)]
    pub mirror: bool,
    /// The extensions of ours that take part, besides those among `from` and `to`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<String>,
    /// When it began.
    pub started: Instant,
    /// When somebody answered, if anybody did and the log tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<Instant>,
    /// When it was over, if the log tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Instant>,
    /// How sure the times are; of several, the least.
    pub time_quality: TimeQuality,
    /// How long it took, as the log says. It need not be what lies between beginning and end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u32>,
    /// For how long people talked, as the log says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub talk_seconds: Option<u32>,
    /// For how long the caller waited, where the log says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_seconds: Option<u32>,
    /// For how long somebody was on hold, where the log says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_seconds: Option<u32>,
    /// What became of it.
    pub disposition: Disposition,
    /// The same in the words of the log.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub disposition_words: String,
    /// Why it ended, in the words of the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hangup_cause: Option<String>,
    /// The names or addresses of recordings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recordings: Vec<String>,
    /// The names or addresses of messages on a machine.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub voicemails: Vec<String>,
    /// To whom the call was handed on, where the log says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transferred_to: Option<String>,
    /// What it cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// What else the row says, by the names of its columns.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub data: BTreeMap<String, String>,
}

impl Leg {
    /// Whether this reading counts, and not the other of the same leg. A leg that is over counts more than
    /// one that goes on, then the longer one, then the one that says more; at last the hashes decide, so
    /// that it makes no difference which was read first.
    pub fn outdoes(&self, other: &Self) -> bool {
        self.weight() > other.weight()
    }

    fn weight(&self) -> (bool, bool, Option<u32>, Option<u32>, usize, &str) {
        (
            self.disposition != Disposition::Ongoing,
            self.ended.is_some(),
            self.duration_seconds,
            self.talk_seconds,
            self.data.len() + self.recordings.len() + usize::from(self.cost.is_some()),
            &self.hash,
        )
    }

    /// The end from outside: of two, the one that did not stand on our side.
    pub fn outsider(&self) -> Option<&Party> {
        match self.direction {
            CallDirection::Inbound => Some(&self.from),
            CallDirection::Outbound => Some(&self.to),
            CallDirection::Internal => None,
            CallDirection::Unknown => [&self.from, &self.to].into_iter().find(|p| p.is_outside()),
        }
    }
}
