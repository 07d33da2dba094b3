//! Calls and their legs on the wire.

use std::collections::BTreeMap;

use serde::Serialize;
use throughline_core::call::{Call, Cost, Leg, Number, Party};
use throughline_core::timeline::CallDetail;
use utoipa::ToSchema;

use crate::routes::messages::{AttachmentOut, ReasonOut};
use crate::wire::{CallDirection, Disposition, Instant, NumberKind, TimeQuality, Wire};

/// A telephone call, with its legs inside.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallOut {
    /// What names it within its phone system.
    #[schema(example = "1774775430.118")]
    key: String,
    /// Which way it went.
    direction: CallDirection,
    /// What became of it.
    disposition: Disposition,
    /// The same in the words of the log.
    #[schema(example = "NO ANSWER")]
    disposition_words: String,
    /// Who is at the other end; null when we called one another.
    customer: Option<CallPartyOut>,
    /// Our own number.
    our_number: Option<CallNumberOut>,
    /// The queue or ring group.
    #[schema(example = "600")]
    queue: Option<String>,
    /// The extensions of ours that took part or rang.
    extensions: Vec<String>,
    /// The extension that talked to the customer first.
    #[schema(example = "101")]
    answered_by: Option<String>,
    /// When it began.
    started: Instant,
    /// When somebody answered; null when nobody did, or the log does not tell.
    answered: Option<Instant>,
    /// When it was over; null when the log does not tell.
    ended: Option<Instant>,
    /// How sure the times are.
    time_quality: TimeQuality,
    /// How long it took, as the log says.
    #[schema(example = 75)]
    duration_seconds: Option<u32>,
    /// For how long the caller waited.
    #[schema(example = 12)]
    wait_seconds: Option<u32>,
    /// For how long the customer talked.
    #[schema(example = 63)]
    talk_seconds: Option<u32>,
    /// For how long he was on hold, where the log says so.
    #[schema(example = 0)]
    hold_seconds: Option<u32>,
    /// Why it ended, in the words of the log.
    #[schema(example = "NORMAL_CLEARING")]
    hangup_cause: Option<String>,
    /// To whom it was handed on, in order.
    transferred_to: Vec<String>,
    /// The names or addresses of recordings, as the log has them.
    recordings: Vec<String>,
    /// The names or addresses of messages on a machine, as the log has them.
    voicemails: Vec<String>,
    /// What it cost; null when the log does not tell, or in several currencies.
    cost: Option<CallCostOut>,
    /// Its legs, in order.
    legs: Vec<CallLegOut>,
    /// Recordings and messages that are here.
    attachments: Vec<AttachmentOut>,
    /// Why it is this customer's; null for a call that is nobody's.
    owner_reason: Option<ReasonOut>,
}

/// One leg of a call: one row of a log.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallLegOut {
    /// What names it within its call.
    #[schema(example = "1774775430.118")]
    key: String,
    /// Which way it went.
    direction: CallDirection,
    /// Who called.
    from: CallPartyOut,
    /// Who was called.
    to: CallPartyOut,
    /// The queue or ring group.
    queue: Option<String>,
    /// When it began.
    started: Instant,
    /// When somebody answered.
    answered: Option<Instant>,
    /// When it was over.
    ended: Option<Instant>,
    /// How sure the times are.
    time_quality: TimeQuality,
    /// How long it took, as the log says.
    duration_seconds: Option<u32>,
    /// For how long people talked, as the log says.
    talk_seconds: Option<u32>,
    /// What became of it.
    disposition: Disposition,
    /// The same in the words of the log.
    disposition_words: String,
    /// Why it ended, in the words of the log.
    hangup_cause: Option<String>,
    /// To whom the call was handed on.
    transferred_to: Option<String>,
    /// What it cost.
    cost: Option<CallCostOut>,
    /// What else the row says, by the names of its columns.
    #[schema(example = json!({ "lastapp": "Dial" }))]
    data: BTreeMap<String, String>,
}

/// One end of a call.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallPartyOut {
    /// The number; null when the log has none.
    number: Option<CallNumberOut>,
    /// The name as the phone network or the phone system gave it. It proves nothing.
    #[schema(example = "Elif Kaya")]
    name: Option<String>,
    /// The line or channel of the phone system.
    #[schema(example = "PJSIP/101-0000001b")]
    channel: Option<String>,
}

/// A number as a log writes it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallNumberOut {
    /// As written.
    #[schema(example = "0532 111 22 33")]
    raw: String,
    /// Of what kind.
    kind: NumberKind,
    /// The form by which numbers are compared; null for extensions, short codes and what is withheld.
    #[schema(example = "+905321112233")]
    e164: Option<String>,
}

/// What a call cost.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallCostOut {
    /// The exact amount.
    #[schema(example = "0.0150")]
    amount: String,
    /// The currency, if the log says which.
    #[schema(example = "USD")]
    currency: Option<String>,
}

impl CallPartyOut {
    fn of(party: Party) -> Self {
        let Party { number, name, channel } = party;
        Self { number: number.map(CallNumberOut::of), name, channel }
    }
}

impl CallNumberOut {
    fn of(number: Number) -> Self {
        let Number { raw, kind, e164 } = number;
        Self { raw, kind: kind.into(), e164 }
    }
}

impl CallCostOut {
    fn of(cost: Cost) -> Self {
        let Cost { amount, currency } = cost;
        Self { amount, currency }
    }
}

impl CallLegOut {
    /// On the wire.
    pub fn of(leg: Leg) -> Self {
        Self {
            key: leg.key,
            direction: leg.direction.into(),
            from: CallPartyOut::of(leg.from),
            to: CallPartyOut::of(leg.to),
            queue: leg.queue,
            started: leg.started.into(),
            answered: leg.answered.map(Wire),
            ended: leg.ended.map(Wire),
            time_quality: leg.time_quality.into(),
            duration_seconds: leg.duration_seconds,
            talk_seconds: leg.talk_seconds,
            disposition: leg.disposition.into(),
            disposition_words: leg.disposition_words,
            hangup_cause: leg.hangup_cause,
            transferred_to: leg.transferred_to,
            cost: leg.cost.map(CallCostOut::of),
            data: leg.data,
        }
    }
}

impl CallOut {
    /// On the wire, a call that is on a timeline.
    pub fn of_detail(detail: CallDetail) -> Self {
        let CallDetail { call, attachments, owner_reason } = detail;
        Self {
            attachments: attachments.into_iter().map(AttachmentOut::of).collect(),
            owner_reason: owner_reason.map(ReasonOut::of),
            ..Self::of(call)
        }
    }

    /// On the wire, a call that is on none.
    pub fn of(call: Call) -> Self {
        Self {
            key: call.key,
            direction: call.direction.into(),
            disposition: call.disposition.into(),
            disposition_words: call.disposition_words,
            customer: call.customer.map(CallPartyOut::of),
            our_number: call.our_number.map(CallNumberOut::of),
            queue: call.queue,
            extensions: call.extensions,
            answered_by: call.answered_by,
            started: call.started.into(),
            answered: call.answered.map(Wire),
            ended: call.ended.map(Wire),
            time_quality: call.time_quality.into(),
            duration_seconds: call.duration_seconds,
            wait_seconds: call.wait_seconds,
            talk_seconds: call.talk_seconds,
            hold_seconds: call.hold_seconds,
            hangup_cause: call.hangup_cause,
            transferred_to: call.transferred_to,
            recordings: call.recordings,
            voicemails: call.voicemails,
            cost: call.cost.map(CallCostOut::of),
            legs: call.legs.into_iter().map(CallLegOut::of).collect(),
            attachments: Vec::new(),
            owner_reason: None,
        }
    }
}
