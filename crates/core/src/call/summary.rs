//! The call that all its legs together are.
//!
//! Every answer here is the same whatever order the legs come in, and how often: a leg that is told twice
//! counts once. Times and seconds are those of the log. Nothing is concluded from how long it is from one
//! time to another where the log says a number, since logs contradict themselves.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{CallDirection, Cost, Disposition, Leg, Number, NumberKind, Party, TimeQuality};
use crate::time::Instant;

/// One call of one customer, or of two of us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// What names it within its phone system.
    pub key: String,
    /// Which way it went.
    pub direction: CallDirection,
    /// Who is at the other end; `None` when we called one another.
    pub customer: Option<Party>,
    /// Our own number that was called, or that was shown to whom we called.
    pub our_number: Option<Number>,
    /// The queue or ring group.
    pub queue: Option<String>,
    /// The extensions of ours that took part or rang, in the order of the legs.
    pub extensions: Vec<String>,
    /// The extension that talked to the customer first.
    pub answered_by: Option<String>,
    /// When it began.
    pub started: Instant,
    /// When somebody answered, if the log tells.
    pub answered: Option<Instant>,
    /// When it was over, if the log tells.
    pub ended: Option<Instant>,
    /// How sure the times are; of several, the least.
    pub time_quality: TimeQuality,
    /// How long it took. Of a call with one leg it is what the log says.
    pub duration_seconds: Option<u32>,
    /// For how long the caller waited until somebody answered, or until it was over.
    pub wait_seconds: Option<u32>,
    /// For how long the customer talked: the sum over the legs in which he takes part.
    pub talk_seconds: Option<u32>,
    /// For how long he was on hold, where the log says so.
    pub hold_seconds: Option<u32>,
    /// What became of it.
    pub disposition: Disposition,
    /// The same in the words of the log.
    pub disposition_words: String,
    /// Why it ended, in the words of the log.
    pub hangup_cause: Option<String>,
    /// The names or addresses of recordings.
    pub recordings: Vec<String>,
    /// The names or addresses of messages on a machine.
    pub voicemails: Vec<String>,
    /// To whom it was handed on, in order.
    pub transferred_to: Vec<String>,
    /// What it cost: the sum over all legs, if all are of one currency.
    pub cost: Option<Cost>,
    /// Its legs, in order.
    pub legs: Vec<Leg>,
}

impl Call {
    /// The call that these legs are, which must be all of one call. `None` if there are none.
    pub fn of_legs(legs: &[Leg]) -> Option<Self> {
        let legs = in_order(legs);
        let side = Side::of(&legs)?;
        let faced: Vec<&Leg> = legs.iter().filter(|leg| side.takes_part(leg)).collect();
        let outcome = outcome(&faced);
        let answered = faced.iter().filter(|l| is_talk(l)).filter_map(|l| l.answered).min();
        let started = legs.iter().map(|leg| leg.started).min()?;
        let ended = legs.iter().filter_map(|leg| leg.ended).max();
        Some(Self {
            key: side.lead.call.clone(),
            direction: side.lead.direction,
            customer: side.customer().cloned(),
            our_number: our_number(&legs, side.lead),
            queue: legs.iter().find_map(|leg| leg.queue.clone()),
            extensions: extensions(&legs),
            answered_by: answered_by(&legs),
            started,
            answered,
            ended,
            time_quality: legs.iter().map(|leg| leg.time_quality).max()?,
            duration_seconds: duration(&legs, started, ended),
            wait_seconds: wait(&faced, started, answered),
            talk_seconds: talk(&faced),
            hold_seconds: sum(faced.iter().map(|leg| leg.hold_seconds)),
            disposition: outcome.map_or(Disposition::Unknown, |leg| leg.disposition),
            disposition_words: outcome.map(|l| l.disposition_words.clone()).unwrap_or_default(),
            hangup_cause: faced.iter().rev().find_map(|leg| leg.hangup_cause.clone()),
            recordings: each_once(legs.iter().flat_map(|leg| leg.recordings.iter())),
            voicemails: each_once(legs.iter().flat_map(|leg| leg.voicemails.iter())),
            transferred_to: transfers(&faced, side.lead.direction),
            cost: Cost::sum(legs.iter().filter_map(|leg| leg.cost.as_ref())),
            legs,
        })
    }
}

/// Each leg once, in order.
fn in_order(legs: &[Leg]) -> Vec<Leg> {
    let mut known: BTreeMap<&str, &Leg> = BTreeMap::new();
    for leg in legs {
        let kept = known.entry(&leg.key).or_insert(leg);
        if leg.outdoes(kept) {
            *kept = leg;
        }
    }
    let mut legs: Vec<Leg> = known.into_values().cloned().collect();
    legs.sort_by(|a, b| (a.started, a.sequence, &a.key).cmp(&(b.started, b.sequence, &b.key)));
    legs
}

/// From whose side a call is told: the customer's, or the caller's when we called one another.
struct Side<'a> {
    lead: &'a Leg,
    party: &'a Party,
}

impl<'a> Side<'a> {
    fn of(legs: &'a [Leg]) -> Option<Self> {
        let of = |mirror: bool| legs.iter().filter(move |leg| leg.mirror == mirror);
        let outside = |mirror| of(mirror).find_map(|leg| Some((leg, leg.outsider()?)));
        let inside = || of(false).chain(of(true)).next().map(|leg| (leg, &leg.from));
        let (lead, party) = outside(false).or_else(|| outside(true)).or_else(inside)?;
        Some(Self { lead, party })
    }

    fn customer(&self) -> Option<&Party> {
        self.lead.outsider()
    }

    /// Whether whoever the call is told of takes part in a leg.
    fn takes_part(&self, leg: &Leg) -> bool {
        if leg.mirror && !self.lead.mirror {
            return false;
        }
        let ends = [&leg.from, &leg.to];
        let channel = self.party.channel.as_ref();
        let same_line = channel.is_some() && ends.iter().any(|end| end.channel.as_ref() == channel);
        let same = |end: &Party| match (&end.number, &self.party.number) {
            (Some(one), Some(other)) => one.is(other),
            _ => false,
        };
        let same_number = match self.customer() {
            Some(_) => leg.outsider().is_some_and(same),
            // An extension may take part over another line of its own, which is another talk.
            None => leg.from.channel.is_none() && same(&leg.from),
        };
        leg.key == self.lead.key || same_line || same_number
    }
}

/// Whether a leg is talk, with a person or with a machine that takes messages.
fn is_talk(leg: &Leg) -> bool {
    matches!(leg.disposition, Disposition::Answered | Disposition::Voicemail)
}

/// The leg that says what became of the call: one that was answered if there is any, else one that goes
/// on, a message on a machine, a queue that was left, and else the last.
fn outcome<'a>(faced: &[&'a Leg]) -> Option<&'a Leg> {
    use Disposition::{Abandoned, Answered, Ongoing, Voicemail};
    let with = |wanted| faced.iter().find(move |leg| leg.disposition == wanted);
    let told = [Answered, Ongoing, Voicemail, Abandoned].into_iter().find_map(with);
    told.or_else(|| faced.last()).copied()
}

fn sum(seconds: impl Iterator<Item = Option<u32>>) -> Option<u32> {
    let known = seconds.flatten();
    known.fold(None, |sum: Option<u32>, s| Some(sum.unwrap_or_default().saturating_add(s)))
}

/// Whether nobody talked in a leg, whatever the log counted: not even a machine that takes messages.
fn is_silent(leg: &Leg) -> bool {
    use Disposition::{Abandoned, Busy, Cancelled, Failed, Missed};
    matches!(leg.disposition, Missed | Busy | Failed | Abandoned | Cancelled)
}

fn talk(faced: &[&Leg]) -> Option<u32> {
    if faced.iter().all(|leg| is_silent(leg)) {
        return Some(0);
    }
    sum(faced.iter().filter(|leg| !is_silent(leg)).map(|leg| leg.talk_seconds))
}

fn seconds_between(from: Instant, to: Instant) -> Option<u32> {
    u32::try_from((to.as_micros() - from.as_micros()) / 1_000_000).ok()
}

/// Of several legs, from the first beginning to the last end; no less than the longest leg.
fn duration(legs: &[Leg], started: Instant, ended: Option<Instant>) -> Option<u32> {
    let longest = legs.iter().filter_map(|leg| leg.duration_seconds).max();
    if legs.len() == 1 && longest.is_some() {
        return longest;
    }
    longest.max(ended.and_then(|ended| seconds_between(started, ended)))
}

fn wait(faced: &[&Leg], started: Instant, answered: Option<Instant>) -> Option<u32> {
    if let Some(said) = sum(faced.iter().map(|leg| leg.wait_seconds)) {
        return Some(said);
    }
    match faced.iter().find(|leg| is_talk(leg)) {
        Some(leg) => answered
            .and_then(|answered| seconds_between(started, answered))
            .or_else(|| leg.duration_seconds?.checked_sub(leg.talk_seconds?)),
        None => faced.iter().filter_map(|leg| leg.duration_seconds).max(),
    }
}

fn our_number(legs: &[Leg], lead: &Leg) -> Option<Number> {
    let said = legs.iter().find_map(|leg| leg.our_number.clone());
    let ends = [&lead.to, &lead.from].into_iter().filter_map(|end| end.number.as_ref());
    said.or_else(|| ends.filter(|number| number.kind == NumberKind::Own).cloned().next())
}

/// The extension at an end of a leg.
fn extension(end: &Party) -> Option<&String> {
    end.number.as_ref().filter(|n| n.kind == NumberKind::Extension).map(|n| &n.raw)
}

fn extensions(legs: &[Leg]) -> Vec<String> {
    let queues: Vec<&String> = legs.iter().filter_map(|leg| leg.queue.as_ref()).collect();
    let of = |leg: &'_ Leg| {
        let ends = [extension(&leg.from), extension(&leg.to)].into_iter().flatten();
        ends.chain(&leg.extensions).cloned().collect::<Vec<_>>()
    };
    let all: Vec<String> = legs.iter().flat_map(of).collect();
    each_once(all.iter().filter(|e| !queues.contains(e)))
}

fn answered_by(legs: &[Leg]) -> Option<String> {
    let queues: Vec<&String> = legs.iter().filter_map(|leg| leg.queue.as_ref()).collect();
    let ours = |leg: &Leg| {
        let end = if leg.direction == CallDirection::Outbound { &leg.from } else { &leg.to };
        let all = extension(end).into_iter().chain(&leg.extensions);
        all.filter(|e| !queues.contains(e)).cloned().next()
    };
    legs.iter().filter(|leg| leg.disposition == Disposition::Answered).find_map(ours)
}

/// To whom the customer was handed on: whoever talked to him after the first, and what the log says.
fn transfers(faced: &[&Leg], direction: CallDirection) -> Vec<String> {
    let ours = |leg: &Leg| match direction {
        CallDirection::Outbound => leg.from.number.as_ref().map(|n| n.raw.clone()),
        _ => leg.to.number.as_ref().map(|n| n.raw.clone()),
    };
    let mut talked = faced.iter().filter(|leg| is_talk(leg)).filter_map(|leg| ours(leg));
    let first = talked.next();
    let later: Vec<String> = talked.filter(|to| Some(to) != first.as_ref()).collect();
    each_once(later.iter().chain(faced.iter().filter_map(|leg| leg.transferred_to.as_ref())))
}

fn each_once<'a>(texts: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut known: Vec<String> = Vec::new();
    for text in texts {
        if !known.contains(text) {
            known.push(text.clone());
        }
    }
    known
}
