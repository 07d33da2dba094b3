//! Twilio's records of calls: the list that its API answers, and what its status callback says of one call
//! while it goes on and when it is over.

use std::collections::BTreeMap;

use serde_json::Value;
use throughline_core::call::{CallDirection, Cost, Disposition, Leg};

use super::clock::{self, Moment};
use super::legs;
use super::{Rejection, Source};
use crate::hooks::form;
use crate::lenient;

/// What has a place of its own in a leg, or says nothing of the call.
const KNOWN: &[&str] = &[
    "sid",
    "parent_call_sid",
    "from",
    "to",
    "from_formatted",
    "to_formatted",
    "caller_name",
    "direction",
    "duration",
    "start_time",
    "end_time",
    "date_created",
    "status",
    "price",
    "price_unit",
    "uri",
    "subresource_uris",
];

/// What both forms say, by the names of the list.
type Said = BTreeMap<String, String>;

/// The leg that a call of the list tells.
pub(super) fn leg_of_record(
    record: &Value,
    hash: String,
    source: &Source,
) -> Result<Leg, Rejection> {
    let Some(fields) = record.as_object() else {
        return Err(Rejection::of_row("it is no object"));
    };
    let text = |value: &Value| lenient::scalar(value).filter(|text| !text.is_empty());
    let said: Said =
        fields.iter().filter_map(|(name, value)| Some((name.clone(), text(value)?))).collect();
    let time = |name: &str| {
        let read = |text: &String| time(text, source).map_err(|why| Rejection::of(name, why));
        said.get(name).map(read).transpose()
    };
    let began = time("start_time")?.or(time("date_created")?);
    let began =
        began.ok_or_else(|| Rejection::of("start_time", "it does not say when the call began"))?;
    leg(&said, began, time("end_time")?, hash, source)
}

/// The leg that a status callback tells, as its form came: of a call that goes on with the disposition
/// `ongoing`. When it began is reckoned from when it was over and how long it took.
pub fn status_callback(body: &[u8], source: &Source) -> Result<Leg, Rejection> {
    const NAMES: [(&str, &str); 12] = [
        ("CallSid", "sid"),
        ("ParentCallSid", "parent_call_sid"),
        ("From", "from"),
        ("To", "to"),
        ("CallerName", "caller_name"),
        ("CallStatus", "status"),
        ("Direction", "direction"),
        ("CallDuration", "duration"),
        ("ForwardedFrom", "forwarded_from"),
        ("AnsweredBy", "answered_by"),
        ("RecordingUrl", "recording_url"),
        ("AccountSid", "account_sid"),
    ];
    let parts = form::texts(body);
    let name = |(theirs, ours): (&str, &str)| {
        Some((ours.to_owned(), form::value(&parts, theirs)?.to_owned()))
    };
    let said: Said = NAMES.into_iter().filter_map(name).collect();
    let at = form::value(&parts, "Timestamp");
    let at = at.ok_or_else(|| Rejection::of("Timestamp", "it does not say when this happened"))?;
    let at = clock::mail_date(at).map_err(|why| Rejection::of("Timestamp", why))?;
    let over = is_over(&said);
    let long = said.get("duration").and_then(|text| legs::seconds(text).ok()).filter(|_| over);
    let began = Moment { at: at.at.plus_seconds(-i64::from(long.unwrap_or_default())), ..at };
    let hash = legs::short(&blake3::hash(body));
    leg(&said, began, over.then_some(at), hash, source)
}

fn is_over(said: &Said) -> bool {
    status(said) != Disposition::Ongoing
}

fn status(said: &Said) -> Disposition {
    let words = said.get("status").map(String::as_str).unwrap_or_default();
    let machine = said.get("answered_by").is_some_and(|by| by.starts_with("machine"));
    match legs::disposition(words) {
        Some(Disposition::Answered) if machine => Disposition::Voicemail,
        Some(known) => known,
        None => Disposition::Unknown,
    }
}

fn time(text: &str, source: &Source) -> Result<Moment, String> {
    clock::mail_date(text).or_else(|why| source.clock.read(text, "iso").map_err(|_| why))
}

fn leg(
    said: &Said,
    began: Moment,
    ended: Option<Moment>,
    hash: String,
    source: &Source,
) -> Result<Leg, Rejection> {
    let get = |name: &str| said.get(name).map(String::as_str);
    let sid = get("sid")
        .ok_or_else(|| Rejection::of("sid", "it has none, so it is no call of Twilio's"))?;
    let parent = get("parent_call_sid");
    let mut leg = legs::blank(parent.unwrap_or(sid), sid, hash, began);
    legs::put_times(&mut leg, None, ended);
    let number = |name: &str| get(name).and_then(|text| source.plan.read(text));
    leg.from = legs::party(number("from"), get("caller_name"), None);
    leg.to = legs::party(number("to"), None, None);
    leg.direction = match get("direction") {
        Some("inbound") => CallDirection::Inbound,
        Some("outbound-api")
            if parent.is_none() && !leg.to.number.as_ref().is_some_and(|n| n.kind.is_inside()) =>
        {
            CallDirection::Outbound
        }
        _ => legs::direction(source, &leg, None),
    };
    // A call that was handed on to one of us still shows the customer as its caller.
    leg.mirror =
        parent.is_some() && leg.from.is_outside() && leg.direction != CallDirection::Outbound;
    leg.disposition = status(said);
    leg.disposition_words = legs::cut(get("status").unwrap_or_default(), 100);
    let duration = get("duration").map(legs::seconds).transpose();
    leg.duration_seconds = duration.map_err(|why| Rejection::of("duration", why))?;
    let talked = matches!(leg.disposition, Disposition::Answered | Disposition::Voicemail);
    leg.talk_seconds = leg.duration_seconds.filter(|_| talked);
    leg.cost = cost(get("price"), get("price_unit"))?;
    leg.recordings = get("recording_url").map(|url| legs::cut(url, 1000)).into_iter().collect();
    let other = said.iter().filter(|(name, _)| !KNOWN.contains(&name.as_str()));
    leg.data = other.map(|(name, value)| (name.clone(), legs::cut(value, 1000))).collect();
    Ok(leg)
}

/// What the call cost: Twilio writes what it takes as a negative amount.
fn cost(price: Option<&str>, currency: Option<&str>) -> Result<Option<Cost>, Rejection> {
    let read = |text| Cost::read(text, '.', currency).map(Cost::negated);
    price.map(read).transpose().map_err(|why| Rejection::of("price", why.to_string()))
}
