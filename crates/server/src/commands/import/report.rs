//! What became of everything that was looked at. The counts add up:
//! files = those with mail + skipped + unreadable; mails = new + already recorded; and each
//! distinct mail is stored, duplicate, quarantined or waiting.

use std::collections::{BTreeMap, HashMap};

use serde_json::json;
use throughline_app::{App, deliveries};
use throughline_core::actor::Actor;
use throughline_core::delivery::{Delivery, Outcome};
use throughline_core::id::{DeliveryId, InboxId};
use throughline_core::page::{MAX_LIMIT, PageRequest};
use throughline_core::query::DeliveryQuery;

use super::intake::{Place, Taken};
use crate::error::Failure;

/// The report of one run.
#[derive(Debug)]
pub struct Report {
    taken: Taken,
    /// What became of each mail of this run.
    outcomes: HashMap<DeliveryId, (Outcome, Option<String>)>,
}

impl Report {
    /// Looks up what became of what was taken.
    pub async fn make(app: &App, inbox: InboxId, taken: Taken) -> Result<Self, Failure> {
        let wanted = taken.mails.iter().map(|(_, delivery, _)| *delivery);
        let outcomes = outcomes_of(app, inbox, wanted).await?;
        Ok(Self { taken, outcomes })
    }

    /// How many files could not be read.
    pub fn unreadable(&self) -> usize {
        self.taken.unreadable.len()
    }

    fn count(&self, wanted: Outcome) -> usize {
        self.outcomes.values().filter(|(outcome, _)| *outcome == wanted).count()
    }

    fn fresh(&self) -> usize {
        self.taken.mails.iter().filter(|(_, _, fresh)| *fresh).count()
    }

    /// One JSON object.
    pub fn json(&self) -> String {
        let mails = self.taken.mails.len();
        let reasons = self.quarantine_reasons();
        json!({
            "files": self.taken.files,
            "mail_files": self.taken.mail_files,
            "mails": mails,
            "skipped": self.taken.skipped.len(),
            "unreadable": self.unreadable(),
            "new": self.fresh(),
            "already_recorded": mails - self.fresh(),
            "distinct": self.outcomes.len(),
            "stored": self.count(Outcome::Stored),
            "duplicate": self.count(Outcome::Duplicate),
            "quarantined": self.count(Outcome::Quarantined),
            "waiting": self.count(Outcome::Recorded),
            "quarantine_reasons": reasons,
        })
        .to_string()
    }

    /// Text for people; with `list`, a line for each thing first.
    pub fn text(&self, list: bool) -> String {
        let mut lines = if list { self.list() } else { Vec::new() };
        let mails = self.taken.mails.len();
        let (fresh, distinct) = (self.fresh(), self.outcomes.len());
        let (files, mail_files) = (self.taken.files, self.taken.mail_files);
        let skipped = self.taken.skipped.len();
        lines.push(format!("looked at  {files} files: {mail_files} with mail, {skipped} skipped"));
        lines.extend(counted(skip_reasons(&self.taken.skipped)));
        if self.unreadable() > 0 {
            lines.push(format!("unreadable {}", self.unreadable()));
            lines.extend(self.taken.unreadable.iter().map(|(p, why)| format!("  {p}: {why}")));
        }
        let earlier = mails - fresh;
        lines.push(format!("found      {mails} mails: {fresh} new, {earlier} already recorded"));
        lines.push(format!(
            "processed  {distinct} distinct: {} stored, {} duplicate, {} quarantined, {} waiting",
            self.count(Outcome::Stored),
            self.count(Outcome::Duplicate),
            self.count(Outcome::Quarantined),
            self.count(Outcome::Recorded),
        ));
        lines.extend(counted(self.quarantine_reasons()));
        lines.join("\n")
    }

    fn list(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (place, delivery, fresh) in &self.taken.mails {
            let (outcome, reason) = match self.outcomes.get(delivery) {
                Some((outcome, reason)) => (*outcome, reason.as_deref()),
                None => (Outcome::Recorded, None),
            };
            let age = if *fresh { "new" } else { "already recorded" };
            let why = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
            lines.push(format!("{outcome} ({age})  {place}{why}"));
        }
        lines.extend(self.taken.skipped.iter().map(|(p, why)| format!("skipped  {p}: {why}")));
        lines
    }

    fn quarantine_reasons(&self) -> BTreeMap<String, usize> {
        let quarantined =
            self.outcomes.values().filter(|(outcome, _)| *outcome == Outcome::Quarantined);
        grouped(quarantined.filter_map(|(_, reason)| reason.clone()))
    }
}

fn skip_reasons(skipped: &[(Place, String)]) -> BTreeMap<String, usize> {
    grouped(skipped.iter().map(|(_, reason)| reason.clone()))
}

fn grouped(reasons: impl Iterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for reason in reasons {
        *counts.entry(reason).or_default() += 1;
    }
    counts
}

fn counted(reasons: BTreeMap<String, usize>) -> impl Iterator<Item = String> {
    reasons.into_iter().map(|(reason, n)| format!("  {n:>6}  {reason}"))
}

/// Walks the ledger from its newest row back to the oldest that is wanted.
async fn outcomes_of(
    app: &App,
    inbox: InboxId,
    wanted: impl Iterator<Item = DeliveryId>,
) -> Result<HashMap<DeliveryId, (Outcome, Option<String>)>, Failure> {
    let mut outcomes: HashMap<DeliveryId, (Outcome, Option<String>)> =
        wanted.map(|id| (id, (Outcome::Recorded, None))).collect();
    let Some(oldest) = outcomes.keys().min().copied() else { return Ok(outcomes) };
    let query = DeliveryQuery { inbox: Some(inbox), ..DeliveryQuery::default() };
    let mut request = PageRequest { limit: MAX_LIMIT, after: None };
    loop {
        let page = deliveries::list(app, &Actor::system(), &query, &request).await?;
        let passed = page.items.last().is_none_or(|last| last.id < oldest);
        for Delivery { id, outcome, reason, .. } in page.items {
            if let Some(slot) = outcomes.get_mut(&id) {
                *slot = (outcome, reason);
            }
        }
        match page.next {
            Some(next) if !passed => request.after = Some(next),
            _ => return Ok(outcomes),
        }
    }
}
