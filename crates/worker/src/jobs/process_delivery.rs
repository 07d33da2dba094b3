//! Decodes recorded deliveries and puts what they say on timelines.
//!
//! Decoding runs hostile input: a decoder that fails, panics or takes too long costs its own
//! delivery a quarantine with the reason, and nobody else anything.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::{join, join_all};
use serde::Deserialize;
use throughline_app::deliveries::{self, Loaded, PreparedDelivery, Processing, ReadBy};
use throughline_app::{App, AppError};
use throughline_core::channel::Channel;
use throughline_core::id::DeliveryId;
use throughline_ingest::hooks::Account;
use throughline_ingest::{Decode, registry};
use tokio_util::sync::CancellationToken;

use crate::job::{Context, Job, Payload, Verdict};

/// After how long a delivery is looked at again that may repeat a reply which is being sent.
const UNDER_WAY_MICROS: i64 = 2_000_000;

/// Finds the decoder of an inbox: by what it is connected to, else by its channel; or says why there is
/// none.
type DecoderOf = fn(Channel, Option<&ReadBy>) -> Result<Box<dyn Decode>, String>;

fn decoder_of(channel: Channel, account: Option<&ReadBy>) -> Result<Box<dyn Decode>, String> {
    let Some(ReadBy { kind, settings }) = account else {
        return throughline_ingest::decoder_of(channel).ok_or_else(|| {
            format!(
                "nothing reads deliveries of the channel {channel} here: connect the inbox to its \
                 platform, then replay this"
            )
        });
    };
    let known = registry::named(kind).ok_or_else(|| format!("there is no channel {kind} here"))?;
    let account = Account { settings: settings.clone(), ..Account::default() };
    (known.decoder)(&account).map_err(|why| why.to_string())
}

/// The job `process_delivery`.
#[derive(Debug, Clone)]
pub struct ProcessDelivery {
    /// Deliveries decoded side by side and saved with one commit.
    pub at_once: usize,
    /// Raw bytes held in memory for that, twice: a part is read while another is saved. A larger
    /// delivery is decoded alone.
    pub most_bytes: i64,
    /// How long decoding one may take.
    pub decode_limit: Duration,
    /// Where decoders come from; tests bring bad ones.
    pub decoder_of: DecoderOf,
}

impl Default for ProcessDelivery {
    fn default() -> Self {
        Self {
            at_once: 64,
            most_bytes: 32 * 1024 * 1024,
            decode_limit: Duration::from_secs(20),
            decoder_of,
        }
    }
}

#[derive(Deserialize)]
struct Arguments {
    delivery: DeliveryId,
}

/// A delivery that could not be loaded, and what that means for its job.
type Unread = (DeliveryId, Verdict);
/// A delivery that is decoded and prepared, if its bytes could be had.
type Read = Result<PreparedDelivery, Unread>;
/// What became of each delivery. One that is missing was not in the ledger any more.
type Verdicts = HashMap<DeliveryId, Verdict>;

#[async_trait]
impl Job for ProcessDelivery {
    fn kinds(&self) -> &'static [&'static str] {
        &[throughline_app::jobs::PROCESS_DELIVERY]
    }

    /// While one part is saved, the next one is read: the two want different things of the machine.
    /// Parts are saved in the order of arrival, on which threading depends.
    async fn run(&self, context: &Context, jobs: &[Payload]) -> Vec<Verdict> {
        let Context { app, stop } = context;
        let ids: Vec<Result<DeliveryId, Verdict>> =
            jobs.iter().map(|job| job.read::<Arguments>().map(|a| a.delivery)).collect();
        let mut waiting: VecDeque<DeliveryId> = ids.iter().flatten().copied().collect();
        let mut verdicts = Verdicts::new();
        let mut part = self.read(app, stop, &mut waiting).await;
        while !part.is_empty() {
            let next = self.read(app, stop, &mut waiting);
            let (saved, next) = join(self.save(app, part), next).await;
            verdicts.extend(saved);
            part = next;
        }
        verdicts.extend(waiting.into_iter().map(|id| (id, Verdict::NotBegun)));
        // What is no longer in the ledger has nothing left to do.
        let mut verdict_of = |id: DeliveryId| verdicts.remove(&id).unwrap_or(Verdict::Done);
        ids.into_iter().map(|id| id.map_or_else(|verdict| verdict, &mut verdict_of)).collect()
    }
}

impl ProcessDelivery {
    /// Loads the next part of what waits, decodes it side by side and prepares it. Empty when nothing
    /// waits, or when the worker stops.
    async fn read(
        &self,
        app: &App,
        stop: &CancellationToken,
        waiting: &mut VecDeque<DeliveryId>,
    ) -> Vec<Read> {
        let mut part = Vec::new();
        while part.is_empty() && !waiting.is_empty() && !stop.is_cancelled() {
            let ids: Vec<DeliveryId> =
                waiting.drain(..self.at_once.clamp(1, waiting.len())).collect();
            let loaded = match deliveries::load_many(app, &ids, self.most_bytes).await {
                Ok((loaded, left)) => {
                    left.into_iter().rev().for_each(|id| waiting.push_front(id));
                    loaded.into_iter().map(Ok).collect()
                }
                // One delivery whose bytes cannot be had must not hold up those beside it.
                Err(_) => load_each(app, ids).await,
            };
            let decode = |loaded: Result<Loaded, Unread>| async {
                Ok::<_, Unread>(self.decode(loaded?).await)
            };
            let decoded = join_all(loaded.into_iter().map(decode)).await;
            part = prepare(app, decoded).await;
        }
        part
    }

    /// Saves a part with one commit; if that fails as a whole, each alone.
    async fn save(&self, app: &App, part: Vec<Read>) -> Verdicts {
        let mut verdicts = Verdicts::new();
        let mut work = Vec::with_capacity(part.len());
        for read in part {
            match read {
                Ok(processing) => work.push(processing),
                Err((id, why)) => drop(verdicts.insert(id, why)),
            }
        }
        let ids: Vec<DeliveryId> = work.iter().map(PreparedDelivery::delivery).collect();
        match deliveries::process_many(app, work).await {
            Ok(results) => {
                let results = results.iter().map(|result| verdict_of(app, result));
                verdicts.extend(ids.into_iter().zip(results));
            }
            Err(error) => {
                tracing::debug!(%error, "a batch failed as a whole; each is tried alone");
                for id in ids {
                    verdicts.insert(id, self.process_alone(app, id).await);
                }
            }
        }
        verdicts
    }

    async fn process_alone(&self, app: &App, id: DeliveryId) -> Verdict {
        let one = async {
            match deliveries::load(app, id).await? {
                Some(loaded) => deliveries::process(app, self.decode(loaded).await).await.map(Some),
                None => Ok(None),
            }
        };
        verdict_of(app, &one.await)
    }

    async fn decode(&self, Loaded { delivery, inbox, account, bytes }: Loaded) -> Processing {
        let id = delivery.id;
        let decoder = match (self.decoder_of)(inbox.channel, account.as_ref()) {
            Ok(decoder) => decoder,
            Err(reason) => return Processing { delivery: id, decoded: Err(reason) },
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

/// Prepares what could be read, in its order.
async fn prepare(app: &App, decoded: Vec<Result<Processing, Unread>>) -> Vec<Read> {
    let (mut work, mut part) = (Vec::with_capacity(decoded.len()), Vec::new());
    for one in decoded {
        match one {
            Ok(processing) => work.push(processing),
            Err(unread) => part.push(Err(unread)),
        }
    }
    let ids: Vec<DeliveryId> = work.iter().map(|work| work.delivery).collect();
    let unprepared = |(id, error): (DeliveryId, AppError)| (id, failed(&error));
    match deliveries::prepare_many(app, work).await {
        Ok(prepared) => part.extend(prepared.into_iter().map(|one| one.map_err(unprepared))),
        Err(error) => part.extend(ids.into_iter().map(|id| Err((id, failed(&error))))),
    }
    part
}

async fn load_each(app: &App, ids: Vec<DeliveryId>) -> Vec<Result<Loaded, Unread>> {
    let mut all = Vec::with_capacity(ids.len());
    for id in ids {
        match deliveries::load(app, id).await {
            Ok(Some(loaded)) => all.push(Ok(loaded)),
            Ok(None) => {}
            Err(error) => all.push(Err((id, failed(&error)))),
        }
    }
    all
}

fn verdict_of<T>(app: &App, result: &Result<T, AppError>) -> Verdict {
    match result {
        Ok(_) => Verdict::Done,
        Err(error) if error.code == deliveries::UNDER_WAY => {
            Verdict::Later(app.now().plus_micros(UNDER_WAY_MICROS), error.message.clone())
        }
        Err(error) => failed(error),
    }
}

fn failed(error: &AppError) -> Verdict {
    let cause = error.cause.as_deref().map(|cause| format!(" ({cause})")).unwrap_or_default();
    Verdict::Failed(format!("{error}{cause}"))
}
