//! Decodes recorded deliveries and puts what they say on timelines.
//!
//! Decoding runs hostile input: a decoder that fails, panics or takes too long costs its own
//! delivery a quarantine with the reason, and nobody else anything.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::join_all;
use serde::Deserialize;
use throughline_app::deliveries::{self, Processing};
use throughline_app::{App, AppError};
use throughline_core::channel::Channel;
use throughline_core::delivery::Delivery;
use throughline_core::id::DeliveryId;
use throughline_core::inbound::InboundEvent;
use throughline_core::inbox::Inbox;
use throughline_core::threading;
use throughline_ingest::Decode;

use crate::job::{Context, Job, Payload, Verdict};
use crate::lanes::lanes;

/// Finds the decoder of a channel.
type DecoderOf = fn(Channel) -> Option<&'static dyn Decode>;

/// The job `process_delivery`.
#[derive(Debug, Clone)]
pub struct ProcessDelivery {
    /// Deliveries held in memory and worked on at the same time.
    pub at_once: usize,
    /// How long decoding one may take.
    pub decode_limit: Duration,
    /// Where decoders come from; tests bring bad ones.
    pub decoder_of: DecoderOf,
}

impl Default for ProcessDelivery {
    fn default() -> Self {
        Self {
            at_once: 8,
            decode_limit: Duration::from_secs(20),
            decoder_of: throughline_ingest::decoder_of,
        }
    }
}

#[derive(Deserialize)]
struct Arguments {
    delivery: DeliveryId,
}

type Loaded = (Delivery, Bytes, Inbox);
type Decoded = Result<Vec<InboundEvent>, String>;

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
        let mut outcomes = match deliveries::load_many(app, &wanted).await {
            Ok(loaded) => self.process_all(app, loaded).await,
            Err(_) => self.process_one_by_one(app, &wanted).await,
        };
        // What is no longer in the ledger has nothing left to do.
        let mut verdict_of = |id: DeliveryId| outcomes.remove(&id).unwrap_or(Verdict::Done);
        ids.into_iter().map(|id| id.map_or_else(|verdict| verdict, &mut verdict_of)).collect()
    }

    /// One delivery that cannot be loaded must not hold up those beside it.
    async fn process_one_by_one(
        &self,
        app: &App,
        ids: &[DeliveryId],
    ) -> HashMap<DeliveryId, Verdict> {
        let mut outcomes = HashMap::new();
        for id in ids {
            match deliveries::load(app, *id).await {
                Ok(loaded) => {
                    outcomes.extend(self.process_all(app, loaded.into_iter().collect()).await);
                }
                Err(error) => {
                    outcomes.insert(*id, failed(&error));
                }
            }
        }
        outcomes
    }

    async fn process_all(&self, app: &App, loaded: Vec<Loaded>) -> HashMap<DeliveryId, Verdict> {
        let decodings = loaded.into_iter().map(|loaded| self.decode(loaded));
        let decoded: Vec<(DeliveryId, Decoded)> = join_all(decodings).await;
        let named: Vec<Vec<String>> = decoded.iter().map(|(_, d)| mail_ids(d)).collect();
        let mut waiting: Vec<Option<(DeliveryId, Decoded)>> =
            decoded.into_iter().map(Some).collect();
        let in_lanes = lanes(&named).into_iter().map(|lane| {
            let members: Vec<(DeliveryId, Decoded)> =
                lane.iter().filter_map(|at| waiting.get_mut(*at)?.take()).collect();
            process_in_order(app, members)
        });
        join_all(in_lanes.collect::<Vec<_>>()).await.into_iter().flatten().collect()
    }

    async fn decode(&self, (delivery, bytes, inbox): Loaded) -> (DeliveryId, Decoded) {
        let Some(decoder) = (self.decoder_of)(inbox.channel) else {
            let reason = format!("nothing reads deliveries of the channel {}", inbox.channel);
            return (delivery.id, Err(reason));
        };
        let task = tokio::task::spawn_blocking(move || decoder.decode(&bytes));
        let decoded = match tokio::time::timeout(self.decode_limit, task).await {
            Ok(Ok(decoded)) => decoded.map_err(|e| e.to_string()),
            Ok(Err(_)) => Err("reading it failed inside the decoder (a panic)".to_owned()),
            Err(_) => Err(format!("reading it took longer than {:?}", self.decode_limit)),
        };
        (delivery.id, decoded)
    }
}

async fn process_in_order(
    app: &App,
    members: Vec<(DeliveryId, Decoded)>,
) -> Vec<(DeliveryId, Verdict)> {
    let mut verdicts = Vec::with_capacity(members.len());
    for (delivery, decoded) in members {
        if let Err(reason) = &decoded {
            tracing::warn!(delivery.id = %delivery, reason, "a delivery was quarantined");
        }
        let verdict = match deliveries::process(app, Processing { delivery, decoded }).await {
            Ok(_) => Verdict::Done,
            Err(error) => failed(&error),
        };
        verdicts.push((delivery, verdict));
    }
    verdicts
}

fn failed(error: &AppError) -> Verdict {
    let cause = error.cause.as_deref().map(|cause| format!(" ({cause})")).unwrap_or_default();
    Verdict::Failed(format!("{error}{cause}"))
}

/// Every Message-ID that a delivery names: its own, and those by which it is threaded.
fn mail_ids(decoded: &Decoded) -> Vec<String> {
    let events = decoded.iter().flatten();
    events
        .flat_map(|event| match event {
            InboundEvent::Message(mail) => {
                let own = mail.message_id.as_deref().and_then(threading::normalise_id);
                let others = threading::candidates(mail).into_iter().map(|c| c.mail_id);
                own.into_iter().chain(others).collect::<Vec<_>>()
            }
        })
        .collect()
}
