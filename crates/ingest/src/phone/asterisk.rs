//! Asterisk's records of calls: `Master.csv` in all its widths, and the table of FreePBX, which has more
//! columns and leaves out two times.

use throughline_core::call::{CallDirection, Disposition, Leg, Number, NumberKind, Party};

use super::clock::Moment;
use super::legs::{self, Cells};
use super::{Rejection, Source};

/// The columns that each `Master.csv` has, in their order.
const BASE: [&str; 16] = [
    "accountcode",
    "src",
    "dst",
    "dcontext",
    "clid",
    "channel",
    "dstchannel",
    "lastapp",
    "lastdata",
    "start",
    "answer",
    "end",
    "duration",
    "billsec",
    "disposition",
    "amaflags",
];
/// The columns of FreePBX's table, in their order.
pub(super) const FREEPBX: [&str; 26] = [
    "calldate",
    "clid",
    "src",
    "dst",
    "dcontext",
    "channel",
    "dstchannel",
    "lastapp",
    "lastdata",
    "duration",
    "billsec",
    "disposition",
    "amaflags",
    "accountcode",
    "uniqueid",
    "userfield",
    "did",
    "recordingfile",
    "cnum",
    "cnam",
    "outbound_cnum",
    "outbound_cnam",
    "dst_cnam",
    "linkedid",
    "peeraccount",
    "sequence",
];
/// What has a place of its own in a leg.
const KNOWN: &[&str] = &[
    "src",
    "dst",
    "clid",
    "channel",
    "dstchannel",
    "start",
    "answer",
    "end",
    "calldate",
    "duration",
    "billsec",
    "disposition",
    "linkedid",
    "sequence",
    "did",
    "recordingfile",
    "cnum",
    "cnam",
    "outbound_cnum",
    "outbound_cnam",
    "dst_cnam",
];
/// What the names of recordings end with.
const SOUNDS: [&str; 7] = [".wav", ".wav49", ".mp3", ".gsm", ".ogg", ".ulaw", ".alaw"];

/// The names of the columns of a `Master.csv` of this width: which of the last five there are depends on
/// `cdr.conf`. With seventeen it is the look of the last that tells.
pub(super) fn columns(values: &[String]) -> Option<Vec<String>> {
    let looks_like_an_id = |at: usize| {
        let value = values.get(at).map(String::as_str).unwrap_or_default();
        let tail = value.rsplit('-').next().and_then(|tail| tail.split_once('.'));
        let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        tail.is_some_and(|(a, b)| digits(a) && digits(b))
    };
    let one = if looks_like_an_id(16) { "uniqueid" } else { "userfield" };
    let (old, new): (&[&str], bool) = match values.len() {
        16 => (&[], false),
        17 => (&[one], false),
        18 => (&["uniqueid", "userfield"], false),
        19 => (&[], true),
        20 => (&[one], true),
        21 => (&["uniqueid", "userfield"], true),
        _ => return None,
    };
    let new: &[&str] = if new { &["peeraccount", "linkedid", "sequence"] } else { &[] };
    let all = BASE.iter().chain(old).chain(new);
    Some(all.map(|name| (*name).to_owned()).collect())
}

/// The leg that a row tells.
pub(super) fn leg(cells: &Cells<'_>, source: &Source) -> Result<Leg, Rejection> {
    let begin = if cells.get("calldate").is_some() { "calldate" } else { "start" };
    let started = cells.time(begin, source)?;
    let started =
        started.ok_or_else(|| Rejection::of(begin, "it does not say when the call began"))?;
    let hash = cells.hash();
    let (call, key) = keys(cells, &hash);
    let mut leg = legs::blank(&call, &key, hash, started);
    leg.sequence = cells.get("sequence").and_then(|text| text.parse().ok());
    put_ends(&mut leg, cells, source);
    put_outcome(&mut leg, cells, source)?;
    leg.direction = direction(&leg, cells, source);
    // What the network shows of us is a number of ours, and what FreePBX calls `did` is what was dialled.
    let ours = cells.get("did").or_else(|| cells.get("outbound_cnum"));
    leg.our_number = ours.and_then(|text| source.plan.read(text)).map(own);
    put_queue(&mut leg, cells);
    leg.data = cells.others(KNOWN);
    Ok(leg)
}

/// The keys of call and leg. Without ids each row is a call of its own, named by all that it says.
fn keys(cells: &Cells<'_>, hash: &str) -> (String, String) {
    let unique = cells.get("uniqueid");
    let linked = cells.get("linkedid").or(unique);
    let Some(call) = linked else {
        return (hash.to_owned(), hash.to_owned());
    };
    let own = unique.unwrap_or(call);
    let key = match cells.get("sequence") {
        Some(sequence) => format!("{own}/{sequence}"),
        // Rows of one channel differ in nothing but what they say.
        None => format!("{own}/{hash}"),
    };
    (call.to_owned(), key)
}

fn put_ends(leg: &mut Leg, cells: &Cells<'_>, source: &Source) {
    let (clid_name, clid_number) = caller(cells.get("clid").unwrap_or_default());
    let number = cells.get("cnum").or_else(|| cells.get("src")).or(clid_number);
    let from = number.and_then(|text| source.plan.read(text));
    let to = cells.get("dst").and_then(|text| source.plan.read_dialled(text));
    let name = cells.get("cnam").or(clid_name);
    leg.from = legs::party(from, name, cells.get("channel"));
    leg.to = legs::party(to, cells.get("dst_cnam"), cells.get("dstchannel"));
    // Half of a line that the phone system has to itself: the other half tells the same talk.
    leg.mirror = is_local(&leg.from);
    let channels = [cells.get("dstchannel"), cells.get("channel")].into_iter().flatten();
    leg.extensions = channels.filter_map(|c| legs::extension_of(source, c)).collect();
}

fn is_local(end: &Party) -> bool {
    end.channel.as_deref().is_some_and(|channel| channel.starts_with("Local/"))
}

/// Name and number of `"Name" <number>`.
fn caller(clid: &str) -> (Option<&str>, Option<&str>) {
    let filled = |text: &'_ str| !text.is_empty();
    match clid.rsplit_once('<') {
        Some((name, number)) => {
            let name = name.trim().trim_matches('"').trim();
            let number = number.trim_end().trim_end_matches('>');
            (Some(name).filter(|n| filled(n)), Some(number).filter(|n| filled(n)))
        }
        None => (Some(clid.trim().trim_matches('"')).filter(|n| filled(n)), None),
    }
}

fn put_outcome(leg: &mut Leg, cells: &Cells<'_>, source: &Source) -> Result<(), Rejection> {
    leg.duration_seconds = cells.seconds("duration")?;
    leg.talk_seconds = cells.seconds("billsec")?;
    let (answered, ended): (Option<Moment>, Option<Moment>) =
        (cells.time("answer", source)?, cells.time("end", source)?);
    legs::put_times(leg, answered, ended);
    let words = cells.get("disposition").unwrap_or_default();
    leg.disposition_words = legs::cut(words, 100);
    leg.disposition = legs::disposition(words).unwrap_or(Disposition::Unknown);
    let app = cells.get("lastapp").unwrap_or_default();
    if leg.disposition == Disposition::Answered && app.eq_ignore_ascii_case("voicemail") {
        leg.disposition = Disposition::Voicemail;
    }
    let sound = |text: &&str| SOUNDS.iter().any(|end| text.to_ascii_lowercase().ends_with(end));
    let user = cells.get("userfield").filter(sound).map(|text| text.trim_start_matches("audio:"));
    let names = cells.get("recordingfile").into_iter().chain(user);
    leg.recordings = names.map(|name| legs::cut(name, 1000)).collect();
    Ok(())
}

fn direction(leg: &Leg, cells: &Cells<'_>, source: &Source) -> CallDirection {
    let found = legs::direction(source, leg, cells.get("dcontext"));
    match found {
        CallDirection::Unknown | CallDirection::Internal if cells.get("did").is_some() => {
            CallDirection::Inbound
        }
        CallDirection::Unknown if cells.get("outbound_cnum").is_some() => CallDirection::Outbound,
        found => found,
    }
}

/// A number that is ours by where it stands.
fn own(number: Number) -> Number {
    Number { kind: NumberKind::Own, ..number }
}

/// The queue of a caller in `Queue(600,t,,,300)`. Who was in one and reached nobody gave up.
fn put_queue(leg: &mut Leg, cells: &Cells<'_>) {
    if !cells.get("lastapp").is_some_and(|app| app.eq_ignore_ascii_case("queue")) {
        return;
    }
    let name = cells.get("lastdata").and_then(|data| data.split(',').next());
    leg.queue = name.filter(|name| !name.is_empty()).map(|name| legs::cut(name, 100));
    let alone = leg.to.channel.is_none();
    if alone && matches!(leg.disposition, Disposition::Answered | Disposition::Missed) {
        leg.disposition = Disposition::Abandoned;
    }
}
