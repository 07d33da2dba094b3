//! Decodes recorded deliveries and puts what they say on timelines.
//!
//! Decoding runs hostile input: a decoder that fails, panics or takes too long costs its own
//! delivery a quarantine with the reason, and nobody else anything.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use serde::Deserialize;
use throughline_app::deliveries::{self, Loaded, Processing};
use throughline_app::{App, AppError};
use throughline_core::channel::Channel;
use throughline_core::id::DeliveryId;
use throughline_ingest::Decode;

use crate::job::{Context, Job, Payload, Verdict};

/// Finds the decoder of a channel.
type DecoderOf = fn(Channel) -> Option<&'static dyn Decode>;

/// The job `process_delivery`.
#[derive(Debug, Clone)]
pub struct ProcessDelivery {
    /// Deliveries held in memory, decoded side by side, and saved with one commit.
    pub at_once: usize,
    /// How long decoding one may take.
    pub decode_limit: Duration,
    /// Where decoders come from; tests bring bad ones.
    pub decoder_of: DecoderOf,
}

impl Default for ProcessDelivery {
    fn default() -> Self {
        Self {
            at_once: 16,
            decode_limit: Duration::from_secs(20),
            decoder_of: throughline_ingest::decoder_of,
        }
    }
}

#[derive(Deserialize)]
struct Arguments {
    delivery: DeliveryId,
}

/// What became of each delivery. One that is missing was not in the ledger any more.
type Verdicts = HashMap<DeliveryId, Verdict>;

#[async_trait]
impl Job for ProcessDelivery {
    fn kinds(&self) -> &'static [&'static str] {
        &[throughline_app::jobs::PROCESS_DELIVERY]
    }

    async fn run(&self, context: &Context, jobs: &[Payload]) -> Vec<Verdict> {
        let mut verdicts = Vec::with_capacity(jobs.len());
        for part in jobs.chunks(self.at_once.max(1)) {
            if context.stop.is_cancelled() {
                verdicts.extend(part.iter().map(|_| Verdict::NotBegun));
            } else {
                verdicts.extend(self.run_part(&context.app, part).await);
            }
        }
        verdicts
    }
}

impl ProcessDelivery {
    async fn run_part(&self, app: &App, part: &[Payload]) -> Vec<Verdict> {
        let ids: Vec<Result<DeliveryId, Verdict>> =
            part.iter().map(|job| job.read::<Arguments>().map(|a| a.delivery)).collect();
        let wanted: Vec<DeliveryId> = ids.iter().flatten().copied().collect();
        let mut verdicts = match self.process(app, &wanted).await {
            Ok(verdicts) => verdicts,
            Err(error) if wanted.len() > 1 => {
                tracing::debug!(%error, "a batch failed as a whole; each is tried alone");
                self.process_each(app, &wanted).await
            }
            Err(error) => wanted.iter().map(|id| (*id, failed(&error))).collect(),
        };
        // What is no longer in the ledger has nothing left to do.
        let mut verdict_of = |id: DeliveryId| verdicts.remove(&id).unwrap_or(Verdict::Done);
        ids.into_iter().map(|id| id.map_or_else(|verdict| verdict, &mut verdict_of)).collect()
    }

    /// One delivery whose bytes cannot be had must not hold up those beside it.
    async fn process_each(&self, app: &App, ids: &[DeliveryId]) -> Verdicts {
        let mut verdicts = Verdicts::new();
        for id in ids {
            match self.process(app, &[*id]).await {
                Ok(one) => verdicts.extend(one),
                Err(error) => drop(verdicts.insert(*id, failed(&error))),
            }
        }
        verdicts
    }

    /// Decodes side by side, and saves in the order of arrival, on which threading depends.
    async fn process(&self, app: &App, ids: &[DeliveryId]) -> Result<Verdicts, AppError> {
        let loaded = deliveries::load_many(app, ids).await?;
        let work = join_all(loaded.into_iter().map(|loaded| self.decode(loaded))).await;
        let found: Vec<DeliveryId> = work.iter().map(|work| work.delivery).collect();
        let results = deliveries::process_many(app, work).await?;
        let verdict = |result: Result<_, AppError>| match result {
            Ok(_) => Verdict::Done,
            Err(error) => failed(&error),
        };
        Ok(found.into_iter().zip(results.into_iter().map(verdict)).collect())
    }

    async fn decode(&self, Loaded { delivery, inbox, bytes }: Loaded) -> Processing {
        let (id, channel) = (delivery.id, inbox.channel);
        let Some(decoder) = (self.decoder_of)(channel) else {
            let reason = format!("nothing reads deliveries of the channel {channel}");
            return Processing { delivery: id, decoded: Err(reason) };
        };
        let task = tokio::task::spawn_blocking(move || decoder.decode(&bytes));
        let decoded = match tokio::time::timeout(self.decode_limit, task).await {
            Ok(Ok(decoded)) => decoded.map_err(|e| e.to_string()),
            Ok(Err(_)) => Err("the decoder failed on it (a panic)".to_owned()),
            Err(_) => Err(format!("reading it took longer than {:?}", self.decode_limit)),
        };
        if let Err(reason) = &decoded {
            tracing::info!(delivery.id = %id, reason, "a delivery cannot be read");
        }
        Processing { delivery: id, decoded }
    }
}

fn failed(error: &AppError) -> Verdict {
    let cause = error.cause.as_deref().map(|cause| format!(" ({cause})")).unwrap_or_default();
    Verdict::Failed(format!("{error}{cause}"))
}
