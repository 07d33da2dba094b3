//! FreeSWITCH's records of calls: rows of mod_cdr_csv by the variables of their template, and the JSON of
//! mod_json_cdr, which has all variables. Each is the record of one channel.

use std::collections::BTreeMap;

use serde_json::Value;
use throughline_core::call::{CallDirection, Disposition, Leg};

use super::clock::{self, Epoch, Moment};
use super::legs::{self, Cells};
use super::{Rejection, Source};
use crate::lenient;

/// The columns of the template `example`, in their order.
pub(super) const EXAMPLE: [&str; 15] = [
    "caller_id_name",
    "caller_id_number",
    "destination_number",
    "context",
    "start_stamp",
    "answer_stamp",
    "end_stamp",
    "duration",
    "billsec",
    "hangup_cause",
    "uuid",
    "bleg_uuid",
    "accountcode",
    "read_codec",
    "write_codec",
];
/// What has a place of its own in a leg.
const KNOWN: &[&str] = &[
    "caller_id_name",
    "caller_id_number",
    "destination_number",
    "start_stamp",
    "answer_stamp",
    "end_stamp",
    "start_epoch",
    "answer_epoch",
    "end_epoch",
    "start_uepoch",
    "answer_uepoch",
    "end_uepoch",
    "duration",
    "billsec",
    "hangup_cause",
    "call_uuid",
    "direction",
    "cc_queue",
];
/// Of the variables in JSON, these are kept beside what has a place of its own.
const KEPT: &[&str] = &[
    "accountcode",
    "context",
    "uuid",
    "bridge_uuid",
    "last_app",
    "hangup_cause_q850",
    "sip_term_status",
    "sip_hangup_disposition",
    "originated_legs",
    "transfer_history",
    "user_name",
    "domain_name",
    "sip_gateway_name",
    "read_codec",
    "write_codec",
];

/// The leg that a row of a table tells.
pub(super) fn leg_of_row(cells: &Cells<'_>, source: &Source) -> Result<Leg, Rejection> {
    let get = |name: &str| cells.get(name);
    let mut leg = leg(&get, cells.hash(), source)?;
    leg.data = cells.others(KNOWN);
    Ok(leg)
}

/// The leg that a record in JSON tells.
pub(super) fn leg_of_record(
    record: &Value,
    hash: String,
    source: &Source,
) -> Result<Leg, Rejection> {
    let Some(variables) = record.get("variables").and_then(Value::as_object) else {
        return Err(Rejection::of("variables", "it has none, so it is no record of mod_json_cdr"));
    };
    let text = |value: &Value| lenient::scalar(value).map(|text| unescaped(&text));
    let mut all: BTreeMap<String, String> =
        variables.iter().filter_map(|(name, value)| Some((name.clone(), text(value)?))).collect();
    put_profile(record, &mut all);
    let get = |name: &str| all.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
    let mut leg = leg(&get, hash, source)?;
    let kept = |name: &&&str| get(name).is_some();
    leg.data = KEPT
        .iter()
        .filter(kept)
        .filter_map(|n| Some(((*n).to_owned(), get(n)?.to_owned())))
        .collect();
    Ok(leg)
}

/// What stands beside the variables: who called whom, as the channel was routed at first.
fn put_profile(record: &Value, all: &mut BTreeMap<String, String>) {
    let flow = record.get("callflow").unwrap_or(&Value::Null);
    // Several are those of one channel that was routed anew; the last in the list was the first.
    let flow = flow.as_array().and_then(|flows| flows.last()).unwrap_or(flow);
    for name in ["caller_id_name", "caller_id_number", "destination_number", "context", "uuid"] {
        if let Some(said) = lenient::text(flow, &["caller_profile", name]) {
            all.entry(name.to_owned()).or_insert_with(|| unescaped(said));
        }
    }
    if let Some(way) = lenient::text(record, &["channel_data", "direction"]) {
        all.insert("direction".to_owned(), way.to_owned());
    }
}

type Get<'a> = dyn Fn(&str) -> Option<&'a str> + 'a;

fn leg(get: &Get<'_>, hash: String, source: &Source) -> Result<Leg, Rejection> {
    let started = time(get, "start", source)?;
    let started = started
        .ok_or_else(|| Rejection::of("start_stamp", "it does not say when the call began"))?;
    let uuid = get("uuid");
    let mut leg = legs::blank(&call_key(get, &hash), uuid.unwrap_or(&hash), hash.clone(), started);
    let number = get("caller_id_number").and_then(|text| source.plan.read(text));
    let to = get("destination_number").and_then(|text| source.plan.read_dialled(text));
    // The switch made this channel itself to reach whom another channel asked for.
    let made = get("direction") == Some("outbound");
    let other = get("bleg_uuid").or_else(|| get("bridge_uuid")).or_else(|| get("signal_bond"));
    let (near, far) = if made { (other, uuid) } else { (uuid, other) };
    leg.from = legs::party(number, get("caller_id_name"), near);
    leg.to = legs::party(to, get("callee_id_name"), far);
    leg.mirror = made && other_half(get).is_some();
    leg.direction = legs::direction(source, &leg, get("context"));
    put_outcome(&mut leg, get, source)?;
    leg.queue = get("cc_queue").map(|name| legs::cut(name, 100));
    let recordings =
        ["record_path", "recording_file", "cc_record_filename"].into_iter().filter_map(get);
    leg.recordings = recordings.map(|name| legs::cut(name, 1000)).collect();
    leg.transferred_to = get("transfer_destination").map(|to| legs::cut(to, 100));
    Ok(leg)
}

/// What all channels of a call share: the id that the switch gives the call, or else the lesser of the ids of
/// the two channels that were joined, so that both records name the same.
fn call_key(get: &Get<'_>, hash: &str) -> String {
    if let Some(call) = get("call_uuid") {
        return call.to_owned();
    }
    let both = [get("uuid"), get("bleg_uuid")];
    both.into_iter().flatten().min().unwrap_or(hash).to_owned()
}

/// The channel for which this one was made.
fn other_half<'a>(get: &Get<'a>) -> Option<&'a str> {
    let call = get("call_uuid").filter(|call| Some(*call) != get("uuid"));
    call.or_else(|| get("originator")).or_else(|| get("originating_leg_uuid"))
}

/// A time: as a count since 1970 where there is one, which needs no zone.
fn time(get: &Get<'_>, which: &str, source: &Source) -> Result<Option<Moment>, Rejection> {
    for (suffix, unit) in [("uepoch", Epoch::Micros), ("epoch", Epoch::Seconds)] {
        let name = format!("{which}_{suffix}");
        if let Some(text) = get(&name).filter(|text| !clock::is_no_time(text)) {
            return clock::epoch(text, unit).map(Some).map_err(|why| Rejection::of(&name, why));
        }
    }
    let name = format!("{which}_stamp");
    let text = get(&name).filter(|text| !clock::is_no_time(text));
    let read = |text| source.clock.read(text, "iso").map_err(|why| Rejection::of(&name, why));
    text.map(read).transpose()
}

fn put_outcome(leg: &mut Leg, get: &Get<'_>, source: &Source) -> Result<(), Rejection> {
    legs::put_times(leg, time(get, "answer", source)?, time(get, "end", source)?);
    let seconds = |name: &str| {
        let read = |text| legs::seconds(text).map_err(|why| Rejection::of(name, why));
        get(name).map(read).transpose()
    };
    leg.duration_seconds = seconds("duration")?;
    leg.talk_seconds = seconds("billsec")?;
    leg.wait_seconds = if leg.answered.is_some() { seconds("waitsec")? } else { None };
    leg.hold_seconds = seconds("hold_accum_seconds")?.filter(|seconds| *seconds > 0);
    let cause = get("hangup_cause").unwrap_or_default();
    leg.hangup_cause = Some(legs::cut(cause, 100)).filter(|cause| !cause.is_empty());
    leg.disposition_words = legs::cut(cause, 100);
    let talked = leg.answered.is_some() || leg.talk_seconds.is_some_and(|seconds| seconds > 0);
    let machine = get("last_app") == Some("voicemail");
    leg.disposition = match (talked, machine) {
        (true, true) => Disposition::Voicemail,
        (true, false) => Disposition::Answered,
        _ if get("cc_queue").is_some() && leg.direction == CallDirection::Inbound => {
            Disposition::Abandoned
        }
        _ => unanswered(cause),
    };
    Ok(())
}

/// What a cause of Q.850 means for a call that nobody answered.
fn unanswered(cause: &str) -> Disposition {
    match cause {
        "" => Disposition::Unknown,
        "ORIGINATOR_CANCEL" => Disposition::Cancelled,
        "USER_BUSY" => Disposition::Busy,
        "NO_ANSWER" | "NO_USER_RESPONSE" | "ALLOTTED_TIMEOUT" | "NORMAL_CLEARING" | "LOSE_RACE"
        | "CALL_REJECTED" | "PICKED_OFF" => Disposition::Missed,
        _ => Disposition::Failed,
    }
}

/// A value whose reserved characters are written as `%2B`, as mod_json_cdr does unless told otherwise.
fn unescaped(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let digit = |at: usize| {
        bytes.get(at).and_then(|c| char::from(*c).to_digit(16)).and_then(|d| u8::try_from(d).ok())
    };
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(byte) = bytes.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high << 4) | low);
                at += 3;
            }
            _ => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned()).replace('\0', "\u{fffd}")
}
