//! What all formats share: cells by the names of their columns, numbers of seconds, words that many phone
//! systems use, and a leg on which nothing is written yet.

use std::collections::BTreeMap;

use throughline_core::call::{CallDirection, Disposition, Leg, Number, Party};

use super::clock::Moment;
use super::{Rejection, Source};
pub(super) use crate::tables::cut;

/// The longest name that is kept, in characters.
const MAX_NAME: usize = 200;
/// The longest call key, in characters.
const MAX_KEY: usize = 200;

/// The cells of a row by the names of their columns.
pub(super) struct Cells<'a> {
    pub names: &'a [String],
    pub values: &'a [String],
}

impl<'a> Cells<'a> {
    /// The cell of a column; `None` if there is none, or nothing stands in it.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        let at = self.names.iter().position(|known| known == name)?;
        Some(self.values.get(at)?.trim()).filter(|value| !value.is_empty())
    }

    /// What stands in columns other than these.
    pub(super) fn others(&self, known: &[&str]) -> BTreeMap<String, String> {
        let all = self.names.iter().zip(self.values);
        let all = all.filter(|(name, value)| !known.contains(&name.as_str()) && !value.is_empty());
        all.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// A hash of all cells: the same however the file is written.
    pub(super) fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for value in self.values {
            hasher.update(value.as_bytes());
            hasher.update(&[0x1f]);
        }
        short(&hasher.finalize())
    }

    /// The number of seconds in a column.
    pub(super) fn seconds(&self, name: &str) -> Result<Option<u32>, Rejection> {
        let read = |text| seconds(text).map_err(|why| Rejection::of(name, why));
        self.get(name).map(read).transpose()
    }

    /// The time in a column.
    pub(super) fn time(&self, name: &str, source: &Source) -> Result<Option<Moment>, Rejection> {
        let text = self.get(name).filter(|text| !super::clock::is_no_time(text));
        let read = |text| source.clock.read(text, "iso").map_err(|why| Rejection::of(name, why));
        text.map(read).transpose()
    }
}

/// Half of a hash, which is enough to tell rows apart.
pub(super) fn short(hash: &blake3::Hash) -> String {
    hash.to_hex().chars().take(32).collect()
}

/// A leg on which nothing is written yet but what each has.
pub(super) fn blank(call: &str, key: &str, hash: String, started: Moment) -> Leg {
    Leg {
        call: cut(call, MAX_KEY),
        key: cut(key, MAX_KEY),
        hash,
        sequence: None,
        direction: CallDirection::Unknown,
        from: Party::default(),
        to: Party::default(),
        our_number: None,
        queue: None,
        mirror: false,
        extensions: Vec::new(),
        started: started.at,
        answered: None,
        ended: None,
        time_quality: started.quality,
        duration_seconds: None,
        talk_seconds: None,
        wait_seconds: None,
        hold_seconds: None,
        disposition: Disposition::Unknown,
        disposition_words: String::new(),
        hangup_cause: None,
        recordings: Vec::new(),
        voicemails: Vec::new(),
        transferred_to: None,
        cost: None,
        data: BTreeMap::new(),
    }
}

/// Writes the other times of a leg.
pub(super) fn put_times(leg: &mut Leg, answered: Option<Moment>, ended: Option<Moment>) {
    for moment in [answered, ended].into_iter().flatten() {
        leg.time_quality = leg.time_quality.max(moment.quality);
    }
    leg.answered = answered.map(|moment| moment.at);
    leg.ended = ended.map(|moment| moment.at);
}

/// One end of a leg. A name that only repeats the number is none.
pub(super) fn party(number: Option<Number>, name: Option<&str>, channel: Option<&str>) -> Party {
    let same = |name: &str| number.as_ref().is_some_and(|number| number.raw == name);
    let name = name.map(one_line).filter(|name| !name.is_empty() && !same(name));
    let name = name.map(|name| cut(&name, MAX_NAME));
    Party { name, channel: channel.map(|channel| cut(channel, MAX_NAME)), number }
}

/// A text in one line.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A number of seconds: `75`, `75.4`, `01:15` or `00:01:15`.
pub(super) fn seconds(text: &str) -> Result<u32, String> {
    let bad = || format!("'{}' is no number of seconds", cut(text, 40));
    let mut sum: u64 = 0;
    let mut parts = text.trim().split(':');
    let last = parts.next_back().ok_or_else(bad)?;
    for part in parts {
        let part: u32 = digits(part).ok_or_else(bad)?;
        sum = sum.checked_add(u64::from(part)).and_then(|s| s.checked_mul(60)).ok_or_else(bad)?;
    }
    let (whole, decimals) = last.split_once('.').unwrap_or((last, ""));
    let whole = digits(whole).ok_or_else(bad)?;
    if !decimals.is_empty() && !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return Err(bad());
    }
    let half = decimals.bytes().next().is_some_and(|b| b >= b'5');
    u32::try_from(sum + u64::from(whole) + u64::from(half)).map_err(|_| bad())
}

fn digits(text: &str) -> Option<u32> {
    let good = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    good.then(|| text.parse().ok())?
}

/// Which way a leg went: by the context of the dial plan, by the line, and by numbers.
pub(super) fn direction(source: &Source, leg: &Leg, context: Option<&str>) -> CallDirection {
    let settings = &source.settings;
    let contexts = [
        (&settings.inbound_contexts, CallDirection::Inbound),
        (&settings.outbound_contexts, CallDirection::Outbound),
        (&settings.internal_contexts, CallDirection::Internal),
    ];
    let named =
        contexts.into_iter().find(|(known, _)| known.iter().any(|c| Some(c.as_str()) == context));
    if let Some((_, direction)) = named {
        return direction;
    }
    let is_trunk = |end: &Party| {
        let channel = end.channel.as_deref().unwrap_or_default();
        settings.trunks.iter().any(|trunk| !trunk.is_empty() && channel.starts_with(trunk))
    };
    match (is_trunk(&leg.from), is_trunk(&leg.to)) {
        (true, _) => CallDirection::Inbound,
        (false, true) => CallDirection::Outbound,
        _ => by_numbers(leg),
    }
}

fn by_numbers(leg: &Leg) -> CallDirection {
    match (leg.from.is_outside(), leg.to.is_outside()) {
        (true, false) => CallDirection::Inbound,
        (false, true) => CallDirection::Outbound,
        (false, false) if leg.from.number.is_some() && leg.to.number.is_some() => {
            CallDirection::Internal
        }
        _ => CallDirection::Unknown,
    }
}

/// The extension in a channel such as `PJSIP/101-0000001b` or `Local/101@from-queue-00000003;1`.
pub(super) fn extension_of(source: &Source, channel: &str) -> Option<String> {
    let (_, rest) = channel.split_once('/')?;
    let name = rest.split(['@', ';']).next()?;
    let name = if rest.contains('@') { name } else { name.rsplit_once('-')?.0 };
    let number = source.plan.read(name)?;
    (number.kind == throughline_core::call::NumberKind::Extension).then_some(number.raw)
}

/// A word in the one form in which words are compared.
pub(super) fn word(text: &str) -> String {
    let folded = throughline_core::text::fold(text.trim());
    folded.replace(['_', '-'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the words mean that many phone systems use.
pub(super) fn disposition(words: &str) -> Option<Disposition> {
    Some(match word(words).as_str() {
        "answered" | "answer" | "completed" | "connected" | "accepted" | "beantwortet"
        | "cevaplandi" => Disposition::Answered,
        "no answer" | "noanswer" | "missed" | "unanswered" | "not answered" | "verpasst"
        | "cevapsiz" => Disposition::Missed,
        "busy" | "besetzt" | "mesgul" => Disposition::Busy,
        "failed" | "failure" | "congestion" | "error" | "rejected" => Disposition::Failed,
        "voicemail" | "voice mail" => Disposition::Voicemail,
        "abandoned" | "abandon" => Disposition::Abandoned,
        "canceled" | "cancelled" | "call cancelled" | "call cancel" => Disposition::Cancelled,
        "queued" | "initiated" | "ringing" | "in progress" => Disposition::Ongoing,
        _ => return None,
    })
}

/// Which way, in the words that many phone systems use.
pub(super) fn way(words: &str) -> Option<CallDirection> {
    Some(match word(words).as_str() {
        "inbound" | "in" | "incoming" | "eingehend" | "gelen" => CallDirection::Inbound,
        "outbound" | "out" | "outgoing" | "ausgehend" | "giden" => CallDirection::Outbound,
        "internal" | "intern" | "dahili" => CallDirection::Internal,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_read_as_they_are_written() {
        for (text, expected) in
            [("75", 75), ("75.4", 75), ("75.5", 76), ("01:15", 75), ("1:00:05", 3605), ("0", 0)]
        {
            assert_eq!(seconds(text), Ok(expected), "{text}");
        }
        for bad in ["", "-5", "1:x", "a", "1e3", "::", "99999999999", "4294967295:00"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn words_are_known_however_they_are_written() {
        assert_eq!(disposition("NO ANSWER"), Some(Disposition::Missed));
        assert_eq!(disposition("no-answer"), Some(Disposition::Missed));
        assert_eq!(disposition("Cevapsız"), Some(Disposition::Missed));
        assert_eq!(disposition("Something"), None);
        assert_eq!(way("Incoming"), Some(CallDirection::Inbound));
    }
}
