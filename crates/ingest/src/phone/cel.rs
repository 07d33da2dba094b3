//! Asterisk's channel events (CEL): rows that say what happened on a channel. One leg is made of the events
//! of each channel that called somebody; channels that were called only tell who answered.

use std::collections::{BTreeMap, HashMap, VecDeque};

use throughline_core::call::{CallDirection, Disposition, Leg};
use throughline_core::time::Instant;

use super::clock::{self, Epoch, Moment};
use super::legs::{self, Cells};
use super::{Rejection, Source};

/// The columns of the sample of cel_custom.conf, in their order.
pub(super) const SAMPLE: [&str; 19] = [
    "eventtype",
    "eventtime",
    "cidname",
    "cidnum",
    "ani",
    "rdnis",
    "dnid",
    "exten",
    "context",
    "channame",
    "appname",
    "appdata",
    "amaflags",
    "accountcode",
    "uniqueid",
    "linkedid",
    "peer",
    "userfield",
    "eventextra",
];
/// How many calls are followed at once; beyond that the one that began first is told as it stands.
const MAX_OPEN: usize = 4096;
/// How many channels of one call are followed.
const MAX_CHANNELS: usize = 64;

/// The calls that are going on.
#[derive(Default)]
pub(super) struct Events {
    open: HashMap<String, Call>,
    order: VecDeque<String>,
}

/// What is known of a call.
#[derive(Default)]
struct Call {
    channels: BTreeMap<String, Channel>,
}

/// What is known of a channel.
struct Channel {
    leg: Leg,
    hasher: blake3::Hasher,
    context: Option<String>,
    /// Whether it called somebody, and was not only called.
    calls: bool,
    bridged_at: Option<Instant>,
    talked_micros: i64,
    last: Instant,
}

impl Events {
    /// Takes a row, and gives the legs that are complete with it.
    pub(super) fn legs(
        &mut self,
        cells: &Cells<'_>,
        source: &Source,
    ) -> Result<Vec<Leg>, Rejection> {
        let kind =
            cells.get("eventtype").ok_or_else(|| Rejection::of("eventtype", "it is missing"))?;
        let id = cells.get("uniqueid").ok_or_else(|| Rejection::of("uniqueid", "it is missing"))?;
        let call = cells.get("linkedid").unwrap_or(id);
        let at = time(cells, source)?;
        if !self.open.contains_key(call) {
            self.order.push_back(call.to_owned());
        }
        let known = self.open.entry(call.to_owned()).or_default();
        if known.channels.len() < MAX_CHANNELS || known.channels.contains_key(id) {
            let channel = known.channels.entry(id.to_owned());
            channel.or_insert_with(|| Channel::new(call, id, at)).take(kind, cells, at, source);
        }
        let kind = kind.to_ascii_uppercase();
        let done = match kind.as_str() {
            "LINKEDID_END" => Some(call.to_owned()),
            _ if self.open.len() > MAX_OPEN => self.order.front().cloned(),
            _ => None,
        };
        Ok(done.map(|call| self.close(&call, at.at, source)).unwrap_or_default())
    }

    /// The legs of the calls that the file does not end.
    pub(super) fn finish(&mut self, source: &Source) -> Vec<Leg> {
        let order = std::mem::take(&mut self.order);
        let mut legs = Vec::new();
        for call in order {
            legs.extend(self.told(&call, None, source));
        }
        legs
    }

    fn close(&mut self, call: &str, at: Instant, source: &Source) -> Vec<Leg> {
        self.order.retain(|known| known != call);
        self.told(call, Some(at), source)
    }

    fn told(&mut self, call: &str, at: Option<Instant>, source: &Source) -> Vec<Leg> {
        let Some(known) = self.open.remove(call) else { return Vec::new() };
        let called = known.channels.values().filter(|channel| !channel.calls);
        let answered = called.filter(|channel| channel.leg.answered.is_some());
        let by: Vec<String> = answered
            .filter_map(|c| legs::extension_of(source, c.leg.from.channel.as_deref()?))
            .collect();
        let calling = known.channels.into_values().filter(|channel| channel.calls);
        calling.map(|channel| channel.leg(at, &by, source)).collect()
    }
}

fn time(cells: &Cells<'_>, source: &Source) -> Result<Moment, Rejection> {
    let text = cells.get("eventtime").ok_or_else(|| Rejection::of("eventtime", "it is missing"))?;
    let count = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let read =
        if count { clock::epoch(text, Epoch::Seconds) } else { source.clock.read(text, "iso") };
    read.map_err(|why| Rejection::of("eventtime", why))
}

impl Channel {
    fn new(call: &str, id: &str, at: Moment) -> Self {
        Self {
            leg: legs::blank(call, id, String::new(), at),
            hasher: blake3::Hasher::new(),
            context: None,
            calls: call == id,
            bridged_at: None,
            talked_micros: 0,
            last: at.at,
        }
    }

    fn take(&mut self, kind: &str, cells: &Cells<'_>, at: Moment, source: &Source) {
        self.hasher.update(cells.hash().as_bytes());
        self.last = self.last.max(at.at);
        self.leg.time_quality = self.leg.time_quality.max(at.quality);
        self.put_ends(cells, source);
        match kind.to_ascii_uppercase().as_str() {
            "ANSWER" => self.leg.answered = self.leg.answered.or(Some(at.at)),
            "BRIDGE_ENTER" => self.bridged_at = self.bridged_at.or(Some(at.at)),
            "BRIDGE_EXIT" => self.part(at.at),
            "HANGUP" | "CHAN_END" => {
                self.part(at.at);
                self.leg.ended = self.leg.ended.or(Some(at.at));
            }
            "BLINDTRANSFER" | "ATTENDEDTRANSFER" => self.put_transfer(cells),
            _ => {}
        }
        if let Some(extra) = cells.get("eventextra").or_else(|| cells.get("extra")) {
            self.put_extra(extra);
        }
        if cells.get("appname").is_some_and(|app| app.eq_ignore_ascii_case("voicemail")) {
            self.leg.disposition = Disposition::Voicemail;
        }
    }

    fn put_ends(&mut self, cells: &Cells<'_>, source: &Source) {
        let leg = &mut self.leg;
        let keep = |old: &mut Option<String>, name: &str| {
            *old = old.take().or_else(|| cells.get(name).map(|text| legs::cut(text, 200)));
        };
        keep(&mut leg.from.channel, "channame");
        keep(&mut leg.from.name, "cidname");
        keep(&mut self.context, "context");
        let number = || cells.get("cidnum").and_then(|text| source.plan.read(text));
        leg.from.number = leg.from.number.take().or_else(number);
        let dialled = cells.get("exten").filter(|exten| !matches!(*exten, "s" | "h" | "i" | "t"));
        if let (Some(dialled), None) = (dialled, &leg.to.number) {
            leg.to.number = source.plan.read_dialled(dialled);
            self.calls = true;
        }
        let others = ["accountcode", "userfield", "appname", "appdata", "peer"];
        for name in others {
            if let Some(text) = cells.get(name) {
                leg.data.insert(name.to_owned(), legs::cut(text, 1000));
            }
        }
    }

    fn put_extra(&mut self, extra: &str) {
        let extra = serde_json::from_str(extra).unwrap_or(serde_json::Value::Null);
        let text = |name: &str| extra.get(name).and_then(crate::lenient::scalar);
        if let Some(cause) = text("hangupcause") {
            self.leg.hangup_cause = Some(legs::cut(&cause, 100));
        }
        if let Some(status) = text("dialstatus").filter(|status| !status.is_empty()) {
            self.leg.disposition_words = legs::cut(&status, 100);
        }
    }

    fn put_transfer(&mut self, cells: &Cells<'_>) {
        let extra = cells.get("eventextra").or_else(|| cells.get("extra")).unwrap_or_default();
        let extra = serde_json::from_str(extra).unwrap_or(serde_json::Value::Null);
        let to = ["extension", "transfer_target_channel_name"].into_iter();
        let to = to.filter_map(|name| extra.get(name).and_then(crate::lenient::scalar)).next();
        self.leg.transferred_to = to.map(|to| legs::cut(&to, 100));
    }

    fn part(&mut self, at: Instant) {
        if let Some(since) = self.bridged_at.take() {
            self.talked_micros += at.as_micros() - since.as_micros();
        }
    }

    /// The leg, when the call is over or as far as the file goes.
    fn leg(mut self, at: Option<Instant>, by: &[String], source: &Source) -> Leg {
        let end = at.unwrap_or(self.last);
        self.part(end);
        let mut leg = self.leg;
        leg.ended = leg.ended.or(at);
        let whole = |micros: i64| u32::try_from((micros + 500_000) / 1_000_000).unwrap_or_default();
        leg.duration_seconds = leg.ended.map(|e| whole(e.as_micros() - leg.started.as_micros()));
        leg.talk_seconds = Some(whole(self.talked_micros));
        leg.extensions = by.to_vec();
        leg.direction = legs::direction(source, &leg, self.context.as_deref());
        leg.disposition = match (leg.disposition, leg.answered, leg.ended) {
            (Disposition::Voicemail, Some(_), _) => Disposition::Voicemail,
            (_, Some(_), _) => Disposition::Answered,
            (_, None, None) => Disposition::Ongoing,
            _ => legs::disposition(&leg.disposition_words).unwrap_or(Disposition::Missed),
        };
        if leg.direction == CallDirection::Internal && leg.from.is_outside() {
            leg.direction = CallDirection::Inbound;
        }
        leg.hash = legs::short(&self.hasher.finalize());
        leg
    }
}
